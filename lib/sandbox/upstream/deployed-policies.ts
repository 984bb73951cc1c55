import { type CompiledPolicy, compilePolicy, type PolicyKind, unknownPolicy } from '../../isolation';
import type { QueryApi } from './query-api';

/**
 * A policy document as IAM hands it out. One that is no JSON leaves open what is asked of it.
 *
 * @param name of the policy, for people
 * @param text percent-encoded JSON, as AWS sends it; some servers send some documents as they are
 */
export function compileDocument(name: string, text: string, kind: PolicyKind): CompiledPolicy {
  try {
    // Encoded, a document has no brace.
    return compilePolicy(name, JSON.parse(text.includes('{') ? text : decodeURIComponent(text)), kind);
  } catch {
    return unknownPolicy(name, 'it is no JSON');
  }
}

/** The default version of a managed policy. @throws AwsError as `QueryApi.call` does */
export async function readManagedPolicy(iam: QueryApi, arn: string): Promise<CompiledPolicy> {
  const policy = await iam.call('GetPolicy', { PolicyArn: arn });
  const versionId = policy.get('Policy').text('DefaultVersionId');
  const version = await iam.call('GetPolicyVersion', { PolicyArn: arn, VersionId: versionId });
  return compileDocument(arn, version.get('PolicyVersion').text('Document'), 'identity');
}

/** All policies attached to a role, then those that stand in it. @throws AwsError as `QueryApi.call` does */
export async function readRolePolicies(iam: QueryApi, roleName: string): Promise<CompiledPolicy[]> {
  const [attached, inline] = await Promise.all([
    iam.list('ListAttachedRolePolicies', 'AttachedPolicies', { RoleName: roleName }),
    iam.list('ListRolePolicies', 'PolicyNames', { RoleName: roleName }),
  ]);
  return Promise.all([
    ...attached.map((policy) => readManagedPolicy(iam, policy.text('PolicyArn'))),
    ...inline.map((policy) => readInlinePolicy(iam, roleName, policy.ownText)),
  ]);
}

async function readInlinePolicy(iam: QueryApi, roleName: string, name: string): Promise<CompiledPolicy> {
  const policy = await iam.call('GetRolePolicy', { RoleName: roleName, PolicyName: name });
  return compileDocument(`${roleName}/${name}`, policy.text('PolicyDocument'), 'identity');
}
