import type { CheckedIssuer } from '../token/issuer';
import type { TenantSource, TenantToken } from '../token/tenant-token';
import type { ClientDefaults } from './signing-session';
import type { TenantCredentials } from './tenant-credentials';

/**
 * Trades a token for the credentials of the tenant that was read from it.
 *
 * @throws TenantDataAccessError `token.rejected`, `token.expired`, `access.denied`, `service.throttled`, `service.unavailable` or
 *   `service.failed`
 */
export type TokenTrader = (token: string, read: TenantToken) => Promise<TenantCredentials>;

/** What a way to trade tokens has to work with. */
export interface TradeSettings {
  readonly client: ClientDefaults;
  /** How long to wait for an answer, in each attempt: many requests may wait for it. */
  readonly timeoutMilliseconds: number;
  /** Whose tokens are taken, at least one. */
  readonly issuers: readonly CheckedIssuer[];
  readonly tenantSource: TenantSource;
  /** Trades a token at STS for a session of the role. */
  readonly assumeRole: (tenantId: string, webIdentityToken: string, deniedBecause: string) => Promise<TenantCredentials>;
}

/**
 * How an identity pool gives credentials: `enhanced`, those of the pool's authenticated role, for one hour; `basic`, those of the
 * configuration's role by a token of the pool's, which has to allow it, as long as configured.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
 */
export type IdentityPoolFlow = 'enhanced' | 'basic';

/** An identity pool that trades the tokens of a user pool, for the option `identityPool`. Only `identityPool()` makes one. */
export class IdentityPool {
  readonly identityPoolId: string;
  readonly flow: IdentityPoolFlow;
  readonly #traderWith: (settings: TradeSettings) => TokenTrader;

  constructor(
    { identityPoolId, flow }: { readonly identityPoolId: string; readonly flow: IdentityPoolFlow },
    traderWith: (settings: TradeSettings) => TokenTrader,
  ) {
    this.identityPoolId = identityPoolId;
    this.flow = flow;
    this.#traderWith = traderWith;
    Object.freeze(this);
  }

  /** Whether a value was made by `identityPool()`, and not only looks so. */
  static isMade(value: unknown): value is IdentityPool {
    return typeof value === 'object' && value !== null && #traderWith in value;
  }

  static trader(pool: IdentityPool, settings: TradeSettings): TokenTrader {
    return pool.#traderWith(settings);
  }
}
