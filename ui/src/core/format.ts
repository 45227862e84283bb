/** Numbers, dates and sizes as people here write them. Own tables: web views differ in their locale data. */

export type Language = 'id' | 'en';

const MONTHS: Record<Language, readonly string[]> = {
  id: ['Jan', 'Feb', 'Mar', 'Apr', 'Mei', 'Jun', 'Jul', 'Agu', 'Sep', 'Okt', 'Nov', 'Des'],
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
};

/** `1.234,5` in Indonesian, `1,234.5` in English; at most `decimals` digits after the mark. */
export function formatNumber(value: number, language: Language, decimals = 0): string {
  const factor = 10 ** decimals;
  const rounded = Math.round(Math.abs(value) * factor) / factor;
  const [whole, fraction] = String(rounded).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === 'id' ? '.' : ',');
  const mark = language === 'id' ? ',' : '.';
  return (value < 0 ? '-' : '') + grouped + (fraction ? mark + fraction : '');
}

/** `21 Nov 2026` from an ISO date or an RFC 3339 time (shown in the device's own time zone). */
export function formatDate(iso: string, language: Language): string {
  const plain = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  if (plain) return `${Number(plain[3])} ${MONTHS[language][Number(plain[2]) - 1] ?? plain[2]} ${plain[1]}`;
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.getDate()} ${MONTHS[language][date.getMonth()]} ${date.getFullYear()}`;
}

/** `14.05` in Indonesian, `14:05` in English. */
export function formatTime(iso: string, language: Language): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  const two = (n: number) => String(n).padStart(2, '0');
  return two(date.getHours()) + (language === 'id' ? '.' : ':') + two(date.getMinutes());
}

/** `21 Nov 14.05`, with the year when it is not this year. */
export function formatMoment(iso: string, language: Language, now: Date = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const year = date.getFullYear() === now.getFullYear() ? '' : ` ${date.getFullYear()}`;
  return `${date.getDate()} ${MONTHS[language][date.getMonth()]}${year} ${formatTime(iso, language)}`;
}

/** `Agu 2025` from `2025-08-01`. */
export function formatMonth(iso: string, language: Language): string {
  const plain = /^(\d{4})-(\d{2})/.exec(iso);
  return plain ? `${MONTHS[language][Number(plain[2]) - 1] ?? plain[2]} ${plain[1]}` : iso;
}

/** `640 B`, `12,4 KB`, `3,1 MB`, `2,5 GB`. */
export function formatBytes(bytes: number, language: Language): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = Math.max(0, bytes);
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${formatNumber(size, language, unit === 0 || size >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** An address in which `RT 012` and `RW 003` are not torn apart at the end of a line. */
export function formatAddress(address: string): string {
  return address.replace(/\b(RT|RW)\s+(?=\d)/gi, '$1\u00a0');
}

/** `3 RW 1` style short address part; leaves out what is not known. */
export function formatRtRw(rt: string, rw: string): string {
  const strip = (part: string) => part.replace(/^0+(?=\d)/, '');
  const parts = [];
  if (strip(rt) && strip(rt) !== '0') parts.push(`RT ${strip(rt)}`);
  if (strip(rw) && strip(rw) !== '0') parts.push(`RW ${strip(rw)}`);
  return parts.join(' / ');
}

/** A label that something follows: a question keeps its mark and gets no second one. */
export const withColon = (label: string): string => (/[?:!.]$/.test(label) ? label : `${label}:`);

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * A name inside a sentence: not longer than a sentence bears, and one that is written from right to left does not turn
 * the words around it.
 */
export function nameInText(name: string, most = 60): string {
  const signs = [...name];
  const cut = signs.length > most ? `${signs.slice(0, most - 1).join('').trimEnd()}…` : name;
  return RIGHT_TO_LEFT.test(cut) ? `\u2068${cut}\u2069` : cut;
}
