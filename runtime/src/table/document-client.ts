import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TableConfig } from '../config';
import { TenantDataAccessError } from '../errors';
import type { ClientDefaults, SigningSession } from '../session/signing-session';
import { parseTenantId } from '../tenancy';

/** Which tenant a document client signs for. */
const tenantOfClient = new WeakMap<DynamoDBDocumentClient, string>();

/** A document client that signs for one tenant, for life. */
export function documentClient(
  signer: Pick<SigningSession, 'tenantId' | 'provider'>,
  defaults: ClientDefaults,
  config: TableConfig['dynamoDbConfig'],
): DynamoDBDocumentClient {
  const dynamoDb = new DynamoDBClient({
    ...defaults,
    ...config,
    region: defaults.region,
    requestHandler: defaults.requestHandler,
    credentials: signer.provider,
  });
  const client = DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } });
  tenantOfClient.set(client, signer.tenantId);
  return client;
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
      'This document client was not made here, and may reach every tenant: take that of a session or of createTenantClients.',
    );
  }
  if (owner !== wanted) {
    throw new TenantDataAccessError('tenant.mismatch', `This document client belongs to tenant '${owner}', not to '${wanted}'.`);
  }
}
