import fc from 'fast-check';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { signIn, TRIGGER_SOURCES, userWith } from '../runtime/cognito/sign-ins';

/** A sign-in of a user, as Cognito hands it to a trigger. */
export interface UserRecord {
  readonly event: object;
  /** The session tags that its token must carry; undefined where there must be no token. */
  readonly tags: Readonly<Record<string, readonly [string]>> | undefined;
}

const SEED = 20_261_122;

const ALPHANUMERIC = ['A', 'B', 'z', 'x', '0', '9'];
const tenantIds = fc
  .tuple(
    fc.constantFrom(...ALPHANUMERIC),
    fc.array(fc.constantFrom(...ALPHANUMERIC, '-', '_', '.'), { maxLength: 126 }).map((letters) => letters.join('')),
    fc.constantFrom(...ALPHANUMERIC),
  )
  .map((parts) => parts.join('').replace(/\.{2,}/g, '.'));

const ENCODED_ROLES: Readonly<Record<string, string>> = {
  viewer: 'r--/r--',
  editor: 'rw-/rw-',
  admin: 'rwd/rwd',
  guest: '---/---',
};
const roleNames = fc.constantFrom(...Object.keys(ENCODED_ROLES));

/** Attributes that people may set themselves, with everything in them that is another's. */
const OWN_WISHES = fc.record(
  {
    email: fc.constantFrom('ann@globex.example', 'globex'),
    profile: fc.constant('admin'),
    'custom:tenant': fc.constant('globex'),
    'custom:Tenant_Id': fc.constant('globex'),
    tenant_id: fc.constant('globex'),
    permissions: fc.constant('rwd/rwd'),
    [SESSION_TAGS_CLAIM]: fc.constant('{"principal_tags":{"tenant_id":["globex"]}}'),
    [`${SESSION_TAGS_CLAIM}/principal_tags/tenant_id`]: fc.constant('globex'),
  },
  { requiredKeys: [] },
);

/** All else of an event that a client, or an earlier answer, has a hand in. */
const SURROUNDINGS = fc.record({
  triggerSource: fc.constantFrom(...TRIGGER_SOURCES),
  version: fc.constantFrom('2', '3'),
  clientMetadata: fc.constantFrom(undefined, { 'custom:tenant_id': 'globex', 'custom:role': 'admin', tenant_id: 'globex' }),
  groups: fc.constantFrom([], ['globex', 'admin']),
  response: fc.constantFrom(
    { claimsAndScopeOverrideDetails: null },
    {
      claimsAndScopeOverrideDetails: {
        idTokenGeneration: {
          claimsToAddOrOverride: { [SESSION_TAGS_CLAIM]: { principal_tags: { tenant_id: ['globex'], permissions: ['rwd/rwd'] } } },
        },
        accessTokenGeneration: { claimsToAddOrOverride: { tenant_id: 'globex' }, scopesToAdd: ['admin'] },
      },
    },
  ),
});
type Surroundings = typeof SURROUNDINGS extends fc.Arbitrary<infer Made> ? Made : never;

function eventOf(attributes: Record<string, unknown>, { clientMetadata, groups, ...event }: Surroundings) {
  const made = signIn(userWith(attributes), event);
  return { ...made, request: { ...made.request, clientMetadata, groupConfiguration: { groupsToOverride: groups } } };
}

