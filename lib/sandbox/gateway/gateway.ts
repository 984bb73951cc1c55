import { randomUUID } from 'node:crypto';
import type { AuditLog, NumberedRecord } from '../audit/audit-log';
import { AuditTrail } from '../audit/audit-trail';
import type { Caller } from '../caller';
import { circumstancesOf } from '../circumstances';
import { AwsError, errorAnswer, type Protocol, requestIdHeader } from '../http/aws-error';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';
import type { Place } from '../operation';
import { authenticate } from '../signature/authenticate';
import { scopeOf } from '../signature/credential-scope';
import type { Sessions } from '../sts/sessions';
import type { Administrator } from './administrator';
import { Authority } from './authority';
import type { Authoriser } from './authoriser';

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
    const trail = new AuditTrail(`${name}:${request.method}`);
    let answer: AwsAnswer;
    let errorCode: string | undefined;
    try {
      if (bodyIsTooLarge) throw tooLarge(service.protocol);
      answer = await this.#answer(request, service, trail);
    } catch (error) {
      const refusal = error instanceof AwsError ? error : unexpected(error, trail);
      trail.reason ??= refusal.message;
      errorCode = refusal.code;
      answer = errorAnswer(refusal, service.protocol, request.method, requestId);
    }
    const { caller, operation, decision, reason, checks } = trail;
    const record = this.parts.audit.add({
      time: new Date(this.parts.clock()).toISOString(),
      requestId,
      caller,
      operation,
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

  async #answer(request: AwsRequest, service: Service, trail: AuditTrail): Promise<AwsAnswer> {
    const { administrator, sessions, authoriser, partition, account, clock } = this.parts;
    // Who cannot say who he is, is refused like one who may not.
    trail.decision = 'deny';
    const found = authenticate(request, {
      protocol: service.protocol,
      now: clock(),
      keyOf: (accessKeyId) => {
        if (accessKeyId === administrator.accessKeyId) return request.fromLoopback ? administrator : undefined;
        const issued = sessions.find(accessKeyId);
        return issued && { ...issued, expiresAt: issued.session.expiresAt };
      },
    });
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
  if (request.headers['x-amz-target']?.startsWith('DynamoDB') === true) return 'dynamodb';
  const form = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return (form && request.path === '/') || /(?:^|&)Action=/.test(request.query) ? 'sts' : 's3';
}

function auditCaller(caller: Caller): AuditTrail['caller'] {
  if (caller.kind !== 'session') return { kind: caller.kind };
  return { kind: 'session', arn: caller.session.principal.sessionArn, tags: caller.session.tags };
}

function tooLarge(protocol: Protocol): AwsError {
  const message = 'Your proposed upload exceeds the maximum allowed size: the sandbox takes 128 MiB in one request, more in parts';
  return protocol === 's3' ? new AwsError('EntityTooLarge', message, 400) : new AwsError('RequestEntityTooLarge', message, 413);
}

/** The message of an error that nobody expected may hold anything, so it goes neither to the client nor to the log. */
function unexpected(error: unknown, trail: AuditTrail): AwsError {
  trail.decision = 'error';
  trail.reason = `unexpected failure: ${error instanceof Error ? error.name : typeof error}`;
  return new AwsError('InternalFailure', 'The sandbox failed unexpectedly.', 500);
}
