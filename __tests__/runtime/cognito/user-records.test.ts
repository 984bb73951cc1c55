import fc from 'fast-check';
import { preTokenGenerationHandler } from 'multi-tenant-data-access/cognito';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import { caughtFrom } from '../../support/refusal';
import { SETTINGS, signIn, TRIGGER_SOURCES, userWith } from './sign-ins';

/*
 * 200 records of users, half of them valid and half hostile, each signed in as Cognito would. What a valid one must yield is worked out here
 * from how the record was made, not by the code under test.
 */
const RECORDS = 100;
const SEED = 20_261_122;
const handler = preTokenGenerationHandler(SETTINGS);

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

describe('a valid record', () => {
  it(`yields its own tenant and permissions, ${RECORDS} times, whatever the event says beside it`, async () => {
    const seen = new Set<string>();
    const given = fc.tuple(tenantIds, fc.option(roleNames, { nil: undefined }), OWN_WISHES, SURROUNDINGS);
    await fc.assert(
      fc.asyncProperty(given, async ([tenantId, role, wishes, surroundings]) => {
        seen.add(tenantId);
        const event = eventOf({ ...wishes, 'custom:tenant_id': tenantId, 'custom:role': role }, surroundings);
        const { response } = await handler(event);
        expect(response).toEqual({
          claimsAndScopeOverrideDetails: {
            idTokenGeneration: {
              claimsToAddOrOverride: {
                [SESSION_TAGS_CLAIM]: {
                  principal_tags: { tenant_id: [tenantId], permissions: [ENCODED_ROLES[role ?? 'guest']] },
                  transitive_tag_keys: ['tenant_id', 'permissions'],
                },
              },
            },
            groupOverrideDetails: { groupsToOverride: surroundings.groups },
          },
        });
      }),
      { numRuns: RECORDS, seed: SEED },
    );
    expect(seen.size).toBeGreaterThan(RECORDS / 2);
  });
});

describe('a hostile record', () => {
  beforeEach(() => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it(`fails, ${RECORDS} times, and no token is made`, async () => {
    const hostile = fc.oneof(
      { weight: 3, arbitrary: fc.record({ 'custom:tenant_id': HOSTILE_TENANTS, 'custom:role': roleNames }) },
      { weight: 1, arbitrary: fc.record({ 'custom:tenant_id': tenantIds, 'custom:role': HOSTILE_ROLES }) },
      { weight: 1, arbitrary: fc.record({ 'custom:tenant_id': tenantIds, 'custom:permissions': HOSTILE_PERMISSIONS }) },
    );
    await fc.assert(
      fc.asyncProperty(hostile, OWN_WISHES, SURROUNDINGS, async (attributes, wishes, surroundings) => {
        const { code } = await caughtFrom(() => handler(eventOf({ ...wishes, ...attributes }, surroundings)));
        expect(code).toMatch(/^(?:tenant\.invalid|token\.tenant_missing|permissions\.invalid)$/);
      }),
      { numRuns: RECORDS, seed: SEED },
    );
  });
});
