import {
  issuerOfProviderArn,
  issuerOfUrl,
  issuerUrlProblem,
  isUserPoolId,
  providerArnProblem,
  regionOfUserPool,
  userPoolIssuer,
} from '../../../lib/policy/issuer';

const POOL = 'eu-central-1_a1B2c3D4e';

describe('isUserPoolId', () => {
  it.each([POOL, 'us-gov-west-1_X', 'ap-southeast-2_abcDEF123'])('accepts %s', (id) => {
    expect(isUserPoolId(id)).toBe(true);
  });

  it.each([
    '',
    'eu-central-1',
    'eu-central-1_',
    '_a1B2c3D4e',
    'eu-central_a1B2c3D4e',
    'EU-CENTRAL-1_a1B2c3D4e',
    `${POOL}-x`,
    `${POOL}\n`,
    `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`,
  ])('fails for %j', (id) => {
    expect(isUserPoolId(id)).toBe(false);
  });
});

describe('regionOfUserPool', () => {
  it.each([
    { id: POOL, region: 'eu-central-1' },
    { id: 'us-gov-west-1_X', region: 'us-gov-west-1' },
    { id: 'eu-central-1', region: undefined },
  ])('is $region for $id', ({ id, region }) => {
    expect(regionOfUserPool(id)).toBe(region);
  });
});

describe('userPoolIssuer', () => {
  it.each([
    { id: POOL, issuer: `cognito-idp.eu-central-1.amazonaws.com/${POOL}` },
    { id: 'us-gov-west-1_abc', issuer: 'cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_abc' },
    { id: 'cn-north-1_abc', issuer: 'cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_abc' },
  ])('is $issuer', ({ id, issuer }) => {
    expect(userPoolIssuer(id)).toBe(issuer);
  });
});

describe('the ARN of an OIDC provider', () => {
  it.each([
    { arn: 'arn:aws:iam::123456789012:oidc-provider/login.example.com', issuer: 'login.example.com' },
    { arn: 'arn:aws-cn:iam::123456789012:oidc-provider/login.example.com/a/b', issuer: 'login.example.com/a/b' },
    { arn: 'arn:aws-us-gov:iam::123456789012:oidc-provider/example.auth0.com/', issuer: 'example.auth0.com/' },
  ])('has the issuer $issuer', ({ arn, issuer }) => {
    expect(issuerOfProviderArn(arn)).toBe(issuer);
    expect(providerArnProblem(arn)).toBeUndefined();
  });

  it.each([
    { name: 'an empty one', arn: '' },
    { name: 'a role', arn: 'arn:aws:iam::123456789012:role/oidc-provider/x' },
    { name: 'a SAML provider', arn: 'arn:aws:iam::123456789012:saml-provider/x' },
    { name: 'a short account', arn: 'arn:aws:iam::12345678901:oidc-provider/x' },
    { name: 'a long account', arn: 'arn:aws:iam::1234567890123:oidc-provider/x' },
    { name: 'no issuer', arn: 'arn:aws:iam::123456789012:oidc-provider/' },
    { name: 'a wildcard', arn: 'arn:aws:iam::123456789012:oidc-provider/*' },
    { name: 'a question mark', arn: 'arn:aws:iam::123456789012:oidc-provider/a?b' },
    { name: 'an at sign', arn: 'arn:aws:iam::123456789012:oidc-provider/login.example.com/@app' },
    { name: 'a colon in the path', arn: 'arn:aws:iam::123456789012:oidc-provider/login.example.com/a:1' },
    { name: 'a space', arn: 'arn:aws:iam::123456789012:oidc-provider/a b' },
    { name: 'an issuer URL', arn: 'https://login.example.com' },
  ])('fails for $name', ({ arn }) => {
    expect(issuerOfProviderArn(arn)).toBeUndefined();
    expect(providerArnProblem(arn)).toBe('allowed is arn:<partition>:iam::<account>:oidc-provider/<issuer without https://>');
  });

  it("fails for a user pool's ARN and says what to give instead", () => {
    const arn = `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`;
    expect(issuerOfProviderArn(arn)).toBeUndefined();
    expect(providerArnProblem(arn)).toBe(
      `it names a Cognito user pool, which no role can trust: give userPoolId '${POOL}', or the ARN of its IAM OIDC provider, ` +
        `arn:<partition>:iam::<account>:oidc-provider/cognito-idp.eu-central-1.amazonaws.com/${POOL}`,
    );
  });
});

describe('issuerUrlProblem', () => {
  const start = 'https://login.example.com/';

  it.each([
    'https://login.example.com',
    'https://example.auth0.com/',
    'https://login.example.com/~realms/app%20one/a+b_c-d.e',
    `https://cognito-idp.eu-central-1.amazonaws.com/${POOL}`,
    start.padEnd(255, 'x'),
  ])('accepts %s', (url) => {
    expect(issuerUrlProblem(url)).toBeUndefined();
  });

  it.each([
    { name: '256 characters', url: start.padEnd(256, 'x'), problem: 'IAM takes at most 255 characters' },
    { name: 'no URL', url: 'login.example.com', problem: 'it is no URL' },
    { name: 'nothing', url: '', problem: 'it is no URL' },
    { name: 'no host', url: 'https://', problem: 'it is no URL' },
    { name: 'http', url: 'http://login.example.com', problem: 'IAM takes an issuer over https:// only' },
    { name: 'a port', url: 'https://login.example.com:8443', problem: 'IAM takes no port' },
    { name: 'the default port', url: 'https://login.example.com:443/a', problem: 'IAM takes no port' },
    { name: 'a query', url: 'https://login.example.com?a=b', problem: 'a query or fragment does not belong' },
    { name: 'an empty query', url: 'https://login.example.com?', problem: 'a query or fragment does not belong' },
    { name: 'a fragment', url: 'https://login.example.com#a', problem: 'a query or fragment does not belong' },
    { name: 'an empty fragment', url: 'https://login.example.com#', problem: 'a query or fragment does not belong' },
    { name: 'a user', url: 'https://me@login.example.com', problem: 'a user name or password does not belong' },
    { name: 'a password', url: 'https://:secret@login.example.com', problem: 'a user name or password does not belong' },
    {
      name: 'a colon in the path',
      url: 'https://login.example.com/realms/app:1',
      problem: 'a host and perhaps a path of letters, digits and',
    },
    { name: 'a wildcard', url: 'https://login.example.com/*', problem: 'a host and perhaps a path of letters, digits and' },
    { name: 'a quote', url: 'https://login.example.com/"', problem: 'a host and perhaps a path of letters, digits and' },
    { name: 'white space', url: ' https://login.example.com', problem: 'a host and perhaps a path of letters, digits and' },
    { name: 'a backslash', url: 'https:\\\\login.example.com', problem: 'a host and perhaps a path of letters, digits and' },
    { name: 'HTTPS in capitals', url: 'HTTPS://login.example.com', problem: 'a host and perhaps a path of letters, digits and' },
  ])('fails for $name', ({ url, problem }) => {
    expect(issuerUrlProblem(url)).toContain(problem);
  });
});

describe('issuerOfUrl', () => {
  it.each([
    { url: 'https://login.example.com', issuer: 'login.example.com' },
    { url: 'https://example.auth0.com/', issuer: 'example.auth0.com/' },
    { url: 'https://login.example.com/https://x', issuer: 'login.example.com/https://x' },
  ])('is $issuer for $url', ({ url, issuer }) => {
    expect(issuerOfUrl(url)).toBe(issuer);
  });
});
