import { TerraformVariable } from 'cdktf';
import { ConfigCheck } from '../../lib/config-check';
import {
  audiencesOf,
  checkIdentity,
  IDENTITY_OPTIONS,
  identitiesOf,
  type Identity,
  namesIdentity,
  trustedProvider,
} from '../../lib/identity-config';
import { addressesOf, awsStack, refusalOf, synthesise } from '../support/synthesis';

const POOL = 'eu-central-1_a1B2c3D4e';
const POOL_ISSUER = `cognito-idp.eu-central-1.amazonaws.com/${POOL}`;
const ISSUER_URL = 'https://login.example.com';
const IDENTITY_POOL = 'eu-central-1:12345678-90ab-cdef-1234-567890abcdef';
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
    { name: 'a user pool that gets its trigger', config: { userPoolId: POOL, audience: 'web', tokenTrigger: true } },
    { name: 'an issuer with a path and a closing slash', config: { identity: { issuerUrl: `${ISSUER_URL}/a/`, audience: 'web' } } },
    {
      name: 'several issuers, one with an audience of another',
      config: {
        identity: [
          { userPoolId: POOL, audience: 'web' },
          { issuerUrl: ISSUER_URL, audience: ['web', 'mobile'] },
          { identityPool: { identityPoolId: IDENTITY_POOL } },
        ],
      },
    },
    {
      name: 'issuers whose paths differ',
      config: { identity: ['a', 'b'].map((path) => ({ issuerUrl: `${ISSUER_URL}/${path}`, audience: 'x' })) },
    },
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
      name: 'a token trigger without a user pool',
      config: { issuerUrl: ISSUER_URL, audience: 'web', tokenTrigger: true },
      problems: ["'tokenTrigger' goes with 'userPoolId'"],
    },
    {
      name: 'a token trigger as text',
      config: { userPoolId: POOL, audience: 'web', tokenTrigger: 'yes' },
      problems: [`'tokenTrigger' is "yes", allowed is true or false`],
    },
    { name: 'identity as text', config: { identity: 'cognito' }, problems: [`'identity' is "cognito", allowed is an object`] },
    { name: 'identity null', config: { identity: null }, problems: ["'identity' is null, allowed is an object"] },
    { name: 'an empty list', config: { identity: [] }, problems: ["'identity' is an empty list: nobody could sign in"] },
    {
      name: 'an entry that is none',
      config: { identity: [{ issuerUrl: ISSUER_URL, audience: 'web' }, null] },
      problems: ["'identity[1]' is null, allowed is an object"],
    },
    {
      name: 'an entry without an audience, by its place',
      config: { identity: [{ issuerUrl: ISSUER_URL, audience: 'web' }, { userPoolId: POOL }] },
      problems: ["identity[1]: 'audience' is needed"],
    },
    {
      name: 'one entry without an audience',
      config: { identity: { userPoolId: POOL } },
      problems: ["identity: 'audience' is needed"],
    },
    {
      name: 'an unknown option in an entry',
      config: { identity: { issuer: ISSUER_URL, audience: 'web' } },
      problems: [
        "identity: unknown option 'issuer', known are userPoolId,",
        "identity: one of 'userPoolId', 'issuerUrl', 'identityProviderArn', 'userPool', 'identityPool' is needed",
      ],
    },
    {
      name: 'identity beside the short form',
      config: { identity: { userPoolId: POOL, audience: 'web' }, audience: 'web', issuerUrl: ISSUER_URL },
      problems: ["'audience' does not go with 'identity'", "'issuerUrl' does not go with 'identity'"],
    },
    {
      name: 'one issuer twice',
      config: {
        identity: [
          { userPoolId: POOL, audience: 'web' },
          { issuerUrl: `https://${POOL_ISSUER}`, audience: 'mobile' },
        ],
      },
      problems: [`'identity' names the issuer '${POOL_ISSUER}' twice: give all its audiences in one entry`],
    },
    {
      name: 'one issuer twice, by its provider and with a closing slash',
      config: {
        identity: [
          { identityProviderArn: PROVIDER_ARN, audience: 'web' },
          { issuerUrl: `${ISSUER_URL}/`, audience: 'web' },
        ],
      },
      problems: ["'identity' names the issuer 'login.example.com/' twice, once as 'login.example.com'"],
    },
    {
      name: 'two token triggers',
      config: {
        identity: [
          { userPoolId: POOL, audience: 'web', tokenTrigger: true },
          { userPoolId: 'eu-central-1_other', audience: 'web', tokenTrigger: true },
        ],
      },
      problems: ["'tokenTrigger' is asked for twice"],
    },
    {
      name: 'a user pool that is none',
      config: { identity: { userPool: {} } },
      problems: ["identity: 'userPool' must be a TenantUserPool; of one that exists give 'userPoolId' and 'audience'"],
    },
    {
      name: 'an identity pool without its id',
      config: { identity: { identityPool: {} } },
      problems: ["identity: 'identityPool.identityPoolId' is needed: <region>:<uuid>"],
    },
    {
      name: 'an identity pool id that is none',
      config: { identity: { identityPool: { identityPoolId: POOL } } },
      problems: [`'identityPool.identityPoolId' is "${POOL}", allowed is <region>:<uuid>`],
    },
    {
      name: 'both pools in one entry',
      config: { identity: { userPool: { issuer: 'a', clientId: 'b' }, identityPool: { identityPoolId: IDENTITY_POOL } } },
      problems: ["'userPool' and 'identityPool' exclude each other"],
    },
    {
      name: 'a pool beside an issuer in one entry',
      config: { identity: { identityPool: { identityPoolId: IDENTITY_POOL }, audience: 'web' } },
      problems: ["identity: unknown option 'audience', known are userPool, identityPool"],
    },
    {
      name: 'issuers with what IAM does not take',
      config: {
        identity: [
          { issuerUrl: 'http://login.example.com', audience: 'web' },
          { issuerUrl: 'https://login.example.com:8443', audience: 'web' },
          { issuerUrl: 'https://login.example.com?tenant=a', audience: 'web' },
        ],
      },
      problems: [
        'identity[0]: \'issuerUrl\' is "http://login.example.com": IAM takes an issuer over https:// only',
        'identity[1]: \'issuerUrl\' is "https://login.example.com:8443": IAM takes no port in an issuer',
        'identity[2]: \'issuerUrl\' is "https://login.example.com?tenant=a": a query or fragment',
      ],
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

describe('identitiesOf', () => {
  const one: Identity = { userPoolId: POOL, audience: 'web' };

  it('gives the one issuer of the short form, the one entry, or the list', () => {
    expect(identitiesOf(one)).toEqual([one]);
    expect(identitiesOf({ identity: one })).toEqual([one]);
    expect(identitiesOf({ identity: [one, { issuerUrl: ISSUER_URL, audience: 'web' }] })).toHaveLength(2);
  });
});

describe('trustedProvider', () => {
  const made = ['aws_iam_openid_connect_provider.tenants'];

  it.each<{ name: string; identity: Identity; issuer: string; resources: string[]; audiences?: string[] }>([
    { name: 'a user pool', identity: { userPoolId: POOL, audience: 'web' }, issuer: POOL_ISSUER, resources: made },
    { name: 'an issuer', identity: { issuerUrl: ISSUER_URL, audience: 'web' }, issuer: 'login.example.com', resources: made },
    {
      name: 'a user pool with its provider',
      identity: { userPoolId: POOL, audience: 'web', createIdentityProvider: false },
      issuer: POOL_ISSUER,
      resources: [],
    },
    {
      name: 'an issuer with its provider',
      identity: { issuerUrl: ISSUER_URL, audience: ['web'], createIdentityProvider: false },
      issuer: 'login.example.com',
      resources: [],
    },
    {
      name: 'a provider',
      identity: { identityProviderArn: PROVIDER_ARN, audience: 'web' },
      issuer: 'login.example.com',
      resources: [],
    },
    {
      name: 'a user pool made beside',
      identity: { userPool: { issuer: POOL_ISSUER, clientId: 'web' } },
      issuer: POOL_ISSUER,
      resources: made,
    },
    {
      name: 'an identity pool',
      identity: { identityPool: { identityPoolId: IDENTITY_POOL } },
      issuer: 'cognito-identity.amazonaws.com',
      resources: [],
      audiences: [IDENTITY_POOL],
    },
  ])('makes $resources for $name', ({ identity, issuer, resources, audiences = ['web'] }) => {
    const stack = awsStack();
    const trusted = trustedProvider(stack, 'provider', identity, { logicalId: 'tenants' });
    expect(trusted.identityProvider.issuer).toBe(issuer);
    expect(trusted.audiences).toEqual(audiences);
    expect(addressesOf(synthesise(stack)).filter((address) => !address.startsWith('data.'))).toEqual(resources);
  });
});
