import { TenantDataAccessError } from '../errors';
import { fromServiceError } from '../service-errors';
import type { Tell } from './events';
import { backOffMilliseconds, LONGEST_BACK_OFF_MILLISECONDS, renewalTime } from './renewal-times';
import type { TenantCredentials } from './tenant-credentials';

/** What a token has earned: the credentials of its tenant, and whose token it was. */
export interface Grant {
  readonly credentials: TenantCredentials;
  /** Whose token it was, see `TenantToken`. */
  readonly subject: string;
}

/** Where the next credentials come from. */
export interface Renewal {
  /** Whether there is any use in asking before the credentials end. */
  readonly possible: () => boolean;
  readonly renew: () => Promise<Grant>;
}

/**
 * The credentials of one tenant and user, renewed ahead of their end; those that are still valid stay in use when that fails. No timer
 * runs: what is due is done when a request asks.
 */
export class RenewingCredentials {
  readonly #renewal: Renewal;
  readonly #tell: Tell;
  #grant: Grant;
  #renewAt: number;
  #retryAt = 0;
  #failures = 0;
  /** Why they, which have ended, could not be renewed. */
  #over: TenantDataAccessError | undefined;
  #renewing: Promise<void> | undefined;

  constructor(grant: Grant, renewal: Renewal, tell: Tell) {
    this.#renewal = renewal;
    this.#tell = tell;
    this.#grant = grant;
    this.#renewAt = renewalTime(grant.credentials.expiration);
  }

  /** What was earned last, valid or not. */
  get current(): Grant {
    return this.#grant;
  }

  /** When to ask for the next, in milliseconds since 1970. */
  get renewAt(): number {
    return this.#renewAt;
  }

  /** Whether they have ended and no next ones can come. */
  isOver(): boolean {
    return this.#hasEnded() && !this.#renewal.possible();
  }

  /**
   * Valid credentials, at once if there are any: what is due is renewed in the background.
   *
   * @throws TenantDataAccessError `credentials.expired`, or why they could not be renewed
   */
  async valid(): Promise<TenantCredentials> {
    if (this.#hasEnded()) await this.#renewEnded();
    // A failure is told of, and tried again.
    else if (this.#isDue()) void this.#renew().catch(() => undefined);
    return this.#grant.credentials;
  }

  /**
   * Valid credentials that are not about to end, if such can be had.
   *
   * @throws TenantDataAccessError as `valid`
   */
  async fresh(): Promise<Grant> {
    if (!this.#hasEnded() && this.#isDue()) await this.#renew().catch(() => undefined);
    if (this.#hasEnded()) await this.#renewEnded();
    return this.#grant;
  }

  #hasEnded(): boolean {
    return Date.now() >= this.#grant.credentials.expiration.getTime();
  }

  #isDue(): boolean {
    return Date.now() >= this.#renewAt && !this.#isBackingOff() && this.#renewal.possible();
  }

  /** A clock that was put back since the failure does not make the pause longer. */
  #isBackingOff(): boolean {
    const left = this.#retryAt - Date.now();
    return left > 0 && left <= LONGEST_BACK_OFF_MILLISECONDS;
  }

  /** Requests that come shortly after a failure get the same answer, so that an outage is not made worse. */
  async #renewEnded(): Promise<void> {
    if (this.#over !== undefined && this.#isBackingOff()) throw this.#over;
    await this.#renew();
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#renewOnce().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renewOnce(): Promise<void> {
    const start = performance.now();
    const { tenantId } = this.#grant.credentials;
    try {
      if (!this.#renewal.possible()) throw this.#ended('its token has expired too: open a session with a new one');
      const next = await this.#renewal.renew();
      assertSame(this.#grant, next);
      this.#grant = next;
      this.#renewAt = renewalTime(next.credentials.expiration);
      this.#failures = 0;
      this.#over = undefined;
    } catch (thrown) {
      const doing = `renew the session of tenant '${tenantId}'`;
      const error = fromServiceError(thrown, { doing, expired: 'token.expired', deniedBecause: 'AWS denied it' });
      this.#tell({ type: 'refresh', tenantId, durationMilliseconds: performance.now() - start, error });
      if (!this.#hasEnded()) {
        this.#retryAt = Date.now() + backOffMilliseconds(this.#failures++);
        throw error;
      }
      // Requests fail now, so that it is tried again as soon as at first.
      this.#retryAt = Date.now() + backOffMilliseconds(0);
      this.#over = isMendedByNewToken(error) ? this.#ended('no valid new token came', error) : error;
      throw this.#over;
    }
  }

  #ended(why: string, cause?: unknown): TenantDataAccessError {
    const { tenantId, expiration } = this.#grant.credentials;
    return new TenantDataAccessError(
      'credentials.expired',
      `The session of tenant '${tenantId}' ended at ${expiration.toISOString()}, and ${why}.`,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** A session is bound for life, to its tenant and to the person: two users of one tenant may hold different permissions. */
function assertSame(grant: Grant, next: Grant): void {
  const { tenantId } = grant.credentials;
  if (next.credentials.tenantId !== tenantId) {
    throw new TenantDataAccessError(
      'tenant.mismatch',
      `The new token belongs to tenant '${next.credentials.tenantId}', not to '${tenantId}'.`,
    );
  }
  if (next.subject !== grant.subject) {
    throw new TenantDataAccessError(
      'token.subject_changed',
      `The new token of the session of tenant '${tenantId}' belongs to another user, or names none: open a session for each user.`,
    );
  }
}

/** Signing in again mends no outage, and not the token of somebody else. */
function isMendedByNewToken({ code }: TenantDataAccessError): boolean {
  return code.startsWith('token.') && code !== 'token.subject_changed';
}
