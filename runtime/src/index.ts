export type { TenantDataAccessConfig } from './config';
export { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';
export type { TenantClients } from './tenant-clients';
export type { TenantCredentials } from './tenant-credentials';
export { TenantDataAccess } from './tenant-data-access';
export type { QueryTenantDataOptions } from './tenant-query';
export { itemKey, objectKey, objectPrefix, parseTenantId } from './tenancy';
