import type { ContextEntries } from '../../isolation';
import type { Permission, Place } from '../operation';
import { LEADING_KEYS, readingContext, requestContext, writingContext } from './item-context';
import { choiceOf, invalid, type JsonObject, objectOf, objectsOf } from './json-body';
import { keyText } from './key-value';
import { type TableAddress, tableAddress, tableOf } from './table-address';
import type { TableKeys } from './table-keys';

/** A part of a request that concerns one item, under the name of the action that it needs. */
type ItemAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';

/** Asks for the permissions of an operation. */
export type Mapping = (body: JsonObject, place: Place, keys: TableKeys) => Promise<readonly Permission[]> | readonly Permission[];

/** GetItem, PutItem, UpdateItem, DeleteItem. */
export function onItem(action: ItemAction): Mapping {
  return async (body, place, keys) => [await itemPermission(action, body, place, keys, requestContext(body))];
}

/**
 * The parts of a transaction, which has no action of its own.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 */
export function onItems(operation: string, actions: ReadonlyMap<string, ItemAction>): Mapping {
  return (body, place, keys) => {
    const context = requestContext(body, operation);
    const parts = atMost(MOST_ITEMS, objectsOf(body, 'TransactItems') ?? [], 'TransactItems');
    if (parts.length === 0) throw invalid('TransactItems must not be empty.');
    return Promise.all(
      parts.map((part) => {
        const [name, inner] = choiceOf(part, [...actions.keys()], 'A part of a transaction');
        return itemPermission(actions.get(name) ?? 'ConditionCheckItem', inner, place, keys, context);
      }),
    );
  };
}

export const READ_PARTS: ReadonlyMap<string, ItemAction> = new Map([['Get', 'GetItem']]);
export const WRITE_PARTS: ReadonlyMap<string, ItemAction> = new Map([
  ['Put', 'PutItem'],
  ['Update', 'UpdateItem'],
  ['Delete', 'DeleteItem'],
  ['ConditionCheck', 'ConditionCheckItem'],
]);

async function itemPermission(
  action: ItemAction,
  part: JsonObject,
  place: Place,
  keys: TableKeys,
  context: ContextEntries,
): Promise<Permission> {
  const table = tableOf(part, place);
  const attributes = objectOf(part, action === 'PutItem' ? 'Item' : 'Key');
  const own = action === 'GetItem' ? readingContext(part) : writingContext([part]);
  const leading = await leadingKeys(table, [attributes], place, keys);
  return permission(action, table, { ...context, ...own, ...leading });
}

/** One permission a table, with the keys of all its items: a batch is allowed whole or not at all. */
export const batchGet: Mapping = (body, place, keys) => {
  const context = requestContext(body);
  const items = itemsOf(body);
  return Promise.all(
    Object.keys(items).map(async (name) => {
      const table = tableAddress(name, place);
      const wanted = objectOf(items, name) ?? NOTHING;
      const itemKeys = atMost(MOST_ITEMS, objectsOf(wanted, 'Keys') ?? [], 'Keys');
      const leading = await leadingKeys(table, itemKeys, place, keys);
      return permission('BatchGetItem', table, { ...context, ...readingContext(wanted, itemKeys), ...leading });
    }),
  );
};

/** As above. */
export const batchWrite: Mapping = (body, place, keys) => {
  const context = requestContext(body);
  const items = itemsOf(body);
  return Promise.all(
    Object.keys(items).map(async (name) => {
      const table = tableAddress(name, place);
      const requests = atMost(MOST_ITEMS, objectsOf(items, name) ?? [], 'RequestItems').map((request) =>
        choiceOf(request, ['PutRequest', 'DeleteRequest'], 'A write request'),
      );
      const parts = requests.map(([, part]) => part);
      const written = requests.map(([kind, part]) => objectOf(part, kind === 'PutRequest' ? 'Item' : 'Key'));
      const leading = await leadingKeys(table, written, place, keys);
      return permission('BatchWriteItem', table, { ...context, ...writingContext(parts), ...leading });
    }),
  );
};

const NOTHING: JsonObject = {};

function itemsOf(body: JsonObject): JsonObject {
  const items = objectOf(body, 'RequestItems') ?? NOTHING;
  if (atMost(MOST_ITEMS, Object.keys(items), 'RequestItems').length === 0) throw invalid('RequestItems must not be empty.');
  return items;
}

/** DynamoDB's limit for batches that read and for transactions. */
const MOST_ITEMS = 100;

/** What is too much is refused before anybody is asked about each part of it. @throws AwsError `ValidationException` */
export function atMost<Part>(most: number, parts: readonly Part[], member: string): readonly Part[] {
  if (parts.length <= most) return parts;
  throw invalid(
    `1 validation error detected: ${member} failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
}

function permission(action: string, { arn }: TableAddress, context: ContextEntries): Permission {
  return { action: `dynamodb:${action}`, resource: arn, owner: arn, context };
}

/** Partition keys of items, or of their keys; none if there is no such table. */
async function leadingKeys(
  { name, here }: TableAddress,
  items: readonly (JsonObject | undefined)[],
  { region }: Place,
  keys: TableKeys,
): Promise<ContextEntries> {
  const schema = here ? await keys.of(name, region) : undefined;
  if (schema === undefined) return { [LEADING_KEYS]: undefined };
  const values = items.map((item) => keyText(item?.[schema.partitionKey]));
  return { [LEADING_KEYS]: [...new Set(values)] };
}
