import { call } from '../../../platform';
import { LARGEST, toBase64 } from '../fields/photo';
import { recordable, Recording } from '../fields/recording.svelte';

/** Room for the file's head and tail below the largest file that the core takes. */
const FULL = LARGEST - 1024 * 1024;
/** A part goes to the disk after this long: an app that is killed loses no more. */
export const PART_MS = 5 * 60 * 1000;

interface Part {
  household: string;
  path: string;
  file: File;
}

/**
 * The recording of a whole form, from the person's consent until the form is left or the person stops it: its pages
 * and its summary hold it by turns, and the last one that lets go ends it. It goes to the disk part by part. A part
 * that cannot be stored waits here and is tried again with the next one.
 */
export class Recorder {
  state = $state<'asking' | 'running' | 'declined' | 'stopped' | 'denied' | 'none' | 'saving' | 'failed'>('asking');
  /** Seconds in parts that are finished. */
  #before = $state(0);
  /** The part under way. */
  #recording = $state.raw<Recording | null>(null);
  #household = '';
  #path = '';
  #page = '';
  #quality = '';
  #name = '';
  #holders = 0;
  #waiting: Part[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  /** One thing after the other: no part is cut while another is cut or stored. */
  #turn: Promise<unknown> = Promise.resolve();

  /** Seconds since the person agreed. */
  get seconds(): number {
    return this.#before + (this.#recording?.seconds ?? 0);
  }

  /** A page of this form is on the screen; gives what to call when it goes. */
  hold(household: string): () => void {
    if (this.#household !== household) {
      // What was recorded in the other form is stored under its own name.
      void this.finish();
      this.#household = household;
      this.#before = 0;
      this.state = recordable() ? 'asking' : 'none';
    }
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      // The next screen of the same form holds it in the same turn.
      setTimeout(() => {
        if (this.#holders === 0) {
          void this.finish();
          this.#household = '';
        }
      }, 500);
    };
  }

  /** Where a reply to storing the recording belongs. */
  at(page: string): void {
    this.#page = page;
  }

  async start(path: string, quality: string, name: string): Promise<void> {
    this.#path = path;
    this.#quality = quality;
    this.#name = name;
    // What another form recorded is taken first.
    await this.#turn;
    const recording = await this.#listen();
    if (!recording) {
      this.state = 'denied';
      return;
    }
    this.#recording = recording;
    this.state = 'running';
    clearInterval(this.#timer);
    this.#timer = setInterval(() => void this.cut(), PART_MS);
  }

  decline(): void {
    this.state = 'declined';
  }

  /** The person wants no more of it; what was recorded is kept. */
  stop(): Promise<void> {
    return this.#end('stopped');
  }

  /** Puts what was recorded until now on the disk and goes on. */
  cut(): Promise<void> {
    return this.#next(async () => {
      const old = this.#recording;
      if (this.state !== 'running' || !old) return;
      const { household, path } = this.#place;
      // The next part listens before this one ends: nothing that is said in between is lost.
      const fresh = await this.#listen();
      this.#before += old.seconds;
      this.#recording = fresh;
      if (!fresh) {
        // Somebody took the microphone away.
        clearInterval(this.#timer);
        this.state = 'denied';
      }
      await this.#take(old, household, path);
      await this.#store();
    });
  }

  /** Ends the recording and puts it where answers are; the form may be left when this is done. */
  finish(): Promise<void> {
    return this.#end('asking');
  }

  get #place(): { household: string; path: string } {
    return { household: this.#household, path: this.#path };
  }

  #end(after: 'asking' | 'stopped'): Promise<void> {
    const { household, path } = this.#place;
    const running = this.state === 'running';
    if (running) this.state = 'saving';
    clearInterval(this.#timer);
    return this.#next(async () => {
      const recording = this.#recording;
      this.#recording = null;
      if (recording) {
        this.#before += recording.seconds;
        await this.#take(recording, household, path);
      }
      const stored = await this.#store();
      // Another form may have asked meanwhile.
      if (this.#household === household && running && this.state === 'saving') this.state = stored ? after : 'failed';
    });
  }

  async #listen(): Promise<Recording | null> {
    const recording = new Recording();
    try {
      await recording.start(this.#quality, FULL, () => void this.cut());
      return recording;
    } catch {
      return null;
    }
  }

  async #take(recording: Recording, household: string, path: string): Promise<void> {
    const file = await recording.finish(this.#name);
    if (file) this.#waiting.push({ household, path, file });
  }

  /** `false`: something waits still. */
  async #store(): Promise<boolean> {
    while (this.#waiting.length > 0) {
      const { household, path, file } = this.#waiting[0];
      try {
        await call('visit_attach', { household, page: this.#page, path, name: file.name, data: await toBase64(file) });
      } catch {
        return false;
      }
      this.#waiting.shift();
    }
    return true;
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work, work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

export const recorder = new Recorder();
