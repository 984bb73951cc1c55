import { isDeepStrictEqual } from 'node:util';
import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccessError } from '../errors';
import { PARTITION_KEY } from '../tenancy';
import type { Position } from './cursor';
import { assertReceived } from './tenant-partition';
import { type StoredItem, without } from './tenant-item';

/** One answer to a query, checked: all of it is the tenant's. */
export interface ReadPage {
  readonly items: readonly StoredItem[];
  readonly scannedCount: number;
  /** Where the next page begins, without the tenant; undefined if this is the last. */
  readonly next: Position | undefined;
}

/**
 * Asks for one page.
 *
 * @param input its partition key is the tenant's already
 * @param start where to begin, under the same tenant
 * @throws TenantDataAccessError `tenant.mismatch`, should another tenant's item be answered, `service.failed`
 */
export async function readPage(
  ask: (input: QueryCommandInput) => Promise<QueryCommandOutput>,
  tenantId: string,
  input: QueryCommandInput & { readonly TableName: string },
  start: Position | undefined,
): Promise<ReadPage> {
  const answer = await ask(start === undefined ? input : { ...input, ExclusiveStartKey: { ...start, [PARTITION_KEY]: tenantId } });
  const { Items: items, LastEvaluatedKey: last, ScannedCount } = answer;
  const next = last && (without(last, [PARTITION_KEY]) as Position);
  // A page that ends where it began would be followed by itself for ever.
  if (!Array.isArray(items) || (next !== undefined && isDeepStrictEqual(next, start))) {
    throw new TenantDataAccessError('service.failed', `Could not query table '${input.TableName}': the answer could not be read.`);
  }
  for (const item of last === undefined ? items : [...items, last]) assertReceived(item, tenantId, input.TableName);
  return { items, scannedCount: ScannedCount ?? items.length, next };
}
