/**
 * Servers on Express, Connect, Fastify or plain `node:http`.
 *
 * @example
 * ```ts
 * import { tenantMiddleware } from 'multi-tenant-data-access/middleware';
 * ```
 */
import { TenantDataAccessError } from './errors';
import { type AnswerOptions, loggedAnswers } from './http/error-log';
import { endWith, type FastifyReplyLike, replyWith, type ServerResponseLike } from './http/server-answer';
import { assertAccess, type OpenSession, sessionOf, type TenantSessions } from './http/tenant-sessions';

/** Of `node:http`'s IncomingMessage, and so of Express's `req`, what is read here. */
export interface ServerRequestLike {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values by turns. */
  readonly rawHeaders: readonly string[];
}

/** Of Fastify's request, what is read here. */
export interface FastifyRequestLike {
  readonly raw: ServerRequestLike;
}

type Next = (error?: unknown) => void;

/** A middleware for Express, Connect and `node:http`, with what else a server needs. Its functions may be passed on alone. */
export interface TenantMiddleware<Session> {
  /** Opens the session and calls `next()`, or answers the error itself; errors of others go to `next(error)`. */
  (request: ServerRequestLike, response: ServerResponseLike, next: Next): void;
  /**
   * The open session of a request: of the request object that the middleware or the hook was given.
   *
   * @throws TenantDataAccessError `config.invalid` when neither ran for this request, or has not finished
   */
  readonly session: (request: ServerRequestLike | FastifyRequestLike) => Session;
  /**
   * Error middleware of Express and Connect, after the routes: answers errors of this package. All others, and those that come when
   * the answer has begun, go to `next(error)`.
   */
  readonly errors: (error: unknown, request: ServerRequestLike, response: ServerResponseLike, next: Next) => void;
  /** For Fastify's `addHook('onRequest', ...)`: opens the session, or answers the error itself. */
  readonly fastifyHook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>;
  /** For Fastify's `setErrorHandler(...)`: answers errors of this package, and throws all others on. */
  readonly fastifyErrors: (error: unknown, request: FastifyRequestLike, reply: FastifyReplyLike) => void;
}

/**
 * Makes a middleware that opens the session of the caller's tenant, from the header `Authorization: Bearer <token>`. The session
 * belongs to the request object and is put nowhere else. Mount it after CORS, whose preflights carry no token, and before the routes.
 *
 * Errors of this package are logged and answered: 401 for tokens, 403 for what is denied, 409 for failed conditions, 429 and 503 with
 * `Retry-After`; the table is in the README.
 *
 * @param access a `TenantDataAccess`, `TenantTableAccess` or `TenantObjectAccess`; it decides the type of the session.
 * @throws TenantDataAccessError `config.invalid`
 *
 * @example
 * ```ts
 * const tenants = tenantMiddleware(access);
 * app.use(tenants);
 * app.get('/orders/:id', async (req, res) => {
 *   res.json(await tenants.session(req).table<Order>().get(req.params.id));
 * });
 * app.use(tenants.errors);
 * ```
 */
export function tenantMiddleware<Session extends OpenSession>(
  access: TenantSessions<Session>,
  options?: AnswerOptions,
): TenantMiddleware<Session> {
  assertAccess(access);
  const answerError = loggedAnswers(options);
  const sessions = new WeakMap<object, Session>();

  const open = async (request: object, { headers, rawHeaders }: ServerRequestLike) => {
    sessions.set(request, await sessionOf(access, { byName: headers, all: pairs(rawHeaders) }));
  };
  const answerFor = (error: unknown, request: object) =>
    answerError(error, { tenantId: sessions.get(request)?.tenantId, requestId: requestId(request) });

  const errors: TenantMiddleware<Session>['errors'] = (error, request, response, next) => {
    const answer = response.headersSent ? undefined : answerFor(error, request);
    if (answer === undefined) next(error);
    else endWith(response, answer);
  };
  const fastifyErrors: TenantMiddleware<Session>['fastifyErrors'] = (error, request, reply) => {
    const answer = reply.raw.headersSent ? undefined : answerFor(error, request);
    if (answer === undefined) throw error;
    replyWith(reply, answer);
  };
  const middleware = (request: ServerRequestLike, response: ServerResponseLike, next: Next) => {
    void open(request, request).then(
      () => {
        next();
      },
      (error: unknown) => {
        errors(error, request, response, next);
      },
    );
  };
  return Object.assign(middleware, {
    session(request: object) {
      const session = sessions.get(request);
      if (session !== undefined) return session;
      throw new TenantDataAccessError(
        'config.invalid',
        'No tenant session is open for this request: mount the middleware, or add the hook, before its route, and pass the very request ' +
          'object that it was given.',
      );
    },
    errors,
    async fastifyHook(request: FastifyRequestLike, reply: FastifyReplyLike) {
      try {
        await open(request, request.raw);
        return undefined;
      } catch (error) {
        fastifyErrors(error, request, reply);
        // Fastify waits for the reply it is given: without it, the route would run when an onSend hook takes its time.
        return reply;
      }
    },
    fastifyErrors,
  });
}

function pairs(rawHeaders: readonly string[] = []): [name: unknown, value: unknown][] {
  return rawHeaders.flatMap((name, i): [unknown, unknown][] => (i % 2 === 0 ? [[name, rawHeaders[i + 1]]] : []));
}

/** Fastify and common middlewares of Express number requests so. */
function requestId(request: object): string | undefined {
  return 'id' in request && typeof request.id === 'string' ? request.id : undefined;
}

export { type HttpAnswer, httpAnswer } from './http/answer';
export type { AnswerLogFields, AnswerLogger, AnswerOptions } from './http/error-log';
export type { OpenSession, TenantSessions } from './http/tenant-sessions';
