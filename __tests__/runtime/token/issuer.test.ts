import { checkIssuers, differBySlash, isTrustworthyUrl, mayPublishKeysAt } from 'multi-tenant-data-access/token/issuer';

const checked = (config: object) => {
  const problems: string[] = [];
  return { issuers: checkIssuers(config, problems), problems };
};

describe('checkIssuers', () => {
  it.each([
    ['eu-central-1_a1B2c3D4e', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e'],
    ['us-gov-west-1_a', 'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a'],
    ['cn-north-1_a1B2c3D4e', 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a1B2c3D4e'],
  ])('knows issuer and keys of the user pool %s', (userPoolId, url) => {
    expect(checked({ userPoolId, audience: 'a' })).toEqual({
      issuers: [{ url, jwksUri: `${url}/.well-known/jwks.json`, audience: ['a'] }],
      problems: [],
    });
  });

  it.each(['https://login.example.com', 'https://login.example.com/', 'https://example.com/realms/a', 'http://127.0.0.1:8080'])(
    'takes the issuer %s as it is, and asks it for its keys',
    (issuerUrl) => {
      expect(checked({ issuerUrl, audience: ['a', 'b'] })).toEqual({
        issuers: [{ url: issuerUrl, jwksUri: undefined, audience: ['a', 'b'] }],
        problems: [],
      });
    },
  );

  it('knows no issuer without one, and still knows it where its tokens are not verified', () => {
    expect(checked({})).toEqual({ issuers: [], problems: [] });
    expect(checked({ issuerUrl: 'https://a.example', audience: 'a', tokenVerification: null })).toMatchObject({
      issuers: [{ url: 'https://a.example' }],
      problems: [],
    });
  });

  it('keeps a list of its own', () => {
    const audience = ['a'];
    const entry = { issuerUrl: 'https://a.example', audience };
    const given = [entry];
    const { issuers } = checked({ issuers: given });
    audience.push('b');
    entry.issuerUrl = 'https://b.example';
    given.push(entry);
    expect(issuers).toEqual([{ url: 'https://a.example', jwksUri: undefined, audience: ['a'] }]);
  });

  it('takes several issuers, each with its audience', () => {
    const pool = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a';
    expect(
      checked({
        issuers: [
          { issuerUrl: 'https://a.example', audience: 'a' },
          { issuerUrl: 'https://a.example/b', audience: 'a' },
          { issuerUrl: 'https://a.example:8443', audience: ['b', 'c'] },
          { userPoolId: 'eu-central-1_a', audience: 'd' },
        ],
      }),
    ).toEqual({
      issuers: [
        { url: 'https://a.example', jwksUri: undefined, audience: ['a'] },
        { url: 'https://a.example/b', jwksUri: undefined, audience: ['a'] },
        { url: 'https://a.example:8443', jwksUri: undefined, audience: ['b', 'c'] },
        { url: pool, jwksUri: `${pool}/.well-known/jwks.json`, audience: ['d'] },
      ],
      problems: [],
    });
  });

  const A = { issuerUrl: 'https://a.example', audience: 'a' };
  const POOL = { userPoolId: 'eu-central-1_a', audience: 'a' };

  it.each<[string, object, string]>([
    ['an issuer beside', { issuers: [A], issuerUrl: 'https://b.example' }, "'issuers' excludes 'issuerUrl'"],
    ['a user pool beside', { issuers: [A], userPoolId: 'eu-central-1_a' }, "'issuers' excludes 'issuerUrl', 'userPoolId'"],
    ['an audience beside', { issuers: [A], audience: 'b' }, "'issuers' excludes"],
    ['none', { issuers: [] }, "'issuers' is empty, allowed is a list of at least one issuer"],
    ['no list', { issuers: A }, "'issuers' is a value of type object"],
    ['null', { issuers: null }, "'issuers' is null"],
    ['a URL', { issuers: ['https://a.example'] }, '\'issuers[0]\' is "https://a.example", allowed is an object'],
    ['a list in the list', { issuers: [[A]] }, "'issuers[0]' is a value of type object"],
    ['null in the list', { issuers: [A, null] }, "'issuers[1]' is null"],
    ['no issuer in one', { issuers: [A, { audience: 'b' }] }, "'issuers[1]' names no issuer: give 'issuerUrl' or 'userPoolId'"],
    ['two in one', { issuers: [{ ...A, ...POOL }] }, "'issuers[0].issuerUrl' and 'issuers[0].userPoolId' exclude each other"],
    ['an unknown option', { issuers: [{ ...A, clientId: 'b' }] }, 'unknown option "issuers[0].clientId", known are issuerUrl'],
    ['no audience', { issuers: [A, { issuerUrl: 'https://b.example' }] }, "'issuers[1].audience' must name at least one client id"],
    ['plain http', { issuers: [{ ...A, issuerUrl: 'http://b.example' }] }, '\'issuers[0].issuerUrl\' is "http://b.example"'],
    ['a query', { issuers: [A, { ...A, issuerUrl: 'https://b.example?c' }] }, "'issuers[1].issuerUrl' is"],
    ['two alike', { issuers: [A, POOL, A] }, "'issuers[0]' and 'issuers[2]' are the same issuer, https://a.example: name all"],
    ['two alike but for a slash', { issuers: [A, { ...A, issuerUrl: 'https://a.example/' }] }, 'are the same issuer'],
    ['two alike but for a slash of the first', { issuers: [{ ...A, issuerUrl: 'https://a.example/' }, A] }, 'are the same issuer'],
    [
      'two alike but for a slash after a path',
      { issuers: ['/b', '/b/'].map((path) => ({ ...A, issuerUrl: `https://a.example${path}` })) },
      'are the same',
    ],
    ['two alike but for case of the host', { issuers: [A, { ...A, issuerUrl: 'https://A.example' }] }, 'are the same issuer'],
    ['two alike but for the usual port', { issuers: [A, { ...A, issuerUrl: 'https://a.example:443' }] }, 'are the same issuer'],
    [
      'a user pool twice, once by its URL',
      { issuers: [POOL, { ...A, issuerUrl: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a' }] },
      "'issuers[0]' and 'issuers[1]' are the same issuer",
    ],
    ['three alike', { issuers: [A, A, A] }, "'issuers[1]' and 'issuers[2]' are the same issuer"],
  ])('fails for a list with %s', (_what, config, says) => {
    expect(checked(config).problems.join()).toContain(says);
  });

  it('fails for an issuer that only every object inherits', () => {
    Object.assign(Object.prototype, { issuerUrl: 'https://a.example' });
    try {
      expect(checked({ __proto__: null, issuers: [{ audience: 'a' }] }).problems.join()).toContain("'issuers[0]' names no issuer");
    } finally {
      Reflect.deleteProperty(Object.prototype, 'issuerUrl');
    }
  });

  it.each<[string, object, string]>([
    ['plain http', { issuerUrl: 'http://login.example.com', audience: 'a' }, '\'issuerUrl\' is "http://login.example.com"'],
    ['a query', { issuerUrl: 'https://a.example/?b', audience: 'a' }, 'without query and fragment'],
    ['a fragment', { issuerUrl: 'https://a.example/#b', audience: 'a' }, 'without query and fragment'],
    ['a user in the URL', { issuerUrl: 'https://u:p@a.example', audience: 'a' }, 'an https URL'],
    ['no URL', { issuerUrl: 'login.example.com', audience: 'a' }, 'an https URL'],
    ['a URL in a list', { issuerUrl: ['https://a.example'], audience: 'a' }, "'issuerUrl' is a value of type object"],
    ['no pool id', { userPoolId: 'a1B2c3D4e', audience: 'a' }, 'allowed is <region>_<id>'],
    ['a pool id with a path', { userPoolId: 'eu-central-1_a/../b', audience: 'a' }, 'allowed is <region>_<id>'],
    ['a pool id in a list', { userPoolId: ['eu-central-1_a'], audience: 'a' }, "'userPoolId' is a value of type object"],
    ['both', { issuerUrl: 'https://a.example', userPoolId: 'eu-central-1_a', audience: 'a' }, 'exclude each other'],
    ['an audience alone', { audience: 'a' }, "'audience' needs an issuer"],
    ['no audience', { issuerUrl: 'https://a.example' }, "'audience' must name at least one client id"],
    ['no audience of a user pool', { userPoolId: 'eu-central-1_a' }, "'audience' must name at least one client id"],
    ['an empty list', { issuerUrl: 'https://a.example', audience: [] }, "'audience' must name at least one client id"],
    ['an empty audience', { issuerUrl: 'https://a.example', audience: '' }, "'audience' must name at least one client id"],
    ['an empty one of two', { issuerUrl: 'https://a.example', audience: ['a', ''] }, "'audience' must name"],
    ['null', { issuerUrl: 'https://a.example', audience: null }, "'audience' must name"],
    ['a verification of false', { issuerUrl: 'https://a.example', audience: 'a', tokenVerification: false }, 'allowed is null'],
  ])('fails for %s', (_what, config, says) => {
    expect(checked(config).problems.join()).toContain(says);
  });
});

describe('mayPublishKeysAt', () => {
  it.each([
    ['https://a.example', 'https://a.example/keys', true],
    ['https://a.example', 'https://keys.example/', true],
    ['https://a.example', 'http://127.0.0.1/keys', false],
    ['https://a.example', 'http://localhost:8080/keys', false],
    ['https://a.example', 'http://a.example/keys', false],
    ['https://a.example', undefined, false],
    ['http://localhost:1', 'http://localhost:1/keys', true],
    ['http://localhost:1', 'http://a.example/keys', false],
  ])('for the issuer %s and the keys %s is %s', (issuerUrl, jwksUri, allowed) => {
    expect(mayPublishKeysAt(issuerUrl, jwksUri)).toBe(allowed);
  });
});

describe('isTrustworthyUrl', () => {
  it.each(['https://a.example/keys', 'http://localhost/keys', 'http://127.0.0.1:1/keys', 'http://[::1]:1/keys'])(
    'takes %s',
    (url) => {
      expect(isTrustworthyUrl(url)).toBe(true);
    },
  );

  it.each([
    'http://a.example',
    'http://localhost.a.example',
    'http://127.0.0.1.a.example',
    'ftp://127.0.0.1',
    'data:,{}',
    '',
    7,
    null,
  ])('refuses %s', (url) => {
    expect(isTrustworthyUrl(url)).toBe(false);
  });
});

describe('differBySlash', () => {
  it.each([
    ['https://a.example', 'https://a.example/', true],
    ['https://a.example/b/', 'https://a.example/b', true],
    ['https://a.example', 'https://a.example', false],
    ['https://a.example/b', 'https://a.example', false],
    [undefined, 'https://a.example', false],
  ])('for %s and %s is %s', (one, other, slip) => {
    expect(differBySlash(one, other)).toBe(slip);
  });
});
