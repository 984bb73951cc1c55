import { keyText } from '../../../../lib/sandbox/dynamodb/key-value';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';

const NINES = '9'.repeat(38);

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

describe('keyText', () => {
  it.each<[object, string]>([
    [{ S: 'acme' }, 'acme'],
    [{ S: ' 01 ' }, ' 01 '],
    [{ B: 'AAE=' }, 'AAE='],
    [{ N: '1' }, '1'],
    [{ N: '-001.500' }, '-1.5'],
    [{ N: '.5' }, '0.5'],
    [{ N: '5.' }, '5'],
    [{ N: '0' }, '0'],
    [{ N: '-0.00' }, '0'],
    [{ N: '1E2' }, '100'],
    [{ N: '1e+2' }, '100'],
    [{ N: '120e-1' }, '12'],
    [{ N: '0.00012e2' }, '0.012'],
    [{ N: NINES }, NINES],
    [{ N: '9e125' }, `9${'0'.repeat(125)}`],
    [{ N: '1e-130' }, `0.${'0'.repeat(129)}1`],
  ])('%j', (value, expected) => {
    expect(keyText(value as never)).toBe(expected);
  });

  it.each<[unknown]>([
    [undefined],
    ['acme'],
    [{}],
    [{ S: '' }],
    [{ B: '' }],
    [{ B: 'AAE' }],
    [{ B: 'AAF=' }],
    [{ B: 'A-_=' }],
    [{ S: 'a', N: '1' }],
    [{ S: 1 }],
    [{ s: 'a' }],
    [{ BOOL: true }],
    [{ SS: ['a'] }],
    [{ M: {} }],
    [['a']],
    [{ N: '' }],
    [{ N: '-' }],
    [{ N: '.' }],
    [{ N: '+1' }],
    [{ N: ' 1' }],
    [{ N: '1\n' }],
    [{ N: '1e' }],
    [{ N: '1_000' }],
    [{ N: '0x10' }],
    [{ N: 'NaN' }],
    [{ N: 'Infinity' }],
    [{ N: `${NINES}9` }],
    [{ N: '1e126' }],
    [{ N: '1e-131' }],
    [{ N: '1e99999' }],
  ])('refuses %j', (value) => {
    expect(refusalOf(() => keyText(value as never))).toBe('ValidationException');
  });

  it('takes a number of 512 characters, and refuses longer ones at once', () => {
    expect(keyText({ N: `${'0'.repeat(511)}7` })).toBe('7');
    expect(refusalOf(() => keyText({ N: `${'0'.repeat(512)}7` }))).toBe('ValidationException');
    // To look behind each zero would take minutes.
    expect(refusalOf(() => keyText({ N: `1${'0'.repeat(500_000)}1` }))).toBe('ValidationException');
  });
});
