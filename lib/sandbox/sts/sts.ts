import type { AuditTrail } from '../audit/audit-trail';
import type { Caller } from '../caller';
import type { IdentityPools } from '../cognito-identity/identity-pool';
import type { Estate } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import type { Place } from '../operation';
import { AssumeRole } from './assume-role';
import { QueryForm } from './query-form';
import type { Sessions } from './sessions';
import { stsAnswer } from './sts-answer';
import type { VerifiedTokens } from './verified-tokens';
import { WebIdentities } from './web-identities';

/** What STS needs. */
export interface StsOptions {
  readonly estate: Estate;
  /** Cognito identity pools, whose tokens it takes. */
  readonly pools: IdentityPools;
  readonly tokens: VerifiedTokens;
  readonly sessions: Sessions;
  readonly place: Pick<Place, 'partition' | 'account'>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

const VERSION = '2011-06-15';
const ADMINISTRATOR = 'sandbox-administrator';

/** Actions of STS that the sandbox answers to nobody, and whether they are for callers that have not signed. */
const NOT_SERVED: Readonly<Record<string, 'signed' | 'unsigned'>> = {
  AssumeRole: 'signed',
  AssumeRoleWithSAML: 'unsigned',
  AssumeRoot: 'signed',
  DecodeAuthorizationMessage: 'signed',
  GetAccessKeyInfo: 'signed',
  GetDelegatedAccessToken: 'signed',
  GetFederationToken: 'signed',
  GetSessionToken: 'signed',
  GetWebIdentityToken: 'signed',
};

/** The Security Token Service: begins sessions for tokens, and says who somebody is. Nothing else begins a session. */
export class Sts {
  readonly #place: StsOptions['place'];
  readonly #assumeRole: AssumeRole;

  constructor({ estate, pools, tokens, sessions, place, clock }: StsOptions) {
    const identities = new WebIdentities(estate, pools, tokens);
    this.#place = place;
    this.#assumeRole = new AssumeRole(estate, identities, sessions, clock);
  }

  /**
   * Answers a request in the query protocol.
   *
   * @param caller as the signature proves; AssumeRoleWithWebIdentity is for everybody
   * @param trail is told operation, caller, decision and reason
   * @param region that the request is signed for, or that of the sandbox
   * @throws AwsError in the words of STS, to be written in the query protocol
   */
  async handle(request: AwsRequest, caller: Caller, trail: AuditTrail, region: string): Promise<AwsAnswer> {
    trail.decision = 'error';
    const form = new QueryForm(request);
    const action = form.get('Action');
    if (action === undefined) throw new AwsError('MissingAction', 'The request must contain the parameter Action');
    const version = form.get('Version') ?? 'NO_VERSION_SPECIFIED';
    const known = action === 'AssumeRoleWithWebIdentity' || action === 'GetCallerIdentity' || Object.hasOwn(NOT_SERVED, action);
    if (!known || version !== VERSION) {
      throw new AwsError('InvalidAction', `Could not find operation ${action.slice(0, 64)} for version ${version.slice(0, 64)}`);
    }
    trail.operation = `sts:${action}`;
    if (action === 'AssumeRoleWithWebIdentity') return this.#assumeRole.answer(form, request, trail, region);
    if (action === 'GetCallerIdentity') return this.#identify(caller, trail);
    throw refuse(action, caller, trail);
  }

  /** Everybody may ask who they are, whatever policies say. */
  #identify(caller: Caller, trail: AuditTrail): AwsAnswer {
    if (caller.kind === 'anonymous') throw unsigned(trail);
    trail.decision = 'allow';
    trail.reason = 'sts:GetCallerIdentity needs no permission';
    const { partition, account } = this.#place;
    if (caller.kind === 'administrator') {
      const arn = `arn:${partition}:iam::${account}:user/${ADMINISTRATOR}`;
      return stsAnswer('GetCallerIdentity', { Arn: arn, UserId: 'AIDASANDBOXADMINISTRAT', Account: account });
    }
    const { principal, context } = caller.session;
    return stsAnswer('GetCallerIdentity', {
      Arn: principal.sessionArn,
      UserId: String(context['aws:userid']),
      Account: principal.account,
    });
  }
}

function refuse(action: string, caller: Caller, trail: AuditTrail): AwsError {
  if (caller.kind === 'administrator') {
    trail.reason = `the sandbox does not serve sts:${action}`;
    return new AwsError('InvalidAction', `The sandbox does not serve sts:${action}.`);
  }
  if (caller.kind === 'anonymous' && NOT_SERVED[action] === 'signed') return unsigned(trail);
  trail.decision = 'deny';
  trail.reason = `the sandbox allows sts:${action} to nobody`;
  const who = caller.kind === 'session' ? `User: ${caller.session.principal.sessionArn} is not` : 'Not';
  return new AwsError('AccessDenied', `${who} authorized to perform: sts:${action}`, 403);
}

function unsigned(trail: AuditTrail): AwsError {
  trail.decision = 'deny';
  trail.reason = 'the request is not signed';
  return new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
}
