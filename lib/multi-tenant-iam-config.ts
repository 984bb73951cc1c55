import { DEFAULT_TENANT_TAG_KEY } from 'multi-tenant-data-access/tenancy';
import type { ConfigCheck } from './config-check';
import { checkIdentity, IDENTITY_OPTIONS, type IdentityConfig } from './identity-config';
import { LIMITS } from './policy/limits';
import { permissionsTagKey, type TenantPermissions } from './policy/tenant-permissions';
import { checkPermissions } from './permissions-config';
import type { ITenantBucket } from './tenant-bucket';
import { checkRoleOptions, checkRoleTags } from './tenant-role';
import type { ITenantTable } from './tenant-table';

/** Options of `MultiTenantIam` beside those that say whose tokens are trusted. */
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
   * Reads the tenant from this claim of the token, as `<issuer>:<claim>`, in place of the session tag: 1-128 characters of letters,
   * digits and _ . : / -. AWS makes no condition key of a custom claim, so on AWS nobody gets in: only for emulators and providers that
   * do. Leaves a warning at synth, but for `sub`, which AWS knows and which makes each user a tenant. `aud`, `amr` and `oaud` tell no
   * tenants apart and are refused.
   *
   * @default - the session tag
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
   */
  readonly customClaim?: string;
  /**
   * What the roles of users may do with their own tenant's data, and the session tag that says which role a user has:
   * `{ roles: { viewer: ['read'], editor: ['read', 'write'] } }`. The tag holds the name of a role, or permissions as
   * `encodePermissions` of `multi-tenant-data-access/tenancy` writes them. A session without the tag may do nothing.
   *
   * @default - every user of a tenant may read, write and delete
   */
  readonly permissions?: TenantPermissions;
  /**
   * Whether tokens must list the tenant role in their claim `https://aws.amazon.com/roles`. Identity pools issue no such claim.
   *
   * @default false
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
   */
  readonly rolePinning?: boolean;
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
   * Tags of role, policies and identity provider, at most 50; never the keys of the session tags.
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

/** Configuration of `MultiTenantIam`. */
export type MultiTenantIamConfig = MultiTenantIamOptions & IdentityConfig;

/** Names of the options of `MultiTenantIam`. */
const OPTIONS = {
  ...IDENTITY_OPTIONS,
  table: true,
  bucket: true,
  tenantTagKey: true,
  customClaim: true,
  permissions: true,
  rolePinning: true,
  namePrefix: true,
  roleName: true,
  path: true,
  permissionsBoundaryArn: true,
  maxSessionDurationSeconds: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof MultiTenantIamOptions | keyof typeof IDENTITY_OPTIONS, true>;

export const DEFAULT_NAME_PREFIX = 'multi-tenant-iam';

/** Claims that AWS does make condition keys, but that many tenants share. */
const NO_TENANTS = ['aud', 'amr', 'oaud'];

/** Checks all of a configuration. */
export function checkMultiTenantIam(check: ConfigCheck, config: MultiTenantIamConfig): ConfigCheck {
  check.onlyKnown(config, OPTIONS);
  for (const name of ['table', 'bucket'] as const) {
    const value: unknown = config[name];
    if (check.object(name, value) && !('grant' in value)) {
      check.problem(`'${name}' must be a Tenant${name === 'table' ? 'Table' : 'Bucket'}, made with new or with from...`);
    }
  }
  checkIdentity(check, config);
  checkMultiTenantIamOptions(check, config);
  return checkTogether(check, config);
}

/** Checks what identity and other options say together. */
export function checkTogether(
  check: ConfigCheck,
  config: { readonly identity?: unknown; readonly tokenTrigger?: unknown } & MultiTenantIamOptions,
): ConfigCheck {
  const { identity, tokenTrigger, customClaim, rolePinning } = config;
  const entries: readonly unknown[] = identity === undefined ? [] : [identity].flat();
  const pools = entries.filter((entry) => typeof entry === 'object' && entry !== null && 'identityPool' in entry);
  if (customClaim !== undefined && entries.length > 1) {
    check.problem("'customClaim' goes with one issuer: another's claim has another condition key");
  }
  const triggers = [{ tokenTrigger }, ...entries].map((entry) => (entry as { tokenTrigger?: unknown } | null)?.tokenTrigger);
  if (customClaim !== undefined && triggers.includes(true)) {
    check.problem("'customClaim' and 'tokenTrigger' exclude each other: the function puts the tenant into a session tag");
  }
  if (customClaim !== undefined && pools.length > 0) check.problem("'customClaim' and 'identityPool' exclude each other");
  if (rolePinning === true && entries.length > 0 && pools.length === entries.length) {
    check.problem("'rolePinning' needs an OIDC issuer or a user pool: identity pools list no roles");
  }
  return check;
}

/** The same without what is said of identity. */
export function checkMultiTenantIamOptions(check: ConfigCheck, options: MultiTenantIamOptions): ConfigCheck {
  const { tenantTagKey = DEFAULT_TENANT_TAG_KEY, customClaim, permissions, rolePinning, namePrefix, tags } = options;
  checkPermissions(check, permissions, tenantTagKey)
    .oneOf('rolePinning', rolePinning, [true, false])
    .atMostOne(options, ['permissions', 'customClaim']);
  check
    .atMostOne(options, ['tenantTagKey', 'customClaim'])
    .fits('tenantTagKey', tenantTagKey, LIMITS.tagKey)
    .fits('customClaim', customClaim, LIMITS.claimName)
    .fits('namePrefix', namePrefix, LIMITS.namePrefix);
  if (customClaim !== undefined && NO_TENANTS.includes(customClaim)) {
    check.problem(`'customClaim' is '${customClaim}', which tells no tenants apart`);
  }
  checkRoleOptions(check, options);
  // Plain JSON may say null, which was told of above.
  return checkRoleTags(check, tags, [tenantTagKey, ...(permissions ? [permissionsTagKey(permissions)] : [])]);
}
