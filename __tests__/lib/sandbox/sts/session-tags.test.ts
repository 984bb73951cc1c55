import type { AwsError } from '../../../../lib/sandbox/http/aws-error';
import { sessionTags } from '../../../../lib/sandbox/sts/session-tags';

const TAGS = 'https://aws.amazon.com/tags';

function nested(tags: unknown, transitive?: unknown): Record<string, unknown> {
  return { [TAGS]: { principal_tags: tags, ...(transitive !== undefined && { transitive_tag_keys: transitive }) } };
}

function flattened(tags: Record<string, unknown>, transitive?: unknown): Record<string, unknown> {
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${TAGS}/principal_tags/${key}`, value])),
    ...(transitive !== undefined && { [`${TAGS}/transitive_tag_keys`]: transitive }),
  };
}

function many(count: number): Record<string, string[]> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, ['x']]));
}

function codeOf(claims: Record<string, unknown>): string {
  try {
    sessionTags(claims);
    return 'taken';
  } catch (error) {
    return (error as AwsError).code;
  }
}

describe('session tags', () => {
  it.each([
    ['none', { sub: 'u', 'https://aws.amazon.com/tagsy': 1 }, {}, []],
    ['an empty claim', { [TAGS]: {} }, {}, []],
    ['nested', nested({ tenant_id: ['acme'] }, ['tenant_id']), { tenant_id: 'acme' }, ['tenant_id']],
    ['an empty value', nested({ tenant_id: [''] }), { tenant_id: '' }, []],
    ['flattened', flattened({ tenant_id: 'acme', plan: '' }, ['plan']), { tenant_id: 'acme', plan: '' }, ['plan']],
    ['a key with slashes, flattened', flattened({ 'a/b': 'c' }), { 'a/b': 'c' }, []],
    ['a transitive key in another case', nested({ Tenant: ['a'] }, ['tenant']), { Tenant: 'a' }, ['tenant']],
    ['letters of other scripts', nested({ 'größe ñ': ['日本 1'] }), { 'größe ñ': '日本 1' }, []],
    ['names that objects have', nested({ constructor: ['a'], toString: ['b'] }), { constructor: 'a', toString: 'b' }, []],
  ] as const)('are read: %s', (_name, claims, tags, transitiveKeys) => {
    expect(sessionTags(claims)).toEqual({ tags, transitiveKeys });
  });

  it('are taken up to the limits of IAM', () => {
    expect(codeOf(nested(many(50)))).toBe('taken');
    expect(codeOf(nested({ ['k'.repeat(128)]: ['v'.repeat(256)] }))).toBe('taken');
    expect(codeOf(nested({ '_ .:/=+-@': ['_ .:/=+-@'] }))).toBe('taken');
  });

  it.each([
    ['both forms', { ...nested({ a: ['x'] }), ...flattened({ b: 'x' }) }],
    ['both forms, one empty', { [TAGS]: {}, ...flattened({}, []) }],
    ['a claim that is a string', { [TAGS]: '{"principal_tags":{"a":["x"]}}' }],
    ['a claim that is a list', { [TAGS]: [{ principal_tags: { a: ['x'] } }] }],
    ['a claim that is null', { [TAGS]: null }],
    ['an unknown member', { [TAGS]: { principal_tags: { a: ['x'] }, principalTags: {} } }],
    ['tags that are a list', nested([['a', 'x']])],
    ['tags that are null', nested(null)],
    ['a value that is no list', nested({ a: 'x' })],
    ['an empty list', nested({ a: [] })],
    ['two values', nested({ a: ['x', 'y'] })],
    ['a number', nested({ a: [1] })],
    ['a list in a list', nested({ a: [['x']] })],
    ['transitive keys that are a string', nested({ a: ['x'] }, 'a')],
    ['transitive keys that are numbers', nested({ a: ['x'] }, [1])],
    ['transitive keys that are null', nested({ a: ['x'] }, null)],
    ['a flattened list', flattened({ a: ['x'] })],
    ['a flattened null', flattened({ a: null })],
    ['flattened transitive keys that are a string', flattened({ a: 'x' }, 'a')],
    ['an unknown claim below', { ...flattened({ a: 'x' }), [`${TAGS}/principal_tag/b`]: 'x' }],
  ])('are refused as malformed: %s', (_name, claims) => {
    expect(codeOf(claims)).toBe('InvalidIdentityToken');
  });

  it.each([
    ['51 tags', nested(many(51))],
    ['a key of 129 characters', nested({ ['k'.repeat(129)]: ['x'] })],
    ['a value of 257 characters', nested({ a: ['v'.repeat(257)] })],
    ['an empty key', nested({ '': ['x'] })],
    ['an empty key, flattened', flattened({ '': 'x' })],
    ['a key with a star', nested({ 'a*': ['x'] })],
    ['a value with a star', nested({ a: ['*'] })],
    ['a value with a question mark', nested({ a: ['?'] })],
    ['a value with a variable', nested({ a: ['${aws:userid}'] })],
    ['a value with a hash', nested({ a: ['a#b'] })],
    ['a value with a line break', nested({ a: ['a\n'] })],
    ['a value with a zero', nested({ a: ['a\u0000'] })],
    ['a key that AWS keeps for itself', nested({ 'aws:tenant': ['x'] })],
    ['the same in capitals', nested({ 'AWS:tenant': ['x'] })],
    ['keys that differ in case', nested({ tenant_id: ['a'], Tenant_Id: ['b'] })],
    ['keys that differ in case, flattened', flattened({ tenant_id: 'a', TENANT_ID: 'a' })],
    ['a transitive key of no tag', nested({ a: ['x'] }, ['a', 'b'])],
    ['a transitive key twice', nested({ a: ['x'] }, ['a', 'A'])],
    ['a transitive key without tags', { [TAGS]: { transitive_tag_keys: ['a'] } }],
  ])('are refused as not valid: %s', (_name, claims) => {
    expect(codeOf(claims)).toBe('ValidationError');
  });
});
