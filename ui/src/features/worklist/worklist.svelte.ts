import type { StateCount, Village, VisitState, Worklist, WorklistRow } from '../../ipc/types';
import { WindowedList } from '../../design/list/windowed.svelte';
import { call } from '../../platform';

/** Order of the filter: what needs a person first. */
export const STATES: readonly VisitState[] = [
  'returned',
  'refused',
  'conflict',
  'in_progress',
  'not_visited',
  'ready',
  'sent',
  'verified',
  'not_found',
];

/** What the worklist shows. */
export class WorklistStore extends WindowedList<WorklistRow, Worklist> {
  search = $state('');
  village = $state<string | null>(null);
  states = $state.raw<VisitState[]>([]);
  households = $state(0);
  finished = $state(0);
  unsent = $state(0);
  counts = $state.raw<StateCount[]>([]);
  villages = $state.raw<Village[]>([]);
  /** The household that was open last: the keys go on from there. */
  current = $state('');

  protected override ask(offset: number, limit: number): Promise<Worklist> {
    return call('worklist', { search: this.search.trim(), village: this.village, states: this.states, offset, limit });
  }

  protected override take(list: Worklist): void {
    this.households = list.households;
    this.finished = list.finished;
    this.unsent = list.unsent;
    this.counts = list.counts;
    this.villages = list.villages;
  }

  override reset(): void {
    super.reset();
    this.search = '';
    this.village = null;
    this.states = [];
    this.current = '';
  }
}

export const worklist = new WorklistStore();
