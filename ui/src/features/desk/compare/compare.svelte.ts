import type { ComparedField, Comparison, EvidenceView, Failure } from '../../../ipc/types';
import { app } from '../../../core/app.svelte';
import { call } from '../../../platform';

/** What somebody chose and wrote at a household and has not decided on yet. Stays until it is, whatever is opened meanwhile. */
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

  /** Comments that say something. */
  get written(): { path: string; text: string }[] {
    return Object.entries(this.comments)
      .map(([path, text]) => ({ path, text: text.trim() }))
      .filter(({ text }) => text !== '');
  }
}

const drafts = new Map<string, Draft>();

/** For tests, and when somebody else sits down. */
export const forgetDrafts = (): void => drafts.clear();

function draftOf(household: string): Draft {
  const draft = drafts.get(household) ?? new Draft();
  drafts.set(household, draft);
  return draft;
}

/** Questions that say something else than when they were shown. */
export function freshPaths(before: readonly ComparedField[], after: readonly ComparedField[]): Set<string> {
  const old = new Map(before.map((field) => [field.path, field.current]));
  return new Set(after.filter((field) => old.get(field.path) !== field.current).map((field) => field.path));
}

/** One household at the desk: what is shown, what is chosen, and decisions on exactly that. */
export class CompareStore {
  readonly household: string;
  readonly draft: Draft;
  view = $state.raw<Comparison | null>(null);
  everything = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** The record changed while somebody looked: the words of the refusal. */
  changed = $state.raw<Failure | null>(null);
  fresh = $state.raw<Set<string>>(new Set());
  busy = $state(false);

  constructor(household: string) {
    this.household = household;
    this.draft = draftOf(household);
  }

  /** Questions whose older value stays, as far as there still is one. */
  get kept(): ComparedField[] {
    return (this.view?.fields ?? []).filter((field) => field.older !== '' && this.draft.keep.includes(field.path));
  }

  async load(): Promise<void> {
    try {
      this.view = await call('desk_household', { household: this.household, everything: this.everything });
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
    const done = await this.decide(({ seen }) => call('desk_accept', { household, seen, keep_older, note: draft.note.trim() }));
    if (!done) return false;
    for (const { path, text } of draft.written) {
      if (!(await this.say(path, text))) return false;
      delete draft.comments[path];
    }
    drafts.delete(household);
    return true;
  }

  async sendBack(reason: string): Promise<boolean> {
    const { draft, household } = this;
    const done = await this.decide(({ seen }) =>
      call('desk_send_back', { household, seen, reason, comments: draft.written, assign: draft.assign }),
    );
    if (done) drafts.delete(household);
    return done;
  }

  /** Says something at once, or answers. */
  say(path: string, text: string, answers = ''): Promise<boolean> {
    return this.decide(() => call('desk_comment', { household: this.household, path, text, answers }));
  }
}
