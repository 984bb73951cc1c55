import { type JwkWithKid, SimpleJwksCache, SimplePenaltyBox } from 'aws-jwt-verify/jwk';
import type { DecomposedJwt } from 'aws-jwt-verify/jwt';
import { KidNotFoundInJwksError } from 'aws-jwt-verify/error';
import type { Issuer } from '../issuer/issuer';
import type { PublicKey } from '../issuer/signing-key';
import { PublishedKeys } from './published-keys';

/** Keys are taken for good so long: one that was withdrawn, as in a rehearsal of that, is soon found out. */
const KEPT_MILLISECONDS = 60_000;

/** After a token with a key that is not there the issuer is left in peace so long. */
const WAIT_SECONDS = 1;

/** More issuers than an account can have. */
const MOST_ISSUERS = 100;

/**
 * The keys that tokens are signed with: the sandbox's own for any issuer, and those that issuers publish. The tokens of identity pools have
 * keys of their own, which sign nothing else, and no others are taken for them: whoever can have any token made cannot have one of those.
 */
export class TokenKeys {
  readonly #caches = new Map<string, { readonly cache: SimpleJwksCache; readonly until: number }>();

  constructor(
    private readonly own: Issuer,
    /** Issuer of all identity pools. */
    private readonly pools: Issuer,
    private readonly clock: () => number,
  ) {}

  /**
   * @param issuerUrl of a provider that the account has; of others nothing may be fetched
   * @throws PublishedKeysError, or an error of `aws-jwt-verify`
   */
  async find(issuerUrl: string, token: DecomposedJwt): Promise<JwkWithKid> {
    const { kid } = token.header;
    if (issuerUrl === this.pools.url) return ownKey(kid === undefined ? undefined : await this.pools.publicKey(kid));
    const own = kid === undefined ? undefined : await this.own.publicKey(kid);
    if (own !== undefined) return own as JwkWithKid;
    if (issuerUrl === this.own.url) return ownKey(undefined);
    return this.#cacheOf(issuerUrl).getJwk(issuerUrl, token);
  }

  #cacheOf(issuerUrl: string): SimpleJwksCache {
    const now = this.clock();
    const known = this.#caches.get(issuerUrl);
    if (known !== undefined && now < known.until) return known.cache;
    const penaltyBox = new SimplePenaltyBox({ waitSeconds: WAIT_SECONDS });
    const cache = new SimpleJwksCache({ fetcher: new PublishedKeys(), penaltyBox });
    if (this.#caches.size >= MOST_ISSUERS) this.#caches.clear();
    this.#caches.set(issuerUrl, { cache, until: now + KEPT_MILLISECONDS });
    return cache;
  }
}

function ownKey(key: PublicKey | undefined): JwkWithKid {
  if (key === undefined) throw new KidNotFoundInJwksError('It is no key of the sandbox.');
  return key as JwkWithKid;
}
