import { type Estate, SENSITIVE } from '../../../../lib/review/estate/estate';
import { readPlan } from '../../../../lib/review/plan/plan';
import { ReviewInputError } from '../../../../lib/review/plan/plan-json';
import { ACCOUNT, ENVIRONMENT, factsOf, planJson, policy, recorded } from '../plans/hand-made';

function planOf(text: string) {
  const facts = readPlan(text);
  if (facts.kind !== 'plan') throw new Error('not a plan');
  return facts;
}

describe('a first plan of the real Terraform', () => {
  const { before, after, changes } = planOf(recorded('default-create'));

  it('has nothing before it', () => {
    expect(before).toEqual({ region: 'eu-central-1', roles: [], tables: [], buckets: [], keys: [], gaps: [] });
  });

  it('shows the role with its policies, though their ARNs are not known yet', () => {
    expect(after.roles).toMatchObject([
      {
        address: 'aws_iam_role.tenant',
        name: 'multi-tenant-iam-tenant',
        arn: `arn:aws:iam::${ACCOUNT}:role/multi-tenant-iam-tenant`,
        tags: {},
        trust: { name: 'aws_iam_role.tenant.assume_role_policy', document: { Version: '2012-10-17' } },
        identity: [
          { name: 'aws_iam_policy.tenant_bucket', document: { Version: '2012-10-17' } },
          { name: 'aws_iam_policy.tenant_table', document: { Version: '2012-10-17' } },
        ],
      },
    ]);
    expect(after.roles[0]).not.toHaveProperty('boundary');
  });

  it('shows table and bucket with their policies', () => {
    expect(after.tables).toMatchObject([
      {
        address: 'aws_dynamodb_table.tenant_data',
        arn: `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/multi-tenant-iam-data`,
        partitionKey: 'tenantId',
        indexes: [],
        policy: { name: 'aws_dynamodb_resource_policy.tenant_data', document: { Version: '2012-10-17' } },
      },
    ]);
    expect(after.buckets).toMatchObject([
      {
        address: 'aws_s3_bucket.tenant_data',
        arn: `arn:aws:s3:::multi-tenant-iam-${ACCOUNT}-eu-central-1`,
        policy: { name: 'aws_s3_bucket_policy.tenant_data', document: { Version: '2012-10-17' } },
      },
    ]);
  });

  it('leaves nothing open', () => {
    expect(after.gaps).toEqual([]);
  });

  it('creates all', () => {
    expect(changes.length).toBeGreaterThan(10);
    expect(changes.every(({ action, before: old }) => action === 'create' && old === undefined)).toBe(true);
  });
});

describe('a later plan of the real Terraform that changes a tag', () => {
  const { before, after, changes } = planOf(recorded('default-update'));

  it('shows the same before and after, but for the tag', () => {
    expect({ ...after, roles: after.roles.map((role) => ({ ...role, tags: {} })) }).toEqual(before);
    expect(before.roles[0]?.tags).toEqual({});
    expect(after.roles[0]?.tags).toEqual({ stage: 'test' });
  });

  it('shows each policy once, though the refreshed role reports them too', () => {
    expect(before.roles[0]?.identity.map(({ name }) => name)).toEqual([
      'aws_iam_policy.tenant_bucket',
      'aws_iam_policy.tenant_table',
    ]);
  });

  it('updates in place', () => {
    expect(new Set(changes.map(({ action }) => action))).toEqual(new Set(['update', 'no-op']));
    const table = changes.find(({ type }) => type === 'aws_dynamodb_table');
    expect(table?.before).toMatchObject({ deletion_protection_enabled: true });
    expect(table?.after).toMatchObject({ deletion_protection_enabled: true });
  });
});

describe('a state of the real Terraform', () => {
  it('shows what is deployed, the same as the plan after it', () => {
    const facts = readPlan(recorded('default-state'));
    const { before } = planOf(recorded('default-update'));
    if (facts.kind !== 'state') throw new Error('not a state');
    const known = ({ name, arn }: { readonly name: string; readonly arn: string }) => ({ name, arn });
    expect(facts.now.roles.map(known)).toEqual(before.roles.map(known));
    expect(facts.now.roles[0]?.identity).toEqual(before.roles[0]?.identity);
    expect(facts.now.tables).toEqual(before.tables);
    expect(facts.now.buckets).toEqual(before.buckets);
    expect(facts.now.gaps).toEqual([]);
  });

  it('may be empty', () => {
    const empty = { region: undefined, roles: [], tables: [], buckets: [], keys: [], gaps: [] };
    expect(readPlan('{"format_version":"1.0"}')).toEqual({ kind: 'state', now: empty });
    expect(readPlan('{"format_version":"1.0","terraform_version":"1.11.4","values":{}}')).toEqual({ kind: 'state', now: empty });
  });
});

