import { LARGEST } from './fields/photo';
import { recordable, Recording } from './fields/recording.svelte';

/** A part is stored after this long, so that a killed app loses no more. */
export const PART_MS = 5 * 60 * 1000;

/** What one recording of the microphone can do; tests give their own. */
export type Recorder = Pick<Recording, 'start' | 'finish' | 'drop' | 'seconds'>;

/** Puts a part on the disk. Rejects if it is not there. */
export type KeepPart = (household: string, path: string, file: File) => Promise<unknown>;

export interface Wanted {
  path: string;
  quality: string;
}

/**
 * The sound that is recorded while a form is filled in, from the person's yes until the form is left. It goes on from
 * page to page and on the summary; every few minutes, and when it stops, a part goes to the disk. What could not be
 * stored stays here and is tried again with the next part.
 */
export class BackgroundRecording {
  /** `ask`: waiting for the person's answer; `off`: the person wants none, or no more. */
  state = $state<'none' | 'ask' | 'running' | 'off' | 'unable' | 'denied'>('none');
  /** Parts that wait to be stored. */
  waiting = $state(0);
  /** Seconds in parts that are finished; the running one counts for itself. */
  #before = $state(0);
  #recorder = $state.raw<Recorder | null>(null);
  #household = '';
  #wanted: Wanted = { path: '', quality: 'normal' };
  #files: { household: string; path: string; file: File }[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** One thing after the other: a part is not cut while another is stored. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #keep: KeepPart;
  readonly #make: () => Recorder;
  readonly #able: () => boolean;

  constructor(keep: KeepPart, make: () => Recorder = () => new Recording(), able: () => boolean = recordable) {
    this.#keep = keep;
    this.#make = make;
    this.#able = able;
  }

  get seconds(): number {
    return this.#before + (this.#recorder?.seconds ?? 0);
  }

  /** A form that records was opened, or shown again. A form that is open already is not asked about twice. */
  offer(household: string, wanted: Wanted): void {
    if (this.#household === household && this.state !== 'none') return;
    if (this.state !== 'none') {
      // What was recorded in the other form is stored under its own name first.
      void this.end().then(() => this.offer(household, wanted));
      return;
    }
    this.#household = household;
    this.#wanted = wanted;
    this.#before = 0;
    this.state = this.#able() ? 'ask' : 'unable';
  }

  /** The person agrees: records from now on. */
  async agree(): Promise<void> {
    if (this.state !== 'ask' && this.state !== 'denied') return;
    const recorder = this.#make();
    try {
      await recorder.start(this.#wanted.quality);
    } catch {
      this.state = 'denied';
      return;
    }
    this.#recorder = recorder;
    this.state = 'running';
    this.#timer = setInterval(() => void this.cut(), PART_MS);
  }

  decline(): void {
    this.state = 'off';
  }

  /** Stores what was recorded until now and goes on. */
  cut(): Promise<boolean> {
    return this.#next(async () => {
      if (this.state !== 'running' || !this.#recorder) return this.#store();
      const old = this.#recorder;
      const fresh = this.#make();
      try {
        // The new one listens before the old one ends: nothing that is said in between is lost.
        await fresh.start(this.#wanted.quality);
      } catch {
        // Somebody took the microphone away: what there is, is kept.
        return this.#finish('denied');
      }
      this.#before += old.seconds;
      this.#recorder = fresh;
      await this.#take(old);
      return this.#store();
    });
  }

  /** Stops; what was recorded is kept. `false`: a part is not on the disk. */
  stop(): Promise<boolean> {
    return this.#next(() => this.#finish('off'));
  }

  /** The form is left. The next one asks again. */
  end(): Promise<boolean> {
    return this.#next(async () => {
      const stored = await this.#finish('none');
      this.#household = '';
      return stored;
    });
  }

  async #finish(state: 'off' | 'denied' | 'none'): Promise<boolean> {
    clearInterval(this.#timer);
    const recorder = this.#recorder;
    this.#recorder = null;
    this.#before += recorder?.seconds ?? 0;
    this.state = state;
    if (recorder) await this.#take(recorder);
    return this.#store();
  }

  async #take(recorder: Recorder): Promise<void> {
    const file = await recorder.finish('rekaman');
    if (file && file.size <= LARGEST) this.#files.push({ household: this.#household, path: this.#wanted.path, file });
    this.waiting = this.#files.length;
  }

  async #store(): Promise<boolean> {
    while (this.#files.length > 0) {
      const { household, path, file } = this.#files[0];
      try {
        await this.#keep(household, path, file);
      } catch {
        return false;
      }
      this.#files.shift();
      this.waiting = this.#files.length;
    }
    return true;
  }

  #next(work: () => Promise<boolean>): Promise<boolean> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
