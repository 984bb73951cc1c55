/** What a gap bears on: the data that an attribute names, as far as it is known. */
import type { Concern, PolicyFact } from './estate';
import type { Instances, Named } from './instances';
import { textOf } from './instances';
import type { ResourceInstance } from './resource';
import { isObject, own } from '../plan/review-input';
import { regionalArnPattern, type Whereabouts } from './whereabouts';

interface Surroundings {
  readonly instances: Instances;
  readonly where: Whereabouts;
}

/** Whether a policy may allow something: only one that is known to deny, or to say nothing, does not. */
export function mayAllow(policy: PolicyFact | undefined): boolean {
  if (policy === undefined) return false;
  if ('unknown' in policy) return true;
  const given = own(policy.document, 'Statement');
  if (given === undefined && isObject(policy.document)) return false;
  const statements: unknown[] = Array.isArray(given) ? given : [given];
  return !statements.every((statement) => isObject(statement) && own(statement, 'Effect') === 'Deny');
}

/** ARN of a bucket; of one whose name is not known yet a pattern. */
export function bucketArn({ partition }: Whereabouts, bucket: ResourceInstance): string {
  const name = textOf(bucket, 'bucket') ?? `${textOf(bucket, 'bucket_prefix') ?? ''}*`;
  return textOf(bucket, 'arn') ?? `arn:${partition}:s3:::${name}`;
}

/** ARN of a table; a pattern if its name, account or region are not known yet. */
export function tableArn(where: Whereabouts, table: ResourceInstance): string {
  return textOf(table, 'arn') ?? regionalArnPattern(where, 'dynamodb', `table/${textOf(table, 'name') ?? '*'}`, table);
}

/** The bucket that an attribute names by its name, its ARN or a reference. */
export function bucketAt({ instances, where }: Surroundings, holder: ResourceInstance, path: string): Concern {
  return bucketNamed(where, instances.named(holder, path));
}

export function bucketNamed(where: Whereabouts, named: Named | undefined): Concern {
  if (named?.instance !== undefined) {
    return named.instance.type === 'aws_s3_bucket' ? { kind: 'bucket', arn: bucketArn(where, named.instance) } : { kind: 'bucket' };
  }
  if (named === undefined) return { kind: 'bucket' };
  return { kind: 'bucket', arn: named.text.startsWith('arn:') ? named.text : `arn:${where.partition}:s3:::${named.text}` };
}

/** The table that an attribute names by its name, its ARN or a reference, or whose stream or index it names. */
export function tableAt({ instances, where }: Surroundings, holder: ResourceInstance, path: string): Concern {
  return tableNamed(where, holder, instances.named(holder, path));
}

export function tableNamed(where: Whereabouts, holder: ResourceInstance, named: Named | undefined): Concern {
  if (named?.instance !== undefined) {
    return named.instance.type === 'aws_dynamodb_table'
      ? { kind: 'table', arn: tableArn(where, named.instance) }
      : { kind: 'table' };
  }
  if (named === undefined) return { kind: 'table' };
  const arn = /^arn:[^/]*:table\/[^/]+/.exec(named.text)?.[0];
  return { kind: 'table', arn: arn ?? regionalArnPattern(where, 'dynamodb', `table/${named.text}`, holder) };
}
