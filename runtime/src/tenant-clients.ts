import type { S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ObjectConfig, TableConfig } from './config';
import { tenantS3Client } from './objects/s3-client';
import type { ClientDefaults } from './session/signing-session';
import { assertUsable, type TenantCredentials } from './session/tenant-credentials';
import { documentClient } from './table/document-client';

/** Plain AWS SDK clients that sign with one tenant's credentials, and end with them. */
export interface TenantClients {
  /** Reaches the tenant's items: every request must name the tenant as partition key, or AWS denies it. */
  readonly docClient: DynamoDBDocumentClient;
  /** Reaches the tenant's objects, those under `tenants/<tenant id>/`. */
  readonly s3Client: S3Client;
  /** Ends both clients. The sockets are those of all tenants: `destroy` of the access closes them. */
  destroy(): void;
}

/** @throws TenantDataAccessError `credentials.foreign` or `credentials.expired` */
export function makeTenantClients(
  tenantCredentials: TenantCredentials,
  defaults: ClientDefaults,
  config: Pick<TableConfig, 'dynamoDbConfig'> & Pick<ObjectConfig, 's3Config'>,
): TenantClients {
  assertUsable(tenantCredentials);
  const { tenantId, accessKeyId, secretAccessKey, sessionToken, expiration } = tenantCredentials;
  // The SDK writes to the object it is given, so each client gets its own copy.
  const provider = () => Promise.resolve({ accessKeyId, secretAccessKey, sessionToken, expiration });
  const docClient = documentClient({ tenantId, provider }, defaults, config.dynamoDbConfig);
  const s3Client = tenantS3Client({ provider }, defaults, config.s3Config);
  return {
    docClient,
    s3Client,
    destroy() {
      docClient.destroy();
      s3Client.destroy();
    },
  };
}
