/** A piece of work that waits to be let in. */
interface Waiting {
  readonly alone: boolean;
  readonly enter: () => void;
}

/**
 * Lets many in together, or one alone, in the order in which they came. A transaction is alone in its store: nobody sees a part of it,
 * nor what is taken back.
 */
export class StoreGate {
  readonly #waiting: Waiting[] = [];
  #inside = 0;
  #isAlone = false;

  /** Does work beside other such work. */
  together<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#through(false, work);
  }

  /** Does work with nobody else inside; none of it may come to the gate again. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#through(true, work);
  }

  async #through<Result>(alone: boolean, work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting.length > 0 || !this.#admits(alone)) {
      await new Promise<void>((enter) => this.#waiting.push({ alone, enter }));
    } else {
      this.#enter(alone);
    }
    try {
      return await work();
    } finally {
      this.#inside--;
      this.#isAlone = false;
      this.#letIn();
    }
  }

  #admits(alone: boolean): boolean {
    return !this.#isAlone && (!alone || this.#inside === 0);
  }

  #enter(alone: boolean): void {
    this.#inside++;
    this.#isAlone = alone;
  }

  #letIn(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#admits(next.alone); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#enter(next.alone);
      next.enter();
    }
  }
}
