import type { Duplicates, Failure, PairRow, SuspicionKind } from '../../../ipc/types';
import { app } from '../../../core/app.svelte';
import { i18n } from '../../../i18n/index.svelte';
import { call } from '../../../platform';

export const PAGE = 50;

/** Findings about aid, not about likeness: there is no probability to speak of. */
export const isFinding = (kind: SuspicionKind): boolean => kind === 'couple_aided_apart' || kind === 'dead_receiving' || byLists(kind);

/** What lists of programmes say: asked again when a newer list says it. */
export const byLists = (kind: SuspicionKind): boolean => kind === 'couple_on_lists' || kind === 'dead_on_list';

/** The other side is in a village that is not here: the district tells in words how likely it is. */
export const isElsewhere = (kind: SuspicionKind): boolean => kind === 'registered_elsewhere';

/** Whether somebody still has to decide. */
export const waits = (row: Pick<PairRow, 'state'>): boolean => row.state === 'open' || row.state === 'disputed' || row.state === 'unfinished';

/** The probability in words; the number stands beside it. */
export function chance(percent: number): string {
  const t = i18n.t.desk.duplicates.chance;
  return percent >= 95 ? t.sure : percent >= 75 ? t.likely : percent >= 40 ? t.maybe : t.unlikely;
}

/** The list of suspicions. Lives longer than the screen, so that coming back finds the same place. */
export class PairsStore {
  kinds = $state.raw<SuspicionKind[]>([]);
  search = $state('');
  all = $state(false);
  list = $state.raw<Duplicates | null>(null);
  rows = $state.raw<PairRow[]>([]);
  failure = $state.raw<Failure | null>(null);
  scroll = 0;
  #generation = 0;

  /** From the beginning; what was unfolded so far stays unfolded. */
  async query(least = PAGE): Promise<void> {
    await this.#load(0, Math.min(200, Math.max(PAGE, least)));
  }

  async more(): Promise<void> {
    await this.#load(this.rows.length, PAGE);
  }

  /** The next pair that waits behind this one; empty if none does. */
  after(pair: string): string {
    const at = this.rows.findIndex((row) => row.id === pair);
    const rest = [...this.rows.slice(at + 1), ...this.rows.slice(0, Math.max(0, at))];
    return rest.find((row) => row.id !== pair && waits(row))?.id ?? '';
  }

  /** The pair before this one in the list that waits; empty if none does. */
  before(pair: string): string {
    const at = this.rows.findIndex((row) => row.id === pair);
    return this.rows.slice(0, Math.max(0, at)).findLast((row) => waits(row))?.id ?? '';
  }

  async #load(offset: number, limit: number): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    try {
      const list = await call('duplicates', {
        all: this.all,
        village: null,
        household: null,
        kinds: this.kinds,
        search: this.search,
        offset,
        limit,
      });
      if (generation !== this.#generation) return;
      this.list = list;
      this.rows = offset === 0 ? list.rows : [...this.rows, ...list.rows];
      this.failure = null;
    } catch (thrown) {
      if (generation === this.#generation) this.failure = app.words(thrown);
    }
  }
}

export const pairs = new PairsStore();
