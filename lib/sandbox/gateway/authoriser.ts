import { type AccessRequest, compilePolicy, type ContextEntries, decide, type PolicySet, RequestContext } from '../../isolation';
import type { Verdict } from '../audit/verdict';
import type { Caller } from '../caller';
import type { Estate } from '../estate/estate';
import type { ResourcePolicies } from '../estate/resource-policies';
import type { Permission } from '../operation';
import type { RoleSession } from '../sts/sessions';

/** Asks the policies of the estate. */
export class Authoriser {
  constructor(
    private readonly estate: Estate,
    private readonly resourcePolicies: ResourcePolicies,
    private readonly account: string,
  ) {}

  /**
   * Decides about one permission for a session or for somebody without one. A role that is gone allows nothing.
   *
   * @param circumstances condition keys of the request whatever the service
   */
  async decide(
    caller: Exclude<Caller, { kind: 'administrator' }>,
    permission: Permission,
    circumstances: ContextEntries,
  ): Promise<Verdict> {
    const { action, resource, owner, context = {} } = permission;
    const resourceAccount = accountOf(resource) ?? this.account;
    const request: AccessRequest = {
      principal: caller.kind === 'session' ? caller.session.principal : { kind: 'anonymous' },
      action,
      resource,
      resourceAccount,
      context: contextOf(caller).with({ 'aws:ResourceAccount': resourceAccount }).with(circumstances).with(context),
    };
    const own = owner === undefined ? undefined : this.resourcePolicies.get(owner);
    const policies = { ...(await this.#policiesOf(caller)), resource: own === undefined ? [] : [own.compiled] };
    return { request, policies, decision: decide(request, policies) };
  }

  async #policiesOf(caller: Exclude<Caller, { kind: 'administrator' }>): Promise<PolicySet> {
    if (caller.kind === 'anonymous') return {};
    const { principal, policies: session } = caller.session;
    const role = await this.estate.role(principal.roleArn);
    // Nothing that others grant reaches the session of a role that is no more.
    if (role === undefined) return { identity: [], boundary: [NOTHING] };
    return { identity: role.identity, boundary: role.boundary && [role.boundary], session };
  }
}

/** What is known of whoever asks: for a session read once, as it is the same for each of its requests. */
function contextOf(caller: Exclude<Caller, { kind: 'administrator' }>): RequestContext {
  if (caller.kind === 'anonymous') return WITHOUT_SESSION;
  const known = OF_SESSIONS.get(caller.session);
  if (known !== undefined) return known;
  const context = WITHOUT_SESSION.with(caller.session.context);
  OF_SESSIONS.set(caller.session, context);
  return context;
}

const OF_SESSIONS = new WeakMap<RoleSession, RequestContext>();

const NOTHING = compilePolicy(
  'the role is gone',
  { Version: '2012-10-17', Statement: { Sid: 'NoSuchRole', Effect: 'Deny', Action: '*', Resource: '*' } },
  'identity',
);

/** All tags of a session are known. */
const FAMILIES = ['aws:PrincipalTag/'];

/** Keys that no request to the sandbox has: it comes over loopback, for nobody else, and the account is in no organisation. */
const ABSENT: ContextEntries = {
  'aws:CalledVia': undefined,
  'aws:CalledViaFirst': undefined,
  'aws:CalledViaLast': undefined,
  'aws:MultiFactorAuthAge': undefined,
  'aws:MultiFactorAuthPresent': undefined,
  'aws:PrincipalOrgID': undefined,
  'aws:PrincipalOrgPaths': undefined,
  'aws:PrincipalServiceName': undefined,
  'aws:PrincipalServiceNamesList': undefined,
  'aws:Referer': undefined,
  'aws:SourceAccount': undefined,
  'aws:SourceArn': undefined,
  'aws:SourceOrgID': undefined,
  'aws:SourceVpc': undefined,
  'aws:SourceVpce': undefined,
  'aws:VpcSourceIp': undefined,
  'aws:username': undefined,
  'kms:ViaService': undefined,
};

const WITHOUT_SESSION = RequestContext.open(ABSENT, FAMILIES);

/** The account in an ARN; bucket ARNs have none. */
function accountOf(arn: string): string | undefined {
  const account = arn.split(':', 5)[4];
  return account === undefined || account === '' ? undefined : account;
}
