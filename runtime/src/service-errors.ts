import { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';

/** Names of AWS's error answers, without the suffix `Exception` that only some protocols add: code and mend. */
const KNOWN = new Map<string, readonly [code: TenantDataAccessErrorCode, mend?: string]>([
  [
    'InvalidIdentityToken',
    [
      'token.rejected',
      'STS does not accept the token: its signature, issuer or audience does not fit the IAM OIDC provider; of Amazon Cognito send the ID token',
    ],
  ],
  ['IDPRejectedClaim', ['token.rejected', 'the identity provider refused the token']],
  ['IDPCommunicationError', ['service.unavailable', 'STS could not reach the identity provider: try again']],
  ['AccessDenied', ['access.denied']],
  ['ConditionalCheckFailed', ['condition.failed', 'the condition does not hold']],
  ['PreconditionFailed', ['condition.failed', 'the condition on the ETag does not hold']],
  ['TransactionConflict', ['transaction.conflict', 'another request was writing the same item, try again']],
  ['ConditionalRequestConflict', ['transaction.conflict', 'another request was writing the same object, try again']],
  ['TransactionInProgress', ['transaction.conflict', 'a request with this idempotency token is still under way, try again']],
  ['NoSuchKey', ['object.not_found', 'there is no such object']],
  ['NotFound', ['object.not_found', 'there is no such object']],
  ['InvalidRange', ['request.invalid', 'the object has no such bytes']],
]);

/** Answers to HEAD and those that nothing changed have no body with the error's name: the SDK says `Unknown`, and the status tells. */
const NAME_OF_STATUS = new Map([
  [304, 'PreconditionFailed'],
  [403, 'AccessDenied'],
  [412, 'PreconditionFailed'],
  [416, 'InvalidRange'],
]);

/** Names by which the services ask to slow down, whatever the HTTP status; without the suffix `Exception`. */
const THROTTLED = new Set([
  'BandwidthLimitExceeded',
  'LimitExceeded',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
  'SlowDown',
  'ThrottledRequest',
  'TooManyRequests',
]);

/** Names by which the services ask to come back, whatever the HTTP status; without the suffix `Exception`. */
const TRANSIENT = new Set([
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'PriorRequestNotComplete',
  'RequestTimeout',
  'ServiceUnavailable',
  'TimeoutError',
]);

/** What was attempted, for the message and the code of its failure. */
export interface Attempt {
  /** Completes "Could not ...": `assume the role arn:...` */
  readonly doing: string;
  /** What an answer "expired" is about: STS speaks of the token, all others of the session. */
  readonly expired: 'token.expired' | 'credentials.expired';
  /** The likeliest reasons when AWS denies. */
  readonly deniedBecause: string;
  /** What must not appear in the error, should the service quote it. */
  readonly secret?: string;
  /**
   * What names mean that are this service's own, or that it uses in another sense than the rest. The name comes without `Exception`.
   *
   * @default - what they mean everywhere
   */
  readonly means?: (name: string, message: string) => Meaning | undefined;
}

/** Code and mend of an error answer. */
export type Meaning = readonly [code: TenantDataAccessErrorCode, mend: string];

/**
 * Turns what the SDK threw into a coded error. Its `cause` holds name, message and metadata of the service's answer; the answer's body
 * and whatever the service quotes of a secret are left out.
 */
export function fromServiceError(error: unknown, attempt: Attempt): TenantDataAccessError {
  if (error instanceof TenantDataAccessError) return error;
  const { doing, expired, deniedBecause, secret } = attempt;
  const name = nameOf(error);
  const coded = (code: TenantDataAccessErrorCode, reason: string) =>
    new TenantDataAccessError(code, `Could not ${doing}: ${reason} (${name}).`, { cause: safeCause(error, secret) });

  const own = attempt.means?.(withoutSuffix(name), toError(error).message);
  if (own !== undefined) return coded(...own);
  const known = KNOWN.get(withoutSuffix(name));
  if (known !== undefined) return coded(known[0], known[1] ?? deniedBecause);
  if (name.startsWith('ExpiredToken')) {
    const token = expired === 'token.expired';
    return coded(
      expired,
      token
        ? 'the web identity token has expired, get a new one from the identity provider'
        : 'the session has ended, assume the role again',
    );
  }
  if (name === 'AbortError') return coded('request.aborted', 'it was aborted by the caller');
  if (isThrottled(error)) return coded('service.throttled', 'the service asks to slow down, try again later');
  if (isTransient(error)) return coded('service.unavailable', 'the service did not answer in time or failed, try again');
  if (isServiceAnswer(error)) return coded('service.failed', 'the service refused the request');
  return coded('service.failed', isAnswered(error) ? 'the answer could not be read' : 'the request could not be sent');
}

interface SdkError extends Error {
  readonly $fault?: string;
  readonly $retryable?: { readonly throttling?: boolean };
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: object;
  readonly code?: string;
}

function toError(error: unknown): SdkError {
  return error instanceof Error ? error : new Error('not an error');
}

/** The error's name, if it is one: an odd server could answer anything in its place. */
function nameOf(error: unknown): string {
  const { name, $metadata } = toError(error);
  const told = name === 'Unknown' ? NAME_OF_STATUS.get($metadata?.httpStatusCode ?? 0) : undefined;
  if (told !== undefined) return told;
  return isName(name) ? name : 'unknown error';
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && /^\w{1,64}$/.test(value) && !value.includes('eyJ');
}

function withoutSuffix(name: string): string {
  return name.replace(/Exception$/, '');
}

function isServiceAnswer(error: unknown): boolean {
  return toError(error).$fault !== undefined;
}

function isAnswered(error: unknown): boolean {
  const { $metadata, $response } = toError(error);
  return $metadata?.httpStatusCode !== undefined || $response !== undefined;
}

/** As the SDK's own retry strategy marks them, and what it throws when no answer came at all. */
function isTransient(error: unknown): boolean {
  const { name, $retryable, $metadata, code } = toError(error);
  const status = $metadata?.httpStatusCode;
  return (
    $retryable !== undefined ||
    (status !== undefined && status >= 500) ||
    TRANSIENT.has(withoutSuffix(name)) ||
    isNetworkFailure(code)
  );
}

function isThrottled(error: unknown): boolean {
  const { name, $metadata, $retryable } = toError(error);
  return (
    THROTTLED.has(withoutSuffix(name)) ||
    /throttl/i.test(name) ||
    $metadata?.httpStatusCode === 429 ||
    $retryable?.throttling === true
  );
}

function isNetworkFailure(code: unknown): boolean {
  return typeof code === 'string' && /^(ECONN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE)/.test(code);
}

/** A copy without the response, and without a message that may quote a secret. */
function safeCause(error: unknown, secret: string | undefined): Error {
  const { $metadata, code } = toError(error);
  const cause = new Error(safeMessage(error, secret));
  return Object.assign(cause, { name: nameOf(error), ...($metadata && { $metadata }), ...(isName(code) && { code }) });
}

/** Parts of a token that are shorter are words that any message may hold. */
const SHORTEST_SECRET = 16;

/**
 * The message of a service's own error or of the network, with each token in it left out. Others may quote the answer, and one about
 * a signature quotes the request with the session token.
 */
function safeMessage(error: unknown, secret = ''): string {
  const { message, code } = toError(error);
  if (!isServiceAnswer(error) && !isNetworkFailure(code)) return 'left out, as it may quote the answer';
  if (/security-token|canonical/i.test(message)) return 'left out, as it quotes the signed request';
  const secrets = [secret, ...secret.split('.')].filter(({ length }) => length >= SHORTEST_SECRET);
  return secrets.reduce((text, part) => text.replaceAll(part, '[token]'), message).replace(/eyJ[\w-]*(?:\.[\w-]*)*/g, '[token]');
}
