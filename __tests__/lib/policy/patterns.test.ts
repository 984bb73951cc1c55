import fc from 'fast-check';
import { arnsOverlap, patternsOverlap, withoutUnknowns } from '../../../lib/policy/patterns';

const ALPHABET = 'ab';
const SYMBOLS = 'ab*?';

/** All strings of at most so many characters. */
function strings(alphabet: string, longest: number): string[] {
  const all = [''];
  for (let from = 0, length = 1; length <= longest; length++) {
    const to = all.length;
    for (const start of all.slice(from, to)) for (const char of alphabet) all.push(start + char);
    from = to;
  }
  return all;
}

/** Matches one string against one pattern, character by character. */
function matches(pattern: string, text: string): boolean {
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === undefined) return text === '';
  if (first === '*') return matches(rest, text) || (text !== '' && matches(pattern, text.slice(1)));
  return text !== '' && (first === '?' || first === text[0]) && matches(rest, text.slice(1));
}

/** Numbers from 0 to below 1 that are the same in each run (mulberry32). */
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Compares with brute force: two patterns overlap if one of the candidates matches both. */
function disagreements(pairs: readonly (readonly [string, string])[], candidates: readonly string[]): string[] {
  const matched = new Map<string, Set<string>>();
  const matchesOf = (pattern: string) => {
    const known = matched.get(pattern) ?? new Set(candidates.filter((text) => matches(pattern, text)));
    matched.set(pattern, known);
    return known;
  };
  return pairs
    .filter(([left, right]) => {
      const others = matchesOf(right);
      const expected = [...matchesOf(left)].some((text) => others.has(text));
      return patternsOverlap(left, right) !== expected || patternsOverlap(right, left) !== expected;
    })
    .map(([left, right]) => `${left} and ${right}`);
}

describe('patternsOverlap', () => {
  it.each([
    { left: '', right: '', overlap: true },
    { left: '', right: '*', overlap: true },
    { left: '', right: '?', overlap: false },
    { left: 'abc', right: 'abc', overlap: true },
    { left: 'abc', right: 'abd', overlap: false },
    { left: 'abc', right: 'ABC', overlap: false },
    { left: 'abc', right: 'ab', overlap: false },
    { left: 'ab?', right: 'abc', overlap: true },
    { left: 'a*', right: '*z', overlap: true },
    { left: 'a*c', right: 'ab*', overlap: true },
    { left: 'a*', right: 'b*', overlap: false },
    { left: '*a', right: '*b', overlap: false },
    { left: '*', right: 'dynamodb:Scan', overlap: true },
    { left: 'i*', right: 'iam:*', overlap: true },
    { left: 'dynamodb:Get*', right: 'dynamodb:*Item', overlap: true },
    { left: 'table/app', right: 'table/app-2', overlap: false },
    { left: 'table/app*', right: 'table/app-2', overlap: true },
    { left: 'arn:aws:s3:::app/tenants/*', right: 'arn:aws:s3:::app', overlap: false },
    { left: 'a.c', right: 'abc', overlap: false },
  ])('says $overlap of "$left" and "$right", either way round', ({ left, right, overlap }) => {
    expect([patternsOverlap(left, right), patternsOverlap(right, left)]).toEqual([overlap, overlap]);
  });

  it.each([
    { left: 'table/${aws:PrincipalTag/tenant_id}', right: 'table/app', overlap: true },
    { left: 'table/${TfToken[TOKEN.12]}-data', right: 'table/app-data', overlap: true },
    { left: 'table/${TfToken[TOKEN.12]}-data', right: 'table/app', overlap: false },
    { left: '#{TfToken[TOKEN.3]}', right: 'table/app', overlap: true },
    { left: 'table/&{aws:PrincipalTag/tenant_id}', right: 'table/app', overlap: true },
    { left: 'table/%{ if true }app%{ endif }', right: 'table/app', overlap: true },
    { left: '${${TfToken[TOKEN.12]}:custom:tenant_id}', right: 'anything', overlap: true },
    { left: 'a${x}', right: 'b${x}', overlap: false },
    { left: '${*}', right: 'a', overlap: true },
  ])('counts what is not known as a star: $overlap of "$left" and "$right"', ({ left, right, overlap }) => {
    expect([patternsOverlap(left, right), patternsOverlap(right, left)]).toEqual([overlap, overlap]);
  });

  it('agrees with brute force on every pair of patterns of at most three characters', () => {
    const patterns = strings(SYMBOLS, 3);
    const pairs = patterns.flatMap((left) => patterns.map((right) => [left, right] as const));
    expect(pairs).toHaveLength(85 * 85);
    expect(disagreements(pairs, strings(ALPHABET, 6))).toEqual([]);
  });

  it('agrees with brute force on 250 pairs of longer patterns', () => {
    const random = pseudoRandom(20_260_801);
    const pattern = () =>
      Array.from({ length: 4 + Math.floor(random() * 2) }, () => SYMBOLS.charAt(Math.floor(random() * 4))).join('');
    const pairs = Array.from({ length: 250 }, () => [pattern(), pattern()] as const);
    expect(disagreements(pairs, strings(ALPHABET, 10))).toEqual([]);
  });
});

