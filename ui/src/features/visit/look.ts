/** What an appearance means for the screen. Words without a meaning for a question are passed over. */

import type { Item } from '../../ipc/types';

export type Layout =
  /** Large rows, one below the other. */
  | 'rows'
  /** Tiles side by side. */
  | 'columns'
  /** Tiles as wide as their words. */
  | 'pack'
  /** A scale from one end to the other. */
  | 'likert'
  /** One line with the words above the buttons. */
  | 'list'
  /** Buttons without words, below those of a header. */
  | 'nolabel'
  /** The words alone: the header of such a table. */
  | 'label'
  /** One line that opens a list. */
  | 'picker'
  /** Areas of a picture. */
  | 'areas'
  /** Places on a map. */
  | 'map';

export interface Look {
  layout: Layout;
  /** Tiles in a line; 0: as many as fit. */
  columns: number;
  /** Circles and boxes are drawn. */
  marks: boolean;
  /** A choice goes on to the next page too. */
  quick: boolean;
}

/** Up to this many choices stand on the page as rows; more open a list with a search. */
const MOST_ROWS = 7;
/** Several of many are easier to compare when all stand there. */
const MOST_CHECKS = 20;
/** Above this the core sends choices only when asked. */
export const MOST_SENT = 100;

export const wordsOf = (appearance: string): Set<string> =>
  new Set(appearance.toLowerCase().split(/[\s,]+(?![^(]*\))/).filter((word) => word !== ''));

export const says = (item: Pick<Item, 'appearance'>, word: string): boolean => wordsOf(item.appearance).has(word);

/** How the choices of a question stand on the screen. */
export function lookOf(item: Pick<Item, 'appearance' | 'widget' | 'choices' | 'choices_total'> & { media?: Item['media'] }): Look {
  const words = wordsOf(item.appearance);
  const look: Look = { layout: 'rows', columns: 0, marks: !words.has('no-buttons'), quick: words.has('quick') };
  const total = Math.max(item.choices_total, item.choices.length);
  const most = item.widget === 'select_multiple' ? MOST_CHECKS : MOST_ROWS;
  for (const word of words) {
    const numbered = /^(columns|compact|quickcompact)-(\d+)$/.exec(word);
    if (numbered) {
      look.layout = 'columns';
      look.columns = Math.min(10, Math.max(1, Number(numbered[2])));
      if (numbered[1] !== 'columns') look.marks = false;
    } else if (word === 'columns' || word === 'horizontal') look.layout = 'columns';
    else if (word === 'columns-pack' || word === 'horizontal-compact') look.layout = 'pack';
    else if (word === 'compact' || word === 'quickcompact') {
      look.layout = 'pack';
      look.marks = false;
    } else if (word === 'likert') look.layout = 'likert';
    else if (word === 'list') look.layout = 'list';
    else if (word === 'list-nolabel') look.layout = 'nolabel';
    else if (word === 'label') look.layout = 'label';
    if (word.startsWith('quickcompact')) look.quick = true;
  }
  const asked = ['minimal', 'autocomplete', 'search'].some((word) => words.has(word)) || /\bsearch\s*\(/.test(item.appearance);
  if (asked || total > MOST_SENT || (look.layout === 'rows' && total > most)) look.layout = 'picker';
  // Without an SVG or a place there is nothing to touch: then the list stays.
  if (words.has('image-map') && /\.svg$/i.test(item.media?.image ?? '')) look.layout = 'areas';
  else if (words.has('map') && (total > MOST_SENT || item.choices.some((choice) => choice.geometry !== ''))) look.layout = 'map';
  return look;
}

/** Calendars in which a date can be read besides the one in which it is stored. */
const CALENDARS: Record<string, string> = {
  ethiopian: 'ethiopic',
  coptic: 'coptic',
  islamic: 'islamic-umalqura',
  'bikram-sambat': '',
  myanmar: '',
  persian: 'persian',
  buddhist: 'buddhist',
};

/** The other calendar that a date question asks for; empty: none that can be shown. */
export function calendarOf(appearance: string): string {
  for (const word of wordsOf(appearance)) if (CALENDARS[word]) return CALENDARS[word];
  return '';
}

/** What an appearance wants from another program or device, which is not here. */
export type Elsewhere = 'app' | 'printer' | 'bearing' | null;

export function elsewhereOf(appearance: string): Elsewhere {
  if (/(^|\s)printer:/i.test(appearance)) return 'printer';
  if (/(^|\s)ex:/i.test(appearance)) return 'app';
  return wordsOf(appearance).has('bearing') ? 'bearing' : null;
}

/** A number of a parameter, e.g. `capture-accuracy`; `otherwise` where it says none. */
export function parameter(item: Pick<Item, 'parameters'>, name: string, otherwise: number): number {
  const text = item.parameters[name];
  const number = Number(text);
  return text === undefined || text.trim() === '' || !Number.isFinite(number) ? otherwise : number;
}
