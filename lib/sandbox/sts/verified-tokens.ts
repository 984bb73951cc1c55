import {
  JwkValidationError,
  JwksValidationError,
  JwtInvalidSignatureError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { verifyJwt } from 'aws-jwt-verify/jwt-verifier';
import type { EstateProvider } from '../estate/estate';
import { isLoopback } from '../http/loopback';
import { AwsError } from '../http/aws-error';
import { PublishedKeysError } from './published-keys';
import type { TokenKeys } from './token-keys';
import { assertCurrent, audienceOf } from './web-identity-claims';

type Claims = Readonly<Record<string, unknown>>;

/** A token that holds. */
export interface VerifiedToken<Provider> {
  /** Whoever vouches for it. */
  readonly provider: Provider;
  readonly claims: Claims;
}

const ALGORITHMS: readonly unknown[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** Verifies tokens, for STS and for identity pools alike. */
export class VerifiedTokens {
  constructor(
    private readonly keys: TokenKeys,
    private readonly clock: () => number,
  ) {}

  /**
   * Verifies a token: somebody must vouch for its issuer, its audience must be one of that provider's, its time and its signature must
   * hold. Nothing is fetched for an issuer that nobody vouches for.
   *
   * @param providerOf finds who vouches for an issuer; throws if nobody does. The claims are not verified yet.
   * @throws AwsError `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`, or as `providerOf` does. None repeats the
   *   token.
   */
  async verify<Provider extends Pick<EstateProvider, 'clientIds'>>(
    token: string,
    providerOf: (iss: string, claims: Claims) => Promise<Provider>,
  ): Promise<VerifiedToken<Provider>> {
    const { header, claims } = read(token);
    // A critical extension is one that must be understood.
    if (!ALGORITHMS.includes(header['alg']) || header['crit'] !== undefined) {
      throw notVerified('it is signed in a way that is not taken');
    }
    const { iss } = claims;
    if (typeof iss !== 'string') throw new AwsError('InvalidIdentityToken', 'Missing a required claim: iss');
    const provider = await providerOf(iss, claims);
    assertCurrent(claims, this.clock());
    if (!provider.clientIds.includes(audienceOf(claims).audience)) {
      throw new AwsError('InvalidIdentityToken', 'Incorrect token audience');
    }
    await this.#verifySignature(token, iss);
    return { provider, claims };
  }

  async #verifySignature(token: string, issuerUrl: string): Promise<void> {
    try {
      // Audience and times were looked at: `azp` counts, and the sandbox has a clock of its own.
      await verifyJwt(token, issuerUrl, { issuer: issuerUrl, audience: null, graceSeconds: Infinity }, (_uri, jwt) =>
        this.keys.find(issuerUrl, jwt),
      );
    } catch (error) {
      throw refused(error);
    }
  }
}

interface Read {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Claims;
}

/** Reads a token without believing it. */
function read(token: string): Read {
  try {
    const { header, payloadB64 } = decomposeUnverifiedJwt(token);
    // Read anew, as the library leaves out members by names that a tag may have: `constructor`.
    return { header, claims: JSON.parse(Buffer.from(payloadB64, 'base64url').toString('utf8')) as Read['claims'] };
  } catch {
    throw new AwsError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT');
  }
}

/**
 * Whether claim `iss` of a token is an issuer.
 *
 * @param issuer without `https://`, or of this machine without `http://`
 */
export function isIssuerOf(issuer: string, iss: string): boolean {
  return iss === `https://${issuer}` || (iss === `http://${issuer}` && URL.canParse(iss) && isLoopback(new URL(iss).hostname));
}

/** The library's own messages may quote the token, so none is repeated. */
function refused(error: unknown): AwsError {
  if (error instanceof PublishedKeysError) {
    return error.mayPass
      ? new AwsError('IDPCommunicationError', `The identity provider could not be reached. ${error.message}`)
      : withoutKey(error.message);
  }
  if (error instanceof JwksValidationError || error instanceof JwkValidationError) return withoutKey('It is no JSON Web Key Set.');
  const unknownKey = [JwtWithoutValidKidError, KidNotFoundInJwksError, WaitPeriodNotYetEndedJwkError];
  if (unknownKey.some((kind) => error instanceof kind)) return withoutKey("The token's key is none of its issuer.");
  return notVerified(
    error instanceof JwtInvalidSignatureError ? 'its signature is not that of its issuer' : 'its key or algorithm does not fit',
  );
}

function withoutKey(why: string): AwsError {
  return new AwsError('InvalidIdentityToken', `Couldn't retrieve verification key from your identity provider: ${why}`);
}

function notVerified(why: string): AwsError {
  return new AwsError('InvalidIdentityToken', `The token cannot be accepted: ${why}`);
}
