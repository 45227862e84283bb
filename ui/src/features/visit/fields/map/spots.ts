/** Choices as they lie on a map. Pure and tested. */

import { parseLine, type Point } from '../../../../core/geo';
import type { ChoiceItem } from '../../../../ipc/types';

export type SpotKind = 'point' | 'line' | 'area';

export interface Spot {
  value: string;
  label: string;
  kind: SpotKind;
  /** Of an area the corners, without the first one repeated at its end. */
  points: Point[];
}

/** Where a choice lies; `null` if it does not say so. */
export function spotOf(choice: Pick<ChoiceItem, 'value' | 'label' | 'geometry'>): Spot | null {
  const points = parseLine(choice.geometry);
  if (points.length === 0) return null;
  const spot = { value: choice.value, label: choice.label || choice.value };
  const [first, last] = [points[0], points[points.length - 1]];
  if (points.length > 3 && first.lat === last.lat && first.lon === last.lon) return { ...spot, kind: 'area', points: points.slice(0, -1) };
  return { ...spot, kind: points.length > 1 ? 'line' : 'point', points };
}

export interface Pixel {
  x: number;
  y: number;
}

/** Pixels from a touch to a line between two places. */
function toSegment(touch: Pixel, a: Pixel, b: Pixel): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const part = length === 0 ? 0 : Math.max(0, Math.min(1, ((touch.x - a.x) * dx + (touch.y - a.y) * dy) / length));
  return Math.hypot(touch.x - a.x - part * dx, touch.y - a.y - part * dy);
}

function inside(touch: Pixel, corners: readonly Pixel[]): boolean {
  let odd = false;
  corners.forEach((a, at) => {
    const b = corners[(at + corners.length - 1) % corners.length];
    if (a.y > touch.y !== b.y > touch.y && touch.x < ((b.x - a.x) * (touch.y - a.y)) / (b.y - a.y) + a.x) odd = !odd;
  });
  return odd;
}

/** Pixels from a touch to a spot; 0 inside an area. */
export function distanceTo(touch: Pixel, kind: SpotKind, pixels: readonly Pixel[]): number {
  if (kind === 'area' && inside(touch, pixels)) return 0;
  if (pixels.length === 1) return Math.hypot(touch.x - pixels[0].x, touch.y - pixels[0].y);
  const ends = kind === 'area' ? [...pixels, pixels[0]] : pixels;
  let least = Infinity;
  for (let at = 1; at < ends.length; at += 1) least = Math.min(least, toSegment(touch, ends[at - 1], ends[at]));
  return least;
}

/**
 * The spot that a touch means, within `reach` pixels. A marker or a line that lies on an area is meant before it, and
 * of areas in each other the one whose edge is nearest.
 */
export function touched(touch: Pixel, spots: readonly Spot[], project: (point: Point) => Pixel, reach: number): Spot | null {
  let best: { spot: Spot; rank: number; far: number } | null = null;
  for (const spot of spots) {
    const pixels = spot.points.map(project);
    const far = distanceTo(touch, spot.kind, pixels);
    if (far > reach) continue;
    const edge = spot.kind === 'area' ? distanceTo(touch, 'line', [...pixels, pixels[0]]) : far;
    const rank = spot.kind === 'area' ? (far === 0 ? 1 : 2) : 0;
    if (!best || rank < best.rank || (rank === best.rank && edge < best.far)) best = { spot, rank, far: edge };
  }
  return best?.spot ?? null;
}
