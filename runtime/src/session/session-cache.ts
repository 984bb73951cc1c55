import { createHash } from 'node:crypto';
import type { Tell } from './events';
import type { SigningSession } from './signing-session';

/** What a token has earned. */
export interface Earned<Session> {
  readonly signing: SigningSession;
  readonly tokenExpiration: Date;
  readonly session: Session;
}

/** Sessions by the SHA-256 of the exact token that earned them, so many at most; the one used longest ago goes first. */
export class SessionCache<Session> {
  readonly #maxSessions: number;
  readonly #tell: Tell;
  /** The one used longest ago first. */
  readonly #earned = new Map<string, Earned<Session>>();
  readonly #pending = new Map<string, Promise<Earned<Session>>>();

  constructor(maxSessions: number, tell: Tell) {
    this.#maxSessions = maxSessions;
    this.#tell = tell;
  }

  /** What this very token has earned before. Nothing, when the token has expired: nobody new may use it. */
  find(token: string): Earned<Session> | undefined {
    const key = digest(token);
    const earned = this.#earned.get(key);
    if (earned === undefined) return undefined;
    if (earned.tokenExpiration.getTime() <= Date.now()) {
      this.#evict(key, 'ended');
      return undefined;
    }
    this.#earned.delete(key);
    this.#earned.set(key, earned);
    return earned;
  }

  /** Earns once, however many ask at a time. A failure is not kept. */
  async earn(token: string, begin: () => Promise<Earned<Session>>): Promise<Earned<Session>> {
    const key = digest(token);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const earning = begin();
    this.#pending.set(key, earning);
    // Whether the answer is still to be kept: `forget` and `clear` may come first, and the token be earned anew after them.
    const isCurrent = () => this.#pending.get(key) === earning;
    try {
      const earned = await earning;
      if (isCurrent()) this.#keep(key, earned);
      return earned;
    } finally {
      if (isCurrent()) this.#pending.delete(key);
    }
  }

  /** Drops what a token has earned, or is about to. @returns whether there was anything */
  forget(token: string): boolean {
    const key = digest(token);
    const wasPending = this.#pending.delete(key);
    return this.#evict(key, 'forgotten') || wasPending;
  }

  clear(): void {
    this.#earned.clear();
    this.#pending.clear();
  }

  #keep(key: string, earned: Earned<Session>): void {
    this.#earned.set(key, earned);
    for (const [oldest, { signing }] of this.#earned) {
      if (signing.isOver()) this.#evict(oldest, 'ended');
      else if (this.#earned.size > this.#maxSessions) this.#evict(oldest, 'capacity');
      else return;
    }
  }

  #evict(key: string, reason: 'capacity' | 'ended' | 'forgotten'): boolean {
    const earned = this.#earned.get(key);
    if (earned === undefined) return false;
    this.#earned.delete(key);
    this.#tell({ type: 'evict', tenantId: earned.signing.tenantId, reason });
    return true;
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
