import type { ComparedPhoto, ConflictView } from '../../ipc/types';

export type Arrangement = 'family' | 'question' | 'pair';

export interface ConflictGroup {
  key: string;
  title: string;
  /** Address of the family; else empty. */
  place: string;
  conflicts: ConflictView[];
}

/** One conflict among all. */
export const keyOf = (conflict: Pick<ConflictView, 'household' | 'path'>): string => `${conflict.household} ${conflict.path}`;

/** Field without the member that it belongs to: the same question asked of everybody is one question. */
const questionOf = (path: string): string => path.replace(/^(\w+)\/[0-9a-f-]{36}\//, '$1/');

/** A member's name stands before the question, as `Siti: Pekerjaan utama`. */
const plainLabel = (conflict: ConflictView): string =>
  conflict.path.includes('/') ? conflict.label.slice(conflict.label.indexOf(': ') + 1).trim() : conflict.label;

const authorsOf = (conflict: ConflictView): string[] => [...new Set(conflict.values.map(({ author }) => author))].sort();

/** Conflicts by family, by question, or by who disagrees with whom; the larger groups first but for families, which keep their order. */
export function arranged(conflicts: readonly ConflictView[], by: Arrangement): ConflictGroup[] {
  const groups = new Map<string, ConflictGroup>();
  for (const conflict of conflicts) {
    const authors = authorsOf(conflict);
    const key = by === 'family' ? conflict.household : by === 'question' ? questionOf(conflict.path) : authors.join('\u0000');
    const title = by === 'family' ? conflict.head : by === 'question' ? plainLabel(conflict) : authors.join(' – ');
    const group = groups.get(key) ?? { key, title, place: by === 'family' ? conflict.address : '', conflicts: [] };
    group.conflicts.push(conflict);
    groups.set(key, group);
  }
  const list = [...groups.values()];
  return by === 'family' ? list : list.sort((a, b) => b.conflicts.length - a.conflicts.length || a.title.localeCompare(b.title));
}

/** Everybody who wrote one of the values, with how many of the conflicts have a value of theirs; the most first. */
export function authors(conflicts: readonly ConflictView[]): { person: string; conflicts: number }[] {
  const count = new Map<string, number>();
  for (const conflict of conflicts) for (const person of authorsOf(conflict)) count.set(person, (count.get(person) ?? 0) + 1);
  return [...count]
    .map(([person, number]) => ({ person, conflicts: number }))
    .sort((a, b) => b.conflicts - a.conflicts || a.person.localeCompare(b.person));
}

/** Whether pictures stand against each other: nobody chooses one by its name. */
export const ofPhotos = (conflict: ConflictView): boolean => conflict.values.some(({ file }) => file === 'photo');

/** The pictures of a conflict, to be looked at large side by side. */
export const photoOf = ({ path, label, values }: ConflictView): ComparedPhoto => ({ path, label, previous: '', current: '', values });
