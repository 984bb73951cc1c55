import { Fn, TerraformVariable } from 'cdktf';
import { renderPolicyDocument } from '../../lib/policy-document';
import { policyDocument, type PolicyStatement } from '../../lib/policy/document';
import { tenantVariable } from '../../lib/policy/tenant-claim';
import { awsStack, type StatementBlock, statementsOf, synthesise } from '../support/synthesis';

const STATEMENT: PolicyStatement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' };

function rendered(statement: PolicyStatement): StatementBlock {
  const stack = awsStack();
  renderPolicyDocument(stack, 'document', policyDocument(statement));
  const [first] = statementsOf(synthesise(stack), 'document');
  if (first === undefined) throw new Error('no statement');
  return first;
}

function renderedResource(text: string): string | undefined {
  return rendered({ ...STATEMENT, Resource: text }).resources?.[0];
}

describe('renderPolicyDocument', () => {
  it('writes each element under its Terraform name', () => {
    const statement: PolicyStatement = {
      Sid: 'Jobs',
      Effect: 'Deny',
      Action: ['sqs:SendMessage', 'sqs:DeleteMessage'],
      Resource: ['a', 'b'],
      Condition: {
        StringEquals: { 'aws:PrincipalTag/a': 'x', 'aws:PrincipalTag/b': ['y', 'z'] },
        Null: { 'aws:TagKeys': 'false' },
      },
    };
    expect(rendered(statement)).toEqual({
      sid: 'Jobs',
      effect: 'Deny',
      actions: ['sqs:SendMessage', 'sqs:DeleteMessage'],
      resources: ['a', 'b'],
      condition: [
        { test: 'StringEquals', variable: 'aws:PrincipalTag/a', values: ['x'] },
        { test: 'StringEquals', variable: 'aws:PrincipalTag/b', values: ['y', 'z'] },
        { test: 'Null', variable: 'aws:TagKeys', values: ['false'] },
      ],
    });
  });

  it('writes the negated elements', () => {
    const statement: PolicyStatement = {
      Effect: 'Deny',
      NotAction: 's3:*',
      NotResource: ['a'],
      NotPrincipal: { AWS: '123456789012' },
    };
    const block = { effect: 'Deny', not_actions: ['s3:*'], not_resources: ['a'] };
    expect(rendered(statement)).toEqual({ ...block, not_principals: [{ type: 'AWS', identifiers: ['123456789012'] }] });
  });

  it('writes what is denied everybody but in a condition, with policy variables among the negated resources', () => {
    const statement: PolicyStatement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      NotResource: ['arn:aws:s3:::app', `arn:aws:s3:::app/tenants/${tenantVariable()}/*`],
      Condition: { ArnEquals: { 'aws:PrincipalArn': ['arn:aws:iam::123456789012:role/tenant'] } },
    };
    expect(rendered(statement)).toEqual({
      effect: 'Deny',
      principals: [{ type: '*', identifiers: ['*'] }],
      actions: ['s3:*'],
      not_resources: ['arn:aws:s3:::app', 'arn:aws:s3:::app/tenants/&{aws:PrincipalTag/tenant_id}/*'],
      condition: [{ test: 'ArnEquals', variable: 'aws:PrincipalArn', values: ['arn:aws:iam::123456789012:role/tenant'] }],
    });
  });

  it('writes the statements in order', () => {
    const stack = awsStack();
    const statements = ['First', 'Second', 'Third'].map((Sid) => ({ ...STATEMENT, Sid }));
    renderPolicyDocument(stack, 'document', policyDocument(...statements));
    expect(statementsOf(synthesise(stack), 'document').map(({ sid }) => sid)).toEqual(['First', 'Second', 'Third']);
  });

  it.each<{ name: string; principal: PolicyStatement['Principal']; blocks: StatementBlock['principals'] }>([
    { name: 'everybody', principal: '*', blocks: [{ type: '*', identifiers: ['*'] }] },
    { name: 'an account', principal: { AWS: '123456789012' }, blocks: [{ type: 'AWS', identifiers: ['123456789012'] }] },
    { name: 'a provider', principal: { Federated: ['arn:x'] }, blocks: [{ type: 'Federated', identifiers: ['arn:x'] }] },
    {
      name: 'services',
      principal: { Service: ['lambda.amazonaws.com', 'ecs.amazonaws.com'] },
      blocks: [{ type: 'Service', identifiers: ['lambda.amazonaws.com', 'ecs.amazonaws.com'] }],
    },
    {
      name: 'several kinds',
      principal: { AWS: '*', CanonicalUser: 'abc' },
      blocks: [
        { type: 'AWS', identifiers: ['*'] },
        { type: 'CanonicalUser', identifiers: ['abc'] },
      ],
    },
  ])('writes the principal for $name', ({ principal, blocks }) => {
    expect(rendered({ ...STATEMENT, Principal: principal }).principals).toEqual(blocks);
  });
});

