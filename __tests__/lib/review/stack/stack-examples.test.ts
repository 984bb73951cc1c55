import { crossStackExample, exampleOf } from '../../../../lib/review/stack/stack-examples';
import { readSynthesisedStack } from '../../../../lib/review/stack/synthesised-stack';

const WHERE = { partition: 'aws', region: 'eu-central-1', account: '123456789012' };
const POOL = 'eu-central-1:00000000-0000-4000-8000-000000000000';
const STATE = 'cross-stack-reference-input-app-users';

const taken = (output: string) => `\${data.terraform_remote_state.${STATE}.outputs.${output}}`;

describe('the example of what another stack hands over', () => {
  it.each([
    ['cross-stack-output-aws_cognito_user_poolusersendpoint', 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_example'],
    [
      'cross-stack-output-aws_cognito_user_poolusersarn',
      'arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_example',
    ],
    ['cross-stack-output-aws_cognito_user_poolusersid', 'eu-central-1_example'],
    ['cross-stack-output-aws_cognito_user_pool_clientusers_appid', 'example-client-id'],
    ['cross-stack-output-aws_cognito_identity_poolusersid', POOL],
  ])('of %s is %s', (output, wanted) => {
    expect(crossStackExample(output, WHERE)).toBe(wanted);
  });

  it.each([
    'cross-stack-output-aws_cognito_user_poolusersname',
    'cross-stack-output-aws_cognito_user_pool_clientusers_appclient_secret',
    'cross-stack-output-aws_cognito_user_pool_domainusersid',
    'cross-stack-output-aws_cognito_user_poolid',
    'cross-stack-output-aws_iam_roleadminarn',
    'user_pool_id',
    '',
  ])('is refused: %s', (output) => {
    expect(crossStackExample(output, WHERE)).toBeUndefined();
  });

  it('is refused of other types and attributes', () => {
    expect(exampleOf('aws_cognito_user_pool', 'toString', WHERE)).toBeUndefined();
    expect(exampleOf('constructor', 'id', WHERE)).toBeUndefined();
  });
});

describe('a stack that reads from another one', () => {
  const stack = {
    terraform: {},
    data: { terraform_remote_state: { [STATE]: { backend: 'local', workspace: '${terraform.workspace}', config: { path: 'x' } } } },
    resource: {
      aws_iam_role: {
        a: { name: taken('cross-stack-output-aws_cognito_user_poolusersid') },
        b: { name: taken('cross-stack-output-aws_sqs_queueqid') },
      },
      aws_lambda_function: { f: { function_name: 'trigger' } },
      aws_cloudwatch_log_group: { l: { name: '/aws/lambda/trigger' } },
      aws_cognito_user_pool: { u: { name: 'users' } },
    },
    output: { permissions: { value: { viewer: 'r--/r--' } }, later: { value: '${aws_kms_key.none.arn}' } },
  };
  const { instances, assumed, unread, outputs } = readSynthesisedStack(stack, { variables: {} });
  const at = (address: string) => instances.find((instance) => instance.address === address)?.values;

  it('has examples of what they hand over, and says so', () => {
    expect(at('aws_iam_role.a')?.['name']).toBe('eu-central-1_example');
    expect(assumed).toContainEqual({ name: 'cross-stack-output-aws_cognito_user_poolusersid', value: 'eu-central-1_example' });
  });

  it('fails to know anything else, and says so', () => {
    expect(at('aws_iam_role.b')?.['name']).toBeUndefined();
    expect(unread.map(({ name }) => name)).toContain('aws_iam_role.b.name');
    expect(unread.map(({ name }) => name).join()).not.toContain('workspace');
  });

  it('has what follows from names, and examples of what Cognito makes', () => {
    expect(at('aws_lambda_function.f')?.['arn']).toBe('arn:aws:lambda:eu-central-1:123456789012:function:trigger');
    expect(at('aws_cloudwatch_log_group.l')?.['arn']).toBe('arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/trigger');
    expect(at('aws_cognito_user_pool.u')).toMatchObject({ id: 'eu-central-1_example' });
    expect(assumed).toContainEqual({ name: 'aws_cognito_user_pool.u.id', value: 'eu-central-1_example' });
  });

  it('has the outputs that are known', () => {
    expect(outputs).toEqual({ permissions: { viewer: 'r--/r--' } });
  });
});
