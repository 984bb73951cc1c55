import { bucketArn } from '../estate/arns';
import type { ResourcePolicies } from '../estate/resource-policies';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest, Store } from '../http/aws-request';
import { wholeBody } from '../http/whole-body';
import { absencePermission } from '../s3/absence-permission';
import { deletePartly } from '../s3/delete-partly';
import type { Deletion } from '../s3/deletions';
import { type S3Operation, s3Operation } from '../s3/s3-operation';
import type { Service, ServiceRequest } from './gateway';
import { bucketPolicyCall } from './resource-policy-calls';

/** Calls that are answered here, and not by the store. */
const POLICY_CALLS = new Set(['s3:PutBucketPolicy', 's3:GetBucketPolicy', 's3:DeleteBucketPolicy']);

/** S3. The policies of buckets are kept here; all else is the store's. */
export class S3Service implements Service {
  readonly protocol = 's3';

  constructor(
    private readonly store: Store,
    private readonly policies: ResourcePolicies,
    /** Whether the store keeps a key with dots in its path as it is, and never as the way to another one. */
    private readonly keepsEveryKey: boolean,
  ) {}

  async serve(asked: ServiceRequest): Promise<AwsAnswer> {
    const { request, place, authority } = asked;
    const operation = s3Operation(request, place);
    const forward = (each: AwsRequest) => this.#forward(operation, each, place.region);
    if (operation.deletions !== undefined) {
      return deletePartly(operation, await this.#deniedDeletions(operation.deletions, operation, asked), forward);
    }
    await authority.demand(operation);
    const arn = bucketArn(place, operation.bucket ?? '');
    if (POLICY_CALLS.has(operation.name)) await this.#assertBucket(operation, place.region);
    const kept = bucketPolicyCall(operation.name, arn, operation.request, this.policies);
    if (kept !== undefined) return kept;
    const forwarded = await forward(operation.request);
    // Errors are short, and which one it is tells the body alone.
    const answer = forwarded.status === 404 ? { ...forwarded, body: await wholeBody(forwarded) } : forwarded;
    if (operation.name === 's3:DeleteBucket' && answer.status === 204) this.policies.delete(arn);
    return answer.status === 404 && isAbsence(answer.body as Buffer) ? this.#absent(answer, operation, asked) : answer;
  }

  /** @throws AwsError `NoSuchBucket` */
  async #assertBucket({ bucket = '', request }: S3Operation, region: string): Promise<void> {
    const head = { ...request, method: 'HEAD', path: `/${bucket}`, query: '', headers: {}, body: Buffer.alloc(0) };
    const answer = await this.store.handle(head, { service: 's3', region });
    await wholeBody(answer);
    if (answer.status === 404) {
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
    }
  }

  /** S3 deletes what may be deleted, and names the others. */
  async #deniedDeletions(
    deletions: readonly Deletion[],
    { name }: S3Operation,
    { authority, trail }: ServiceRequest,
  ): Promise<Map<Deletion, string>> {
    const denied = new Map<Deletion, string>();
    trail.operation = name;
    for (const deletion of deletions) {
      try {
        await authority.demand({ name, permissions: deletion.permissions });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        denied.set(deletion, error.message);
      }
    }
    trail.decision = denied.size === 0 ? 'allow' : 'deny';
    return denied;
  }

  /** Who may not list the bucket is not told that an object does not exist. */
  async #absent(answer: AwsAnswer, operation: S3Operation, { authority, place, trail }: ServiceRequest): Promise<AwsAnswer> {
    const permission = absencePermission(operation, place);
    if (permission === undefined || (await authority.allows(permission))) return answer;
    trail.decision = 'deny';
    trail.reason = `there is no such object, which is told only to who may list the bucket: ${trail.reason ?? ''}`;
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  }

  async #forward({ hasDotSegments }: S3Operation, request: AwsRequest, region: string): Promise<AwsAnswer> {
    if (hasDotSegments && !this.keepsEveryKey) {
      throw new AwsError(
        'InvalidURI',
        "The sandbox passes no key with '.' or '..' in its path on to an upstream, which may take it for another key",
      );
    }
    return this.store.handle(request, { service: 's3', region });
  }
}

/** Whether an object, or its version, is not there; the answer to HEAD says no more than that something is not. */
function isAbsence(body: Buffer): boolean {
  return body.length === 0 || /<Code>NoSuch(?:Key|Version)</.test(body.toString('latin1'));
}
