import type { ExpressionParameters } from './placeholders';
import type { ReadOptions } from './read-options';
import type { SortKeyRange, SortKeyValue } from './sort-key-range';
import type { Attribute, AttributeName } from './tenant-item';

/** Names of the attributes that an index may sort by. */
type SortableName<Item> = {
  [Name in AttributeName<Item>]: unknown extends Attribute<Item, Name>
    ? Name
    : NonNullable<Attribute<Item, Name>> extends SortKeyValue
      ? Name
      : never;
}[AttributeName<Item>];

/** A tenant-leading index, and which of its sort keys to read. */
export type IndexRange<Item> = {
  [Name in SortableName<Item>]: {
    /** Name of the index. */
    readonly name: string;
    /** The attribute that the index sorts by. */
    readonly sortKey: Name;
    /**
     * Which sort keys to read.
     *
     * @default - all of them
     */
    readonly range?: SortKeyRange<unknown extends Attribute<Item, Name> ? unknown : NonNullable<Attribute<Item, Name>>> | undefined;
  };
}[SortableName<Item>];

/**
 * Which of the tenant's items to read.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
 */
export type QueryOptions<Item, Name extends AttributeName<Item> = AttributeName<Item>> = QueryBounds<Name> &
  (
    | {
        /**
         * Which data ids to read: `{ beginsWith: 'order#' }`. Not together with `index`.
         *
         * @default - all of them
         */
        readonly dataId?: SortKeyRange<string> | undefined;
        readonly index?: undefined;
      }
    | {
        /** A tenant-leading index to read instead of the table: `{ name: 'by-total', sortKey: 'total', range: { atLeast: 5 } }`. */
        readonly index: IndexRange<Item>;
        readonly dataId?: undefined;
      }
  );

/** How to read them. */
export interface QueryBounds<Name extends string> extends ReadOptions<Name>, ExpressionParameters {
  /**
   * An expression that drops items after they were read: it saves no read capacity.
   *
   * @default - none is dropped
   * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
   */
  readonly filter?: string | undefined;
  /**
   * Order of the sort key.
   *
   * @default 'ascending'
   */
  readonly order?: 'ascending' | 'descending' | undefined;
  /**
   * Items to give in all, 1 or more. Without a filter no more than these are read.
   *
   * @default - all there are
   */
  readonly limit?: number | undefined;
  /**
   * Items that DynamoDB evaluates for one page, 1 or more, before the filter.
   *
   * @default - up to 1 MB a page, DynamoDB's limit
   */
  readonly pageSize?: number | undefined;
  /**
   * Where to begin: the `cursor` of a page of the same query. It holds data ids in plain base64url, and no tenant: whoever sends it
   * reads their own.
   *
   * @default - at the beginning
   */
  readonly cursor?: string | undefined;
}

/** An index of items of any type. */
export interface AnyIndexRange {
  readonly name: string;
  readonly sortKey: string;
  readonly range?: object | undefined;
}

/** A query of items of any type. */
export interface AnyQueryOptions extends QueryBounds<string> {
  readonly dataId?: object | undefined;
  readonly index?: AnyIndexRange | undefined;
}
