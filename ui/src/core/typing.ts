/** What a person types, turned into what is stored, and back. No screen here: pure and tested. */

import { formatNumber, type Language } from './format';

/** Digits only, at most `max`. */
export function digitsOf(text: string, max = Infinity): string {
  return text.replace(/\D/g, '').slice(0, max);
}

/** `1809 0157 0885 0001`: groups of four, as on the card. */
export function groupId(text: string): string {
  return digitsOf(text, 16).replace(/(\d{4})(?=\d)/g, '$1 ');
}

/** The same for a number of which only the ends are shown; whatever is no whole number stays as it is. */
export function groupMasked(text: string): string {
  return /^[\d*•]{16}$/.test(text) ? text.replace(/.{4}(?=.)/g, '$& ') : text;
}

/**
 * Where the caret belongs after regrouping: behind as many digits as stood before it.
 * Without this, typing in the middle of a number throws the caret to its end.
 */
export function caretAfterDigits(formatted: string, digitsBefore: number): number {
  if (digitsBefore <= 0) return 0;
  let seen = 0;
  for (let i = 0; i < formatted.length; i += 1) {
    if (/\d/.test(formatted[i])) {
      seen += 1;
      if (seen === digitsBefore) return i + 1;
    }
  }
  return formatted.length;
}

export type DateParts = 'day' | 'month' | 'year';

/** Which parts an appearance asks for. */
export function datePartsOf(appearance: string): DateParts {
  const words = appearance.split(/\s+/);
  if (words.includes('month-year')) return 'month';
  if (words.includes('year')) return 'year';
  return 'day';
}

const LENGTH: Record<DateParts, number> = { day: 8, month: 6, year: 4 };

/**
 * Live formatting of a typed date: `17081985` becomes `17/08/1985`. A separator typed after a single
 * digit fills in the zero: `1/2/1985` becomes `01/02/1985`.
 */
export function formatTypedDate(text: string, parts: DateParts = 'day'): string {
  let digits = '';
  const pads = parts === 'day' ? [2, 4] : parts === 'month' ? [2] : [];
  for (const char of text) {
    if (/\d/.test(char)) digits += char;
    else {
      const end = pads.find((limit) => digits.length <= limit);
      const start = end === undefined ? 0 : end - 2;
      if (end !== undefined && digits.length === start + 1) {
        digits = digits.slice(0, start) + '0' + digits.slice(start);
      }
    }
  }
  digits = digits.slice(0, LENGTH[parts]);
  if (parts === 'year') return digits;
  const cuts = parts === 'day' ? [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)] : [digits.slice(0, 2), digits.slice(2)];
  return cuts.filter((piece) => piece !== '').join('/');
}

export type TypedDate =
  | { state: 'empty' }
  | { state: 'partial' }
  | { state: 'impossible' }
  | { state: 'whole'; value: string };

/** The ISO date of a typed one; a month is its first day, a year its first of January. */
export function parseTypedDate(text: string, parts: DateParts = 'day'): TypedDate {
  const digits = digitsOf(text);
  if (digits === '') return { state: 'empty' };
  if (digits.length < LENGTH[parts]) return { state: 'partial' };
  const day = parts === 'day' ? Number(digits.slice(0, 2)) : 1;
  const month = parts === 'year' ? 1 : Number(parts === 'day' ? digits.slice(2, 4) : digits.slice(0, 2));
  const year = Number(digits.slice(-4));
  const date = new Date(Date.UTC(year, month - 1, day));
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!real || year < 1850) return { state: 'impossible' };
  return { state: 'whole', value: date.toISOString().slice(0, 10) };
}

/** The typed form of a stored date. */
export function typedFromIso(iso: string, parts: DateParts = 'day'): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso);
  if (!match) return '';
  const [, year, month, day] = match;
  return parts === 'day' ? `${day}/${month}/${year}` : parts === 'month' ? `${month}/${year}` : year;
}

export type TypedNumber = { state: 'empty' } | { state: 'wrong' } | { state: 'whole'; value: string };

