import { call } from '../../../platform';
import type { Locating } from '../../../ipc/types';

/** Tells the core where the device is while a form that wants to know is open. */
export class Tracker {
  state = $state<'off' | 'searching' | 'found' | 'denied' | 'unavailable'>('off');
  /** Metres. */
  accuracy = $state(0);
  readonly #household: string;
  #watch: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last: GeolocationCoordinates | null = null;
  #sent = 0;
  #every = 0;

  constructor(household: string) {
    this.#household = household;
  }

  start(wanted: Locating): void {
    if (this.state !== 'off') return;
    this.#every = wanted.every * 1000;
    if (!('geolocation' in navigator)) {
      this.#fail('unavailable');
      return;
    }
    this.state = 'searching';
    this.#watch = navigator.geolocation.watchPosition(
      ({ coords }) => {
        const better = this.#last === null || coords.accuracy < this.#last.accuracy / 2;
        this.#last = coords;
        this.accuracy = coords.accuracy;
        this.state = 'found';
        if (better) this.#send();
      },
      (error) => this.#fail(error.code === error.PERMISSION_DENIED ? 'denied' : 'unavailable'),
      { enableHighAccuracy: wanted.high_accuracy, maximumAge: 10_000 },
    );
    // A device that does not move reports nothing new: its place still holds.
    this.#timer = setInterval(() => this.#send(), Math.min(this.#every, 30_000));
  }

  stop(): void {
    if (this.#watch !== undefined) navigator.geolocation.clearWatch(this.#watch);
    clearInterval(this.#timer);
    this.#watch = undefined;
    this.state = 'off';
  }

  #send(): void {
    const place = this.#last;
    if (!place || this.state !== 'found' || (this.#sent > 0 && Date.now() - this.#sent < this.#every / 2)) return;
    this.#sent = Date.now();
    const { latitude, longitude, altitude, accuracy } = place;
    this.#tell({ latitude, longitude, altitude, accuracy, problem: '' });
  }

  #fail(problem: 'denied' | 'unavailable'): void {
    if (this.state === problem) return;
    this.state = problem;
    this.#last = null;
    this.#tell({ latitude: null, longitude: null, altitude: null, accuracy: null, problem });
  }

  #tell(place: { latitude: number | null; longitude: number | null; altitude: number | null; accuracy: number | null; problem: string }): void {
    // Without an answer nothing is lost: the next position comes soon.
    call('visit_locate', { household: this.#household, ...place }).catch(() => undefined);
  }
}
