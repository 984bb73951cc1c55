import type { ContextEntries } from '../../isolation';
import type { Permission, Place } from '../operation';
import { LEADING_KEYS, readingContext, requestContext } from './item-context';
import type { Mapping } from './item-operations';
import { invalid, type JsonObject, objectOf, textOf } from './json-body';
import { keyConditionsOf } from './key-condition';
import { keyText } from './key-value';
import { indexArn, type TableAddress, tableOf } from './table-address';
import type { TableKeys } from './table-keys';

/** A query reads one partition of a table or an index, and says which. */
export const query: Mapping = async (body, place, keys) => [
  readPermission('Query', body, place, await partitionRead(body, tableOf(body, place), place, keys)),
];

/** A scan reads whatever partition there is: it has no leading key. */
export const scan: Mapping = (body, place) => [readPermission('Scan', body, place, { [LEADING_KEYS]: undefined })];

function readPermission(action: string, body: JsonObject, place: Place, leading: ContextEntries): Permission {
  const table = tableOf(body, place);
  const index = textOf(body, 'IndexName');
  return {
    action: `dynamodb:${action}`,
    resource: index === undefined ? table.arn : indexArn(table, index),
    owner: table.arn,
    context: { ...requestContext(body), ...readingContext(body), ...leading },
  };
}

/**
 * The leading key of a query: what it sets the partition key equal to, of an index that index's key.
 *
 * @throws AwsError `ValidationException` if it does not name one partition
 */
async function partitionRead(
  body: JsonObject,
  { name, here }: TableAddress,
  { region }: Place,
  keys: TableKeys,
): Promise<ContextEntries> {
  const conditions = keyConditionsOf(body);
  const partitionKeys = here ? await partitionKeysOf(name, textOf(body, 'IndexName'), region, keys) : undefined;
  const [partitionKey, ...others] = partitionKeys ?? [];
  if (partitionKey === undefined) return { [LEADING_KEYS]: undefined };
  // Of an index whose partition key is several attributes it is not documented what the key holds.
  if (others.length > 0) return {};
  const condition = conditions.get(partitionKey);
  if (condition?.operator !== '=') throw invalid(`Query condition missed key schema element: ${partitionKey}`);
  const value = keyText(condition.values[0]);
  const start = objectOf(body, 'ExclusiveStartKey');
  if (start !== undefined && keyText(start[partitionKey]) !== value) {
    throw invalid('The provided starting key is outside query boundaries based on provided conditions');
  }
  return { [LEADING_KEYS]: value };
}

/** None if there is no such table, or index. */
async function partitionKeysOf(
  table: string,
  index: string | undefined,
  region: string,
  keys: TableKeys,
): Promise<readonly string[] | undefined> {
  const schema = await keys.of(table, region);
  if (index === undefined) return schema && [schema.partitionKey];
  const known = schema?.indexes.get(index);
  if (known !== undefined || schema === undefined) return known?.partitionKeys;
  // It may have been made since.
  keys.forget(table);
  return (await keys.of(table, region))?.indexes.get(index)?.partitionKeys;
}
