import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { readOptions } from '../call-options';
import type { TenantDataAccessError } from '../errors';
import { SORT_KEY } from '../tenancy';
import { backOff, leftOf, sendInChunks } from './batch';
import { listOf } from './option-rules';
import { projectionOf } from './placeholders';
import { READ, type ReadOptions } from './read-options';
import { dataIdOf, type StoredItem } from './tenant-item';
import type { TenantPartition } from './tenant-partition';

/** DynamoDB's limit for one request. */
const MAX_KEYS = 100;

/** What was read of a batch. */
export interface BatchGetResult<Item> {
  /** The items there are, in the order asked for. */
  readonly items: Item[];
  /** Data ids of which it is not known whether there is an item: ask for them again. */
  readonly unprocessed: string[];
  /** Why some are unprocessed; undefined if DynamoDB only left them over, or none is. */
  readonly error: TenantDataAccessError | undefined;
}

export async function batchGet<Item>(
  partition: TenantPartition,
  dataIds: readonly string[],
  given: ReadOptions<string> | undefined,
): Promise<BatchGetResult<Item>> {
  const { projection, consistentRead, abortSignal } = readOptions(given, READ);
  const asked = [...new Set(listOf(dataIds, 'dataIds'))];
  for (const dataId of asked) partition.key(dataId);
  const projected = projection && projectionOf([...projection, SORT_KEY]);
  const hidden = projection === undefined || projection.includes(SORT_KEY) ? [] : [SORT_KEY];
  const found = new Map<string, Item>();
  const { tableName } = partition;

  const send = (chunk: readonly string[]) =>
    partition.attempt(doing, async () => {
      const request = { Keys: chunk.map((dataId) => partition.key(dataId)), ConsistentRead: consistentRead, ...projected };
      const answer = await partition.docClient.send(new BatchGetCommand({ RequestItems: { [tableName]: request } }), {
        abortSignal,
      });
      if (answer.Responses === undefined) throw partition.unreadable(doing());
      for (const item of (answer.Responses[tableName] ?? []) as StoredItem[]) {
        found.set(dataIdOf(item) ?? '', partition.received(item, hidden) as Item);
      }
      const left = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys = [] }) => Keys.map(dataIdOf));
      return leftOf(chunk, left, () => partition.unreadable(doing()));
    });
  const { unprocessed, error } = await sendInChunks(asked, MAX_KEYS, send, async (attempt) => {
    partition.signing.tell();
    await backOff(attempt, abortSignal);
  });
  return { items: asked.flatMap((dataId) => found.get(dataId) ?? []), unprocessed, error };
}

function doing(): string {
  return 'read a batch of items';
}
