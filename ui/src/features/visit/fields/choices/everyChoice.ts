import type { ChoiceItem, ChoicePage, Item } from '../../../../ipc/types';

/** As many as a picture or a map can show. */
export const MOST_SHOWN = 5000;
/** The core gives at most this many at once. */
const AT_ONCE = 200;

type Ask = (path: string, search: string, offset: number, limit: number) => Promise<ChoicePage>;

/** All choices of a question, also where the core sends a long list only in pieces. */
export async function everyChoice(item: Pick<Item, 'path' | 'choices' | 'choices_total'>, ask: Ask): Promise<ChoiceItem[]> {
  if (item.choices.length >= item.choices_total) return item.choices;
  const all: ChoiceItem[] = [];
  while (all.length < Math.min(item.choices_total, MOST_SHOWN)) {
    const { choices, total } = await ask(item.path, '', all.length, AT_ONCE);
    all.push(...choices);
    if (choices.length === 0 || all.length >= total) break;
  }
  return all;
}
