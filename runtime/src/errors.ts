/**
 * Stable codes of the errors this package throws. A code never changes its meaning; new ones may be added.
 *
 * | code | meaning | mend |
 * |---|---|---|
 * | `config.invalid` | an option of the configuration is missing, unknown or contradictory | correct the configuration |
 * | `request.invalid` | an argument of a call is missing, unknown or contradictory | correct the call |
 * | `request.aborted` | the caller's `abortSignal`, or a stream of its that broke, ended the request | see `cause` |
 * | `tenant.invalid` | a tenant id, data id or object key outside the grammar | send one that fits |
 * | `permissions.invalid` | a role or permission that nobody mapped | correct the user's record, or the settings |
 * | `tenant.mismatch` | token, credentials, client or item belong to another tenant | use that tenant's own |
 * | `token.missing` | the HTTP request carries no bearer token | send `Authorization: Bearer <token>` |
 * | `token.malformed` | not a JWT, or its tags claim is not as STS takes it | have the identity provider issue a proper token |
 * | `token.expired` | the token's `exp` is over, or STS says so | get a new token |
 * | `token.not_yet_valid` | the token's `nbf` is still to come | wait, or set the clock |
 * | `token.tenant_missing` | the token names no tenant | add the session tag at the identity provider |
 * | `token.rejected` | signature, issuer, audience or use of the token is wrong | see the message |
 * | `token.unavailable` | the function that gives the tokens failed, or gave none in 30 seconds | see `cause` |
 * | `token.subject_changed` | the function that gives the tokens gave one of another user | open a session for each user |
 * | `credentials.expired` | the session is over, and no new token came | open a session with a new token |
 * | `credentials.foreign` | credentials or a client that this package did not make | use `assumeTenantRole`, `createTenantClients` |
 * | `session.closed` | `destroy()` was called | make a new `TenantDataAccess` |
 * | `access.denied` | AWS refused | see the message |
 * | `condition.failed` | the condition of a write, or of a read of an object, does not hold | read again, decide anew |
 * | `transaction.conflict` | another write to the same item was under way | try again |
 * | `object.not_found` | no object has this key | |
 * | `service.throttled` | the service asks to slow down, after the SDK's own attempts | try again later, more slowly |
 * | `service.unavailable` | timed out or failed on the service's side, after the SDK's own attempts | try again later |
 * | `service.failed` | any other answer of the service | see `cause` |
 */
export type TenantDataAccessErrorCode =
  | 'config.invalid'
  | 'request.invalid'
  | 'request.aborted'
  | 'tenant.invalid'
  | 'permissions.invalid'
  | 'tenant.mismatch'
  | 'token.missing'
  | 'token.malformed'
  | 'token.expired'
  | 'token.not_yet_valid'
  | 'token.tenant_missing'
  | 'token.rejected'
  | 'token.unavailable'
  | 'token.subject_changed'
  | 'credentials.expired'
  | 'credentials.foreign'
  | 'session.closed'
  | 'access.denied'
  | 'condition.failed'
  | 'transaction.conflict'
  | 'object.not_found'
  | 'service.throttled'
  | 'service.unavailable'
  | 'service.failed';

/**
 * The one error class of this package. No token, key or credential stands in its message or in an enumerable property.
 *
 * @example
 * ```ts
 * try {
 *   const session = await access.forTenant(token, 'acme');
 * } catch (error) {
 *   if (error instanceof TenantDataAccessError && error.code === 'token.expired') return signInAgain();
 *   throw error;
 * }
 * ```
 */
export class TenantDataAccessError extends Error {
  override readonly name = 'TenantDataAccessError';

  constructor(
    /** Stable code to branch on. */
    readonly code: TenantDataAccessErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** An argument of a call that cannot be used: names what was given and what is allowed. */
export function invalidRequest(message: string): TenantDataAccessError {
  return new TenantDataAccessError('request.invalid', message);
}

const LONGEST_QUOTE = 128;
/** What JSON leaves as it is, though it steers terminals and hides or turns text in a log. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * Names a bad value in a message. What may hold a token (long, or with the start of a JWT in it) is described and never shown,
 * so that swapped arguments do not put a credential into a log.
 */
export function quote(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'string') return `a value of type ${typeof value}`;
  if (value.length > LONGEST_QUOTE || value.includes('eyJ')) return `a string of ${value.length} characters`;
  return JSON.stringify(value).replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
