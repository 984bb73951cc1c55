import { bucketAt, mayAllow, tableAt } from './concerns';
import type { Concern, UnknownPolicy } from './estate';
import type { Survey } from './gather';
import { keyConcern, type Keys } from './gather-keys';
import { attributeAt, blocksOf, isUnknownAt, textOf, textsOf } from './instances';
import { policyOfText } from './policy-fact';
import type { ResourceInstance } from './resource';
import { regionalArnPattern, roleArnPattern } from './whereabouts';
import { isUnread } from './watched-types';

/** Ways to data, or to a key, that are not looked at: a gap for all that each may bear on. */
export function unreadResources(survey: Survey, keys: Keys): UnknownPolicy[] {
  return [...survey.instances].flatMap((instance): UnknownPolicy[] => {
    const { address: name, mode, type } = instance;
    if (mode !== 'managed' || !isUnread(type)) return [];
    const { unknown, concerns } = WAYS.get(type) ?? OTHER;
    return unique(concerns(survey, instance, keys)).map((concern) => ({ name, unknown, concerns: concern }));
  });
}

interface Way {
  readonly unknown: string;
  readonly concerns: (survey: Survey, instance: ResourceInstance, keys: Keys) => readonly Concern[];
}

const ACCESS_POINTS = 'access points are not looked at';
const ACCESS_GRANTS = 'S3 Access Grants are not looked at';
const ANY_BUCKET: readonly Concern[] = [{ kind: 'bucket' }];

