import type { AttachmentData, ChoicePage, Failure, Item, VisitView } from '../../ipc/types';
import { app } from '../../core/app.svelte';
import { call, toFailure } from '../../platform';
import { AnswerQueue, type Answer, type FailedAnswer } from './answerQueue';

/** A pause in typing after which the text goes to the disk by itself. */
export const TYPING_PAUSE = 400;

/** One open visit: the page on screen, and the answers on their way to the disk. */
export class VisitStore {
  readonly household: string;
  view = $state.raw<VisitView | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Answers that are not on disk yet. */
  open = $state(0);
  failed = $state.raw<FailedAnswer[]>([]);
  /** Grows when the queue changes, so that what it knows is read again. */
  #turn = $state(0);
  /** Fields with text that is no value yet (half a date): path to message. */
  unfinished = $state.raw<Record<string, string>>({});
  /** Names of the members by their id, as far as they were seen. */
  names = $state.raw<Record<string, string>>({});
  readonly #queue: AnswerQueue<VisitView>;
  /** Files of the questionnaire that were asked for already. */
  readonly #media = new Map<string, Promise<string>>();

  constructor(household: string) {
    this.household = household;
    this.#queue = new AnswerQueue<VisitView>(
      (answer) => call('visit_answer', { household, ...answer }),
      (view) => this.#apply(view),
      () => {
        this.#turn += 1;
        this.open = this.#queue.open;
        this.failed = this.#queue.failed;
      },
    );
  }

  get pageId(): string {
    return this.view?.page.id ?? '';
  }

  /** Shows a page; `null`: where the person was last. The id of the page that came. */
  async show(page: string | null): Promise<string | null> {
    await this.#queue.flush();
    try {
      this.view = await call('visit_open', { household: this.household, page });
      this.#learnNames(this.view);
      this.failure = null;
      return this.view.page.id;
    } catch (thrown) {
      this.failure = app.words(thrown);
      return null;
    }
  }

  /** The value to show: what was typed counts before what the disk says. */
  valueOf(item: Item): string {
    void this.#turn;
    return this.#queue.valueOf(item.path) ?? item.value;
  }

  failureOf(path: string): Failure | undefined {
    void this.#turn;
    return this.#queue.failureOf(path);
  }

  /** A finished answer: a choice made, a field left. */
  answer(path: string, value: string): void {
    this.#queue.put(this.#answer(path, value));
  }

  /** Text that may still grow. */
  type(path: string, value: string): void {
    this.#queue.type(this.#answer(path, value), TYPING_PAUSE);
  }

  commit(path: string): void {
    this.#queue.commit(path);
  }

  #answer(path: string, value: string): Answer {
    return { page: this.pageId, path, value };
  }

  setUnfinished(path: string, message: string): void {
    if ((this.unfinished[path] ?? '') === message) return;
    const rest = { ...this.unfinished };
    if (message) rest[path] = message;
    else delete rest[path];
    this.unfinished = rest;
  }

  /** Waits until everything typed is on disk; `false` if something could not be saved. */
  settle(): Promise<boolean> {
    return this.#queue.flush();
  }

  /** Trying again can help: not when the value itself is refused. */
  get retryable(): boolean {
    return this.failed.some(({ failure }) => failure.code !== 'bad_value' && failure.code !== 'readonly');
  }

  retry(): Promise<boolean> {
    return this.#queue.retry();
  }

  /** Runs a command that changes the visit, after all answers before it. Rejects with what went wrong. */
  async run(command: () => Promise<VisitView>): Promise<VisitView> {
    await this.#queue.flush();
    const view = await command();
    this.#apply(view);
    return view;
  }

  /** A part of a long list of choices; waits for the answers that may narrow it. */
  async choices(path: string, search: string, offset: number, limit: number): Promise<ChoicePage> {
    await this.#queue.flush();
    return call('visit_choices', { household: this.household, page: this.pageId, path, search, offset, limit });
  }

  /** Address of a file that came with the questionnaire, for an image or a sound. */
  media(file: string): Promise<string> {
    let wanted = this.#media.get(file);
    if (!wanted) {
      wanted = call('form_media', { household: this.household, file }).then(({ url }) => url);
      wanted.catch(() => this.#media.delete(file));
      this.#media.set(file, wanted);
    }
    return wanted;
  }

  /** Stores a picture as the answer of a question; `data` in base64. */
  picture(path: string, data: string): Promise<VisitView> {
    return this.run(() => call('visit_photo', { household: this.household, page: this.pageId, path, data }));
  }

  /** Stores another file as the answer of a question; `data` in base64. */
  attach(path: string, name: string, data: string): Promise<VisitView> {
    return this.run(() => call('visit_attach', { household: this.household, page: this.pageId, path, name, data }));
  }

  attachment(id: string): Promise<AttachmentData> {
    return call('attachment', { id });
  }

  /** A reply for a page that is no longer on screen only refreshes the numbers around it. */
  #apply(view: VisitView): void {
    const shown = this.view?.page;
    this.view = shown && shown.id !== view.page.id ? { ...view, page: shown } : view;
    this.#learnNames(view);
  }

  /** The list of pages names members only by their id: their names stand in the household. */
  async loadNames(): Promise<void> {
    try {
      const { members } = await call('household', { household: this.household });
      this.names = { ...Object.fromEntries(members.map((member) => [member.id, member.name])), ...this.names };
    } catch (thrown) {
      app.noteFailure(toFailure(thrown));
    }
  }

  #learnNames(view: VisitView): void {
    const seen: Record<string, string> = {};
    for (const member of view.page.roster ?? []) seen[member.id] = member.name;
    for (const item of view.page.items) {
      const match = /^members\/([^/]+)\/name$/.exec(item.path);
      if (match) seen[match[1]] = item.value;
    }
    if (Object.keys(seen).length > 0) this.names = { ...this.names, ...seen };
  }
}

/** Questions that a person answers, in order. */
export function askable(items: readonly Item[]): Item[] {
  return items.filter((item) => item.widget !== 'note' && item.widget !== 'calculated' && !item.readonly);
}

/** The next question after `path` that has no answer yet. */
export function nextUnanswered(
  items: readonly Item[],
  path: string,
  valueOf: (item: Item) => string = (item) => item.value,
): Item | undefined {
  const asked = askable(items);
  const at = asked.findIndex((item) => item.path === path);
  return asked.slice(at + 1).find((item) => valueOf(item) === '');
}
