import { type PolicyDocument, policyDocument } from './document';
import { DEFAULT_TENANT_CLAIM, tenantAdmission, type TenantClaim } from './tenant-claim';

/** Input of `trustPolicy`. */
export interface TrustPolicyInput {
  /** ARN of the IAM OIDC provider. */
  readonly identityProviderArn: string;
  /** The issuer as it stands in condition keys: the URL without `https://`. */
  readonly issuer: string;
  /** Client ids the token may be meant for, at least one. Without them any client of the provider could assume the role. */
  readonly audiences: readonly string[];
  /** @default - session tag `tenant_id` */
  readonly tenant?: TenantClaim;
}

/**
 * Who may become a tenant: holders of a token of this issuer, meant for one of these audiences, that names exactly one tenant.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function trustPolicy(input: TrustPolicyInput): PolicyDocument {
  const { identityProviderArn, issuer, audiences, tenant = DEFAULT_TENANT_CLAIM } = input;
  return policyDocument({
    Sid: 'TenantSession',
    Effect: 'Allow',
    Principal: { Federated: [identityProviderArn] },
    // Without TagSession the whole call is denied as soon as the token carries tags.
    Action: tenant.kind === 'session-tag' ? ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'] : ['sts:AssumeRoleWithWebIdentity'],
    Condition: { StringEquals: { [`${issuer}:aud`]: audiences }, ...tenantAdmission(tenant) },
  });
}
