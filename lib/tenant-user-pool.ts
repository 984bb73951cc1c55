import { CognitoUserPool } from '@cdktf/provider-aws/lib/cognito-user-pool';
import { CognitoUserPoolClient } from '@cdktf/provider-aws/lib/cognito-user-pool-client';
import { Annotations, Token } from 'cdktf';
import { Construct } from 'constructs';
import { MAX_TENANT_ID_LENGTH, PERMISSIONS_ATTRIBUTE, ROLE_ATTRIBUTE, TENANT_ATTRIBUTE } from 'multi-tenant-data-access/tenancy';
import { assertConfig, ConfigCheck } from './config-check';
import { suffixed, withLogicalId } from './logical-id';
import { checkPermissions } from './permissions-config';
import { LIMITS } from './policy/limits';
import { checkTags } from './tags';
import { type TokenTags, TokenTrigger } from './token-trigger';

/** A user pool whose ID tokens name the tenant, as a tenant role needs to know it. */
export interface ITenantUserPool {
  /** The issuer as IAM names it: `cognito-idp.<region>.amazonaws.com/<user pool id>`. */
  readonly issuer: string;
  /** Id of the app client that the tokens are meant for. */
  readonly clientId: string;
}

/** How people sign in, and what a mistake may cost. */
export interface UserPoolSettings {
  /**
   * 1-128 characters of letters, digits, spaces and _ + = , . @ -; with a trigger 1-58, as its function is named after the pool.
   *
   * @default - of the stack's: '<namePrefix>-users'
   */
  readonly userPoolName?: string;
  /**
   * Whether everybody must sign in with a second factor, an authenticator app. `optional` leaves it to each person, and a warning at
   * synth.
   *
   * @default 'required'
   */
  readonly mfa?: 'required' | 'optional';
  /**
   * The shortest password, 8 to 99 characters.
   *
   * @default 12
   */
  readonly passwordMinLength?: number;
  /**
   * AWS refuses to delete the pool. `false` lets a `destroy` take all users and leaves a warning at synth.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
}

/** Configuration of `TenantUserPool`. */
export interface TenantUserPoolConfig extends UserPoolSettings, TokenTags {
  readonly userPoolName: string;
  /**
   * Whether the function is made that puts the tenant into ID tokens. Where an identity pool does it, `false`.
   *
   * @default true
   */
  readonly tokenTrigger?: boolean;
  /** @default - the tags of the AWS provider */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Terraform name of the pool and its companions. Fix it where the construct may move: a changed address replaces the pool.
   *
   * @default - follows the construct's path
   */
  readonly logicalId?: string;
}

const SETTINGS = {
  userPoolName: true,
  mfa: true,
  passwordMinLength: true,
  deletionProtection: true,
} as const satisfies Record<keyof UserPoolSettings, true>;

const OPTIONS = {
  ...SETTINGS,
  tenantTagKey: true,
  permissions: true,
  roleArns: true,
  tokenTrigger: true,
  tags: true,
  logicalId: true,
} as const satisfies Record<keyof TenantUserPoolConfig, true>;

/** What the signed-in person may change of itself. All that decides is missing, of whatever kind it is. */
const WRITABLE = ['email', 'family_name', 'given_name', 'locale', 'name', 'phone_number', 'zoneinfo'];

/**
 * A Cognito user pool whose users belong to tenants. Administrators make users and name their tenant, for ever: the attribute
 * `custom:tenant_id` cannot be changed, and the app client cannot write it. People sign in with their e-mail address and a second factor.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
 */
export class TenantUserPool extends Construct implements ITenantUserPool {
  readonly issuer: string;
  readonly clientId: string;
  /** Known after the apply. */
  readonly userPoolId: string;
  readonly resource: CognitoUserPool;
  readonly client: CognitoUserPoolClient;
  /** The function that puts the tenant into ID tokens, if it is made. */
  readonly tokenTrigger?: TokenTrigger;

