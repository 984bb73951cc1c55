import type { Conditions, PolicyStatement } from '../../../lib/policy/document';
import { IDENTITY_POOL_ISSUER, trustPolicy } from '../../../lib/policy/trust';

const ISSUER = 'login.example.com';
const TRUSTED = {
  identityProviderArn: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`,
  issuer: ISSUER,
  audiences: ['web', 'mobile'],
};
const PROVIDER = { issuers: [TRUSTED] };

function statement(input: Parameters<typeof trustPolicy>[0] = PROVIDER): PolicyStatement & { readonly Condition: Conditions } {
  const [first, ...others] = trustPolicy(input).Statement;
  if (first?.Condition === undefined || others.length > 0) throw new Error('one statement with conditions was expected');
  return { ...first, Condition: first.Condition };
}

describe('trustPolicy', () => {
  it('lets the federated provider, and nobody else, begin a tagged session', () => {
    expect(statement()).toMatchObject({
      Effect: 'Allow',
      Principal: { Federated: [TRUSTED.identityProviderArn] },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
    });
  });

  it.each([
    { guard: 'the audience', operator: 'StringEquals', key: `${ISSUER}:aud`, values: ['web', 'mobile'] },
    { guard: 'a tenant that is not empty', operator: 'StringLike', key: 'aws:RequestTag/tenant_id', values: ['?*'] },
    {
      guard: 'no tenant that covers another',
      operator: 'StringNotLike',
      key: 'aws:RequestTag/tenant_id',
      values: ['*/*', '*..*', '* *'],
    },
    { guard: 'a tenant that is there', operator: 'Null', key: 'aws:RequestTag/tenant_id', values: ['false'] },
    { guard: 'no other tags', operator: 'ForAllValues:StringEquals', key: 'aws:TagKeys', values: ['tenant_id'] },
    { guard: 'tag keys that are there', operator: 'Null', key: 'aws:TagKeys', values: ['false'] },
  ])('demands $guard: $operator on $key', ({ operator, key, values }) => {
    expect(statement().Condition[operator]?.[key]).toEqual(values);
  });

  it('has no other condition', () => {
    const pairs = Object.entries(statement().Condition).flatMap(([operator, keys]) =>
      Object.keys(keys).map((key) => `${operator} ${key}`),
    );
    expect(pairs).toHaveLength(6);
  });

  it.each<{ name: string; input: Parameters<typeof trustPolicy>[0] }>([
    { name: 'a session tag', input: PROVIDER },
    { name: 'a custom claim', input: { ...PROVIDER, tenant: { kind: 'custom-claim', issuer: ISSUER, claim: 'tenant' } } },
  ])('puts a set qualifier only where a key has several values, with $name', ({ input }) => {
    for (const [operator, keys] of Object.entries(statement(input).Condition)) {
      expect(operator).not.toMatch(/:Null$|IfExists$|^ForAnyValue/);
      if (operator.startsWith('ForAllValues:')) expect(Object.keys(keys)).toEqual(['aws:TagKeys']);
    }
  });

  it('reads the tag of the request, as no session has a principal tag yet', () => {
    expect(JSON.stringify(trustPolicy(PROVIDER))).not.toContain('PrincipalTag');
  });

  it('follows the tag key', () => {
    const { Condition } = statement({ ...PROVIDER, tenant: { kind: 'session-tag', tagKey: 'org' } });
    expect(Condition['StringLike']).toEqual({ 'aws:RequestTag/org': ['?*'] });
    expect(Condition['ForAllValues:StringEquals']).toEqual({ 'aws:TagKeys': ['org'] });
    expect(JSON.stringify(Condition)).not.toContain('tenant_id');
  });

  it('tags no session and reads no tag where a custom claim names the tenant', () => {
    const { Action, Condition } = statement({ ...PROVIDER, tenant: { kind: 'custom-claim', issuer: ISSUER, claim: 'tenant' } });
    expect(Action).toEqual(['sts:AssumeRoleWithWebIdentity']);
    expect(Condition).toEqual({
      StringEquals: { [`${ISSUER}:aud`]: ['web', 'mobile'] },
      StringLike: { [`${ISSUER}:tenant`]: ['?*'] },
      StringNotLike: { [`${ISSUER}:tenant`]: ['*/*', '*..*', '* *'] },
      Null: { [`${ISSUER}:tenant`]: ['false'] },
    });
  });

  const OTHER = {
    identityProviderArn: 'arn:aws:iam::123456789012:oidc-provider/id.example.com',
    issuer: 'id.example.com',
    audiences: ['app'],
  };
  const POOL_ID = 'eu-central-1:12345678-90ab-cdef-1234-567890abcdef';
  const POOL = { identityProviderArn: IDENTITY_POOL_ISSUER, issuer: IDENTITY_POOL_ISSUER, audiences: [POOL_ID] };

  it('has a statement for each issuer, each with its own audience, the first named as if it were alone', () => {
    const { Statement } = trustPolicy({ issuers: [TRUSTED, OTHER] });
    expect(Statement.map(({ Sid, Principal, Condition }) => ({ Sid, Principal, audience: Condition?.['StringEquals'] }))).toEqual([
      {
        Sid: 'TenantSession',
        Principal: { Federated: [TRUSTED.identityProviderArn] },
        audience: { [`${ISSUER}:aud`]: ['web', 'mobile'] },
      },
      { Sid: 'TenantSession2', Principal: { Federated: [OTHER.identityProviderArn] }, audience: { 'id.example.com:aud': ['app'] } },
    ]);
    expect(Statement[0]).toEqual(statement());
    expect(Statement[1]).toEqual({ ...statement({ issuers: [OTHER] }), Sid: 'TenantSession2' });
  });

  it('asks an identity pool for its id, and for people who have signed in', () => {
    const { Principal, Condition } = statement({ issuers: [POOL], rolePinning: true });
    expect(Principal).toEqual({ Federated: ['cognito-identity.amazonaws.com'] });
    expect(Condition).toEqual({
      ...statement().Condition,
      StringEquals: { 'cognito-identity.amazonaws.com:aud': [POOL_ID] },
      'ForAnyValue:StringEquals': { 'cognito-identity.amazonaws.com:amr': ['authenticated'] },
    });
  });

  it('asks a token for the role, where roles are pinned, by the one action that knows of it', () => {
    const { Statement } = trustPolicy({ ...PROVIDER, rolePinning: true });
    const { Condition, ...session } = statement();
    expect(Statement).toEqual([
      {
        ...session,
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: { ...Condition, Bool: { 'sts:RoleAuthorizedByIdp': ['true'] } },
      },
      {
        Sid: 'TenantTags',
        Effect: 'Allow',
        Principal: { Federated: [TRUSTED.identityProviderArn] },
        Action: ['sts:TagSession'],
        Condition: { StringEquals: { [`${ISSUER}:aud`]: ['web', 'mobile'] } },
      },
    ]);
  });

  it('pins one issuer beside an identity pool, which lists no roles', () => {
    const { Statement } = trustPolicy({ issuers: [POOL, TRUSTED], rolePinning: true });
    expect(Statement.map(({ Sid, Condition }) => [Sid, Condition?.['Bool'] !== undefined])).toEqual([
      ['TenantSession', false],
      ['TenantSession2', true],
      ['TenantTags2', false],
    ]);
  });

  it('takes a tag for permissions, of the roles that are mapped, where permissions count', () => {
    const { Condition } = statement({ ...PROVIDER, permissions: { tagKey: 'access', roles: { viewer: ['read'], none: [] } } });
    expect(Condition).toEqual({
      ...statement().Condition,
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant_id', 'access'] },
      StringLikeIfExists: { 'aws:RequestTag/access': ['viewer', 'none', '???/???'] },
    });
  });
});
