import {
  JwksValidationError,
  JwkValidationError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtInvalidSignatureError,
  JwtNotBeforeError,
  JwtParseError,
  JwtWithoutValidKidError,
  KidNotFoundInJwksError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { JwtVerifier } from 'aws-jwt-verify/jwt-verifier';
import { TenantDataAccessError, type TenantDataAccessErrorCode } from '../errors';
import { type CheckedIssuer, differBySlash } from './issuer';
import { IssuerKeys, IssuerUnavailableError } from './issuer-keys';

/** Clocks differ: a token that begins within this is left to STS, which has the last word. */
const CLOCK_TOLERANCE_SECONDS = 60;

/** Verifies tokens of the issuers. Their keys are fetched when first needed, kept, and fetched again when a token names a new one. */
export interface TokenVerifier {
  /**
   * Verifies signature, `iss`, `aud`, `exp`, `nbf` and, where the token says it, that it is an ID token.
   *
   * @throws TenantDataAccessError `token.malformed`, `token.expired`, `token.not_yet_valid`, `token.rejected` or `service.unavailable`
   */
  verify(token: string): Promise<void>;
  /**
   * Fetches the keys of all issuers now.
   *
   * @throws TenantDataAccessError `service.unavailable`
   */
  hydrate(): Promise<void>;
}

/** @param issuers those whose tokens are taken, at least one; each with its own audience and keys */
export function tokenVerifier(issuers: readonly CheckedIssuer[]): TokenVerifier {
  const verifiers = issuers.map((issuer) => ({ url: issuer.url, ...issuerVerifier(issuer) }));
  return {
    async verify(token) {
      const { iss } = claimsOf(token);
      await knownIssuer(iss, verifiers).verify(token);
    },
    async hydrate() {
      await Promise.all(verifiers.map((each) => each.hydrate()));
    },
  };
}

function issuerVerifier(issuer: CheckedIssuer): TokenVerifier {
  const verifier = JwtVerifier.create(
    {
      issuer: issuer.url,
      audience: [...issuer.audience],
      jwksUri: issuer.jwksUri ?? issuer.url,
      graceSeconds: CLOCK_TOLERANCE_SECONDS,
    },
    { jwksCache: new SimpleJwksCache({ fetcher: new IssuerKeys(issuer) }) },
  );
  return {
    async verify(token) {
      assertIdToken(claimsOf(token));
      try {
        await verifier.verify(token);
      } catch (error) {
        throw refused(error, issuer);
      }
    },
    async hydrate() {
      await verifier.hydrate().catch((error: unknown) => {
        throw refused(error, issuer);
      });
    },
  };
}

/**
 * The one of the issuers that a token names. Names are compared exactly.
 *
 * @throws TenantDataAccessError `token.rejected`
 */
export function knownIssuer<Issuer extends Pick<CheckedIssuer, 'url'>>(iss: unknown, issuers: readonly Issuer[]): Issuer {
  const known = issuers.find(({ url }) => url === iss);
  if (known !== undefined) return known;
  const slip = issuers.some(({ url }) => differBySlash(iss, url))
    ? ": the two differ in a slash at the end, write 'issuerUrl' exactly as the tokens name it"
    : '';
  throw rejected(`its issuer is not ${issuers.map(({ url }) => url).join(' or ')}${slip}`);
}

/**
 * Refuses what a signature could not mend, without asking for keys. Amazon Cognito says what a token is for: its access token has no
 * audience, and STS takes ID tokens only.
 */
function assertIdToken({ token_use: use }: Readonly<Record<string, unknown>>): void {
  if (use !== undefined && use !== 'id') throw rejected('it is no ID token, of Amazon Cognito send the ID token');
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    return decomposeUnverifiedJwt(token).payload;
  } catch {
    throw new TenantDataAccessError('token.malformed', 'The web identity token cannot be accepted: it is not a JSON Web Token.');
  }
}

type Refusal = readonly [kind: abstract new (...args: never[]) => Error, code: TenantDataAccessErrorCode, reason: string];

/** The library's own messages may quote the token, so none is repeated. */
function refused(error: unknown, { url, audience }: CheckedIssuer): TenantDataAccessError {
  if (error instanceof TenantDataAccessError) return error;
  if (error instanceof IssuerUnavailableError) return withoutKeys(url, 'could not be fetched', error);
  if (error instanceof JwksValidationError || error instanceof JwkValidationError) {
    return withoutKeys(url, 'are no JSON Web Key Set');
  }
  const refusals: readonly Refusal[] = [
    [JwtParseError, 'token.malformed', 'it is not a JSON Web Token'],
    [JwtExpiredError, 'token.expired', 'it has expired, get a new one from the identity provider'],
    [JwtNotBeforeError, 'token.not_yet_valid', "its 'nbf' is still to come; if it was just issued, this machine's clock is late"],
    [JwtInvalidAudienceError, 'token.rejected', `its audience is not ${audience.join(' or ')}`],
    [JwtInvalidSignatureError, 'token.rejected', `its signature is not that of its issuer ${url}`],
    [JwtWithoutValidKidError, 'token.rejected', "it does not name its key ('kid')"],
    [KidNotFoundInJwksError, 'token.rejected', `its key is not one of its issuer ${url}`],
    [WaitPeriodNotYetEndedJwkError, 'token.rejected', `its key is not one of its issuer ${url}, whose keys were fetched just now`],
  ];
  const known = refusals.find(([kind]) => error instanceof kind);
  if (known === undefined) return rejected('its algorithm or key is not one to verify a signature with');
  const [, code, reason] = known;
  return new TenantDataAccessError(code, `The web identity token cannot be accepted: ${reason}.`);
}

function rejected(reason: string): TenantDataAccessError {
  return new TenantDataAccessError('token.rejected', `The web identity token cannot be accepted: ${reason}.`);
}

function withoutKeys(url: string, why: string, cause?: Error): TenantDataAccessError {
  return new TenantDataAccessError(
    'service.unavailable',
    `The keys of the issuer ${url} ${why}, so its tokens cannot be verified: try again, or see to the issuer.`,
    cause && { cause },
  );
}
