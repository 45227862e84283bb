import type { Commands, Failure } from '../ipc/types';

export type CommandName = keyof Commands;
export type Args<K extends CommandName> = Commands[K]['args'];
export type Reply<K extends CommandName> = Commands[K]['reply'];

/** The one door between the screens and the core. */
export interface Platform {
  readonly kind: 'tauri' | 'http' | 'memory';
  /** Resolves with the reply or rejects with a `CommandFailure`. */
  call<K extends CommandName>(name: K, args: Args<K>): Promise<Reply<K>>;
}

/** A refused command: what happened and what to do, ready to show. */
export class CommandFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.code);
    this.name = 'CommandFailure';
    this.failure = failure;
  }
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Failure).code === 'string' &&
    typeof (value as Failure).message === 'string'
  );
}

/**
 * Whatever was thrown, as a `Failure`. An empty message means that the screen must find the words:
 * the core itself did not answer.
 */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof CommandFailure) return thrown.failure;
  if (isFailure(thrown)) return { ...thrown, hint: thrown.hint ?? '', path: thrown.path ?? null };
  return { code: 'no_core', message: '', hint: '', path: null };
}
