import { TerraformVariable } from 'cdktf';
import { ConfigCheck } from '../../lib/config-check';
import { audiencesOf, checkIdentity, IDENTITY_OPTIONS, identityProviderOf, namesIdentity } from '../../lib/identity-config';
import { addressesOf, awsStack, refusalOf, synthesise } from '../support/synthesis';

const POOL = 'eu-central-1_a1B2c3D4e';
const POOL_ISSUER = `cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
const ISSUER_URL = 'https://login.example.com';
const PROVIDER_ARN = 'arn:aws:iam::123456789012:oidc-provider/login.example.com';

function check(config: object): void {
  checkIdentity(new ConfigCheck(awsStack()), config).orThrow();
}

describe('namesIdentity', () => {
  it.each([{}, { region: 'eu-central-1' }, { userPoolId: undefined, audience: undefined }])('is false for %j', (config) => {
    expect(namesIdentity(config)).toBe(false);
  });

  it.each(Object.keys(IDENTITY_OPTIONS))('is true for %s alone', (name) => {
    expect(namesIdentity({ [name]: 'x' })).toBe(true);
  });
});

describe('checkIdentity', () => {
  it.each([
    { name: 'a user pool', config: { userPoolId: POOL, audience: 'web' } },
    { name: 'a user pool whose issuer agrees', config: { userPoolId: POOL, identityProviderName: POOL_ISSUER, audience: ['web'] } },
    { name: 'a user pool with its provider', config: { userPoolId: POOL, audience: 'web', createIdentityProvider: false } },
    { name: 'an issuer', config: { issuerUrl: ISSUER_URL, audience: ['web', 'mobile'] } },
    { name: 'an issuer with its provider', config: { issuerUrl: ISSUER_URL, audience: 'web', createIdentityProvider: false } },
    { name: 'a provider', config: { identityProviderArn: PROVIDER_ARN, audience: 'web' } },
    {
      name: 'a provider, the rest undefined',
      config: { identityProviderArn: PROVIDER_ARN, audience: 'web', userPoolId: undefined },
    },
  ])('accepts $name', ({ config }) => {
    expect(() => {
      check(config);
    }).not.toThrow();
  });

  it.each([
    {
      name: 'nothing',
      config: {},
      problems: [
        "one of 'userPoolId', 'issuerUrl', 'identityProviderArn' is needed",
        "'audience' is needed: without it any client",
      ],
    },
    { name: 'no audience', config: { userPoolId: POOL }, problems: ["'audience' is needed"] },
    {
      name: 'an audience alone',
      config: { audience: 'web' },
      problems: ["one of 'userPoolId', 'issuerUrl', 'identityProviderArn'"],
    },
    {
      name: 'an audience that is no text',
      config: { userPoolId: POOL, audience: 5 },
      problems: ["'audience' is 5, allowed is a client id or a list of them"],
    },
    {
      name: 'two ways at once',
      config: { userPoolId: POOL, issuerUrl: ISSUER_URL, audience: 'web' },
      problems: ["'userPoolId' and 'issuerUrl' exclude each other, give one"],
    },
    {
      name: 'three ways at once',
      config: { userPoolId: POOL, issuerUrl: ISSUER_URL, identityProviderArn: PROVIDER_ARN, audience: 'web' },
      problems: ["'userPoolId' and 'issuerUrl' and 'identityProviderArn' exclude each other"],
    },
    {
      name: "a user pool's ARN as its id",
      config: { userPoolId: `arn:aws:cognito-idp:eu-central-1:123456789012:userpool/${POOL}`, audience: 'web' },
      problems: ["allowed is <region>_<id>, for example 'eu-central-1_a1B2c3D4e'"],
    },
    { name: 'a user pool id that is no text', config: { userPoolId: null, audience: 'web' }, problems: ["'userPoolId' is null"] },
    {
      name: 'an issuer that contradicts the user pool',
      config: { userPoolId: POOL, identityProviderName: 'cognito-idp.us-east-1.amazonaws.com/us-east-1_x', audience: 'web' },
      problems: [`but user pool '${POOL}' has '${POOL_ISSUER}': leave it out or give that`],
    },
    {
      name: 'identityProviderName without a user pool',
      config: { issuerUrl: ISSUER_URL, identityProviderName: 'login.example.com', audience: 'web' },
      problems: ["'identityProviderName' goes with 'userPoolId'"],
    },
    {
      name: 'createIdentityProvider with a provider',
      config: { identityProviderArn: PROVIDER_ARN, createIdentityProvider: true, audience: 'web' },
      problems: ["'createIdentityProvider' does not go with 'identityProviderArn'"],
    },
    {
      name: 'createIdentityProvider as text',
      config: { userPoolId: POOL, audience: 'web', createIdentityProvider: 'false' },
      problems: [`'createIdentityProvider' is "false", allowed is true or false`],
    },
    {
      name: 'createIdentityProvider null',
      config: { userPoolId: POOL, audience: 'web', createIdentityProvider: null },
      problems: ["'createIdentityProvider' is null, allowed is true or false"],
    },
    {
      name: 'an issuer that is no text',
      config: { issuerUrl: null, audience: 'web' },
      problems: ["'issuerUrl' is null: it must be a string"],
    },
    {
      name: 'a provider that is no text',
      config: { identityProviderArn: 5, audience: 'web' },
      problems: ["'identityProviderArn' is 5: it must be a string"],
    },
    {
      name: 'issuer, provider and audiences that AWS does not take, all at once',
      config: { issuerUrl: 'http://a.b', identityProviderArn: 'arn:x', audience: ['a*', ''] },
      problems: [
        '\'issuerUrl\' is "http://a.b"',
        '\'identityProviderArn\' is "arn:x"',
        '\'audience\' is "a*"',
        '\'audience\' is ""',
      ],
    },
    {
      name: 'several contradictions',
      config: { identityProviderArn: PROVIDER_ARN, userPoolId: 'x', createIdentityProvider: false },
      problems: ['exclude each other', "'audience' is needed", '\'userPoolId\' is "x"', "'createIdentityProvider' does not go"],
    },
  ])('fails for $name', ({ config, problems }) => {
    const error = refusalOf(() => {
      check(config);
    });
    expect(error.code).toBe('config.invalid');
    for (const problem of problems) expect(error.message).toContain(problem);
  });

  it('fails for a user pool that Terraform fills in, and says what to give', () => {
    const userPoolId = new TerraformVariable(awsStack(), 'pool', {}).stringValue;
    const error = refusalOf(() => {
      check({ userPoolId, audience: 'web' });
    });
    expect(error.message).toContain("'userPoolId' must be known at synthesis: give 'issuerUrl' for one that Terraform fills in");
  });
});

describe('audiencesOf', () => {
  it.each([
    { audience: 'web', list: ['web'] },
    { audience: ['web', 'mobile'], list: ['web', 'mobile'] },
  ])('gives $list', ({ audience, list }) => {
    expect(audiencesOf({ audience })).toEqual(list);
  });
});

describe('identityProviderOf', () => {
  const made = ['aws_iam_openid_connect_provider.tenants'];

  it.each([
    { name: 'a user pool', config: { userPoolId: POOL, audience: 'web' }, issuer: POOL_ISSUER, resources: made },
    { name: 'an issuer', config: { issuerUrl: ISSUER_URL, audience: 'web' }, issuer: 'login.example.com', resources: made },
    {
      name: 'a user pool with its provider',
      config: { userPoolId: POOL, audience: 'web', createIdentityProvider: false },
      issuer: POOL_ISSUER,
      resources: [],
    },
    {
      name: 'an issuer with its provider',
      config: { issuerUrl: ISSUER_URL, audience: 'web', createIdentityProvider: false },
      issuer: 'login.example.com',
      resources: [],
    },
    {
      name: 'a provider',
      config: { identityProviderArn: PROVIDER_ARN, audience: 'web' },
      issuer: 'login.example.com',
      resources: [],
    },
  ])('makes $resources for $name', ({ config, issuer, resources }) => {
    const stack = awsStack();
    const provider = identityProviderOf(stack, config, { logicalId: 'tenants' });
    expect(provider.issuer).toBe(issuer);
    expect(addressesOf(synthesise(stack)).filter((address) => !address.startsWith('data.'))).toEqual(resources);
  });
});
