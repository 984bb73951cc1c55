import { quote, TenantDataAccessError } from '../errors';
import { isTenantTagKey, type PermissionName, roleProblems } from '../tenancy';

/** Environment variable of the Lambda function that holds the settings, as JSON. */
export const TOKEN_TRIGGER_SETTINGS = 'TOKEN_TRIGGER_SETTINGS';

/** What the trigger reads of a user's record, and what it puts into the ID token. Plain JSON; no option has a default. */
export interface TokenTriggerSettings {
  /**
   * Attribute that holds the tenant id: `custom:tenant_id`. It must be immutable and outside the app clients' write attributes, or a
   * person picks the tenant at sign-up. Only custom attributes are taken: users may write the standard ones.
   *
   * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
   */
  readonly tenantAttribute: string;
  /** Key of the session tag that carries the tenant, as the policies read it: `tenant_id`. */
  readonly tenantTagKey: string;
  /**
   * What sessions may do.
   *
   * @default - the token carries no permissions, for policies that ask for none
   */
  readonly permissions?: TokenPermissionSettings;
  /**
   * ARNs of the only roles that STS lets the ID token assume.
   *
   * @default - the token carries no list of roles: any role that trusts it
   */
  readonly roleArns?: readonly string[];
}

/** How a user's record becomes permissions. */
export interface TokenPermissionSettings {
  /** Key of the session tag that carries them: `permissions`. */
  readonly tagKey: string;
  /** Attribute that names one of `roles`: `custom:role`. It must be outside the app clients' write attributes. */
  readonly roleAttribute: string;
  /** Attribute that names permissions, separated by spaces: `custom:permissions`. It must be outside the app clients' write attributes. */
  readonly permissionsAttribute: string;
  /** What each role may do. Names are compared with case. */
  readonly roles: Readonly<Record<string, readonly PermissionName[]>>;
}

/** Cognito's limit for the name of a custom attribute is 20 characters, without the prefix. */
const CUSTOM_ATTRIBUTE = /^custom:[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,20}$/u;
const ATTRIBUTES = "a custom attribute, 'custom:' and 1-20 characters without spaces";
const TAG_KEYS = "1-128 characters of letters, digits, spaces and _ . : / = + - @, not starting with 'aws:'";
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
/** Lambda's limit for all environment variables together, names included. */
const MAX_ENVIRONMENT_BYTES = 4096;

const SETTINGS: Readonly<Record<keyof TokenTriggerSettings, true>> = {
  tenantAttribute: true,
  tenantTagKey: true,
  permissions: true,
  roleArns: true,
};
const PERMISSION_SETTINGS: Readonly<Record<keyof TokenPermissionSettings, true>> = {
  tagKey: true,
  roleAttribute: true,
  permissionsAttribute: true,
  roles: true,
};

/**
 * Checks settings of the trigger, at synth as well as when the function starts. Values are compared as they are: a token of Terraform
 * that is not resolved yet is refused, so check role ARNs with a stand-in.
 *
 * @returns what is wrong; nothing if they can be used
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export function checkTokenTriggerSettings(settings: unknown): string[] {
  if (!isRecord(settings)) return [`the settings are ${quote(settings)}, allowed is an object`];
  const problems = unknownNames(settings, SETTINGS, '');
  const check = checkInto(problems);
  const { tenantAttribute, tenantTagKey, permissions, roleArns } = own(settings);
  check(matches(CUSTOM_ATTRIBUTE, tenantAttribute), 'tenantAttribute', tenantAttribute, ATTRIBUTES);
  check(isTenantTagKey(tenantTagKey), 'tenantTagKey', tenantTagKey, TAG_KEYS);
  if (permissions !== undefined) problems.push(...permissionProblems(permissions, { tenantAttribute, tenantTagKey }));
  if (roleArns !== undefined) {
    const listed = Array.isArray(roleArns) && roleArns.length > 0;
    check(listed, 'roleArns', roleArns, 'a list of at least one ARN');
    for (const arn of listed ? (roleArns as unknown[]) : []) {
      check(matches(ROLE_ARN, arn), 'roleArns', arn, 'arn:<partition>:iam::<account>:role/<name>');
    }
  }
  const bytes = Buffer.byteLength(TOKEN_TRIGGER_SETTINGS + JSON.stringify(settings));
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    problems.push(
      `the settings take ${bytes} bytes, and Lambda allows ${MAX_ENVIRONMENT_BYTES} in all: name fewer or shorter roles`,
    );
  }
  return problems;
}

/**
 * The settings, if they can be used.
 *
 * @throws TenantDataAccessError `config.invalid`
 */
export function checkedSettings(settings: unknown): TokenTriggerSettings {
  const problems = checkTokenTriggerSettings(settings);
  if (problems.length === 0) return settings as TokenTriggerSettings;
  throw new TenantDataAccessError('config.invalid', `The token trigger cannot be configured: ${problems.join('; ')}.`);
}

function permissionProblems(
  given: unknown,
  { tenantAttribute, tenantTagKey }: { readonly tenantAttribute: unknown; readonly tenantTagKey: unknown },
): string[] {
  if (!isRecord(given)) return [`'permissions' is ${quote(given)}, allowed is an object`];
  const problems = unknownNames(given, PERMISSION_SETTINGS, 'permissions.');
  const check = checkInto(problems);
  const { tagKey, roleAttribute, permissionsAttribute, roles } = own(given);
  check(isTenantTagKey(tagKey), 'permissions.tagKey', tagKey, TAG_KEYS);
  // To IAM, keys that differ in case alone are one.
  if (typeof tagKey === 'string' && typeof tenantTagKey === 'string' && tagKey.toLowerCase() === tenantTagKey.toLowerCase()) {
    problems.push(`'permissions.tagKey' and 'tenantTagKey' are both ${quote(tagKey)}: give them two names`);
  }
  check(matches(CUSTOM_ATTRIBUTE, roleAttribute), 'permissions.roleAttribute', roleAttribute, ATTRIBUTES);
  check(matches(CUSTOM_ATTRIBUTE, permissionsAttribute), 'permissions.permissionsAttribute', permissionsAttribute, ATTRIBUTES);
  const attributes = [tenantAttribute, roleAttribute, permissionsAttribute];
  if (new Set(attributes).size < attributes.length) {
    problems.push("'tenantAttribute', 'permissions.roleAttribute' and 'permissions.permissionsAttribute' must be three");
  }
  return [...problems, ...roleProblems(roles).map((problem) => `permissions: ${problem}`)];
}

function checkInto(problems: string[]) {
  return (holds: boolean, name: string, given: unknown, allowed: string): void => {
    if (!holds) problems.push(`'${name}' is ${quote(given)}, allowed is ${allowed}`);
  };
}

function unknownNames(given: object, known: object, where: string): string[] {
  return Object.keys(given)
    .filter((name) => !Object.hasOwn(known, name))
    .map((name) => `unknown setting ${quote(where + name)}, known are ${Object.keys(known).join(', ')}`);
}

/** What the settings themselves say, without what every object inherits. */
function own(given: object): Readonly<Record<string, unknown>> {
  return Object.assign(Object.create(null) as Record<string, unknown>, given);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}
