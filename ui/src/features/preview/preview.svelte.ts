import type { NamedQuestion, Preview } from '../../ipc/types';
import { i18n } from '../../i18n/index.svelte';
import { call } from '../../platform';

/** How often the preview asks whether the file was saved. */
const LOOK = 700;

/** A questionnaire shown to its author: what the file holds now, and the names beside the questions. */
class PreviewStore {
  state = $state.raw<Preview | null>(null);
  /** Names, conditions and values beside each question. */
  names = $state(false);
  /** The questions of the page on screen, by path. */
  named = $state.raw<Record<string, NamedQuestion>>({});
  /** Grows when everything on screen must be read again: another file, another language. */
  turn = $state(0);

  /** Asks for as long as the preview is on screen. Gives what to call when it is not. */
  watch(reloaded: () => void): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let on = true;
    const look = async () => {
      try {
        const before = this.state?.generation;
        const now = await call('preview', {});
        if (before !== undefined && now.generation !== before) {
          this.#take(now);
          reloaded();
        } else if (before === undefined) {
          this.#take(now);
        }
      } catch {
        // The program was ended: the page stays as it is.
      }
      if (on) timer = setTimeout(() => void look(), LOOK);
    };
    void look();
    return () => {
      on = false;
      clearTimeout(timer);
    };
  }

  async speak(language: string): Promise<void> {
    this.#take(await call('preview_language', { language }));
    if (language === 'id' || language === 'en') i18n.set(language);
  }

  #take(now: Preview): void {
    this.state = now;
    this.turn += 1;
  }

  /** The names of a page, as the answers stand now. */
  async name(page: string): Promise<void> {
    const household = this.state?.household;
    if (!this.names || !household) return;
    const { questions } = await call('preview_names', { household, page });
    this.named = Object.fromEntries(questions.map((question) => [question.path, question]));
  }
}

export const preview = new PreviewStore();
