import { TokenTrigger, type TokenTriggerConfig } from '../../lib';
import { addressesOf, awsStack, onlyResource, refusalOf, statementsOf, synthesise } from '../support/synthesis';

const POOL_ARN = 'arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a1B2c3D4e';
const ACCOUNT_ARN = (service: string) =>
  `arn:\${data.aws_partition.multi_tenant_iam.partition}:${service}:\${data.aws_region.multi_tenant_iam.id}:\${data.aws_caller_identity.multi_tenant_iam.account_id}`;

function stackWith(config: Partial<TokenTriggerConfig> = {}) {
  const stack = awsStack();
  new TokenTrigger(stack, 'trigger', { functionName: 'app-token', userPoolArn: POOL_ARN, logicalId: 'token', ...config });
  return stack;
}

function settingsOf(config: Partial<TokenTriggerConfig>): unknown {
  const { environment } = onlyResource(synthesise(stackWith(config)), 'aws_lambda_function') as {
    environment: { variables: Record<string, string> };
  };
  const [, encoded = ''] = /^\$\{jsonencode\((.*)\)\}$/.exec(environment.variables['TOKEN_TRIGGER_SETTINGS'] ?? '') ?? [];
  return JSON.parse(encoded.replaceAll('" = ', '": '));
}

describe('TokenTrigger', () => {
  it('is a function with role, log and permission, and nothing else', () => {
    expect(addressesOf(synthesise(stackWith())).filter((address) => !address.startsWith('data.'))).toEqual([
      'aws_cloudwatch_log_group.token',
      'aws_iam_role.token',
      'aws_iam_role_policy.token',
      'aws_lambda_function.token',
      'aws_lambda_permission.token',
    ]);
  });

  it('runs what was bundled, within the time that Cognito waits', () => {
    expect(onlyResource(synthesise(stackWith()), 'aws_lambda_function')).toMatchObject({
      function_name: 'app-token',
      runtime: 'nodejs22.x',
      handler: 'index.handler',
      timeout: 5,
      filename: expect.stringMatching(/^assets\/.*\.zip$/),
      source_code_hash: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      role: '${aws_iam_role.token.arn}',
      depends_on: ['aws_cloudwatch_log_group.token', 'aws_iam_role_policy.token'],
    });
  });

  it('may write its own log, and nothing else', () => {
    const stack = synthesise(stackWith());
    expect(statementsOf(stack, 'token')).toEqual([
      {
        sid: 'OwnLog',
        effect: 'Allow',
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [`${ACCOUNT_ARN('logs')}:log-group:/aws/lambda/app-token:*`],
      },
    ]);
    expect(onlyResource(stack, 'aws_iam_role')).not.toHaveProperty('managed_policy_arns');
    expect(onlyResource(stack, 'aws_cloudwatch_log_group')).toMatchObject({ name: '/aws/lambda/app-token', retention_in_days: 90 });
  });

  it('may be called by its user pool only', () => {
    expect(onlyResource(synthesise(stackWith()), 'aws_lambda_permission')).toMatchObject({
      action: 'lambda:InvokeFunction',
      principal: 'cognito-idp.amazonaws.com',
      source_arn: POOL_ARN,
      source_account: '${data.aws_caller_identity.multi_tenant_iam.account_id}',
    });
  });

  it('tells the function how to read users, by the names that its settings have', () => {
    expect(settingsOf({})).toEqual({ tenantAttribute: 'custom:tenant_id', tenantTagKey: 'tenant_id' });
    expect(
      settingsOf({
        tenantTagKey: 'org',
        permissions: { roles: { viewer: ['read'] } },
        roleArns: ['arn:aws:iam::123456789012:role/a'],
      }),
    ).toEqual({
      tenantAttribute: 'custom:tenant_id',
      tenantTagKey: 'org',
      permissions: {
        tagKey: 'permissions',
        roleAttribute: 'custom:role',
        permissionsAttribute: 'custom:permissions',
        roles: { viewer: ['read'] },
      },
      roleArns: ['arn:aws:iam::123456789012:role/a'],
    });
  });

  it.each<{ name: string; config: object; problem: string }>([
    { name: 'no name', config: { functionName: undefined }, problem: "'functionName' is needed: 1-64 characters" },
    { name: 'a name with a dot', config: { functionName: 'a.b' }, problem: `'functionName' is "a.b", allowed is 1-64 characters` },
    { name: 'an unknown option', config: { retention: 5 }, problem: "unknown option 'retention'" },
    {
      name: 'a role with what nobody knows',
      config: { permissions: { roles: { a: ['list'] } } },
      problem: '"list" is no permission',
    },
    { name: 'a tag key of AWS', config: { tenantTagKey: 'aws:x' }, problem: `'tenantTagKey' is "aws:x"` },
    {
      name: 'more roles than fit into the environment of a function',
      config: {
        permissions: {
          roles: Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`role-${index}-${'x'.repeat(40)}`, ['read']])),
        },
      },
      problem: 'and Lambda allows 4096 in all: name fewer or shorter roles',
    },
    { name: 'a role ARN that is none', config: { roleArns: ['tenant'] }, problem: `'roleArns' is "tenant"` },
    { name: 'no role ARNs', config: { roleArns: [] }, problem: "'roleArns'" },
    { name: 'tags that are none', config: { tags: { 'a*': 'b' } }, problem: `'tags' is "a*"` },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refusalOf(() => stackWith(config));
    expect(code).toBe('config.invalid');
    expect(message).toContain(problem);
  });
});