/** Values that no tenant id may be, each of another kind. */
const HOSTILE_TENANTS = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    '',
    ' ',
    '.',
    '..',
    'a..b',
    'a/../b',
    'a/b',
    '/a',
    'a/',
    '*',
    '?',
    'a*',
    'a?',
    '-a',
    'a-',
    '_',
    '.a',
  ),
  fc.constantFrom('${aws:username}', '${aws:PrincipalTag/tenant_id}', "${aws:PrincipalTag/x, 'acme'}", '$acme', '#acme', 'acme#1'),
  fc.constantFrom(
    'аcme',
    'acmе',
    'ａｃｍｅ',
    'acme\u200b',
    '\ufeffacme',
    'acme\u202e',
    'ácme',
    'a\u0301cme',
    'acme\u00ad',
    'İ',
    'ſ',
    '１',
  ),
  fc.constantFrom('acme\0', 'acme\n', '\nacme', 'acme\r\nglobex', '\tacme', 'ac\u007fme', 'ac\u0085me', 'acme\u2028', '\ud800'),
  fc.constantFrom(
    'acme globex',
    'acme,globex',
    'acme;globex',
    'acme|globex',
    '["acme","globex"]',
    'acme&tenant_id=globex',
    '"acme"',
  ),
  fc.constantFrom<unknown>(['acme'], ['acme', 'globex'], {}, { toString: 'acme' }, 7, 0, true, false, null, NaN),
  fc.constantFrom(
    '__proto__',
    'constructor()',
    'arn:aws:iam::123456789012:role/a',
    'ann@acme.example',
    'custom:acme',
    'tenants/acme/',
  ),
  tenantIds.map((id) => id.padEnd(129, 'a')),
  tenantIds.chain((id) => fc.constantFrom(` ${id}`, `${id} `, `${id}/`, `/${id}`, `${id}*`, `${id}\n`, `${id},${id}`, `.${id}`)),
);
const HOSTILE_ROLES = fc.oneof(
  fc.constantFrom<unknown>(
    'owner',
    'Admin',
    'ADMIN',
    'adm',
    'admin2',
    'superadmin',
    'admin ',
    ' admin',
    'viewer admin',
    'viewer,admin',
    '',
  ),
  fc.constantFrom(
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'rwd/rwd',
    '???/???',
    '*',
    'adm*',
    'аdmin',
    'admin\0',
    'admin\n',
  ),
  fc.constantFrom<unknown>(['admin'], { admin: true }, 7, true, null),
);
const HOSTILE_PERMISSIONS = fc.oneof(
  fc.constantFrom<unknown>(
    'reads',
    'rea',
    'Read',
    'read,write',
    'read\twrite',
    'read write fly',
    'table',
    'table:',
    'table:*',
    ':',
    '*',
    '',
  ),
  fc.constantFrom<unknown>(
    'rwd/rwd',
    'admin',
    '__proto__',
    'constructor',
    'table:write',
    'table:delete bucket:read',
    'ｒead',
    ['read'],
    7,
    null,
  ),
);

const VALID = fc
  .tuple(tenantIds, fc.option(roleNames, { nil: undefined }), OWN_WISHES, SURROUNDINGS)
  .map(([tenantId, role, wishes, surroundings]): UserRecord => ({
    event: eventOf({ ...wishes, 'custom:tenant_id': tenantId, 'custom:role': role }, surroundings),
    tags: { tenant_id: [tenantId], permissions: [ENCODED_ROLES[role ?? 'guest'] ?? ''] },
  }));

const HOSTILE = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ 'custom:tenant_id': HOSTILE_TENANTS, 'custom:role': roleNames }) },
      { weight: 1, arbitrary: fc.record({ 'custom:tenant_id': tenantIds, 'custom:role': HOSTILE_ROLES }) },
      { weight: 1, arbitrary: fc.record({ 'custom:tenant_id': tenantIds, 'custom:permissions': HOSTILE_PERMISSIONS }) },
    ),
    OWN_WISHES,
    SURROUNDINGS,
  )
  .map(([attributes, wishes, surroundings]): UserRecord => ({
    event: eventOf({ ...wishes, ...attributes }, surroundings),
    tags: undefined,
  }));

/**
 * So many valid records, then as many hostile ones; the same at each call. What a token must say is worked out from how the record was
 * made, not by the code under test. The settings are those of `sign-ins`.
 */
export function userRecords(each: number): readonly UserRecord[] {
  return [VALID, HOSTILE].flatMap((records) => fc.sample(records, { numRuns: each, seed: SEED }));
}
