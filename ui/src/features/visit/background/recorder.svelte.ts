import { call } from '../../../platform';
import { LARGEST, toBase64 } from '../fields/photo';
import { recordable, Recording } from '../fields/recording.svelte';

/** Room for the file's head and tail below the largest file that the core takes. */
const FULL = LARGEST - 1024 * 1024;

/**
 * The recording of a whole form, from the person's consent until the form is left: its pages and its summary hold it
 * by turns, and the last one that lets go ends it.
 */
class Recorder {
  state = $state<'asking' | 'running' | 'declined' | 'denied' | 'none' | 'saving' | 'full' | 'failed'>('asking');
  readonly recording = new Recording();
  #household = '';
  #path = '';
  #page = '';
  #holders = 0;
  #ending: Promise<void> | null = null;

  /** A page of this form is on the screen; gives what to call when it goes. */
  hold(household: string): () => void {
    if (this.#household !== household) {
      void this.finish();
      this.#household = household;
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
    this.#name = name;
    try {
      await this.recording.start(quality, FULL, () => void this.finish('full'));
      this.state = 'running';
    } catch {
      this.state = 'denied';
    }
  }

  #name = '';

  decline(): void {
    this.state = 'declined';
  }

  /** Ends the recording and puts it where answers are; the form may be left when this is done. */
  finish(after: 'asking' | 'full' = 'asking'): Promise<void> {
    if (this.state !== 'running') return this.#ending ?? Promise.resolve();
    this.state = 'saving';
    const household = this.#household;
    this.#ending = this.#store(household)
      .then(() => {
        this.state = after;
      })
      .catch(() => {
        this.state = 'failed';
      })
      .finally(() => {
        this.#ending = null;
      });
    return this.#ending;
  }

  async #store(household: string): Promise<void> {
    const file = await this.recording.finish(this.#name);
    if (!file) return;
    const data = await toBase64(file);
    await call('visit_attach', { household, page: this.#page, path: this.#path, name: file.name, data });
  }
}

export const recorder = new Recorder();
