import type { Attack, AttackRequest } from './attacks/attack';
import { decide, type Decision } from './evaluator/decision';
import { type CompiledPolicy, compilePolicy, withoutDenials } from './evaluator/policy';
import type { AccessRequest } from './evaluator/request';
import type { TenantSession } from './attacks/session';
import { type IsolationSubject, roleParts } from './attacks/subject';

/** The policies that decide about a subject. */
export interface SubjectPolicies {
  readonly trust: CompiledPolicy;
  /** Trust policies of other roles that are known, by ARN. */
  readonly trusts?: ReadonlyMap<string, CompiledPolicy>;
  /** Inline and attached policies of the role. */
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy;
  /** Policies of tables, buckets and keys, by ARN. A key that is not named is taken to leave the decision to IAM. */
  readonly resources: ReadonlyMap<string, CompiledPolicy>;
}

/**
 * Which policies are asked.
 *
 * - `all`: all of them
 * - `role`: the first lock alone; policies on tables and buckets may still grant, but not deny
 * - `data`: the second lock alone; the role is granted everything on tables and buckets beside what it has
 */
export type Locks = 'all' | 'role' | 'data';

/** Asks the policies that have a say in a request. */
export class Decider {
  readonly #subject: IsolationSubject;
  readonly #policies: SubjectPolicies;
  readonly #identity: readonly CompiledPolicy[];
  readonly #boundary: readonly CompiledPolicy[] | undefined;
  readonly #resources: ReadonlyMap<string, CompiledPolicy>;
  /** What a role may look like that was made for somebody else in the account. */
  readonly #openRole: CompiledPolicy;
  /** A key that leaves the decision to IAM, as AWS's default key policy does. */
  readonly #openKey: CompiledPolicy;
  readonly #begun = new Map<string, Decision>();

  constructor(subject: IsolationSubject, policies: SubjectPolicies, locks: Locks) {
    this.#subject = subject;
    this.#policies = policies;
    this.#identity = locks === 'data' ? [...policies.identity, careless(subject)] : policies.identity;
    this.#boundary = policies.boundary === undefined || locks === 'data' ? undefined : [policies.boundary];
    this.#resources = locks === 'role' ? withoutSecondLock(subject, policies.resources) : policies.resources;
    const { account } = roleParts(subject.roleArn);
    this.#openRole = compilePolicy('trust policy of another role', allowing({ AWS: account }, 'sts:*'), 'trust', ASSUMED);
    this.#openKey = compilePolicy('default key policy', allowing({ AWS: account }, 'kms:*', '*'), 'resource', ASSUMED);
  }

  /** The session must begin, then all requests must be allowed. Sessions of well-formed tenants are taken to exist. */
  attempt({ session, requests }: Attack): Decision {
    const decision = this.all(requests);
    if (decision.effect === 'deny' || session?.illFormed !== true) return decision;
    const begun = this.begin(session);
    return begun.effect === 'allow' || (begun.effect === 'unknown' && decision.effect === 'unknown') ? decision : begun;
  }

  all(requests: readonly AttackRequest[]): Decision {
    let result: Decision | undefined;
    for (const request of requests) {
      const decision = this.#decide(request);
      if (decision.effect === 'deny') return decision;
      if (result === undefined || decision.effect === 'unknown' || result.effect === 'allow') result = decision;
    }
    return result ?? { effect: 'deny', reason: 'no-allow' };
  }

  /** Whether a session can begin, with one token or another. */
  begin(session: TenantSession): Decision {
    const known = this.#begun.get(session.name);
    if (known !== undefined) return known;
    const decisions = session.begin.map((requests) => this.all(requests));
    const best = ['allow', 'unknown', 'deny'].map((effect) => decisions.find((decision) => decision.effect === effect));
    const decision = best.find((each) => each !== undefined) ?? { effect: 'deny', reason: 'no-allow' };
    this.#begun.set(session.name, decision);
    return decision;
  }

  #decide(request: AttackRequest): Decision {
    const { resource, owner = resource, principal } = request;
    if (isAssumption(request)) {
      const trust = owner === this.#subject.roleArn ? this.#policies.trust : (this.#policies.trusts?.get(owner) ?? this.#openRole);
      // What others may do by their own policies is not known; here they may do all.
      const ours = principal.kind === 'role-session' && principal.roleArn === this.#subject.roleArn;
      const identity = ours ? this.#identity : [ALLOWS_ALL];
      return decide(request, { identity, boundary: ours ? this.#boundary : undefined, resource: [trust] });
    }
    const policy = this.#resources.get(owner) ?? (request.action.startsWith('kms:') ? this.#openKey : undefined);
    return decide(request, {
      identity: this.#identity,
      boundary: this.#boundary,
      resource: policy === undefined ? [] : [policy],
    });
  }
}

function isAssumption({ action, resource }: AccessRequest): boolean {
  return /^sts:(?:AssumeRole|TagSession|SetSourceIdentity|SetContext)/.test(action) && resource.includes(':role/');
}

const ASSUMED = { assumed: true };

const ALLOWS_ALL = compilePolicy('policies of the caller', allowing(undefined, '*', '*'), 'identity', ASSUMED);

function allowing(principal: object | undefined, action: string, resource?: string): object {
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      ...(principal && { Principal: principal }),
      Action: action,
      ...(resource !== undefined && { Resource: resource }),
    },
  };
}

/** The policies of tables and buckets may still grant, but not deny. */
function withoutSecondLock(
  { tables, buckets }: IsolationSubject,
  resources: ReadonlyMap<string, CompiledPolicy>,
): ReadonlyMap<string, CompiledPolicy> {
  const locked = new Set([...tables, ...buckets].map(({ arn }) => arn));
  return new Map([...resources].map(([arn, policy]) => [arn, locked.has(arn) ? withoutDenials(policy) : policy]));
}

/** The widest grant that names the data, as somebody might add it in a hurry. */
function careless({ tables, buckets }: IsolationSubject): CompiledPolicy {
  const grants = [
    { Action: 'dynamodb:*', Resource: tables.flatMap(({ arn }) => [arn, `${arn}/index/*`]) },
    { Action: 's3:*', Resource: buckets.flatMap(({ arn }) => [arn, `${arn}/*`]) },
  ];
  const statements = grants.filter(({ Resource }) => Resource.length > 0).map((grant) => ({ Effect: 'Allow', ...grant }));
  return compilePolicy('a careless grant', { Version: '2012-10-17', Statement: statements }, 'identity');
}
