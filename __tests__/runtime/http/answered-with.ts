import type { TenantDataAccessErrorCode } from 'multi-tenant-data-access/errors';

/** The HTTP status for each code. */
export const ANSWERED_WITH: Readonly<Record<TenantDataAccessErrorCode, number>> = {
  'config.invalid': 500,
  'request.invalid': 400,
  'request.aborted': 503,
  'tenant.invalid': 400,
  'permissions.invalid': 500,
  'tenant.mismatch': 403,
  'token.missing': 401,
  'token.malformed': 401,
  'token.expired': 401,
  'token.not_yet_valid': 401,
  'token.tenant_missing': 401,
  'token.rejected': 401,
  'token.unavailable': 503,
  'token.subject_changed': 401,
  'credentials.expired': 401,
  'credentials.foreign': 500,
  'session.closed': 503,
  'access.denied': 403,
  'condition.failed': 409,
  'transaction.conflict': 409,
  'object.not_found': 404,
  'service.throttled': 429,
  'service.unavailable': 503,
  'service.failed': 500,
};
