import { getContext, setContext } from 'svelte';
import type { VisitStore } from './visit.svelte';

export interface VisitContext {
  readonly store: VisitStore;
  /** A choice was made: go on to the next open question. `value` is what was there before. */
  moveOn: (path: string, before: string) => void;
}

const KEY = Symbol('visit');

export const provideVisit = (context: VisitContext): VisitContext => setContext(KEY, context);
export const useVisit = (): VisitContext => getContext<VisitContext>(KEY);
