import { type Conditions, type PolicyDocument, policyDocument, type PolicyStatement } from './document';
import { DEFAULT_TENANT_CLAIM, tenantAdmission, type TenantClaim } from './tenant-claim';
import type { TenantPermissions } from './tenant-permissions';

/** Host of the issuer of all Cognito identity pools, which IAM knows without an OIDC provider. */
export const IDENTITY_POOL_ISSUER = 'cognito-identity.amazonaws.com';

/** An issuer whose tokens may begin sessions. */
export interface TrustedIssuer {
  /** ARN of the IAM OIDC provider; of identity pools `cognito-identity.amazonaws.com`. */
  readonly identityProviderArn: string;
  /** The issuer as it stands in condition keys: the URL without `https://`. */
  readonly issuer: string;
  /**
   * Client ids the token may be meant for, at least one; of an identity pool its id. Without them any client of the provider could
   * assume the role.
   */
  readonly audiences: readonly string[];
}

/** Input of `trustPolicy`. */
export interface TrustPolicyInput {
  /** At least one, each with audiences of its own. */
  readonly issuers: readonly TrustedIssuer[];
  /** @default - session tag `tenant_id` */
  readonly tenant?: TenantClaim;
  /**
   * Roles and permissions that a token may carry beside the tenant.
   *
   * @default - none: a token that carries them is refused
   */
  readonly permissions?: TenantPermissions;
  /**
   * Whether a token must list the role in its claim `https://aws.amazon.com/roles`. Identity pools issue no such claim, so theirs are not
   * asked for it.
   *
   * @default false
   */
  readonly rolePinning?: boolean;
}

/**
 * Who may become a tenant: holders of a token of one of these issuers, meant for one of that issuer's audiences, that names exactly one
 * tenant. Each issuer has a statement of its own, so that none vouches for the audience of another.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function trustPolicy(input: TrustPolicyInput): PolicyDocument {
  return policyDocument(
    ...input.issuers.flatMap((issuer, index) => issuerStatements(issuer, index === 0 ? '' : String(index + 1), input)),
  );
}

function issuerStatements(trusted: TrustedIssuer, number: string, input: TrustPolicyInput): PolicyStatement[] {
  const { identityProviderArn, issuer, audiences } = trusted;
  const { tenant = DEFAULT_TENANT_CLAIM, permissions, rolePinning = false } = input;
  const Principal = { Federated: [identityProviderArn] };
  const audience: Conditions = { StringEquals: { [`${issuer}:aud`]: audiences } };
  const session: PolicyStatement = {
    Sid: `TenantSession${number}`,
    Effect: 'Allow',
    Principal,
    // Without TagSession the whole call is denied as soon as the token carries tags.
    Action: tenant.kind === 'session-tag' ? [ASSUME, TAG] : [ASSUME],
    Condition: { ...audience, ...signedIn(issuer), ...tenantAdmission(tenant, permissions) },
  };
  if (!rolePinning || issuer === IDENTITY_POOL_ISSUER) return [session];
  const pinned = {
    ...session,
    Action: [ASSUME],
    Condition: { ...session.Condition, Bool: { 'sts:RoleAuthorizedByIdp': ['true'] } },
  };
  if (tenant.kind !== 'session-tag') return [pinned];
  // AWS documents that key for the one action alone; both actions must be allowed, so the guards on the other suffice.
  return [pinned, { Sid: `TenantTags${number}`, Effect: 'Allow', Principal, Action: [TAG], Condition: audience }];
}

const ASSUME = 'sts:AssumeRoleWithWebIdentity';
const TAG = 'sts:TagSession';

/** An identity pool issues tokens to people who have not signed in, too, if somebody lets it. */
function signedIn(issuer: string): Conditions {
  return issuer === IDENTITY_POOL_ISSUER
    ? { 'ForAnyValue:StringEquals': { [`${IDENTITY_POOL_ISSUER}:amr`]: ['authenticated'] } }
    : {};
}
