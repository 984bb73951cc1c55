import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { type Claims, type Finding, isRecord, ok, shown, wrong } from './finding';

/** What STS takes as `WebIdentityToken`, in characters. */
const LONGEST_TOKEN = 20_000;

/**
 * Algorithms of public keys. A secret shared with the client (HS256) proves nothing to others.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
const ALGORITHMS: readonly unknown[] = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** A token, read and not believed. */
export interface TokenParts {
  readonly token: string;
  readonly claims: Claims;
}

/** Takes a token apart; what is wrong with its form stands in the findings. Without parts, nothing more can be said about it. */
export function tokenParts(given: string): { readonly parts?: TokenParts; readonly findings: readonly Finding[] } {
  const token = given.trim();
  const formless = formProblem(token);
  if (formless !== undefined) return { findings: [formless] };
  const [header, claims] = token.split('.').slice(0, 2).map(decoded);
  if (header === undefined || claims === undefined) {
    return { findings: [wrong('form', 'its header or its payload is no JSON object', 'give the token as the issuer sent it')] };
  }
  return { parts: { token, claims }, findings: [formOf(token), headerOf(header)] };
}

function formProblem(token: string): Finding | undefined {
  if (token === '') return wrong('form', 'there is nothing', 'give the token alone, as the issuer sent it');
  if (/^bearer\s/i.test(token)) {
    return wrong('form', "it begins with 'Bearer'", 'give the token alone, what stands behind that word');
  }
  if (/^["'{[]/.test(token)) {
    return wrong('form', 'it is quoted, or JSON around a token', "give the token alone: of an OIDC answer the value of 'id_token'");
  }
  if (token.length > LONGEST_TOKEN) {
    return wrong('form', `it has ${token.length} characters, STS takes ${LONGEST_TOKEN}`, 'have the issuer leave claims out');
  }
  if (/\s/.test(token)) return wrong('form', 'there is white space within it', 'give one token, on one line');
  const parts = token.split('.');
  if (parts.length === 5) {
    return wrong('form', 'it is encrypted (five parts)', 'have the issuer sign ID tokens for this client and not encrypt them');
  }
  if (parts.length === 3 && parts[2] === '') {
    return wrong('form', 'it is not signed', 'have the issuer sign ID tokens for this client');
  }
  if (parts.length !== 3) {
    const says = `it is no signed JSON Web Token: ${parts.length} part${parts.length === 1 ? '' : 's'} where there must be three`;
    return wrong('form', says, 'take the ID token; access tokens and refresh tokens of many issuers are no JSON Web Tokens');
  }
  if (!parts.every((part) => /^[\w-]+$/.test(part))) {
    return wrong(
      'form',
      'a part of it is not written in base64url',
      'give the token as the issuer sent it, not decoded, not padded',
    );
  }
  return undefined;
}

/** Members by names that every object has, such as `constructor`, are read like any other. */
function decoded(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? Object.assign(Object.create(null) as Record<string, unknown>, value) : undefined;
  } catch {
    return undefined;
  }
}

function formOf(token: string): Finding {
  try {
    decomposeUnverifiedJwt(token);
    return ok('form', `a signed JSON Web Token of ${token.length} characters`);
  } catch {
    // The library's message can quote the token.
    return wrong(
      'form',
      'a standard header or claim is of another type than it must be',
      'see to what the issuer adds to its tokens',
    );
  }
}

function headerOf({ alg, kid, crit }: Claims): Finding {
  if (!ALGORITHMS.includes(alg)) {
    const mend = `have it signed by ${ALGORITHMS.join(', ')}: IAM verifies with the keys that the issuer publishes`;
    return wrong('header', `its algorithm is ${shown(alg)}`, mend);
  }
  if (crit !== undefined) return wrong('header', "its header has 'crit': an extension that must be understood", 'sign without it');
  if (typeof kid !== 'string' || kid === '') {
    return wrong('header', "its header has no 'kid', so nobody knows which key to take", 'give each key of the issuer an id');
  }
  return ok('header', `signed by ${shown(alg)}, key ${shown(kid)}`);
}