describe('IAM policy variables', () => {
  it.each([
    { iam: '${aws:PrincipalTag/tenant_id}', terraform: '&{aws:PrincipalTag/tenant_id}' },
    { iam: 'a/${aws:username}/${aws:userid}/b', terraform: 'a/&{aws:username}/&{aws:userid}/b' },
    { iam: '${aws:PrincipalTag/Org Unit}', terraform: '&{aws:PrincipalTag/Org Unit}' },
    { iam: "${aws:PrincipalTag/team, 'public'}", terraform: "&{aws:PrincipalTag/team, 'public'}" },
    { iam: '${s3:prefix}', terraform: '&{s3:prefix}' },
    { iam: '${login.example.com/a_b-c:sub}', terraform: '&{login.example.com/a_b-c:sub}' },
    {
      iam: '${cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1:custom:tenant_id}',
      terraform: '&{cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1:custom:tenant_id}',
    },
    { iam: '${login.example.com/~app%20one+two:tenant}', terraform: '&{login.example.com/~app%20one+two:tenant}' },
    { iam: '${*}', terraform: '&{*}' },
    { iam: '${?}', terraform: '&{?}' },
    { iam: '${$}', terraform: '&{$}' },
    { iam: 'a${*}b${?}c${$}d', terraform: 'a&{*}b&{?}c&{$}d' },
  ])('become $terraform', ({ iam, terraform }) => {
    expect(renderedResource(iam)).toBe(terraform);
  });

  it('are kept from Terraform in actions, resources, condition keys and values', () => {
    const variable = '${aws:PrincipalTag/a}';
    const block = rendered({
      Effect: 'Allow',
      Action: [variable],
      Resource: [variable],
      Principal: { AWS: variable },
      Condition: { StringLike: { [`s3:ExistingObjectTag/${variable}`]: [variable] } },
    });
    expect(JSON.stringify(block).match(/.\{aws:PrincipalTag\/a\}/g)).toEqual(Array(5).fill('&{aws:PrincipalTag/a}'));
  });

  it('may hold a Terraform expression as the issuer', () => {
    const stack = awsStack();
    const arn = new TerraformVariable(stack, 'identity_provider_arn', {}).stringValue;
    const issuer = Fn.element(Fn.split(':oidc-provider/', arn), 1) as string;
    const variable = tenantVariable({ kind: 'custom-claim', issuer, claim: 'custom:tenant_id' });
    renderPolicyDocument(stack, 'document', policyDocument({ ...STATEMENT, Resource: `tenants/${variable}/*` }));
    const element = '${element(split(":oidc-provider/", var.identity_provider_arn), 1)}';
    expect(statementsOf(synthesise(stack), 'document')[0]?.resources).toEqual([`tenants/&{${element}:custom:tenant_id}/*`]);
  });
});

describe('Terraform expressions', () => {
  it.each([
    '${aws_sns_topic.t.arn}',
    '${aws_sns_topic.t.arn}:*',
    '${var.production ? "a:b" : "c:d"}',
    '${var.production?local.a:local.b}',
    '${format("%s:%s", var.a, var.b)}',
    '${lookup(var.names, "a:b", "c")}',
    '${aws_sqs_queue.q["a:b"].arn}',
    '${provider::aws::arn_build("aws")}',
    '${provider::aws::arn_build("aws", "sqs", var.region, "1", "jobs")}-${var.name}',
    '$${aws:username}',
    'a/$${aws:PrincipalTag/tenant_id}/b',
    'arn:aws:sqs:${var.region}:${data.aws_caller_identity.me.account_id}:jobs',
  ])('stay as they are: %s', (expression) => {
    expect(renderedResource(expression)).toBe(expression);
  });

  it('stay beside IAM variables', () => {
    expect(renderedResource('arn:aws:sqs:${var.region}:1:${aws:PrincipalTag/a}-${var.name}')).toBe(
      'arn:aws:sqs:${var.region}:1:&{aws:PrincipalTag/a}-${var.name}',
    );
  });

  it('stay tokens, single and as a list', () => {
    const stack = awsStack();
    const variable = new TerraformVariable(stack, 'names', { type: 'list(string)' });
    const topic = new TerraformVariable(stack, 'topic', {}).stringValue;
    renderPolicyDocument(stack, 'single', policyDocument({ ...STATEMENT, Resource: `${topic}:\${aws:username}` }));
    renderPolicyDocument(
      stack,
      'list',
      policyDocument({ ...STATEMENT, Condition: { StringEquals: { 'aws:a': variable.listValue } } }),
    );
    const terraform = synthesise(stack);
    expect(statementsOf(terraform, 'single')[0]?.resources).toEqual(['${var.topic}:&{aws:username}']);
    expect(statementsOf(terraform, 'list')[0]?.condition?.[0]?.values).toBe('${var.names}');
  });
});
