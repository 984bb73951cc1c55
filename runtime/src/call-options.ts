import { invalidRequest, quote } from './errors';

/** What every call that sends requests takes. */
export interface Abortable {
  /**
   * Ends the request: it fails with `request.aborted`. A write that is aborted may have been done or not.
   *
   * @default - the request runs to its end, or times out
   */
  readonly abortSignal?: AbortSignal | undefined;
}

/** What one option may be. */
export interface OptionRule<Value> {
  /** For the message of a refusal: `a string`. */
  readonly allowed: string;
  /** @returns the value, a copy of it if the caller could change it later, or undefined if it is not allowed */
  readonly read: (value: unknown) => Value | undefined;
}

export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule<NonNullable<Options[Name]>> };

/** Without a prototype, as that may be anybody's. */
const NO_OPTIONS = Object.freeze(Object.create(null) as object);

/**
 * A checked copy of a call's options. Each is read once and only from the object itself: a getter may answer otherwise the second
 * time, and a prototype may be anybody's. A name that is not known is refused: a misspelt condition must not become a write without
 * one.
 *
 * @param what the options are called in the message
 * @throws TenantDataAccessError `request.invalid`
 */
export function readOptions<Options extends object>(
  given: Options | undefined,
  rules: OptionRules<Options>,
  what = 'The options',
): Options {
  if (given === undefined) return NO_OPTIONS as Options;
  if (!isRecord(given)) throw invalidRequest(`${what} must be an object, given was ${quote(given)}.`);
  const options = Object.create(null) as Record<string, unknown>;
  const known: Readonly<Record<string, OptionRule<unknown>>> = rules;
  for (const name of Object.keys(given)) {
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (rule === undefined) {
      throw invalidRequest(`${quote(name)} is not an option: known are ${Object.keys(known).join(', ')}.`);
    }
    const value = given[name];
    if (value === undefined) continue;
    options[name] = rule.read(value);
    if (options[name] === undefined) throw invalidRequest(`'${name}' must be ${rule.allowed}, given was ${quote(value)}.`);
  }
  return options as Options;
}

/** Whether a value is an object with names, and no list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number within bounds, both included. */
export function countOf(least: number, most: number): OptionRule<number> {
  return {
    allowed: most === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`,
    read: (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most ? (value as number) : undefined,
  };
}

/** 1 or more. */
export const COUNT = countOf(1, Number.MAX_SAFE_INTEGER);

/** Text that matches a pattern. */
export function textOf(pattern: RegExp, allowed: string): OptionRule<string> {
  return { allowed, read: (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined) };
}

/** One of these words. */
export function oneOf<Word extends string>(...words: readonly Word[]): OptionRule<Word> {
  return {
    allowed: words.map((word) => `'${word}'`).join(' or '),
    read: (value) => words.find((word) => word === value),
  };
}

export const ABORT_SIGNAL: OptionRule<AbortSignal> = {
  allowed: 'an AbortSignal',
  read: (value) => (isAbortSignal(value) ? value : undefined),
};

/** Any of the kind, also one of another realm or library. */
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
}
