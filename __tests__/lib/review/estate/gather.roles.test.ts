import type { PolicyFact } from '../../../../lib/review/estate/estate';
import { gather } from '../../../../lib/review/estate/gather';
import { readPlan } from '../../../../lib/review/plan/plan';
import type { ResourceInstance } from '../../../../lib/review/estate/resource';
import { ACCOUNT, after, ENVIRONMENT, factsOf, type Planned, policy, recorded } from '../plans/hand-made';

const ROLE = { name: 'r', path: '/', assume_role_policy: policy('trust') };
const ARN = `arn:aws:iam::${ACCOUNT}`;

/** A policy in short: its name with its id, or with what is not known of it. */
function short(fact: PolicyFact): string {
  return 'unknown' in fact ? `${fact.name}: ${fact.unknown}` : `${fact.name} = ${(fact.document as { Id?: string }).Id}`;
}

/** The policies of the one role after a plan. */
function policiesOf(input: Parameters<typeof after>[0]): string[] {
  const { roles } = after(input);
  expect(roles).toHaveLength(1);
  return roles.flatMap(({ identity }) => identity.map(short));
}

/** Changes beside the creation of the role. */
const withRole = (changes: Readonly<Record<string, Planned>>, role: Planned = { after: ROLE }) => ({
  changes: { 'aws_iam_role.r': role, ...changes },
});

describe('roles over modules, of a plan of the real Terraform', () => {
  const facts = readPlan(recorded('modules-create'));
  const roles = facts.kind === 'plan' ? facts.after.roles : [];
  const named = (name: string) => roles.find((role) => role.name === name);

  it('are all there', () => {
    expect(roles.map(({ arn }) => arn)).toEqual(
      ['auditor-0', 'auditor-1', 'shops/books-tenant', 'shops/toys-eu-tenant'].map((name) => `${ARN}:role/${name}`),
    );
  });

  it.each([['books'], ['toys-eu']])('have each of their policies once: %s', (shop) => {
    const module = `module.role["${shop.replace('-', '.')}"]`;
    expect(named(`${shop}-tenant`)?.identity.map((fact) => [fact.name, 'unknown' in fact ? fact.unknown : 'known'])).toEqual([
      [`${module}.aws_iam_role_policy.objects`, 'known'],
      [`${module}.aws_iam_role.tenant.inline_policy["list"]`, 'known'],
      [`${module}.aws_iam_policy.late`, 'known after apply'],
      ['aws_iam_policy.shared', 'known'],
      [`${module}.aws_iam_policy.table["read"]`, 'known'],
      [`${module}.aws_iam_policy.table["write"]`, 'known'],
    ]);
  });

  it('have their boundary, though its ARN is not known yet', () => {
    expect(named('books-tenant')?.boundary).toMatchObject({ name: 'aws_iam_policy.boundary', document: { Version: '2012-10-17' } });
    expect(named('auditor-0')).not.toHaveProperty('boundary');
  });

  it('have the attachments of their own index, and an open list of managed policies', () => {
    expect(named('auditor-1')?.identity.map(({ name }) => name)).toEqual([
      'aws_iam_policy.audit[1]',
      'aws_iam_policy.shared',
      'aws_iam_role.auditor[1].managed_policy_arns',
    ]);
  });

  it('have the tags of the provider', () => {
    expect(named('auditor-0')?.tags).toEqual({ project: 'shops' });
  });
});

