/**
 * Lambda functions behind API Gateway, an Application Load Balancer or a function URL.
 *
 * @example
 * ```ts
 * import { tenantHandler } from 'multi-tenant-data-access/lambda';
 * ```
 */
import { quote, TenantDataAccessError } from './errors';
import type { HttpAnswer } from './http/answer';
import { type AnswerOptions, loggedAnswers } from './http/error-log';
import { assertAccess, type OpenSession, sessionOf, type TenantSessions } from './http/tenant-sessions';

/**
 * What an HTTP event must have, and what it may have: those of API Gateway (REST and HTTP APIs), load balancers and function URLs all
 * fit, and so do the types of `@types/aws-lambda`.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export interface HttpEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly pathParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
}

/** Of Lambda's context, what is used here and what a handler asks for most. */
export interface LambdaContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/** The answer to an error, in the form that the event's sender takes. */
export type LambdaAnswer = Pick<HttpAnswer, 'statusCode' | 'body'> & {
  readonly headers?: Record<string, string>;
  /** For load balancers that are set to multi-value headers: they take no others. */
  readonly multiValueHeaders?: Record<string, string[]>;
};

/**
 * Makes a Lambda handler that opens the session of the caller's tenant, from the header `Authorization: Bearer <token>`, and then calls
 * yours. Make it outside of any function: the issuer's keys are then fetched while Lambda starts the function.
 *
 * Errors of this package, before or inside your handler, are logged and answered: 401 for tokens, 403 for what is denied, 409 for failed
 * conditions, 429 and 503 with `Retry-After`; the table is in the README. All other errors are thrown on. What your handler returns is
 * returned as it is. An API that takes no bearer token on some route needs another handler there.
 *
 * @param access a `TenantDataAccess`, `TenantTableAccess` or `TenantObjectAccess`; it decides the type of the session.
 * @param handle is called with the open session. The types of event, context and result are yours.
 * @throws TenantDataAccessError `config.invalid`, at once
 *
 * @example
 * ```ts
 * const access = new TenantTableAccess({ roleArn, tableName, userPoolId, audience });
 * export const handler = tenantHandler(access, async (session) => {
 *   const order = await session.table<Order>().get('order#1');
 *   return { statusCode: 200, body: JSON.stringify(order) };
 * });
 * ```
 */
export function tenantHandler<
  Session extends OpenSession,
  Result,
  Event extends HttpEvent = HttpEvent,
  Context extends LambdaContext = LambdaContext,
>(
  access: TenantSessions<Session>,
  handle: (session: Session, event: Event, context: Context) => Result | Promise<Result>,
  options?: AnswerOptions,
): (event: Event, context: Context) => Promise<Result | LambdaAnswer> {
  assertAccess(access);
  if (typeof handle !== 'function') {
    throw new TenantDataAccessError('config.invalid', `The handler is ${quote(handle)}, allowed is a function.`);
  }
  const answerError = loggedAnswers(options);
  // If it fails, the first request tries again, and says why.
  void access.hydrate?.().catch(() => undefined);
  return async (event, context) => {
    let tenantId: string | undefined;
    try {
      const session = await sessionOf(access, { byName: event.headers, all: multipleValues(event) });
      tenantId = session.tenantId;
      return await handle(session, event, context);
    } catch (error) {
      const answer = answerError(error, { tenantId, requestId: (context as LambdaContext | undefined)?.awsRequestId });
      if (answer === undefined) throw error;
      return inFormOf(event, answer);
    }
  };
}

function multipleValues({ multiValueHeaders }: HttpEvent): [name: string, value: unknown][] {
  return Object.entries(multiValueHeaders ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value): [string, unknown] => [name, value]),
  );
}

function inFormOf({ headers: single, multiValueHeaders }: HttpEvent, { statusCode, headers, body }: HttpAnswer): LambdaAnswer {
  if (single || !multiValueHeaders) return { statusCode, headers, body };
  return {
    statusCode,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  };
}

export { type HttpAnswer, httpAnswer } from './http/answer';
export type { AnswerLogFields, AnswerLogger, AnswerOptions } from './http/error-log';
export type { OpenSession, TenantSessions } from './http/tenant-sessions';
