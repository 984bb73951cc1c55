import {
  ABORT_SIGNAL,
  type Abortable,
  COUNT,
  countOf,
  oneOf,
  type OptionRules,
  readOptions,
  textOf,
} from 'multi-tenant-data-access/call-options';
import { refusal } from '../support/refusal';

interface Options extends Abortable {
  readonly count?: number | undefined;
  readonly word?: 'up' | 'down' | undefined;
  readonly text?: string | undefined;
}

const RULES: OptionRules<Options> = {
  count: countOf(2, 4),
  word: oneOf('up', 'down'),
  text: textOf(/^[a-z]+$/, 'small letters'),
  abortSignal: ABORT_SIGNAL,
};
const read = (given: unknown) => readOptions(given as Options | undefined, RULES);

describe('readOptions', () => {
  it('copies what is given, without what is undefined', () => {
    const given = { count: 2, word: 'up', text: undefined, abortSignal: new AbortController().signal };
    expect({ ...read(given) }).toEqual({ count: 2, word: 'up', abortSignal: given.abortSignal });
    expect({ ...read(undefined) }).toEqual({});
  });

  it.each([undefined, {}])('has no prototype that could hold options, of %p', (given) => {
    expect(Object.getPrototypeOf(read(given))).toBeNull();
  });

  it('reads each option once', () => {
    let looks = 0;
    const options = read({
      get word() {
        return looks++ === 0 ? 'up' : 'sideways';
      },
    });
    expect([options.word, options.word, looks]).toEqual(['up', 'up', 1]);
  });

  it.each(['counts', 'constructor', 'toString', '__proto__'])('refuses the unknown name %s', (name) => {
    const given = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as object;
    expect(() => read(given)).toThrow(
      refusal('request.invalid', `${JSON.stringify(name)} is not an option: known are count, word, text, abortSignal.`),
    );
  });

  it.each([null, 'text', 7, [], () => ({})])('refuses %p, which is no object', (given) => {
    expect(() => readOptions(given as Options, RULES, 'The changes')).toThrow(
      refusal('request.invalid', 'The changes must be an object, given was'),
    );
  });
});

describe('a rule', () => {
  it.each([2, 4])('takes a count of %p', (count) => {
    expect(read({ count }).count).toBe(count);
  });

  it.each([1, 5, 2.5, NaN, '3', 3n, null])('refuses a count of %p', (count) => {
    expect(() => read({ count })).toThrow(refusal('request.invalid', "'count' must be a whole number from 2 to 4, given was"));
  });

  it('refuses 0 and what is no safe integer, where only the least is bounded', () => {
    expect(COUNT.allowed).toBe('a whole number of at least 1');
    expect([1, Number.MAX_SAFE_INTEGER, 0, 2 ** 53, Infinity].map(COUNT.read)).toEqual([
      1,
      Number.MAX_SAFE_INTEGER,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([
    ['word', 'UP', "'up' or 'down'"] as const,
    ['word', ['up'], "'up' or 'down'"] as const,
    ['text', 'a1', 'small letters'] as const,
  ])('refuses the %s %p', (name, given, allowed) => {
    expect(() => read({ [name]: given })).toThrow(refusal('request.invalid', `'${name}' must be ${allowed}, given was`));
  });

  it.each([true, {}, { aborted: false }, () => undefined])('refuses %p as an AbortSignal', (abortSignal) => {
    expect(() => read({ abortSignal })).toThrow(refusal('request.invalid', "'abortSignal' must be an AbortSignal"));
  });
});
