import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Abortable, readOptions } from '../call-options';
import { quote } from '../errors';
import type { SigningSession } from '../session/signing-session';
import { PARTITION_KEY } from '../tenancy';
import { batchGet, type BatchGetResult } from './batch-get';
import { batchWrite, type BatchWriteResult, type BatchWrites } from './batch-write';
import { ItemQuery } from './item-query';
import { projectionOf } from './placeholders';
import type { QueryOptions } from './query-options';
import { planQuery } from './query-plan';
import { READ, type ReadOptions } from './read-options';
import type { AttributeName, NewItem, Projected, TenantItem } from './tenant-item';
import { TenantPartition } from './tenant-partition';
import type { TransactWrite } from './transact-operation';
import { transactGet, transactWrite, type TransactWriteOptions } from './transaction';
import type { ItemChanges } from './update-expression';
import { keyRequest, putRequest, REPLACE, UPDATE, updateRequest, type UpdateReturn, type WriteOptions } from './write-requests';

/** What a put or delete gives back: the item as it was, if asked for and if there was one. */
export type Replaced<Item, Returned> = Returned extends 'ALL_OLD' ? TenantItem<Item> | undefined : undefined;

/** What an update gives back; of the attributes changed, those that there are. */
export type Updated<Item, Returned> = Returned extends 'ALL_NEW'
  ? TenantItem<Item>
  : Returned extends 'UPDATED_NEW' | 'UPDATED_OLD'
    ? Partial<TenantItem<Item>>
    : Replaced<Item, Returned>;

/**
 * One tenant's items in the table. The tenant key is put into every request and taken out of every answer, so that no argument can name
 * another tenant, and an item that was read can be put again. Items are marshalled as the DocumentClient does it.
 *
 * All calls throw `TenantDataAccessError`s: `request.invalid` and `tenant.invalid` for arguments, before anything is sent;
 * `tenant.mismatch` for another tenant's item; `access.denied`, `credentials.expired`, `request.aborted`, `session.closed` and any of
 * `service.*`.
 *
 * @example
 * ```ts
 * const orders = session.table<Order>();
 * await orders.put({ dataId: 'order#1', total: 12.5 }, { condition: 'attribute_not_exists(dataId)' });
 * for await (const order of orders.query({ dataId: { beginsWith: 'order#' } })) console.log(order.total);
 * ```
 */
export class TenantTable<Item extends object> {
  readonly #partition: TenantPartition;

  /** Only `table` of a session makes one. */
  constructor(signing: SigningSession, docClient: DynamoDBDocumentClient, tableName: string) {
    this.#partition = new TenantPartition(signing, docClient, tableName);
  }

  /** The tenant whose items these are. */
  get tenantId(): string {
    return this.#partition.signing.tenantId;
  }

  get tableName(): string {
    return this.#partition.tableName;
  }

  /**
   * Reads an item.
   *
   * @param dataId 1-1,024 bytes of UTF-8, as everywhere.
   * @returns the item, or of it the attributes of the projection; undefined if there is none.
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
   */
  async get<Name extends AttributeName<Item> = never>(
    dataId: string,
    options?: ReadOptions<Name>,
  ): Promise<Projected<Item, Name> | undefined> {
    const { projection, consistentRead, abortSignal } = readOptions<ReadOptions<string>>(options, READ);
    const partition = this.#partition;
    const command = new GetCommand({
      TableName: partition.tableName,
      Key: partition.key(dataId),
      ...(consistentRead !== undefined && { ConsistentRead: consistentRead }),
      ...(projection && projectionOf(projection)),
    });
    return partition.attempt(
      () => `read the item ${quote(dataId)}`,
      async () => {
        const { Item: item } = await partition.docClient.send(command, abortSignal && { abortSignal });
        return item && (partition.received(item) as Projected<Item, Name>);
      },
    );
  }

  /**
   * Writes a whole item, in place of the one with its `dataId` if there is one.
   *
   * @throws TenantDataAccessError `condition.failed`, and as all calls
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
   */
  async put<Returned extends 'ALL_OLD' | undefined = undefined>(
    item: NewItem<Item>,
    options?: WriteOptions<'ALL_OLD'> & { readonly returnValues?: Returned },
  ): Promise<Replaced<Item, Returned>> {
    const checked = readOptions<WriteOptions<'ALL_OLD'>>(options, REPLACE);
    const { returnValues, abortSignal } = checked;
    const partition = this.#partition;
    const stored = partition.toStore(item);
    const command = new PutCommand({
      ...putRequest(partition, stored, checked),
      ...(returnValues && { ReturnValues: returnValues }),
    });
    return partition.attempt(
      () => `put the item ${quote(stored.dataId)}`,
      async () => {
        const { Attributes: old } = await partition.docClient.send(command, abortSignal && { abortSignal });
        return (old && partition.received(old)) as Replaced<Item, Returned>;
      },
    );
  }

