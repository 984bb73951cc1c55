import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { COUNT, type OptionRules, readOptions, textOf } from '../call-options';
import { invalidRequest } from '../errors';
import { fromServiceError } from '../service-errors';
import { parseTenantId, SORT_KEY } from '../tenancy';
import type { Position } from './cursor';
import { assertClientOf } from './document-client';
import { BOOLEAN } from './option-rules';
import { Placeholders } from './placeholders';
import { readPage } from './query-page';
import { INDEX_NAME, keyCondition } from './query-plan';
import { DENIED_BECAUSE } from './tenant-partition';

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

const OPTIONS: OptionRules<QueryTenantDataOptions> = {
  dataIdPrefix: textOf(/^/, 'a string'),
  indexName: INDEX_NAME,
  consistentRead: BOOLEAN,
  pageSize: COUNT,
};

/**
 * The request for all of a tenant's items. Pure: it holds no client and no credential.
 *
 * @throws TenantDataAccessError `request.invalid` or `tenant.invalid`
 */
export function tenantQueryInput(
  tableName: string,
  tenantId: string,
  options?: QueryTenantDataOptions,
): QueryCommandInput & { TableName: string } {
  const { dataIdPrefix, indexName, consistentRead, pageSize } = readOptions(options, OPTIONS);
  if (dataIdPrefix !== undefined && indexName !== undefined) {
    throw invalidRequest("'dataIdPrefix' and 'indexName' exclude each other: an index has a sort key of its own.");
  }
  const placeholders = new Placeholders();
  const range = dataIdPrefix === undefined ? undefined : { beginsWith: dataIdPrefix };
  return {
    TableName: tableName,
    IndexName: indexName,
    ConsistentRead: consistentRead,
    Limit: pageSize,
    KeyConditionExpression: keyCondition(parseTenantId(tenantId), SORT_KEY, range, placeholders),
    ...placeholders.parameters,
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
  let start: Position | undefined;
  try {
    do {
      const page = await readPage((request) => docClient.send(new QueryCommand(request)), tenantId, input, start);
      for (const item of page.items) items.push(item as Item);
      start = page.next;
    } while (start !== undefined);
  } catch (error) {
    throw fromServiceError(error, {
      doing: `query the items of tenant '${tenantId}' in table '${tableName}'`,
      expired: 'credentials.expired',
      deniedBecause: DENIED_BECAUSE,
    });
  }
  return items;
}
