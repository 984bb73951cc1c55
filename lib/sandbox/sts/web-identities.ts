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
import type { Estate, EstateProvider } from '../estate/estate';
import { isLoopback } from '../http/loopback';
import { AwsError } from '../http/aws-error';
import { PublishedKeysError } from './published-keys';
import type { TokenKeys } from './token-keys';
import { assertCurrent, audienceOf, type WebIdentityClaims, webIdentityClaims } from './web-identity-claims';

/** A token that holds, and the provider of the account that vouches for it. */
export interface WebIdentity extends WebIdentityClaims {
  readonly provider: EstateProvider;
}

const ALGORITHMS: readonly unknown[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** Tells who a token speaks of. */
export class WebIdentities {
  constructor(
    private readonly estate: Estate,
    private readonly keys: TokenKeys,
    private readonly clock: () => number,
  ) {}

  /**
   * Verifies a token: its issuer must be a provider of the role's account, its audience one of the provider's, its time and its signature
   * must hold, and what it asks for must be understood. Nothing is fetched for an issuer that the account does not know.
   *
   * @param accountArn beginning of the ARNs of the role's account: `arn:<partition>:iam::<account>:`
   * @throws AwsError `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`, `ValidationError`. None repeats the token.
   */
  async identify(token: string, accountArn: string): Promise<WebIdentity> {
    const { header, claims } = read(token);
    // A critical extension is one that must be understood.
    if (!ALGORITHMS.includes(header['alg']) || header['crit'] !== undefined) {
      throw notVerified('it is signed in a way that is not taken');
    }
    const { iss } = claims;
    if (typeof iss !== 'string') throw new AwsError('InvalidIdentityToken', 'Missing a required claim: iss');
    const provider = (await this.estate.providers()).find((each) => vouches(each, accountArn, iss));
    if (provider === undefined) {
      throw new AwsError('InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${iss.slice(0, 255)}`);
    }
    assertCurrent(claims, this.clock());
    if (!provider.clientIds.includes(audienceOf(claims).audience)) {
      throw new AwsError('InvalidIdentityToken', 'Incorrect token audience');
    }
    await this.#verify(token, iss);
    return { provider, ...webIdentityClaims(claims) };
  }

  async #verify(token: string, issuerUrl: string): Promise<void> {
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
  readonly claims: Readonly<Record<string, unknown>>;
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

function vouches({ arn, issuer }: EstateProvider, accountArn: string, iss: string): boolean {
  if (!arn.startsWith(`${accountArn}oidc-provider/`)) return false;
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
