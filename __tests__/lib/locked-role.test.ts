import { checkResourcePolicySize, type LockedRole, withLock } from '../../lib/locked-role';
import { type PolicyDocument, policyDocument } from '../../lib/policy/document';
import { policyBytes } from '../../lib/policy/limits';
import type { RoleLock } from '../../lib/policy/role-lock';
import { DEFAULT_TENANT_CLAIM } from '../../lib/policy/tenant-claim';
import { awsStack, refusalOf, writtenAs } from '../support/synthesis';

const ROLE: LockedRole = { roleName: 'app-tenant', tenant: DEFAULT_TENANT_CLAIM };
const ROLE_ARN =
  'arn:${data.aws_partition.multi_tenant_iam.partition}:iam::${data.aws_caller_identity.multi_tenant_iam.account_id}:role';

function documentOf(bytes: number): PolicyDocument {
  const document = (name: string) => policyDocument({ Effect: 'Deny', Action: 's3:*', Resource: `arn:aws:s3:::${name}` });
  return document('x'.repeat(bytes - policyBytes(document(''))));
}

describe('withLock', () => {
  it.each([
    { path: undefined, arn: `${ROLE_ARN}/app-tenant` },
    { path: '/', arn: `${ROLE_ARN}/app-tenant` },
    { path: '/tenants/eu/', arn: `${ROLE_ARN}/tenants/eu/app-tenant` },
  ])('makes the ARN of names, path $path', ({ path, arn }) => {
    const stack = awsStack();
    const [lock] = withLock(stack, [], { ...ROLE, path });
    expect(writtenAs(stack, lock?.roleArn ?? '')).toBe(arn);
    expect(lock?.tenant).toBe(DEFAULT_TENANT_CLAIM);
  });

  it('adds a role once, and again where another tag names its tenant', () => {
    const stack = awsStack();
    const roles = [ROLE, { ...ROLE, path: '/' }, { ...ROLE, tenant: { kind: 'session-tag', tagKey: 'org' } as const }];
    const locks = roles.reduce<readonly RoleLock[]>((earlier, role) => withLock(stack, earlier, role), []);
    expect(locks.map(({ tenant }) => tenant)).toEqual([DEFAULT_TENANT_CLAIM, { kind: 'session-tag', tagKey: 'org' }]);
  });
});

describe('checkResourcePolicySize', () => {
  it('accepts 20,480 bytes', () => {
    expect(() => {
      checkResourcePolicySize('stack/data', documentOf(20_480));
    }).not.toThrow();
  });

  it('fails for 20,481 bytes', () => {
    const { code, message } = refusalOf(() => {
      checkResourcePolicySize('stack/data', documentOf(20_481));
    });
    expect(code).toBe('limit.exceeded');
    expect(message).toBe(
      'stack/data: the policy has at least 20481 bytes, AWS takes 20480: grant it to fewer roles, or turn lockTenantRoles off.',
    );
  });
});
