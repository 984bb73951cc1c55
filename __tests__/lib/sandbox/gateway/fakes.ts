import { type CompiledPolicy, compilePolicy, type ContextEntries } from '../../../../lib/isolation';
import { AuditTrail } from '../../../../lib/sandbox/audit/audit-trail';
import type { Caller } from '../../../../lib/sandbox/caller';
import type { Estate, EstateProvider, EstateRole } from '../../../../lib/sandbox/estate/estate';
import { ResourcePolicies } from '../../../../lib/sandbox/estate/resource-policies';
import { Authoriser } from '../../../../lib/sandbox/gateway/authoriser';
import { Authority } from '../../../../lib/sandbox/gateway/authority';
import type { Service } from '../../../../lib/sandbox/gateway/gateway';
import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsAnswer, AwsRequest, Store, StoreTarget } from '../../../../lib/sandbox/http/aws-request';
import type { RoleSession } from '../../../../lib/sandbox/sts/sessions';

export const PLACE = { partition: 'aws', account: '123456789012', region: 'eu-central-1' };
export const ROLE = 'arn:aws:iam::123456789012:role/app/tenant';
export const SESSION = 'arn:aws:sts::123456789012:assumed-role/tenant/acme';
export const TABLE = 'arn:aws:dynamodb:eu-central-1:123456789012:table/data';
export const BUCKET = 'arn:aws:s3:::files';

type Text = string | readonly string[];

/** A policy document with statements as they are given. */
export function document(...statements: readonly object[]): object {
  return { Version: '2012-10-17', Statement: statements };
}

export function allow(Action: Text, Resource: Text = '*', more: object = {}): object {
  return { Effect: 'Allow', Action, Resource, ...more };
}

export function deny(Action: Text, Resource: Text = '*', more: object = {}): object {
  return { Effect: 'Deny', Action, Resource, ...more };
}

/** A policy of a role or session, of one statement or more. */
export function policy(name: string, ...statements: readonly object[]): CompiledPolicy {
  return compilePolicy(name, document(...statements), 'identity');
}

/** An IAM with one role, which may be changed or gone. */
export class FakeEstate implements Estate {
  held: Pick<EstateRole, 'identity' | 'boundary'> | undefined;
  /** Roles that were asked for. */
  readonly asked: string[] = [];

  constructor(...identity: readonly object[]) {
    this.held = { identity: identity.length === 0 ? [] : [policy('own', ...identity)] };
  }

  role(arn: string): Promise<EstateRole | undefined> {
    this.asked.push(arn);
    const rest = { arn, maxSessionDurationSeconds: 3600, trust: policy('trust'), tags: {} };
    return Promise.resolve(this.held === undefined || arn !== ROLE ? undefined : { ...rest, ...this.held });
  }

  providers(): Promise<readonly EstateProvider[]> {
    return Promise.resolve([]);
  }

  managedPolicy(): Promise<CompiledPolicy | undefined> {
    return Promise.resolve(undefined);
  }
}

/** Keeps what it is sent, and answers what it is told to. */
export class FakeStore implements Store {
  readonly requests: AwsRequest[] = [];
  readonly targets: StoreTarget[] = [];
  closed = 0;

  constructor(public answer: (request: AwsRequest) => AwsAnswer = () => answerOf(200)) {}

  async handle(request: AwsRequest, target: StoreTarget): Promise<AwsAnswer> {
    this.requests.push(request);
    this.targets.push(target);
    return Promise.resolve(this.answer(request));
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

export function answerOf(status: number, body = '', headers: Readonly<Record<string, string>> = {}): AwsAnswer {
  return { status, headers, body: Buffer.from(body) };
}

/** The body of an answer that is no stream; empty if there is none. */
export function textOf(answer: AwsAnswer | undefined): string {
  return Buffer.isBuffer(answer?.body) ? answer.body.toString() : '';
}

export const ADMINISTRATOR = { kind: 'administrator' } as const satisfies Caller;
export const ANONYMOUS = { kind: 'anonymous' } as const satisfies Caller;

export function roleSession(changes: Partial<RoleSession> = {}): RoleSession {
  return {
    principal: { kind: 'role-session', roleArn: ROLE, sessionArn: SESSION, account: PLACE.account },
    tags: { tenant_id: 'acme' },
    context: { 'aws:PrincipalArn': ROLE, 'aws:PrincipalTag/tenant_id': 'acme' },
    expiresAt: Date.parse('2026-01-31T13:00:00Z'),
    ...changes,
  };
}

/** A caller with a session of the role. */
export function session(changes: Partial<RoleSession> = {}): Extract<Caller, { kind: 'session' }> {
  return { kind: 'session', session: roleSession(changes), accessKeyId: 'ASIAEXAMPLE' };
}

/** An IAM, and the policies of tables and buckets. */
export class Scene {
  readonly estate: FakeEstate;
  readonly policies = new ResourcePolicies();
  readonly authoriser: Authoriser;

  /** @param identity statements of the role's own policy */
  constructor(...identity: readonly object[]) {
    this.estate = new FakeEstate(...identity);
    this.authoriser = new Authoriser(this.estate, this.policies, PLACE.account);
  }

  /** Puts a policy on a table or bucket. */
  lock(arn: string, ...statements: readonly object[]): void {
    this.policies.set(arn, JSON.stringify(document(...statements)), 'lock');
  }

  authority(caller: Caller, protocol: Protocol, circumstances: ContextEntries = {}) {
    const trail = new AuditTrail('asked');
    return { trail, authority: new Authority(this.authoriser, caller, trail, protocol, circumstances) };
  }

  /** Has a service serve a request: its answer, or what it throws, and the trail. */
  async serve(service: Service, request: AwsRequest, caller: Caller = session()) {
    const { trail, authority } = this.authority(caller, service.protocol);
    try {
      return { answer: await service.serve({ request, place: PLACE, authority, trail }), trail };
    } catch (error) {
      return { error, trail };
    }
  }
}
