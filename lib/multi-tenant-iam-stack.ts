import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { LocalBackend, TerraformBackend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment } from './aws-environment';
import { ConfigCheck } from './config-check';
import { IDENTITY_OPTIONS, type IdentityConfig, namesIdentity } from './identity-config';
import { DEFAULT_NAME_PREFIX, MultiTenantIam, type MultiTenantIamOptions } from './multi-tenant-iam';
import { LIMITS } from './policy/limits';
import { audienceVariable, identityProviderArnVariable, namePrefixVariable, regionVariable, tagsVariable } from './stack-variables';
import { type ExistingBucket, type ITenantBucket, TenantBucket, type TenantBucketConfig } from './tenant-bucket';
import { checkRoleTags } from './tenant-role';
import { type ExistingTable, type ITenantTable, TenantTable, type TenantTableConfig } from './tenant-table';

type StackTable =
  | ({ readonly existingTableName: string } & ExistingTable)
  | (Partial<Omit<TenantTableConfig, 'logicalId' | 'tags'>> & { readonly existingTableName?: undefined });

type StackBucket =
  | ({ readonly existingBucketName: string } & ExistingBucket)
  | (Partial<Omit<TenantBucketConfig, 'logicalId' | 'tags'>> & { readonly existingBucketName?: undefined });

export interface MultiTenantIamStackOptions extends Omit<MultiTenantIamOptions, 'table' | 'bucket' | 'logicalId'> {
  /**
   * AWS region.
   *
   * @default - Terraform variable `region`, by default the region of the AWS environment
   */
  readonly region?: string;
  /**
   * Begins the names of all resources: 2-28 characters of a-z 0-9 -
   *
   * @default - Terraform variable `name_prefix`, by default 'multi-tenant-iam'
   */
  readonly namePrefix?: string;
  /**
   * Tags of all resources, at most 50; never the tenant's tag key.
   *
   * @default - Terraform variable `tags`, by default none
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Settings of the table that is made; or `existingTableName`, then nothing of it is managed.
   *
   * @default - a table named `<namePrefix>-data`
   */
  readonly table?: StackTable;
  /**
   * Settings of the bucket that is made; or `existingBucketName`, then nothing of it is managed.
   *
   * @default - a bucket named `<namePrefix>-<account id>-<region>`
   */
  readonly bucket?: StackBucket;
}

/**
 * Whose tokens name the tenant: a Cognito user pool, an OIDC issuer or an existing IAM OIDC provider. With none of them,
 * `identity_provider_arn` and `audience` are Terraform variables.
 */
export type MultiTenantIamStackConfig = MultiTenantIamStackOptions &
  (IdentityConfig | { readonly [Name in keyof typeof IDENTITY_OPTIONS]?: undefined });

const OPTIONS = {
  ...IDENTITY_OPTIONS,
  region: true,
  namePrefix: true,
  tags: true,
  table: true,
  bucket: true,
  tenantTagKey: true,
  customClaim: true,
  roleName: true,
  path: true,
  permissionsBoundaryArn: true,
  maxSessionDurationSeconds: true,
} as const satisfies Record<keyof MultiTenantIamStackOptions | keyof typeof IDENTITY_OPTIONS, true>;

/** Terraform names of the resources; fixed, so that no later change of this code moves an address. */
const ROLE_ID = 'tenant';
const DATA_ID = 'tenant_data';

/**
 * The whole infrastructure: AWS provider, identity provider, tenant role with its policies, table, bucket, outputs. What the
 * configuration leaves open is a Terraform variable.
 *
 * Outputs: `role_arn`, `table_name`, `bucket_name`, `identity_provider_arn`, `region`.
 *
 * @example
 * ```ts
 * const app = new App();
 * new MultiTenantIamStack(app, 'production', { userPoolId: 'eu-central-1_a1B2c3D4e', audience: 'my-app-client-id' });
 * app.synth();
 * ```
 */
