import { TerraformVariable } from 'cdktf';
import { ConfigCheck } from '../../lib/config-check';
import { checkPermissions } from '../../lib/permissions-config';
import { awsStack } from '../support/synthesis';

function problemsOf(permissions: unknown, tenantTagKey?: string): readonly string[] {
  return checkPermissions(new ConfigCheck(awsStack()), permissions, tenantTagKey).problems;
}

describe('checkPermissions', () => {
  it.each([
    undefined,
    { roles: {} },
    { roles: { viewer: ['read'] } },
    { roles: { 'Org-Admin_2.x': ['read', 'write', 'delete'], uploader: ['bucket:write'], none: [] }, tagKey: 'access' },
  ])('accepts %j', (permissions) => {
    expect(problemsOf(permissions)).toEqual([]);
  });

  it.each<{ name: string; permissions: unknown; problem: string }>([
    { name: 'a list', permissions: ['viewer'], problem: `'permissions' is ["viewer"], allowed is an object` },
    {
      name: 'a key that is no text',
      permissions: { roles: {}, tagKey: { toString: 1 } },
      problem: "permissions: 'tagKey' is a value of type object",
    },
    { name: 'null', permissions: null, problem: "'permissions' is null, allowed is an object" },
    {
      name: 'no roles',
      permissions: {},
      problem: "permissions: 'roles' is needed: an object of names and lists of permissions",
    },
    {
      name: 'roles as a list',
      permissions: { roles: ['viewer'] },
      problem: "'roles' is a value of type object, allowed is an object of names",
    },
    {
      name: 'a permission that nobody knows',
      permissions: { roles: { viewer: ['read', 'list'] } },
      problem: `'roles.viewer': "list" is no permission, allowed are read, write, delete, table:read`,
    },
    {
      name: 'writing to the table without reading',
      permissions: { roles: { writer: ['write'] } },
      problem: `'roles.writer': "table:write" needs 'table:read' beside it`,
    },
    {
      name: 'permissions that are no list',
      permissions: { roles: { viewer: 'read' } },
      problem: `'roles.viewer' is "read", allowed is a list of permissions`,
    },
    {
      name: 'a name that could be a pattern',
      permissions: { roles: { 'view*': ['read'] } },
      problem: `'roles' names "view*", allowed are 1-64 characters of letters, digits and _ . -, beginning with a letter`,
    },
    {
      name: 'a name that could be permissions',
      permissions: { roles: { 'rwd/rwd': ['read'] } },
      problem: `'roles' names "rwd/rwd"`,
    },
    { name: 'an empty name', permissions: { roles: { '': ['read'] } }, problem: `'roles' names ""` },
    {
      name: 'the key of the tenant, in another case',
      permissions: { roles: {}, tagKey: 'Tenant_ID' },
      problem: `'tagKey' is "Tenant_ID", which is the tenant's: give another`,
    },
    {
      name: 'a key that IAM does not take',
      permissions: { roles: {}, tagKey: 'aws:role' },
      problem: `'tagKey' is "aws:role", allowed is 1-128 characters`,
    },
    { name: 'a key that is too long', permissions: { roles: {}, tagKey: 'x'.repeat(129) }, problem: 'allowed is 1-128 characters' },
    { name: 'another option', permissions: { roles: {}, role: 'x' }, problem: "unknown option 'role', known are tagKey, roles" },
  ])('fails for $name', ({ permissions, problem }) => {
    expect(problemsOf(permissions).join('\n')).toContain(problem);
  });

  it("fails for the tenant's own key", () => {
    expect(problemsOf({ roles: {}, tagKey: 'org' }, 'org')).toEqual([expect.stringContaining("which is the tenant's")]);
    expect(problemsOf({ roles: {} }, 'permissions')).toEqual([expect.stringContaining("which is the tenant's")]);
  });

  it('fails for a key that Terraform fills in', () => {
    const tagKey = new TerraformVariable(awsStack(), 'key', {}).stringValue;
    expect(problemsOf({ roles: {}, tagKey })).toEqual(["permissions: 'tagKey' must be known at synthesis"]);
  });
});