/**
 * A typed number as stored (`1250`, `36.5`, `-5`). In Indonesian the comma is the decimal mark and the
 * point groups thousands, but a point that cannot be a group (`36.5`) is read as the decimal mark too.
 */
export function parseTypedNumber(text: string, language: Language, decimal: boolean): TypedNumber {
  const trimmed = text.replace(/[\s\u00a0]/g, '');
  if (trimmed === '') return { state: 'empty' };
  const negative = trimmed.startsWith('-');
  let body = negative ? trimmed.slice(1) : trimmed;
  const group = language === 'id' ? '.' : ',';
  const mark = language === 'id' ? ',' : '.';
  const grouped = group === '.' ? /^\d{1,3}(\.\d{3})+(,\d*)?$/ : /^\d{1,3}(,\d{3})+(\.\d*)?$/;
  if (grouped.test(body)) body = body.split(group).join('');
  else if (!body.includes(mark) && body.split(group).length === 2) body = body.replace(group, mark);
  body = body.replace(mark, '.');
  if (!(decimal ? /^(\d+\.?\d*|\.\d+)$/ : /^\d+$/).test(body)) return { state: 'wrong' };
  let value = body.replace(/^0+(?=\d)/, '').replace(/\.$/, '');
  if (value.startsWith('.')) value = `0${value}`;
  return { state: 'whole', value: (negative && Number(value) !== 0 ? '-' : '') + value };
}

/** The typed form of a stored number: the decimal mark of the language, no grouping while editing. */
export function typedFromNumber(value: string, language: Language): string {
  return language === 'id' ? value.replace('.', ',') : value;
}

/** A number grouped while it is typed: `1250000` becomes `1.250.000`; the decimal mark and what follows stay. */
export function groupTypedNumber(text: string, language: Language): string {
  const mark = language === 'id' ? ',' : '.';
  const sign = text.trimStart().startsWith('-') ? '-' : '';
  const at = text.indexOf(mark);
  const whole = digitsOf(at < 0 ? text : text.slice(0, at));
  const rest = at < 0 ? '' : mark + digitsOf(text.slice(at));
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, language === 'id' ? '.' : ',') + rest;
}

/** Large numbers are easier to check when grouped: `1250000` -> `1.250.000`; empty below 10.000. */
export function readNumber(value: string, language: Language): string {
  const number = Number(value);
  return value !== '' && Number.isFinite(number) && Math.abs(number) >= 10000 ? formatNumber(number, language, 3) : '';
}

/** A stored position: `lat lon altitude accuracy`; `null` if it is none. */
export function parsePosition(value: string): { lat: number; lon: number; accuracy: number } | null {
  const [lat, lon, , accuracy] = value.trim().split(/\s+/).map(Number);
  if (!Number.isFinite(lat) || !Number.isFinite(lon) || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return { lat, lon, accuracy: Number.isFinite(accuracy) ? accuracy : 0 };
}

export function formatPosition(lat: number, lon: number, altitude: number, accuracy: number): string {
  return `${lat.toFixed(6)} ${lon.toFixed(6)} ${altitude.toFixed(1)} ${accuracy.toFixed(1)}`;
}

/**
 * The codes of a select_multiple after one was switched, in the order of the list. `none`: the code that says that
 * there is none of them, which never stands beside others.
 */
export function switchCode(value: string, code: string, order: readonly string[], none: string | null = null): string {
  const chosen = new Set(value.split(/\s+/).filter((part) => part !== ''));
  if (chosen.has(code)) chosen.delete(code);
  else {
    if (code === none) chosen.clear();
    else if (none !== null) chosen.delete(none);
    chosen.add(code);
  }
  return order.filter((item) => chosen.has(item)).join(' ');
}

/** The choice that says that there is none: code 0 with words to that effect, as the register's lists have it. */
export function noneOf(choices: readonly { value: string; label: string }[]): string | null {
  return choices.find(({ value, label }) => value === '0' && /^(tidak|bukan|belum|none\b|no\b|not\b)/i.test(label))?.value ?? null;
}
