import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment } from './aws-environment';
import { ConfigCheck } from './config-check';
import { type Identity, IDENTITY_OPTIONS, type IdentityConfig, namesIdentity } from './identity-config';
import { keepLocalState } from './local-state';
import { MultiTenantIam } from './multi-tenant-iam';
import { DEFAULT_NAME_PREFIX } from './multi-tenant-iam-config';
import { checkStack, type MultiTenantIamStackConfig, type StackBucket, type StackTable } from './multi-tenant-iam-stack-config';
import { encodedRoles } from './policy/tenant-permissions';
import { IDENTITY_POOL_ISSUER } from './policy/trust';
import { madePools, type StackIdentity, stackIdentities } from './stack-identity';
import { audienceVariable, identityProviderArnVariable, namePrefixVariable, regionVariable, tagsVariable } from './stack-variables';
import { type ITenantBucket, TenantBucket } from './tenant-bucket';
import { sessionTagKeys } from './tenant-role';
import { type ITenantTable, TenantTable } from './tenant-table';
import { TenantUsersStack } from './tenant-users-stack';

/** Terraform names of the resources; fixed, so that no later change of this code moves an address. */
const ROLE_ID = 'tenant';
const DATA_ID = 'tenant_data';

/**
 * The whole infrastructure: AWS provider, identity provider, tenant role with its policies, table, bucket, outputs. What the
 * configuration leaves open is a Terraform variable. A user pool or an identity pool that is to be made goes into a second stack,
 * `<id>-users`, which is to be deployed first: `cdktf deploy '*'` does it in order.
 *
 * Outputs: `role_arn`, `table_name`, `bucket_name`, `identity_provider_arn` of the first OIDC provider, `token_trigger_arn` if the
 * function is made here, `permissions` (of each role, encoded), `region`.
 *
 * @example
 * ```ts
 * const app = new App();
 * new MultiTenantIamStack(app, 'production', {
 *   identity: { userPoolId: 'eu-central-1_a1B2c3D4e', audience: 'my-app-client-id' },
 * });
 * app.synth();
 * ```
 */
export class MultiTenantIamStack extends TerraformStack {
  readonly iam: MultiTenantIam;
  readonly table: ITenantTable;
  readonly bucket: ITenantBucket;
  readonly provider: AwsProvider;
  /** Where the user pool or the identity pool is, if one is made. A backend of your own is to be added there, too. */
  readonly usersStack?: TenantUsersStack;
  readonly #outputs: TerraformOutput[] = [];

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: MultiTenantIamStackConfig = {}) {
    super(scope, id);
    checkStack(new ConfigCheck(this), config).orThrow();
    const tagged = { kind: 'session-tag', tagKey: config.tenantTagKey ?? DEFAULT_TENANT_TAG_KEY } as const;
    const namePrefix = config.namePrefix ?? namePrefixVariable(this, DEFAULT_NAME_PREFIX);
    this.provider = new AwsProvider(this, 'aws', {
      region: config.region ?? regionVariable(this),
      defaultTags: [{ tags: config.tags ?? tagsVariable(this, sessionTagKeys(tagged, config.permissions)) }],
    });
    const identities = stackIdentities(config);
    const pools = madePools(identities);
    if (pools !== undefined) this.usersStack = new TenantUsersStack(scope, `${id}-users`, config, pools);
    const aws = AwsEnvironment.of(this);
    this.table = this.#table(config.table, `${namePrefix}-data`);
    this.bucket = this.#bucket(config.bucket, `${namePrefix}-${aws.accountId}-${aws.region}`);
    this.iam = new MultiTenantIam(this, 'iam', {
      ...this.#identity(config, identities),
      table: this.table,
      bucket: this.bucket,
      tenantTagKey: config.tenantTagKey,
      customClaim: config.customClaim,
      permissions: config.permissions,
      rolePinning: config.rolePinning,
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
    const oidc = this.iam.identityProviders.find(({ issuer }) => issuer !== IDENTITY_POOL_ISSUER);
    if (oidc !== undefined) {
      this.#output('identity_provider_arn', 'ARN of the IAM OIDC provider whose tokens are trusted.', oidc.identityProviderArn);
    }
    const { tokenTrigger } = this.iam;
    if (tokenTrigger !== undefined) {
      const description = 'ARN of the function to name as pre token generation trigger, version V2_0, of the user pool.';
      this.#output('token_trigger_arn', description, tokenTrigger.functionArn);
    }
    if (config.permissions !== undefined) {
      const description = 'What each role of users may do with its own data, table/bucket: r read, w write, d delete.';
      this.#output('permissions', description, encodedRoles(config.permissions));
    }
    this.#output('region', 'AWS region of table and bucket.', aws.region);
  }

  /** Keeps the state beside `cdktf.out`, unless a backend of your own was added to the stack. */
  override prepareStack(): void {
    // The other stack's first: to read from its state asks for its backend.
    if (this.usersStack !== undefined) keepLocalState(this.usersStack);
    keepLocalState(this);
    // An application that reads the outputs may begin at once, so they wait for the role's permissions, also for those added later.
    const dependsOn = this.iam.attachments.map(({ terraformResourceType, friendlyUniqueId }) => ({
      fqn: `${terraformResourceType}.${friendlyUniqueId}`,
    }));
    for (const output of this.#outputs) output.dependsOn = dependsOn;
    super.prepareStack();
  }

  #identity(config: MultiTenantIamStackConfig, identities: readonly StackIdentity[]): IdentityConfig {
    if (identities.length > 0) return { identity: identities.map((identity) => this.#resolved(identity)) };
    if (namesIdentity(config)) return issuerOf(config);
    return { identityProviderArn: identityProviderArnVariable(this), audience: audienceVariable(this) };
  }

  /** An entry with the pool that is made in the place of its settings. */
  #resolved(identity: StackIdentity): Identity {
    const { userPool, identityPool, ...issuer } = identity;
    const made = this.usersStack;
    if (userPool !== undefined && made?.userPool !== undefined) return { userPool: made.userPool };
    if (identityPool?.identityPoolId !== undefined) return { identityPool: { identityPoolId: identityPool.identityPoolId } };
    if (identityPool !== undefined && made?.identityPool !== undefined) return { identityPool: made.identityPool };
    return issuer as Identity;
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

  #output(name: string, description: string, value: string | object): void {
    const output = new TerraformOutput(this, `output_${name}`, { description, value });
    output.overrideLogicalId(name);
    this.#outputs.push(output);
  }
}

/** The one issuer of a configuration that names it without `identity`; it was checked before. */
function issuerOf(config: object): IdentityConfig {
  const given = Object.entries(config).filter(([name]) => Object.hasOwn(IDENTITY_OPTIONS, name));
  return Object.fromEntries(given) as unknown as IdentityConfig;
}
