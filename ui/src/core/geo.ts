/** Positions, lines and areas on the earth. Pure and tested. */

import { formatNumber, type Language } from './format';
import { formatPosition } from './typing';

export interface Point {
  lat: number;
  lon: number;
  altitude: number;
  accuracy: number;
}

/** Metres; the mean radius of the earth. */
const RADIUS = 6_371_008.8;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

/** The points of a stored line: `lat lon alt acc;lat lon alt acc`. What is no point is left out. */
export function parseLine(value: string): Point[] {
  return value
    .split(';')
    .map((part) => part.trim().split(/\s+/).map(Number))
    .filter(([lat, lon]) => Number.isFinite(lat) && Number.isFinite(lon) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180)
    .map(([lat, lon, altitude, accuracy]) => ({
      lat,
      lon,
      altitude: Number.isFinite(altitude) ? altitude : 0,
      accuracy: Number.isFinite(accuracy) ? accuracy : 0,
    }));
}

const same = (one: Point, other: Point) => one.lat === other.lat && one.lon === other.lon;

/** The corners of a stored shape, without the first one repeated at its end. */
export function parseShape(value: string): Point[] {
  const points = parseLine(value);
  return points.length > 1 && same(points[0], points[points.length - 1]) ? points.slice(0, -1) : points;
}

const formatPoint = (point: Point) => formatPosition(point.lat, point.lon, point.altitude, point.accuracy);

/** A line as it is stored. */
export const formatLine = (points: readonly Point[]): string => points.map(formatPoint).join(';');

/** A shape as it is stored: closed, so that the last point is the first. */
export const formatShape = (corners: readonly Point[]): string => formatLine(corners.length ? [...corners, corners[0]] : []);

/** Metres between two positions on the sphere. */
export function metresBetween(one: Point, other: Point): number {
  const dLat = rad(other.lat - one.lat);
  const dLon = rad(other.lon - one.lon);
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(rad(one.lat)) * Math.cos(rad(other.lat)) * Math.sin(dLon / 2) ** 2;
  return 2 * RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Metres along the points; a closed line comes back to its first. */
export function lengthOf(points: readonly Point[], closed = false): number {
  let sum = 0;
  for (let at = 1; at < points.length; at += 1) sum += metresBetween(points[at - 1], points[at]);
  if (closed && points.length > 2) sum += metresBetween(points[points.length - 1], points[0]);
  return sum;
}

/** Square metres inside the corners, on the sphere. */
export function areaOf(corners: readonly Point[]): number {
  if (corners.length < 3) return 0;
  let sum = 0;
  corners.forEach((corner, at) => {
    const next = corners[(at + 1) % corners.length];
    sum += rad(next.lon - corner.lon) * (2 + Math.sin(rad(corner.lat)) + Math.sin(rad(next.lat)));
  });
  return Math.abs((sum * RADIUS * RADIUS) / 2);
}

/** `85 m`, `1,25 km`. */
export function formatMetres(metres: number, language: Language): string {
  if (metres >= 1000) return `${formatNumber(metres / 1000, language, 2)} km`;
  return `${formatNumber(metres, language, metres < 100 ? 1 : 0)} m`;
}

/** `420 m²`, and hectares from one tenth on: `1,25 ha (12.500 m²)`. */
export function formatArea(square: number, language: Language): string {
  const metres = `${formatNumber(square, language, square < 100 ? 1 : 0)} m²`;
  return square >= 1000 ? `${formatNumber(square / 10_000, language, 2)} ha (${metres})` : metres;
}

/** Degrees between the lines of a grid, so that some five to ten lie in `span` degrees. */
export function gridStep(span: number): number {
  const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
  return steps.find((step) => span / step >= 4) ?? 0.0001;
}
