import type { CheckedSessionConfig } from '../config';
import { TenantDataAccessError } from '../errors';
import { parseTenantId } from '../tenancy';
import { isTokenSized, readTenantToken, type TenantSource, type TenantToken } from '../token/tenant-token';
import { tokenVerifier, type TokenVerifier } from '../token/token-verifier';
import { assumeRole, unsignedStsClient } from './assume-role';
import { Connections } from './connections';
import { type AssumeEvent, type Tell, teller, tellOf } from './events';
import type { Grant } from './renewing-credentials';
import { type Earned, SessionCache } from './session-cache';
import { type ClientDefaults, SigningSession, type Surroundings } from './signing-session';
import type { TenantCredentials } from './tenant-credentials';
import { IdentityPool, type TokenTrader } from './token-trader';

/**
 * A web identity token, or a function that gives a current one each time, within 30 seconds: sessions are then renewed ahead of their
 * end.
 */
export type TokenSource = string | (() => string | Promise<string>);

const TRADE_TIMEOUT_MILLISECONDS = 10_000;
const TOKEN_TIMEOUT_MILLISECONDS = 30_000;

/**
 * Opens sessions, each bound for life to the tenant of its token. Credentials are kept under the exact token that earned them, so that
 * nobody holds what another user's token has earned, and STS is asked once for each token, however many ask at a time.
 */
export abstract class TenantAccess<Session> {
  readonly #tenantSource: TenantSource;
  readonly #open: (signing: SigningSession) => Session;
  readonly #trade: TokenTrader;
  readonly #verifier: TokenVerifier | undefined;
  readonly #connections: Connections;
  readonly #clientDefaults: ClientDefaults;
  readonly #surroundings: Surroundings;
  readonly #tell: Tell;
  readonly #cache: SessionCache<Session>;
  #closed = false;

  protected constructor(config: CheckedSessionConfig, open: (signing: SigningSession) => Session) {
    this.#tenantSource = config.tenantSource;
    // One caller of a token cannot change the session for the next.
    this.#open = (signing) => Object.freeze(open(signing));
    this.#connections = new Connections(config.requestHandler);
    const { requestHandler, requestTimeoutMilliseconds } = this.#connections;
    this.#clientDefaults = { ...config.retries, region: config.region, requestHandler };
    this.#trade = tokenTrader(config, this.#clientDefaults, requestTimeoutMilliseconds ?? TRADE_TIMEOUT_MILLISECONDS);
    this.#verifier = config.verifiesTokens ? tokenVerifier(config.issuers) : undefined;
    this.#tell = teller(config.onEvent);
    this.#cache = new SessionCache(config.maxSessions, this.#tell);
    this.#surroundings = {
      // The SDK keeps credentials for a while, so that the session alone could not end its clients at once.
      client: { ...this.#clientDefaults, requestHandler: this.#connections.requestHandlerWhile(this.#assertOpen) },
      tell: this.#tell,
      assertOpen: this.#assertOpen,
    };
  }

  /**
   * Opens the session of a token's tenant. The token is read, verified if the issuer is known, and traded for credentials, at STS or
   * by the identity pool, unless that was done for this very token before.
   *
   * Of a token function, the first token decides the tenant and the user; later ones must be theirs too. The session of a plain token
   * ends with its credentials, when the token has expired by then.
   *
   * @param token a JWT of the identity provider with the tenant in a session tag, of Amazon Cognito the ID token; or a function that
   *   gives one.
   * @param tenantId the tenant that the caller means to act for, if it knows: another tenant's token is then refused.
   * @throws TenantDataAccessError `tenant.invalid`, `tenant.mismatch`, any of `token.*`, `credentials.expired`, `access.denied`,
   *   `session.closed`, or any of `service.*`
   * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
   */
  async forTenant(token: TokenSource, tenantId?: string): Promise<Session> {
    return this.#answer(tenantId, async (wanted) => {
      if (typeof token !== 'function') return (await this.#earn('assume', token, wanted)).session;
      const { signing } = await this.#earn('assume', await nextToken(token), wanted);
      const { tenantId: bound } = signing;
      const renewal = {
        possible: () => true,
        renew: async () => (await this.#earn('refresh', await nextToken(token), bound)).signing.grant(),
      };
      return this.#open(new SigningSession(await signing.grant(), renewal, this.#surroundings));
    });
  }

  /**
   * Fetches the issuers' keys now, if tokens are verified here, so that the first request need not wait: at the start of a Lambda
   * function or a server.
   *
   * @throws TenantDataAccessError `service.unavailable`
   */
  async hydrate(): Promise<void> {
    await this.#verifier?.hydrate();
  }

  /**
   * Drops what is kept for a token, when its user signs out. Sessions that are held go on until their credentials end.
   *
   * @returns whether there was anything
   */
  forget(token: string): boolean {
    return isTokenSized(token) && this.#cache.forget(token);
  }

