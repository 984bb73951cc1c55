import { trustPolicy } from '../../../../lib/policy';
import { meantGuards, tenantClaimOf, tokensOf } from '../../../../lib/review/judgement/web-identity';
import { ADMISSION, AUDIENCE, DESIGN, ISSUER, known, PROVIDER, role, statements } from '../../../support/estates';

const trusting = (changes: object) => known('trust', { Version: '2012-10-17', Statement: [{ ...ADMISSION, ...changes }] });

const tokens = (changes: object) => tokensOf(trusting(changes));

describe('the tokens that a trust policy takes', () => {
  it('are of its Federated principal, with the issuer as it stands in keys and a context that it admits', () => {
    expect(tokensOf(known('trust', DESIGN.trust))).toEqual([
      { provider: PROVIDER, issuer: ISSUER, context: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: 'user' } },
    ]);
  });

  it('may be of a provider that AWS has built in', () => {
    expect(tokens({ Principal: { Federated: 'accounts.google.com' } })).toMatchObject([
      { provider: 'accounts.google.com', issuer: 'accounts.google.com' },
    ]);
  });

  it.each([
    'sts:AssumeRoleWithWebIdentity',
    'STS:assumerolewithwebidentity',
    'sts:*',
    'sts:Assume*',
    'sts:AssumeRoleWith*',
    'sts:*WebIdentity',
    '*',
  ])('are there for the action %s', (Action) => {
    expect(tokens({ Action })).toHaveLength(1);
    expect(tokens({ Action: ['sts:TagSession', Action] })).toHaveLength(1);
  });

  it('are there for what NotAction leaves, and for everybody', () => {
    expect(tokens({ Action: undefined, NotAction: 'iam:*' })).toHaveLength(1);
    expect(tokens({ Action: undefined, NotAction: 'sts:*' })).toEqual([]);
    expect(tokens({ Principal: '*' })).toHaveLength(1);
    expect(tokens({ Principal: { Federated: '*' } })).toHaveLength(1);
  });

  it('are found beside other principals and statements, those of each provider', () => {
    const trust = statements(
      { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
      { Effect: 'Allow', Principal: { Federated: 'arn:aws:iam::123456789012:saml-provider/x' }, Action: 'sts:*' },
      ...DESIGN.trust.Statement,
      { ...ADMISSION, Principal: { Federated: ['accounts.google.com', PROVIDER] } },
    );
    expect(tokensOf(known('trust', trust)).map(({ provider }) => provider)).toEqual([PROVIDER, 'accounts.google.com']);
  });

  it.each<[string, object]>([
    ['a denial', { Effect: 'Deny' }],
    ['a SAML provider', { Principal: { Federated: 'arn:aws:iam::123456789012:saml-provider/x' }, Action: 'sts:*' }],
    ['an account', { Principal: { AWS: '123456789012' } }],
    ['another action', { Action: ['sts:AssumeRole', 'sts:TagSession'] }],
  ])('fail to be there for %s', (_, changes) => {
    expect(tokens(changes)).toEqual([]);
  });

  it('fail to be there where the policy is not known', () => {
    expect(tokensOf({ name: 'trust', unknown: 'known after apply' })).toEqual([]);
  });

  it('are one for each audience', () => {
    const Condition = { StringEquals: { [`${ISSUER.toUpperCase()}:aud`]: ['first', 'second', 'first'] } };
    expect(tokens({ Condition }).map(({ context }) => context[`${ISSUER}:aud`])).toEqual(['first', 'second']);
  });

  it('have what each condition asks for', () => {
    const Condition = {
      StringLike: { [`${ISSUER}:sub`]: 'system:*:?' },
      'ForAnyValue:StringLike': { [`${ISSUER}:amr`]: 'authenticated*' },
      Bool: { 'sts:RoleAuthorizedByIdp': 'true' },
      StringNotEquals: { [`${ISSUER}:azp`]: 'x' },
      Null: { [`${ISSUER}:oaud`]: 'false' },
    };
    expect(tokens({ Condition })[0]?.context).toEqual({
      [`${ISSUER}:aud`]: 'client-id',
      [`${ISSUER}:sub`]: 'system:x:x',
      [`${ISSUER}:amr`]: 'authenticatedx',
      'sts:RoleAuthorizedByIdp': 'true',
    });
  });

  it('have no tenant, which is another matter', () => {
    const Condition = { StringEquals: { 'aws:RequestTag/tenant_id': 'acme', 'aws:TagKeys': 'tenant_id' } };
    expect(Object.keys(tokens({ Condition })[0]?.context ?? {})).toEqual([`${ISSUER}:aud`, `${ISSUER}:sub`]);
  });
});

