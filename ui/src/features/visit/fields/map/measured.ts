import { areaOf, formatArea, formatMetres, lengthOf, metresBetween, type Point } from '../../../../core/geo';
import type { Language } from '../../../../core/format';
import type { Known } from './pointMap';
import type { Dictionary } from '../../../../i18n/dictionary';

const FLAT = { altitude: 0, accuracy: 0 };

/** Metres within which two places are one on the map. */
const SAME = 12;

/** Places that lie on each other become one with both names, so that their words can be read. */
export function gathered(places: readonly Known[]): Known[] {
  const list: Known[] = [];
  for (const place of places) {
    const near = list.findIndex((other) => metresBetween({ ...other, ...FLAT }, { ...place, ...FLAT }) < SAME);
    if (near < 0) list.push(place);
    else list[near] = { ...list[near], label: `${list[near].label}, ${place.label}` };
  }
  return list;
}

/** `3 titik · Panjang 120 m`, `4 titik · Keliling 80,5 m · Luas 402 m²`. */
export function measured(points: readonly Point[], closed: boolean, language: Language, words: Dictionary['widgets']['geo']): string {
  const parts = [words.points(points.length)];
  if (points.length > 1) {
    const length = formatMetres(lengthOf(points, closed), language);
    parts.push(closed && points.length > 2 ? words.around(length) : words.length(length));
  }
  if (closed && points.length > 2) parts.push(words.area(formatArea(areaOf(points), language)));
  return parts.join(' · ');
}
