import type { PolicyStatement } from './document';
import type { TenantClaim } from './tenant-claim';

/** A tenant role that the policy on a table or bucket keeps to its own tenant's data, whatever the role's own policies allow. */
export interface RoleLock {
  /** ARN of the role with its path, for example `arn:aws:iam::123456789012:role/tenants/app-tenant`. */
  readonly roleArn: string;
  /** @default - session tag `tenant_id` */
  readonly tenant?: TenantClaim;
}

/** What a statement denies. */
type Denied = Pick<PolicyStatement, 'Action' | 'NotAction' | 'Resource' | 'NotResource' | 'Condition'>;

/**
 * Denies something to all sessions of a role.
 *
 * The role stands in a condition: `aws:PrincipalArn` of a session is the ARN of its role. As `Principal` AWS would store the role's
 * unique id, which silently stops to match once the role is made anew, and S3 refuses a policy whose role does not exist yet.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
 */
export function denyRole({ roleArn }: RoleLock, sid: string, denied: Denied): PolicyStatement {
  return {
    Sid: sid,
    Effect: 'Deny',
    Principal: '*',
    ...denied,
    Condition: { ArnEquals: { 'aws:PrincipalArn': [roleArn] }, ...denied.Condition },
  };
}
