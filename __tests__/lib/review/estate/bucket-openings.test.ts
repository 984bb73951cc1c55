import { after, ENVIRONMENT, factsOf, type Planned } from '../plans/hand-made';

const BUCKET = { bucket: 'b' };
const ARN = 'arn:aws:s3:::b';
const OWNER = { id: 'owner', type: 'CanonicalUser', permissions: ['FULL_CONTROL'], uri: '' };
const OTHER = { id: 'other', type: 'CanonicalUser', permissions: ['READ'], uri: '' };
const group = (name: string) => ({
  id: '',
  type: 'Group',
  permissions: ['READ'],
  uri: `http://acs.amazonaws.com/groups/${name}`,
});
const EVERYBODY = group('global/AllUsers');
const LOGS = group('s3/LogDelivery');

function gapsOf(changes: Readonly<Record<string, Planned>>) {
  return after({ changes: { 'aws_s3_bucket.b': { after: BUCKET }, ...changes } }).gaps;
}

describe('an access control list apart from its bucket', () => {
  const gapsWith = (values: object, unknown = {}) =>
    gapsOf({ 'aws_s3_bucket_acl.a': { after: { bucket: 'b', ...values }, unknown } });
  const listOf = (...grantees: object[]) => ({
    access_control_policy: [
      { owner: [{ id: 'owner' }], grant: grantees.map((grantee) => ({ permission: 'READ', grantee: [grantee] })) },
    ],
  });

  it.each(['private', 'log-delivery-write', 'bucket-owner-full-control'])('lets nobody else in: %s', (acl) => {
    expect(gapsWith({ acl })).toEqual([]);
  });

  it.each(['public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read'])('is a gap: %s', (acl) => {
    expect(gapsWith({ acl })).toEqual([
      {
        name: 'aws_s3_bucket_acl.a',
        unknown: `its access control list is ${acl}`,
        concerns: { kind: 'bucket', arn: ARN, grants: true },
      },
    ]);
  });

  it('lets nobody else in by the grants of its owner and of the service that writes logs', () => {
    expect(gapsWith({ acl: '', ...listOf(OWNER, LOGS) })).toEqual([]);
  });

  it.each([
    ['lets everybody in, or everybody with an account', EVERYBODY, { grants: true }],
    ['lets everybody in, or everybody with an account', group('global/AuthenticatedUsers'), { grants: true }],
    ['lets another account in', OTHER, {}],
    ['lets another account in', { email_address: 'a@example.com', type: 'AmazonCustomerByEmail' }, {}],
  ])('is a gap by its grants: %s', (how, grantee, grants) => {
    expect(gapsWith(listOf(OWNER, grantee))).toEqual([
      {
        name: 'aws_s3_bucket_acl.a',
        unknown: `its access control list ${how}`,
        concerns: { kind: 'bucket', arn: ARN, ...grants },
      },
    ]);
  });

  it('is a gap while it is not known, unless AWS only reports it', () => {
    const late = { 'aws_s3_bucket_acl.a': { after: { ...BUCKET, acl: 'private' }, unknown: { access_control_policy: true } } };
    const changes = { 'aws_s3_bucket.b': { after: BUCKET }, ...late };
    const unknown = 'its access control list is known after apply';
    expect(after({ changes }).gaps).toMatchObject([{ unknown, concerns: { grants: true } }]);
    expect(after({ changes, resources: [{ address: 'aws_s3_bucket_acl.a', expressions: { acl: {} } }] }).gaps).toEqual([]);
    expect(gapsWith({}, { acl: true })).toMatchObject([{ unknown }]);
  });

  it('concerns any bucket if it cannot be told which', () => {
    const open = { 'aws_s3_bucket_acl.a': { after: { acl: 'public-read' }, unknown: { bucket: true } } };
    expect(gapsOf(open)).toMatchObject([{ concerns: { kind: 'bucket', grants: true } }]);
    expect(gapsOf(open)[0]?.concerns).not.toHaveProperty('arn');
  });

  it('is not what was reported of an earlier one', () => {
    const earlier = { ...BUCKET, acl: 'public-read', ...listOf(OWNER, EVERYBODY) };
    const bucket = { ...BUCKET, grant: [OWNER, EVERYBODY] };
    const { before, after: then } = factsOf({
      prior: { ...ENVIRONMENT, 'aws_s3_bucket.b': bucket, 'aws_s3_bucket_acl.a': earlier },
      changes: { 'aws_s3_bucket_acl.a': { actions: ['update'], before: earlier, after: { ...earlier, acl: 'private' } } },
    });
    expect(before.gaps).toMatchObject([{ unknown: 'its access control list is public-read' }]);
    expect(then.gaps).toEqual([]);
  });
});

