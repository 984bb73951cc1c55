import { ACCOUNT, after, ALLOWING, DENYING, type Planned } from '../plans/hand-made';

const TABLE_ARN = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/t`;
const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/k`;
const BUCKET = { kind: 'bucket', arn: 'arn:aws:s3:::b' };
const TABLE = { kind: 'table', arn: TABLE_ARN };

/** What of the changes is a gap, by what it concerns. */
function concernsOf(changes: Readonly<Record<string, Planned>>) {
  return after({ changes }).gaps.map(({ name, concerns }) => [name, concerns]);
}

const one = (address: string, values: object) => concernsOf({ [address]: { after: { ...values } } });

describe('ways to data that are not looked at', () => {
  it.each<[string, object, object]>([
    ['aws_s3_access_point.x', {}, { kind: 'bucket' }],
    ['aws_s3_access_point.x', { bucket: 'b' }, BUCKET],
    ['aws_s3_access_point.x', { bucket: 'b', policy: '{}' }, BUCKET],
    ['aws_s3_access_point.x', { bucket: 'b', policy: DENYING }, BUCKET],
    ['aws_s3_access_point.x', { bucket: 'b', policy: ALLOWING }, { ...BUCKET, grants: true }],
    ['aws_s3control_access_point_policy.x', { policy: ALLOWING }, { kind: 'bucket', grants: true }],
    ['aws_s3control_object_lambda_access_point.x', { name: 'x' }, { kind: 'bucket' }],
    ['aws_s3control_object_lambda_access_point_policy.x', { name: 'x', policy: ALLOWING }, { kind: 'bucket', grants: true }],
    ['aws_s3control_multi_region_access_point.x', { details: [{ region: [{ bucket: 'b' }] }] }, BUCKET],
    [
      'aws_s3control_multi_region_access_point_policy.x',
      { details: [{ name: 'x', policy: ALLOWING }] },
      { kind: 'bucket', grants: true },
    ],
    ['aws_s3control_access_grant.x', {}, { kind: 'bucket', grants: true }],
    ['aws_s3control_access_grant.x', { grant_scope: 's3://b/tenants/*' }, { ...BUCKET, grants: true }],
    ['aws_s3control_access_grants_instance_resource_policy.x', { policy: ALLOWING }, { kind: 'bucket', grants: true }],
    [
      'aws_s3_directory_bucket.x',
      { bucket: 'd--x-s3' },
      { kind: 'bucket', arn: `arn:aws:s3express:eu-central-1:${ACCOUNT}:bucket/d--x-s3` },
    ],
    ['aws_s3tables_table_bucket.x', { name: 'd' }, { kind: 'bucket', arn: `arn:aws:s3tables:eu-central-1:${ACCOUNT}:bucket/d` }],
    [
      'aws_s3tables_table_bucket_policy.x',
      { table_bucket_arn: 'arn:aws:s3tables:a', resource_policy: ALLOWING },
      { kind: 'bucket', arn: 'arn:aws:s3tables:a', grants: true },
    ],
    ['aws_s3_bucket_abac.x', { bucket: 'b' }, { ...BUCKET, grants: true }],
    ['aws_s3_bucket_metadata_configuration.x', { bucket: 'b' }, BUCKET],
    ['aws_s3control_bucket_policy.x', { bucket: 'b', policy: DENYING }, BUCKET],
    ['aws_dynamodb_table_export.x', { table_arn: TABLE_ARN, s3_bucket: 'b' }, BUCKET],
    ['aws_dynamodb_kinesis_streaming_destination.x', { table_name: 't' }, TABLE],
    ['aws_dynamodb_global_secondary_index.x', { table_name: 't' }, TABLE],
    ['aws_dynamodb_global_secondary_index.x', {}, { kind: 'table' }],
    ['aws_dynamodb_global_table.x', { name: 't' }, { ...TABLE, arn: TABLE_ARN.replace('eu-central-1', '*') }],
    ['aws_dynamodb_something_new.x', { table_name: 't' }, TABLE],
    ['aws_kms_grant.x', { key_id: 'k' }, { kind: 'key', arn: KEY_ARN }],
    ['aws_kms_something_new.x', { key_id: KEY_ARN }, { kind: 'key', arn: KEY_ARN }],
    ['awscc_s3_bucket.x', { bucket_name: 'b' }, BUCKET],
    ['awscc_s3_bucket_policy.x', { bucket: 'b', policy_document: ALLOWING }, { ...BUCKET, grants: true }],
    ['awscc_s3express_bucket_policy.x', { bucket: 'b' }, { ...BUCKET, grants: true }],
    ['awscc_dynamodb_table.x', { table_name: 't' }, TABLE],
    ['awscc_dynamodb_table.x', { table_name: 't', resource_policy: { policy_document: '{}' } }, { ...TABLE, grants: true }],
    ['awscc_kms_key.x', {}, { kind: 'key' }],
    ['awscc_iam_role.x', {}, { kind: 'role' }],
    ['awscc_iam_role_policy.x', { role_name: 'r' }, { kind: 'role', arn: `arn:aws:iam::${ACCOUNT}:role/*r` }],
    ['awscc_iam_managed_policy.x', { roles: ['r'] }, { kind: 'role', arn: `arn:aws:iam::${ACCOUNT}:role/*r` }],
  ])('are gaps: %s %j', (address, values, concerns) => {
    expect(one(address, values)).toEqual([[address, concerns]]);
  });

  it.each([
    'aws_s3_account_public_access_block',
    'aws_s3_bucket_accelerate_configuration',
    'aws_s3_bucket_analytics_configuration',
    'aws_s3_bucket_cors_configuration',
    'aws_s3_bucket_intelligent_tiering_configuration',
    'aws_s3_bucket_lifecycle_configuration',
    'aws_s3_bucket_logging',
    'aws_s3_bucket_metric',
    'aws_s3_bucket_notification',
    'aws_s3_bucket_object_lock_configuration',
    'aws_s3_bucket_ownership_controls',
    'aws_s3_bucket_public_access_block',
    'aws_s3_bucket_request_payment_configuration',
    'aws_s3_bucket_versioning',
    'aws_s3_bucket_website_configuration',
    'aws_s3_object',
    'aws_s3control_access_grants_instance',
    'aws_dynamodb_contributor_insights',
    'aws_dynamodb_table_item',
    'aws_dynamodb_tag',
    'aws_kms_alias',
    'aws_kms_ciphertext',
    'awscc_iam_oidc_provider',
    'awscc_iam_user',
    'awscc_iam_managed_policy',
    'aws_iam_user_policy',
    'aws_sqs_queue',
    'data.aws_s3_bucket_objects',
    'data.aws_dynamodb_tables',
  ])('are not %s', (type) => {
    expect(one(`${type}.x`, { bucket: 'b', table_name: 't' })).toEqual([]);
  });

  it('have the policy that the configuration sets, though it is known after apply', () => {
    const changes = {
      'aws_s3_access_point.x': { after: { bucket: 'b' }, unknown: { policy: true } },
      'aws_iam_role.r': { after: { name: 'r', assume_role_policy: '{}' } },
    };
    const withPolicy = (expressions: object) =>
      after({ changes, resources: [{ address: 'aws_s3_access_point.x', expressions }] }).gaps.map(({ concerns }) => concerns);
    expect(withPolicy({})).toEqual([BUCKET]);
    expect(withPolicy({ policy: { references: ['aws_iam_role.r.arn', 'aws_iam_role.r'] } })).toEqual([{ ...BUCKET, grants: true }]);
  });
});

