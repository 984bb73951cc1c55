import { createHash } from 'node:crypto';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { quote, TenantDataAccessError } from '../errors';
import { parseTenantId, SESSION_TAGS_CLAIM } from '../tenancy';

/** STS's limits for `WebIdentityToken`, in characters. */
const MIN_TOKEN_LENGTH = 4;
const MAX_TOKEN_LENGTH = 20_000;

/** End of the year 9999. What is later was written in milliseconds, or by mistake. */
const LATEST_EXPIRATION_SECONDS = 253_402_300_799;

/** Where the token carries the tenant: in a session tag (what AWS reads), or in a claim of its own (what some emulators read). */
export type TenantSource = { readonly tagKey: string } | { readonly claim: string };

/** What this package reads from a web identity token. Nothing of it is verified here: see `TokenVerifier`, and STS in any case. */
export interface TenantToken {
  readonly tenantId: string;
  /** Who issued it, as it says itself. */
  readonly issuer: string | undefined;
  /** Whose token it is: issuer and subject; of a token that names none, the token itself, as it could be anybody's. */
  readonly subject: string;
  /** When the token ends. */
  readonly expiration: Date;
}

/**
 * Reads the tenant of a web identity token without verifying it.
 *
 * @throws TenantDataAccessError `token.malformed`, `token.expired`, `token.tenant_missing` or `tenant.invalid`
 */
export function readTenantToken(token: unknown, source: TenantSource, now: Date = new Date()): TenantToken {
  const claims = readClaims(token);
  const { exp, iss } = claims;
  if (typeof exp !== 'number') throw malformed("it has no 'exp' claim, which STS requires");
  const expiration = new Date(exp * 1000);
  if (!(Math.abs(exp) <= LATEST_EXPIRATION_SECONDS)) throw malformed("its 'exp' claim is no time in seconds since 1970");
  if (expiration <= now) {
    throw new TenantDataAccessError(
      'token.expired',
      `The web identity token expired at ${expiration.toISOString()}: get a new one from the identity provider.`,
    );
  }
  const tenant = 'tagKey' in source ? tenantFromTags(claims, source.tagKey) : claims[source.claim];
  if (tenant === undefined) {
    const where =
      'tagKey' in source
        ? `the session tag ${quote(source.tagKey)}, as claim '${SESSION_TAGS_CLAIM}' or '${SESSION_TAGS_CLAIM}/principal_tags/${source.tagKey}'`
        : `the claim ${quote(source.claim)}`;
    throw new TenantDataAccessError(
      'token.tenant_missing',
      `The web identity token names no tenant: expected ${where}. Configure the identity provider to add it; ` +
        'of Amazon Cognito send the ID token, not the access token.',
    );
  }
  const issuer = typeof iss === 'string' ? iss : undefined;
  return { tenantId: parseTenantId(tenant), issuer, subject: subjectOf(claims, token), expiration };
}

function subjectOf({ iss, sub }: Record<string, unknown>, token: unknown): string {
  return sub ? JSON.stringify([iss, sub]) : createHash('sha256').update(String(token)).digest('base64');
}

/** Whether a value has the type and the length that STS takes. */
export function isTokenSized(token: unknown): token is string {
  return typeof token === 'string' && token.length >= MIN_TOKEN_LENGTH && token.length <= MAX_TOKEN_LENGTH;
}

function readClaims(token: unknown): Record<string, unknown> {
  if (!isTokenSized(token)) {
    const given = typeof token === 'string' ? `a string of ${token.length} characters` : quote(token);
    throw malformed(`STS takes a string of ${MIN_TOKEN_LENGTH}-${MAX_TOKEN_LENGTH} characters, given was ${given}`);
  }
  // The library takes it, RFC 7515 does not: a token has one spelling.
  if (token.includes('=')) throw malformed("its parts are padded with '='");
  try {
    return ownOf(decomposeUnverifiedJwt(token).payload);
  } catch {
    // The library's message can quote the token's content, so it is neither repeated nor kept as the cause.
    throw malformed(
      'it is not a JSON Web Token of three base64url parts, with a JSON header and payload whose standard claims have their types',
    );
  }
}

/** Nested and flattened form of the tags claim; both together must agree, as STS would otherwise be free to choose. */
function tenantFromTags(claims: Record<string, unknown>, tagKey: string): unknown {
  const found = [...nestedTags(claims), ...flattenedTags(claims)].filter(([key]) => key.toLowerCase() === tagKey.toLowerCase());
  const strayKey = found.find(([key]) => key !== tagKey)?.[0];
  if (strayKey !== undefined) {
    throw malformed(`its tag ${quote(strayKey)} must be written ${quote(tagKey)}: the trust policy compares keys with case`);
  }
  const [first, ...others] = found.map(([, value]) => value);
  if (others.some((value) => value !== first)) throw malformed(`it carries two values for the tag ${quote(tagKey)}`);
  return first;
}

function nestedTags(claims: Record<string, unknown>): [string, unknown][] {
  const claim = claims[SESSION_TAGS_CLAIM];
  if (claim === undefined) return [];
  const tags = isRecord(claim) ? ownOf(claim)['principal_tags'] : undefined;
  if (!isRecord(tags)) throw malformed(`its claim '${SESSION_TAGS_CLAIM}' must be an object with an object 'principal_tags'`);
  return Object.entries(tags).map(([key, values]) => {
    if (!Array.isArray(values) || values.length !== 1 || typeof values[0] !== 'string') {
      throw malformed(`its tag ${quote(key)} must be an array of exactly one string`);
    }
    return [key, values[0]];
  });
}

function flattenedTags(claims: Record<string, unknown>): [string, unknown][] {
  const prefix = `${SESSION_TAGS_CLAIM}/principal_tags/`;
  return Object.entries(claims)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => {
      const key = name.slice(prefix.length);
      if (typeof value !== 'string') throw malformed(`its flattened tag ${quote(key)} must be a string`);
      return [key, value];
    });
}

/** What the token itself says, without what every object inherits. */
function ownOf(claims: object): Record<string, unknown> {
  return Object.assign(Object.create(null) as Record<string, unknown>, claims);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(reason: string): TenantDataAccessError {
  return new TenantDataAccessError('token.malformed', `The web identity token cannot be used: ${reason}.`);
}