describe('a policy of a role', () => {
  it('is found by the ARN that it has or will have', () => {
    const own = `${ARN}:policy/team/own`;
    expect(
      policiesOf(
        withRole({
          'aws_iam_policy.own': { after: { name: 'own', path: '/team/', policy: policy('own') }, unknown: { arn: true } },
          'aws_iam_role_policy_attachment.own': { after: { role: 'r', policy_arn: own } },
        }),
      ),
    ).toEqual(['aws_iam_policy.own = own']);
    expect(
      policiesOf({
        prior: { ...ENVIRONMENT, 'aws_iam_policy.own': { arn: own, policy: policy('own') } },
        ...withRole({ 'aws_iam_role_policy_attachment.own': { after: { role: 'r', policy_arn: own } } }),
      }),
    ).toEqual(['aws_iam_policy.own = own']);
  });

  it('is read from a data source', () => {
    const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    const attach = withRole({ 'aws_iam_role_policy_attachment.a': { after: { role: 'r', policy_arn: arn } } });
    const prior = { ...ENVIRONMENT, 'data.aws_iam_policy.p': { arn, policy: policy('read') } };
    expect(policiesOf({ prior, ...attach })).toEqual(['data.aws_iam_policy.p = read']);
    expect(policiesOf(attach)).toEqual([`${arn}: not in the plan`]);
  });

  it.each([
    ['known after apply', { name: 'p' }, { policy: true }],
    ['no JSON', { name: 'p', policy: '{' }, {}],
    ['not set', { name: 'p' }, {}],
    ['not set', { name: 'p', policy: 1 }, {}],
  ])('is not known: %s', (why, values, unknown) => {
    const changes = {
      'aws_iam_policy.p': { after: { ...values, arn: `${ARN}:policy/p` }, unknown },
      'aws_iam_role_policy_attachment.p': { after: { role: 'r', policy_arn: `${ARN}:policy/p` } },
      'aws_iam_role_policy.p': { after: { ...values, role: 'r' }, unknown },
    };
    expect(policiesOf(withRole(changes))).toEqual([`aws_iam_role_policy.p: ${why}`, `aws_iam_policy.p: ${why}`]);
  });

  it('is not known where it cannot be told which one is attached', () => {
    const changes = { 'aws_iam_role_policy_attachment.a': { after: { role: 'r' }, unknown: { policy_arn: true } } };
    expect(policiesOf(withRole(changes))).toEqual([
      'aws_iam_role_policy_attachment.a: which policy it attaches is known after apply',
    ]);
  });

  it('is followed to where its ARN comes from, and no further than one', () => {
    const changes = {
      'aws_iam_policy.a': { after: { name: 'a', policy: policy('a') }, unknown: { arn: true } },
      'aws_iam_policy.b': { after: { name: 'b', policy: policy('b') }, unknown: { arn: true } },
      'aws_iam_role_policy_attachment.a': { after: { role: 'r' }, unknown: { policy_arn: true } },
    };
    const from = (...references: string[]) => [
      { address: 'aws_iam_role_policy_attachment.a', expressions: { policy_arn: { references } } },
    ];
    expect(policiesOf({ ...withRole(changes), resources: from('aws_iam_policy.a.arn', 'aws_iam_policy.a') })).toEqual([
      'aws_iam_policy.a = a',
    ]);
    expect(policiesOf({ ...withRole(changes), resources: from('aws_iam_policy.a.arn', 'aws_iam_policy.b.arn') })).toEqual([
      'aws_iam_role_policy_attachment.a: which policy it attaches is known after apply',
    ]);
    expect(policiesOf({ ...withRole(changes), resources: from('aws_iam_role.r.arn', 'aws_iam_role.r') })).toEqual([
      'aws_iam_role_policy_attachment.a: which policy it attaches is known after apply',
    ]);
  });

  it('is taken from all kinds of attachments, once', () => {
    const arn = `${ARN}:policy/p`;
    const changes = {
      'aws_iam_policy.p': { after: { arn, policy: policy('p') } },
      'aws_iam_role_policy_attachment.p': { after: { role: 'r', policy_arn: arn } },
      'aws_iam_policy_attachment.p': { after: { roles: ['other', 'r'], policy_arn: arn } },
      'aws_iam_role_policy_attachments_exclusive.p': { after: { role_name: 'r', policy_arns: [arn, `${ARN}:policy/q`] } },
    };
    expect(policiesOf(withRole(changes, { after: { ...ROLE, managed_policy_arns: [arn] } }))).toEqual([
      'aws_iam_policy.p = p',
      `${ARN}:policy/q: not in the plan`,
    ]);
  });

  it('that is inline is named by the role, unless a resource sets it', () => {
    const inline = [
      { name: 'a', policy: policy('a') },
      { name: 'b', policy: policy('b') },
      { name: '', policy: '' },
    ];
    const changes = { 'aws_iam_role_policy.a': { after: { role: 'r', name: 'a', policy: policy('a') } } };
    expect(policiesOf(withRole(changes, { after: { ...ROLE, inline_policy: inline } }))).toEqual([
      'aws_iam_role_policy.a = a',
      'aws_iam_role.r.inline_policy["b"] = b',
    ]);
  });

  it('that is inline may be known after apply only', () => {
    const role = {
      after: { ...ROLE, inline_policy: [{ name: 'a' }] },
      unknown: { inline_policy: [{ policy: true }, { policy: true }] },
    };
    expect(policiesOf(withRole({}, role))).toEqual([
      'aws_iam_role.r.inline_policy["a"]: known after apply',
      'aws_iam_role.r.inline_policy[1]: known after apply',
    ]);
    // Nothing is known of the configuration here, so it may set them.
    expect(policiesOf(withRole({}, { after: ROLE, unknown: { inline_policy: true, managed_policy_arns: true } }))).toEqual([
      'aws_iam_role.r.inline_policy: known after apply',
      'aws_iam_role.r.managed_policy_arns: which policy it attaches is known after apply',
    ]);
  });

  it('is none where the configuration leaves it to AWS', () => {
    const role = { after: ROLE, unknown: { inline_policy: true, managed_policy_arns: true } };
    const expressions = { name: {}, managed_policy_arns: { references: ['var.arns'] } };
    expect(policiesOf({ ...withRole({}, role), resources: [{ address: 'aws_iam_role.r', expressions }] })).toEqual([]);
  });

  it.each([[{ policy: true }], [true]])('is marked where Terraform hides it by %j', (sensitive) => {
    const { roles } = after(withRole({ 'aws_iam_role_policy.a': { after: { role: 'r', policy: policy('a') }, sensitive } }));
    expect(roles[0]?.identity).toMatchObject([{ name: 'aws_iam_role_policy.a', sensitive: true }]);
    const marked = withRole(
      {},
      { after: { ...ROLE, inline_policy: [{ name: 'a', policy: policy('a') }] }, sensitive: { inline_policy: true } },
    );
    expect(after(marked).roles[0]?.identity).toMatchObject([{ sensitive: true }]);
    expect(after(marked).roles[0]?.trust).not.toHaveProperty('sensitive');
  });
});

