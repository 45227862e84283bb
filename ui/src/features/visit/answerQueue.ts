import type { Failure } from '../../ipc/types';
import { toFailure } from '../../platform';

export interface Answer {
  page: string;
  path: string;
  value: string;
}

export interface FailedAnswer {
  answer: Answer;
  failure: Failure;
}

/**
 * Answers on their way to the disk: one at a time and in order, the last value of a question wins, and
 * nothing is dropped. What could not be saved stays here, with what was typed, until it is retried or replaced.
 */
export class AnswerQueue<R> {
  readonly #send: (answer: Answer) => Promise<R>;
  readonly #done: (reply: R, answer: Answer) => void;
  readonly #changed: () => void;
  /** Being typed; sent after a pause. */
  readonly #drafts = new Map<string, { answer: Answer; timer: ReturnType<typeof setTimeout> }>();
  readonly #waiting = new Map<string, Answer>();
  readonly #failed = new Map<string, FailedAnswer>();
  #current: Answer | null = null;
  #running: Promise<void> | null = null;

  constructor(send: (answer: Answer) => Promise<R>, done: (reply: R, answer: Answer) => void, changed: () => void) {
    this.#send = send;
    this.#done = done;
    this.#changed = changed;
  }

  /** Sends as soon as what is before it is saved. */
  put(answer: Answer): void {
    this.#dropDraft(answer.path);
    this.#failed.delete(answer.path);
    this.#waiting.delete(answer.path);
    this.#waiting.set(answer.path, answer);
    this.#changed();
    this.#run();
  }

  /** Sends after `pause` ms without another value for the same question. */
  type(answer: Answer, pause: number): void {
    this.#dropDraft(answer.path);
    this.#failed.delete(answer.path);
    this.#drafts.set(answer.path, { answer, timer: setTimeout(() => this.put(answer), pause) });
    this.#changed();
  }

  /** The person left the field: what was typed goes now. */
  commit(path: string): void {
    const draft = this.#drafts.get(path);
    if (draft) this.put(draft.answer);
  }

  /** The newest value known here for a question, if it is not on disk yet. */
  valueOf(path: string): string | undefined {
    return (
      this.#drafts.get(path)?.answer.value ??
      this.#waiting.get(path)?.value ??
      (this.#current?.path === path ? this.#current.value : undefined) ??
      this.#failed.get(path)?.answer.value
    );
  }

  failureOf(path: string): Failure | undefined {
    return this.#failed.get(path)?.failure;
  }

  get failed(): FailedAnswer[] {
    return [...this.#failed.values()];
  }

  /** Answers that are not on disk yet. */
  get open(): number {
    return this.#drafts.size + this.#waiting.size + (this.#current ? 1 : 0);
  }

  /** Waits until nothing is on its way; `true` if everything is on disk. */
  async flush(): Promise<boolean> {
    for (const path of [...this.#drafts.keys()]) this.commit(path);
    while (this.#running) await this.#running;
    return this.#failed.size === 0;
  }

  async retry(): Promise<boolean> {
    for (const { answer } of this.failed) {
      if (this.valueOf(answer.path) === answer.value) this.put(answer);
    }
    return this.flush();
  }

  #dropDraft(path: string): void {
    const draft = this.#drafts.get(path);
    if (!draft) return;
    clearTimeout(draft.timer);
    this.#drafts.delete(path);
  }

  #run(): void {
    this.#running ??= this.#work();
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.values().next(); !next.done; next = this.#waiting.values().next()) {
      const answer = next.value;
      this.#waiting.delete(answer.path);
      this.#current = answer;
      this.#changed();
      let reply: R | undefined;
      let saved = false;
      try {
        reply = await this.#send(answer);
        saved = true;
      } catch (thrown) {
        // A newer value for the same question is already waiting: that one decides.
        const newer = this.#waiting.has(answer.path) || this.#drafts.has(answer.path);
        if (!newer) this.#failed.set(answer.path, { answer, failure: toFailure(thrown) });
      }
      this.#current = null;
      if (saved) this.#done(reply as R, answer);
      this.#changed();
    }
    // In the same turn as the last look at the queue, so that no answer can fall between.
    this.#running = null;
  }
}
