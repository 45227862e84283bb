import type { Widget } from '../../ipc/types';

/** Widgets with exactly one input, which the label belongs to. */
export const SINGLE: ReadonlySet<Widget> = new Set<Widget>(['text', 'integer', 'decimal', 'date', 'time', 'id_number', 'barcode']);

/** Widgets that most questionnaires do without: loaded when a page first needs one. */
export const RARE: ReadonlySet<Widget> = new Set<Widget>([
  'range', 'rank', 'barcode', 'audio', 'video', 'file', 'geotrace', 'geoshape', 'draw', 'annotate', 'signature',
]);

let loaded: Promise<typeof import('./fields/rare')> | null = null;

export function loadRare(): Promise<typeof import('./fields/rare')> {
  loaded ??= import('./fields/rare').catch((thrown: unknown) => {
    // Tried again at the next page.
    loaded = null;
    throw thrown;
  });
  return loaded;
}
