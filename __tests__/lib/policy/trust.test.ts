import type { Conditions, PolicyStatement } from '../../../lib/policy/document';
import { trustPolicy } from '../../../lib/policy/trust';

const ISSUER = 'login.example.com';
const PROVIDER = {
  identityProviderArn: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`,
  issuer: ISSUER,
  audiences: ['web', 'mobile'],
};

function statement(input: Parameters<typeof trustPolicy>[0] = PROVIDER): PolicyStatement & { readonly Condition: Conditions } {
  const [first, ...others] = trustPolicy(input).Statement;
  if (first?.Condition === undefined || others.length > 0) throw new Error('one statement with conditions was expected');
  return { ...first, Condition: first.Condition };
}

describe('trustPolicy', () => {
  it('lets the federated provider, and nobody else, begin a tagged session', () => {
    expect(statement()).toMatchObject({
      Effect: 'Allow',
      Principal: { Federated: [PROVIDER.identityProviderArn] },
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
});