describe('what a refreshed role reports', () => {
  const arn = `${ARN}:policy/p`;
  const reported = {
    ...ROLE,
    managed_policy_arns: [arn, `${ARN}:policy/by-hand`],
    inline_policy: [{ name: 'i', policy: policy('i') }],
  };
  const prior = {
    ...ENVIRONMENT,
    'aws_iam_role.r': reported,
    'aws_iam_policy.p': { arn, policy: policy('p') },
    'aws_iam_role_policy_attachment.p': { role: 'r', policy_arn: arn },
    'aws_iam_role_policy.i': { role: 'r', name: 'i', policy: policy('i') },
  };
  const byHand = `${ARN}:policy/by-hand: not in the plan`;

  it('counts once, and counts where only the role reports it', () => {
    expect(policiesOf({ prior })).toEqual(['aws_iam_role_policy.i = i', 'aws_iam_policy.p = p', byHand]);
  });

  it('goes with the resource that set it', () => {
    const gone = (address: keyof typeof prior): Planned => ({ actions: ['delete'], before: prior[address] });
    const changes = {
      'aws_iam_role_policy_attachment.p': gone('aws_iam_role_policy_attachment.p'),
      'aws_iam_role_policy.i': gone('aws_iam_role_policy.i'),
      'aws_iam_role.r': { actions: ['no-op'], before: reported, after: reported },
    };
    const { before, after: then } = factsOf({ prior, changes });
    expect(before.roles[0]?.identity).toHaveLength(3);
    expect(then.roles[0]?.identity.map(short)).toEqual([byHand]);
  });

  it('stays where the role takes it over', () => {
    const own = { ...reported, managed_policy_arns: [arn], inline_policy: [{ name: 'i', policy: policy('new') }] };
    const changes = {
      'aws_iam_role_policy_attachment.p': { actions: ['delete'], before: prior['aws_iam_role_policy_attachment.p'] },
      'aws_iam_role_policy.i': { actions: ['delete'], before: prior['aws_iam_role_policy.i'] },
      'aws_iam_role.r': { actions: ['update'], before: reported, after: own },
    };
    expect(policiesOf({ prior, changes })).toEqual(['aws_iam_role.r.inline_policy["i"] = new', 'aws_iam_policy.p = p']);
  });
});

