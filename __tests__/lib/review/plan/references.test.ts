import { referencesOf } from '../../../../lib/review/plan/references';
import { recorded } from '../plans/hand-made';

/** References as Terraform lists them: with all their beginnings. */
function to(...references: string[]) {
  return { references };
}

const POLICY_A = ['aws_iam_policy.a.arn', 'aws_iam_policy.a'];

function attachment(policyArn: object, rest: object = {}) {
  return { address: 'aws_iam_role_policy_attachment.x', expressions: { policy_arn: policyArn }, ...rest };
}

/** Where the policy of the attachment comes from. */
function originOf(
  expression: object,
  addresses: readonly string[],
  rest: { readonly resource?: object; readonly module?: object } = {},
) {
  const configuration = { root_module: { resources: [attachment(expression, rest.resource)], ...rest.module } };
  const attachments = addresses.filter((address) => address.startsWith('aws_iam_role_policy_attachment.x'));
  const { origin } = referencesOf(
    configuration,
    attachments.length > 0 ? addresses : ['aws_iam_role_policy_attachment.x', ...addresses],
  );
  return origin(attachments.at(-1) ?? 'aws_iam_role_policy_attachment.x', 'policy_arn');
}

const told = (...instances: string[]) => ({ instances, lost: false });
const LOST = { instances: [], lost: true };
const NOTHING = told();

describe('an attribute that refers to a resource', () => {
  it('comes from its only instance', () => {
    expect(originOf(to(...POLICY_A), ['aws_iam_policy.a'])).toEqual(told('aws_iam_policy.a.arn'));
  });

  it('comes from the instance that is named', () => {
    const expression = to('aws_iam_policy.a["e.u"].arn', 'aws_iam_policy.a["e.u"]', 'aws_iam_policy.a');
    expect(originOf(expression, ['aws_iam_policy.a["e.u"]', 'aws_iam_policy.a["us"]'])).toEqual(
      told('aws_iam_policy.a["e.u"].arn'),
    );
  });

  it('may come from all instances where none is named', () => {
    const both = ['aws_iam_policy.a[0]', 'aws_iam_policy.a[1]'];
    expect(originOf(to('aws_iam_policy.a'), both)).toEqual(told(...both));
  });

  it('may come from each resource that it names', () => {
    const expression = to('var.wide', ...POLICY_A, 'data.aws_iam_policy.b.arn', 'data.aws_iam_policy.b');
    expect(originOf(expression, ['aws_iam_policy.a', 'data.aws_iam_policy.b'])).toEqual(
      told('aws_iam_policy.a.arn', 'data.aws_iam_policy.b.arn'),
    );
  });

  it('does not come from what has no instance', () => {
    const expression = to(
      'aws_iam_policy.a[0].arn',
      'aws_iam_policy.a[0]',
      'aws_iam_policy.a',
      'aws_iam_policy.b',
      'aws_iam_policy.c',
    );
    expect(originOf(expression, ['aws_iam_policy.a[1]', 'aws_iam_policy.c'])).toEqual(told('aws_iam_policy.c'));
  });

  it('may come from a type that does not matter', () => {
    expect(originOf(to(...POLICY_A, 'terraform_data.d.output', 'terraform_data.d'), ['aws_iam_policy.a'])).toEqual(
      told('aws_iam_policy.a.arn', 'terraform_data.d.output'),
    );
  });

  it.each([[to('local.arn')], [to('local.arns["a"]', 'local.arns')], [to('self.arn')], [{ references: [1] }], [to('')], [to('[')]])(
    'cannot be told from %j',
    (expression) => {
      expect(originOf(expression, [])).toMatchObject({ lost: true });
    },
  );

  it.each([
    [{ constant_value: 'x' }],
    [{}],
    [to('var.x')],
    [to('path.module', 'terraform.workspace', 'each.key')],
    [{ references: 'x' }],
  ])('comes from nothing that is unknown for %j', (expression) => {
    expect(originOf(expression, [])).toEqual(NOTHING);
  });
});

