import type { ComparedPhoto, ConflictValue } from '../../../ipc/types';
import { formatMoment } from '../../../core/format';
import { i18n } from '../../../i18n/index.svelte';

/** One picture of a question, and what it is beside the others. */
export interface Side {
  title: string;
  hash: string;
}

/** Who took it, on which device, and when. */
export function takenBy(value: ConflictValue): string {
  const t = i18n.t.conflicts;
  const by = value.mine ? t.mine : value.device ? t.by(value.author, value.device) : value.author;
  return value.at ? `${by}, ${formatMoment(value.at, i18n.language)}` : by;
}

/** Pictures of one question side by side: the older one, then the newest, or all that stand against each other. An answer
 * that was emptied has no picture, and keeps its place. */
export function sides(photo: ComparedPhoto, plain = false): Side[] {
  const t = i18n.t.desk.photos;
  const old = { title: t.old, hash: photo.previous };
  if (photo.values.length === 0) return [old, { title: plain ? '' : t.new, hash: photo.current }];
  const standing = photo.values.map((value) => ({ title: takenBy(value), hash: value.value }));
  return photo.previous && standing.every(({ hash }) => hash !== photo.previous) ? [old, ...standing] : standing;
}
