import { TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { type LockedRole, TenantBucket, type TenantBucketConfig } from '../../lib';
import { DEFAULT_TENANT_CLAIM } from '../../lib/policy/tenant-claim';
import {
  addressesOf,
  awsStack,
  onlyResource,
  refusalOf,
  statementsOf,
  type Synthesised,
  synthesise,
  warningsOf,
  writtenAs,
} from '../support/synthesis';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';
const ARN = 'arn:${data.aws_partition.multi_tenant_iam.partition}:s3:::';
const ROLE_ARN =
  'arn:${data.aws_partition.multi_tenant_iam.partition}:iam::${data.aws_caller_identity.multi_tenant_iam.account_id}:role';
const x = (length: number) => 'x'.repeat(length);
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, number) => [`key-${number}`, 'value']));

function synthesised(config: Partial<TenantBucketConfig> = {}): Synthesised {
  const stack = awsStack();
  new TenantBucket(stack, 'bucket', { bucketName: 'app', logicalId: 'data', ...config });
  return synthesise(stack);
}

function refused(config: object) {
  return refusalOf(() => new TenantBucket(awsStack(), 'bucket', { bucketName: 'app', ...config }));
}

describe('TenantBucket', () => {
  const terraform = synthesised();

  it.each([
    { type: 'aws_s3_bucket', block: { bucket: 'app', force_destroy: false } },
    {
      type: 'aws_s3_bucket_public_access_block',
      block: {
        bucket: '${aws_s3_bucket.data.id}',
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
      },
    },
    {
      type: 'aws_s3_bucket_ownership_controls',
      block: { bucket: '${aws_s3_bucket.data.id}', rule: { object_ownership: 'BucketOwnerEnforced' } },
    },
    {
      type: 'aws_s3_bucket_versioning',
      block: { bucket: '${aws_s3_bucket.data.id}', versioning_configuration: { status: 'Enabled' } },
    },
    {
      type: 'aws_s3_bucket_server_side_encryption_configuration',
      block: {
        bucket: '${aws_s3_bucket.data.id}',
        rule: [{ apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } }],
      },
    },
    {
      type: 'aws_s3_bucket_lifecycle_configuration',
      block: {
        bucket: '${aws_s3_bucket_versioning.data.bucket}',
        rule: [
          {
            id: 'abort-incomplete-uploads',
            status: 'Enabled',
            filter: [{ prefix: '' }],
            abort_incomplete_multipart_upload: [{ days_after_initiation: 7 }],
          },
        ],
      },
    },
    {
      type: 'aws_s3_bucket_policy',
      block: {
        bucket: '${aws_s3_bucket_public_access_block.data.bucket}',
        policy: '${data.aws_iam_policy_document.data_bucket_policy.json}',
      },
    },
  ])('has its $type', ({ type, block }) => {
    expect(onlyResource(terraform, type)).toEqual(block);
  });

  it('refuses everybody who comes without TLS', () => {
    expect(statementsOf(terraform, 'data_bucket_policy')).toEqual([
      {
        sid: 'TlsOnly',
        effect: 'Deny',
        principals: [{ type: '*', identifiers: ['*'] }],
        actions: ['s3:*'],
        resources: [`${ARN}app`, `${ARN}app/*`],
        condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
      },
    ]);
  });

  it.each([true, false])('encrypts with a key of its own, bucket key %s', (bucketKeyEnabled) => {
    const rules = onlyResource(
      synthesised({ kmsKeyArn: KEY, bucketKeyEnabled }),
      'aws_s3_bucket_server_side_encryption_configuration',
    )['rule'];
    expect(rules).toEqual([
      {
        apply_server_side_encryption_by_default: { sse_algorithm: 'aws:kms', kms_master_key_id: KEY },
        bucket_key_enabled: bucketKeyEnabled,
      },
    ]);
  });

  it('removes uploads and old versions after the days that were said', () => {
    const config = { abortIncompleteUploadsAfterDays: 1, expireOldVersionsAfterDays: 30 };
    expect(onlyResource(synthesised(config), 'aws_s3_bucket_lifecycle_configuration')['rule']).toMatchObject([
      { id: 'abort-incomplete-uploads', abort_incomplete_multipart_upload: [{ days_after_initiation: 1 }] },
      { id: 'expire-old-versions', noncurrent_version_expiration: [{ noncurrent_days: 30 }] },
    ]);
  });

  it('tags the bucket', () => {
    expect(onlyResource(synthesised({ tags: { team: 'a' } }), 'aws_s3_bucket')).toMatchObject({ tags: { team: 'a' } });
  });

  it('grants bucket and key by names, which are known at plan', () => {
    const stack = awsStack();
    const { bucketArn, grant } = new TenantBucket(stack, 'bucket', { bucketName: 'app', kmsKeyArn: KEY });
    expect(grant.bucketArn).toBe(bucketArn);
    expect(writtenAs(stack, bucketArn)).toBe(`${ARN}app`);
    expect(grant.kms).toMatchObject({ keyArn: KEY, bucketKeyEnabled: false });
  });

  it('keeps the addresses that its owner fixed when it is wrapped in another construct', () => {
    const addresses = [true, false].map((wrapped) => {
      const stack = awsStack();
      const scope = wrapped ? new Construct(stack, 'module') : stack;
      new TenantBucket(scope, 'bucket', { bucketName: 'app', logicalId: 'tenant_data' });
      return addressesOf(synthesise(stack));
    });
    expect(addresses[0]).toEqual(addresses[1]);
    expect(addresses[0]?.filter((address) => !address.startsWith('data.'))).toEqual(
      [
        '',
        '_lifecycle_configuration',
        '_ownership_controls',
        '_policy',
        '_public_access_block',
        '_server_side_encryption_configuration',
        '_versioning',
      ].map((companion) => `aws_s3_bucket${companion}.tenant_data`),
    );
  });

  it('leaves no warning by default', () => {
    const stack = awsStack();
    new TenantBucket(stack, 'bucket', { bucketName: 'app', kmsKeyArn: KEY });
    expect(warningsOf(stack)).toEqual([]);
  });

  it.each([
    { option: 'forceDestroy', config: { forceDestroy: true } },
    { option: 'bucketKeyEnabled', config: { bucketKeyEnabled: true, kmsKeyArn: KEY } },
    { option: 'lockTenantRoles is off', config: { lockTenantRoles: false } },
  ])('leaves a warning for $option', ({ option, config }) => {
    const stack = awsStack();
    new TenantBucket(stack, 'bucket', { bucketName: 'app', ...config });
    expect(warningsOf(stack)).toEqual([{ path: 'stack/bucket', message: expect.stringMatching(`^${option}: `) }]);
  });

  it('lets a destroy take the objects where forceDestroy says so', () => {
    expect(onlyResource(synthesised({ forceDestroy: true }), 'aws_s3_bucket')).toMatchObject({ force_destroy: true });
  });

  it.each([
    { name: 'a name of 3 characters', config: { bucketName: x(3) } },
    { name: 'a name of 63 characters', config: { bucketName: x(63) } },
    { name: '50 tags', config: { tags: tags(50) } },
    { name: '1 day', config: { abortIncompleteUploadsAfterDays: 1, expireOldVersionsAfterDays: 1 } },
    { name: '36,500 days', config: { abortIncompleteUploadsAfterDays: 36_500, expireOldVersionsAfterDays: 36_500 } },
  ])('accepts $name', ({ config }) => {
    expect(() => synthesised(config)).not.toThrow();
  });

  it.each([
    { name: 'a name of 2 characters', config: { bucketName: x(2) }, problem: `'bucketName' is "xx", allowed is 3-63 characters` },
    { name: 'a name of 64 characters', config: { bucketName: x(64) }, problem: 'allowed is 3-63 characters of a-z 0-9 . -' },
    { name: 'a name in capitals', config: { bucketName: 'App' }, problem: `'bucketName' is "App"` },
    { name: 'an IP address', config: { bucketName: '10.0.0.1' }, problem: `'bucketName' is "10.0.0.1"` },
    { name: 'a key alias', config: { kmsKeyArn: 'alias/app' }, problem: `'kmsKeyArn' is "alias/app", allowed is arn:` },
    { name: 'a bucket key without a key', config: { bucketKeyEnabled: true }, problem: "'bucketKeyEnabled' needs 'kmsKeyArn'" },
    {
      name: '0 days for uploads',
      config: { abortIncompleteUploadsAfterDays: 0 },
      problem: "'abortIncompleteUploadsAfterDays' is 0, allowed is a whole number from 1 to 36500",
    },
    {
      name: '36,501 days for versions',
      config: { expireOldVersionsAfterDays: 36_501 },
      problem: "'expireOldVersionsAfterDays' is 36501, allowed is a whole number from 1 to 36500",
    },
    { name: 'no name', config: { bucketName: undefined }, problem: "'bucketName' is needed: 3-63 characters" },
    { name: 'tags that are no object', config: { tags: 'x' }, problem: `'tags' is "x", allowed is an object` },
    { name: '51 tags', config: { tags: tags(51) }, problem: "'tags' has 51 tags, allowed are 50" },
    { name: 'a tag key of AWS', config: { tags: { 'aws:a': 'b' } }, problem: `'tags' is "aws:a", allowed is` },
    { name: 'a tag value of 257 characters', config: { tags: { a: x(257) } }, problem: 'allowed is 0-256 characters' },
    { name: 'forceDestroy as text', config: { forceDestroy: 'yes' }, problem: `'forceDestroy' is "yes", allowed is true or false` },
    {
      name: 'lockTenantRoles as text',
      config: { lockTenantRoles: 'no' },
      problem: `'lockTenantRoles' is "no", allowed is true or false`,
    },
    {
      name: 'a bucket key as text',
      config: { bucketKeyEnabled: 'yes', kmsKeyArn: KEY },
      problem: `'bucketKeyEnabled' is "yes", allowed is true or false`,
    },
    { name: 'an unknown option', config: { acl: 'private' }, problem: "unknown option 'acl', known are bucketName, kmsKeyArn," },
  ])('fails for $name', ({ config, problem }) => {
    const { code, message } = refused(config);
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/^stack\/bucket: /);
    expect(message).toContain(problem);
  });

  it('fails with several problems in one error', () => {
    const { message } = refused({ bucketName: 'a', expireOldVersionsAfterDays: 0, bucketKeyEnabled: true, acl: 'private' });
    for (const name of ['bucketName', 'expireOldVersionsAfterDays', 'bucketKeyEnabled', 'acl']) {
      expect(message).toContain(`'${name}'`);
    }
  });
});

