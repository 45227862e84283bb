import { getContext, setContext } from 'svelte';
import type { VisitStore } from './visit.svelte';

export interface VisitContext {
  readonly store: VisitStore;
  /**
   * A question was answered: go on to the next open one. `before` is the answer that it had before;
   * `typing`: keys are in use, so text fields take the focus too; `quick`: after the last question of
   * the page the next page comes by itself.
   */
  moveOn: (path: string, before: string, how?: { typing?: boolean; quick?: boolean }) => void;
}

const KEY = Symbol('visit');

export const provideVisit = (context: VisitContext): VisitContext => setContext(KEY, context);
export const useVisit = (): VisitContext => getContext<VisitContext>(KEY);
