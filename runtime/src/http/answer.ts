import { TenantDataAccessError, type TenantDataAccessErrorCode } from '../errors';

/** An HTTP answer to an error. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON `{ "code", "message" }`. The message is for the client; what the error says of the inside is not in it. */
  readonly body: string;
}

type Answer = readonly [statusCode: number, message: string];

const BAD_REQUEST = 'The request cannot be carried out as it was sent.';
const SIGN_IN_AGAIN = 'The session is over: sign in again.';
const TOKEN_REFUSED = 'The bearer token is not accepted: sign in again.';
const TRY_LATER = 'The service is not available at the moment: try again later.';
const INTERNAL: Answer = [500, 'The request failed.'];

/** One answer for each code, so that a new code does not compile without one. */
const ANSWERS: Readonly<Record<TenantDataAccessErrorCode, Answer>> = {
  'config.invalid': INTERNAL,
  // Arguments of calls mostly come from the client (a cursor, a limit, an item); if not, the log says which was wrong.
  'request.invalid': [400, BAD_REQUEST],
  'request.aborted': [503, TRY_LATER],
  'tenant.invalid': [400, BAD_REQUEST],
  'permissions.invalid': INTERNAL,
  'tenant.mismatch': [403, 'This belongs to another tenant.'],
  'token.missing': [401, 'A bearer token is required.'],
  'token.malformed': [401, TOKEN_REFUSED],
  'token.expired': [401, SIGN_IN_AGAIN],
  'token.not_yet_valid': [401, 'The bearer token is not valid yet.'],
  'token.tenant_missing': [401, TOKEN_REFUSED],
  'token.rejected': [401, TOKEN_REFUSED],
  'token.unavailable': [503, TRY_LATER],
  'token.subject_changed': [401, TOKEN_REFUSED],
  'credentials.expired': [401, SIGN_IN_AGAIN],
  'credentials.foreign': INTERNAL,
  'session.closed': [503, TRY_LATER],
  'access.denied': [403, 'Access denied.'],
  // Not 412, which is about conditions in the headers of the request; these are the application's.
  'condition.failed': [409, 'This has been changed in the meantime: read it again.'],
  'transaction.conflict': [409, 'This is being changed by another request: try again.'],
  'object.not_found': [404, 'There is no such object.'],
  'service.throttled': [429, 'Too many requests: try again later.'],
  'service.unavailable': [503, TRY_LATER],
  'service.failed': INTERNAL,
};

/** Code of every answer 500: which of the causes it was is nobody's business outside. */
const INTERNAL_CODE = 'internal';

/** The services count rates and capacity by the second. */
const RETRY_AFTER_SECONDS = '1';

/**
 * The HTTP answer to an error of this package: 400 to 404, 409, 429 or 503 with the error's `code`, or 500 with the code `internal`.
 * 401 carries `WWW-Authenticate: Bearer`, 429 and 503 `Retry-After`. For servers that neither `tenantHandler` nor `tenantMiddleware` fits.
 *
 * @returns undefined for any other error, which is the application's to answer.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-3
 */
export function httpAnswer(error: unknown): HttpAnswer | undefined {
  if (!(error instanceof TenantDataAccessError)) return undefined;
  const [statusCode, message] = ANSWERS[error.code];
  const code = statusCode === 500 ? INTERNAL_CODE : error.code;
  return {
    statusCode,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(statusCode === 401 && { 'www-authenticate': challenge(error.code) }),
      ...((statusCode === 429 || statusCode === 503) && { 'retry-after': RETRY_AFTER_SECONDS }),
    },
    body: JSON.stringify({ code, message }),
  };
}

/** A request without credentials is told the scheme only. */
function challenge(code: TenantDataAccessErrorCode): string {
  return code === 'token.missing' ? 'Bearer' : 'Bearer error="invalid_token"';
}