describe('TenantBucket.lockTenantRole', () => {
  const role: LockedRole = { roleName: 'app-tenant', tenant: DEFAULT_TENANT_CLAIM };
  const lockedBy = (roles: readonly LockedRole[], config: Partial<TenantBucketConfig> = {}) => {
    const stack = awsStack();
    const bucket = new TenantBucket(stack, 'bucket', { bucketName: 'app', logicalId: 'data', ...config });
    for (const each of roles) bucket.lockTenantRole(each);
    return statementsOf(synthesise(stack), 'data_bucket_policy');
  };
  const everybody = [{ type: '*', identifiers: ['*'] }];
  const own = 'tenants/&{aws:PrincipalTag/tenant_id}/*';

  it('denies the role all that is not under the prefix of its tenant, after what it denies everybody', () => {
    const ofRole = { test: 'ArnEquals', variable: 'aws:PrincipalArn', values: [`${ROLE_ARN}/app-tenant`] };
    const [tlsOnly, ...locks] = lockedBy([role]);
    expect(tlsOnly?.sid).toBe('TlsOnly');
    expect(locks).toEqual([
      {
        sid: 'OtherObjects1',
        effect: 'Deny',
        principals: everybody,
        actions: ['s3:*'],
        not_resources: [`${ARN}app`, `${ARN}app/${own}`],
        condition: [ofRole],
      },
      {
        sid: 'BucketItself1',
        effect: 'Deny',
        principals: everybody,
        not_actions: ['s3:ListBucket'],
        resources: [`${ARN}app`],
        condition: [ofRole],
      },
      {
        sid: 'OtherListing1',
        effect: 'Deny',
        principals: everybody,
        actions: ['s3:ListBucket'],
        resources: [`${ARN}app`],
        condition: [ofRole, { test: 'StringNotLike', variable: 's3:prefix', values: [own] }],
      },
      {
        sid: 'NoTenant1',
        effect: 'Deny',
        principals: everybody,
        actions: ['s3:*'],
        resources: [`${ARN}app`, `${ARN}app/*`],
        condition: [ofRole, { test: 'Null', variable: 'aws:PrincipalTag/tenant_id', values: ['true'] }],
      },
    ]);
  });

  it('names the role by its path', () => {
    const [, lock] = lockedBy([{ ...role, path: '/tenants/' }]);
    expect(lock?.condition?.[0]?.values).toEqual([`${ROLE_ARN}/tenants/app-tenant`]);
  });

  it('locks several roles, each once', () => {
    const sids = lockedBy([role, { ...role, roleName: 'other' }, { ...role }]).map(({ sid }) => sid);
    const names = ['OtherObjects', 'BucketItself', 'OtherListing', 'NoTenant'];
    expect(sids).toEqual(['TlsOnly', ...[1, 2].flatMap((number) => names.map((name) => `${name}${number}`))]);
  });

  it('locks nothing where it is off', () => {
    expect(lockedBy([role], { lockTenantRoles: false }).map(({ sid }) => sid)).toEqual(['TlsOnly']);
  });

  it('fails for more roles than a bucket policy holds, and keeps the document it had', () => {
    const stack = awsStack();
    const bucket = new TenantBucket(stack, 'bucket', { bucketName: 'app', logicalId: 'data' });
    let locked = 0;
    const { code, message } = refusalOf(() => {
      for (; locked < 100; locked++) bucket.lockTenantRole({ ...role, roleName: `${x(60)}${locked}` });
    });
    expect(code).toBe('limit.exceeded');
    expect(message).toMatch(
      /^stack\/bucket\/policy: the policy has at least \d{5} bytes, AWS takes 20480: grant it to fewer roles, or turn lockTenantRoles off\.$/,
    );
    expect(statementsOf(synthesise(stack), 'data_bucket_policy')).toHaveLength(1 + 4 * locked);
  });
});

