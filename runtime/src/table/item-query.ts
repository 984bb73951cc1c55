import { QueryCommand, type QueryCommandInput, type QueryCommandOutput } from '@aws-sdk/lib-dynamodb';
import { PARTITION_KEY } from '../tenancy';
import { encodeCursor, type Position, unfitCursor } from './cursor';
import { readPage } from './query-page';
import type { QueryPlan } from './query-plan';
import type { TenantPartition } from './tenant-partition';
import { type StoredItem, without } from './tenant-item';

/** A page of a query. */
export interface QueryPage<Item> {
  readonly items: Item[];
  /** Where the next page begins, for the option `cursor`; undefined if there is none. With one, the next page may still be empty. */
  readonly cursor: string | undefined;
  /** Items in this page. */
  readonly count: number;
  /** Items that DynamoDB evaluated for it, before the filter. */
  readonly scannedCount: number;
}

/**
 * A query that is asked as it is read: nothing is sent before the first item or page is taken, and nothing after the last.
 *
 * @example
 * ```ts
 * for await (const order of orders.query({ dataId: { beginsWith: 'order#' } })) console.log(order.total);
 * ```
 */
export class ItemQuery<Item> implements AsyncIterable<Item> {
  readonly #partition: TenantPartition;
  readonly #plan: QueryPlan;

  /** Only `query` makes one. */
  constructor(partition: TenantPartition, plan: QueryPlan) {
    this.#partition = partition;
    this.#plan = plan;
  }

  /**
   * Item after item. Each loop begins anew.
   *
   * @throws TenantDataAccessError `access.denied`, `credentials.expired`, `request.aborted`, `request.invalid` for a cursor that does
   *   not fit, or any of `service.*`
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const { items } of this.pages()) yield* items;
  }

  /**
   * Page after page, as DynamoDB answers them. A page may be empty, with a filter.
   *
   * @throws TenantDataAccessError as the loop over items
   */
  async *pages(): AsyncGenerator<QueryPage<Item>, void, undefined> {
    let left = this.#plan.limit;
    let start = this.#plan.start;
    do {
      const { page, next } = await this.#read(start, left);
      yield page;
      left -= page.count;
      start = next;
    } while (start !== undefined && left > 0);
  }

  /**
   * The first page alone, in one request: what an HTTP API answers, with its cursor.
   *
   * @throws TenantDataAccessError as the loop over items
   */
  async page(): Promise<QueryPage<Item>> {
    return (await this.#read(this.#plan.start, this.#plan.limit)).page;
  }

  async #read(start: Position | undefined, left: number): Promise<{ page: QueryPage<Item>; next: Position | undefined }> {
    const { input, hidden, keyNames } = this.#plan;
    // What a filter drops does not count, so its pages may hold more than is left.
    const mostItems = Math.min(input.Limit ?? Infinity, input.FilterExpression === undefined ? left : Infinity);
    const { items, scannedCount, next } = await this.#partition.attempt(
      () => 'query the items',
      () =>
        readPage(
          (request) => this.#ask(request),
          this.#partition.signing.tenantId,
          { ...input, Limit: mostItems === Infinity ? undefined : mostItems },
          start,
        ),
    );
    const kept = items.slice(0, left);
    const last = kept.length < items.length ? positionOf(kept.at(-1) ?? {}, keyNames) : next;
    return {
      next: last,
      page: {
        items: kept.map((item) => without(item, [PARTITION_KEY, ...hidden]) as Item),
        cursor: last && encodeCursor(last, this.#plan),
        count: kept.length,
        scannedCount,
      },
    };
  }

  async #ask(input: QueryCommandInput): Promise<QueryCommandOutput> {
    const { start, abortSignal } = this.#plan;
    try {
      return await this.#partition.docClient.send(new QueryCommand(input), abortSignal && { abortSignal });
    } catch (error) {
      const aboutStart = error instanceof Error && error.name === 'ValidationException' && /start(ing)? key/i.test(error.message);
      throw start !== undefined && aboutStart ? unfitCursor() : error;
    }
  }
}

function positionOf(item: StoredItem, keyNames: readonly string[]): Position {
  return Object.fromEntries(keyNames.map((name) => [name, item[name]])) as Position;
}