const WAYS = new Map<string, Way>(
  Object.entries({
    aws_s3_access_point: {
      unknown: ACCESS_POINTS,
      concerns: (survey, instance) => granting(instance, 'policy', [bucketAt(survey, instance, 'bucket')]),
    },
    aws_s3control_access_point_policy: {
      unknown: ACCESS_POINTS,
      concerns: (survey, instance) => granting(instance, 'policy', behindAccessPoint(survey, instance, 'access_point_arn')),
    },
    aws_s3control_multi_region_access_point: {
      unknown: ACCESS_POINTS,
      concerns: ofRegions,
    },
    aws_s3control_multi_region_access_point_policy: {
      unknown: ACCESS_POINTS,
      concerns: (survey, instance) => {
        const point = namedOne(survey, instance, 'details.0.name', 'aws_s3control_multi_region_access_point', 'details.0.name');
        return granting(instance, 'details.0.policy', point === undefined ? ANY_BUCKET : ofRegions(survey, point));
      },
    },
    aws_s3control_object_lambda_access_point: {
      unknown: ACCESS_POINTS,
      concerns: ofObjectLambda,
    },
    aws_s3control_object_lambda_access_point_policy: {
      unknown: ACCESS_POINTS,
      concerns: (survey, instance) => {
        const point = namedOne(survey, instance, 'name', 'aws_s3control_object_lambda_access_point', 'name');
        return granting(instance, 'policy', point === undefined ? ANY_BUCKET : ofObjectLambda(survey, point));
      },
    },
    aws_s3control_access_grant: {
      unknown: ACCESS_GRANTS,
      concerns: (survey, instance) => {
        const location = namedOne(survey, instance, 'access_grants_location_id', LOCATION, 'access_grants_location_id');
        const scope = textOf(instance, 'grant_scope') ?? (location && textOf(location, 'location_scope'));
        const bucket = /^s3:\/\/([^/*]+)/.exec(scope ?? '')?.[1];
        const arn = bucket && `arn:${survey.where.partition}:s3:::${bucket}`;
        return [{ kind: 'bucket', ...(arn !== undefined && { arn }), grants: true }];
      },
    },
    aws_s3control_access_grants_instance_resource_policy: {
      unknown: ACCESS_GRANTS,
      concerns: (_, instance) => granting(instance, 'policy', ANY_BUCKET),
    },
    aws_s3_directory_bucket: {
      unknown: 'directory buckets are not looked at',
      concerns: ({ where }, instance) => {
        const name = textOf(instance, 'bucket') ?? '*';
        return [
          { kind: 'bucket', arn: textOf(instance, 'arn') ?? regionalArnPattern(where, 's3express', `bucket/${name}`, instance) },
        ];
      },
    },
    aws_s3tables_table_bucket: {
      unknown: 'table buckets are not looked at',
      concerns: ({ where }, instance) => {
        const name = textOf(instance, 'name') ?? '*';
        return [
          { kind: 'bucket', arn: textOf(instance, 'arn') ?? regionalArnPattern(where, 's3tables', `bucket/${name}`, instance) },
        ];
      },
    },
    // An export holds the items of all tenants; who may read it the bucket and its prefix decide.
    aws_dynamodb_table_export: {
      unknown: 'exports of a table to a bucket are not looked at',
      concerns: (survey, instance) => [bucketAt(survey, instance, 's3_bucket')],
    },
    aws_dynamodb_kinesis_streaming_destination: {
      unknown: 'a stream hands on the items of all tenants, and who may read it is not looked at',
      concerns: (survey, instance) => [tableAt(survey, instance, 'table_name')],
    },
    aws_dynamodb_global_secondary_index: {
      unknown: 'indexes apart from their table are not looked at',
      concerns: (survey, instance) => [tableAt(survey, instance, 'table_name')],
    },
    // Its replicas are tables of the same name in other regions.
    aws_dynamodb_global_table: {
      unknown: 'replicas apart from their table are not looked at',
      concerns: (survey, instance) => {
        const arn = tableAt(survey, instance, 'name').arn?.replace(/^(arn:[^:]*:dynamodb:)[^:]*/, '$1*');
        return [{ kind: 'table', ...(arn !== undefined && { arn }) }];
      },
    },
    aws_kms_grant: {
      unknown: 'grants of a key are not looked at',
      concerns: (survey, instance, keys) => [keyConcern(survey, keys, instance, 'key_id')],
    },
  } satisfies Record<string, Way>),
);

const LOCATION = 'aws_s3control_access_grants_location';

/** Of a type of which nothing is known but its name. */
const OTHER: Way = {
  unknown: 'resources of this type are not looked at',
  concerns: (survey, instance, keys) => {
    const { type } = instance;
    const first = (...attributes: readonly string[]) =>
      attributes.find((attribute) => attributeAt(instance, attribute) !== undefined || isUnknownAt(instance, attribute)) ?? '';
    if (type.startsWith('awscc_iam_')) return rolesOf(survey, instance);
    // A key by itself opens no data.
    if (/^\w+?_kms_/.test(type)) return [keyConcern(survey, keys, instance, first('key_id'))];
    const found = /^\w+?_dynamodb_/.test(type)
      ? tableAt(survey, instance, first('table_arn', 'table_name', 'resource_arn'))
      : bucketAt(survey, instance, first('table_bucket_arn', 'vector_bucket_arn', 'bucket', 'bucket_name'));
    const policy = ['policy', 'resource_policy', 'policy_document'].find((attribute) => isGiven(instance, attribute));
    if (policy !== undefined) return granting(instance, policy, [found]);
    return [/policy|grant|acl|abac/.test(type) ? { ...found, grants: true } : found];
  },
};

/** The AWS Cloud Control provider leaves all that is not set to AWS, so that it is known after apply. */
function isGiven(instance: ResourceInstance, attribute: string): boolean {
  return (attributeAt(instance, attribute) ?? null) !== null || instance.references(attribute).length > 0;
}

function rolesOf({ where }: Survey, instance: ResourceInstance): readonly Concern[] {
  const names = [...textsOf(instance, 'roles'), ...[textOf(instance, 'role_name') ?? []].flat()];
  if (names.length > 0) return names.map((name) => ({ kind: 'role', arn: roleArnPattern(where, name, instance) }));
  // A managed policy that hangs on no role waits for what attaches it.
  const isLoose = instance.type === 'awscc_iam_managed_policy' && instance.references('roles').length === 0;
  return isLoose ? [] : [{ kind: 'role' }];
}

/** Marks what a policy of the instance's own may allow something on. */
function granting(instance: ResourceInstance, path: string, concerns: readonly Concern[]): readonly Concern[] {
  const text = attributeAt(instance, path);
  const isUnknown = isUnknownAt(instance, path);
  const isSet = isUnknown || (text !== undefined && text !== null && text !== '');
  return isSet && mayAllow(policyOfText(instance.address, text, isUnknown, false))
    ? concerns.map((concern) => ({ ...concern, grants: true }))
    : concerns;
}

/** The instance of a type that an attribute names by reference or by an attribute of that. */
function namedOne(
  { instances }: Survey,
  holder: ResourceInstance,
  path: string,
  type: string,
  attribute: string,
): ResourceInstance | undefined {
  const named = instances.named(holder, path);
  if (named?.instance !== undefined) return named.instance.type === type ? named.instance : undefined;
  return named && instances.of(type).find((each) => attributeAt(each, attribute) === named.text);
}

function behindAccessPoint(survey: Survey, holder: ResourceInstance, path: string): readonly Concern[] {
  const text = attributeAt(holder, path);
  const name = typeof text === 'string' ? /:accesspoint\/([^/]+)$/.exec(text)?.[1] : undefined;
  const point =
    name === undefined
      ? namedOne(survey, holder, path, 'aws_s3_access_point', 'arn')
      : survey.instances.of('aws_s3_access_point').find((each) => textOf(each, 'name') === name);
  return point === undefined ? ANY_BUCKET : [bucketAt(survey, point, 'bucket')];
}

function ofObjectLambda(survey: Survey, point: ResourceInstance): readonly Concern[] {
  return behindAccessPoint(survey, point, 'configuration.0.supporting_access_point');
}

function ofRegions(survey: Survey, point: ResourceInstance): readonly Concern[] {
  const regions = blocksOf(blocksOf(point.values, 'details')[0], 'region');
  return regions.length === 0 ? ANY_BUCKET : regions.map((_, index) => bucketAt(survey, point, `details.0.region.${index}.bucket`));
}

function unique(concerns: readonly Concern[]): Concern[] {
  return [...new Map(concerns.map((concern) => [JSON.stringify(concern), concern])).values()];
}
