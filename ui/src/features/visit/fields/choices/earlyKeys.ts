/**
 * Holds back what keys mean while the rows for which they were pressed are on their way, so that a quick person's
 * keys are neither lost nor meant for older rows. They follow in the order in which they were pressed.
 */
export class EarlyKeys {
  #held: (() => void)[] = [];
  #turn = 0;
  #waiting = false;
  #done: Promise<void> = Promise.resolve();

  /** Rows are on their way; of several the last that was asked for counts. */
  wait(rows: Promise<void>): void {
    const turn = ++this.#turn;
    this.#waiting = true;
    const come = () => {
      if (turn !== this.#turn) return;
      this.#waiting = false;
      const held = this.#held;
      this.#held = [];
      // One of them may ask for other rows: those after it wait again.
      for (const act of held) this.do(act);
    };
    this.#done = rows.then(come, come);
  }

  do(act: () => void): void {
    if (this.#waiting) this.#held.push(act);
    else act();
  }

  /** Waits until every key has done what it means. */
  async settled(): Promise<void> {
    for (let done: Promise<void> | null = null; done !== this.#done; ) {
      done = this.#done;
      await done;
    }
  }

  /** The list is gone, and with it what its keys meant. */
  end(): void {
    this.#turn += 1;
    this.#held = [];
    this.#waiting = true;
  }
}
