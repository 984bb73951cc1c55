import type { ContextEntries } from '../../isolation';
import { attributeNames, hasProjection, returnsItem } from './attribute-names';
import { type JsonObject, textOf } from './json-body';

/** Condition keys of DynamoDB. */
export const LEADING_KEYS = 'dynamodb:LeadingKeys';
export const ATTRIBUTES = 'dynamodb:Attributes';
export const SELECT = 'dynamodb:Select';
export const RETURN_VALUES = 'dynamodb:ReturnValues';
export const RETURN_CONSUMED_CAPACITY = 'dynamodb:ReturnConsumedCapacity';
export const ENCLOSING_OPERATION = 'dynamodb:EnclosingOperation';
export const FULL_TABLE_SCAN = 'dynamodb:FullTableScan';

const OF_REQUESTS: ContextEntries = {
  [SELECT]: undefined,
  [RETURN_VALUES]: undefined,
  [RETURN_CONSUMED_CAPACITY]: undefined,
  [ENCLOSING_OPERATION]: undefined,
  [FULL_TABLE_SCAN]: undefined,
};

/** All of them absent, as for what works on whole tables. */
export const NO_KEYS: ContextEntries = { ...OF_REQUESTS, [LEADING_KEYS]: undefined, [ATTRIBUTES]: undefined };

/**
 * What is the same for every part of a request: capacity, the operation around it. Of leading keys and attributes it says nothing, which
 * leaves conditions on them undecided; an entry that is `undefined` says that a key is absent.
 *
 * @param enclosing the transaction that its parts are authorised in place of
 */
export function requestContext(body: JsonObject, enclosing?: string): ContextEntries {
  return { ...OF_REQUESTS, [RETURN_CONSUMED_CAPACITY]: textOf(body, 'ReturnConsumedCapacity'), [ENCLOSING_OPERATION]: enclosing };
}

/**
 * What a reading part asks for. If it names no attributes, it may get any: a condition on `dynamodb:Attributes` stays undecided.
 *
 * @param keys of the items, if the part does not hold them as `Key`
 */
export function readingContext(part: JsonObject, keys: readonly JsonObject[] = []): ContextEntries {
  const select = textOf(part, 'Select') ?? defaultSelect(part);
  const parts = [part, ...keys.map((key) => ({ Key: key }))];
  return { [SELECT]: select, ...attributes(parts, hasProjection(part) || select === 'COUNT') };
}

function defaultSelect(part: JsonObject): string {
  if (hasProjection(part)) return 'SPECIFIC_ATTRIBUTES';
  return part['IndexName'] === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
}

/** What writing parts change, compare and get back. */
export function writingContext(parts: readonly JsonObject[]): ContextEntries {
  const asked = parts.flatMap((part) => [textOf(part, 'ReturnValues'), textOf(part, 'ReturnValuesOnConditionCheckFailure')]);
  const values = [...new Set(asked.filter((each) => each !== undefined))];
  return { [RETURN_VALUES]: values, ...attributes(parts, !parts.some(returnsItem)) };
}

function attributes(parts: readonly JsonObject[], known: boolean): ContextEntries {
  const names = parts.flatMap((part) => [...attributeNames(part)]);
  return known ? { [ATTRIBUTES]: [...new Set(names)] } : {};
}