export class MultiTenantIamStack extends TerraformStack {
  readonly iam: MultiTenantIam;
  readonly table: ITenantTable;
  readonly bucket: ITenantBucket;
  readonly provider: AwsProvider;

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: MultiTenantIamStackConfig = {}) {
    super(scope, id);
    const { tenantTagKey = DEFAULT_TENANT_TAG_KEY } = config;
    const check = new ConfigCheck(this)
      .onlyKnown(config, OPTIONS)
      .fits('region', config.region, LIMITS.region)
      .fits('namePrefix', config.namePrefix, LIMITS.namePrefix);
    checkRoleTags(check, config.tags, tenantTagKey).orThrow();

    const namePrefix = config.namePrefix ?? namePrefixVariable(this, DEFAULT_NAME_PREFIX);
    this.provider = new AwsProvider(this, 'aws', {
      region: config.region ?? regionVariable(this),
      defaultTags: [{ tags: config.tags ?? tagsVariable(this, tenantTagKey) }],
    });
    const aws = AwsEnvironment.of(this);
    this.table = this.#table(config.table, `${namePrefix}-data`);
    this.bucket = this.#bucket(config.bucket, `${namePrefix}-${aws.accountId}-${aws.region}`);
    this.iam = new MultiTenantIam(this, 'iam', {
      ...(namesIdentity(config) ? identityOf(config) : this.#identityVariables()),
      table: this.table,
      bucket: this.bucket,
      tenantTagKey: config.tenantTagKey,
      customClaim: config.customClaim,
      namePrefix,
      roleName: config.roleName,
      path: config.path,
      permissionsBoundaryArn: config.permissionsBoundaryArn,
      maxSessionDurationSeconds: config.maxSessionDurationSeconds,
      logicalId: ROLE_ID,
    });
    this.#output('role_arn', 'ARN of the role that an application assumes with a web identity token.', this.iam.role.roleArn);
    this.#output('table_name', 'Name of the table that tenants share.', this.table.tableName);
    this.#output('bucket_name', 'Name of the bucket that tenants share.', this.bucket.bucketName);
    this.#output(
      'identity_provider_arn',
      'ARN of the IAM OIDC provider whose tokens are trusted.',
      this.iam.identityProvider.identityProviderArn,
    );
    this.#output('region', 'AWS region of table and bucket.', aws.region);
  }

  /**
   * Keeps the state beside `cdktf.out`, where CDKTF's default backend keeps it, but without writing this machine's path into the
   * output. A backend of your own, added to the stack, takes its place.
   */
  override prepareStack(): void {
    if (!this.node.findAll().some((child) => TerraformBackend.isBackend(child))) {
      new LocalBackend(this, { path: `../../../terraform.${this.node.id}.tfstate` });
    }
    super.prepareStack();
  }

  #identityVariables(): IdentityConfig {
    return { identityProviderArn: identityProviderArnVariable(this), audience: audienceVariable(this) };
  }

  #table(config: StackTable = {}, defaultName: string): ITenantTable {
    if (config.existingTableName !== undefined) {
      const { existingTableName, ...existing } = config;
      new ConfigCheck(this).onlyKnown(existing, { tenantIndexNames: true, kmsKeyArn: true }).orThrow();
      return TenantTable.fromTableName(this, existingTableName, existing);
    }
    return new TenantTable(this, 'table', { tableName: defaultName, ...config, logicalId: DATA_ID });
  }

  #bucket(config: StackBucket = {}, defaultName: string): ITenantBucket {
    if (config.existingBucketName !== undefined) {
      const { existingBucketName, ...existing } = config;
      new ConfigCheck(this).onlyKnown(existing, { kmsKeyArn: true, bucketKeyEnabled: true }).orThrow();
      return TenantBucket.fromBucketName(this, existingBucketName, existing);
    }
    return new TenantBucket(this, 'bucket', { bucketName: defaultName, ...config, logicalId: DATA_ID });
  }

  /** An application that reads the outputs may begin at once, so they wait for the role's permissions. */
  #output(name: string, description: string, value: string): void {
    const dependsOn = this.iam.attachments.map(({ terraformResourceType, friendlyUniqueId }) => ({
      fqn: `${terraformResourceType}.${friendlyUniqueId}`,
    }));
    const output = new TerraformOutput(this, `output_${name}`, { description, value, dependsOn });
    output.overrideLogicalId(name);
  }
}

/** The identity options of a configuration that has any. `MultiTenantIam` checks them. */
function identityOf(config: object): IdentityConfig {
  const given = Object.entries(config).filter(([name]) => Object.hasOwn(IDENTITY_OPTIONS, name));
  return Object.fromEntries(given) as unknown as IdentityConfig;
}
