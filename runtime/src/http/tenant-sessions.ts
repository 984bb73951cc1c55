import { quote, TenantDataAccessError } from '../errors';
import { bearerToken, type RequestHeaders } from './bearer-token';

/** What opens sessions: `TenantDataAccess`, `TenantTableAccess` or `TenantObjectAccess`. */
export interface TenantSessions<Session> {
  forTenant(token: string): Promise<Session>;
  hydrate?(): Promise<void>;
}

/** What all sessions have in common. */
export interface OpenSession {
  /** The tenant that the session is bound to. */
  readonly tenantId: string;
}

/**
 * Opens the session of the tenant whose bearer token a request carries.
 *
 * @throws TenantDataAccessError any of `token.*`, `access.denied`, `session.closed`, or any of `service.*`
 */
export async function sessionOf<Session>(access: TenantSessions<Session>, headers: RequestHeaders): Promise<Session> {
  const token = bearerToken(headers);
  try {
    return await access.forTenant(token);
  } catch (cause) {
    // The application has named no tenant, so it is the token's that does not fit: its bearer is to sign in, not to mend the request.
    if (cause instanceof TenantDataAccessError && cause.code === 'tenant.invalid') {
      throw new TenantDataAccessError('token.rejected', `The web identity token cannot be accepted: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

/**
 * Refuses, at start, what cannot open sessions.
 *
 * @throws TenantDataAccessError `config.invalid`
 */
export function assertAccess(access: unknown): void {
  if (typeof (access as Partial<TenantSessions<unknown>> | undefined)?.forTenant === 'function') return;
  throw new TenantDataAccessError(
    'config.invalid',
    `The access is ${quote(access)}: give a TenantDataAccess, TenantTableAccess or TenantObjectAccess.`,
  );
}
