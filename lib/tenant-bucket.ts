import type { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { S3Bucket } from '@cdktf/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktf/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktf/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktf/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktf/provider-aws/lib/s3-bucket-versioning';
import { Annotations, type TerraformElement } from 'cdktf';
import { Construct } from 'constructs';
import { AwsEnvironment, regionOfArn } from './aws-environment';
import { assertConfig, ConfigCheck } from './config-check';
import { checkResourcePolicySize, type LockedRole, withLock } from './locked-role';
import { suffixed, withLogicalId } from './logical-id';
import { renderPolicyDocument, renderStatements } from './policy-document';
import { type BucketGrant, bucketResourcePolicy } from './policy/bucket';
import { LIMITS } from './policy/limits';
import type { RoleLock } from './policy/role-lock';
import { checkTags } from './tags';

/** A bucket that tenants share, made here or referred to. Objects lie under `tenants/<tenant id>/`. */
export interface ITenantBucket {
  readonly bucketName: string;
  /** Made from names, so known when Terraform plans. */
  readonly bucketArn: string;
  /** What a policy must say to let a session into this bucket. */
  readonly grant: BucketGrant;
  /** The resource, if it is made here. */
  readonly resource?: S3Bucket;
  /**
   * Makes the bucket policy deny a tenant role what is not its tenant's; `grantBucket` calls it. Absent where the bucket is only
   * referred to: a bucket has one policy, which is its owner's. `bucketLockStatements` of `multi-tenant-iam/policy` gives them the
   * statements to add.
   */
  lockTenantRole?(role: LockedRole): void;
}

/** How a bucket is encrypted; all that must be said of one that exists. */
export interface ExistingBucket {
  /**
   * ARN of a customer managed KMS key in the bucket's region; the tenant role may then use it for this bucket. Keep it as long as
   * objects are encrypted with it: without it here the role can no longer read them.
   *
   * @default - keys of Amazon S3 (SSE-S3)
   */
  readonly kmsKeyArn?: string;
  /**
   * The S3 Bucket Key, which saves KMS requests. `true` gives up that the KMS key itself is tied to the tenant's prefix, as its
   * encryption context then names the bucket only; a bucket made here leaves a warning at synth. Only with `kmsKeyArn`.
   *
   * @default false
   */
  readonly bucketKeyEnabled?: boolean;
}

/** Configuration of `TenantBucket`. */
export interface TenantBucketConfig extends ExistingBucket {
  /** 3-63 characters of a-z 0-9 . -, unique on AWS. */
  readonly bucketName: string;
  /**
   * Days after which the parts of an upload that was never completed are removed, 1 or more.
   *
   * @default 7
   */
  readonly abortIncompleteUploadsAfterDays?: number;
  /**
   * Days after which replaced and deleted versions of objects are removed, 1 or more.
   *
   * @default - they stay
   */
  readonly expireOldVersionsAfterDays?: number;
  /**
   * `true` lets a `destroy` delete the objects of all tenants and leaves a warning at synth.
   *
   * @default false - AWS refuses to delete a bucket with objects
   */
  readonly forceDestroy?: boolean;
  /**
   * The bucket policy denies each role that is granted the bucket what is not under its tenant's prefix, so that another policy on
   * the role, by mistake, opens nothing. `false` leaves a warning at synth.
   *
   * @default true
   */
  readonly lockTenantRoles?: boolean;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the bucket and its companions. Fix it where the construct may move: a changed address replaces the bucket.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

const EXISTING_OPTIONS = { kmsKeyArn: true, bucketKeyEnabled: true } as const satisfies Record<keyof ExistingBucket, true>;

const OPTIONS = {
  bucketName: true,
  kmsKeyArn: true,
  bucketKeyEnabled: true,
  abortIncompleteUploadsAfterDays: true,
  expireOldVersionsAfterDays: true,
  forceDestroy: true,
  lockTenantRoles: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof TenantBucketConfig, true>;

/**
 * A bucket that tenants share: no public access, no ACLs, versioned, encrypted, reached over TLS only, locked against tenant roles
 * past their own tenant, rid of uploads that were never completed.
 */
export class TenantBucket extends Construct implements ITenantBucket {
  readonly bucketName: string;
  readonly bucketArn: string;
  readonly grant: BucketGrant;
  readonly resource: S3Bucket;
  readonly #lockTenantRoles: boolean;
  readonly #policyDocument: DataAwsIamPolicyDocument;
  #locks: readonly RoleLock[] = [];

  /**
   * Refers to a bucket that exists. Nothing of it is managed, its bucket policy in particular.
   *
   * @throws MultiTenantIamError `config.invalid`
   */
  static fromBucketName(scope: Construct, bucketName: string, existing: ExistingBucket = {}): ITenantBucket {
    const check = new ConfigCheck(scope).onlyKnown(existing, EXISTING_OPTIONS).needs('bucketName', bucketName, LIMITS.bucketName);
    checkEncryption(check, existing).orThrow();
    const grant = bucketGrant(scope, bucketName, existing);
    return { bucketName, bucketArn: grant.bucketArn, grant };
  }

  /** @throws MultiTenantIamError `config.invalid` */
  constructor(scope: Construct, id: string, config: TenantBucketConfig) {
    super(scope, id);
    assertConfig(this, config);
    const { bucketName, kmsKeyArn, bucketKeyEnabled = false, forceDestroy = false, lockTenantRoles = true } = config;
    this.#check(config);
    this.#lockTenantRoles = lockTenantRoles;
    this.bucketName = bucketName;
    this.grant = bucketGrant(this, bucketName, config);
    this.bucketArn = this.grant.bucketArn;
    const fixed = <T extends TerraformElement>(element: T): T => withLogicalId(element, config.logicalId);
    this.resource = fixed(new S3Bucket(this, 'Resource', { bucket: bucketName, forceDestroy, tags: config.tags }));
    const bucket = this.resource.id;
    const publicAccessBlock = fixed(
      new S3BucketPublicAccessBlock(this, 'public_access_block', {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      }),
    );
    fixed(new S3BucketOwnershipControls(this, 'ownership', { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } }));
    const versioning = fixed(
      new S3BucketVersioningA(this, 'versioning', { bucket, versioningConfiguration: { status: 'Enabled' } }),
    );
    fixed(
      new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
        bucket,
        rule: [
          {
            applyServerSideEncryptionByDefault:
              kmsKeyArn === undefined ? { sseAlgorithm: 'AES256' } : { sseAlgorithm: 'aws:kms', kmsMasterKeyId: kmsKeyArn },
            bucketKeyEnabled: kmsKeyArn === undefined ? undefined : bucketKeyEnabled,
          },
        ],
      }),
    );
    fixed(
      new S3BucketLifecycleConfiguration(this, 'lifecycle', {
        // By way of the versioning, as S3 refuses to expire versions of a bucket that has none yet.
        bucket: versioning.bucket,
        rule: lifecycleRules(config),
      }),
    );
    this.#policyDocument = withLogicalId(
      renderPolicyDocument(this, 'policy_document', bucketResourcePolicy(this.bucketArn)),
      suffixed(config.logicalId, 'bucket_policy'),
    );
    // By way of the public access block, as S3 answers with a conflict when both are set at the same time.
    fixed(new S3BucketPolicy(this, 'policy', { bucket: publicAccessBlock.bucket, policy: this.#policyDocument.json }));
    if (bucketKeyEnabled) {
      Annotations.of(this).addWarning('bucketKeyEnabled: the KMS key is tied to the bucket, no longer to each tenant’s prefix.');
    }
    if (forceDestroy) Annotations.of(this).addWarning('forceDestroy: a destroy deletes the objects of all tenants.');
    if (!lockTenantRoles) {
      Annotations.of(this).addWarning(
        'lockTenantRoles is off: one policy too wide on the tenant role opens the objects of all tenants.',
      );
    }
  }

  /**
   * Makes the bucket policy deny a tenant role what is not its tenant's, unless `lockTenantRoles` is off. `grantBucket` calls it; a
   * role is locked once.
   *
   * @throws MultiTenantIamError `limit.exceeded`
   */
  lockTenantRole(role: LockedRole): void {
    if (!this.#lockTenantRoles) return;
    const locks = withLock(this, this.#locks, role);
    const document = bucketResourcePolicy(this.bucketArn, locks);
    checkResourcePolicySize(`${this.node.path}/policy`, document);
    this.#policyDocument.putStatement(renderStatements(document));
    this.#locks = locks;
  }

  #check(config: TenantBucketConfig): void {
    const days = { min: 1, max: 36_500 };
    const check = new ConfigCheck(this)
      .onlyKnown(config, OPTIONS)
      .needs('bucketName', config.bucketName, LIMITS.bucketName)
      .oneOf('forceDestroy', config.forceDestroy, [true, false])
      .oneOf('lockTenantRoles', config.lockTenantRoles, [true, false])
      .within('abortIncompleteUploadsAfterDays', config.abortIncompleteUploadsAfterDays, days)
      .within('expireOldVersionsAfterDays', config.expireOldVersionsAfterDays, days);
    checkEncryption(checkTags(check, config.tags), config).orThrow();
  }
}

function checkEncryption(check: ConfigCheck, { kmsKeyArn, bucketKeyEnabled }: ExistingBucket): ConfigCheck {
  const keyless = bucketKeyEnabled === true && kmsKeyArn === undefined;
  return check
    .fits('kmsKeyArn', kmsKeyArn, LIMITS.kmsKeyArn)
    .oneOf('bucketKeyEnabled', bucketKeyEnabled, [true, false])
    .problem(keyless ? "'bucketKeyEnabled' needs 'kmsKeyArn'" : undefined);
}

function bucketGrant(scope: Construct, bucketName: string, { kmsKeyArn, bucketKeyEnabled = false }: ExistingBucket): BucketGrant {
  const aws = AwsEnvironment.of(scope);
  return {
    bucketArn: aws.bucketArn(bucketName),
    kms: kmsKeyArn === undefined ? undefined : { keyArn: kmsKeyArn, region: regionOfArn(kmsKeyArn), bucketKeyEnabled },
  };
}

function lifecycleRules({ abortIncompleteUploadsAfterDays = 7, expireOldVersionsAfterDays }: TenantBucketConfig) {
  // A filter with an empty prefix is how S3 writes "all objects"; the provider warns about a rule without one.
  const all = { status: 'Enabled', filter: [{ prefix: '' }] };
  const abort = {
    ...all,
    id: 'abort-incomplete-uploads',
    abortIncompleteMultipartUpload: [{ daysAfterInitiation: abortIncompleteUploadsAfterDays }],
  };
  if (expireOldVersionsAfterDays === undefined) return [abort];
  const expire = {
    ...all,
    id: 'expire-old-versions',
    noncurrentVersionExpiration: [{ noncurrentDays: expireOldVersionsAfterDays }],
  };
  return [abort, expire];
}
