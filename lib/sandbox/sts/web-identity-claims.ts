import { AwsError } from '../http/aws-error';
import { type SessionTags, sessionTags } from './session-tags';

/** What a token says that begins a session. */
export interface WebIdentityClaims {
  /** `sub`; may be empty. */
  readonly subject: string;
  /** The audience that counts: `azp`, else the only one in `aud`. */
  readonly audience: string;
  /** `aud`, all of it. */
  readonly audiences: readonly string[];
  /** `amr` */
  readonly authenticationMethods: readonly string[];
  readonly email?: string;
  readonly sourceIdentity?: string;
  /** ARNs of the roles it may be used for, where it says so. */
  readonly roles?: readonly string[];
  readonly tags: SessionTags;
}

const SOURCE_IDENTITY_CLAIM = 'https://aws.amazon.com/source_identity';
const ROLES_CLAIM = 'https://aws.amazon.com/roles';
const REQUIRED = ['iss', 'sub', 'aud', 'iat', 'exp'];

/** Clocks differ; a token that has expired has, though. */
const TOLERANCE_SECONDS = 300;

type Claims = Readonly<Record<string, unknown>>;

/**
 * The audience of a token: the party it was issued to, where it says so, else its only audience.
 *
 * @throws AwsError `InvalidIdentityToken`
 */
export function audienceOf({ azp, aud }: Claims): Pick<WebIdentityClaims, 'audience' | 'audiences'> {
  const audiences = listOf(aud);
  if (audiences === undefined || audiences.length === 0) throw invalid('aud is no string or list of strings');
  if (azp !== undefined) {
    if (typeof azp !== 'string') throw invalid('azp is no string');
    return { audience: azp, audiences };
  }
  const [audience = '', ...others] = audiences;
  if (others.length > 0) throw invalid('aud contains more than one audience while azp is not present');
  return { audience, audiences };
}

/**
 * Checks that nothing is missing, and that the token holds at this time.
 *
 * @param now milliseconds since 1970
 * @throws AwsError `InvalidIdentityToken`, `ExpiredTokenException`
 */
export function assertCurrent(claims: Claims, now: number): void {
  const missing = REQUIRED.find((name) => claims[name] === undefined);
  if (missing !== undefined) throw new AwsError('InvalidIdentityToken', `Missing a required claim: ${missing}`);
  const { exp, iat, nbf = iat } = claims;
  if (!isTime(exp) || !isTime(iat) || !isTime(nbf)) throw invalid('exp, iat or nbf is no time');
  const seconds = now / 1000;
  if (seconds >= exp) {
    throw new AwsError(
      'ExpiredTokenException',
      `Token expired: current date/time ${Math.floor(seconds)} must be before the expiration date/time ${exp}`,
    );
  }
  if (iat > seconds + TOLERANCE_SECONDS) throw invalid('it was issued in the future');
  if (nbf > seconds + TOLERANCE_SECONDS) throw invalid('it is not valid yet');
}

/**
 * Reads the claims of a token whose signature holds.
 *
 * @throws AwsError `InvalidIdentityToken`, `ValidationError`
 */
export function webIdentityClaims(claims: Claims): WebIdentityClaims {
  const { sub, amr = [], email } = claims;
  if (typeof sub !== 'string') throw invalid('sub is no string');
  const authenticationMethods = listOf(amr);
  if (authenticationMethods === undefined) throw invalid('amr is no string or list of strings');
  return {
    ...audienceOf(claims),
    subject: sub,
    authenticationMethods,
    email: typeof email === 'string' ? email : undefined,
    sourceIdentity: sourceIdentityOf(claims[SOURCE_IDENTITY_CLAIM]),
    roles: rolesOf(claims[ROLES_CLAIM]),
    tags: sessionTags(claims),
  };
}

function sourceIdentityOf(claim: unknown): string | undefined {
  if (claim === undefined) return undefined;
  if (typeof claim === 'string' && /^[\w+=,.@-]{2,64}$/.test(claim)) return claim;
  throw invalid('its source identity is no string of 2 to 64 letters, digits and + = , . @ - _');
}

function rolesOf(claim: unknown): readonly string[] | undefined {
  if (claim === undefined) return undefined;
  const roles = listOf(claim);
  if (roles === undefined) throw invalid('its roles are no string or list of strings');
  return roles;
}

function listOf(claim: unknown): readonly string[] | undefined {
  if (typeof claim === 'string') return [claim];
  return Array.isArray(claim) && claim.every((each) => typeof each === 'string') ? claim : undefined;
}

function isTime(claim: unknown): claim is number {
  return typeof claim === 'number' && Number.isFinite(claim);
}

function invalid(why: string): AwsError {
  return new AwsError('InvalidIdentityToken', `The token cannot be accepted: ${why}`);
}
