import { TerraformVariable } from 'cdktf';
import { IdentityProvider } from '../../lib';
import { ConfigCheck } from '../../lib/config-check';
import { policyLength } from '../../lib/policy/limits';
import { DEFAULT_TENANT_CLAIM } from '../../lib/policy/tenant-claim';
import { trustPolicy } from '../../lib/policy/trust';
import { checkRoleTags, TenantRole, type TenantRoleConfig } from '../../lib/tenant-role';
import { addressesOf, awsStack, onlyResource, refusalOf, statementsOf, synthesise, warningsOf } from '../support/synthesis';

const ISSUER = 'login.example.com';
const PROVIDER = { identityProviderArn: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`, issuer: ISSUER };
const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary';
const BASE: TenantRoleConfig = {
  trusted: [{ identityProvider: PROVIDER, audiences: ['web'] }],
  tenant: DEFAULT_TENANT_CLAIM,
  roleName: 'tenant',
};
const trusting = (...audiences: string[]) => ({ trusted: [{ identityProvider: PROVIDER, audiences }] });
const x = (length: number) => 'x'.repeat(length);
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, number) => [`key-${number}`, 'value']));

function stackWith(config: object = {}) {
  const stack = awsStack();
  new TenantRole(stack, 'role', { ...BASE, logicalId: 'tenant', ...config });
  return stack;
}

function refused(config: object) {
  return refusalOf(() => stackWith(config));
}

/** Audiences with which the trust policy has just so many characters. */
function audiencesForLength(length: number): string[] {
  const audiences: string[] = [];
  const missing = () => length - policyLength(trustPolicy({ issuers: [{ ...PROVIDER, audiences: [...audiences, ''] }] }));
  while (missing() > 255) audiences.push(String(audiences.length).padEnd(200, 'x'));
  return [...audiences, 'y'.repeat(missing())];
}

describe('TenantRole', () => {
  it('is a role of one hour that trusts by its policy document', () => {
    expect(onlyResource(synthesise(stackWith()), 'aws_iam_role')).toEqual({
      name: 'tenant',
      description: expect.stringContaining('web identity token'),
      max_session_duration: 3600,
      assume_role_policy: '${data.aws_iam_policy_document.tenant_trust.json}',
    });
  });

  it('trusts holders of tokens of the provider that name one tenant', () => {
    expect(statementsOf(synthesise(stackWith(trusting('web', 'mobile'))), 'tenant_trust')).toEqual([
      {
        sid: 'TenantSession',
        effect: 'Allow',
        principals: [{ type: 'Federated', identifiers: [PROVIDER.identityProviderArn] }],
        actions: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        condition: [
          { test: 'StringEquals', variable: `${ISSUER}:aud`, values: ['web', 'mobile'] },
          { test: 'StringLike', variable: 'aws:RequestTag/tenant_id', values: ['?*'] },
          { test: 'StringNotLike', variable: 'aws:RequestTag/tenant_id', values: ['*/*', '*..*', '* *'] },
          { test: 'ForAllValues:StringEquals', variable: 'aws:TagKeys', values: ['tenant_id'] },
          { test: 'Null', variable: 'aws:RequestTag/tenant_id', values: ['false'] },
          { test: 'Null', variable: 'aws:TagKeys', values: ['false'] },
        ],
      },
    ]);
  });

  it('takes path, boundary, duration and tags', () => {
    const config = { path: '/tenants/', permissionsBoundaryArn: BOUNDARY, maxSessionDurationSeconds: 7200, tags: { team: 'a' } };
    expect(onlyResource(synthesise(stackWith(config)), 'aws_iam_role')).toMatchObject({
      path: '/tenants/',
      permissions_boundary: BOUNDARY,
      max_session_duration: 7200,
      tags: { team: 'a' },
    });
  });

  it('waits for an identity provider that is made', () => {
    const stack = awsStack();
    const config = { issuerUrl: `https://${ISSUER}`, audiences: ['web'], logicalId: 'login' };
    new TenantRole(stack, 'role', {
      ...BASE,
      trusted: [{ identityProvider: new IdentityProvider(stack, 'login', config), audiences: ['web'] }],
    });
    expect(onlyResource(synthesise(stack), 'aws_iam_role')).toMatchObject({
      depends_on: ['aws_iam_openid_connect_provider.login'],
    });
  });

  it('has fixed Terraform names', () => {
    expect(addressesOf(synthesise(stackWith()))).toEqual(['aws_iam_role.tenant', 'data.aws_iam_policy_document.tenant_trust']);
  });

  it.each([
    { name: 'a name of 1 character', config: { roleName: 'x' } },
    { name: 'a name of 64 characters', config: { roleName: x(64) } },
    { name: 'a path of 512 characters', config: { path: `/${x(510)}/` } },
    { name: '3,600 seconds', config: { maxSessionDurationSeconds: 3600 } },
    { name: '43,200 seconds', config: { maxSessionDurationSeconds: 43_200 } },
    { name: '50 tags', config: { tags: tags(50) } },
    { name: 'a tag key of 128 characters', config: { tags: { [x(128)]: '' } } },
    { name: 'a tag value of 256 characters', config: { tags: { a: x(256) } } },
    { name: 'an audience of 255 characters', config: trusting(x(255)) },
    {
      name: "the tenant's default tag key where a claim names the tenant",
      config: { tags: { tenant_id: 'a' }, tenant: { kind: 'custom-claim', issuer: ISSUER, claim: 'tenant' } },
    },
  ])('accepts $name', ({ config }) => {
    expect(() => stackWith(config)).not.toThrow();
  });

  it.each([
    { name: 'an empty name', config: { roleName: '' }, problem: `'roleName' is "", allowed is 1-64 characters` },
    { name: 'a name of 65 characters', config: { roleName: x(65) }, problem: 'allowed is 1-64 characters of letters, digits' },
    { name: 'a path of 513 characters', config: { path: `/${x(511)}/` }, problem: "allowed is '/' or 1-512 printable characters" },
    { name: 'a path without its slash', config: { path: '/tenants' }, problem: `'path' is "/tenants"` },
    {
      name: 'a boundary that is no policy',
      config: { permissionsBoundaryArn: 'boundary' },
      problem: `is "boundary", allowed is arn:`,
    },
    {
      name: '3,599 seconds',
      config: { maxSessionDurationSeconds: 3599 },
      problem: "'maxSessionDurationSeconds' is 3599, allowed is a whole number from 3600 to 43200",
    },
    {
      name: '43,201 seconds',
      config: { maxSessionDurationSeconds: 43_201 },
      problem: "'maxSessionDurationSeconds' is 43201, allowed is a whole number from 3600 to 43200",
    },
    { name: '51 tags', config: { tags: tags(51) }, problem: "'tags' has 51 tags, allowed are 50" },
    { name: 'a tag key of 129 characters', config: { tags: { [x(129)]: 'a' } }, problem: 'allowed is 1-128 characters of letters' },
    { name: 'a tag key of AWS', config: { tags: { 'aws:a': 'b' } }, problem: `'tags' is "aws:a", allowed is` },
    { name: 'a tag value of 257 characters', config: { tags: { a: x(257) } }, problem: 'allowed is 0-256 characters' },
    { name: 'no audience', config: trusting(), problem: "'audience' names 0 client ids, allowed are 1-100" },
    {
      name: "the tenant's tag key",
      config: { tags: { tenant_id: 'a' } },
      problem: "'tags' must not contain 'tenant_id': as a tag of the role",
    },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refused(config);
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^stack\/role: /);
    expect(message).toContain(problem);
  });

  it('fails with several problems in one error', () => {
    const { message } = refused({
      roleName: 'a b',
      path: 'x',
      maxSessionDurationSeconds: 1,
      tags: { TENANT_ID: '' },
      ...trusting(),
    });
    for (const name of ['roleName', 'path', 'maxSessionDurationSeconds', 'TENANT_ID', 'audience']) {
      expect(message).toContain(`'${name}'`);
    }
  });
});

