import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { ABORT_SIGNAL, type Abortable, type OptionRules, readOptions } from '../call-options';
import type { TenantDataAccessError } from '../errors';
import { backOff, leftOf, sendInChunks } from './batch';
import { assertDistinct, LIST } from './option-rules';
import { dataIdOf, type NewItem, type TenantItem } from './tenant-item';
import type { TenantPartition } from './tenant-partition';

/** DynamoDB's limit for one request. */
const MAX_WRITES = 25;

/** What to write in a batch. Each item is written by itself: some may be when others are not. */
export interface BatchWrites<Item> {
  /**
   * Items to put.
   *
   * @default - none
   */
  readonly put?: readonly NewItem<Item>[] | undefined;
  /**
   * Data ids of items to delete.
   *
   * @default - none
   */
  readonly delete?: readonly string[] | undefined;
}

/** What was not written of a batch, in the form of `BatchWrites`, so that it can be given again. */
export interface BatchWriteResult<Item> {
  readonly unprocessed: { readonly put: (TenantItem<Item> & { readonly dataId: string })[]; readonly delete: string[] };
  /** Why some are unprocessed; undefined if DynamoDB only left them over, or none is. */
  readonly error: TenantDataAccessError | undefined;
}

const WRITES: OptionRules<BatchWrites<object>> = { put: LIST, delete: LIST };

export async function batchWrite<Item>(
  partition: TenantPartition,
  given: BatchWrites<Item>,
  options: Abortable | undefined,
): Promise<BatchWriteResult<Item>> {
  const writes = readOptions(given as BatchWrites<object>, WRITES, 'The writes');
  const { abortSignal } = readOptions(options, { abortSignal: ABORT_SIGNAL });
  const puts = (writes.put ?? []).map((item) => partition.toStore(item));
  const deletes = (writes.delete ?? []).map((dataId) => partition.key(dataId));
  const dataIds = [...puts, ...deletes].map(({ dataId }) => dataId);
  assertDistinct(dataIds);
  const requests = new Map<
    string,
    { PutRequest: { Item: Record<string, unknown> } } | { DeleteRequest: { Key: Record<string, string> } }
  >();
  for (const item of puts) requests.set(item.dataId, { PutRequest: { Item: item } });
  for (const key of deletes) requests.set(key.dataId, { DeleteRequest: { Key: key } });
  const { tableName } = partition;

  const send = (chunk: readonly string[]) =>
    partition.attempt(doing, async () => {
      const input = { RequestItems: { [tableName]: chunk.flatMap((dataId) => requests.get(dataId) ?? []) } };
      const answer = await partition.docClient.send(new BatchWriteCommand(input), abortSignal && { abortSignal });
      const left = Object.values(answer.UnprocessedItems ?? {})
        .flat()
        .map(({ PutRequest: put, DeleteRequest: removal }) => dataIdOf(put?.Item ?? removal?.Key));
      return leftOf(chunk, left, () => partition.unreadable(doing()));
    });
  const { unprocessed, error } = await sendInChunks(dataIds, MAX_WRITES, send, async (attempt) => {
    partition.signing.tell();
    await backOff(attempt, abortSignal);
  });
  const left = new Set(unprocessed);
  return {
    unprocessed: {
      put: puts
        .filter(({ dataId }) => left.has(dataId))
        .map((item) => partition.received(item) as TenantItem<Item> & { dataId: string }),
      delete: deletes.map(({ dataId }) => dataId).filter((dataId) => left.has(dataId)),
    },
    error,
  };
}

function doing(): string {
  return 'write a batch of items';
}
