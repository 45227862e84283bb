import type { BackCheckRow } from '../../ipc/types';

/** A question that second visits answered otherwise. */
export interface QuestionScore {
  label: string;
  /** Second visits in which it differs. */
  differ: number;
  /** Whose first visits they are, with how many each; the most first. */
  people: { person: string; differ: number }[];
}

const most = <T extends { differ: number }>(name: (entry: T) => string) => (a: T, b: T) => b.differ - a.differ || name(a).localeCompare(name(b));

/** What to train: the questions that differ, the most frequent first. */
export function byQuestion(rows: readonly BackCheckRow[]): QuestionScore[] {
  const own = new Map<string, { label: string; people: Map<string, number> }>();
  for (const row of rows) {
    for (const { path, label } of row.fields) {
      const score = own.get(path) ?? { label, people: new Map<string, number>() };
      score.people.set(row.enumerator, (score.people.get(row.enumerator) ?? 0) + 1);
      own.set(path, score);
    }
  }
  return [...own.values()]
    .map(({ label, people }) => {
      const each = [...people].map(([person, differ]) => ({ person, differ })).sort(most((entry) => entry.person));
      return { label, differ: each.reduce((sum, entry) => sum + entry.differ, 0), people: each };
    })
    .sort(most((entry) => entry.label));
}

/** Visits that were made again, those that differ most first, and those that nobody made again yet, the begun ones first. */
export function parted(rows: readonly BackCheckRow[]): { done: BackCheckRow[]; waiting: BackCheckRow[] } {
  return {
    done: rows.filter((row) => row.by !== '').sort((a, b) => b.differ - a.differ || b.at.localeCompare(a.at)),
    waiting: rows.filter((row) => row.by === '').sort((a, b) => Number(b.begun !== '') - Number(a.begun !== '')),
  };
}

/** A share of visits as it was typed, if it can be drawn: a whole number from 1 to 100. */
export function percentOf(typed: string): number | null {
  const text = typed.trim().replace(/\s*%$/, '');
  const value = Number(text);
  return /^\d{1,3}$/.test(text) && value >= 1 && value <= 100 ? value : null;
}
