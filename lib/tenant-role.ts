import type { DataAwsIamPolicyDocument } from '@cdktf/provider-aws/lib/data-aws-iam-policy-document';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role';
import { AwsProvider, type AwsProviderDefaultTags } from '@cdktf/provider-aws/lib/provider';
import { Annotations, TerraformStack, Token } from 'cdktf';
import { Construct } from 'constructs';
import { ConfigCheck } from './config-check';
import { MultiTenantIamError } from './errors';
import { checkAudiences, type IIdentityProvider } from './identity-provider';
import { suffixed, withLogicalId } from './logical-id';
import { renderPolicyDocument } from './policy-document';
import { LIMITS, MAX_SESSION_DURATION_SECONDS, MAX_TRUST_POLICY_CHARACTERS, policyLength } from './policy/limits';
import type { TenantClaim } from './policy/tenant-claim';
import { permissionsTagKey, type TenantPermissions } from './policy/tenant-permissions';
import { trustPolicy } from './policy/trust';
import { checkTags } from './tags';

/** Whose tokens may begin a session, and for whom they must be meant. */
export interface TrustedProvider {
  readonly identityProvider: IIdentityProvider;
  /** Client ids, 1-100 of 1-255 characters; of an identity pool its id. */
  readonly audiences: readonly string[];
}

/** Configuration of `TenantRole`. */
export interface TenantRoleConfig {
  /** Whose tokens may assume the role, at least one. Each gets a statement of its own. */
  readonly trusted: readonly TrustedProvider[];
  /** How the token names the tenant. */
  readonly tenant: TenantClaim;
  /**
   * Roles and permissions that tokens may carry beside the tenant.
   *
   * @default - none: tokens that carry them are refused
   */
  readonly permissions?: TenantPermissions;
  /**
   * Whether tokens must list the role in their claim `https://aws.amazon.com/roles`.
   *
   * @default false
   */
  readonly rolePinning?: boolean;
  /** 1-64 characters of letters, digits and _ + = , . @ - */
  readonly roleName: string;
  /** @default '/' */
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
   * Tags of the role. The keys of the session tags are refused: a tag of the role is a principal tag of each session that brings none.
   *
   * @default - the tags of the AWS provider
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the role; the trust policy's gets the suffix `_trust`.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

/** The one role that all tenants assume, each with its own token. */
export class TenantRole extends Construct {
  readonly roleName: string;
  /** Known after the apply. */
  readonly roleArn: string;
  readonly resource: IamRole;
  readonly trustPolicy: DataAwsIamPolicyDocument;

  /** @throws MultiTenantIamError `config.invalid` or `limit.exceeded` */
  constructor(scope: Construct, id: string, config: TenantRoleConfig) {
    super(scope, id);
    const { trusted, tenant, permissions, rolePinning, roleName, tags } = config;
    const check = checkRoleOptions(new ConfigCheck(this).needs('roleName', roleName, LIMITS.roleName), config);
    const sessionTags = sessionTagKeys(tenant, permissions);
    checkRoleTags(check, tags, sessionTags);
    for (const { audiences } of trusted) checkAudiences(check, audiences);
    check.orThrow();

    const issuers = trusted.map(({ identityProvider: { identityProviderArn, issuer }, audiences }) => ({
      identityProviderArn,
      issuer,
      audiences,
    }));
    const trust = trustPolicy({ issuers, tenant, permissions, rolePinning });
    const providers = trusted.flatMap(({ identityProvider: { resource } }) => resource ?? []);
    this.#checkLength(policyLength(trust));
    this.trustPolicy = withLogicalId(renderPolicyDocument(this, 'trust', trust), suffixed(config.logicalId, 'trust'));
    const resource = new IamRole(this, 'Resource', {
      name: roleName,
      description: 'Assumed by every tenant with a web identity token; reaches the data of the tenant in the session tag only.',
      path: config.path,
      permissionsBoundary: config.permissionsBoundaryArn,
      maxSessionDuration: config.maxSessionDurationSeconds ?? MAX_SESSION_DURATION_SECONDS.default,
      assumeRolePolicy: this.trustPolicy.json,
      tags,
      dependsOn: providers.length === 0 ? undefined : providers,
    });
    this.resource = withLogicalId(resource, config.logicalId);
    if (sessionTags.length > 0) this.node.addValidation({ validate: () => this.#defaultTagProblems(sessionTags) });
    this.roleName = roleName;
    this.roleArn = this.resource.arn;
  }

  /** The AWS provider's default tags become tags of the role too, whoever made the provider. */
  #defaultTagProblems(sessionTags: readonly string[]): string[] {
    const providers = TerraformStack.of(this)
      .node.findAll()
      .filter((child) => child instanceof AwsProvider);
    const defaultTags = providers.map(({ defaultTagsInput }) => defaultTagsInput).filter(Array.isArray);
    return defaultTags.flat().flatMap(({ tags }: AwsProviderDefaultTags) => {
      const check = new ConfigCheck(this);
      checkRoleTags(check, tags, sessionTags);
      return check.problems.map((problem) => `defaultTags of the AWS provider: ${problem}`);
    });
  }

  #checkLength(length: number): void {
    const { default: quota, onRequest } = MAX_TRUST_POLICY_CHARACTERS;
    const said = `${this.node.path}: the trust policy has ${length} characters, IAM's quota is ${quota} and ${onRequest} on request`;
    if (length > onRequest) {
      throw new MultiTenantIamError('limit.exceeded', `${said}: name fewer issuers, roles or audiences, or shorter ones.`);
    }
    if (length > quota) {
      Annotations.of(this).addWarning(`${said}: raise the quota before the apply, or name fewer issuers, roles or audiences.`);
    }
  }
}

/** Checks what may be set of the role itself. */
export function checkRoleOptions(
  check: ConfigCheck,
  options: Pick<Partial<TenantRoleConfig>, 'roleName' | 'path' | 'permissionsBoundaryArn' | 'maxSessionDurationSeconds'>,
): ConfigCheck {
  return check
    .fits('roleName', options.roleName, LIMITS.roleName)
    .fits('path', options.path, LIMITS.path)
    .fits('permissionsBoundaryArn', options.permissionsBoundaryArn, LIMITS.permissionsBoundaryArn)
    .within('maxSessionDurationSeconds', options.maxSessionDurationSeconds, MAX_SESSION_DURATION_SECONDS);
}

/** Keys of the session tags that decide what a session may do. */
export function sessionTagKeys(tenant: TenantClaim, permissions: TenantPermissions | undefined): string[] {
  return [
    ...(tenant.kind === 'session-tag' ? [tenant.tagKey] : []),
    ...(permissions === undefined ? [] : [permissionsTagKey(permissions)]),
  ];
}

/** Checks tags that reach the role, its own or those of the provider: none of them may stand for a tag of the session. */
export function checkRoleTags(check: ConfigCheck, tags: unknown, sessionTags: readonly unknown[]): ConfigCheck {
  checkTags(check, tags);
  if (typeof tags !== 'object' || tags === null || Token.isUnresolved(tags)) return check;
  const taken = sessionTags.map((key) => String(key).toLowerCase());
  for (const key of Object.keys(tags).filter((name) => taken.includes(name.toLowerCase()))) {
    check.problem(
      `'tags' must not contain '${key}': as a tag of the role it would give that value to each session that brings no tag of its own`,
    );
  }
  return check;
}
