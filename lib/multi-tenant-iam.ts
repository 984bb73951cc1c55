import { CognitoIdentityPoolRolesAttachment } from '@cdktf/provider-aws/lib/cognito-identity-pool-roles-attachment';
import type { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment';
import { Annotations, TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import { AwsEnvironment } from './aws-environment';
import { assertConfig, ConfigCheck } from './config-check';
import { MultiTenantIamError } from './errors';
import { identitiesOf, type Identity, trustedProvider } from './identity-config';
import type { IIdentityProvider } from './identity-provider';
import { suffixed, withLogicalId } from './logical-id';
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
import { TokenTrigger } from './token-trigger';

/** A statement beside the tenant's own data; one with `bypass` was taken although it weakens isolation, of which `warned` was said. */
interface AdditionalStatement {
  readonly statement: PolicyStatement;
  readonly bypass: boolean;
  readonly warned: Set<string>;
}

/**
 * One role for all tenants: identity providers that name the tenant of each token, a role that only such tokens may assume, and
 * managed policies that let a session reach its own tenant's items and objects only.
 *
 * @example
 * ```ts
 * const iam = new MultiTenantIam(this, 'tenants', {
 *   identity: { issuerUrl: 'https://login.example.com', audience: 'my-client-id' },
 *   permissions: { roles: { viewer: ['read'], editor: ['read', 'write'] } },
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
  /** Whose tokens are trusted, in the order of the configuration. */
  readonly identityProviders: readonly IIdentityProvider[];
  /** The function that puts the tenant into tokens of an existing user pool, if it was asked for. */
  readonly tokenTrigger?: TokenTrigger;
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
    const {
      tenantTagKey = DEFAULT_TENANT_TAG_KEY,
      customClaim,
      permissions,
      namePrefix = DEFAULT_NAME_PREFIX,
      logicalId,
      tags,
    } = config;
    this.#config = config;
    const identities = identitiesOf(config);
    const trusted = identities.map((identity, index) =>
      trustedProvider(this, numbered('identity_provider', index), identity, { tags, logicalId: numbered(logicalId, index) }),
    );
    this.identityProviders = trusted.map(({ identityProvider }) => identityProvider);
    this.tenant =
      customClaim === undefined
        ? { kind: 'session-tag', tagKey: tenantTagKey }
        : { kind: 'custom-claim', issuer: this.identityProviders[0]?.issuer ?? '', claim: customClaim };
    this.tenantVariable = tenantVariable(this.tenant);
    this.role = new TenantRole(this, 'role', {
      trusted,
      tenant: this.tenant,
      permissions,
      rolePinning: config.rolePinning,
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
    this.#warnOfPoolsHere(identities);
    this.#assignRole(identities);
    this.tokenTrigger = this.#tokenTrigger(identities, `${namePrefix}-token`);
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
    const document = tableAccessPolicy({
      tables: tables.map(({ grant }) => grant),
      tenant: this.tenant,
      permissions: this.#config.permissions,
    });
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
    const document = bucketAccessPolicy({
      buckets: buckets.map(({ grant }) => grant),
      tenant: this.tenant,
      permissions: this.#config.permissions,
    });
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

  #warnOfPoolsHere(identities: readonly Identity[]): void {
    const here = TerraformStack.of(this);
    const pools = identities.flatMap(({ userPool, identityPool }) => userPool ?? identityPool ?? []);
    if (!pools.some((pool) => Construct.isConstruct(pool) && TerraformStack.of(pool) === here)) return;
    Annotations.of(this).addWarning(
      'identity: the pool is in the same stack, so the first plan shows the trust policy as known after apply. In a stack of its own, deployed before, the policy can be reviewed.',
    );
  }

  /** Of an identity pool that is made here: those who have signed in get credentials of the tenant role. */
  #assignRole(identities: readonly Identity[]): void {
    const pools = identities.flatMap(({ identityPool }) => (identityPool?.resource === undefined ? [] : [identityPool]));
    pools.forEach(({ identityPoolId }, index) => {
      const roles = new CognitoIdentityPoolRolesAttachment(this, numbered('identity_pool_roles', index), {
        identityPoolId,
        roles: { authenticated: this.role.roleArn },
      });
      withLogicalId(roles, numbered(this.#config.logicalId, index));
    });
  }

  #tokenTrigger(identities: readonly Identity[], functionName: string): TokenTrigger | undefined {
    const userPoolId = identities.find(({ tokenTrigger }) => tokenTrigger === true)?.userPoolId;
    if (userPoolId === undefined) return undefined;
    const { tenantTagKey, permissions, rolePinning, tags, logicalId } = this.#config;
    const aws = AwsEnvironment.of(this);
    return new TokenTrigger(this, 'token_trigger', {
      functionName,
      userPoolArn: aws.arn('cognito-idp', `userpool/${userPoolId}`),
      tenantTagKey,
      permissions,
      roleArns: rolePinning === true ? [aws.roleArn(this.role.roleName, this.#config.path)] : undefined,
      tags,
      logicalId: suffixed(logicalId, 'token'),
    });
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

/** A name for each of several: the first keeps it, so that a second one moves no address. */
function numbered<Name extends string | undefined>(name: Name, index: number): Name {
  return (index === 0 || name === undefined ? name : `${name}_${index + 1}`) as Name;
}
