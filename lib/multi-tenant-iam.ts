import type { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { ConfigCheck } from './config-check';
import { MultiTenantIamError } from './errors';
import { audiencesOf, checkIdentity, IDENTITY_OPTIONS, type IdentityConfig, identityProviderOf } from './identity-config';
import type { IIdentityProvider } from './identity-provider';
import { suffixed } from './logical-id';
import { bucketAccessPolicy } from './policy/bucket';
import { policyDocument, type PolicyDocument, type PolicyStatement, statementProblems } from './policy/document';
import { isolationProblems } from './policy/isolation-guard';
import { LIMITS } from './policy/limits';
import { tableAccessPolicy } from './policy/table';
import { type TenantClaim, tenantVariable } from './policy/tenant-claim';
import type { ITenantBucket } from './tenant-bucket';
import { TenantPolicy } from './tenant-policy';
import { checkRoleTags, TenantRole } from './tenant-role';
import type { ITenantTable } from './tenant-table';

export interface MultiTenantIamOptions {
  /**
   * Table whose items the role may reach. More with `grantTable`.
   *
   * @default - none
   */
  readonly table?: ITenantTable;
  /**
   * Bucket whose objects the role may reach. More with `grantBucket`.
   *
   * @default - none
   */
  readonly bucket?: ITenantBucket;
  /**
   * Key of the session tag in which the token carries the tenant, 1-128 characters, with case.
   *
   * @default 'tenant_id'
   */
  readonly tenantTagKey?: string;
  /**
   * Reads the tenant from this claim of the token, as `<issuer>:<claim>`, in place of the session tag. AWS does not make claims
   * condition keys, so on AWS nobody gets in: only for emulators and providers that do. Leaves a warning at synth.
   *
   * @default - the session tag
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
   */
  readonly customClaim?: string;
  /**
   * Begins the names of role and policies: 2-28 characters of a-z 0-9 -
   *
   * @default 'multi-tenant-iam'
   */
  readonly namePrefix?: string;
  /**
   * 1-64 characters of letters, digits and _ + = , . @ -
   *
   * @default '<namePrefix>-tenant'
   */
  readonly roleName?: string;
  /**
   * Path of role and policies.
   *
   * @default '/'
   */
  readonly path?: string;
  /**
   * ARN of a managed policy that bounds what the role can ever be allowed.
   *
   * @default - none
   */
  readonly permissionsBoundaryArn?: string;
  /**
   * The longest session in seconds, 3,600 to 43,200.
   *
   * @default 3600 - one hour
   */
  readonly maxSessionDurationSeconds?: number;
  /**
   * Tags of role, policies and identity provider, at most 50; never the tenant's tag key.
   *
   * @default - the tags of the AWS provider
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the role; its companions get suffixes.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

export type MultiTenantIamConfig = MultiTenantIamOptions & IdentityConfig;

const OPTIONS = {
  ...IDENTITY_OPTIONS,
  table: true,
  bucket: true,
  tenantTagKey: true,
  customClaim: true,
  namePrefix: true,
  roleName: true,
  path: true,
  permissionsBoundaryArn: true,
  maxSessionDurationSeconds: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof MultiTenantIamOptions | keyof typeof IDENTITY_OPTIONS, true>;

export const DEFAULT_NAME_PREFIX = 'multi-tenant-iam';

/**
 * One role for all tenants: an identity provider that names the tenant of each token, a role that only such tokens may assume, and
 * managed policies that let a session reach its own tenant's items and objects only.
 *
 * @example
 * ```ts
 * const iam = new MultiTenantIam(this, 'tenants', {
 *   issuerUrl: 'https://login.example.com',
 *   audience: 'my-client-id',
 *   table: new TenantTable(this, 'table', { tableName: 'app-data' }),
 *   bucket: new TenantBucket(this, 'bucket', { bucketName: 'app-data-eu' }),
 * });
 * iam.grantAdditionalPermissions({
 *   Effect: 'Allow',
 *   Action: 'sqs:SendMessage',
 *   Resource: `arn:aws:sqs:eu-central-1:123456789012:jobs-${iam.tenantVariable}`,
 * });
 * ```
 */
export class MultiTenantIam extends Construct {
  readonly identityProvider: IIdentityProvider;
  readonly role: TenantRole;
  /** How the tenant of a session reaches IAM. */
  readonly tenant: TenantClaim;
  /** The policy variable that IAM replaces with the session's tenant, for statements of your own. */
  readonly tenantVariable: string;

  readonly #config: MultiTenantIamConfig;
  readonly #tables: ITenantTable[] = [];
  readonly #buckets: ITenantBucket[] = [];
  readonly #additional: { readonly statement: PolicyStatement; readonly unchecked: boolean }[] = [];
  readonly #policies = new Map<string, TenantPolicy>();

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: MultiTenantIamConfig) {
    super(scope, id);
    const { tenantTagKey = DEFAULT_TENANT_TAG_KEY, customClaim, namePrefix = DEFAULT_NAME_PREFIX, logicalId, tags } = config;
    const check = new ConfigCheck(this)
      .onlyKnown(config, OPTIONS)
      .atMostOne(config, ['tenantTagKey', 'customClaim'])
      .fits('tenantTagKey', tenantTagKey, LIMITS.tagKey)
      .fits('customClaim', customClaim, LIMITS.claimName)
      .fits('namePrefix', namePrefix, LIMITS.namePrefix);
    checkRoleTags(checkIdentity(check, config), tags, tenantTagKey).orThrow();

    this.#config = config;
    this.identityProvider = identityProviderOf(this, config, { tags, logicalId });
    this.tenant =
      customClaim === undefined
        ? { kind: 'session-tag', tagKey: tenantTagKey }
        : { kind: 'custom-claim', issuer: this.identityProvider.issuer, claim: customClaim };
    this.tenantVariable = tenantVariable(this.tenant);
    this.role = new TenantRole(this, 'role', {
      identityProvider: this.identityProvider,
      audiences: audiencesOf(config),
      tenant: this.tenant,
      roleName: config.roleName ?? `${namePrefix}-tenant`,
      path: config.path,
      permissionsBoundaryArn: config.permissionsBoundaryArn,
      maxSessionDurationSeconds: config.maxSessionDurationSeconds,
      tags,
      logicalId,
    });
    if (customClaim !== undefined) {
      Annotations.of(this).addWarning(
        `customClaim: AWS has no condition key '<issuer>:${customClaim}', so on AWS no token can assume this role. Use a session tag there.`,
      );
    }
    if (config.table) this.grantTable(config.table);
    if (config.bucket) this.grantBucket(config.bucket);
  }

  /** The attachments of the managed policies: what uses the role should wait for them. */
  get attachments(): IamRolePolicyAttachment[] {
    return [...this.#policies.values()].map(({ attachment }) => attachment);
  }

  /**
   * Lets sessions reach their own tenant's items of a table, and its tenant-leading indexes. All tables share one managed policy.
   *
   * @throws MultiTenantIamError `limit.exceeded`, or `grant.breaks_isolation` if an additional statement reaches the table
   */
  grantTable(table: ITenantTable): void {
    this.#tables.push(table);
    this.#recheckAdditional();
    const grants = this.#tables.map(({ grant }) => grant);
    this.#setPolicy(
      'table',
      "A tenant's own items in the shared tables.",
      tableAccessPolicy({ tables: grants, tenant: this.tenant }),
    );
  }

  /**
   * Lets sessions reach their own tenant's objects of a bucket. All buckets share one managed policy.
   *
   * @throws MultiTenantIamError `limit.exceeded`, or `grant.breaks_isolation` if an additional statement reaches the bucket
   */
  grantBucket(bucket: ITenantBucket): void {
    this.#buckets.push(bucket);
    this.#recheckAdditional();
    const grants = this.#buckets.map(({ grant }) => grant);
    this.#setPolicy(
      'bucket',
      "A tenant's own objects in the shared buckets.",
      bucketAccessPolicy({ buckets: grants, tenant: this.tenant }),
    );
  }

  /**
   * Adds a statement to what every tenant may do. Tie it to the session's tenant with `tenantVariable`.
   *
   * A statement is refused that would let a tenant act on the isolation itself (identities, roles, `*`) or reach the shared table,
   * bucket or key past its own tenant. It is a check against mistakes, no proof: a service that reads the data on the tenant's behalf
   * is beyond it.
   *
   * @param statement in the shape of IAM's JSON, without `Principal`.
   * @throws MultiTenantIamError `grant.breaks_isolation`, `config.invalid` or `limit.exceeded`
   */
  grantAdditionalPermissions(
    statement: PolicyStatement,
    options: {
      /**
       * Adds the statement though it weakens or ends the isolation of tenants. Leaves a warning at synth.
       *
       * @default false
       */
      readonly allowIsolationBypass?: boolean;
    } = {},
  ): void {
    const check = new ConfigCheck(this);
    for (const problem of statementProblems(statement)) check.problem(problem);
    check.orThrow();
    const { allowIsolationBypass = false } = options;
    const problems = this.#isolationProblems(statement);
    if (problems.length > 0 && !allowIsolationBypass) throw this.#breaksIsolation(statement, problems);
    if (problems.length > 0) Annotations.of(this).addWarning(`allowIsolationBypass: ${problems.join('; ')}.`);
    this.#additional.push({ statement, unchecked: allowIsolationBypass });
    const statements = this.#additional.map((added) => added.statement);
    this.#setPolicy('additional', 'What every tenant may do beside its own data.', policyDocument(...statements));
  }

  #isolationProblems(statement: PolicyStatement): string[] {
    const grants = [...this.#tables, ...this.#buckets].map(({ grant }) => grant);
    return isolationProblems(statement, {
      tableArns: this.#tables.map(({ tableArn }) => tableArn),
      bucketArns: this.#buckets.map(({ bucketArn }) => bucketArn),
      kmsKeyArns: grants.flatMap(({ kms }) => (kms === undefined ? [] : [kms.keyArn])),
      tenant: this.tenant,
    });
  }

  /** A statement that was harmless when it came may reach a table or bucket that is granted later. */
  #recheckAdditional(): void {
    for (const { statement, unchecked } of this.#additional) {
      const problems = unchecked ? [] : this.#isolationProblems(statement);
      if (problems.length > 0) throw this.#breaksIsolation(statement, problems);
    }
  }

  #breaksIsolation({ Sid }: PolicyStatement, problems: readonly string[]): MultiTenantIamError {
    const which = Sid === undefined ? 'the statement' : `statement '${Sid}'`;
    return new MultiTenantIamError(
      'grant.breaks_isolation',
      `${this.node.path}: ${which} would break the isolation of tenants: ${problems.join('; ')}. Narrow it, or take the risk with { allowIsolationBypass: true }.`,
    );
  }

  #setPolicy(kind: 'table' | 'bucket' | 'additional', description: string, document: PolicyDocument): void {
    const existing = this.#policies.get(kind);
    if (existing) {
      existing.replaceDocument(document);
      return;
    }
    const { namePrefix = DEFAULT_NAME_PREFIX, path, tags, logicalId } = this.#config;
    const policy = new TenantPolicy(this, `${kind}_policy`, {
      role: this.role,
      policyName: `${namePrefix}-tenant-${kind}`,
      description,
      document,
      path,
      tags,
      logicalId: suffixed(logicalId, kind),
    });
    this.#policies.set(kind, policy);
  }
}
