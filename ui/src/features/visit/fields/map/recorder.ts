/** Points along the way of a person who walks: taken by themselves, as ODK Collect does. Tested with a clock of its own. */

export const INTERVALS = [1, 5, 10, 20, 30, 60, 300, 600, 1200, 1800] as const;
/** Metres; 0: any. */
export const LIMITS = [0, 3, 5, 10, 15, 20] as const;
/** What ODK Collect begins with. */
export const USUAL = { interval: 20, limit: 10 } as const;

export interface Fix {
  latitude: number;
  longitude: number;
  altitude: number | null;
  /** Metres. */
  accuracy: number;
}

export type RecorderState =
  /** No position yet. */
  | { kind: 'searching' }
  /** The last position is not good enough. */
  | { kind: 'weak'; accuracy: number }
  /** Seconds until the next point. */
  | { kind: 'next'; seconds: number };

export type Trouble = 'none' | 'denied' | 'unavailable';

interface Options {
  /** Seconds between two points. */
  interval: number;
  /** Metres that a position must be good to; 0: any. */
  limit: number;
  onpoint: (fix: Fix) => void;
  onstate: (state: RecorderState) => void;
  ontrouble: (trouble: Trouble) => void;
}

/**
 * Whether a position is taken now. `due`: milliseconds until one is wanted; a position serves once only, so that a
 * lost signal leaves a gap instead of the same place again and again.
 */
export const taken = (due: number, fresh: boolean, accuracy: number, limit: number): boolean =>
  due <= 0 && fresh && (limit === 0 || accuracy <= limit);

/** Starts; gives what stops it. */
export function startRecording({ interval, limit, onpoint, onstate, ontrouble }: Options): () => void {
  if (!('geolocation' in navigator)) {
    ontrouble('none');
    return () => undefined;
  }
  let last: number | null = null;
  let fix: Fix | null = null;
  let fresh = false;
  let ended = false;

  function look(): void {
    if (ended) return;
    if (!fix) return onstate({ kind: 'searching' });
    const due = last === null ? 0 : last + interval * 1000 - Date.now();
    if (taken(due, fresh, fix.accuracy, limit)) {
      last = Date.now();
      fresh = false;
      onpoint(fix);
      return onstate({ kind: 'next', seconds: interval });
    }
    if (due <= 0) return onstate(fresh ? { kind: 'weak', accuracy: fix.accuracy } : { kind: 'searching' });
    onstate({ kind: 'next', seconds: Math.ceil(due / 1000) });
  }

  const watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      fix = coords;
      fresh = true;
      look();
    },
    (error) => {
      // A signal that is lost for a while may come back; a refusal stays.
      if (error.code === error.PERMISSION_DENIED) {
        stop();
        ontrouble('denied');
      } else if (!fix) ontrouble('unavailable');
    },
    { enableHighAccuracy: true, maximumAge: 0 },
  );
  const timer = setInterval(look, 1000);
  onstate({ kind: 'searching' });
  // The screen stays on where the device lets it, for a phone that sleeps records nothing.
  let lamp: { release(): Promise<void> } | undefined;
  void navigator.wakeLock?.request('screen').then(
    (lock) => {
      if (ended) void lock.release();
      else lamp = lock;
    },
    () => undefined,
  );

  function stop(): void {
    if (ended) return;
    ended = true;
    navigator.geolocation.clearWatch(watch);
    clearInterval(timer);
    void lamp?.release().catch(() => undefined);
  }
  return stop;
}
