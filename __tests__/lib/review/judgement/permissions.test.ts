import type { AwsAction } from '../../../../lib/isolation';
import {
  bucketAccessPolicy,
  type PolicyDocument,
  type PolicyStatement,
  tableAccessPolicy,
  trustPolicy,
} from '../../../../lib/policy';
import { declaredPermissions } from '../../../../lib/review/estate/declared-permissions';
import type { Estate } from '../../../../lib/review/estate/estate';
import { permissionsOf } from '../../../../lib/review/judgement/permissions';
import { findRoles } from '../../../../lib/review/judgement/subjects';
import { exitCodeOf, review } from '../../../../lib/review/judgement/verdict';
import {
  actions as readActions,
  AUDIENCE,
  BUCKET,
  estate,
  given,
  ISSUER,
  known,
  plan,
  plus,
  PROVIDER,
  role,
  state,
  statements,
  TABLE,
} from '../../../support/estates';

const PERMISSIONS = { roles: { viewer: ['read'], editor: ['read', 'write'] } } as const;
const DECLARED = { viewer: 'r--/r--', editor: 'rw-/rw-' };
const TENANT = { kind: 'session-tag', tagKey: 'tenant_id' } as const;

const TRUST = trustPolicy({
  issuers: [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] }],
  permissions: PERMISSIONS,
});
const ITEMS = tableAccessPolicy({ tables: [{ tableArn: TABLE, indexArns: [`${TABLE}/index/by-date`] }], permissions: PERMISSIONS });
const OBJECTS = bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }], permissions: PERMISSIONS });

function permitted(table: PolicyDocument = ITEMS, changes: Partial<Estate> = { declaredPermissions: DECLARED }): Estate {
  const identity = [known('aws_iam_policy.table', table), known('aws_iam_policy.bucket', OBJECTS)];
  return estate({ roles: [role({ trust: known('aws_iam_role.tenant', TRUST), identity })], ...changes });
}

/** The same statements, each without what it asks of permissions. */
function forEverybody({ Statement }: PolicyDocument): PolicyDocument {
  return statements(
    ...Statement.map((statement): PolicyStatement => ({ ...statement, Condition: { ...statement.Condition, StringLike: {} } })),
  );
}

let actions: readonly AwsAction[];
beforeAll(async () => {
  actions = await readActions();
});

const judged = (now: Estate) => review(state(now), actions);

describe('what policies ask of permissions', () => {
  it('is found by the encoding, whatever the tag is called', () => {
    const table = tableAccessPolicy({ tables: [{ tableArn: TABLE }], permissions: { ...PERMISSIONS, tagKey: 'Scope' } });
    expect(permissionsOf([role({ identity: [known('t', table)] })], TENANT, DECLARED)).toEqual({
      tagKey: 'Scope',
      roles: DECLARED,
      guarded: false,
      named: ['viewer', 'editor'],
      undeclared: [],
    });
  });

  it.each<[name: string, statement: PolicyStatement]>([
    [
      'of a department',
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
        Condition: { StringLike: { 'aws:PrincipalTag/department': ['sales/???', 'r*'] } },
      },
    ],
    [
      'equal to a variable',
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalTag/x': '${aws:ResourceTag/x}' } },
      },
    ],
    [
      'of the tenant',
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: '*',
        Condition: { StringLike: { 'aws:PrincipalTag/tenant_id': ['rwd/rwd'] } },
      },
    ],
  ])('is not taken for a foreign condition: %s', (_, statement) => {
    expect(permissionsOf([role({ identity: [known('x', statements(statement))] })], TENANT, undefined)).toBeUndefined();
  });

  it('takes names that nobody declared for names that are not judged', () => {
    const { subject } = given(findRoles(permitted(ITEMS, {}), undefined).roles[0]);
    expect(subject.permissions).toMatchObject({ roles: {}, guarded: true, undeclared: ['viewer', 'editor'] });
    expect(subject.guardedTags).toBe(true);
  });

  it('does not take the permissions for the tenant, where no policy reads one', () => {
    const reading: PolicyStatement = {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: `${BUCKET}/*`,
      Condition: { StringLike: { 'aws:PrincipalTag/permissions': ['r--/???'] } },
    };
    const identity = [known('x', statements(...Array<PolicyStatement>(9).fill(reading)))];
    const { subject } = given(findRoles(estate({ roles: [role({ trust: known('t', TRUST), identity })] }), undefined).roles[0]);
    expect(subject.tenant).toEqual(TENANT);
  });
});

