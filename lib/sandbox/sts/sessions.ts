import { randomBytes } from 'node:crypto';
import type { CompiledPolicy, ContextEntries, RequestPrincipal } from '../../isolation';
import { newAccessKeyId } from './unique-id';

/** A session of a role, begun by a token. */
export interface RoleSession {
  readonly principal: Extract<RequestPrincipal, { kind: 'role-session' }>;
  /** Session tags, by key as the token writes it. */
  readonly tags: Readonly<Record<string, string>>;
  /** Condition keys that hold for every request of the session: who it is, its principal tags, what it keeps of the token. */
  readonly context: ContextEntries;
  /**
   * Session policies.
   *
   * @default - none: the session may do what its role may
   */
  readonly policies?: readonly CompiledPolicy[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What STS hands out for a session. */
export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly session: RoleSession;
}

/**
 * The sessions that were begun. They are forgotten a while after they have expired, so that a late request is told why it is refused;
 * of more than 20,000 the oldest ones go, so that memory does not grow with them.
 */
export class Sessions {
  readonly #issued = new Map<string, IssuedCredentials>();
  #nextSweep = 0;

  /** @param now milliseconds since 1970 */
  issue(session: RoleSession, now: number): IssuedCredentials {
    this.#sweep(now);
    const credentials = {
      accessKeyId: newAccessKeyId(),
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(96).toString('base64'),
      session,
    };
    this.#issued.set(credentials.accessKeyId, credentials);
    if (this.#issued.size > MOST) this.#issued.delete(this.#issued.keys().next().value ?? '');
    return credentials;
  }

  find(accessKeyId: string): IssuedCredentials | undefined {
    return this.#issued.get(accessKeyId);
  }

  /**
   * Ends all sessions now.
   *
   * @param now milliseconds since 1970
   */
  expireAll(now: number): void {
    for (const [id, issued] of this.#issued) {
      const { session } = issued;
      this.#issued.set(id, { ...issued, session: { ...session, expiresAt: Math.min(session.expiresAt, now) } });
    }
  }

  #sweep(now: number): void {
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + SWEEP_EVERY_MILLISECONDS;
    for (const [id, { session }] of this.#issued) {
      if (session.expiresAt + KEPT_MILLISECONDS < now) this.#issued.delete(id);
    }
  }
}

const SWEEP_EVERY_MILLISECONDS = 60_000;
const KEPT_MILLISECONDS = 3_600_000;
const MOST = 20_000;