describe('TenantBucket.fromBucketName', () => {
  it('refers to a bucket and makes none, its policy in particular', () => {
    const stack = awsStack();
    const bucket = TenantBucket.fromBucketName(stack, 'app', { kmsKeyArn: KEY, bucketKeyEnabled: true });
    expect(bucket.resource).toBeUndefined();
    expect(bucket).not.toHaveProperty('lockTenantRole');
    expect(writtenAs(stack, bucket.bucketArn)).toBe(`${ARN}app`);
    expect(bucket.grant.kms).toMatchObject({ keyArn: KEY, bucketKeyEnabled: true });
    expect(synthesise(stack).resource).toEqual({});
  });

  it('grants no key unless it is named', () => {
    expect(TenantBucket.fromBucketName(awsStack(), 'app').grant.kms).toBeUndefined();
  });

  it('takes a name that Terraform fills in', () => {
    const stack = awsStack();
    const { bucketArn } = TenantBucket.fromBucketName(stack, new TerraformVariable(stack, 'bucket', {}).stringValue);
    expect(writtenAs(stack, bucketArn)).toBe(`${ARN}\${var.bucket}`);
  });

  it('fails with several problems in one error', () => {
    const error = refusalOf(() => TenantBucket.fromBucketName(awsStack(), 'A', { bucketKeyEnabled: true }));
    expect(error.code).toBe('config.invalid');
    expect(error.message).toMatch(/^stack: 'bucketName' is "A".*'bucketKeyEnabled' needs 'kmsKeyArn'/);
  });

  it('fails without a name', () => {
    const error = refusalOf(() => TenantBucket.fromBucketName(awsStack(), undefined as never));
    expect(error.code).toBe('config.invalid');
    expect(error.message).toContain("stack: 'bucketName' is needed");
  });
});
