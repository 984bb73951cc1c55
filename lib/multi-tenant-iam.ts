import type { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Annotations } from 'cdktf';
import { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { assertConfig, ConfigCheck } from './config-check';
import { MultiTenantIamError } from './errors';
import { audiencesOf, identityProviderOf } from './identity-config';
import type { IIdentityProvider } from './identity-provider';
import { suffixed } from './logical-id';
import { checkMultiTenantIam, DEFAULT_NAME_PREFIX, type MultiTenantIamConfig } from './multi-tenant-iam-config';
import { bucketAccessPolicy } from './policy/bucket';
import { type PolicyDocument, policyDocument, type PolicyStatement, statementProblems } from './policy/document';
import { isolationProblems } from './policy/isolation-guard';
import { tableAccessPolicy } from './policy/table';
import { type TenantClaim, tenantVariable } from './policy/tenant-claim';
import type { LockedRole } from './locked-role';
import type { ITenantBucket } from './tenant-bucket';
import { checkPolicyLength, TenantPolicy } from './tenant-policy';
import { TenantRole } from './tenant-role';
import type { ITenantTable } from './tenant-table';

/** A statement beside the tenant's own data; one with `bypass` was taken although it weakens isolation, of which `warned` was said. */
interface AdditionalStatement {
  readonly statement: PolicyStatement;
  readonly bypass: boolean;
  readonly warned: Set<string>;
}

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
  #tables: readonly ITenantTable[] = [];
  #buckets: readonly ITenantBucket[] = [];
  #additional: readonly AdditionalStatement[] = [];
  readonly #policies = new Map<string, TenantPolicy>();

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: MultiTenantIamConfig) {
    super(scope, id);
    assertConfig(this, config);
    checkMultiTenantIam(new ConfigCheck(this), config).orThrow();
    const { tenantTagKey = DEFAULT_TENANT_TAG_KEY, customClaim, namePrefix = DEFAULT_NAME_PREFIX, logicalId, tags } = config;
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
    if (customClaim !== undefined && customClaim !== 'sub') {
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
   * Lets sessions reach their own tenant's items of a table, and its tenant-leading indexes. All tables share one managed policy;
   * to grant one again adds its indexes and its key. A table made here also locks the role in its own policy.
   *
   * @throws MultiTenantIamError `limit.exceeded`, or `grant.breaks_isolation` if an additional statement reaches the table
   */
  grantTable(table: ITenantTable): void {
    const tables = [...this.#tables, table];
    const warn = this.#judge(this.#additional, tables, this.#buckets);
    const document = tableAccessPolicy({ tables: tables.map(({ grant }) => grant), tenant: this.tenant });
    table.lockTenantRole?.(this.#lockedRole); // Before the grant: should either fail, nothing is open.
    this.#setPolicy('table', "A tenant's own items in the shared tables.", document);
    this.#tables = tables;
    warn();
  }

  /**
   * Lets sessions reach their own tenant's objects of a bucket. All buckets share one managed policy;
   * to grant one again adds its key. A bucket made here also locks the role in its own policy.
   *
   * @throws MultiTenantIamError `limit.exceeded`, or `grant.breaks_isolation` if an additional statement reaches the bucket
   */
  grantBucket(bucket: ITenantBucket): void {
    const buckets = [...this.#buckets, bucket];
    const warn = this.#judge(this.#additional, this.#tables, buckets);
    const document = bucketAccessPolicy({ buckets: buckets.map(({ grant }) => grant), tenant: this.tenant });
    bucket.lockTenantRole?.(this.#lockedRole); // Before the grant: should either fail, nothing is open.
    this.#setPolicy('bucket', "A tenant's own objects in the shared buckets.", document);
    this.#buckets = buckets;
    warn();
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
       * Adds the statement though it weakens or ends the isolation of tenants. Leaves a warning at synth. Table and bucket still
       * deny what they are locked against: there it takes effect only with their `lockTenantRoles` off.
       *
       * @default false
       */
      readonly allowIsolationBypass?: boolean;
    } = {},
  ): void {
    const check = new ConfigCheck(this);
    for (const problem of statementProblems(statement)) check.problem(problem);
    check.orThrow();
    const { Sid: sid } = statement;
    const taken = sid !== undefined && this.#additional.some((earlier) => earlier.statement.Sid === sid);
    check.problem(taken ? `'Sid' is "${sid}", which an earlier statement has` : undefined).orThrow();
    const added = { statement, bypass: options.allowIsolationBypass === true, warned: new Set<string>() };
    const additional = [...this.#additional, added];
    const warn = this.#judge([added], this.#tables, this.#buckets);
    const document = policyDocument(...additional.map((each) => each.statement));
    this.#setPolicy('additional', 'What every tenant may do beside its own data.', document);
    this.#additional = additional;
    warn();
  }

  get #lockedRole(): LockedRole {
    return { roleName: this.role.roleName, path: this.#config.path, tenant: this.tenant };
  }

  /**
   * Refuses additional statements that reach this data past the tenant, or warns of those that were taken all the same. A statement
   * that was harmless when it came may reach a table or bucket that is granted later.
   *
   * @returns leaves the warnings, for when all else went well
   */
  #judge(
    additional: readonly AdditionalStatement[],
    tables: readonly ITenantTable[],
    buckets: readonly ITenantBucket[],
  ): () => void {
    const keys = [...tables, ...buckets].flatMap(({ grant: { kms } }) => (kms === undefined ? [] : [kms.keyArn]));
    const data = {
      tableArns: tables.map(({ tableArn }) => tableArn),
      bucketArns: buckets.map(({ bucketArn }) => bucketArn),
      kmsKeyArns: keys,
      tenant: this.tenant,
    };
    const judged = additional.map((each) => ({ ...each, problems: isolationProblems(each.statement, data) }));
    for (const { statement, bypass, problems } of judged) {
      if (problems.length > 0 && !bypass) throw this.#breaksIsolation(statement, problems);
    }
    return () => {
      for (const { problems, warned } of judged) {
        const news = problems.filter((problem) => !warned.has(problem));
        if (news.length > 0) Annotations.of(this).addWarning(`allowIsolationBypass: ${news.join('; ')}.`);
        news.forEach((problem) => warned.add(problem));
      }
    };
  }

  #breaksIsolation({ Sid }: PolicyStatement, problems: readonly string[]): MultiTenantIamError {
    const which = Sid === undefined ? 'the statement' : `statement '${Sid}'`;
    return new MultiTenantIamError(
      'grant.breaks_isolation',
      `${this.node.path}: ${which} would break the isolation of tenants: ${problems.join('; ')}. Narrow it, or take the risk with { allowIsolationBypass: true }.`,
    );
  }

  #setPolicy(kind: 'table' | 'bucket' | 'additional', description: string, document: PolicyDocument): void {
    checkPolicyLength(`${this.node.path}/${kind}_policy`, document);
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
