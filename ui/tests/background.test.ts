import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Background from '../src/features/visit/background/Background.svelte';
import { recorder } from '../src/features/visit/background/recorder.svelte';
import { Tracker } from '../src/features/visit/background/locating.svelte';
import { i18n } from '../src/i18n/index.svelte';
import { usePlatform, type Platform } from '../src/platform';

let calls: [string, Record<string, unknown>][] = [];

beforeEach(() => {
  calls = [];
  i18n.set('id');
  usePlatform({
    kind: 'memory',
    call: ((name: string, args: Record<string, unknown>) => {
      calls.push([name, args]);
      return Promise.resolve({});
    }) as Platform['call'],
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A device whose position the test gives. */
function located() {
  let found: PositionCallback = () => undefined;
  let failed: PositionErrorCallback = () => undefined;
  const clearWatch = vi.fn();
  vi.stubGlobal('navigator', {
    ...navigator,
    geolocation: {
      watchPosition: (good: PositionCallback, bad: PositionErrorCallback) => {
        found = good;
        failed = bad;
        return 1;
      },
      clearWatch,
    },
  });
  const at = (latitude: number, accuracy: number) =>
    found({ coords: { latitude, longitude: 105.1, altitude: null, accuracy } as GeolocationCoordinates } as GeolocationPosition);
  const refuse = () => failed({ code: 1, PERMISSION_DENIED: 1 } as GeolocationPositionError);
  return { at, refuse, clearWatch };
}

describe('the position of a form that wants to know it', () => {
  it('goes to the core at once, then as often as the questionnaire says', () => {
    vi.useFakeTimers();
    const device = located();
    const tracker = new Tracker('h');
    tracker.start({ high_accuracy: true, every: 10 });
    device.at(-5.1, 20);
    expect(calls).toEqual([['visit_locate', { household: 'h', latitude: -5.1, longitude: 105.1, altitude: null, accuracy: 20, problem: '' }]]);
    device.at(-5.2, 19);
    expect(calls).toHaveLength(1);
    vi.advanceTimersByTime(10_000);
    expect(calls.map(([, args]) => args.latitude)).toEqual([-5.1, -5.2]);
    tracker.stop();
    expect(device.clearWatch).toHaveBeenCalledWith(1);
    vi.advanceTimersByTime(60_000);
    expect(calls).toHaveLength(2);
  });

  it('is said to be missing once, and the form goes on', () => {
    const device = located();
    const tracker = new Tracker('h');
    tracker.start({ high_accuracy: true, every: 10 });
    device.refuse();
    device.refuse();
    expect(tracker.state).toBe('denied');
    expect(calls.map(([, args]) => args.problem)).toEqual(['denied']);
    tracker.stop();
  });
});

describe('the recording of a form that wants one', () => {
  const wanted = {
    logged: false,
    changes_logged: false,
    wants_name: false,
    locate: null,
    record: { path: 'voice', quality: 'low', stored: false },
  };

  it('is said to be impossible where nothing can record', () => {
    render(Background, { household: 'without', page: 'p', wanted });
    expect(screen.getByTestId('background-sound').textContent).toContain('tidak bisa merekam');
  });

  it('begins when the person says that all agree, and is an answer when the form is left', async () => {
    const stopped = vi.fn();
    class FakeRecorder {
      static isTypeSupported = () => true;
      state = 'recording';
      mimeType = 'audio/webm';
      ondataavailable: (event: { data: Blob }) => void = () => undefined;
      onstop = () => undefined;
      constructor(readonly stream: { getTracks: () => { stop: () => void }[] }) {}
      start() {
        this.ondataavailable({ data: new Blob(['sound']) });
      }
      stop() {
        this.onstop();
      }
    }
    vi.stubGlobal('MediaRecorder', FakeRecorder);
    vi.stubGlobal('navigator', {
      ...navigator,
      mediaDevices: { getUserMedia: () => Promise.resolve({ getTracks: () => [{ stop: stopped }] }) },
    });
    render(Background, { household: 'with', page: 'first', wanted });
    expect(screen.queryByTestId('background-running')).toBeNull();
    await fireEvent.click(screen.getByTestId('background-record'));
    await screen.findByTestId('background-running');
    await recorder.finish();
    expect(stopped).toHaveBeenCalled();
    const [name, args] = calls[0];
    expect([name, args.household, args.page, args.path, args.name]).toEqual(['visit_attach', 'with', 'first', 'voice', 'rekaman.webm']);
    expect(atob(String(args.data))).toBe('sound');
  });
});
