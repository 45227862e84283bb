import type { ComparedField, Comparison, DeskDraft, EvidenceView, Failure } from '../../../ipc/types';
import { app } from '../../../core/app.svelte';
import { call } from '../../../platform';

/** What is written goes to the device so many milliseconds after the last key. */
const PAUSE = 300;

/**
 * What somebody chose and wrote at a household and has not decided on yet. Stays until it is, whatever is opened meanwhile
 * and whatever ends the program: the device keeps it.
 */
export class Draft {
  /** Paths of the questions whose older value stays. */
  keep = $state.raw<string[]>([]);
  /** Comments by path of the question. */
  comments = $state<Record<string, string>>({});
  note = $state('');
  /** A code of the list, or `OWN`. */
  reason = $state('');
  reasonOwn = $state('');
  assign = $state('');
  said = $state('');
  /** What the device holds, as text; null until that is known: before, nothing is kept in its place. */
  #kept: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  /** One at a time, in their order. */
  #line: Promise<unknown> = Promise.resolve();
  #end: () => void;

  constructor(readonly household: string) {
    this.#end = $effect.root(() => {
      $effect(() => {
        const now = this.#text;
        if (this.#kept === null || now === this.#kept) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.flush(), PAUSE);
      });
    });
  }

  get #now(): DeskDraft {
    const { keep, note, reason, assign, said } = this;
    return { keep: [...keep], comments: this.written.map(({ path, text }) => ({ path, text })), note, reason, reason_own: this.reasonOwn, assign, said };
  }

  get #text(): string {
    return JSON.stringify(this.#now);
  }

  /** What the device kept from before. Whoever wrote something meanwhile goes on with that. */
  found(kept: DeskDraft): void {
    if (this.#kept !== null) return;
    const untouched = this.#text === JSON.stringify(EMPTY);
    this.#kept = JSON.stringify(kept);
    if (!untouched) {
      void this.flush();
      return;
    }
    this.keep = kept.keep;
    this.comments = Object.fromEntries(kept.comments.map(({ path, text }) => [path, text]));
    this.note = kept.note;
    this.reason = kept.reason;
    this.reasonOwn = kept.reason_own;
    this.assign = kept.assign;
    this.said = kept.said;
  }

  /** Everything is on the device when this is done. */
  flush(): Promise<unknown> {
    clearTimeout(this.#timer);
    this.#line = this.#line.then(async () => {
      const text = this.#text;
      if (this.#closed || this.#kept === null || text === this.#kept) return;
      try {
        await call('desk_draft', { household: this.household, draft: this.#now });
        this.#kept = text;
      } catch (thrown) {
        const { message, hint } = app.words(thrown);
        app.say(`${message} ${hint}`.trim());
      }
    });
    return this.#line;
  }

  /** It was decided, or somebody else sits here: nothing of it is kept any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  /** Comments that say something. */
  get written(): { path: string; text: string }[] {
    return Object.entries(this.comments)
      .map(([path, text]) => ({ path, text: text.trim() }))
      .filter(({ text }) => text !== '');
  }
}

const EMPTY: DeskDraft = { keep: [], comments: [], note: '', reason: '', reason_own: '', assign: '', said: '' };

const drafts = new Map<string, Draft>();

/** For tests, and when somebody else sits down. */
export function forgetDrafts(): void {
  for (const draft of drafts.values()) draft.close();
  drafts.clear();
}

function draftOf(household: string): Draft {
  const draft = drafts.get(household) ?? new Draft(household);
  drafts.set(household, draft);
  return draft;
}

function done(household: string): void {
  drafts.get(household)?.close();
  drafts.delete(household);
}

// Whoever turns to another program may not come back.
if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') for (const draft of drafts.values()) void draft.flush();
  });
}

/** Questions that say something else than when they were shown. */
export function freshPaths(before: readonly ComparedField[], after: readonly ComparedField[]): Set<string> {
  const old = new Map(before.map((field) => [field.path, field.current]));
  return new Set(after.filter((field) => old.get(field.path) !== field.current).map((field) => field.path));
}

/** One household at the desk: what is shown, what is chosen, and decisions on exactly that. */
export class CompareStore {
  readonly household: string;
  /** Another one after a decision: what is written from then on is kept too. */
  draft: Draft;
  view = $state.raw<Comparison | null>(null);
  everything = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** The record changed while somebody looked: the words of the refusal. */
  changed = $state.raw<Failure | null>(null);
  fresh = $state.raw<Set<string>>(new Set());
  busy = $state(false);

  constructor(household: string) {
    this.household = household;
    this.draft = $state.raw(draftOf(household));
  }

  /** Questions whose older value stays, as far as there still is one. */
  get kept(): ComparedField[] {
    return (this.view?.fields ?? []).filter((field) => field.older !== '' && this.draft.keep.includes(field.path));
  }

  async load(): Promise<void> {
    try {
      this.view = await call('desk_household', { household: this.household, everything: this.everything });
      this.draft.found(this.view.draft);
      this.failure = null;
    } catch (thrown) {
      this.failure = app.words(thrown);
    }
  }

  /** Files that are kept by now for a proposal; nothing else changed. */
  keeps(evidence_kept: EvidenceView[]): void {
    if (this.view) this.view = { ...this.view, evidence_kept };
  }

  toggleKeep(path: string): void {
    const { draft } = this;
    draft.keep = draft.keep.includes(path) ? draft.keep.filter((entry) => entry !== path) : [...draft.keep, path];
  }

  /**
   * Runs a decision. What was decided on is what is shown: when the record changed meanwhile it is shown anew, nothing
   * that was written is lost, and the person is asked again. True when it was done.
   */
  async decide(run: (view: Comparison) => Promise<Comparison>): Promise<boolean> {
    const shown = this.view;
    if (!shown || this.busy) return false;
    this.busy = true;
    this.failure = null;
    this.changed = null;
    // In this order: what is kept after a decision would stand there again the next time.
    await this.draft.flush();
    try {
      this.view = await run(shown);
      this.fresh = new Set();
      return true;
    } catch (thrown) {
      const failure = app.words(thrown);
      if (failure.code !== 'changed_meanwhile') {
        this.failure = failure;
        return false;
      }
      this.changed = failure;
      await this.load();
      if (this.view) this.fresh = freshPaths(shown.fields, this.view.fields);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Accepts, with the older value of the questions chosen; then records the comments that were written. */
  async accept(): Promise<boolean> {
    const { draft, household } = this;
    const keep_older = this.kept.map((field) => field.path);
    const accepted = await this.decide(({ seen }) => call('desk_accept', { household, seen, keep_older, note: draft.note.trim() }));
    if (!accepted) return false;
    // The device let go of these with the decision.
    draft.keep = [];
    draft.note = '';
    for (const { path, text } of draft.written) {
      if (!(await this.say(path, text))) return false;
      delete draft.comments[path];
    }
    this.#afresh();
    return true;
  }

  async sendBack(reason: string): Promise<boolean> {
    const { draft, household } = this;
    const sent = await this.decide(({ seen }) =>
      call('desk_send_back', { household, seen, reason, comments: draft.written, assign: draft.assign }),
    );
    if (sent) this.#afresh();
    return sent;
  }

  #afresh(): void {
    done(this.household);
    this.draft = draftOf(this.household);
    if (this.view) this.draft.found(this.view.draft);
  }

  /** Says something at once, or answers. */
  say(path: string, text: string, answers = ''): Promise<boolean> {
    return this.decide(() => call('desk_comment', { household: this.household, path, text, answers }));
  }
}
