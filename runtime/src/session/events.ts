import type { TenantDataAccessError } from '../errors';
import { notify } from '../observers';

/** What `onEvent` is told. No token, key or credential is in any of them. */
export type TenantEvent =
  | AssumeEvent
  /** A session left the cache: there were too many, it had ended, or `forget` was called. */
  | { readonly type: 'evict'; readonly tenantId: string; readonly reason: 'capacity' | 'ended' | 'forgotten' }
  /** A request was refused: its token is not taken, or another tenant's, or AWS denied it. Told once for each such request. */
  | { readonly type: 'deny'; readonly tenantId: string | undefined; readonly error: TenantDataAccessError }
  /** A service asks to slow down. With an error the request has failed; without one the rest of a batch is tried again. */
  | { readonly type: 'throttle'; readonly tenantId: string | undefined; readonly error: TenantDataAccessError | undefined };

/**
 * STS, or the identity pool, was asked: `assume` for a token that is new here, `refresh` for a session that goes on. A `refresh` that failed before STS could be
 * asked, as no proper new token came, is told of too.
 */
export interface AssumeEvent {
  readonly type: 'assume' | 'refresh';
  readonly tenantId: string;
  readonly durationMilliseconds: number;
  /** Why it failed, if it did. A session whose credentials are still valid goes on all the same. */
  readonly error: TenantDataAccessError | undefined;
}

/** Tells of an event. Whatever the listener does, the request goes on. */
export type Tell = (event: TenantEvent) => void;

export function teller(onEvent: ((event: TenantEvent) => unknown) | undefined): Tell {
  if (onEvent === undefined) return () => undefined;
  const toldFailures = new WeakSet<TenantDataAccessError>();
  return (event) => {
    if (event.type === 'refresh' && event.error !== undefined) {
      // What failed at STS comes by again, where the session that asked has failed too.
      if (toldFailures.has(event.error)) return;
      toldFailures.add(event.error);
    }
    notify(() => onEvent(event));
  };
}

/** Tells of the error of a request, if it says that a tenant was refused or is to slow down. */
export function tellOf(error: TenantDataAccessError, tenantId: string | undefined, tell: Tell): void {
  if (error.code === 'service.throttled') tell({ type: 'throttle', tenantId, error });
  else if (isDenial(error)) tell({ type: 'deny', tenantId, error });
}

function isDenial({ code }: TenantDataAccessError): boolean {
  return code === 'access.denied' || code.startsWith('tenant.') || (code.startsWith('token.') && code !== 'token.unavailable');
}
