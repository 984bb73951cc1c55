import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { quote, TenantDataAccessError } from './errors';
import { fromServiceError } from './service-errors';
import { PARTITION_KEY, parseTenantId, SORT_KEY } from './tenancy';
import { assertClientOf } from './tenant-clients';

/** Which of the tenant's items to read. */
export interface QueryTenantDataOptions {
  /**
   * Only items whose `dataId` begins with this. Not together with `indexName`, whose sort key is another.
   *
   * @default - all items of the tenant
   */
  readonly dataIdPrefix?: string;
  /**
   * A tenant-leading index to read instead of the table.
   *
   * @default - the table
   */
  readonly indexName?: string;
  /**
   * Strongly consistent reads, at twice the read capacity. A global secondary index does not offer them.
   *
   * @default false - eventually consistent
   */
  readonly consistentRead?: boolean;
  /**
   * Items that DynamoDB evaluates for one page, 1 or more. It bounds one answer, not the result.
   *
   * @default - up to 1 MB a page, DynamoDB's limit
   */
  readonly pageSize?: number;
}

/** The request for all of a tenant's items. Pure: it holds no client and no credential. */
export function tenantQueryInput(tableName: string, tenantId: string, options: QueryTenantDataOptions = {}): QueryCommandInput {
  const { dataIdPrefix, indexName, consistentRead, pageSize } = options;
  if (dataIdPrefix !== undefined && indexName !== undefined) {
    throw new TenantDataAccessError(
      'config.invalid',
      "'dataIdPrefix' and 'indexName' exclude each other: an index has a sort key of its own.",
    );
  }
  if (pageSize !== undefined && !(Number.isInteger(pageSize) && pageSize >= 1)) {
    throw new TenantDataAccessError(
      'config.invalid',
      `'pageSize' must be a whole number of at least 1, given was ${quote(pageSize)}.`,
    );
  }
  const byPrefix = dataIdPrefix !== undefined && dataIdPrefix !== '';
  return {
    TableName: tableName,
    IndexName: indexName,
    ConsistentRead: consistentRead,
    Limit: pageSize,
    KeyConditionExpression: byPrefix ? '#tenant = :tenant AND begins_with(#data, :prefix)' : '#tenant = :tenant',
    ExpressionAttributeNames: { '#tenant': PARTITION_KEY, ...(byPrefix && { '#data': SORT_KEY }) },
    ExpressionAttributeValues: { ':tenant': parseTenantId(tenantId), ...(byPrefix && { ':prefix': dataIdPrefix }) },
  };
}

/** Reads all pages of a tenant's items, in the order of the sort key. */
export async function queryAllPages<Item extends Record<string, unknown>>(
  docClient: DynamoDBDocumentClient,
  tableName: string,
  tenantId: string,
  options?: QueryTenantDataOptions,
): Promise<Item[]> {
  assertClientOf(docClient, tenantId);
  const input = tenantQueryInput(tableName, tenantId, options);
  const items: Item[] = [];
  try {
    for await (const page of paginateQuery({ client: docClient }, input)) items.push(...((page.Items ?? []) as Item[]));
  } catch (error) {
    throw fromServiceError(error, {
      doing: `query the items of tenant '${tenantId}' in table '${tableName}'`,
      expired: 'credentials.expired',
      deniedBecause: 'AWS denied it: the role must be granted this table, and this index if one was named',
    });
  }
  return items;
}
