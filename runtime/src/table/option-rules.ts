import { isRecord, type OptionRule, textOf } from '../call-options';
import { invalidRequest, quote } from '../errors';

/** An expression of the caller's, sent as it is. */
export const EXPRESSION = textOf(/^./s, 'an expression, a string that is not empty');

export const BOOLEAN: OptionRule<boolean> = {
  allowed: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};

/** Of whatever values: `never` fits each type that is asked for. */
export const RECORD: OptionRule<Readonly<Record<string, never>>> = {
  allowed: 'an object',
  read: (value) => (isRecord(value) ? ({ ...value } as Record<string, never>) : undefined),
};

export const LIST: OptionRule<never[]> = {
  allowed: 'an array',
  read: (value) => (Array.isArray(value) ? ([...(value as unknown[])] as never[]) : undefined),
};

/** Checked where it becomes a key. */
export const DATA_ID: OptionRule<string> = { allowed: 'a data id', read: (value) => value as string };

/**
 * A copy of a list that a call was given.
 *
 * @throws TenantDataAccessError `request.invalid`
 */
export function listOf<Entry>(given: readonly Entry[], name: string): Entry[] {
  const list: Entry[] | undefined = LIST.read(given);
  if (list === undefined) throw invalidRequest(`'${name}' must be ${LIST.allowed}, given was ${quote(given)}.`);
  return list;
}

/**
 * Refuses the same item twice: DynamoDB takes each once in a request.
 *
 * @throws TenantDataAccessError `request.invalid`
 */
export function assertDistinct(dataIds: readonly string[]): void {
  const seen = new Set<string>();
  for (const dataId of dataIds) {
    if (seen.has(dataId)) throw invalidRequest(`The item ${quote(dataId)} is named twice: name each once.`);
    seen.add(dataId);
  }
}