describe('what Terraform plans', () => {
  const role = { name: 'r', path: '/', assume_role_policy: policy('trust') };

  it.each([
    ['create', ['create']],
    ['update', ['update']],
    ['destroy', ['delete']],
    ['replace', ['delete', 'create']],
    ['replace', ['create', 'delete']],
    ['replace', ['create', 'forget']],
    ['forget', ['forget']],
    ['no-op', ['no-op']],
    ['read', ['read']],
  ])('is %s for %j', (action, actions) => {
    const { changes } = factsOf({ changes: { 'aws_iam_role.r': { actions, before: role, after: role } } });
    expect(changes).toMatchObject([{ address: 'aws_iam_role.r', type: 'aws_iam_role', action, before: role, after: role }]);
  });

  it('leaves out reads of data sources', () => {
    expect(factsOf({ changes: { 'data.aws_iam_policy.p': { actions: ['read'] } } }).changes).toEqual([]);
  });

  it('says what forces a replacement', () => {
    const { changes } = factsOf({
      changes: {
        'aws_dynamodb_table.t': { actions: ['delete', 'create'], replacePaths: [['name'], ['attribute', 0, 'type'], 'odd', [{}]] },
      },
    });
    expect(changes[0]?.replacedBecause).toEqual(['name', 'attribute.0.type', 'odd', '']);
  });

  it('hides what is sensitive, however deep', () => {
    const values = {
      policy: 'secret',
      tags: { a: 'secret', b: 'open' },
      inline_policy: [{ name: 'n', policy: 'secret' }, { name: 'm' }],
    };
    const sensitive = { policy: true, tags: { a: true }, inline_policy: [{ policy: true }] };
    const { changes } = factsOf({ changes: { 'aws_iam_role.r': { before: values, after: values, sensitive } } });
    const hidden = {
      policy: SENSITIVE,
      tags: { a: SENSITIVE, b: 'open' },
      inline_policy: [{ name: 'n', policy: SENSITIVE }, { name: 'm' }],
    };
    expect(changes[0]).toMatchObject({ before: hidden, after: hidden });
  });

  it.each([[true], ['yes'], [1]])('hides all of a resource that is marked by %j', (sensitive) => {
    const { changes } = factsOf({ changes: { 'aws_iam_role.r': { after: role, sensitive } } });
    expect(changes[0]?.after).toEqual({ name: SENSITIVE, path: SENSITIVE, assume_role_policy: SENSITIVE });
  });

  it('keeps no attributes of types that do not matter', () => {
    const { changes } = factsOf({
      changes: { 'aws_instance.i': { after: { ami: 'x' } }, 'aws_s3_object.o': { after: { key: 'x' } } },
    });
    expect(changes.map(({ type, after }) => [type, after])).toEqual([
      ['aws_instance', undefined],
      ['aws_s3_object', undefined],
    ]);
  });
});

