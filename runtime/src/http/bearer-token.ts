import { TenantDataAccessError } from '../errors';

/** `Bearer`, in any case, and one token of the grammar b64token of RFC 6750. */
const BEARER_CREDENTIALS = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;
const BEARER_SCHEME = /^Bearer(?: |$)/i;
const HEADER = 'authorization';
const EXPECTED = "expected is one header 'Authorization: Bearer <token>', with the token of the identity provider";

/**
 * The headers of a request as its server gives them: most keep one value a name and drop or join the others, so the list of all
 * values is looked at too, where there is one.
 */
export interface RequestHeaders {
  readonly byName: object | null | undefined;
  /** Name and value of each header as it came. */
  readonly all: readonly (readonly [name: unknown, value: unknown])[];
}

/**
 * Reads the bearer token of a request, from its one `Authorization` header and from nowhere else: a token in a query string ends up in
 * logs.
 *
 * @throws TenantDataAccessError `token.missing` without the header or with another scheme, `token.malformed` when there are two or what
 *   follows the scheme is no token
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function bearerToken({ byName, all }: RequestHeaders): string {
  const listed = authorizations(all);
  const others = authorizations(Object.entries(byName ?? {})).filter((value) => !listed.includes(value));
  const [value, ...more] = [...listed, ...others];
  if (more.length > 0) throw malformed(`carries ${more.length + 1} 'Authorization' headers`);
  if (value === undefined) throw missing("carries no 'Authorization' header");
  if (typeof value !== 'string') throw malformed("carries an 'Authorization' header that is no string");
  const token = BEARER_CREDENTIALS.exec(value)?.[1];
  if (token !== undefined) return token;
  if (!BEARER_SCHEME.test(value)) throw missing("carries an 'Authorization' header of another scheme");
  throw malformed("carries no single token after 'Bearer'");
}

function authorizations(headers: RequestHeaders['all']): unknown[] {
  return headers
    .filter(([name, value]) => typeof name === 'string' && name.toLowerCase() === HEADER && value !== undefined)
    .map(([, value]) => value);
}

function missing(what: string): TenantDataAccessError {
  return new TenantDataAccessError('token.missing', `The request ${what}: ${EXPECTED}.`);
}

function malformed(what: string): TenantDataAccessError {
  return new TenantDataAccessError('token.malformed', `The request ${what}: ${EXPECTED}.`);
}