describe('a review of permissions', () => {
  it('holds for what was declared, and says what was not', () => {
    expect(judged(permitted())).toMatchObject({ isolation: 'holds', notJudged: [] });
    const unsaid = judged(permitted(ITEMS, {}));
    expect(unsaid.isolation).toBe('holds');
    expect(unsaid.notJudged.map(({ because }) => because)).toEqual([expect.stringMatching(/^what roles viewer, editor may do/)]);
  });

  it.each<[name: string, now: () => Estate]>([
    ['a role that is declared to do less', () => permitted(ITEMS, { declaredPermissions: { ...DECLARED, editor: 'r--/rw-' } })],
    ['a role that is not declared', () => permitted(ITEMS, { declaredPermissions: { viewer: 'r--/r--' } })],
    [
      'a statement that asks for nothing',
      () => permitted(plus(ITEMS, { ...given(ITEMS.Statement[1]), Condition: given(forEverybody(ITEMS).Statement[1]).Condition })),
    ],
    ['policies that ask for nothing, though roles are declared', () => estate({ declaredPermissions: DECLARED })],
  ])('fails with %s', (_, now) => {
    const found = judged(now());
    expect(exitCodeOf(found)).toBe(1);
    expect(found.roles[0]?.attacks.leaks.map(({ group }) => group)).toContain('permissions');
  });

  it.each([
    ['permissions', 'editor'],
    ['Permissions', 'rwd/rwd'],
    ['permissions', '(known after apply)'],
  ])('fails where the role itself has the tag %s, which sessions without it then hold', (key, value) => {
    const tagged = permitted();
    const found = judged({ ...tagged, roles: tagged.roles.map((each) => ({ ...each, tags: { [key]: value } })) });
    expect(exitCodeOf(found)).toBe(1);
    expect(found.roles[0]?.attacks.leaks[0]?.witness.session?.name).toBe("tenant 'a' without permissions");
  });

  it('holds where the role has other tags', () => {
    const tagged = permitted();
    const roles = tagged.roles.map((each) => ({ ...each, tags: { team: 'editor', permission: 'editor' } }));
    expect(judged({ ...tagged, roles }).isolation).toBe('holds');
  });

  it('tells which roles a plan lets do more, and not of those that do less or are new', () => {
    const before = permitted();
    const { guards } = review(
      plan({
        before,
        after: permitted(ITEMS, { declaredPermissions: { viewer: 'r--/r-d', editor: 'r--/rw-', admin: 'rwd/rwd' } }),
      }),
      [],
    );
    expect(guards).toEqual([{ address: 'output.permissions', guard: "role 'viewer' is r--/r-- only, and becomes r--/r-d" }]);
    expect(review(plan({ before, after: permitted(ITEMS, {}) }), []).guards).toEqual([]);
  });

  it('fails where a plan takes all conditions away, with the permissions that there were', () => {
    const after = permitted(forEverybody(ITEMS), {});
    const found = review(plan({ before: permitted(ITEMS, {}), after }), actions);
    expect(found.roles[0]?.attacks.leaks.some(({ group, before }) => group === 'permissions' && before === 'deny')).toBe(true);
  });
});

describe('the output', () => {
  it.each<[unknown, unknown]>([
    [{ viewer: 'r--/r--' }, { viewer: 'r--/r--' }],
    [{}, {}],
    [{ viewer: 'all' }, undefined],
    [{ viewer: 'r--/r--', 'a/b': 'r--/r--' }, undefined],
    [['r--/r--'], undefined],
    ['r--/r--', undefined],
    [undefined, undefined],
  ])('%j declares %j', (value, wanted) => {
    expect(declaredPermissions(value)).toEqual(wanted);
  });
});