describe('the bucket behind', () => {
  const point = { 'aws_s3_access_point.p': { after: { name: 'p', bucket: 'b' } } };
  const arn = `arn:aws:s3:eu-central-1:${ACCOUNT}:accesspoint/p`;
  const lambda = {
    'aws_s3control_object_lambda_access_point.o': {
      after: { name: 'o', configuration: [{ supporting_access_point: arn }] },
    },
  };

  it('an access point is found by its ARN', () => {
    const policy = { 'aws_s3control_access_point_policy.x': { after: { access_point_arn: arn, policy: ALLOWING } } };
    expect(concernsOf({ ...point, ...policy })).toContainEqual([
      'aws_s3control_access_point_policy.x',
      { ...BUCKET, grants: true },
    ]);
  });

  it('an access point is found by reference', () => {
    const changes = {
      ...point,
      'aws_s3control_access_point_policy.x': { after: { policy: ALLOWING }, unknown: { access_point_arn: true } },
    };
    const access_point_arn = { references: ['aws_s3_access_point.p.arn', 'aws_s3_access_point.p'] };
    const { gaps } = after({
      changes,
      resources: [{ address: 'aws_s3control_access_point_policy.x', expressions: { access_point_arn } }],
    });
    expect(gaps).toContainEqual(expect.objectContaining({ concerns: { ...BUCKET, grants: true } }));
  });

  it('an access point of S3 Object Lambda is found, and that of its policy', () => {
    const policy = { 'aws_s3control_object_lambda_access_point_policy.x': { after: { name: 'o', policy: ALLOWING } } };
    expect(concernsOf({ ...point, ...lambda, ...policy })).toEqual([
      ['aws_s3_access_point.p', BUCKET],
      ['aws_s3control_object_lambda_access_point.o', BUCKET],
      ['aws_s3control_object_lambda_access_point_policy.x', { ...BUCKET, grants: true }],
    ]);
  });

  it('an access point over several regions is found, each', () => {
    const several = {
      'aws_s3control_multi_region_access_point.m': {
        after: { details: [{ name: 'm', region: [{ bucket: 'b' }, { bucket: 'c' }] }] },
      },
      'aws_s3control_multi_region_access_point_policy.x': { after: { details: [{ name: 'm', policy: DENYING }] } },
    };
    const other = { kind: 'bucket', arn: 'arn:aws:s3:::c' };
    expect(concernsOf(several)).toEqual([
      ['aws_s3control_multi_region_access_point.m', BUCKET],
      ['aws_s3control_multi_region_access_point.m', other],
      ['aws_s3control_multi_region_access_point_policy.x', BUCKET],
      ['aws_s3control_multi_region_access_point_policy.x', other],
    ]);
  });

  it('an access grant is found over its location', () => {
    const changes = {
      'aws_s3control_access_grants_location.l': { after: { location_scope: 's3://b/*' } },
      'aws_s3control_access_grant.x': { after: {}, unknown: { access_grants_location_id: true, grant_scope: true } },
    };
    const access_grants_location_id = {
      references: ['aws_s3control_access_grants_location.l.access_grants_location_id', 'aws_s3control_access_grants_location.l'],
    };
    const { gaps } = after({
      changes,
      resources: [{ address: 'aws_s3control_access_grant.x', expressions: { access_grants_location_id } }],
    });
    expect(gaps.map(({ concerns }) => concerns)).toEqual([{ ...BUCKET, grants: true }]);
  });
});