describe('arnsOverlap', () => {
  const table = 'arn:aws:dynamodb:eu-central-1:123456789012:table/app';
  const tokens = 'arn:${TfToken[TOKEN.1]}:dynamodb:${TfToken[TOKEN.2]}:${TfToken[TOKEN.3]}:table/app';

  it.each([
    { left: table, right: table, overlap: true },
    { left: table, right: tokens, overlap: true },
    { left: tokens, right: tokens, overlap: true },
    { left: `${table}-2`, right: table, overlap: false },
    { left: `${table}-2`, right: tokens, overlap: false },
    { left: '*', right: table, overlap: true },
    { left: '**', right: tokens, overlap: true },
    { left: 'arn:*', right: table, overlap: true },
    { left: 'arn:aws:dynamodb:*', right: table, overlap: true },
    { left: 'arn:aws:dynamodb:*', right: tokens, overlap: true },
    { left: 'arn:aws:dynamodb:eu-central-1:123456789012:*', right: tokens, overlap: true },
    { left: 'arn:aws:s3:*', right: table, overlap: false },
    { left: 'arn:aws:dynamodb:*:*:table/app', right: tokens, overlap: true },
    { left: 'arn:aws:dynamodb:*:*:table/other', right: tokens, overlap: false },
    { left: 'arn:aws:dynamodb:us-*:*:table/app', right: table, overlap: false },
    { left: 'arn:aws:dynamodb:us-*:*:table/app', right: tokens, overlap: true },
    { left: 'arn:aws:dynamodb:eu-central-1:123456789012:table/*', right: `${tokens}/*`, overlap: true },
    { left: 'arn:aws:dynamodb:eu-central-1:123456789012:table/other/index/*', right: `${tokens}/*`, overlap: false },
    { left: '${aws_dynamodb_table.x.arn}', right: tokens, overlap: true },
    { left: '${aws_dynamodb_table.x.arn}/index/*', right: `${table}/*`, overlap: true },
    { left: '&{aws:PrincipalTag/arn}', right: table, overlap: true },
    { left: 'arn:aws:s3:::app', right: 'arn:${TfToken[TOKEN.1]}:s3:::app', overlap: true },
    { left: 'arn:aws:s3:*:*:app', right: 'arn:${TfToken[TOKEN.1]}:s3:::app', overlap: true },
    { left: 'arn:aws:s3:::public-assets/*', right: 'arn:${TfToken[TOKEN.1]}:s3:::app/*', overlap: false },
    { left: 'arn:aws:s3:::public-assets/*', right: 'arn:*:s3:*:*:accesspoint/*', overlap: false },
    { left: 'arn:aws:s3:eu-central-1:123456789012:accesspoint/a', right: 'arn:*:s3:*:*:accesspoint/*', overlap: true },
    { left: 'arn:aws:s3:::app/tenants/a:b', right: 'arn:aws:s3:::app/tenants/*:b', overlap: true },
    { left: 'arn:aws:s3:::app/tenants/a:b', right: 'arn:aws:s3:::app/*', overlap: true },
    { left: 'arn:aws:s3:::app/tenants/a:b', right: 'arn:aws:s3:::app/tenants/*:c', overlap: false },
    { left: 'arn:aws:kms:eu-central-1:123456789012:key/*', right: `${table}/*`, overlap: false },
    { left: '', right: table, overlap: false },
  ])('says $overlap of "$left" and "$right", either way round', ({ left, right, overlap }) => {
    expect([arnsOverlap(left, right), arnsOverlap(right, left)]).toEqual([overlap, overlap]);
  });
});

describe('withoutUnknowns', () => {
  it.each([
    { pattern: 'plain', known: 'plain' },
    { pattern: 'a/${aws:PrincipalTag/x}/b', known: 'a/*/b' },
    { pattern: '${a}${b}', known: '**' },
    { pattern: '#{TfToken[TOKEN.1]}', known: '*' },
    { pattern: 'a/&{aws:PrincipalTag/x}/b', known: 'a/*/b' },
    { pattern: 'a/%{ if true }app%{ endif }', known: 'a/*' },
    { pattern: '${${TfToken[TOKEN.1]}:claim}', known: '*' },
    { pattern: 'no {braces} here', known: 'no *' },
    { pattern: '${open', known: '*' },
  ])('makes $known of $pattern', ({ pattern, known }) => {
    expect(withoutUnknowns(pattern)).toBe(known);
  });
});

describe('withoutUnknowns of any text', () => {
  /** The same by replacing again and again, which takes long. */
  function bySteps(pattern: string): string {
    let text = pattern.replace(/%\{.*\}/s, '*');
    for (let before = ''; before !== text;) {
      before = text;
      text = text.replace(/[$&#]+\{[^{}]*\}/g, '*');
    }
    return text.replace(/[$&#]*[{}].*/s, '*');
  }

  it('is what replacing from the inside out gives', () => {
    const unit = fc.constantFrom('$', '&', '#', '%', '{', '}', '*', 'a', '\n', '\u{1f600}');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 24 }), (pattern) => {
        expect(withoutUnknowns(pattern)).toBe(bySteps(pattern));
      }),
      { seed: 9, numRuns: 3000 },
    );
  });

  it.each(['$', '{', '}', '${', '$${', '%{', '${a}', '{}', '$}'])('takes no longer than it must for many %s', (unit) => {
    const begin = performance.now();
    withoutUnknowns(unit.repeat(60_000));
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
