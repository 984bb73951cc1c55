import { checkIssuer, isTrustworthyUrl, mayPublishKeysAt } from 'multi-tenant-data-access/token/issuer';

const checked = (config: object) => {
  const problems: string[] = [];
  return { issuer: checkIssuer(config, problems), problems };
};

describe('checkIssuer', () => {
  it.each([
    ['eu-central-1_a1B2c3D4e', 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e'],
    ['us-gov-west-1_a', 'https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_a'],
    ['cn-north-1_a1B2c3D4e', 'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_a1B2c3D4e'],
  ])('knows issuer and keys of the user pool %s', (userPoolId, url) => {
    expect(checked({ userPoolId, audience: 'a' })).toEqual({
      issuer: { url, jwksUri: `${url}/.well-known/jwks.json`, audience: ['a'] },
      problems: [],
    });
  });

  it.each(['https://login.example.com', 'https://login.example.com/', 'https://example.com/realms/a', 'http://127.0.0.1:8080'])(
    'takes the issuer %s as it is, and asks it for its keys',
    (issuerUrl) => {
      expect(checked({ issuerUrl, audience: ['a', 'b'] })).toEqual({
        issuer: { url: issuerUrl, jwksUri: undefined, audience: ['a', 'b'] },
        problems: [],
      });
    },
  );

  it('verifies nothing without an issuer, and nothing when it is turned off', () => {
    expect(checked({})).toEqual({ issuer: undefined, problems: [] });
    expect(checked({ issuerUrl: 'https://a.example', audience: 'a', tokenVerification: null })).toEqual({
      issuer: undefined,
      problems: [],
    });
  });

  it('keeps a list of its own', () => {
    const audience = ['a'];
    const { issuer } = checked({ issuerUrl: 'https://a.example', audience });
    audience.push('b');
    expect(issuer?.audience).toEqual(['a']);
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
