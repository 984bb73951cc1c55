import fc from 'fast-check';
import { encodePermissions, type Permission } from 'multi-tenant-data-access/tenancy';

/** A user as Cognito hands it to a trigger. */
export interface UserRecord {
  readonly attributes: unknown;
  /** The tenant that tokens must name; undefined where there must be no token. */
  readonly tenant: string | undefined;
  /** As the tag says it. */
  readonly permissions?: string;
}

const SEED = 20_261_122;
const TENANT_CHARACTERS = 'abcxyzABCXYZ0189._-'.split('');

const tenantId = fc.array(fc.constantFrom(...TENANT_CHARACTERS), { minLength: 1, maxLength: 128 }).map(
  (characters) =>
    characters
      .join('')
      .replace(/\.{2,}/g, '.')
      .replace(/^[._-]+|[._-]+$/g, '') || 'a',
);

/** Texts that a tenant id must not be, some by a single character. */
const noTenant = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '*',
    '?',
    '..',
    'a..b',
    'a/b',
    '/',
    'a/../b',
    'acme ',
    ' acme',
    'acme\n',
    'acme\0',
    '-acme',
    'acme-',
    '.',
    '_a',
  ),
  fc.constantFrom(
    'acmé',
    'аcme',
    'ac\u200bme',
    'acme\u202e',
    'ａcme',
    '${aws:PrincipalTag/tenant_id}',
    '${*}',
    'acme,globex',
    'acme globex',
  ),
  fc.constantFrom(
    'a'.repeat(129),
    '["acme"]',
    '{"tenant_id":"acme"}',
    'tenants/acme',
    'acme#1',
    "acme'",
    'acme"',
    'acme\\',
    'acme%2f',
  ),
  tenantId.map((id) => `${id}/`),
  tenantId.map((id) => `${id} ${id}`),
);
const noText = fc.constantFrom<unknown>(undefined, null, 5, true, ['acme'], ['acme', 'globex'], { tenant: 'acme' }, []);

const ROLES: Readonly<Record<string, readonly Permission[]>> = {
  viewer: ['table:read', 'bucket:read'],
  editor: ['table:read', 'table:write', 'bucket:read', 'bucket:write'],
};
/** What the attributes of a user say of permissions, and what comes of it. */
const permitted = fc.constantFrom<{ readonly attributes: object; readonly held: readonly Permission[] }>(
  { attributes: {}, held: [] },
  { attributes: { 'custom:role': 'viewer' }, held: ROLES['viewer'] ?? [] },
  { attributes: { 'custom:role': 'editor' }, held: ROLES['editor'] ?? [] },
  { attributes: { 'custom:permissions': 'read' }, held: ROLES['viewer'] ?? [] },
  { attributes: { 'custom:permissions': 'read write' }, held: ROLES['editor'] ?? [] },
  {
    attributes: { 'custom:role': 'viewer', 'custom:permissions': 'bucket:delete' },
    held: ['table:read', 'bucket:read', 'bucket:delete'],
  },
);
const notPermitted = fc.constantFrom<object>(
  ...[
    'Viewer',
    'viewers',
    'view',
    'admin',
    'viewer editor',
    '*',
    'constructor',
    '__proto__',
    'toString',
    'rwd/rwd',
    'viewer\n',
  ].map((role) => ({
    'custom:role': role,
  })),
  ...['READ', 'read,write', 'reads', 'write', 'table:write', 'rwd/rwd', '*', 'read constructor', 'table:read:x'].map((names) => ({
    'custom:permissions': names,
  })),
  { 'custom:role': 5 },
  { 'custom:permissions': ['read'] },
);

/** What else a user may have in its record, none of which decides. */
const others = fc.constantFrom<object>(
  {},
  { tenant_id: 'globex' },
  { 'custom:tenant': 'globex' },
  { 'Custom:tenant_id': 'globex' },
  { 'https://aws.amazon.com/tags': '{"principal_tags":{"tenant_id":["globex"]}}' },
  { email: 'someone@example.com', 'dev:custom:tenant_id': 'globex' },
);

/** So many users, some of them hostile; the same ones at each call. */
export function tenantRecords(count: number): readonly UserRecord[] {
  const valid = fc.record({ id: tenantId, others, permitted }).map(({ id, others: more, permitted: { attributes, held } }) => ({
    attributes: { sub: 'b9b1c0de-0000-4000-8000-000000000001', ...more, ...attributes, 'custom:tenant_id': id },
    tenant: id,
    permissions: encodePermissions(held),
  }));
  const hostile = fc.oneof(
    fc
      .record({ value: fc.oneof(noTenant, noText), others, permitted })
      .map(({ value, others: more, permitted: { attributes } }) => ({
        attributes: { ...more, ...attributes, 'custom:tenant_id': value },
        tenant: undefined,
      })),
    fc.record({ id: tenantId, others, notPermitted }).map(({ id, others: more, notPermitted: attributes }) => ({
      attributes: { ...more, ...attributes, 'custom:tenant_id': id },
      tenant: undefined,
    })),
    others.map((attributes) => ({ attributes, tenant: undefined })),
    noText.map((attributes) => ({ attributes, tenant: undefined })),
  );
  return fc.sample(fc.oneof<fc.Arbitrary<UserRecord>[]>(valid, hostile), { numRuns: count, seed: SEED });
}
