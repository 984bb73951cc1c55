import type { EstateRole } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import { compileDocument, readManagedPolicy, readRolePolicies } from './deployed-policies';
import { ifThere, type QueryApi } from './query-api';
import type { XmlElement } from './xml-element';

const ROLE_ARN = /^arn:[a-z-]+:iam::\d{12}:role\/(?:[\x21-\x7e]*\/)?([\w+=,.@-]{1,64})$/;

/**
 * Reads a role with all that limits it.
 *
 * @param arn with the path: a role of the same name with another path is another one
 * @returns undefined if IAM has no such role
 * @throws AwsError ServiceUnavailable if anything of it cannot be read
 */
export async function readRole(iam: QueryApi, arn: string): Promise<EstateRole | undefined> {
  const name = ROLE_ARN.exec(arn)?.[1];
  if (name === undefined) return undefined;
  const role = (await ifThere(iam.call('GetRole', { RoleName: name })))?.get('Role');
  if (role?.text('Arn') !== arn) return undefined;
  const boundaryArn = role.find('PermissionsBoundary')?.text('PermissionsBoundaryArn');
  const [identity, boundary] = await Promise.all([
    readRolePolicies(iam, name),
    boundaryArn === undefined ? undefined : readManagedPolicy(iam, boundaryArn),
  ]);
  return {
    arn,
    maxSessionDurationSeconds: maxSessionDurationOf(role),
    trust: compileDocument(`trust policy of ${name}`, role.text('AssumeRolePolicyDocument'), 'trust'),
    identity,
    boundary,
    tags: tagsOf(role),
  };
}

function maxSessionDurationOf(role: XmlElement): number {
  const text = role.text('MaxSessionDuration');
  const seconds = Number(text);
  if (/^\d+$/.test(text) && seconds >= 3_600 && seconds <= 43_200) return seconds;
  throw new AwsError('ServiceUnavailable', 'The upstream sent a role whose MaxSessionDuration is not 3600 to 43200.', 503);
}

/** AWS leaves out the list of a role that has none. */
function tagsOf(role: XmlElement): Record<string, string> {
  if (role.find('Tags') === undefined) return {};
  return Object.fromEntries(role.members('Tags').map((tag) => [tag.text('Key'), tag.text('Value')]));
}
