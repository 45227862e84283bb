import type { Desk, DeskReason, DeskRow, ReasonCount } from '../../../ipc/types';
import { WINDOW, WindowedList } from '../../../design/list/windowed.svelte';
import { call } from '../../../platform';

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

/** What waits at the desk. */
export class QueueStore extends WindowedList<DeskRow, Desk> {
  search = $state('');
  village = $state<string | null>(null);
  reasons = $state.raw<DeskReason[]>([]);
  enumerator = $state('');
  done = $state(0);
  counts = $state.raw<ReasonCount[]>([]);
  enumerators = $state.raw<string[]>([]);
  /** Visits whose checks are still being made: their reasons are not complete. */
  unchecked = $state(0);
  /** The ministry's next cut-off: ISO date, and days from today. */
  cutoff = $state({ day: '', days: 0 });
  mayDecide = $state(true);
  /** The household that was open last: the keys go on from there. */
  current = $state('');
  /** What a key asked for in the list: the household opens with that question. */
  intent: '' | 'accept' | 'send_back' = '';

  protected override ask(offset: number, limit: number): Promise<Desk> {
    const { village, reasons, enumerator } = this;
    return call('desk', { search: this.search.trim(), village, reasons, enumerator, offset, limit });
  }

  protected override take(desk: Desk): void {
    this.done = desk.done;
    this.counts = desk.counts;
    this.enumerators = desk.enumerators;
    this.unchecked = desk.unchecked;
    this.cutoff = { day: desk.cutoff, days: desk.cutoff_days };
    this.mayDecide = desk.may_decide;
  }

  /** Place of a household among the rows that came; -1 if it is not there. */
  indexOf(household: string): number {
    return household === '' ? -1 : this.where((row) => row.household === household);
  }

  /** The household `by` places further; empty if the queue ends there. */
  async beside(household: string, by: number): Promise<string> {
    const index = this.indexOf(household);
    if (index < 0) return (by > 0 ? this.row(0)?.household : '') ?? '';
    const wanted = index + by;
    if (wanted < 0 || wanted >= this.total) return '';
    await this.reach(wanted, wanted);
    return this.row(wanted)?.household ?? '';
  }

  /**
   * Asks again after a decision on `household`; gives the household that comes then: the one behind it, or the one that
   * moved to its place, or at the end of the queue the first that is left.
   */
  async after(household: string): Promise<string> {
    const index = this.indexOf(household);
    const behind: string[] = [];
    if (index >= 0) {
      for (let at = index + 1; at < index + WINDOW && this.row(at); at += 1) behind.push(this.row(at)!.household);
      this.need(index, index + WINDOW / 2);
    }
    await this.refresh();
    const next = behind.find((id) => this.indexOf(id) >= 0);
    if (next) return next;
    const here = index >= 0 && index < this.total ? this.row(index)?.household : undefined;
    if (here && here !== household) return here;
    await this.reach(0, 1);
    const first = this.row(0)?.household ?? '';
    return first === household ? (this.row(1)?.household ?? '') : first;
  }

  /** Without filters, the list as it is for everybody. */
  unfiltered(): void {
    this.search = '';
    this.reasons = [];
    this.enumerator = '';
    this.village = null;
  }

  override reset(): void {
    super.reset();
    this.unfiltered();
    this.current = '';
  }
}

export const queue = new QueueStore();
