import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { base64Of, bytesOf } from '../src/core/bytes';
import type { ChoiceItem } from '../src/ipc/types';
import { everyChoice } from '../src/features/visit/fields/choices/everyChoice';
import { startRecording, taken, type Fix, type RecorderState, type Trouble } from '../src/features/visit/fields/map/recorder';
import { distanceTo, spotOf, touched, type Spot } from '../src/features/visit/fields/map/spots';
import { startIdleLock, noteActivity } from '../src/features/shell/idle';

const choice = (value: string, geometry: string): ChoiceItem => ({ value, label: value, media: { image: '', big_image: '', audio: '', video: '' }, geometry });
const spot = (value: string, geometry: string) => spotOf(choice(value, geometry)) as Spot;
const project = (point: { lat: number; lon: number }) => ({ x: point.lon * 10, y: -point.lat * 10 });

describe('choices on a map', () => {
  it('are points, lines, or areas that end where they began', () => {
    expect(spot('a', '-5.3 105 0 0').kind).toBe('point');
    expect(spot('a', '-5 105 0 0; -6 106 0 0').kind).toBe('line');
    const area = spot('a', '0 0 0 0; 0 4 0 0; 4 4 0 0; 0 0 0 0');
    expect(area.kind).toBe('area');
    expect(area.points).toHaveLength(3);
    expect(spotOf(choice('a', ''))).toBeNull();
    expect(spotOf(choice('a', 'somewhere'))).toBeNull();
  });

  it('are meant by a touch within 24 pixels, a marker before the area that it lies on', () => {
    const well = spot('well', '-2 2 0 0');
    const yard = spot('yard', '0 0 0 0; 0 8 0 0; -8 8 0 0; -8 0 0 0; 0 0 0 0');
    const road = spot('road', '0 20 0 0; -8 20 0 0');
    const at = (x: number, y: number) => touched({ x, y }, [yard, well, road], project, 24)?.value ?? '';
    expect(at(30, 30)).toBe('well');
    expect(at(70, 70)).toBe('yard');
    expect(at(190, 40)).toBe('road');
    expect(at(90, 40)).toBe('yard');
    expect(at(140, 40)).toBe('');
    expect(at(200, 120)).toBe('');
  });

  it('of two areas in each other are the inner one where its edge is nearer', () => {
    const outer = spot('outer', '0 0 0 0; 0 30 0 0; -30 30 0 0; -30 0 0 0; 0 0 0 0');
    const inner = spot('inner', '-10 10 0 0; -10 20 0 0; -20 20 0 0; -20 10 0 0; -10 10 0 0');
    expect(touched({ x: 150, y: 150 }, [outer, inner], project, 24)?.value).toBe('inner');
    expect(touched({ x: 20, y: 20 }, [inner, outer], project, 24)?.value).toBe('outer');
  });

  it('measure distances to the nearest part of a line and not to its ends', () => {
    const line = [{ x: 0, y: 0 }, { x: 100, y: 0 }];
    expect(distanceTo({ x: 50, y: 7 }, 'line', line)).toBe(7);
    expect(distanceTo({ x: 103, y: 4 }, 'line', line)).toBe(5);
  });

  it('come in pieces where the list is long, and once only', async () => {
    const all = Array.from({ length: 450 }, (_, at) => choice(String(at), ''));
    const asked: number[] = [];
    const ask = (_path: string, _search: string, offset: number, limit: number) => {
      asked.push(offset);
      return Promise.resolve({ choices: all.slice(offset, offset + limit), total: all.length });
    };
    expect(await everyChoice({ path: 'q', choices: [], choices_total: 450 }, ask)).toHaveLength(450);
    expect(asked).toEqual([0, 200, 400]);
    expect(await everyChoice({ path: 'q', choices: all.slice(0, 3), choices_total: 3 }, ask)).toHaveLength(3);
    expect(asked).toHaveLength(3);
  });
});

describe('a line recorded on the way', () => {
  let seen: (fix: Partial<Fix>) => void;
  let fails: (code: number) => void;
  let cleared = 0;
  const points: Fix[] = [];
  const states: RecorderState[] = [];
  const troubles: Trouble[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    cleared = 0;
    points.length = states.length = troubles.length = 0;
    const watchPosition = (good: PositionCallback, bad: PositionErrorCallback) => {
      seen = (fix) => good({ coords: { latitude: -5, longitude: 105, altitude: null, accuracy: 4, ...fix } } as GeolocationPosition);
      fails = (code) => bad({ code, PERMISSION_DENIED: 1 } as GeolocationPositionError);
      return 7;
    };
    vi.stubGlobal('navigator', { geolocation: { watchPosition, clearWatch: () => (cleared += 1) } });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const start = (interval: number, limit: number) =>
    startRecording({ interval, limit, onpoint: (fix) => points.push(fix), onstate: (state) => states.push(state), ontrouble: (kind) => troubles.push(kind) });

  it('takes the first good position at once and then one at each interval', () => {
    start(10, 10);
    expect(states.at(-1)).toEqual({ kind: 'searching' });
    seen({ latitude: -5 });
    expect(points).toHaveLength(1);
    vi.advanceTimersByTime(4000);
    seen({ latitude: -5.1 });
    expect(points).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: 'next', seconds: 6 });
    vi.advanceTimersByTime(6000);
    expect(points.map((point) => point.latitude)).toEqual([-5, -5.1]);
  });

  it('waits for the accuracy that was asked for and says so', () => {
    start(5, 10);
    seen({ accuracy: 30 });
    expect(points).toHaveLength(0);
    expect(states.at(-1)).toEqual({ kind: 'weak', accuracy: 30 });
    seen({ accuracy: 9 });
    expect(points).toHaveLength(1);
    expect(taken(0, true, 500, 0)).toBe(true);
  });

  it('leaves a gap where the signal is lost instead of the same place again', () => {
    start(5, 0);
    seen({});
    vi.advanceTimersByTime(60_000);
    expect(points).toHaveLength(1);
    expect(states.at(-1)).toEqual({ kind: 'searching' });
    fails(2);
    expect(troubles).toEqual([]);
    seen({});
    expect(points).toHaveLength(2);
  });

  it('ends where the position is refused, and when it is stopped', () => {
    start(5, 0);
    fails(1);
    expect(troubles).toEqual(['denied']);
    expect(cleared).toBe(1);
    const stop = start(5, 0);
    stop();
    seen({});
    expect(points).toHaveLength(0);
  });
});

describe('the lock of a device that is carried about', () => {
  it('waits while somebody walks with it, and no longer', () => {
    vi.useFakeTimers();
    let locked = 0;
    const stop = startIdleLock(() => (locked += 1), 60_000);
    vi.advanceTimersByTime(50_000);
    noteActivity();
    vi.advanceTimersByTime(50_000);
    expect(locked).toBe(0);
    vi.advanceTimersByTime(30_000);
    expect(locked).toBe(1);
    stop();
    vi.useRealTimers();
  });
});

describe('bytes', () => {
  it('come back as they went', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, at) => at % 251);
    expect(bytesOf(base64Of(bytes))).toEqual(bytes);
  });
});
