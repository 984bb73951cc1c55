import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { COUNT, oneOf, type OptionRule, type OptionRules, readOptions, textOf } from '../call-options';
import { isTableName, TABLE_NAMES } from '../config';
import { invalidRequest } from '../errors';
import { PARTITION_KEY, SORT_KEY } from '../tenancy';
import { decodeCursor, type Position, type QueryTarget } from './cursor';
import { EXPRESSION, RECORD } from './option-rules';
import { PARAMETERS, Placeholders } from './placeholders';
import type { AnyIndexRange, AnyQueryOptions } from './query-options';
import { READ } from './read-options';
import { rangeCondition } from './sort-key-range';

export const INDEX_NAME: OptionRule<string> = {
  allowed: `the name of an index, ${TABLE_NAMES}`,
  read: (value) => (isTableName(value) ? value : undefined),
};
const INDEX: OptionRules<AnyIndexRange> = {
  name: INDEX_NAME,
  sortKey: {
    allowed: 'the attribute that the index sorts by',
    read: (value) => (typeof value === 'string' && value !== '' && value !== PARTITION_KEY ? value : undefined),
  },
  range: RECORD,
};
const QUERY: OptionRules<AnyQueryOptions> = {
  ...READ,
  ...PARAMETERS,
  dataId: RECORD,
  index: {
    allowed: "an object with 'name' and 'sortKey'",
    read: (value) => {
      const index = readOptions(value as Partial<AnyIndexRange>, INDEX, "'index'");
      return index.name === undefined || index.sortKey === undefined ? undefined : (index as AnyIndexRange);
    },
  },
  filter: EXPRESSION,
  order: oneOf('ascending', 'descending'),
  limit: COUNT,
  pageSize: COUNT,
  cursor: textOf(/^/, 'the cursor of a page'),
};

/** A query, checked and ready to be asked page after page. */
export interface QueryPlan extends QueryTarget {
  readonly input: QueryCommandInput & { readonly TableName: string };
  readonly limit: number;
  readonly start: Position | undefined;
  /** Attributes that are read for this package alone. */
  readonly hidden: readonly string[];
  readonly abortSignal: AbortSignal | undefined;
}

/** @throws TenantDataAccessError `request.invalid` */
export function planQuery(tableName: string, tenantId: string, given: AnyQueryOptions | undefined): QueryPlan {
  const options = readOptions(given, QUERY);
  const { index, projection, order, limit, pageSize, consistentRead, cursor, abortSignal } = options;
  if (index !== undefined && options.dataId !== undefined) {
    throw invalidRequest("'dataId' and 'index' exclude each other: the range of an index stands in it.");
  }
  const sortKey = index === undefined ? SORT_KEY : index.sortKey;
  const placeholders = new Placeholders(options);
  const target = { indexName: index?.name, keyNames: [...new Set([SORT_KEY, sortKey])] };
  return {
    ...target,
    input: {
      TableName: tableName,
      IndexName: index?.name,
      ConsistentRead: consistentRead,
      Limit: pageSize,
      ScanIndexForward: order === 'descending' ? false : undefined,
      KeyConditionExpression: keyCondition(tenantId, sortKey, index?.range ?? options.dataId, placeholders),
      FilterExpression: options.filter,
      ProjectionExpression: projection && placeholders.projection([...projection, ...target.keyNames]),
      ...placeholders.parameters,
    },
    limit: limit ?? Infinity,
    start: cursor === undefined ? undefined : decodeCursor(cursor, target),
    hidden: projection === undefined ? [] : target.keyNames.filter((name) => !projection.includes(name)),
    abortSignal,
  };
}

/** The tenant's partition, and of it what the range of the sort key holds. */
export function keyCondition(tenantId: string, sortKey: string, range: object | undefined, placeholders: Placeholders): string {
  const partition = `${placeholders.name(PARTITION_KEY)} = ${placeholders.value(tenantId)}`;
  const within = range === undefined ? undefined : rangeCondition(sortKey, range, placeholders);
  return within === undefined ? partition : `${partition} AND ${within}`;
}