describe('the length of the trust policy', () => {
  it('leaves no warning at 2,048 characters', () => {
    expect(warningsOf(stackWith(trusting(...audiencesForLength(2048))))).toEqual([]);
  });

  it.each([2049, 4096])('leaves a warning at %i characters', (length) => {
    expect(warningsOf(stackWith(trusting(...audiencesForLength(length))))).toEqual([
      {
        path: 'stack/role',
        message: `stack/role: the trust policy has ${length} characters, IAM's quota is 2048 and 4096 on request: raise the quota before the apply, or name fewer issuers, roles or audiences.`,
      },
    ]);
  });

  it('fails at 4,097 characters', () => {
    const { code, message } = refused(trusting(...audiencesForLength(4097)));
    expect(code).toBe('limit.exceeded');
    expect(message).toBe(
      "stack/role: the trust policy has 4097 characters, IAM's quota is 2048 and 4096 on request: name fewer issuers, roles or audiences, or shorter ones.",
    );
  });
});

describe('checkRoleTags', () => {
  const check = (given: unknown) => {
    checkRoleTags(new ConfigCheck(awsStack()), given, ['Tenant_ID']).orThrow();
  };

  it.each([undefined, {}, { team: 'a', tenant: 'b', 'tenant-id': 'c' }])('accepts %j', (given) => {
    expect(() => {
      check(given);
    }).not.toThrow();
  });

  it('accepts tags that Terraform fills in', () => {
    expect(() => {
      check(new TerraformVariable(awsStack(), 'tags', { type: 'map(string)' }).value);
    }).not.toThrow();
  });

  it.each(['tenant_id', 'Tenant_ID', 'TENANT_ID'])(
    "fails for the tenant's key written as %s, as IAM knows no case there",
    (key) => {
      const { message } = refusalOf(() => {
        check({ [key]: 'a' });
      });
      expect(message).toBe(
        `stack: 'tags' must not contain '${key}': as a tag of the role it would give that value to each session that brings no tag of its own.`,
      );
    },
  );

  it.each<[unknown, string]>([
    [null, 'null'],
    ['team=a', '"team=a"'],
    [['team'], '["team"]'],
    [5, '5'],
  ])('fails for %j', (given, shown) => {
    const { message } = refusalOf(() => {
      check(given);
    });
    expect(message).toBe(`stack: 'tags' is ${shown}, allowed is an object.`);
  });

  it('fails for a value that is no text', () => {
    const { message } = refusalOf(() => {
      check({ team: 5 });
    });
    expect(message).toContain("'tags.team' is 5, allowed is 0-256 characters");
  });
});
