/**
 * How long an answer is kept, in milliseconds from when it was asked for. Changes that go through the sandbox are seen at once; this is
 * for those made behind its back: short enough that who has made one hardly notices, long enough that IAM is not read for each request.
 */
export const KEPT_MILLISECONDS = 3_000;

/** Callers choose what is asked: asking for many roles that do not exist must not fill the memory. */
const MAX_KEPT = 1_000;

/** Answers by what was asked. Who asks for the same shares one answer, also while it is on its way; one that fails is not kept. */
export class KeptAnswers<T> {
  readonly #ask: (key: string) => Promise<T>;
  readonly #now: () => number;
  readonly #kept = new Map<string, { readonly answer: Promise<T>; readonly until: number }>();

  constructor(ask: (key: string) => Promise<T>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  async get(key: string): Promise<T> {
    const now = this.#now();
    const known = this.#kept.get(key);
    if (known !== undefined && now < known.until) return known.answer;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const asked = { answer: this.#ask(key), until: now + KEPT_MILLISECONDS };
    this.#kept.set(key, asked);
    try {
      return await asked.answer;
    } catch (error) {
      // By now it may be somebody else's.
      if (this.#kept.get(key) === asked) this.#kept.delete(key);
      throw error;
    }
  }

  /** What is asked for from now on is asked anew. */
  clear(): void {
    this.#kept.clear();
  }
}
