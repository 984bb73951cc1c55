import { RequestTokens } from '../../../../lib/sandbox/dynamodb/request-tokens';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';

const MINUTES = 60_000;

/** The code with which something is refused. */
function refusalOf(doing: () => unknown): string {
  try {
    doing();
  } catch (error) {
    if (error instanceof AwsError && error.status === 400) return error.code;
    throw error;
  }
  return 'not refused';
}

describe('RequestTokens', () => {
  let now = 0;
  let tokens: RequestTokens;
  beforeEach(() => {
    now = 0;
    tokens = new RequestTokens(() => now);
  });

  it('remembers for ten minutes', () => {
    expect(tokens.wasDone('t', ['a'])).toBe(false);
    tokens.remember('t', ['a']);
    now = 10 * MINUTES - 1;
    expect(tokens.wasDone('t', ['a'])).toBe(true);
    now++;
    expect(tokens.wasDone('t', ['a'])).toBe(false);
    expect(tokens.wasDone('t', ['b'])).toBe(false);
  });

  it('knows the same in another order, and fails for anything else', () => {
    tokens.remember('t', [{ a: { S: '1' }, b: { S: '2' } }]);
    expect(tokens.wasDone('t', [{ b: { S: '2' }, a: { S: '1' } }])).toBe(true);
    for (const other of [[{ a: { S: '1' } }], [{ a: { S: '2' }, b: { S: '1' } }], []]) {
      expect(refusalOf(() => tokens.wasDone('t', other))).toBe('IdempotentParameterMismatchException');
    }
    expect(tokens.wasDone('u', [])).toBe(false);
  });

  it('does without a token', () => {
    tokens.remember(undefined, ['a']);
    expect(tokens.wasDone(undefined, ['a'])).toBe(false);
  });

  it('fails for a token of 0 or 37 characters', () => {
    for (const token of ['', 'x'.repeat(37)]) {
      expect(refusalOf(() => tokens.wasDone(token, []))).toBe('ValidationException');
    }
    expect([tokens.wasDone('x', []), tokens.wasDone('x'.repeat(36), [])]).toEqual([false, false]);
  });

  it('keeps 10,000, the latest', () => {
    for (let index = 0; index < 10_001; index++) tokens.remember(`t${index}`, []);
    expect(['t0', 't1', 't10000'].map((token) => tokens.wasDone(token, []))).toEqual([false, true, true]);
    now = 5 * MINUTES;
    tokens.remember('t1', []);
    now = 11 * MINUTES;
    expect(['t1', 't2'].map((token) => tokens.wasDone(token, []))).toEqual([true, false]);
  });
});
