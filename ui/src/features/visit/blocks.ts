/** The items of a page gathered into what stands together on the screen. Pure and tested. */

import type { GroupHead, Item, Page, RepeatHead, RepeatPlace } from '../../ipc/types';
import { lookOf, says } from './look';

export type Block =
  /** Values that are only shown, one quiet block for a run of them. */
  | { kind: 'facts'; key: string; items: Item[] }
  | { kind: 'field'; key: string; item: Item }
  /** Questions with the same choices below one header. */
  | { kind: 'table'; key: string; header: Item; headed: boolean; rows: Item[] }
  | { kind: 'heading'; key: string; group: GroupHead; depth: number }
  | { kind: 'instance'; key: string; head: RepeatHead }
  | { kind: 'add'; key: string; place: RepeatPlace };

const FILES = new Set<Item['widget']>(['note', 'image', 'signature', 'draw', 'annotate', 'audio', 'video', 'file', 'geotrace', 'geoshape']);

const isFact = (item: Item) => item.widget === 'calculated' || (item.readonly && !FILES.has(item.widget));
const isSelect = (item: Item) => item.widget === 'select_one' || item.widget === 'select_multiple';

/** The innermost group of an item that is a table; `null`: none. */
function tableOf(item: Item, page: Pick<Page, 'id' | 'appearance'>): string | null {
  if (!isSelect(item)) return null;
  const group = item.groups.findLast((entry) => says(entry, 'table-list'));
  return group?.id ?? (says(page, 'table-list') ? page.id : null);
}

/** A line of a table shows its buttons alone, whatever else its appearance says. */
const asRow = (item: Item): Item => ({ ...item, appearance: `${item.appearance} list-nolabel` });

const sameChoices = (one: Item, other: Item) =>
  one.choices.length === other.choices.length && one.choices.every((choice, at) => choice.value === other.choices[at].value);

export function blocksOf(page: Pick<Page, 'id' | 'appearance' | 'items' | 'inline'>): Block[] {
  const blocks: Block[] = [];
  const addsAfter = (path: string) => {
    for (const place of page.inline) {
      if (place.after === path && place.can_add) {
        blocks.push({ kind: 'add', key: `add-${place.repeat}-${place.parent ?? ''}`, place });
      }
    }
  };
  let table: { id: string; block: Extract<Block, { kind: 'table' }> } | null = null;
  addsAfter('');
  for (const item of page.items) {
    item.groups.forEach((group, depth) => {
      if (group.first && group.label !== '') blocks.push({ kind: 'heading', key: `group-${group.id}`, group, depth });
    });
    if (item.repeat?.first) blocks.push({ kind: 'instance', key: `instance-${item.repeat.instance}`, head: item.repeat });

    const last = blocks[blocks.length - 1];
    const look = isSelect(item) && !isFact(item) ? lookOf(item).layout : null;
    const group = isFact(item) ? null : tableOf(item, page);
    if (isFact(item)) {
      if (last?.kind === 'facts') last.items.push(item);
      else blocks.push({ kind: 'facts', key: item.path, items: [item] });
    } else if (look === 'label') {
      const block = { kind: 'table' as const, key: item.path, header: item, headed: true, rows: [] };
      blocks.push(block);
      table = { id: '', block };
    } else if (table && last === table.block && sameChoices(table.block.header, item) && (group === null ? look === 'nolabel' : group === table.id)) {
      table.block.rows.push(asRow(item));
    } else if (group !== null || look === 'nolabel') {
      const block = { kind: 'table' as const, key: item.path, header: item, headed: false, rows: [asRow(item)] };
      blocks.push(block);
      table = { id: group ?? '', block };
    } else {
      blocks.push({ kind: 'field', key: item.path, item });
    }
    addsAfter(item.path);
  }
  return blocks;
}

/** On a page where most questions must be answered, those that need not be are marked; elsewhere the others. */
export function marksOptional(items: readonly Item[]): boolean {
  const asked = items.filter((item) => item.widget !== 'note' && !isFact(item));
  return asked.filter((item) => item.required).length * 2 > asked.length;
}
