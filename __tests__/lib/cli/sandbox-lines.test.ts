import { welcome } from '../../../lib/cli/sandbox-lines';
import type { Sandbox } from '../../../lib/sandbox';

const SANDBOX = {
  endpoint: 'http://127.0.0.1:4580',
  issuerUrl: 'http://127.0.0.1:4580/_sandbox/issuer',
  ...{ issuers: [], roles: [], tables: [], buckets: [], region: 'eu-central-1' },
  administrator: { accessKeyId: 'key', secretAccessKey: 'secret' },
} as unknown as Sandbox;
const ROLE = 'arn:aws:iam::123456789012:role/tenant';

function told(label: string, ...[asked, pools]: [Parameters<typeof welcome>[1], Parameters<typeof welcome>[2]?]) {
  return welcome(SANDBOX, asked, pools)
    .filter((line) => line.startsWith(`  ${label} `))
    .map((line) => line.slice(10));
}

describe('the hint for a token', () => {
  const tenant = { kind: 'session-tag', tagKey: 'tenant_id' } as const;
  const pool = {
    ...{ identityPoolId: 'eu-central-1:x', audience: 'my-client-id' },
    ...{ tenantClaim: 'custom:tenant_id', permissionsClaim: 'custom:role' },
  };

  it.each<[name: string, asked: Parameters<typeof welcome>[1], options: string]>([
    ['a tenant', tenant, '--tenant acme'],
    ['a tag of another name', { ...tenant, tagKey: 'team' }, '--tenant acme --tag-key team'],
    ['a tag that a shell would tear', { ...tenant, tagKey: "my team's" }, "--tenant acme --tag-key 'my team'\\''s'"],
    ['permissions', { ...tenant, permissionsTagKey: 'permissions' }, '--tenant acme --permissions rwd/rwd'],
    [
      'permissions in another tag',
      { ...tenant, permissionsTagKey: 'scope' },
      '--tenant acme --permissions rwd/rwd --permissions-tag scope',
    ],
    ['a pinned role', { ...tenant, pinnedRoleArn: ROLE }, `--tenant acme --claim 'https://aws.amazon.com/roles=["${ROLE}"]'`],
    ['the subject', { kind: 'custom-claim', issuer: 'i', claim: 'sub' }, '--subject acme'],
    ['another claim', { kind: 'custom-claim', issuer: 'i', claim: 'org_id' }, '--claim org_id=acme'],
    ['a login', { ...tenant, pool }, '--claim custom:tenant_id=acme --audience my-client-id'],
    [
      'a login with permissions',
      { ...tenant, permissionsTagKey: 'scope', pool },
      '--claim custom:tenant_id=acme --claim custom:role=rwd/rwd --audience my-client-id',
    ],
  ])('fits %s', (_, asked, options) => {
    expect(told('token', asked)).toEqual([`npx multi-tenant-iam token ${options}`]);
  });

  it('names the pools, if there are any', () => {
    expect(told('pool', tenant)).toEqual([]);
    expect(told('pool', tenant, [pool])).toEqual([`eu-central-1:x, whose users sign in at ${SANDBOX.issuerUrl}`]);
  });
});
