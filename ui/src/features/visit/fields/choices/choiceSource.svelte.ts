import type { ChoiceItem, ChoicePage } from '../../../../ipc/types';

/** Choices asked for at once. */
export const PAGE = 100;

type Ask = (search: string, offset: number, limit: number) => Promise<ChoicePage>;

/** The words of a search, all of which a label must hold. */
export const searchWords = (search: string): string[] => search.toLowerCase().split(/\s+/).filter((word) => word !== '');

/** Choices at hand, narrowed here. */
export function narrowed(choices: readonly ChoiceItem[], search: string): ChoiceItem[] {
  const words = searchWords(search);
  return choices.filter((choice) => words.every((word) => choice.label.toLowerCase().includes(word)));
}

/**
 * The choices of a list on screen: `at(index)` has those that came, `show` fetches what is about to be seen.
 * Long lists come from the core page by page; what comes for an older search is dropped.
 */
export class ChoiceSource {
  total = $state(0);
  /** Nothing is known about this search yet. */
  waiting = $state(true);
  failed = $state(false);
  #rows = $state.raw<Map<number, ChoiceItem>>(new Map());
  #search = '';
  #turn = 0;
  readonly #asked = new Set<number>();
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  at(index: number): ChoiceItem | undefined {
    return this.#rows.get(index);
  }

  /** Starts anew with other words. */
  async search(text: string): Promise<void> {
    this.#turn += 1;
    this.#search = text.trim();
    this.#asked.clear();
    this.failed = false;
    await this.#fetch(0, true);
  }

  /** Rows from `from` to `to` are about to be seen. */
  show(from: number, to: number): void {
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page += 1) {
      if (page * PAGE < this.total || this.total === 0) void this.#fetch(page, false);
    }
  }

  async #fetch(page: number, fresh: boolean): Promise<void> {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    const turn = this.#turn;
    try {
      const { choices, total } = await this.#ask(this.#search, page * PAGE, PAGE);
      if (turn !== this.#turn) return;
      const rows = fresh ? new Map<number, ChoiceItem>() : new Map(this.#rows);
      choices.forEach((choice, at) => rows.set(page * PAGE + at, choice));
      this.#rows = rows;
      this.total = total;
      this.waiting = false;
    } catch {
      if (turn !== this.#turn) return;
      this.#asked.delete(page);
      this.failed = true;
      this.waiting = false;
    }
  }
}
