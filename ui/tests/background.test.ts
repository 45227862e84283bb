import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import Background from '../src/features/visit/background/Background.svelte';
import { PART_MS, Recorder, recorder } from '../src/features/visit/background/recorder.svelte';
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

/** A microphone whose recordings hold one numbered word each; `denied` says which of them may not begin. */
function microphone(denied: (n: number) => boolean = () => false) {
  const stopped = vi.fn();
  let asked = 0;
  class FakeRecorder {
    static isTypeSupported = () => true;
    state = 'recording';
    mimeType = 'audio/webm';
    ondataavailable: (event: { data: Blob }) => void = () => undefined;
    onstop = () => undefined;
    readonly #n = asked;
    constructor(readonly stream: { getTracks: () => { stop: () => void }[] }) {}
    start() {
      this.ondataavailable({ data: new Blob([`sound ${this.#n}`]) });
    }
    stop() {
      this.onstop();
    }
  }
  vi.stubGlobal('MediaRecorder', FakeRecorder);
  vi.stubGlobal('navigator', {
    ...navigator,
    mediaDevices: {
      getUserMedia: async () => {
        asked += 1;
        if (denied(asked)) throw new Error('denied');
        return { getTracks: () => [{ stop: stopped }] };
      },
    },
  });
  return { stopped };
}

/** Household and sound of every part that was stored. */
const parts = () => calls.filter(([name]) => name === 'visit_attach').map(([, args]) => `${args.household}: ${atob(String(args.data))}`);

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
    const { stopped } = microphone();
    render(Background, { household: 'with', page: 'first', wanted });
    expect(screen.queryByTestId('background-running')).toBeNull();
    await fireEvent.click(screen.getByTestId('background-record'));
    await screen.findByTestId('background-running');
    await recorder.finish();
    expect(stopped).toHaveBeenCalled();
    const [name, args] = calls[0];
    expect([name, args.household, args.page, args.path, args.name]).toEqual(['visit_attach', 'with', 'first', 'voice', 'rekaman.webm']);
    expect(atob(String(args.data))).toBe('sound 1');
  });

  it('goes to the disk part by part, and not after it ended', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    microphone();
    const own = new Recorder();
    own.hold('h');
    await own.start('voice', 'low', 'rekaman');
    vi.advanceTimersByTime(PART_MS);
    await vi.waitFor(() => expect(parts()).toEqual(['h: sound 1']));
    expect(own.state).toBe('running');
    expect(own.seconds).toBe(PART_MS / 1000);
    await own.finish();
    expect(parts()).toEqual(['h: sound 1', 'h: sound 2']);
    vi.advanceTimersByTime(3 * PART_MS);
    await own.cut();
    expect(parts()).toHaveLength(2);
  });

  it('stops when the person says so; what was said until then is kept', async () => {
    const { stopped } = microphone();
    render(Background, { household: 'stops', page: 'p', wanted });
    await fireEvent.click(screen.getByTestId('background-record'));
    await fireEvent.click(await screen.findByTestId('background-stop'));
    await vi.waitFor(() => expect(recorder.state).toBe('stopped'));
    expect(stopped).toHaveBeenCalledOnce();
    expect(parts()).toEqual(['stops: sound 1']);
    expect(screen.getByTestId('background-sound').textContent).toContain('dihentikan');
  });

  it('never begins where the person wants none', async () => {
    microphone();
    const own = new Recorder();
    own.hold('h');
    own.decline();
    await own.cut();
    await own.finish();
    expect(own.state).toBe('declined');
    expect(calls).toEqual([]);
  });

  it('keeps a part that cannot be stored and stores it with the next one', async () => {
    microphone();
    let broken = true;
    usePlatform({
      kind: 'memory',
      call: ((name: string, args: Record<string, unknown>) => {
        if (broken) return Promise.reject(new Error('disk full'));
        calls.push([name, args]);
        return Promise.resolve({});
      }) as Platform['call'],
    });
    const own = new Recorder();
    own.hold('h');
    await own.start('voice', 'low', 'rekaman');
    await own.cut();
    expect(own.state).toBe('running');
    broken = false;
    await own.finish();
    expect(parts()).toEqual(['h: sound 1', 'h: sound 2']);
  });

  it('keeps what there is when the microphone is taken away', async () => {
    microphone((n) => n === 2);
    const own = new Recorder();
    own.hold('h');
    await own.start('voice', 'low', 'rekaman');
    await own.cut();
    expect(own.state).toBe('denied');
    expect(parts()).toEqual(['h: sound 1']);
  });

  it('of one form is stored under its own name when another form is opened', async () => {
    microphone();
    const own = new Recorder();
    own.hold('one');
    await own.start('voice', 'low', 'rekaman');
    own.hold('two');
    expect(own.state).toBe('asking');
    await own.start('voice', 'low', 'rekaman');
    await own.finish();
    expect(parts()).toEqual(['one: sound 1', 'two: sound 2']);
  });
});