describe('how the tenant reaches IAM', () => {
  const claim = (changes: Parameters<typeof role>[0], tag?: string) => tenantClaimOf(role(changes), ISSUER, tag);
  const reading = (text: string) => [
    known('policy', statements({ Effect: 'Allow', Action: '*', Resource: `arn:aws:s3:::x/${text}/*` })),
  ];
  const bare = known(
    'trust',
    statements({ Effect: 'Allow', Principal: { Federated: PROVIDER }, Action: 'sts:AssumeRoleWithWebIdentity' }),
  );

  it('is by the tag that its policies read', () => {
    expect(claim({})).toEqual({ kind: 'session-tag', tagKey: 'tenant_id' });
    expect(claim({ identity: reading('${aws:PrincipalTag/org}') })).toEqual({ kind: 'session-tag', tagKey: 'org' });
    expect(claim({ identity: reading("${aws:principaltag/org, 'none'}") })).toEqual({ kind: 'session-tag', tagKey: 'org' });
  });

  it('is by the one that they read most often', () => {
    const identity = [
      ...reading('${aws:PrincipalTag/user}'),
      ...reading('${aws:PrincipalTag/org}'),
      ...reading('${aws:PrincipalTag/org}'),
    ];
    expect(claim({ identity })).toEqual({ kind: 'session-tag', tagKey: 'org' });
  });

  it('is by the one that the trust policy asks for, or that a condition compares, where nothing reads one', () => {
    expect(claim({ identity: [] })).toEqual({ kind: 'session-tag', tagKey: 'tenant_id' });
    const compared = known('policy', {
      Statement: { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringLike: { 'aws:PrincipalTag/org': '?*' } } },
    });
    expect(claim({ identity: [compared], trust: bare })).toEqual({ kind: 'session-tag', tagKey: 'org' });
  });

  it('is by a claim where policies read one of this issuer', () => {
    const identity = reading(`\${${ISSUER}:custom:tenant}`);
    expect(claim({ identity, trust: bare })).toEqual({ kind: 'custom-claim', issuer: ISSUER, claim: 'custom:tenant' });
    expect(claim({ identity: reading('${login.other.example:tenant}'), trust: bare })).toBeUndefined();
  });

  it('fails to be found where nothing names a tenant', () => {
    expect(claim({ identity: reading('shared'), trust: bare })).toBeUndefined();
    expect(claim({ identity: [], trust: bare })).toBeUndefined();
  });

  it('is by the tag that the caller knows, of roles that take tags', () => {
    expect(claim({}, 'org')).toEqual({ kind: 'session-tag', tagKey: 'org' });
    expect(claim({ identity: [], trust: trusting({ Action: ['sts:*'] }) }, 'org')).toEqual({ kind: 'session-tag', tagKey: 'org' });
    expect(claim({ trust: bare }, 'org')).toBeUndefined();
  });
});

describe('what a role means to guard', () => {
  const TENANT = { kind: 'session-tag', tagKey: 'tenant_id' } as const;
  const conditioned = (Condition: object) => trusting({ Condition });
  const bare = conditioned({ StringEquals: { [`${ISSUER}:aud`]: AUDIENCE } });

  it('is of the design the shape of the tenant and further tags', () => {
    expect(meantGuards(role(), TENANT)).toEqual({ guardedShape: true, guardedTags: true, guardedKeys: false });
    expect(meantGuards(role({ trust: bare }), TENANT)).toEqual({ guardedShape: false, guardedTags: false, guardedKeys: false });
  });

  it('says each by itself', () => {
    const shape = conditioned({ StringNotLike: { 'aws:RequestTag/Tenant_ID': '*/*' } });
    expect(meantGuards(role({ trust: shape }), TENANT)).toMatchObject({ guardedShape: true, guardedTags: false });
    const tags = conditioned({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'tenant_id' } });
    expect(meantGuards(role({ trust: tags }), TENANT)).toMatchObject({ guardedShape: false, guardedTags: true });
    const other = conditioned({ StringNotLike: { 'aws:RequestTag/user': '*/*' } });
    expect(meantGuards(role({ trust: other }), TENANT)).toMatchObject({ guardedShape: false });
  });

  it('is further tags where a policy reads another', () => {
    const reading = (key: string) => [
      known('p', statements({ Effect: 'Allow', Action: '*', Resource: `arn:aws:s3:::x/\${aws:PrincipalTag/${key}}` })),
    ];
    expect(meantGuards(role({ trust: bare, identity: reading('role') }), TENANT).guardedTags).toBe(true);
    expect(meantGuards(role({ trust: bare, identity: reading('Tenant_ID') }), TENANT).guardedTags).toBe(false);
  });

  it('is keys where a policy looks at the encryption context', () => {
    const Condition = { StringLike: { 'kms:EncryptionContext:aws:s3:arn': 'arn:aws:s3:::files/*' } };
    const identity = [known('p', statements({ Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*', Condition }))];
    expect(meantGuards(role({ identity }), TENANT).guardedKeys).toBe(true);
  });

  it('is a shape of tenants where only some are taken', () => {
    const shaped = (value: string) =>
      meantGuards(role({ trust: conditioned({ StringLike: { 'aws:RequestTag/tenant_id': value } }) }), TENANT);
    expect(shaped('org_*').tenantShape).toBe('org_*');
    expect(shaped('????').tenantShape).toBe('????');
    for (const any of ['*', '?*', '?']) expect(shaped(any)).not.toHaveProperty('tenantShape');
  });
});

it('reads the design for a Cognito user pool', () => {
  const issuer = 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e';
  const identityProviderArn = `arn:aws:iam::123456789012:oidc-provider/${issuer}`;
  const trust = trustPolicy({ issuers: [{ identityProviderArn, issuer, audiences: ['app'] }] });
  expect(tokensOf(known('trust', trust))).toMatchObject([{ issuer, context: { [`${issuer}:aud`]: 'app' } }]);
});
