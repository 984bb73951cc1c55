import { TransactGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { createHash } from 'node:crypto';
import { ABORT_SIGNAL, type Abortable, type OptionRules, readOptions, textOf } from '../call-options';
import { invalidRequest } from '../errors';
import { assertDistinct, listOf } from './option-rules';
import { projectionOf } from './placeholders';
import { PROJECTION, type ReadOptions } from './read-options';
import type { TenantPartition } from './tenant-partition';
import { type AnyOperation, operationOf } from './transact-operation';
import { codedCancellation } from './transaction-canceled';

/** Options of a transaction that writes. */
export interface TransactWriteOptions extends Abortable {
  /**
   * A text that names this transaction, among those of this tenant in this table: given again within ten minutes, it is not done
   * twice; with other operations it is refused with `request.invalid`.
   *
   * @default - one that the SDK makes for each call, so that its own attempts do it once
   */
  readonly idempotencyToken?: string | undefined;
}

/** DynamoDB's limit for one transaction. */
const MAX_OPERATIONS = 100;
const MAX_TOKEN_LENGTH = 36;

const GET: OptionRules<Omit<ReadOptions<string>, 'consistentRead'>> = { projection: PROJECTION, abortSignal: ABORT_SIGNAL };
const WRITE: OptionRules<TransactWriteOptions> = {
  idempotencyToken: textOf(/^./s, 'a string that is not empty'),
  abortSignal: ABORT_SIGNAL,
};

export async function transactGet<Item>(
  partition: TenantPartition,
  given: readonly string[],
  options: Omit<ReadOptions<string>, 'consistentRead'> | undefined,
): Promise<(Item | undefined)[]> {
  const { projection, abortSignal } = readOptions(options, GET);
  const dataIds = listOf(given, 'dataIds');
  assertOperations(dataIds);
  const projected = projection && projectionOf(projection);
  const gets = dataIds.map((dataId) => ({ Get: { TableName: partition.tableName, Key: partition.key(dataId), ...projected } }));
  const doing = () => `read ${dataIds.length} items in a transaction`;

  return partition.attempt(doing, async () => {
    const { Responses: responses } = await partition.docClient
      .send(new TransactGetCommand({ TransactItems: gets }), abortSignal && { abortSignal })
      .catch((error: unknown) => {
        throw codedCancellation(error, partition.inPlace(doing()), dataIds);
      });
    if (responses?.length !== dataIds.length) throw partition.unreadable(doing());
    return responses.map(({ Item: item }) => item && (partition.received(item) as Item));
  });
}

export async function transactWrite(
  partition: TenantPartition,
  given: readonly AnyOperation[],
  options: TransactWriteOptions | undefined,
): Promise<void> {
  const { idempotencyToken, abortSignal } = readOptions(options, WRITE);
  const operations = listOf(given, 'operations').map((operation) => operationOf(partition, operation));
  const dataIds = operations.map(({ dataId }) => dataId);
  assertOperations(dataIds);
  const doing = () => `write ${dataIds.length} items in a transaction`;
  const command = new TransactWriteCommand({
    TransactItems: operations.map(({ request }) => request),
    ClientRequestToken: idempotencyToken === undefined ? undefined : scopedToken(partition, idempotencyToken),
  });

  await partition.attempt(doing, () =>
    partition.docClient.send(command, abortSignal && { abortSignal }).catch((error: unknown) => {
      throw codedCancellation(error, partition.inPlace(doing()), dataIds);
    }),
  );
}

/** DynamoDB keeps tokens for a whole account: of two tenants that give the same, one would be refused on account of the other. */
function scopedToken({ signing, tableName }: TenantPartition, token: string): string {
  // As UTF-16, in which no two strings are alike.
  const digest = createHash('sha256').update(`${signing.tenantId}/${tableName}/${token}`, 'utf16le').digest('base64url');
  return digest.slice(0, MAX_TOKEN_LENGTH);
}

function assertOperations(dataIds: readonly string[]): void {
  if (dataIds.length < 1 || dataIds.length > MAX_OPERATIONS) {
    throw invalidRequest(`A transaction takes 1-${MAX_OPERATIONS} items, given were ${dataIds.length}.`);
  }
  assertDistinct(dataIds);
}
