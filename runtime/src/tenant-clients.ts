import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccessError } from './errors';
import { parseTenantId } from './tenancy';
import { assertUsable, type TenantCredentials } from './tenant-credentials';

/** Plain AWS SDK clients that sign with one tenant's credentials. */
export interface TenantClients {
  /** Reaches the tenant's items: every request must name the tenant as partition key, or AWS denies it. */
  readonly docClient: DynamoDBDocumentClient;
  /** Reaches the tenant's objects, those under `tenants/<tenant id>/`. */
  readonly s3Client: S3Client;
  /** Closes the sockets of both clients. The document client's own `destroy` does not. */
  destroy(): void;
}

/** What of the SDK's client configuration remains the caller's. */
export interface ClientSettings {
  readonly region: string;
  readonly dynamoDbConfig: Omit<DynamoDBClientConfig, 'credentials' | 'region'>;
  readonly s3Config: Omit<S3ClientConfig, 'credentials' | 'region'>;
}

/** Which tenant a document client signs for. */
const tenantOfClient = new WeakMap<DynamoDBDocumentClient, string>();

export function makeTenantClients(tenantCredentials: TenantCredentials, settings: ClientSettings): TenantClients {
  assertUsable(tenantCredentials);
  const { tenantId, accessKeyId, secretAccessKey, sessionToken, expiration } = tenantCredentials;
  // The SDK writes to the object it is given, so each client gets its own copy.
  const credentials = () => Promise.resolve({ accessKeyId, secretAccessKey, sessionToken, expiration });
  const { region } = settings;
  const dynamoDb = new DynamoDBClient({ ...settings.dynamoDbConfig, region, credentials });
  const s3Client = new S3Client({ ...settings.s3Config, region, credentials });
  const docClient = DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } });
  tenantOfClient.set(docClient, tenantId);
  return {
    docClient,
    s3Client,
    destroy() {
      dynamoDb.destroy();
      s3Client.destroy();
    },
  };
}

/**
 * Refuses a client that signs for another tenant, or one that this package did not make: a client with the application's own
 * credentials would read every tenant, and AWS would let it.
 *
 * @throws TenantDataAccessError `credentials.foreign`, `tenant.mismatch` or `tenant.invalid`
 */
export function assertClientOf(docClient: DynamoDBDocumentClient, tenantId: string): void {
  const wanted = parseTenantId(tenantId);
  const owner = tenantOfClient.get(docClient);
  if (owner === undefined) {
    throw new TenantDataAccessError(
      'credentials.foreign',
      'This document client was not made by createTenantClients, so it may hold credentials that reach every tenant.',
    );
  }
  if (owner !== wanted) {
    throw new TenantDataAccessError('tenant.mismatch', `This document client belongs to tenant '${owner}', not to '${wanted}'.`);
  }
}