describe('what a bucket says of its access control list', () => {
  const gapsWith = (values: object, unknown = {}, prior = {}) =>
    after({
      prior: { ...ENVIRONMENT, ...prior },
      changes: { 'aws_s3_bucket.b': { after: { ...BUCKET, ...values }, unknown } },
      resources: [{ address: 'aws_s3_bucket.b', expressions: {} }],
    }).gaps;

  it('is nothing by default', () => {
    expect(gapsWith({}, { acl: true, grant: true })).toEqual([]);
    expect(gapsWith({ grant: [OWNER] })).toEqual([]);
    expect(gapsWith({ acl: 'private' })).toEqual([]);
  });

  it.each([
    [{ acl: 'public-read' }, { grants: true }],
    [{ grant: [OWNER, EVERYBODY] }, { grants: true }],
    [{ grant: [OWNER, OTHER] }, {}],
    [{ grant: [OTHER] }, {}],
  ])('is a gap: %j', (values, grants) => {
    expect(gapsWith(values)).toMatchObject([{ name: 'aws_s3_bucket.b.acl', concerns: { kind: 'bucket', arn: ARN, ...grants } }]);
  });

  it('is a gap by the grant of an account that is not the own one', () => {
    const full = { ...OTHER, permissions: ['FULL_CONTROL'] };
    expect(gapsWith({ grant: [full] }, {}, { 'data.aws_canonical_user_id.me': { id: 'other' } })).toEqual([]);
    expect(gapsWith({ grant: [full] }, {}, { 'data.aws_canonical_user_id.me': { id: 'owner' } })).toMatchObject([
      { unknown: 'its access control list lets another account in' },
    ]);
  });
});

describe('copies that S3 makes', () => {
  const target = { 'aws_s3_bucket.copy': { after: { bucket: 'copy' } } };
  const to = (bucket: string) => ({ bucket: 'b', rule: [{ destination: [{ bucket }] }] });

  it.each<[string, object]>([
    ['aws_s3_bucket_replication_configuration.r', to('arn:aws:s3:::copy')],
    ['aws_s3_bucket_inventory.r', { bucket: 'b', destination: [{ bucket: [{ bucket_arn: 'arn:aws:s3:::copy' }] }] }],
    ['aws_s3_bucket.r', { bucket: 'r', replication_configuration: [{ rules: to('arn:aws:s3:::copy').rule }] }],
  ])('are gaps where nothing is known of their bucket: %s', (name, values) => {
    const gap = {
      name,
      unknown: 'the bucket that it copies to is not in the plan',
      concerns: { kind: 'bucket', arn: 'arn:aws:s3:::copy' },
    };
    expect(gapsOf({ [name]: { after: { ...values } } })).toEqual([gap]);
    expect(gapsOf({ [name]: { after: { ...values } }, ...target })).toEqual([]);
  });

  it('are gaps of any bucket while it is not known where they go', () => {
    const open = { 'aws_s3_bucket_replication_configuration.r': { after: { bucket: 'b' }, unknown: { rule: true } } };
    expect(gapsOf(open)).toMatchObject([{ concerns: { kind: 'bucket' } }]);
  });
});