describe('before and after', () => {
  const named = (name: string) => ({ name, arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, assume_role_policy: policy('trust') });
  const names = (roles: readonly { readonly name: string }[]) => roles.map(({ name }) => name);

  it('has what -target left out on both sides', () => {
    const { before, after } = factsOf({ prior: { ...ENVIRONMENT, 'aws_iam_role.r': named('r') } });
    expect(names(before.roles)).toEqual(['r']);
    expect(names(after.roles)).toEqual(['r']);
  });

  it('has what is destroyed before only, and what is forgotten on both sides', () => {
    const { before, after } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_iam_role.gone': named('gone'), 'aws_iam_role.lost': named('lost') },
      changes: {
        'aws_iam_role.gone': { actions: ['delete'], before: named('gone') },
        'aws_iam_role.lost': { actions: ['forget'], before: named('lost') },
      },
    });
    expect(names(before.roles)).toEqual(['gone', 'lost']);
    expect(names(after.roles)).toEqual(['lost']);
  });

  it('has both objects after a replacement that forgets the old one', () => {
    const inline = (id: string) => ({ role: 'r', name: id, policy: policy(id) });
    const { before, after, changes } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_iam_role.r': named('r'), 'aws_iam_role_policy.p': inline('old') },
      changes: {
        'aws_iam_role_policy.p': { actions: ['create', 'forget'], before: inline('old'), after: inline('new') },
      },
    });
    expect(before.roles[0]?.identity).toMatchObject([{ name: 'aws_iam_role_policy.p', document: { Id: 'old' } }]);
    expect(after.roles[0]?.identity).toMatchObject([
      { name: 'aws_iam_role_policy.p', document: { Id: 'new' } },
      { name: 'aws_iam_role_policy.p (forgotten)', document: { Id: 'old' } },
    ]);
    expect(changes).toMatchObject([{ address: 'aws_iam_role_policy.p', action: 'replace' }]);
  });

  it('has what a moved role reports as out of date as of one that stays', () => {
    const arn = `arn:aws:iam::${ACCOUNT}:policy/p`;
    const role = { ...named('r'), managed_policy_arns: [arn] };
    const attachment = { role: 'r', policy_arn: arn };
    const { after, changes } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_iam_role.old': role, 'aws_iam_role_policy_attachment.p': attachment },
      changes: {
        'aws_iam_role.new': { actions: ['no-op'], before: role, after: role, extra: { previous_address: 'aws_iam_role.old' } },
        'aws_iam_role_policy_attachment.p': { actions: ['delete'], before: attachment },
      },
    });
    expect(after.roles).toMatchObject([{ address: 'aws_iam_role.new', identity: [] }]);
    expect(changes.map(({ address, previousAddress }) => [address, previousAddress])).toEqual([
      ['aws_iam_role.new', 'aws_iam_role.old'],
      ['aws_iam_role_policy_attachment.p', undefined],
    ]);
  });

  it('has a moved resource once', () => {
    const { after } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_iam_role.old': named('r') },
      changes: {
        'aws_iam_role.new': {
          actions: ['no-op'],
          before: named('r'),
          after: named('r'),
          extra: { previous_address: 'aws_iam_role.old' },
        },
      },
    });
    expect(after.roles.map(({ address }) => address)).toEqual(['aws_iam_role.new']);
  });

  it('takes a deposed object for one of its own', () => {
    const { before, after, changes } = (() => {
      const plan = planJson({
        prior: { ...ENVIRONMENT, 'aws_iam_role.r': named('r'), 'aws_iam_role.deposed': named('old') },
        changes: { 'aws_iam_role.r': { actions: ['no-op'], before: named('r'), after: named('r') } },
      }) as { prior_state: { values: { root_module: { resources: object[] } } }; resource_changes: object[] };
      const { resources } = plan.prior_state.values.root_module;
      resources[resources.length - 1] = { ...resources.at(-1), address: 'aws_iam_role.r', deposed_key: 'abc' };
      const [change] = plan.resource_changes;
      plan.resource_changes.push({ ...change, deposed: 'abc', change: { actions: ['delete'], before: named('old'), after: null } });
      return planOf(JSON.stringify(plan));
    })();
    expect(names(before.roles)).toEqual(['r', 'old']);
    expect(names(after.roles)).toEqual(['r']);
    expect(changes.map(({ address, action }) => [address, action])).toEqual([
      ['aws_iam_role.r', 'no-op'],
      ['aws_iam_role.r (deposed abc)', 'destroy'],
    ]);
  });

  it('reads resources of child modules', () => {
    const inner = {
      address: 'module.a.module.b["x.y"].aws_iam_role.r[0]',
      mode: 'managed',
      type: 'aws_iam_role',
      values: named('r'),
    };
    const facts = readPlan(
      JSON.stringify({
        format_version: '1.0',
        values: { root_module: { child_modules: [{ child_modules: [{ resources: [inner] }] }] } },
      }),
    );
    expect(facts).toMatchObject({ now: { roles: [{ address: inner.address, name: 'r' }] } });
  });

  it('names what Terraform puts off', () => {
    const put = { address: 'aws_iam_role_policy.p', mode: 'managed', type: 'aws_iam_role_policy', change: { actions: ['create'] } };
    const { after } = factsOf({ rest: { deferred_changes: [{ reason: 'resource_config_unknown', resource_change: put }] } });
    expect(after.gaps).toEqual([
      { name: 'aws_iam_role_policy.p', unknown: 'Terraform puts it off until other changes are applied' },
    ]);
  });
});

