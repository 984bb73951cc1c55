/**
 * Stable codes of the errors this package throws. A code never changes its meaning; new ones may be added.
 *
 * | code | meaning | mend |
 * |---|---|---|
 * | `config.invalid` | an option is missing, unknown or contradictory | correct the configuration |
 * | `tenant.invalid` | a tenant id, data id or object key outside the grammar | send one that fits |
 * | `tenant.mismatch` | token, credentials or client belong to another tenant | use that tenant's own |
 * | `token.malformed` | not a JWT, or its tags claim is not as STS takes it | have the identity provider issue a proper token |
 * | `token.expired` | the token's `exp` is over, or STS says so | get a new token |
 * | `token.tenant_missing` | the token names no tenant | add the session tag at the identity provider |
 * | `token.rejected` | STS does not accept the token (signature, issuer, audience) | see the message |
 * | `credentials.expired` | the session is over | assume the role again |
 * | `credentials.foreign` | credentials or a client that this package did not make | use `assumeTenantRole`, `createTenantClients` |
 * | `access.denied` | AWS refused | see the message |
 * | `service.unavailable` | throttled, timed out or failed on the service's side | try again later |
 * | `service.failed` | any other answer of the service | see `cause` |
 */
export type TenantDataAccessErrorCode =
  | 'config.invalid'
  | 'tenant.invalid'
  | 'tenant.mismatch'
  | 'token.malformed'
  | 'token.expired'
  | 'token.tenant_missing'
  | 'token.rejected'
  | 'credentials.expired'
  | 'credentials.foreign'
  | 'access.denied'
  | 'service.unavailable'
  | 'service.failed';

/**
 * The one error class of this package. No token, key or credential stands in its message or in an enumerable property.
 *
 * @example
 * ```ts
 * try {
 *   await access.assumeTenantRole(token, 'acme');
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

const LONGEST_QUOTE = 128;

/**
 * Names a bad value in a message. What may hold a token (long, or with the start of a JWT in it) is described and never shown,
 * so that swapped arguments do not put a credential into a log.
 */
export function quote(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'string') return `a value of type ${typeof value}`;
  if (value.length > LONGEST_QUOTE || value.includes('eyJ')) return `a string of ${value.length} characters`;
  return JSON.stringify(value);
}
