import type { EnumeratorWork } from '../../../ipc/types';

export type Column = 'person' | 'visits' | 'time' | 'hour' | 'checked' | 'signs';
export const COLUMNS: readonly Column[] = ['person', 'visits', 'time', 'hour', 'checked', 'signs'];

/** What a column is sorted by; second visits by the share of answers that differ. */
const KEY: Record<Exclude<Column, 'person'>, (work: EnumeratorWork) => number> = {
  visits: (work) => work.visits,
  time: (work) => work.seconds ?? -1,
  hour: (work) => work.most_an_hour,
  checked: (work) => (work.asked_twice > 0 ? work.differ / work.asked_twice : -1),
  signs: (work) => work.signs.length,
};

export function sorted(list: readonly EnumeratorWork[], column: Column, down: boolean): EnumeratorWork[] {
  const order =
    column === 'person'
      ? (a: EnumeratorWork, b: EnumeratorWork) => a.person.localeCompare(b.person)
      : (a: EnumeratorWork, b: EnumeratorWork) => KEY[column](a) - KEY[column](b);
  return [...list].sort((a, b) => (down ? -order(a, b) : order(a, b)) || a.person.localeCompare(b.person));
}
