import { decide } from '../../isolation';
import type { AuditTrail } from '../audit/audit-trail';
import { checkOf } from '../audit/verdict';
import { reasonOf } from '../audit/wording';
import type { Estate, EstateRole } from '../estate/estate';
import { type TrustCircumstances, trustRequests } from './trust-requests';
import type { WebIdentity } from './web-identities';

/**
 * The role, if its trust policy allows all that the token asks for. A role that is not there is like one that does not trust the token.
 *
 * @param trail is told each thing that was asked, and why it is refused
 * @returns nothing if it must be refused
 */
export async function trustingRole(
  estate: Estate,
  identity: WebIdentity,
  roleArn: string,
  circumstances: TrustCircumstances,
  trail: AuditTrail,
): Promise<EstateRole | undefined> {
  const role = await estate.role(roleArn);
  if (role === undefined) {
    trail.reason = `there is no role ${roleArn}`;
    return undefined;
  }
  for (const asked of trustRequests(identity, role, circumstances)) {
    const policies = { resource: [role.trust] };
    const check = checkOf({ request: asked, policies, decision: decide(asked, policies) });
    trail.checks.push(check);
    if (check.effect !== 'allow' || trail.reason === undefined) trail.reason = reasonOf(check);
    if (check.effect !== 'allow') return undefined;
  }
  return role;
}
