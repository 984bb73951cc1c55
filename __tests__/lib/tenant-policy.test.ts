import { policyDocument, type PolicyDocument } from '../../lib/policy/document';
import { policyLength } from '../../lib/policy/limits';
import { DEFAULT_TENANT_CLAIM } from '../../lib/policy/tenant-claim';
import { TenantPolicy } from '../../lib/tenant-policy';
import { TenantRole } from '../../lib/tenant-role';
import { addressesOf, awsStack, onlyResource, refusalOf, statementsOf, synthesise } from '../support/synthesis';

const x = (length: number) => 'x'.repeat(length);

function documentOfLength(length: number): PolicyDocument {
  const document = (name: string) =>
    policyDocument({ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: `arn:aws:sqs:::${name}` });
  return document(x(length - policyLength(document(''))));
}

function policyIn(config: object = {}) {
  const stack = awsStack();
  const identityProvider = { identityProviderArn: 'arn:aws:iam::123456789012:oidc-provider/a.b', issuer: 'a.b' };
  const role = new TenantRole(stack, 'role', {
    trusted: [{ identityProvider, audiences: ['web'] }],
    tenant: DEFAULT_TENANT_CLAIM,
    roleName: 'tenant',
    logicalId: 'tenant',
  });
  const document = documentOfLength(200);
  const policy = new TenantPolicy(stack, 'policy', {
    role,
    policyName: 'jobs',
    description: 'Jobs.',
    document,
    logicalId: 'jobs',
    ...config,
  });
  return { stack, policy };
}

describe('TenantPolicy', () => {
  it('is a managed policy with its document, attached to the role', () => {
    const { stack } = policyIn({ path: '/tenants/', tags: { team: 'a' } });
    const terraform = synthesise(stack);
    expect(onlyResource(terraform, 'aws_iam_policy')).toEqual({
      name: 'jobs',
      description: 'Jobs.',
      path: '/tenants/',
      policy: '${data.aws_iam_policy_document.jobs.json}',
      tags: { team: 'a' },
    });
    expect(onlyResource(terraform, 'aws_iam_role_policy_attachment')).toEqual({
      role: '${aws_iam_role.tenant.name}',
      policy_arn: '${aws_iam_policy.jobs.arn}',
    });
  });

  it('has fixed Terraform names', () => {
    expect(addressesOf(synthesise(policyIn().stack)).filter((address) => address.endsWith('.jobs'))).toEqual([
      'aws_iam_policy.jobs',
      'aws_iam_role_policy_attachment.jobs',
      'data.aws_iam_policy_document.jobs',
    ]);
  });

  it('may have its document replaced until synthesis', () => {
    const { stack, policy } = policyIn();
    policy.replaceDocument(policyDocument({ Sid: 'New', Effect: 'Allow', Action: 'sns:Publish', Resource: '*' }));
    expect(statementsOf(synthesise(stack), 'jobs')).toEqual([
      { sid: 'New', effect: 'Allow', actions: ['sns:Publish'], resources: ['*'] },
    ]);
  });

  it.each([
    { name: 'a name of 128 characters', config: { policyName: x(128) } },
    { name: '6,144 characters', config: { document: documentOfLength(6144) } },
  ])('accepts $name', ({ config }) => {
    expect(() => policyIn(config)).not.toThrow();
  });

  it.each([
    { name: 'a name of 129 characters', policyName: x(129) },
    { name: 'an empty name', policyName: '' },
    { name: 'a name with a slash', policyName: 'a/b' },
  ])('fails for $name', ({ policyName }) => {
    const { code, message } = refusalOf(() => policyIn({ policyName }));
    expect(code).toBe('config.invalid');
    expect(message).toBe(
      `stack/policy: 'policyName' is "${policyName}", allowed is 1-128 characters of letters, digits and _ + = , . @ -.`,
    );
  });

  const tooLong =
    'stack/policy: the policy has at least 6145 characters, IAM takes 6144: grant less, or name resources by a shared prefix.';

  it('fails for 6,145 characters', () => {
    const { code, message } = refusalOf(() => policyIn({ document: documentOfLength(6145) }));
    expect([code, message]).toEqual(['limit.exceeded', tooLong]);
  });

  it('fails for 6,145 characters that come later, and keeps the document it had', () => {
    const { stack, policy } = policyIn();
    const before = statementsOf(synthesise(stack), 'jobs');
    const { code, message } = refusalOf(() => {
      policy.replaceDocument(documentOfLength(6145));
    });
    expect([code, message]).toEqual(['limit.exceeded', tooLong]);
    expect(statementsOf(synthesise(stack), 'jobs')).toEqual(before);
  });
});
