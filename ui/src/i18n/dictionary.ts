import type { id } from './id';

/** The shape that every language fills completely. */
export type Dictionary = typeof id;