describe('a policy that Terraform marks as sensitive', () => {
  const trust = 'assume_role_policy';
  const tableArn = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/t`;
  const keyArn = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/k`;
  const role = { ...{ name: 'r', arn: `arn:aws:iam::${ACCOUNT}:role/r` }, [trust]: policy('trust') };
  const managed = `arn:aws:iam::${ACCOUNT}:policy/p`;
  const resources: Readonly<Record<string, readonly [values: object, sensitive: object]>> = {
    'aws_iam_role.r': [
      { ...role, inline_policy: [{ name: 'i', policy: policy('i') }], permissions_boundary: managed },
      { [trust]: true, inline_policy: [{ policy: true }] },
    ],
    'aws_iam_role_policy.p': [{ role: 'r', name: 'apart', policy: policy('p') }, { policy: true }],
    'aws_iam_policy.p': [{ arn: managed, policy: policy('p') }, { policy: true }],
    'aws_iam_role_policy_attachment.p': [{ role: 'r', policy_arn: managed }, {}],
    'data.aws_iam_policy.d': [{ arn: `${managed}d`, policy: policy('d') }, { policy: true }],
    'aws_iam_role_policy_attachment.d': [{ role: 'r', policy_arn: `${managed}d` }, {}],
    'aws_dynamodb_table.t': [{ name: 't', arn: tableArn, hash_key: 'k' }, {}],
    'aws_dynamodb_resource_policy.p': [{ resource_arn: tableArn, policy: policy('t') }, { policy: true }],
    'aws_s3_bucket.own': [{ bucket: 'own', policy: policy('b') }, { policy: true }],
    'aws_s3_bucket.apart': [{ bucket: 'apart' }, {}],
    'aws_s3_bucket_policy.p': [{ bucket: 'apart', policy: policy('b') }, { policy: true }],
    'aws_kms_key.own': [{ arn: `${keyArn}1`, policy: policy('k') }, { policy: true }],
    'aws_kms_key.apart': [{ arn: keyArn }, {}],
    'aws_kms_key_policy.p': [{ key_id: keyArn, policy: policy('k') }, { policy: true }],
  };
  const inState = (masks: boolean) =>
    Object.entries(resources).map(([address, [values, sensitive]]) => {
      const steps = address.split('.');
      const mode = steps[0] === 'data' ? 'data' : 'managed';
      return { address, mode, type: steps.at(-2), values, ...(masks && { sensitive_values: sensitive }) };
    });
  const expectMarked = ({ roles, tables, buckets, keys }: Estate) => {
    const policies = [
      ...roles.flatMap((each) => [each.trust, each.boundary, ...each.identity]),
      ...[...tables, ...buckets, ...keys].map((each) => each.policy),
    ];
    expect(policies).toHaveLength(11);
    for (const each of policies) expect(each).toMatchObject({ document: expect.anything(), sensitive: true });
  };
  const state = (masks: boolean) => ({ format_version: '1.0', values: { root_module: { resources: inState(masks) } } });
  const changesOf = (before: boolean, after: boolean) =>
    inState(true).map((each) => ({
      ...each,
      change: {
        actions: ['no-op'],
        before: each.values,
        after: each.values,
        before_sensitive: before ? each.sensitive_values : {},
        after_sensitive: after ? each.sensitive_values : false,
      },
    }));

  it('is marked in a state', () => {
    const facts = readPlan(JSON.stringify(state(true)));
    if (facts.kind !== 'state') throw new Error('not a state');
    expectMarked(facts.now);
  });

  it('is marked in what was there before a plan, and in what it leaves alone', () => {
    const { before, after } = planOf(JSON.stringify({ format_version: '1.0', prior_state: state(true), resource_changes: [] }));
    expectMarked(before);
    expectMarked(after);
  });

  it.each([
    ['before', true, false],
    ['after', false, true],
  ])('is marked on both sides of a change that marks it %s', (_, before, after) => {
    const resource_changes = changesOf(before, after);
    const facts = planOf(JSON.stringify({ format_version: '1.0', prior_state: state(false), resource_changes }));
    expectMarked(facts.before);
    expectMarked(facts.after);
    const { before: was, after: is } = facts.changes.find(({ type }) => type === 'aws_iam_policy') ?? {};
    expect([was?.['policy'], is?.['policy']]).toEqual([SENSITIVE, SENSITIVE]);
  });
});