  /**
   * Changes attributes of an item. If there is none it makes one, unless the condition says otherwise: `attribute_exists(dataId)`.
   *
   * @throws TenantDataAccessError `condition.failed`, and as all calls
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
   */
  async update<Returned extends UpdateReturn | undefined = undefined>(
    dataId: string,
    changes: ItemChanges<Item>,
    options?: WriteOptions<UpdateReturn> & { readonly returnValues?: Returned },
  ): Promise<Updated<Item, Returned>> {
    const checked = readOptions<WriteOptions<UpdateReturn>>(options, UPDATE);
    const { returnValues, abortSignal } = checked;
    const partition = this.#partition;
    const request = updateRequest(partition, dataId, changes, checked);
    const command = new UpdateCommand({ ...request, ...(returnValues && { ReturnValues: returnValues }) });
    return partition.attempt(
      () => `update the item ${quote(dataId)}`,
      async () => {
        const { Attributes: attributes } = await partition.docClient.send(command, abortSignal && { abortSignal });
        if (returnValues?.startsWith('UPDATED') !== true) {
          return (attributes && partition.received(attributes)) as Updated<Item, Returned>;
        }
        // Of the changed attributes alone no key is answered.
        const changed = attributes !== undefined && PARTITION_KEY in attributes ? partition.received(attributes) : attributes;
        return (changed ?? {}) as Updated<Item, Returned>;
      },
    );
  }

  /**
   * Deletes an item. That there is none is no error, unless the condition says so: `attribute_exists(dataId)`.
   *
   * @throws TenantDataAccessError `condition.failed`, and as all calls
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html
   */
  async delete<Returned extends 'ALL_OLD' | undefined = undefined>(
    dataId: string,
    options?: WriteOptions<'ALL_OLD'> & { readonly returnValues?: Returned },
  ): Promise<Replaced<Item, Returned>> {
    const checked = readOptions<WriteOptions<'ALL_OLD'>>(options, REPLACE);
    const { returnValues, abortSignal } = checked;
    const partition = this.#partition;
    const command = new DeleteCommand({
      ...keyRequest(partition, dataId, checked),
      ...(returnValues && { ReturnValues: returnValues }),
    });
    return partition.attempt(
      () => `delete the item ${quote(dataId)}`,
      async () => {
        const { Attributes: old } = await partition.docClient.send(command, abortSignal && { abortSignal });
        return (old && partition.received(old)) as Replaced<Item, Returned>;
      },
    );
  }

  /**
   * Reads the tenant's items in the order of the sort key: all, a range of data ids, or a range of an index.
   *
   * @returns a query that is asked as it is read: `for await` over items, `pages()`, or `page()` for one.
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
   */
  query<Name extends AttributeName<Item> = never>(options?: QueryOptions<Item, Name>): ItemQuery<Projected<Item, Name>> {
    return new ItemQuery(this.#partition, planQuery(this.tableName, this.tenantId, options));
  }

  /**
   * Reads any number of items, 100 a request and four requests at a time. What DynamoDB leaves over is asked for again, up to eight
   * times, with exponential back-off.
   *
   * @param dataIds one named twice is read once.
   * @throws TenantDataAccessError if nothing could be read at all; else the result tells what is unprocessed, and why
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
   */
  async batchGet<Name extends AttributeName<Item> = never>(
    dataIds: readonly string[],
    options?: ReadOptions<Name>,
  ): Promise<BatchGetResult<Projected<Item, Name>>> {
    return batchGet(this.#partition, dataIds, options);
  }

  /**
   * Puts and deletes any number of items, 25 a request and four requests at a time. What DynamoDB leaves over is sent again, up to eight
   * times, with exponential back-off. It is no transaction: some items may be written when others are not.
   *
   * @throws TenantDataAccessError `request.invalid` if an item is named twice; if nothing could be written at all, why; else the result
   *   tells what is unprocessed, and why
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
   */
  async batchWrite(writes: BatchWrites<Item>, options?: Abortable): Promise<BatchWriteResult<Item>> {
    return batchWrite(this.#partition, writes, options);
  }

  /**
   * Reads 1-100 items as they are at one moment.
   *
   * @returns the items in the order asked for, undefined for each that there is not.
   * @throws TransactionCanceledError `transaction.conflict` if one of them is being written
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactGetItems.html
   */
  async transactGet<Name extends AttributeName<Item> = never>(
    dataIds: readonly string[],
    options?: Omit<ReadOptions<Name>, 'consistentRead'>,
  ): Promise<(Projected<Item, Name> | undefined)[]> {
    return transactGet(this.#partition, dataIds, options);
  }

  /**
   * Writes 1-100 items, all or none, each under its condition if it has one.
   *
   * @throws TransactionCanceledError `condition.failed`, `transaction.conflict`, ...; `canceledBy` tells which operations it was
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
   */
  async transactWrite(operations: readonly TransactWrite<Item>[], options?: TransactWriteOptions): Promise<void> {
    await transactWrite(this.#partition, operations, options);
  }
}
