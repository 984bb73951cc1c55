import { invalidRequest, quote } from '../errors';
import type { Placeholders } from './placeholders';

/** What a sort key may be: a string, a number or bytes. Strings are ordered by their bytes of UTF-8, `'A'` before `'a'`. */
export type SortKeyValue = string | number | bigint | Uint8Array;

/** What to compare a sort key of this type with. */
type Comparand<Value> = Value extends string
  ? string
  : Value extends number | bigint
    ? number | bigint
    : Value extends Uint8Array
      ? Uint8Array
      : SortKeyValue;

/** One of these alone. */
type OneOf<Choices> = {
  [Chosen in keyof Choices]: { readonly [Name in Chosen]: Choices[Name] } & Readonly<
    Partial<Record<Exclude<keyof Choices, Chosen>, never>>
  >;
}[keyof Choices];

interface Comparisons<Value> {
  equals: Value;
  lessThan: Value;
  atMost: Value;
  greaterThan: Value;
  atLeast: Value;
  /** From the first to the second, both included. */
  between: readonly [from: Value, to: Value];
}

interface Prefix<Value> {
  /** An empty prefix is that of every key. */
  beginsWith: Value;
}

/**
 * Which sort keys to read: one comparison, `beginsWith` for strings and bytes alone.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
 */
export type SortKeyRange<Value> = [Value] extends [number | bigint]
  ? OneOf<Comparisons<Comparand<Value>>>
  : OneOf<Comparisons<Comparand<Value>> & Prefix<Exclude<Comparand<Value>, number | bigint>>>;

const OPERATORS = new Map([
  ['equals', '='],
  ['lessThan', '<'],
  ['atMost', '<='],
  ['greaterThan', '>'],
  ['atLeast', '>='],
]);

const COMPARISONS = [...OPERATORS.keys(), 'between', 'beginsWith'].join(', ');

/**
 * The range as part of a key condition; undefined if every key is in it.
 *
 * @throws TenantDataAccessError `request.invalid`
 */
export function rangeCondition(attribute: string, range: object, placeholders: Placeholders): string | undefined {
  const [[name, given] = ['', undefined], ...more] = Object.entries(range).filter(([, value]) => value !== undefined);
  const operator = OPERATORS.get(name);
  const value = (part: unknown) => placeholders.value(sortKeyValue(part, attribute));
  if (more.length === 0) {
    if (operator !== undefined) return `${placeholders.name(attribute)} ${operator} ${value(given)}`;
    if (name === 'beginsWith') {
      return given === '' ? undefined : `begins_with(${placeholders.name(attribute)}, ${value(given)})`;
    }
    if (name === 'between' && Array.isArray(given) && given.length === 2) {
      return `${placeholders.name(attribute)} BETWEEN ${value(given[0])} AND ${value(given[1])}`;
    }
  }
  throw invalidRequest(`The range of '${attribute}' must be one of ${COMPARISONS}; 'between' takes an array of two.`);
}

function sortKeyValue(value: unknown, attribute: string): SortKeyValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint8Array) {
    return value;
  }
  throw invalidRequest(`${quote(value)} is no value of the sort key '${attribute}': give a string, a number or bytes.`);
}
