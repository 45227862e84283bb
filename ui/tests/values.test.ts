import { describe, expect, it } from 'vitest';
import { formatTypedTime, parseTypedTime, storedMoment, storedTime, typedFromTime, zoneOf } from '../src/core/clock';
import { areaOf, formatArea, formatLine, formatMetres, formatShape, gridStep, lengthOf, metresBetween, parseLine, parseShape } from '../src/core/geo';
import { moved, orderOf } from '../src/core/ranking';
import { scaleOf, stepsOf, stepsTo, ticksOf, valueAt, valuesOf } from '../src/core/scale';
import { groupTypedNumber } from '../src/core/typing';
import { penAfter } from '../src/features/visit/fields/draw/keyboardPen';
import { fitted } from '../src/features/visit/fields/photo';

const point = (lat: number, lon: number) => ({ lat, lon, altitude: 0, accuracy: 0 });

describe('a typed time', () => {
  it('gets its mark while it is typed, and its zero when a mark or an impossible hour says so', () => {
    expect(formatTypedTime('1405', '.')).toBe('14.05');
    expect(formatTypedTime('7:', ':')).toBe('07');
    expect(formatTypedTime('735', '.')).toBe('07.35');
    expect(formatTypedTime('140599', ':')).toBe('14:05');
  });

  it('is whole with four digits, and impossible past 23:59', () => {
    expect(parseTypedTime('14.05')).toEqual({ state: 'whole', value: '14:05' });
    expect(parseTypedTime('14')).toEqual({ state: 'partial' });
    expect(parseTypedTime('12:75')).toEqual({ state: 'impossible' });
    expect(parseTypedTime('')).toEqual({ state: 'empty' });
  });

  it('is stored with the zone of the device, as the standard says, and comes back', () => {
    expect(zoneOf(-420)).toBe('+07:00');
    expect(zoneOf(210)).toBe('-03:30');
    expect(storedTime('14:05', '+07:00')).toBe('14:05:00.000+07:00');
    expect(storedMoment('2026-11-21', '14:05', '+07:00')).toBe('2026-11-21T14:05:00.000+07:00');
    expect(typedFromTime('14:05:00.000+07:00', '.')).toBe('14.05');
    expect(typedFromTime('2026-11-21T14:05:00.000+07:00', ':')).toBe('14:05');
  });
});

describe('a scale', () => {
  it('counts its steps without the errors of binary fractions', () => {
    const scale = scaleOf({ start: '35', end: '42', step: '0.1' });
    expect(stepsOf(scale)).toBe(70);
    expect(valueAt(scale, 43)).toBe('39.3');
    expect(stepsTo(scale, '39.3')).toBe(43);
    expect(valueAt(scale, 999)).toBe('42');
  });

  it('may run downwards', () => {
    const scale = scaleOf({ start: '10', end: '0', step: '2' });
    expect(valuesOf(scale)).toEqual(['10', '8', '6', '4', '2', '0']);
    expect(stepsTo(scale, '4')).toBe(3);
  });

  it('has no place for what is not answered', () => {
    expect(stepsTo(scaleOf({}), '')).toBeNull();
  });

  it('names both ends, and even distances where they fit', () => {
    expect(ticksOf(scaleOf({ start: '1', end: '10' }), 5)).toEqual([0, 3, 6, 9]);
    expect(ticksOf(scaleOf({ start: '0', end: '100', step: '5' }), 10)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    expect(ticksOf(scaleOf({ start: '1', end: '2' }), 1)).toEqual([0, 1]);
  });
});

describe('a rank', () => {
  it('begins in the order of the list and follows the answer', () => {
    expect(orderOf('', ['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(orderOf('c a', ['a', 'b', 'c'])).toEqual(['c', 'a', 'b']);
    expect(orderOf('gone b', ['a', 'b'])).toEqual(['b', 'a']);
  });

  it('moves one choice and leaves the others in their order', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['c', 'a', 'b']);
  });
});

describe('a line of positions', () => {
  it('is stored as the standard says and read back', () => {
    const stored = formatLine([point(-5.3621, 105.0844), point(-5.3622, 105.0845)]);
    expect(stored).toBe('-5.362100 105.084400 0.0 0.0;-5.362200 105.084500 0.0 0.0');
    expect(parseLine(`${stored}; nonsense; 99 999 0 0`)).toHaveLength(2);
  });

  it('of an area is closed in the store and open on the screen', () => {
    const corners = [point(0, 0), point(0, 1), point(1, 1)];
    expect(parseLine(formatShape(corners))).toHaveLength(4);
    expect(parseShape(formatShape(corners))).toEqual(corners);
    expect(formatShape([])).toBe('');
  });

  it('has the length and the area that the earth has', () => {
    // One degree of latitude on the mean sphere.
    expect(metresBetween(point(0, 105), point(1, 105))).toBeCloseTo(111_195, 0);
    const square = [point(0, 0), point(0, 0.001), point(0.001, 0.001), point(0.001, 0)];
    expect(areaOf(square)).toBeCloseTo(12_364, -1);
    expect(lengthOf(square, true)).toBeCloseTo(444.8, 0);
    expect(areaOf(square.slice(0, 2))).toBe(0);
  });

  it('is said in the units that people use', () => {
    expect(formatMetres(85.26, 'id')).toBe('85,3 m');
    expect(formatMetres(1250, 'id')).toBe('1,25 km');
    expect(formatArea(420, 'en')).toBe('420 m²');
    expect(formatArea(12_500, 'id')).toBe('1,25 ha (12.500 m²)');
  });

  it('lies in a grid of four to ten columns at any size', () => {
    for (const span of [60, 12, 3, 0.7, 0.03, 0.0011]) {
      const columns = span / gridStep(span);
      expect(columns).toBeGreaterThanOrEqual(4);
      expect(columns).toBeLessThanOrEqual(12);
    }
  });
});

describe('a typed number', () => {
  it('is grouped by thousands while it is typed, in both languages', () => {
    expect(groupTypedNumber('1250000', 'id')).toBe('1.250.000');
    expect(groupTypedNumber('-1250000,5', 'id')).toBe('-1.250.000,5');
    expect(groupTypedNumber('1,250,0000', 'en')).toBe('12,500,000');
    expect(groupTypedNumber('abc', 'en')).toBe('');
  });
});

describe('a drawing', () => {
  it('can be made by keys: arrows move the pen within the sheet, space puts it down', () => {
    const start = { x: 10, y: 10, down: false };
    expect(penAfter(start, 'ArrowRight', false, 100, 100)).toEqual({ x: 22, y: 10, down: false });
    expect(penAfter(start, 'ArrowUp', false, 100, 100)?.y).toBe(2);
    expect(penAfter(start, ' ', false, 100, 100)?.down).toBe(true);
    expect(penAfter(start, 'a', false, 100, 100)).toBeNull();
  });

  it('and photos keep their shape when they get smaller', () => {
    expect(fitted(4000, 3000, 800)).toEqual({ width: 800, height: 600 });
    expect(fitted(300, 200, 800)).toEqual({ width: 300, height: 200 });
  });
});
