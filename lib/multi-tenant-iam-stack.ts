import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { LocalBackend, TerraformBackend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment } from './aws-environment';
import { ConfigCheck } from './config-check';
import { IDENTITY_OPTIONS, type IdentityConfig, namesIdentity } from './identity-config';
import { MultiTenantIam } from './multi-tenant-iam';
import { DEFAULT_NAME_PREFIX } from './multi-tenant-iam-config';
import { checkStack, type MultiTenantIamStackConfig, type StackBucket, type StackTable } from './multi-tenant-iam-stack-config';
import { audienceVariable, identityProviderArnVariable, namePrefixVariable, regionVariable, tagsVariable } from './stack-variables';
import { type ITenantBucket, TenantBucket } from './tenant-bucket';
import { type ITenantTable, TenantTable } from './tenant-table';

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
  readonly #outputs: TerraformOutput[] = [];

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: MultiTenantIamStackConfig = {}) {
    super(scope, id);
    checkStack(new ConfigCheck(this), config).orThrow();
    const { tenantTagKey = DEFAULT_TENANT_TAG_KEY } = config;
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
    // An application that reads the outputs may begin at once, so they wait for the role's permissions, also for those added later.
    const dependsOn = this.iam.attachments.map(({ terraformResourceType, friendlyUniqueId }) => ({
      fqn: `${terraformResourceType}.${friendlyUniqueId}`,
    }));
    for (const output of this.#outputs) output.dependsOn = dependsOn;
    super.prepareStack();
  }

  #identityVariables(): IdentityConfig {
    return { identityProviderArn: identityProviderArnVariable(this), audience: audienceVariable(this) };
  }

  #table(config: StackTable = {}, defaultName: string): ITenantTable {
    if (config.existingTableName !== undefined) {
      const { existingTableName, ...existing } = config;
      return TenantTable.fromTableName(this, existingTableName, existing);
    }
    return new TenantTable(this, 'table', { ...config, tableName: config.tableName ?? defaultName, logicalId: DATA_ID });
  }

  #bucket(config: StackBucket = {}, defaultName: string): ITenantBucket {
    if (config.existingBucketName !== undefined) {
      const { existingBucketName, ...existing } = config;
      return TenantBucket.fromBucketName(this, existingBucketName, existing);
    }
    return new TenantBucket(this, 'bucket', { ...config, bucketName: config.bucketName ?? defaultName, logicalId: DATA_ID });
  }

  #output(name: string, description: string, value: string): void {
    const output = new TerraformOutput(this, `output_${name}`, { description, value });
    output.overrideLogicalId(name);
    this.#outputs.push(output);
  }
}

/** The identity options of a configuration that has any; they were checked before. */
function identityOf(config: object): IdentityConfig {
  const given = Object.entries(config).filter(([name]) => Object.hasOwn(IDENTITY_OPTIONS, name));
  return Object.fromEntries(given) as unknown as IdentityConfig;
}
