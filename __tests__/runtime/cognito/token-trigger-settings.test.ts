import { checkTokenTriggerSettings } from 'multi-tenant-data-access/cognito';
import { PLAIN_SETTINGS, SETTINGS } from './sign-ins';

const ARN = 'arn:aws:iam::123456789012:role/tenant-access';
const withPermissions = (permissions: object) => ({ ...SETTINGS, permissions: { ...SETTINGS.permissions, ...permissions } });
const withRoles = (roles: unknown) => withPermissions({ roles });

describe('checkTokenTriggerSettings', () => {
  it.each<[string, object]>([
    ['the tenant alone', PLAIN_SETTINGS],
    ['permissions', SETTINGS],
    ['roles to assume', { ...SETTINGS, roleArns: [ARN, 'arn:aws-cn:iam::123456789012:role/path/to/a'] }],
    ['no roles, where only permissions are named', withRoles({})],
    ['an attribute of 20 characters', { ...PLAIN_SETTINGS, tenantAttribute: `custom:${'a'.repeat(20)}` }],
    ['a tag key of 128 characters', { ...PLAIN_SETTINGS, tenantTagKey: 'k'.repeat(128) }],
    ['options that are undefined', { ...PLAIN_SETTINGS, permissions: undefined, roleArns: undefined }],
  ])('takes %s', (_what, settings) => {
    expect(checkTokenTriggerSettings(settings)).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'the settings are a value of type undefined, allowed is an object'],
    ['null', null, 'the settings are null'],
    ['a list', [PLAIN_SETTINGS], 'the settings are a value of type object'],
    ['JSON that was not parsed', JSON.stringify(PLAIN_SETTINGS), 'the settings are "'],
    ['no tenant attribute', { tenantTagKey: 'tenant_id' }, "'tenantAttribute' is a value of type undefined"],
    [
      'a standard attribute',
      { ...PLAIN_SETTINGS, tenantAttribute: 'email' },
      '\'tenantAttribute\' is "email", allowed is a custom',
    ],
    ['sub', { ...PLAIN_SETTINGS, tenantAttribute: 'sub' }, '\'tenantAttribute\' is "sub"'],
    ['no name behind the prefix', { ...PLAIN_SETTINGS, tenantAttribute: 'custom:' }, '\'tenantAttribute\' is "custom:"'],
    ['21 characters', { ...PLAIN_SETTINGS, tenantAttribute: `custom:${'a'.repeat(21)}` }, "'tenantAttribute' is"],
    ['a space', { ...PLAIN_SETTINGS, tenantAttribute: 'custom:a b' }, "'tenantAttribute' is"],
    ['a tag key of AWS', { ...PLAIN_SETTINGS, tenantTagKey: 'aws:tenant' }, '\'tenantTagKey\' is "aws:tenant"'],
    ['129 characters', { ...PLAIN_SETTINGS, tenantTagKey: 'k'.repeat(129) }, "'tenantTagKey' is a string of 129 characters"],
    ['a misspelt setting', { ...PLAIN_SETTINGS, rolearns: [] }, 'unknown setting "rolearns", known are tenantAttribute'],
    ['permissions that are null', { ...PLAIN_SETTINGS, permissions: null }, "'permissions' is null"],
    ['a list of permissions', { ...PLAIN_SETTINGS, permissions: [] }, "'permissions' is a value of type object"],
    [
      'a misspelt setting of the permissions',
      withPermissions({ role: {} }),
      'unknown setting "permissions.role", known are tagKey',
    ],
    ['no key of the permissions', withPermissions({ tagKey: undefined }), "'permissions.tagKey' is a value of type undefined"],
    ['one key for both tags', withPermissions({ tagKey: 'tenant_id' }), "'permissions.tagKey' and 'tenantTagKey' are both"],
    ['keys that differ in case', withPermissions({ tagKey: 'Tenant_ID' }), "'permissions.tagKey' and 'tenantTagKey' are both"],
    ['a role in a standard attribute', withPermissions({ roleAttribute: 'profile' }), '\'permissions.roleAttribute\' is "profile"'],
    [
      'permissions in a standard attribute',
      withPermissions({ permissionsAttribute: 'nickname' }),
      "'permissions.permissionsAttribute' is",
    ],
    ['one attribute for two', withPermissions({ roleAttribute: 'custom:permissions' }), 'must be three'],
    ['the tenant as role', withPermissions({ roleAttribute: 'custom:tenant_id' }), 'must be three'],
    ['no map of roles', withRoles(undefined), "permissions: 'roles' is needed"],
    ['a list of roles', withRoles(['viewer']), "permissions: 'roles' is a value of type object"],
    ['a name that is encoded permissions', withRoles({ 'rwd/rwd': ['read'] }), 'permissions: \'roles\' names "rwd/rwd"'],
    ['a name of underscores', withRoles(JSON.parse('{"__proto__":["read"]}')), 'permissions: \'roles\' names "__proto__"'],
    ['a pattern as name', withRoles({ '*': ['read'] }), 'permissions: \'roles\' names "*"'],
    ['a role without a list', withRoles({ viewer: 'read' }), 'permissions: \'roles.viewer\' is "read", allowed is a list'],
    ['a permission nobody knows', withRoles({ viewer: ['raed'] }), 'permissions: \'roles.viewer\': "raed" is no permission'],
    ['a permission that is no text', withRoles({ viewer: [['read']] }), 'a value of type object'],
    ['writing without reading', withRoles({ writer: ['table:write'] }), '"table:write" needs \'table:read\' beside it'],
    [
      'no roles to assume',
      { ...PLAIN_SETTINGS, roleArns: [] },
      "'roleArns' is a value of type object, allowed is a list of at least one",
    ],
    ['an ARN without a list', { ...PLAIN_SETTINGS, roleArns: ARN }, "'roleArns' is"],
    [
      'a user among the roles',
      { ...PLAIN_SETTINGS, roleArns: [ARN, 'arn:aws:iam::123456789012:user/a'] },
      'allowed is arn:<partition>',
    ],
    ['a pattern among the roles', { ...PLAIN_SETTINGS, roleArns: ['arn:aws:iam::123456789012:role/*'] }, "'roleArns' is"],
    [
      'more than Lambda keeps',
      { ...PLAIN_SETTINGS, roleArns: Array.from({ length: 100 }, () => ARN) },
      'bytes, and Lambda allows 4096 in all',
    ],
  ])('fails for %s', (_what, settings, says) => {
    expect(checkTokenTriggerSettings(settings).join('; ')).toContain(says);
  });

  it('fails for settings that only every object inherits', () => {
    Object.assign(Object.prototype, { tenantAttribute: 'custom:org' });
    try {
      expect(checkTokenTriggerSettings({ tenantTagKey: 'tenant_id' }).join()).toContain("'tenantAttribute' is");
    } finally {
      Reflect.deleteProperty(Object.prototype, 'tenantAttribute');
    }
  });

  it('counts bytes just as Lambda does', () => {
    const sized = (length: number) => ({ ...PLAIN_SETTINGS, roleArns: [`arn:aws:iam::123456789012:role/${'a'.repeat(length)}`] });
    const left = 4096 - Buffer.byteLength(`TOKEN_TRIGGER_SETTINGS${JSON.stringify(sized(0))}`);
    expect(checkTokenTriggerSettings(sized(left))).toEqual([]);
    expect(checkTokenTriggerSettings(sized(left + 1))).toEqual([expect.stringContaining('the settings take 4097 bytes')]);
  });

  it('fails once for all that is wrong', () => {
    const problems = checkTokenTriggerSettings({
      ...withPermissions({ tagKey: '#', roleAttribute: 'email', roles: { '': ['fly'] } }),
      tenantAttribute: 'email',
      roleArns: ['admin'],
    });
    expect(problems).toHaveLength(7);
  });
});
