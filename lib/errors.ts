/**
 * Stable codes of the errors this package throws.
 *
 * | code | meaning |
 * |---|---|
 * | `config.invalid` | an option is missing, unknown, contradictory or outside what AWS takes |
 * | `limit.exceeded` | a policy document is longer than AWS takes |
 * | `sandbox.unavailable` | the sandbox cannot start: its port is taken, a package is missing, a server behind it is gone |
 * | `grant.breaks_isolation` | a statement would let a tenant act on the isolation itself or past it |
 */
export type MultiTenantIamErrorCode = 'config.invalid' | 'limit.exceeded' | 'grant.breaks_isolation' | 'sandbox.unavailable';

/** The one error class of this package. The message says where, what was given, what is allowed and how to mend it. */
export class MultiTenantIamError extends Error {
  override readonly name = 'MultiTenantIamError';

  constructor(
    /** Stable code to branch on. */
    readonly code: MultiTenantIamErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}
