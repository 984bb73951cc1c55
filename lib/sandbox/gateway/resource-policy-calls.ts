import { ResourcePolicies, type ResourcePolicy } from '../estate/resource-policies';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';

/** Longest policy of a bucket, and of a table, in bytes. */
const MAX_POLICY_BYTES = 20 * 1024;

/**
 * Answers S3's calls about a bucket's policy.
 *
 * @returns nothing for every other operation
 * @throws AwsError `MalformedPolicy`, `NoSuchBucketPolicy`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
 */
export function bucketPolicyCall(
  operation: string,
  bucketArn: string,
  { body }: AwsRequest,
  policies: ResourcePolicies,
): AwsAnswer | undefined {
  switch (operation) {
    case 's3:PutBucketPolicy':
      parsed(policies, bucketArn, body.toString('utf8'), (message) => new AwsError('MalformedPolicy', message, 400));
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    case 's3:GetBucketPolicy': {
      const policy = policies.get(bucketArn);
      if (policy === undefined) throw new AwsError('NoSuchBucketPolicy', 'The bucket policy does not exist', 404);
      return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(policy.text) };
    }
    case 's3:DeleteBucketPolicy':
      policies.delete(bucketArn);
      return { status: 204, headers: {}, body: Buffer.alloc(0) };
    default:
      return undefined;
  }
}

/**
 * Answers DynamoDB's calls about a table's policy.
 *
 * @param input parsed body of the request
 * @returns nothing for every other operation
 * @throws AwsError `ValidationException`, `PolicyNotFoundException`
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html
 */
export function tablePolicyCall(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  policies: ResourcePolicies,
): AwsAnswer | undefined {
  const { ResourceArn: arn, Policy: text, ExpectedRevisionId: expected } = input;
  if (!/^dynamodb:(?:Put|Get|Delete)ResourcePolicy$/.test(operation) || typeof arn !== 'string') return undefined;
  const policy = policies.get(arn);
  switch (operation) {
    case 'dynamodb:PutResourcePolicy': {
      if (expected !== undefined && expected !== (policy?.revisionId ?? 'NO_POLICY')) throw notFound(arn);
      const given = typeof text === 'string' ? text : '';
      return json({ RevisionId: setTablePolicy(policies, arn, given).revisionId });
    }
    case 'dynamodb:GetResourcePolicy':
      if (policy === undefined) throw notFound(arn);
      return json({ Policy: policy.text, RevisionId: policy.revisionId });
    default:
      if (expected !== undefined && expected !== policy?.revisionId) throw notFound(arn);
      policies.delete(arn);
      return json({ RevisionId: policy?.revisionId ?? '' });
  }
}

/**
 * Looks at the policy that a table is to be made with, before it is made.
 *
 * @throws AwsError `SerializationException` if it is no text, `ValidationException` as for PutResourcePolicy
 */
export function checkTablePolicy(policy: unknown): void {
  if (typeof policy !== 'string') throw new AwsError('SerializationException', 'ResourcePolicy is not a text.');
  parsed(new ResourcePolicies(), '', policy, (message) => new AwsError('ValidationException', message));
}

/** @throws AwsError `ValidationException` */
export function setTablePolicy(policies: ResourcePolicies, tableArn: string, text: string): ResourcePolicy {
  return parsed(policies, tableArn, text, (message) => new AwsError('ValidationException', message));
}

function parsed(policies: ResourcePolicies, arn: string, text: string, refusal: (message: string) => AwsError): ResourcePolicy {
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) throw refusal(`The policy is longer than ${MAX_POLICY_BYTES} bytes`);
  try {
    return policies.set(arn, text);
  } catch (error) {
    throw refusal(error instanceof RangeError ? `The policy is not valid: ${error.message}` : 'This policy contains invalid Json');
  }
}

function notFound(arn: string): AwsError {
  return new AwsError('PolicyNotFoundException', `The policy of ${arn} does not exist, or not in that revision`, 400);
}

function json(body: object): AwsAnswer {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(body)) };
}
