import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import { assertCurrent, audienceOf, webIdentityClaims } from '../../../../lib/sandbox/sts/web-identity-claims';

const NOW = 1_790_000_000;
const CURRENT = { iss: 'https://login.example.com', sub: 'u', aud: 'c', iat: NOW, exp: NOW + 1 };

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'taken';
  } catch (error) {
    return error instanceof AwsError ? error.code : String(error);
  }
}

describe('the time of a token', () => {
  it.each([
    ['its last second', {}],
    ['issued five minutes ahead of this clock', { iat: NOW + 300, exp: NOW + 900 }],
    ['beginning five minutes ahead', { nbf: NOW + 300 }],
    ['fractions of a second', { iat: NOW - 0.5, exp: NOW + 0.5 }],
  ])('is taken: %s', (_name, claims) => {
    expect(
      codeOf(() => {
        assertCurrent({ ...CURRENT, ...claims }, NOW * 1000);
      }),
    ).toBe('taken');
  });

  it.each([
    ['it ends now', { exp: NOW }, 'ExpiredTokenException'],
    ['it has ended', { exp: NOW - 1 }, 'ExpiredTokenException'],
    ['issued more than five minutes ahead', { iat: NOW + 301, exp: NOW + 900 }, 'InvalidIdentityToken'],
    ['beginning more than five minutes ahead', { nbf: NOW + 301 }, 'InvalidIdentityToken'],
    ['exp is a string', { exp: String(NOW + 600) }, 'InvalidIdentityToken'],
    ['iat is null', { iat: null }, 'InvalidIdentityToken'],
    ['nbf is a string', { nbf: 'now' }, 'InvalidIdentityToken'],
    ...['iss', 'sub', 'aud', 'iat', 'exp'].map((name) => [`no ${name}`, { [name]: undefined }, 'InvalidIdentityToken']),
  ] as [string, object, string][])('is refused: %s', (_name, claims, code) => {
    expect(
      codeOf(() => {
        assertCurrent({ ...CURRENT, ...claims }, NOW * 1000);
      }),
    ).toBe(code);
  });

  it('is refused naming the claim that is missing', () => {
    expect(() => {
      assertCurrent({ ...CURRENT, aud: undefined }, NOW * 1000);
    }).toThrow('Missing a required claim: aud');
  });
});

describe('the audience of a token', () => {
  it.each([
    [{ aud: 'a' }, { audience: 'a', audiences: ['a'] }],
    [{ aud: ['a'] }, { audience: 'a', audiences: ['a'] }],
    [
      { aud: 'a', azp: 'b' },
      { audience: 'b', audiences: ['a'] },
    ],
    [
      { aud: ['a', 'b'], azp: 'c' },
      { audience: 'c', audiences: ['a', 'b'] },
    ],
    [
      { aud: 'a', azp: '' },
      { audience: '', audiences: ['a'] },
    ],
  ])('of %j is %j', (claims, expected) => {
    expect(audienceOf(claims)).toEqual(expected);
  });

  it.each([
    {},
    { aud: [] },
    { aud: null },
    { aud: 1 },
    { aud: ['a', 1] },
    { aud: ['a', 'b'] },
    { aud: 'a', azp: ['a'] },
    { aud: 'a', azp: null },
  ])('is refused of %j', (claims) => {
    expect(codeOf(() => audienceOf(claims))).toBe('InvalidIdentityToken');
  });
});

describe('what else a token says', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/r';

  it('is read', () => {
    expect(
      webIdentityClaims({
        ...CURRENT,
        amr: ['pwd', 'mfa'],
        email: 'u@example.com',
        'https://aws.amazon.com/source_identity': 'u@example.com',
        'https://aws.amazon.com/roles': ROLE,
      }),
    ).toEqual({
      subject: 'u',
      audience: 'c',
      audiences: ['c'],
      authenticationMethods: ['pwd', 'mfa'],
      email: 'u@example.com',
      sourceIdentity: 'u@example.com',
      roles: [ROLE],
      tags: { tags: {}, transitiveKeys: [] },
    });
  });

  it.each([
    { sub: null },
    { sub: 7 },
    { amr: 1 },
    { amr: [1] },
    { 'https://aws.amazon.com/source_identity': 'a' },
    { 'https://aws.amazon.com/source_identity': 'a b' },
    { 'https://aws.amazon.com/source_identity': 'a'.repeat(65) },
    { 'https://aws.amazon.com/source_identity': null },
    { 'https://aws.amazon.com/roles': null },
    { 'https://aws.amazon.com/roles': [1] },
    { 'https://aws.amazon.com/roles': {} },
    { 'https://aws.amazon.com/tags': 'x' },
  ])('is refused: %j', (claims) => {
    expect(codeOf(() => webIdentityClaims({ ...CURRENT, ...claims }))).toBe('InvalidIdentityToken');
  });
});
