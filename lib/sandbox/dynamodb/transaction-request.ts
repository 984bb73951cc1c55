import { choiceOf, invalid, type JsonObject, objectOf, objectsOf, textOf } from './json-body';
import type { TableSchema } from './table-keys';

/** One part of a transaction. */
export interface TransactionPart {
  readonly kind: 'Get' | 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  readonly table: string;
  readonly input: JsonObject;
}

/** DynamoDB's limit. */
const MAX_PARTS = 100;

/**
 * The parts of a transaction.
 *
 * @throws AwsError `ValidationException` for none or more than 100, and for what is none of these kinds
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function transactionParts(body: JsonObject, kinds: readonly TransactionPart['kind'][]): readonly TransactionPart[] {
  const items = objectsOf(body, 'TransactItems') ?? [];
  if (items.length < 1 || items.length > MAX_PARTS) {
    throw invalid(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and ${MAX_PARTS}`,
    );
  }
  return items.map((item) => {
    const [kind, input] = choiceOf(item, kinds, 'A part of a transaction');
    const table = textOf(input, 'TableName');
    for (const member of kind === 'Update' ? ['UpdateExpression'] : kind === 'ConditionCheck' ? ['ConditionExpression'] : []) {
      if (textOf(input, member) === undefined) throw invalid(`The ${member} of ${kind} must not be null.`);
    }
    if (table === undefined || objectOf(input, kind === 'Put' ? 'Item' : 'Key') === undefined) {
      throw invalid(`TableName and ${kind === 'Put' ? 'Item' : 'Key'} of ${kind} must not be null.`);
    }
    return { kind, table, input };
  });
}

/** The key attributes of the item that a part is about, as they are given. */
export function keyOf({ kind, input }: TransactionPart, { partitionKey, sortKey }: TableSchema): JsonObject {
  const given = objectOf(input, kind === 'Put' ? 'Item' : 'Key');
  const names = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  return Object.fromEntries(names.map((name) => [name, given?.[name]]));
}
