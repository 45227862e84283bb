import type { Failure } from '../../ipc/types';
import { app } from '../../core/app.svelte';

/** Rows asked for at once. */
export const WINDOW = 40;

/** What the core answers for a part of a long list. */
export interface ListPart<Row> {
  /** How many rows there are in all. */
  total: number;
  rows: Row[];
}

/**
 * A long list of which only the parts are here that somebody looks at. Lives longer than its screen, so that coming back
 * finds the same place.
 */
export abstract class WindowedList<Row, Part extends ListPart<Row>> {
  total = $state(0);
  failure = $state.raw<Failure | null>(null);
  /** False until the first answer came. */
  loaded = $state(false);
  /** Grows with each part that arrived, so that the list draws again. */
  version = $state(0);
  /** Where the list was scrolled to, in pixels. */
  scroll = 0;

  #windows = new Map<number, Row[]>();
  #asked = new Set<number>();
  /** The rows that were wanted last: a refresh asks for these again. */
  #wanted: [from: number, to: number] = [0, 0];
  /** Answers to an older question are thrown away. */
  #generation = 0;

  /** Asks the core for `WINDOW` rows from `offset` on, with the filters of now. */
  protected abstract ask(offset: number, limit: number): Promise<Part>;
  /** Takes what comes beside the rows: counts, choices of a filter. */
  protected abstract take(part: Part): void;

  row(index: number): Row | undefined {
    return this.#windows.get(Math.floor(index / WINDOW))?.[index % WINDOW];
  }

  /** Place of the first row that fits, among those that are here; -1 if none does. */
  where(fits: (row: Row) => boolean): number {
    for (const [at, rows] of this.#windows) {
      const index = rows.findIndex(fits);
      if (index >= 0) return at * WINDOW + index;
    }
    return -1;
  }

  /** A new question: what is shown stays until the first answer is there. */
  async query(): Promise<void> {
    this.#generation += 1;
    this.#asked.clear();
    this.#wanted = [0, 0];
    this.scroll = 0;
    await this.#load(0, 'first');
  }

  /** Makes sure that these rows are there or on their way. */
  need(from: number, to: number): void {
    this.#wanted = [from, to];
    void this.#all(this.#windowsOf(from, to).filter((at) => !this.#asked.has(at)));
  }

  /** As `need`, and waits for them. */
  async reach(from: number, to: number): Promise<void> {
    this.#wanted = [from, to];
    await this.#all(this.#windowsOf(from, to).filter((at) => !this.#windows.has(at)));
  }

  /**
   * Coming back, or after a change: what was looked at is asked for again without a flash. The rest is forgotten: after a
   * walk through the whole list that would be every part of it.
   */
  async refresh(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    this.#asked.clear();
    const fresh = this.#windowsOf(...this.#wanted);
    await this.#all(fresh);
    if (generation !== this.#generation || this.failure) return;
    for (const at of [...this.#windows.keys()]) if (!fresh.includes(at) && !this.#asked.has(at)) this.#windows.delete(at);
    this.version += 1;
  }

  /** Another person, another village: forget everything. */
  reset(): void {
    this.#generation += 1;
    this.#windows.clear();
    this.#asked.clear();
    this.#wanted = [0, 0];
    this.total = 0;
    this.scroll = 0;
    this.loaded = false;
    this.failure = null;
  }

  #windowsOf(from: number, to: number): number[] {
    const first = Math.max(0, Math.floor(from / WINDOW));
    return Array.from({ length: Math.max(1, Math.floor(to / WINDOW) - first + 1) }, (_, index) => first + index);
  }

  async #all(windows: number[]): Promise<void> {
    await Promise.all(windows.map((at) => this.#load(at, 'more')));
  }

  async #load(at: number, how: 'first' | 'more'): Promise<void> {
    const generation = this.#generation;
    this.#asked.add(at);
    try {
      const part = await this.ask(at * WINDOW, WINDOW);
      if (generation !== this.#generation) return;
      if (how === 'first') this.#windows.clear();
      this.#windows.set(at, part.rows);
      this.total = part.total;
      this.take(part);
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
}