  /** @throws MultiTenantIamError `config.invalid` */
  constructor(scope: Construct, id: string, config: TenantUserPoolConfig) {
    super(scope, id);
    assertConfig(this, config);
    const check = new ConfigCheck(this).onlyKnown(config, OPTIONS).needs('userPoolName', config.userPoolName, LIMITS.userPoolName);
    check.oneOf('tokenTrigger', config.tokenTrigger, [true, false]);
    checkTags(
      checkPermissions(checkUserPoolSettings(check, config), config.permissions, config.tenantTagKey),
      config.tags,
    ).orThrow();
    const { mfa = 'required', passwordMinLength = 12, deletionProtection = true, tokenTrigger = true, tags, logicalId } = config;
    const readable = [TENANT_ATTRIBUTE, ...(config.permissions ? [ROLE_ATTRIBUTE, PERMISSIONS_ATTRIBUTE] : [])];

    const resource = new CognitoUserPool(this, 'Resource', {
      name: config.userPoolName,
      userPoolTier: 'ESSENTIALS',
      deletionProtection: deletionProtection ? 'ACTIVE' : 'INACTIVE',
      usernameAttributes: ['email'],
      usernameConfiguration: { caseSensitive: false },
      autoVerifiedAttributes: ['email'],
      userAttributeUpdateSettings: { attributesRequireVerificationBeforeUpdate: ['email'] },
      // Whoever signed up by itself would have no tenant, or, with another client, one of its own choice.
      adminCreateUserConfig: { allowAdminCreateUserOnly: true },
      accountRecoverySetting: { recoveryMechanism: [{ name: 'verified_email', priority: 1 }] },
      mfaConfiguration: mfa === 'required' ? 'ON' : 'OPTIONAL',
      softwareTokenMfaConfiguration: { enabled: true },
      passwordPolicy: {
        minimumLength: passwordMinLength,
        requireLowercase: true,
        requireUppercase: true,
        requireNumbers: true,
        requireSymbols: true,
        temporaryPasswordValidityDays: 3,
      },
      // Those of permissions too, as an attribute of a pool can be added later, but not taken away.
      schema: [TENANT_ATTRIBUTE, ROLE_ATTRIBUTE, PERMISSIONS_ATTRIBUTE].map((name) => customAttribute(name)),
      tags,
    });
    this.resource = withLogicalId(resource, logicalId);
    if (tokenTrigger) {
      this.tokenTrigger = new TokenTrigger(this, 'token_trigger', {
        functionName: functionNameOf(config.userPoolName),
        userPoolArn: this.resource.arn,
        tenantTagKey: config.tenantTagKey,
        permissions: config.permissions,
        roleArns: config.roleArns,
        tags,
        logicalId: suffixed(logicalId, 'token'),
      });
      const { functionArn, resource: triggerFunction } = this.tokenTrigger;
      this.resource.putLambdaConfig({ preTokenGenerationConfig: { lambdaArn: functionArn, lambdaVersion: 'V2_0' } });
      this.resource.dependsOn = [`${triggerFunction.terraformResourceType}.${triggerFunction.friendlyUniqueId}`];
    }
    const client = new CognitoUserPoolClient(this, 'client', {
      name: `${config.userPoolName}-app`,
      userPoolId: this.resource.id,
      explicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      preventUserExistenceErrors: 'ENABLED',
      enableTokenRevocation: true,
      readAttributes: [...readable, 'email', 'email_verified', ...WRITABLE.filter((name) => name !== 'email')].sort(),
      writeAttributes: WRITABLE,
    });
    this.client = withLogicalId(client, suffixed(logicalId, 'app'));
    this.userPoolId = this.resource.id;
    this.issuer = this.resource.endpoint;
    this.clientId = this.client.id;
    if (mfa === 'optional') Annotations.of(this).addWarning('mfa is optional: a stolen password opens the data of its tenant.');
    if (!deletionProtection) Annotations.of(this).addWarning('deletionProtection is off: a destroy takes all users.');
  }
}

function functionNameOf(userPoolName: string): string {
  return `${Token.isUnresolved(userPoolName) ? userPoolName : userPoolName.replace(/[^\w-]/g, '-')}-token`;
}

function customAttribute(attribute: string) {
  return {
    name: attribute.replace('custom:', ''),
    attributeDataType: 'String',
    mutable: attribute !== TENANT_ATTRIBUTE,
    developerOnlyAttribute: false,
    required: false,
    stringAttributeConstraints: {
      minLength: '1',
      maxLength: attribute === TENANT_ATTRIBUTE ? String(MAX_TENANT_ID_LENGTH) : '256',
    },
  };
}

/** Checks how people sign in. */
export function checkUserPoolSettings(check: ConfigCheck, settings: UserPoolSettings): ConfigCheck {
  return check
    .fits('userPoolName', settings.userPoolName, LIMITS.userPoolName)
    .oneOf('mfa', settings.mfa, ['required', 'optional'])
    .within('passwordMinLength', settings.passwordMinLength, { min: 8, max: 99 })
    .oneOf('deletionProtection', settings.deletionProtection, [true, false]);
}

/** Names of the settings, for who takes them among others. */
export const USER_POOL_SETTINGS = SETTINGS;