describe('what is no plan', () => {
  const valid = planJson({ changes: { 'aws_iam_role.r': { after: { name: 'r' } } } });
  const change = (valid['resource_changes'] as object[])[0] as Record<string, unknown>;
  const withChange = (changed: object) => JSON.stringify({ ...valid, resource_changes: [{ ...change, ...changed }] });

  it.each<[string, string, RegExp]>([
    ['an empty input', '', /empty.*terraform show -json/],
    ['white space', ' \n\t', /empty/],
    ['a plan file', 'PK\u0003\u0004rest', /terraform show -json tfplan > plan\.json/],
    ['UTF-16', '\uFFFD\uFFFD{\u0000"\u0000', /UTF-8/],
    ['UTF-16 without a mark', '{\u0000"\u0000', /UTF-8/],
    ['a part of a plan', recorded('default-create').slice(0, 5000), /only a part/],
    [
      'a plan for people',
      'Terraform used the selected providers to generate the following\nexecution plan.',
      /for people.*-out tfplan/,
    ],
    ['other text', 'hello', /not JSON/],
    ['messages of a plan', '{"@level":"info"}\n{"@level":"info"}\n', /terraform plan -json/],
    ['one message of a plan', '{"@level":"info","@message":"x"}', /terraform plan -json/],
    ['a list', '[]', /not an object/],
    ['null', 'null', /not an object/],
    ['a number', '1', /not an object/],
    ['other JSON', '{"a":1}', /neither a Terraform plan nor a state/],
    ['a provider schema', '{"format_version":"1.0","provider_schemas":{}}', /neither/],
    ['a state file', '{"version":4,"lineage":"x","resources":[]}', /state file/],
    ['a plan of an old format', JSON.stringify({ ...valid, format_version: '0.2' }), /'0\.2', known is 1\.x/],
    ['a plan of a later format', JSON.stringify({ ...valid, format_version: '2.0' }), /'2\.0', known is 1\.x/],
    ['a plan without a format', JSON.stringify({ ...valid, format_version: undefined }), /missing, known is 1\.x/],
    ['a state of a later format', '{"format_version":"2.0","values":{}}', /'2\.0', known is 1\.x/],
    ['a plan that failed', JSON.stringify({ ...valid, errored: true }), /ended with an error/],
    ['changes that are no list', JSON.stringify({ ...valid, resource_changes: {} }), /resource_changes that is no list/],
    ['a change that is none', JSON.stringify({ ...valid, resource_changes: [null] }), /resource_changes\[0\] without 'address'/],
    ['a change without an address', withChange({ address: 1 }), /resource_changes\[0\] without 'address'/],
    ['a change of an odd mode', withChange({ mode: 'ephemeral?' }), /'mode'/],
    ['a change without a change', withChange({ change: [] }), /without 'change'/],
    ['actions that are no list', withChange({ change: { actions: 'create' } }), /'actions'/],
    ['actions that are not known', withChange({ change: { actions: ['explode'] } }), /'actions'/],
    ['an action of the language', withChange({ change: { actions: ['constructor'] } }), /'actions'/],
    ['values that are none', withChange({ change: { actions: ['create'], after: 'x' } }), /change\.after that is no object/],
    [
      'a mask that is none',
      withChange({ change: { actions: ['create'], after_unknown: true } }),
      /after_unknown that is no object/,
    ],
    ['a prior state that is none', JSON.stringify({ ...valid, prior_state: 1 }), /prior_state\.values that is no object/],
    ['a state of odd modules', '{"format_version":"1.0","values":{"root_module":{"child_modules":[1]}}}', /in no object/],
    ['a state of odd resources', '{"format_version":"1.0","values":{"root_module":{"resources":[1]}}}', /without 'address'/],
  ])('fails for %s', (_, text, message) => {
    let thrown: unknown;
    try {
      readPlan(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ReviewInputError);
    expect(thrown).toMatchObject({ name: 'ReviewInputError', code: 'review.input', message: expect.stringMatching(message) });
    expect((thrown as Error).message).not.toContain('\n');
  });

  it('may begin with a byte order mark', () => {
    expect(readPlan(`\uFEFF${JSON.stringify(valid)}`).kind).toBe('plan');
  });

  it('fails without showing more than printable characters of a hostile address', () => {
    const text = `{"format_version":"1.0","values":{"root_module":{"resources":[{"address":"a\\u001b[31m","mode":"data","type":"t","values":1}]}}}`;
    expect(() => readPlan(text)).toThrow(/a\?\[31m that is no object/);
  });
});
