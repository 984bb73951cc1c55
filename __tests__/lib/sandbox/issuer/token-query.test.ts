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
    ['algorithm=HS256', "'algorithm' must be ES256 or RS256"],
    ['tag-form=flat', "'tag-form' must be nested or flattened"],
  ])('fails for %s', (query, message) => {
    expect(() => parseTokenQuery(new URLSearchParams(query))).toThrow(
      expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(message) as string }) as Error,
    );
  });
});
