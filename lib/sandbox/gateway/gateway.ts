import { randomUUID } from 'node:crypto';
import type { AuditLog, NumberedRecord } from '../audit/audit-log';
import { AuditTrail } from '../audit/audit-trail';
import type { Caller } from '../caller';
import { circumstancesOf } from '../circumstances';
import { AwsError, errorAnswer, type Protocol, requestIdHeader } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import { MAX_BODY_BYTES } from '../http/loopback-server';
import { isOfThisMachine } from '../http/this-machine';
import type { Place } from '../operation';
import { authenticate } from '../signature/authenticate';
import { scopeOf } from '../signature/credential-scope';
import { refuse } from '../signature/refusals';
import type { Sessions } from '../sts/sessions';
import type { Administrator } from './administrator';
import { Authority } from './authority';
import type { Authoriser } from './authoriser';
import { COGNITO_IDENTITY_TARGET } from './cognito-identity-service';
import { actionOf } from './other-services';

/** A request that was authenticated, on its way to its service. */
export interface ServiceRequest {
  /** Without what signed it, its body decoded. */
  readonly request: AwsRequest;
  readonly place: Place;
  readonly authority: Authority;
  readonly trail: AuditTrail;
}

/** Answers for a service: finds out what a request needs, demands it, and has it done. */
export interface Service {
  readonly protocol: Protocol;
  /** @throws AwsError */
  serve(request: ServiceRequest): Promise<AwsAnswer>;
}

/** The service of a request by its name in signatures. */
export type ServiceNamed = (name: string, request: AwsRequest) => Service;

/** What the gateway works with. */
export interface GatewayParts {
  readonly partition: string;
  readonly account: string;
  /** For requests that name none. */
  readonly region: string;
  readonly administrator: Administrator;
  readonly sessions: Sessions;
  readonly authoriser: Authoriser;
  readonly audit: AuditLog;
  readonly serviceNamed: ServiceNamed;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Every request to AWS passes here: it is authenticated, decided about, done or refused, and recorded. */
export class Gateway {
  constructor(private readonly parts: GatewayParts) {}

  async handle(
    request: AwsRequest,
    bodyIsTooLarge = false,
  ): Promise<{ readonly answer: AwsAnswer; readonly record: NumberedRecord }> {
    const started = performance.now();
    const requestId = randomUUID();
    const name = serviceNameOf(request);
    const service = this.parts.serviceNamed(name, request);
    const trail = new AuditTrail(`${name}:${actionOf(request)}`);
    let answer: AwsAnswer;
    let errorCode: string | undefined;
    try {
      if (bodyIsTooLarge || request.body.length > mostBytesOf(name)) throw tooLarge(name, service.protocol);
      answer = await this.#answer(request, name, service, trail);
    } catch (error) {
      const refusal = error instanceof AwsError ? error : unexpected(error, trail);
      trail.reason ??= refusal.message;
      errorCode = refusal.code;
      answer = errorAnswer(refusal, service.protocol, request.method, requestId);
    }
    const { caller, operation, resources, decision, reason, checks } = trail;
    const record = this.parts.audit.add({
      time: new Date(this.parts.clock()).toISOString(),
      requestId,
      caller,
      operation,
      resources,
      decision,
      reason: reason ?? (caller.kind === 'administrator' ? 'the administrator may do everything' : ''),
      checks,
      status: answer.status,
      ...(errorCode !== undefined && { errorCode }),
      milliseconds: performance.now() - started,
    });
    const headers = { ...answer.headers, [requestIdHeader(service.protocol)]: requestId };
    return { answer: { ...answer, headers }, record };
  }

  async #answer(request: AwsRequest, name: string, service: Service, trail: AuditTrail): Promise<AwsAnswer> {
    const { administrator, sessions, authoriser, partition, account, clock } = this.parts;
    // Who cannot say who he is, is refused like one who may not.
    trail.decision = 'deny';
    const found = authenticate(request, {
      protocol: service.protocol,
      now: clock(),
      keyOf: (accessKeyId) => {
        if (accessKeyId === administrator.accessKeyId) return isOfThisMachine(request) ? administrator : undefined;
        const issued = sessions.find(accessKeyId);
        return issued && { ...issued, expiresAt: issued.session.expiresAt };
      },
    });
    if (found.kind === 'signed' && found.service !== name) throw signedForAnother(service.protocol);
    const caller = this.#callerOf(found.kind === 'signed' ? found.accessKeyId : undefined);
    trail.caller = auditCaller(caller);
    trail.decision = 'error';
    const place = { partition, account, region: found.kind === 'signed' ? found.region : this.parts.region };
    const now = clock();
    const context = {
      ...circumstancesOf({ headers: request.headers, region: place.region, now }),
      ...(found.kind === 'signed' && found.context),
    };
    const authority = new Authority(authoriser, caller, trail, service.protocol, context);
    return service.serve({ request: found.request, place, authority, trail });
  }

  #callerOf(accessKeyId: string | undefined): Caller {
    if (accessKeyId === undefined) return { kind: 'anonymous' };
    if (accessKeyId === this.parts.administrator.accessKeyId) return { kind: 'administrator' };
    const issued = this.parts.sessions.find(accessKeyId);
    return issued === undefined ? { kind: 'anonymous' } : { kind: 'session', session: issued.session, accessKeyId };
  }
}

/** The service that a request is for: the one it is signed for, else the one whose protocol it speaks. */
function serviceNameOf(request: AwsRequest): string {
  const scope = scopeOf(request);
  if (scope !== undefined) return scope.service;
  const target = request.headers['x-amz-target'] ?? '';
  if (target.startsWith('DynamoDB')) return 'dynamodb';
  if (target.startsWith(COGNITO_IDENTITY_TARGET)) return 'cognito-identity';
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return (form && request.path === '/') || /(?:^|&)Action=/.test(request.query) ? 'sts' : 's3';
}

function auditCaller(caller: Caller): AuditTrail['caller'] {
  if (caller.kind !== 'session') return { kind: caller.kind };
  return { kind: 'session', arn: caller.session.principal.sessionArn, tags: caller.session.tags };
}

/** Largest bodies of services that read them whole, in bytes: DynamoDB's own limit, and for the others more than any token and policy take. */
const MOST_BYTES: ReadonlyMap<string, number> = new Map([
  ['dynamodb', 16 * 1024 * 1024],
  ['sts', 1024 * 1024],
  ['cognito-identity', 1024 * 1024],
]);

function mostBytesOf(service: string): number {
  return MOST_BYTES.get(service) ?? MAX_BODY_BYTES;
}

function tooLarge(service: string, protocol: Protocol): AwsError {
  const limit = `${mostBytesOf(service) / 1024 ** 2} MiB in one request`;
  if (protocol !== 's3') return new AwsError('RequestEntityTooLarge', `The request is too large: the sandbox takes ${limit}`, 413);
  return new AwsError(
    'EntityTooLarge',
    `Your proposed upload exceeds the maximum allowed size: the sandbox takes ${limit}, more in parts`,
  );
}

/** A name that is encoded in an unusual way hides for which service a request is signed, not whom it is for. */
function signedForAnother(protocol: Protocol): AwsError {
  return refuse('signatureWrong', protocol, 'The signature does not match: its credential is for another service.');
}

/** The message of an error that nobody expected may hold anything, so it goes neither to the client nor to the log. */
function unexpected(error: unknown, trail: AuditTrail): AwsError {
  trail.decision = 'error';
  trail.reason = `unexpected failure: ${error instanceof Error ? error.name : typeof error}`;
  return new AwsError('InternalFailure', 'The sandbox failed unexpectedly.', 500);
}