describe('count and for_each', () => {
  const byIndex = to('aws_iam_policy.a', 'count.index');
  const byKey = to('aws_iam_policy.a', 'each.key');

  it('take the same index where both have the same', () => {
    const pairs = [0, 1].flatMap((index) => [`aws_iam_policy.a[${index}]`, `aws_iam_role_policy_attachment.x[${index}]`]);
    expect(originOf(byIndex, pairs)).toEqual(told('aws_iam_policy.a[1]'));
    const keyed = ['e.u', 'us'].flatMap((key) => [`aws_iam_policy.a["${key}"]`, `aws_iam_role_policy_attachment.x["${key}"]`]);
    expect(originOf(byKey, keyed)).toEqual(told('aws_iam_policy.a["us"]'));
  });

  it('cannot be told where they differ', () => {
    const addresses = ['aws_iam_policy.a[0]', 'aws_iam_policy.a[1]', 'aws_iam_role_policy_attachment.x[0]'];
    expect(originOf(byIndex, addresses)).toEqual(LOST);
    expect(originOf(byKey, ['aws_iam_policy.a["a"]', 'aws_iam_role_policy_attachment.x["b"]'])).toEqual(LOST);
  });

  it('may refer to a resource without an index', () => {
    expect(originOf(byIndex, ['aws_iam_policy.a', 'aws_iam_role_policy_attachment.x[0]'])).toEqual(told('aws_iam_policy.a'));
  });

  const addresses = ['r', 'w'].flatMap((key) => [`aws_iam_policy.a["${key}"]`, `aws_iam_role_policy_attachment.x["${key}"]`]);
  const value = to('each.value.arn', 'each.value');
  const forEach = (...references: string[]) => ({ resource: { for_each_expression: { references } } });

  it('follow each.value to the resource that it is made for', () => {
    expect(originOf(value, addresses, forEach('aws_iam_policy.a'))).toEqual(told('aws_iam_policy.a["w"].arn'));
    expect(originOf(to('each.value'), addresses, forEach('aws_iam_policy.a'))).toEqual(told('aws_iam_policy.a["w"]'));
  });

  it.each([
    ['several resources', forEach('aws_iam_policy.a', 'aws_iam_policy.b')],
    ['an instance', forEach('aws_iam_policy.a["r"].arn', 'aws_iam_policy.a["r"]', 'aws_iam_policy.a')],
    ['an attribute', forEach('aws_iam_policy.a.tags', 'aws_iam_policy.a')],
    ['a local value', forEach('local.all')],
    ['a variable', forEach('var.all')],
    ['nothing', {}],
    ['what is no list', { resource: { for_each_expression: { references: [{}] } } }],
  ])('cannot be told of an each.value of %s', (_, rest) => {
    expect(originOf(value, addresses, rest)).toEqual(LOST);
  });

  it('cannot be told of an each.value of a resource without keys', () => {
    expect(originOf(value, ['aws_iam_policy.a', 'aws_iam_role_policy_attachment.x["r"]'], forEach('aws_iam_policy.a'))).toEqual(
      LOST,
    );
  });
});

