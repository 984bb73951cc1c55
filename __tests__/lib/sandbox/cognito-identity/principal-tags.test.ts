import { principalTags } from '../../../../lib/sandbox/cognito-identity/principal-tags';

describe('principalTags', () => {
  it.each<[string, unknown, Record<string, string>]>([
    ['a text', 'acme', { tenant_id: 'acme' }],
    ['a list of one text', ['acme'], { tenant_id: 'acme' }],
    ['a text that is no tenant', ' a/b ', { tenant_id: ' a/b ' }],
    ['an empty text', '', {}],
    ['a list of an empty text', [''], {}],
    ['an empty list', [], {}],
    ['a list of two texts', ['acme', 'acme'], {}],
    ['a list in a list', [['acme']], {}],
    ['a number', 1, {}],
    ['a list of a number', [1], {}],
    ['true', true, {}],
    ['an object', { 0: 'acme', length: 1 }, {}],
    ['null', null, {}],
    ['nothing', undefined, {}],
  ])('makes of %s what it should', (_, value, tags) => {
    expect(principalTags({ tenant_id: 'claim' }, { claim: value })).toEqual(tags);
  });

  it('makes a tag of each claim that is mapped, and of no other', () => {
    const claims = { a: '1', b: '2', c: '3' };
    expect(principalTags({ x: 'a', y: 'a', z: 'c', none: 'd' }, claims)).toEqual({ x: '1', y: '1', z: '3' });
    expect(principalTags({}, claims)).toEqual({});
  });

  it('finds nothing that the token has not', () => {
    expect(principalTags({ a: 'constructor', b: '__proto__', c: 'toString' }, {})).toEqual({});
    const tags = principalTags(JSON.parse('{"__proto__": "a"}') as Record<string, string>, { a: '1' });
    expect([Object.keys(tags), Object.getPrototypeOf(tags)]).toEqual([['__proto__'], Object.prototype]);
  });
});
