/** Times as they are typed and stored. Pure and tested. */

const two = (number: number) => String(number).padStart(2, '0');

/** Live formatting of a typed time: `1405` becomes `14:05`; a mark after one digit fills in the zero. */
export function formatTypedTime(text: string, mark: string): string {
  let digits = '';
  for (const char of text) {
    if (/\d/.test(char)) digits += char;
    else if (digits.length === 1) digits = `0${digits}`;
  }
  // `7` alone may become 07, but `73` cannot be an hour: it is 7.3x.
  if (digits.length >= 2 && Number(digits.slice(0, 2)) > 23 && digits.length < 4) digits = `0${digits}`;
  digits = digits.slice(0, 4);
  return digits.length > 2 ? `${digits.slice(0, 2)}${mark}${digits.slice(2)}` : digits;
}

export type TypedTime = { state: 'empty' } | { state: 'partial' } | { state: 'impossible' } | { state: 'whole'; value: string };

/** `HH:MM` of a typed time. */
export function parseTypedTime(text: string): TypedTime {
  const digits = text.replace(/\D/g, '');
  if (digits === '') return { state: 'empty' };
  if (digits.length < 4) return { state: 'partial' };
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4));
  if (hours > 23 || minutes > 59) return { state: 'impossible' };
  return { state: 'whole', value: `${two(hours)}:${two(minutes)}` };
}

/** The typed form of a stored time or moment. */
export function typedFromTime(stored: string, mark: string): string {
  const match = /(?:^|T| )(\d{2}):(\d{2})/.exec(stored);
  return match ? `${match[1]}${mark}${match[2]}` : '';
}

/** `+07:00`, from the minutes that UTC is behind. */
export function zoneOf(minutesBehind: number): string {
  const minutes = Math.abs(minutesBehind);
  return `${minutesBehind > 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A time of day as it is stored: `14:05:00.000+07:00`. */
export const storedTime = (clock: string, zone: string): string => `${clock}:00.000${zone}`;

/** A moment as it is stored: `2026-11-21T14:05:00.000+07:00`. */
export const storedMoment = (date: string, clock: string, zone: string): string => `${date}T${storedTime(clock, zone)}`;
