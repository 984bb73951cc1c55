import { CognitoIdentityPool } from '@cdktf/provider-aws/lib/cognito-identity-pool';
import { CognitoIdentityPoolProviderPrincipalTag } from '@cdktf/provider-aws/lib/cognito-identity-pool-provider-principal-tag';
import { Construct } from 'constructs';
import { DEFAULT_TENANT_TAG_KEY, ROLE_ATTRIBUTE, TENANT_ATTRIBUTE } from 'multi-tenant-data-access/tenancy';
import { assertConfig, ConfigCheck } from './config-check';
import { withLogicalId } from './logical-id';
import { LIMITS } from './policy/limits';
import { PROFILE_ATTRIBUTES } from './policy/profile-attributes';
import { checkTags } from './tags';
import type { ITenantUserPool } from './tenant-user-pool';

/** An identity pool whose tokens name the tenant, as a tenant role needs to know it. */
export interface ITenantIdentityPool {
  /** `<region>:<uuid>` */
  readonly identityPoolId: string;
  /** The resource, if it is made here: then the tenant role becomes the role of those who have signed in. */
  readonly resource?: CognitoIdentityPool;
}

/** What an identity pool makes of a login. */
export interface IdentityPoolSettings {
  /**
   * 1-128 characters of letters, digits, spaces and _ + = , . @ -
   *
   * @default - of the stack's: '<namePrefix>-identities'
   */
  readonly identityPoolName?: string;
  /**
   * Claim of the login's ID token that names the tenant. People must not be able to write it, so standard attributes such as `email`
   * are refused.
   *
   * @default 'custom:tenant_id'
   */
  readonly tenantClaim?: string;
  /**
   * Claim that holds the name of a role, or encoded permissions, where permissions count; as above.
   *
   * @default 'custom:role'
   */
  readonly permissionsClaim?: string;
  /**
   * Whether applications may also get the pool's token and choose the role, the length and the name of the session by themselves (the
   * basic flow of `multi-tenant-data-access`). The choice is among all roles that trust the pool.
   *
   * @default false - the pool gives credentials of the tenant role (the enhanced flow)
   */
  readonly allowClassicFlow?: boolean;
}

/** Configuration of `TenantIdentityPool`. */
export interface TenantIdentityPoolConfig extends IdentityPoolSettings {
  readonly identityPoolName: string;
  /** By whose ID tokens people sign in. */
  readonly userPool: ITenantUserPool;
  /**
   * Key of the session tag that gets the tenant.
   *
   * @default 'tenant_id'
   */
  readonly tenantTagKey?: string;
  /**
   * Key of the session tag that gets the permissions.
   *
   * @default - none: permissions do not count
   */
  readonly permissionsTagKey?: string;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the pool and its tag map.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

const SETTINGS = {
  identityPoolName: true,
  tenantClaim: true,
  permissionsClaim: true,
  allowClassicFlow: true,
} as const satisfies Record<keyof IdentityPoolSettings, true>;

const OPTIONS = {
  ...SETTINGS,
  userPool: true,
  tenantTagKey: true,
  permissionsTagKey: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof TenantIdentityPoolConfig, true>;

/**
 * A Cognito identity pool that turns claims of a login into session tags, without a Lambda function. Nobody gets in without a login.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html
 */
export class TenantIdentityPool extends Construct implements ITenantIdentityPool {
  /** Known after the apply. */
  readonly identityPoolId: string;
  readonly resource: CognitoIdentityPool;
  readonly principalTags: CognitoIdentityPoolProviderPrincipalTag;

  /** @throws MultiTenantIamError `config.invalid` */
  constructor(scope: Construct, id: string, config: TenantIdentityPoolConfig) {
    super(scope, id);
    assertConfig(this, config);
    const check = new ConfigCheck(this).onlyKnown(config, OPTIONS);
    check
      .needs('identityPoolName', config.identityPoolName, LIMITS.userPoolName)
      .fits('tenantTagKey', config.tenantTagKey, LIMITS.tagKey)
      .fits('permissionsTagKey', config.permissionsTagKey, LIMITS.tagKey);
    const users: unknown = config.userPool;
    if (!check.object('userPool', users ?? null)) check.orThrow();
    checkTags(checkIdentityPoolSettings(check, config), config.tags).orThrow();
    const { userPool, tenantTagKey = DEFAULT_TENANT_TAG_KEY, permissionsTagKey, logicalId } = config;
    const { tenantClaim = TENANT_ATTRIBUTE, permissionsClaim = ROLE_ATTRIBUTE } = config;

    const resource = new CognitoIdentityPool(this, 'Resource', {
      identityPoolName: config.identityPoolName,
      allowUnauthenticatedIdentities: false,
      allowClassicFlow: config.allowClassicFlow ?? false,
      cognitoIdentityProviders: [{ providerName: userPool.issuer, clientId: userPool.clientId, serverSideTokenCheck: true }],
      tags: config.tags,
    });
    this.resource = withLogicalId(resource, logicalId);
    const principalTags = new CognitoIdentityPoolProviderPrincipalTag(this, 'principal_tags', {
      identityPoolId: this.resource.id,
      identityProviderName: userPool.issuer,
      useDefaults: false,
      principalTags: {
        [tenantTagKey]: tenantClaim,
        ...(permissionsTagKey !== undefined && { [permissionsTagKey]: permissionsClaim }),
      },
    });
    this.principalTags = withLogicalId(principalTags, logicalId);
    this.identityPoolId = this.resource.id;
  }
}

/** Checks what an identity pool makes of a login. */
export function checkIdentityPoolSettings(check: ConfigCheck, settings: IdentityPoolSettings): ConfigCheck {
  for (const name of ['tenantClaim', 'permissionsClaim'] as const) {
    const claim = settings[name];
    if (claim === undefined || !PROFILE_ATTRIBUTES.includes(claim)) continue;
    check.problem(`'${name}' is '${claim}', which people write themselves: give an attribute of your own, 'custom:...'`);
  }
  return check
    .fits('identityPoolName', settings.identityPoolName, LIMITS.userPoolName)
    .fits('tenantClaim', settings.tenantClaim, LIMITS.claimName)
    .fits('permissionsClaim', settings.permissionsClaim, LIMITS.claimName)
    .oneOf('allowClassicFlow', settings.allowClassicFlow, [true, false]);
}

/** Names of the settings, for who takes them among others. */
export const IDENTITY_POOL_SETTINGS = SETTINGS;