describe('the role that something hangs on', () => {
  const inline = (role: Planned) => withRole({ 'aws_iam_role_policy.i': role });

  it('is found by reference', () => {
    const changes = inline({ after: { policy: policy('i') }, unknown: { role: true } });
    const expressions = { role: { references: ['aws_iam_role.r.id', 'aws_iam_role.r'] } };
    expect(policiesOf({ ...changes, resources: [{ address: 'aws_iam_role_policy.i', expressions }] })).toEqual([
      'aws_iam_role_policy.i = i',
    ]);
  });

  it.each(['R', 'r', `${ARN}:role/x/R`])('is found by its name in any case: %s', (role) => {
    expect(policiesOf(inline({ after: { role, policy: policy('i') } }))).toEqual(['aws_iam_role_policy.i = i']);
  });

  it.each<[string, Planned]>([
    ['aws_iam_role_policy.i', { after: { role: 'other', policy: policy('i') } }],
    ['aws_iam_role_policy_attachment.i', { after: { role: 'other', policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' } }],
    ['aws_iam_policy_attachment.i', { after: { roles: ['other'], policy_arn: `${ARN}:policy/p` } }],
    ['aws_iam_role_policy_attachments_exclusive.i', { after: { role_name: 'other', policy_arns: [] } }],
  ])('is a gap outside the plan: %s', (name, planned) => {
    const unknown = "the role 'other' that it belongs to is not in the plan";
    const gaps = [{ name, unknown, concerns: { kind: 'role', arn: `${ARN}:role/*other` } }];
    expect(after(withRole({ [name]: planned }))).toMatchObject({ roles: [{ identity: [] }], gaps });
    const prior = { ...ENVIRONMENT, 'data.aws_iam_role.o': { name: 'Other', arn: `${ARN}:role/x/Other` } };
    expect(after({ prior, ...withRole({ [name]: planned }) }).gaps).toMatchObject([{ concerns: { arn: `${ARN}:role/x/Other` } }]);
  });

  it('is a gap where a data source tells it after apply', () => {
    const changes = {
      ...inline({ after: { policy: policy('i') }, unknown: { role: true } }).changes,
      'data.aws_iam_role.o': { actions: ['read'], after: {}, unknown: { name: true, id: true } },
    };
    const expressions = { role: { references: ['data.aws_iam_role.o.name', 'data.aws_iam_role.o'] } };
    expect(after({ changes, resources: [{ address: 'aws_iam_role_policy.i', expressions }] }).gaps).toEqual([
      {
        name: 'aws_iam_role_policy.i',
        unknown: 'which role it belongs to is known after apply',
        concerns: { kind: 'role' },
      },
    ]);
  });

  it('is any where it cannot be told', () => {
    const unknown = {
      name: 'aws_iam_role_policy.i',
      unknown: 'which role it belongs to is known after apply',
      concerns: { kind: 'role' },
    };
    expect(after(inline({ after: { policy: policy('i') }, unknown: { role: true } })).gaps).toEqual([unknown]);
    const many = withRole({ 'aws_iam_policy_attachment.a': { after: { policy_arn: 'x' }, unknown: { roles: true } } });
    expect(after(many).gaps).toEqual([{ ...unknown, name: 'aws_iam_policy_attachment.a' }]);
  });

  it('is any where two have its name', () => {
    const { gaps } = after({
      changes: {
        'aws_iam_role.r': { after: ROLE },
        'aws_iam_role.other': { after: { ...ROLE, arn: 'arn:aws:iam::999999999999:role/r' } },
        'aws_iam_role_policy.i': { after: { role: 'r', policy: policy('i') } },
      },
    });
    expect(gaps).toEqual([
      {
        name: 'aws_iam_role_policy.i',
        unknown: "which of the roles named 'r' it belongs to is not known",
        concerns: { kind: 'role', arn: `${ARN}:role/*r` },
      },
    ]);
  });
});

describe('a role', () => {
  it.each([
    [{}, 'role/aws_iam_role.r-0-'],
    [{ name_prefix: 'r-', path: '/x/' }, 'role/x/r-aws_iam_role.r-0-'],
  ])('whose name is known after apply is named by its address: %j', (values, resource) => {
    const address = 'aws_iam_role.r[0]';
    const { roles, gaps } = after({
      changes: {
        [address]: { after: { ...values, assume_role_policy: policy('trust') }, unknown: { name: true, arn: true } },
        'aws_iam_role_policy.i': { after: { policy: policy('i') }, unknown: { role: true } },
      },
      resources: [
        {
          address: 'aws_iam_role_policy.i',
          expressions: { role: { references: ['aws_iam_role.r[0].name', 'aws_iam_role.r[0]', 'aws_iam_role.r'] } },
        },
      ],
    });
    expect(gaps).toEqual([]);
    expect(roles).toMatchObject([{ address, arn: `${ARN}:${resource}`, identity: [{ document: { Id: 'i' } }] }]);
  });

  it('of a path that is known after apply is a gap', () => {
    const { roles, gaps } = after({ changes: { 'aws_iam_role.r': { after: { name: 'r' }, unknown: { path: true } } } });
    expect(roles).toEqual([]);
    expect(gaps).toEqual([
      {
        name: 'aws_iam_role.r',
        unknown: 'its path is known after apply',
        concerns: { kind: 'role', arn: `${ARN}:role/*r` },
      },
    ]);
  });

  it('of an account that cannot be told may have any name with its prefix', () => {
    const role = { after: { name_prefix: 'r-' }, unknown: { name: true } };
    expect(after({ prior: {}, changes: { 'aws_iam_role.r': role } }).gaps).toMatchObject([
      { concerns: { kind: 'role', arn: 'arn:aws:iam::*:role/*r-*' } },
    ]);
  });

  it('has managed policies and a boundary by ARN in any case', () => {
    const { roles } = after(
      withRole(
        {
          'aws_iam_policy.p': { after: { name: 'Own', policy: policy('p') } },
          'aws_iam_role_policy_attachment.p': { after: { role: 'r', policy_arn: `${ARN}:policy/own` } },
        },
        { after: { ...ROLE, permissions_boundary: `${ARN}:policy/OWN` } },
      ),
    );
    expect(roles).toMatchObject([{ identity: [{ document: { Id: 'p' } }], boundary: { document: { Id: 'p' } } }]);
  });

  it('of an account that cannot be told is a gap', () => {
    expect(after({ prior: {}, changes: { 'aws_iam_role.r': { after: ROLE } } })).toMatchObject({
      roles: [],
      gaps: [
        { name: 'aws_iam_role.r', unknown: 'its account is not known', concerns: { kind: 'role', arn: 'arn:aws:iam::*:role/*r' } },
      ],
    });
  });

  it('lies in the account of the identity provider that it trusts', () => {
    const provider = 'arn:aws-cn:iam::999999999999:oidc-provider/login.example.com';
    const trust = JSON.stringify({ Statement: [{ Principal: { Federated: provider } }] });
    const { roles } = after({ prior: {}, changes: { 'aws_iam_role.r': { after: { ...ROLE, assume_role_policy: trust } } } });
    expect(roles[0]?.arn).toBe('arn:aws:iam::999999999999:role/r');
  });

  it('has a boundary by ARN, none by an empty text', () => {
    const boundary = (permissions_boundary: unknown, unknown = {}) =>
      after({ changes: { 'aws_iam_role.r': { after: { ...ROLE, permissions_boundary }, unknown } } }).roles[0]?.boundary;
    expect(boundary(`${ARN}:policy/b`)).toEqual({ name: `${ARN}:policy/b`, unknown: 'not in the plan' });
    expect(boundary('')).toBeUndefined();
    expect(boundary(null)).toBeUndefined();
    expect(boundary(undefined, { permissions_boundary: true })).toEqual({
      name: 'aws_iam_role.r.permissions_boundary',
      unknown: 'which policy it attaches is known after apply',
    });
  });

  it('may have a trust policy that is known after apply', () => {
    const role = { after: { name: 'r' }, unknown: { assume_role_policy: true } };
    expect(after({ changes: { 'aws_iam_role.r': role } }).roles[0]?.trust).toEqual({
      name: 'aws_iam_role.r.assume_role_policy',
      unknown: 'known after apply',
    });
  });

  it('has tags, of one that is known after apply the key', () => {
    const tagged = (values: object, unknown: Record<string, unknown>) =>
      after({ changes: { 'aws_iam_role.r': { after: { ...ROLE, ...values }, unknown } } });
    expect(tagged({ tags: { a: '1' }, tags_all: { a: '1', b: '2' } }, { tags: { c: true }, tags_all: {} }).roles[0]?.tags).toEqual({
      a: '1',
      b: '2',
      c: '(known after apply)',
    });
    expect(tagged({}, { tags: true, tags_all: true }).gaps).toEqual([]);
  });

  it('takes any shape of its attributes', () => {
    const odd = { ...ROLE, tags: 'x', tags_all: [{}], inline_policy: [null, 1], managed_policy_arns: [{}], path: 3 };
    expect(after({ changes: { 'aws_iam_role.r': { after: odd } } }).roles).toMatchObject([{ name: 'r', tags: {}, identity: [] }]);
  });
});

describe('another reader than the one of plans', () => {
  it('may give addresses without an attribute as references', () => {
    const instance = (
      address: string,
      type: string,
      values: object,
      references: Record<string, string[]> = {},
    ): ResourceInstance => ({
      address,
      mode: 'managed',
      type,
      values: values as Record<string, unknown>,
      unknown: Object.fromEntries(Object.keys(references).map((attribute) => [attribute, true])),
      sensitive: {},
      references: (attribute) => references[attribute] ?? [],
    });
    const { roles } = gather([
      instance('aws_iam_role.r', 'aws_iam_role', { ...ROLE, arn: `${ARN}:role/r` }),
      instance('aws_iam_policy.p', 'aws_iam_policy', { policy: policy('p') }),
      instance(
        'aws_iam_role_policy_attachment.a',
        'aws_iam_role_policy_attachment',
        {},
        { role: ['aws_iam_role.r'], policy_arn: ['aws_iam_policy.p'] },
      ),
    ]);
    expect(roles[0]?.identity.map(short)).toEqual(['aws_iam_policy.p = p']);
  });
});
