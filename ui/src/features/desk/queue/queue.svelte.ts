import type { Desk, DeskReason, DeskRow, Failure, ReasonCount } from '../../../ipc/types';
import { app } from '../../../core/app.svelte';
import { call } from '../../../platform';

/** Rows asked for at once. */
export const WINDOW = 40;

/** Reasons in the order of the queue, the most pressing first. */
export const REASONS: readonly DeskReason[] = [
  'contested',
  'conflict',
  'proposal',
  'duplicate',
  'check',
  'eligibility',
  'overdue',
  'submitted',
  'returned',
];

/** What waits at the desk. Lives longer than the screen, so that coming back finds the same place. */
export class QueueStore {
  search = $state('');
  village = $state<string | null>(null);
  reasons = $state.raw<DeskReason[]>([]);
  enumerator = $state('');
  total = $state(0);
  done = $state(0);
  counts = $state.raw<ReasonCount[]>([]);
  enumerators = $state.raw<string[]>([]);
  /** Visits whose checks are still being made: their reasons are not complete. */
  unchecked = $state(0);
  mayDecide = $state(true);
  failure = $state.raw<Failure | null>(null);
  /** False until the first answer came. */
  loaded = $state(false);
  /** Grows with each window that arrived, so that the list draws again. */
  version = $state(0);
  /** The household that was open last: the keys go on from there. */
  current = $state('');
  /** What a key asked for in the list: the household opens with that question. */
  intent: '' | 'accept' | 'send_back' = '';
  /** Where the list was scrolled to. */
  scroll = 0;

  #windows = new Map<number, DeskRow[]>();
  #asked = new Set<number>();
  /** Answers to an older question are thrown away. */
  #generation = 0;

  row(index: number): DeskRow | undefined {
    return this.#windows.get(Math.floor(index / WINDOW))?.[index % WINDOW];
  }

  /** Place of a household among the rows that came; -1 if it is not there. */
  indexOf(household: string): number {
    for (const [at, rows] of this.#windows) {
      const index = rows.findIndex((row) => row.household === household);
      if (index >= 0) return at * WINDOW + index;
    }
    return -1;
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

  /** The household `by` places further; empty if the queue ends there. */
  async beside(household: string, by: number): Promise<string> {
    const index = this.indexOf(household);
    if (index < 0) return (by > 0 ? this.row(0)?.household : '') ?? '';
    const wanted = index + by;
    if (wanted < 0 || wanted >= this.total) return '';
    if (!this.row(wanted)) await this.#load(Math.floor(wanted / WINDOW), false);
    return this.row(wanted)?.household ?? '';
  }

  /**
   * Asks again after a decision on `household`; gives the household that comes then: the one behind it, or the one that
   * moved to its place, or at the end of the queue the first that is left.
   */
  async after(household: string): Promise<string> {
    const index = this.indexOf(household);
    const behind: string[] = [];
    if (index >= 0) for (let at = index + 1; at < index + WINDOW && this.row(at); at += 1) behind.push(this.row(at)!.household);
    await this.refresh();
    const next = behind.find((id) => this.indexOf(id) >= 0);
    if (next) return next;
    const here = index >= 0 && index < this.total ? this.row(index)?.household : undefined;
    if (here && here !== household) return here;
    const first = this.row(0)?.household ?? '';
    return first === household ? (this.row(1)?.household ?? '') : first;
  }

  async #load(at: number, fresh: boolean): Promise<void> {
    const generation = this.#generation;
    this.#asked.add(at);
    try {
      const desk: Desk = await call('desk', {
        search: this.search.trim(),
        village: this.village,
        reasons: this.reasons,
        enumerator: this.enumerator,
        offset: at * WINDOW,
        limit: WINDOW,
      });
      if (generation !== this.#generation) return;
      if (fresh) this.#windows.clear();
      this.#windows.set(at, desk.rows);
      this.total = desk.total;
      this.done = desk.done;
      this.counts = desk.counts;
      this.enumerators = desk.enumerators;
      this.unchecked = desk.unchecked;
      this.mayDecide = desk.may_decide;
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

  /** Another person: forget everything. */
  reset(): void {
    this.#generation += 1;
    this.#windows.clear();
    this.#asked.clear();
    this.search = '';
    this.village = null;
    this.reasons = [];
    this.enumerator = '';
    this.total = 0;
    this.current = '';
    this.scroll = 0;
    this.loaded = false;
  }
}

export const queue = new QueueStore();
