import type { TokenTriggerSettings } from 'multi-tenant-data-access/cognito';

/** Settings as the infrastructure makes them, with roles and permissions. */
export const SETTINGS = {
  tenantAttribute: 'custom:tenant_id',
  tenantTagKey: 'tenant_id',
  permissions: {
    tagKey: 'permissions',
    roleAttribute: 'custom:role',
    permissionsAttribute: 'custom:permissions',
    roles: {
      viewer: ['read'],
      editor: ['read', 'write'],
      admin: ['read', 'write', 'delete'],
      uploader: ['bucket:write'],
      guest: [],
      constructor: ['table:read'],
    },
  },
} as const satisfies TokenTriggerSettings;

/** Settings for a table and a bucket that ask for no permissions. */
export const PLAIN_SETTINGS: TokenTriggerSettings = { tenantAttribute: 'custom:tenant_id', tenantTagKey: 'tenant_id' };

/** The record of a user of acme, as Cognito hands it to a trigger, these attributes put over it; undefined takes one away. */
export function userWith(attributes: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const record: Record<string, unknown> = {
    sub: '9f6c2a10-3b1f-4c57-9d61-1f4b0a6f3e77',
    email: 'ann@acme.example',
    email_verified: 'true',
    'cognito:user_status': 'CONFIRMED',
    'custom:tenant_id': 'acme',
    ...attributes,
  };
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Record<string, string>;
}

/** How a person may come to tokens: each has its own value in the event. */
export const TRIGGER_SOURCES = [
  'TokenGeneration_HostedAuth',
  'TokenGeneration_Authentication',
  'TokenGeneration_NewPasswordChallenge',
  'TokenGeneration_AuthenticateDevice',
  'TokenGeneration_RefreshTokens',
] as const;

/**
 * The event of a sign-in, of a trigger of version V2_0.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
 */
export function signIn(userAttributes = userWith(), event: Readonly<Record<string, unknown>> = {}) {
  return {
    version: '2',
    triggerSource: 'TokenGeneration_Authentication',
    region: 'eu-central-1',
    userPoolId: 'eu-central-1_a1B2c3D4e',
    userName: 'ann',
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: '1example23456789' },
    request: {
      userAttributes,
      groupConfiguration: { groupsToOverride: ['staff'], iamRolesToOverride: [] as string[], preferredRole: null },
      scopes: ['aws.cognito.signin.user.admin', 'openid'],
    },
    response: { claimsAndScopeOverrideDetails: null as unknown },
    ...event,
  };
}
