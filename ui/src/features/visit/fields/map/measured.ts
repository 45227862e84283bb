import { areaOf, formatArea, formatMetres, lengthOf, type Point } from '../../../../core/geo';
import type { Language } from '../../../../core/format';
import type { Dictionary } from '../../../../i18n/dictionary';

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
