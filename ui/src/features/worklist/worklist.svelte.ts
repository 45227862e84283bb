import type { Failure, StateCount, Village, VisitState, WorklistRow } from '../../ipc/types';
import { app } from '../../core/app.svelte';
import { call } from '../../platform';

/** Rows asked for at once. */
export const WINDOW = 40;

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

/** What the worklist shows. Lives longer than the screen, so that coming back finds the same place. */
export class WorklistStore {
  search = $state('');
  village = $state<string | null>(null);
  states = $state.raw<VisitState[]>([]);
  total = $state(0);
  households = $state(0);
  finished = $state(0);
  unsent = $state(0);
  counts = $state.raw<StateCount[]>([]);
  villages = $state.raw<Village[]>([]);
  failure = $state.raw<Failure | null>(null);
  /** False until the first answer came. */
  loaded = $state(false);
  /** Grows with each window that arrived, so that the list draws again. */
  version = $state(0);
  /** Where the list was scrolled to. */
  scroll = 0;

  #windows = new Map<number, WorklistRow[]>();
  #asked = new Set<number>();
  /** Answers to an older question are thrown away. */
  #generation = 0;

  row(index: number): WorklistRow | undefined {
    return this.#windows.get(Math.floor(index / WINDOW))?.[index % WINDOW];
  }

  /** A new question: what is shown stays until the first answer is there. */
  async query(): Promise<void> {
    this.#generation += 1;
    this.#asked.clear();
    await this.#load(0, true);
  }

  /** Makes sure that these rows are there or on their way. */
  need(from: number, to: number): void {
    for (let at = Math.floor(from / WINDOW); at <= Math.floor(to / WINDOW); at += 1) {
      if (!this.#asked.has(at)) void this.#load(at, false);
    }
  }

  /** Coming back: the same windows again, without a flash. */
  async refresh(): Promise<void> {
    const shown = [...this.#windows.keys()];
    this.#generation += 1;
    this.#asked.clear();
    await Promise.all((shown.length ? shown : [0]).map((at) => this.#load(at, false)));
  }

  async #load(at: number, fresh: boolean): Promise<void> {
    const generation = this.#generation;
    this.#asked.add(at);
    try {
      const list = await call('worklist', {
        search: this.search.trim(),
        village: this.village,
        states: this.states,
        offset: at * WINDOW,
        limit: WINDOW,
      });
      if (generation !== this.#generation) return;
      if (fresh) this.#windows.clear();
      this.#windows.set(at, list.rows);
      this.total = list.total;
      this.households = list.households;
      this.finished = list.finished;
      this.unsent = list.unsent;
      this.counts = list.counts;
      this.villages = list.villages;
      this.failure = null;
      this.loaded = true;
      this.version += 1;
    } catch (thrown) {
      if (generation !== this.#generation) return;
      this.#asked.delete(at);
      this.failure = app.words(thrown);
      this.loaded = true;
    }
  }

  /** Another person or another village list: forget everything. */
  reset(): void {
    this.#generation += 1;
    this.#windows.clear();
    this.#asked.clear();
    this.search = '';
    this.village = null;
    this.states = [];
    this.total = 0;
    this.scroll = 0;
    this.loaded = false;
  }
}

export const worklist = new WorklistStore();
