type Search = () => Promise<void>;

/**
 * What is typed into a list whose rows are on their way: a key is meant for the rows of the search before it, so it
 * waits for them, and a search after it waits for the key. A quick person's keys are neither lost nor meant for other
 * rows than the person asked for.
 */
export class EarlyKeys {
  #waiting: ({ search: Search } | { act: () => void })[] = [];
  /** The search whose rows are on their way. */
  #running: symbol | null = null;
  #rest: Promise<void> = Promise.resolve();
  #over = false;

  /** Asks for other rows. One that no key was meant for is given up for the next. */
  search(search: Search): void {
    if (this.#waiting.length === 0) return this.#start(search);
    const last = this.#waiting[this.#waiting.length - 1];
    if ('search' in last) this.#waiting.pop();
    this.#waiting.push({ search });
  }

  do(act: () => void): void {
    if (this.#running) this.#waiting.push({ act });
    else if (!this.#over) act();
  }

  /** Waits until every key has done what it means. */
  async settled(): Promise<void> {
    while (this.#running && !this.#over) await this.#rest;
  }

  /** The list is gone, and with it what its keys meant. */
  end(): void {
    this.#over = true;
    this.#waiting = [];
  }

  #start(search: Search): void {
    const mine = Symbol('search');
    this.#running = mine;
    const come = () => {
      if (this.#running !== mine) return;
      this.#running = null;
      this.#goOn();
    };
    this.#rest = search().then(come, come);
  }

  #goOn(): void {
    while (!this.#running) {
      const next = this.#waiting.shift();
      if (!next) return;
      if ('search' in next) this.#start(next.search);
      else next.act();
    }
  }
}
