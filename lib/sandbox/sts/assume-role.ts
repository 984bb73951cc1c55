import type { AuditTrail } from '../audit/audit-trail';
import type { Estate } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import type { QueryForm } from './query-form';
import { assumedRoleId, roleSession } from './role-session';
import { inlineSessionPolicy, managedSessionPolicies, packedPolicySize } from './session-policies';
import type { Sessions } from './sessions';
import { stsAnswer } from './sts-answer';
import type { TrustCircumstances } from './trust-requests';
import { trustingRole } from './trusting-role';
import type { WebIdentities } from './web-identities';
import { type WebIdentityParameters, webIdentityParameters } from './web-identity-parameters';

const ACTION = 'AssumeRoleWithWebIdentity';

/** Codes of refusals. Behind other codes it never comes to a decision. */
const REFUSALS = ['AccessDenied', 'ExpiredTokenException', 'InvalidIdentityToken'];

/** Where a request comes from. */
type Origin = Pick<TrustCircumstances, 'headers' | 'region'>;

/** Begins sessions of roles for tokens. */
export class AssumeRole {
  constructor(
    private readonly estate: Estate,
    private readonly identities: WebIdentities,
    private readonly sessions: Sessions,
    private readonly clock: () => number,
  ) {}

  /**
   * Looks at the parameters first, then at the token, then asks the trust policy; only who may assume the role learns more of it.
   *
   * @throws AwsError as STS has it
   * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
   */
  async answer(form: QueryForm, request: AwsRequest, trail: AuditTrail, region: string): Promise<AwsAnswer> {
    try {
      return await this.#begin(webIdentityParameters(form), { headers: request.headers, region }, trail);
    } catch (error) {
      if (error instanceof AwsError) {
        const refused = REFUSALS.includes(error.code);
        trail.decision = refused ? 'deny' : 'error';
        trail.reason = refused ? (trail.reason ?? error.message) : error.message;
      }
      throw error;
    }
  }

  async #begin(parameters: WebIdentityParameters, origin: Origin, trail: AuditTrail): Promise<AwsAnswer> {
    const { roleArn, policy, policyArns, durationSeconds, roleSessionName } = parameters;
    const inline = policy === undefined ? [] : [inlineSessionPolicy(policy)];
    const identity = await this.identities.identify(parameters.token, roleArn.slice(0, roleArn.indexOf('role/')));
    trail.caller = { kind: 'token', tags: identity.tags.tags };
    trail.resources = [roleArn];
    if (identity.roles?.includes(roleArn) === false) {
      throw new AwsError('InvalidIdentityToken', 'The roles of the token do not include the role that was asked for');
    }

    const role = await trustingRole(this.estate, identity, roleArn, { ...origin, now: this.clock(), roleSessionName }, trail);
    if (role === undefined) throw notAuthorized();
    if (durationSeconds > role.maxSessionDurationSeconds) {
      throw new AwsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
    }
    const policies = [...inline, ...(await managedSessionPolicies(policyArns, policy, this.estate))];
    const packed = packedPolicySize(policy, policyArns, identity.tags);
    trail.decision = 'allow';

    const now = this.clock();
    const limits = policies.length === 0 ? undefined : policies;
    const session = roleSession({ identity, role, roleSessionName, durationSeconds, policies: limits, now });
    const issued = this.sessions.issue(session, now);
    return stsAnswer(ACTION, {
      Credentials: {
        AccessKeyId: issued.accessKeyId,
        SecretAccessKey: issued.secretAccessKey,
        SessionToken: issued.sessionToken,
        Expiration: new Date(session.expiresAt).toISOString(),
      },
      SubjectFromWebIdentityToken: identity.subject,
      AssumedRoleUser: { Arn: session.principal.sessionArn, AssumedRoleId: assumedRoleId({ role, roleSessionName }) },
      // Both, as clients of before 2026 know the first only.
      PackedPolicySize: packed,
      SessionTokenUtilization: packed,
      SessionTokenSize: issued.sessionToken.length,
      Provider: identity.provider.arn,
      Audience: identity.audience,
      SourceIdentity: identity.sourceIdentity,
    });
  }
}

function notAuthorized(): AwsError {
  return new AwsError('AccessDenied', `Not authorized to perform sts:${ACTION}`, 403);
}
