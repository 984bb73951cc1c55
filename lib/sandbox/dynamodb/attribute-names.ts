import { attributeNamed, type Token, tokensOf } from './expression-tokens';
import { type JsonObject, objectOf, textOf, textsOf } from './json-body';

const BY_NAME = ['Key', 'Item', 'AttributeUpdates', 'Expected', 'KeyConditions', 'QueryFilter', 'ScanFilter', 'ExclusiveStartKey'];
const EXPRESSIONS = [
  'ProjectionExpression',
  'ConditionExpression',
  'UpdateExpression',
  'FilterExpression',
  'KeyConditionExpression',
];
/** Words of expressions; all are reserved, so that no attribute is named by them but through a placeholder. */
const KEYWORDS = new Set(['and', 'or', 'not', 'in', 'between', 'set', 'remove', 'add', 'delete']);

/**
 * Names of the attributes that a part of a request writes, compares or asks for by name: of its keys and items, its lists, its expressions.
 * Of a path the first name counts.
 *
 * @throws AwsError `ValidationException` for an expression with other characters than expressions have, or a placeholder without a name
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function attributeNames(part: JsonObject): Set<string> {
  const found = new Set(textsOf(part, 'AttributesToGet') ?? []);
  for (const member of BY_NAME) {
    for (const name of Object.keys(objectOf(part, member) ?? {})) found.add(name);
  }
  const names = objectOf(part, 'ExpressionAttributeNames');
  for (const member of EXPRESSIONS) {
    const expression = textOf(part, member);
    if (expression === undefined) continue;
    for (const name of namesIn(tokensOf(expression, member), names, member)) found.add(name);
  }
  return found;
}

/** Whether a reading part says which attributes it wants, and those alone. */
export function hasProjection(part: JsonObject): boolean {
  return part['AttributesToGet'] !== undefined || part['ProjectionExpression'] !== undefined;
}

/** Whether a writing part may be answered with whole items. */
export function returnsItem(part: JsonObject): boolean {
  return [part['ReturnValues'], part['ReturnValuesOnConditionCheckFailure']].some(
    (asked) => asked !== undefined && asked !== 'NONE' && asked !== 'UPDATED_OLD' && asked !== 'UPDATED_NEW',
  );
}

function namesIn(tokens: readonly Token[], names: JsonObject | undefined, member: string): string[] {
  return tokens.flatMap(({ kind, text }, index) => {
    const isNested = tokens[index - 1]?.text === '.';
    const isFunction = tokens[index + 1]?.text === '(';
    if (kind === 'name') {
      const name = attributeNamed(text, names, member);
      return isNested ? [] : [name];
    }
    return kind !== 'word' || isNested || isFunction || KEYWORDS.has(text.toLowerCase()) ? [] : [text];
  });
}
