import { tokenTags } from 'multi-tenant-data-access/cognito';
import { refusal } from '../../support/refusal';
import { PLAIN_SETTINGS, SETTINGS, userWith } from './sign-ins';

const permissionsOf = (attributes: object) => tokenTags(userWith(attributes as Record<string, unknown>), SETTINGS)['permissions'];
const role = (name: unknown) => ({ 'custom:role': name });
const permissions = (names: unknown) => ({ 'custom:permissions': names });

describe('the tenant', () => {
  it.each(['a', 'acme', 'Acme', '0', 'tenant-123', 'org_2abc', 'a.example.com', 'a'.repeat(128)])('is %s', (tenantId) => {
    expect(tokenTags(userWith({ 'custom:tenant_id': tenantId }), PLAIN_SETTINGS)).toEqual({ tenant_id: tenantId });
  });

  it('is under the key and in the attribute of the settings, with case', () => {
    const settings = { tenantAttribute: 'custom:org', tenantTagKey: 'Org' };
    expect(tokenTags(userWith({ 'custom:org': 'globex', 'custom:Org': 'initech' }), settings)).toEqual({ Org: 'globex' });
  });

  it('stays a tag of its own, whatever its key is', () => {
    const tags = tokenTags(userWith(), { ...PLAIN_SETTINGS, tenantTagKey: '__proto__' });
    expect(JSON.stringify(tags)).toBe('{"__proto__":"acme"}');
  });

  it.each([undefined, ''])('fails for %p, and says who mends it', (tenantId) => {
    expect(() => tokenTags(userWith({ 'custom:tenant_id': tenantId }), SETTINGS)).toThrow(
      refusal('token.tenant_missing', 'no attribute "custom:tenant_id"', 'an administrator must set it'),
    );
  });

  it.each([undefined, null, 'acme', 7, []])('fails for %j in place of a record', (record) => {
    expect(() => tokenTags(record, SETTINGS)).toThrow(refusal('token.tenant_missing'));
  });

  it.each<[string, Record<string, unknown>]>([
    ['other case', { 'Custom:tenant_id': 'acme', 'custom:Tenant_Id': 'acme' }],
    ['another prefix', { tenant_id: 'acme', 'dev:custom:tenant_id': 'acme' }],
    ['a space', { 'custom:tenant_id ': 'acme' }],
  ])('fails for an attribute with %s', (_what, attributes) => {
    expect(() => tokenTags(userWith({ 'custom:tenant_id': undefined, ...attributes }), SETTINGS)).toThrow(
      refusal('token.tenant_missing'),
    );
  });

  it('fails for an attribute that the record only inherits', () => {
    expect(() => tokenTags(Object.create({ 'custom:tenant_id': 'globex' }), SETTINGS)).toThrow(refusal('token.tenant_missing'));
    expect(() => tokenTags({}, { ...SETTINGS, tenantAttribute: 'constructor' })).toThrow(refusal('token.tenant_missing'));
  });

  it.each([
    ' acme',
    'acme ',
    'a/b',
    'a/../b',
    '..',
    '*',
    '?',
    '${aws:PrincipalTag/tenant_id}',
    'acme,globex',
    'a'.repeat(129),
    'аcme',
    7,
    true,
    null,
    ['acme'],
    {},
  ])('fails for %j, and says who mends it', (tenantId) => {
    expect(() => tokenTags(userWith({ 'custom:tenant_id': tenantId }), SETTINGS)).toThrow(
      refusal('tenant.invalid', 'attribute "custom:tenant_id" is wrong', 'is not a tenant id', 'An administrator must correct it'),
    );
  });
});

describe('the permissions', () => {
  it('are none of the token, where they are not configured', () => {
    expect(tokenTags(userWith({ ...role('admin'), ...permissions('nonsense') }), PLAIN_SETTINGS)).toEqual({ tenant_id: 'acme' });
  });

  it('are the least without a role and permissions, and said all the same', () => {
    expect(tokenTags(userWith(), SETTINGS)).toEqual({ tenant_id: 'acme', permissions: '---/---' });
  });

  it.each([
    [role('viewer'), 'r--/r--'],
    [role('editor'), 'rw-/rw-'],
    [role('admin'), 'rwd/rwd'],
    [role('uploader'), '---/-w-'],
    [role('guest'), '---/---'],
    [role('constructor'), 'r--/---'],
    [permissions('read'), 'r--/r--'],
    [permissions('table:read bucket:write'), 'r--/-w-'],
    [permissions('  read   write '), 'rw-/rw-'],
    [permissions('delete read'), 'r-d/r-d'],
    [permissions('read read'), 'r--/r--'],
    [{ ...role('viewer'), ...permissions('table:write') }, 'rw-/r--'],
    [{ ...role('uploader'), ...permissions('table:read') }, 'r--/-w-'],
    [{ ...role('guest'), ...permissions('bucket:delete') }, '---/--d'],
  ])('of %j are %s', (attributes, encoded) => {
    expect(permissionsOf(attributes)).toBe(encoded);
  });

  it.each([
    'owner',
    'Viewer',
    'view',
    'viewer ',
    ' viewer',
    'viewer editor',
    'viewer,admin',
    '',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'rwd/rwd',
    '*',
    'аdmin',
    7,
    true,
    null,
    ['admin'],
    { admin: true },
  ])('fail for the role %j, and say who mends it', (name) => {
    expect(() => permissionsOf(role(name))).toThrow(
      refusal('permissions.invalid', 'attribute "custom:role" is ', 'which is no role here', 'an administrator must set it'),
    );
  });

  it.each([
    'reads',
    'Read',
    'read,write',
    'read\twrite',
    'read\u00a0write',
    'table:',
    ':read',
    'table:read:write',
    'rwd/rwd',
    '*',
    'table:*',
    'admin',
    '__proto__',
    'constructor',
  ])('fail for the name %j', (names) => {
    expect(() => permissionsOf(permissions(names))).toThrow(
      refusal('permissions.invalid', 'is no permission, allowed are read, write'),
    );
    expect(() => permissionsOf({ ...role('admin'), ...permissions(`read ${names}`) })).toThrow(refusal('permissions.invalid'));
  });

  it.each(['', ' ', 7, true, null, ['read'], {}])('fail for %j in place of names', (names) => {
    expect(() => permissionsOf(permissions(names))).toThrow(
      refusal('permissions.invalid', 'names of permissions, separated by spaces'),
    );
  });

  it('fail for writing what may not be read', () => {
    expect(() => permissionsOf(permissions('table:write'))).toThrow(refusal('permissions.invalid', "needs 'table:read'"));
  });

  it('fail without naming the roles that there are', () => {
    expect(() => permissionsOf(role('owner'))).not.toThrow(/viewer|editor|uploader/);
  });
});
