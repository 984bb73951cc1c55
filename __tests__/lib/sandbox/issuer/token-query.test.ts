import { parseTokenQuery } from '../../../../lib/sandbox/issuer/token-query';

describe('the query for a token', () => {
  it.each([
    ['', {}],
    ['tenant=acme', { tenantId: 'acme' }],
    ['tenant=', { tenantId: '' }],
    ['tenant=a%2Fb&subject=u&issuer=https%3A%2F%2Fl', { tenantId: 'a/b', subject: 'u', issuerUrl: 'https://l' }],
    ['audience=a', { audience: 'a' }],
    ['audience=a&audience=b', { audience: ['a', 'b'] }],
    ['expires-in=-5&not-before=5', { expiresInSeconds: -5, notBeforeSeconds: 5 }],
    ['algorithm=RS256&tag-form=flattened&tag-key=org', { algorithm: 'RS256', tagForm: 'flattened', tagKey: 'org' }],
    ['tag.plan=free&tag.a.b=c', { tags: { plan: 'free', 'a.b': 'c' } }],
    ['permissions=rw-/r--', { tags: { permissions: 'rw-/r--' } }],
    ['permissions=', { tags: { permissions: '' } }],
    ['permissions=viewer&permissions-tag=scope&tag.plan=free', { tags: { scope: 'viewer', plan: 'free' } }],
    [
      'tenant=acme&tag-key=team&permissions=no%20role%20*&permissions-tag=tenant_id',
      { tenantId: 'acme', tagKey: 'team', tags: { tenant_id: 'no role *' } },
    ],
    ['permissions=a&permissions-tag=tenant_id', { tags: { tenant_id: 'a' } }],
    ['claim.custom:tenant_id=acme', { claims: { 'custom:tenant_id': 'acme' } }],
    ['claim.a=1&claim.b=&claim.c=true&claim.d=x=[y', { claims: { a: '1', b: '', c: 'true', d: 'x=[y' } }],
    ['claim.a=["x",1]&claim.b={"c":[]}', { claims: { a: ['x', 1], b: { c: [] } } }],
    ['transitive-tag-key=a', { transitiveTagKeys: ['a'] }],
  ])('%s is understood', (query, expected) => {
    expect(parseTokenQuery(new URLSearchParams(query))).toEqual(expected);
  });

  it.each([
    ['tenantId=acme', "'tenantId' is no parameter, allowed are tenant, subject, issuer"],
    ['tag.=x', "'tag.' is no parameter"],
    ['constructor=x', "'constructor' is no parameter"],
    ['tenant=a&tenant=b', "'tenant' may stand once"],
    ['tag.a=1&tag.a=2', "'tag.a' may stand once"],
    ['expires-in=1h', "'expires-in' must be a whole number of seconds"],
    ['expires-in=', "'expires-in' must be a whole number of seconds"],
    ['not-before=1.5', "'not-before' must be a whole number of seconds"],
    ['permissions=a&permissions=b', "'permissions' may stand once"],
    ['permissions-tag=scope', "'permissions-tag' says where 'permissions' go, which are missing"],
    ['permissions=a&permissions-tag=', "'permissions-tag' must not be empty"],
    ['permissions=a&permissions-tag=x&permissions-tag=y', "'permissions-tag' may stand once"],
    ['permissions=a&tag.permissions=b', "'permissions' and 'tag.permissions' are one tag, give one"],
    ['permissions=a&permissions-tag=x&tag.x=b', "'permissions' and 'tag.x' are one tag, give one"],
    ['tenant=a&permissions=a&permissions-tag=tenant_id', "the tag 'tenant_id' is that of the tenant, 'permissions' need another"],
    ['tenant=a&tag-key=permissions&permissions=a', "the tag 'permissions' is that of the tenant"],
    ['claim.=x', "'claim.' is no parameter"],
    ['claim.a=1&claim.a=2', "'claim.a' may stand once"],
    ['claim.a=[1', "'claim.a' begins as JSON does, and is none"],
    ['claim.a={', "'claim.a' begins as JSON does, and is none"],
    ['algorithm=HS256', "'algorithm' must be ES256 or RS256"],
    ['tag-form=flat', "'tag-form' must be nested or flattened"],
  ])('fails for %s', (query, message) => {
    expect(() => parseTokenQuery(new URLSearchParams(query))).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(message) as string }) as Error,
    );
  });
});
