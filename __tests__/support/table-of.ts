import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { TenantEvent } from 'multi-tenant-data-access';
import { Connections } from 'multi-tenant-data-access/session/connections';
import { SigningSession } from 'multi-tenant-data-access/session/signing-session';
import { documentClient } from 'multi-tenant-data-access/table/document-client';
import type { Keyed } from 'multi-tenant-data-access/table/tenant-item';
import { TenantTable } from 'multi-tenant-data-access/table/tenant-table';
import { credentialsOf } from './loopback-aws';

export const TABLE_NAME = 'tenant-data';
const REGION = 'eu-central-1';

/** Sockets of all tables of a suite: `retire()` them before the server stops. */
export const connections = new Connections(undefined);

/** A tenant's table at this endpoint, each request tried once, without a call to STS. */
export function tableOf<Item extends Keyed<Item> = Record<string, unknown>>(
  endpoint: string,
  tenantId: string,
  told: TenantEvent[] = [],
): TenantTable<Item> {
  const client = { region: REGION, maxAttempts: 1, requestHandler: connections.requestHandler };
  const signing = new SigningSession(
    { credentials: credentialsOf(tenantId), subject: 'user-1' },
    { possible: () => false, renew: () => Promise.reject(new Error('There is no renewal.')) },
    { client, tell: (event) => void told.push(event), assertOpen: () => undefined },
  );
  return new TenantTable<Item>(signing, documentClient(signing, client, { endpoint }), TABLE_NAME);
}

/** Makes the shared table, with an index by each type of sort key. */
export async function createTable(endpoint: string): Promise<void> {
  const client = new DynamoDBClient({ region: REGION, endpoint, credentials: { accessKeyId: 'admin', secretAccessKey: 'admin' } });
  const sortKeys = { total: 'N', customer: 'S', digest: 'B' } as const;
  const keys = (sortKey: string) => [
    { AttributeName: 'tenantId', KeyType: 'HASH' as const },
    { AttributeName: sortKey, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: TABLE_NAME,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Object.entries({ tenantId: 'S', dataId: 'S', ...sortKeys } as const).map(([name, type]) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: keys('dataId'),
      GlobalSecondaryIndexes: Object.keys(sortKeys).map((sortKey) => ({
        IndexName: `by-${sortKey}`,
        KeySchema: keys(sortKey),
        Projection: { ProjectionType: 'ALL' as const },
      })),
    }),
  );
  client.destroy();
}
