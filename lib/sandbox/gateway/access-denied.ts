import type { CompiledPolicy, PolicySet } from '../../isolation';
import type { Verdict } from '../audit/verdict';
import { AwsError, type Protocol } from '../http/aws-error';

/**
 * The refusal of a request that is not allowed, in the words of AWS: who, what, on what, and which kind of policy is against it. It names
 * no statement; those stand in the audit log.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function accessDenied({ request, policies, decision }: Verdict, protocol: Protocol): AwsError {
  const { principal, action, resource } = request;
  if (!('account' in principal)) return protocolError(protocol, 'Access Denied');
  const who = principal.kind === 'role-session' ? principal.sessionArn : 'The caller';
  const asked = `User: ${who} is not authorized to perform: ${action} on resource: ${protocol === 's3' ? `"${resource}"` : resource}`;
  if (decision.reason === 'explicit-deny') {
    return protocolError(protocol, `${asked} with an explicit deny in ${kindOf(decision.statement?.policy, policies)}`);
  }
  const kind =
    decision.reason === 'boundary'
      ? 'permissions boundary'
      : decision.reason === 'session-policy'
        ? 'session policy'
        : decision.reason === 'resource-policy'
          ? 'resource-based policy'
          : 'identity-based policy';
  return protocolError(protocol, `${asked} because no ${kind} allows the ${action} action`);
}

/** The refusal of an operation that is not known well enough to be decided about. */
export function unmapped(operation: string, protocol: Protocol): AwsError {
  return protocolError(protocol, `The sandbox does not know which permissions ${operation} needs, so it is denied`);
}

function protocolError(protocol: Protocol, message: string): AwsError {
  return protocol === 'json' || protocol === 'json-1.1'
    ? new AwsError('AccessDeniedException', message, 400)
    : new AwsError('AccessDenied', message, 403);
}

function kindOf(policy: string | undefined, { identity, boundary, session, resource }: PolicySet): string {
  const has = (policies: readonly CompiledPolicy[] | undefined) => policies?.some(({ name }) => name === policy) === true;
  if (has(resource)) return 'a resource-based policy';
  if (has(session)) return 'a session policy';
  return has(boundary) && !has(identity) ? 'a permissions boundary' : 'an identity-based policy';
}