describe('modules', () => {
  const inner = { resources: [{ address: 'aws_iam_role.r', expressions: { permissions_boundary: to('var.boundary') } }] };

  /** Where the boundary of a role in a module comes from. */
  function boundaryOf(
    given: object | undefined,
    addresses: readonly string[],
    call: object = {},
    role = 'module.m.aws_iam_role.r',
  ) {
    const expressions = given === undefined ? {} : { boundary: given };
    const root_module = { module_calls: { m: { expressions, module: inner, ...call } } };
    return referencesOf({ root_module }, [role, ...addresses]).origin(role, 'permissions_boundary');
  }

  it('pass a value on to a variable', () => {
    expect(boundaryOf(to(...POLICY_A), ['aws_iam_policy.a'])).toEqual(told('aws_iam_policy.a.arn'));
    expect(boundaryOf({ constant_value: 'arn' }, [])).toEqual(NOTHING);
    expect(boundaryOf(undefined, [])).toEqual(NOTHING);
  });

  it('pass a value on for each of their instances', () => {
    const role = 'module.m["us"].aws_iam_role.r';
    const others = ['module.m["eu"].aws_iam_role.r', 'aws_iam_policy.a["eu"]', 'aws_iam_policy.a["us"]'];
    expect(boundaryOf(to('aws_iam_policy.a', 'each.key'), others, {}, role)).toEqual(told('aws_iam_policy.a["us"]'));
    const made = { for_each_expression: to('aws_iam_policy.a') };
    expect(boundaryOf(to('each.value.arn', 'each.value'), others, made, role)).toEqual(told('aws_iam_policy.a["us"].arn'));
    expect(boundaryOf(to('aws_iam_policy.a', 'each.key'), others.slice(0, 2), {}, role)).toEqual(LOST);
  });

  it.each([
    ['aws_iam_policy.a.arn', to('aws_iam_policy.a')],
    ['aws_iam_policy.a.arn', to('aws_iam_policy.a.arn', 'aws_iam_policy.a')],
  ])('pass %s on within an object', (expected, given) => {
    const module = { resources: [{ address: 'aws_iam_role.r', expressions: { permissions_boundary: to('var.b.arn', 'var.b') } }] };
    const root_module = { module_calls: { m: { expressions: { b: given }, module } } };
    const { origin } = referencesOf({ root_module }, ['module.m.aws_iam_role.r', 'aws_iam_policy.a']);
    expect(origin('module.m.aws_iam_role.r', 'permissions_boundary')).toEqual(told(expected));
  });

  const outputs = {
    module_calls: { m: { module: { outputs: { arn: { expression: to(...POLICY_A) } } } } },
  };

  it('hand values out', () => {
    expect(originOf(to('module.m.arn', 'module.m'), ['module.m.aws_iam_policy.a'], { module: outputs })).toEqual(
      told('module.m.aws_iam_policy.a.arn'),
    );
    const keyed = ['module.m["a"].aws_iam_policy.a', 'module.m["b"].aws_iam_policy.a'];
    expect(originOf(to('module.m["b"].arn', 'module.m["b"]', 'module.m'), keyed, { module: outputs })).toEqual(
      told('module.m["b"].aws_iam_policy.a.arn'),
    );
  });

  it('cannot be told where the output or the instance is not named', () => {
    expect(originOf(to('module.m', 'each.key'), ['module.m["a"].aws_iam_policy.a'], { module: outputs })).toEqual(LOST);
    expect(originOf(to('module.m.arn', 'module.m'), ['module.m["a"].aws_iam_policy.a'], { module: outputs })).toEqual(LOST);
    expect(originOf(to('module.m.other', 'module.m'), ['module.m.aws_iam_policy.a'], { module: outputs })).toEqual(LOST);
    expect(originOf(to('module.n.arn', 'module.n'), [], { module: outputs })).toEqual(LOST);
  });

  it('end where they go round', () => {
    const circle = {
      module_calls: {
        m: { module: { outputs: { arn: { expression: to('var.arn') } } }, expressions: { arn: to('module.m.arn') } },
      },
    };
    expect(originOf(to('module.m.arn', 'module.m'), [], { module: circle })).toEqual(LOST);
  });
});

describe('the configuration', () => {
  const { isSet, origin, providerOf } = referencesOf(
    (JSON.parse(recorded('modules-create')) as { configuration: object }).configuration as never,
    [
      'module.data["books"].aws_kms_key.data',
      'module.data["books"].aws_s3_bucket.data[0]',
      'module.data["books"].aws_s3_bucket_server_side_encryption_configuration.data[0]',
    ],
  );

  it('tells which attributes it sets', () => {
    expect(isSet('module.data["books"].aws_kms_key.data', 'policy')).toBe(true);
    expect(isSet('module.data["books"].aws_kms_key.spare', 'policy')).toBe(false);
    expect(isSet('module.data["books"].aws_kms_key.other', 'policy')).toBeUndefined();
    expect(isSet('module.other.aws_kms_key.data', 'policy')).toBeUndefined();
  });

  it('is followed into nested blocks', () => {
    const path = 'rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id';
    expect(origin('module.data["books"].aws_s3_bucket_server_side_encryption_configuration.data[0]', path)).toEqual(
      told('module.data["books"].aws_kms_key.data.arn'),
    );
  });

  it('names the provider', () => {
    expect(providerOf('module.data["books"].aws_kms_key.data')).toBe('aws');
    expect(providerOf('aws_kms_key.other')).toBeUndefined();
  });

  it.each([[{}], [{ root_module: null }], [{ root_module: { resources: {}, module_calls: [] } }]])('may be %j', (configuration) => {
    const { isSet: none, origin: unknown } = referencesOf(configuration, ['aws_iam_role.r']);
    expect(none('aws_iam_role.r', 'policy')).toBeUndefined();
    expect(unknown('aws_iam_role.r', 'policy')).toEqual(LOST);
  });
});