  /**
   * Ends all sessions: further calls are refused with `session.closed`. Requests under way are answered; idle sockets are closed now, and
   * each other one after its answer.
   */
  destroy(): void {
    this.#closed = true;
    this.#cache.clear();
    this.#connections.retire();
  }

  /** For clients of the lower-level calls, which go on after `destroy` until their credentials end. */
  protected get clientDefaults(): ClientDefaults {
    return this.#clientDefaults;
  }

  /** The credentials that a token has earned, renewed if they are about to end. */
  protected async grant(token: string, tenantId: string): Promise<Grant> {
    return this.#answer(parseTenantId(tenantId), async (wanted) => (await this.#earn('assume', token, wanted)).signing.grant());
  }

  readonly #assertOpen = (): void => {
    if (this.#closed) {
      throw new TenantDataAccessError('session.closed', 'This access to tenant data was destroyed: make a new one.');
    }
  };

  /** Answers a call from outside, and tells of it once if it is refused. */
  async #answer<Answer>(tenantId: string | undefined, answer: (wanted: string | undefined) => Promise<Answer>): Promise<Answer> {
    this.#assertOpen();
    const wanted = tenantId === undefined ? undefined : parseTenantId(tenantId);
    try {
      return await answer(wanted);
    } catch (error) {
      if (error instanceof TenantDataAccessError) tellOf(error, wanted, this.#tell);
      throw error;
    }
  }

  /** What a token has earned: it is kept, under way, or asked for now. */
  async #earn(type: AssumeEvent['type'], token: string, wanted: string | undefined): Promise<Earned<Session>> {
    this.#assertOpen();
    const kept = isTokenSized(token) ? this.#cache.find(token) : undefined;
    if (kept !== undefined) {
      assertTenant(kept.signing.tenantId, wanted);
      return kept;
    }
    const read = readTenantToken(token, this.#tenantSource);
    assertTenant(read.tenantId, wanted);
    return this.#cache.earn(token, () => this.#begin(type, token, read));
  }

  async #begin(type: AssumeEvent['type'], token: string, read: TenantToken): Promise<Earned<Session>> {
    await this.#verifier?.verify(token);
    const { subject, expiration: tokenExpiration } = read;
    const grant = async (why: AssumeEvent['type']) => ({ subject, credentials: await this.#assume(why, token, read) });
    const signing = new SigningSession(
      await grant(type),
      { possible: () => tokenExpiration.getTime() > Date.now(), renew: () => grant('refresh') },
      this.#surroundings,
    );
    return { signing, tokenExpiration, session: this.#open(signing) };
  }

  async #assume(type: AssumeEvent['type'], token: string, read: TenantToken): Promise<TenantCredentials> {
    const start = performance.now();
    const { tenantId } = read;
    const told = (error: TenantDataAccessError | undefined) => {
      this.#tell({ type, tenantId, durationMilliseconds: performance.now() - start, error });
    };
    try {
      const credentials = await this.#trade(token, read);
      told(undefined);
      return credentials;
    } catch (error) {
      if (error instanceof TenantDataAccessError) told(error);
      throw error;
    }
  }
}

/** At STS, or by the identity pool of the configuration. */
function tokenTrader(config: CheckedSessionConfig, client: ClientDefaults, timeoutMilliseconds: number): TokenTrader {
  const { roleArn, sessionDurationSeconds, identityPool, issuers, tenantSource } = config;
  const sts = unsignedStsClient({ ...client, ...config.stsConfig });
  const role = { roleArn, sessionDurationSeconds, timeoutMilliseconds };
  if (identityPool === undefined) return (token, { tenantId }) => assumeRole(sts, role, tenantId, token);
  return IdentityPool.trader(identityPool, {
    client,
    timeoutMilliseconds,
    issuers,
    tenantSource,
    assumeRole: (tenantId, token, deniedBecause) => assumeRole(sts, role, tenantId, token, deniedBecause),
  });
}

function assertTenant(tenantId: string, wanted: string | undefined): void {
  if (wanted !== undefined && tenantId !== wanted) {
    throw new TenantDataAccessError(
      'tenant.mismatch',
      `The web identity token belongs to tenant '${tenantId}', not to '${wanted}'.`,
    );
  }
}

async function nextToken(source: () => string | Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`It gave none within ${TOKEN_TIMEOUT_MILLISECONDS} ms.`));
    }, TOKEN_TIMEOUT_MILLISECONDS);
  });
  try {
    // All requests of the session wait for it, once its credentials have ended.
    return await Promise.race([source(), late]);
  } catch (cause) {
    throw new TenantDataAccessError('token.unavailable', 'The function that gives the web identity tokens failed.', { cause });
  } finally {
    clearTimeout(timer);
  }
}
