import { quote, TenantDataAccessError } from '../errors';
import { notify } from '../observers';
import { type HttpAnswer, httpAnswer } from './answer';

/** What is logged of an answered error. No token, header or body is in it. */
export interface AnswerLogFields {
  /** The error's code. */
  readonly code: string;
  /** The HTTP status it was answered with. */
  readonly statusCode: number;
  /** The error's message. */
  readonly reason: string;
  /** The tenant, if a session was open. */
  readonly tenantId?: string;
  /** Id of the request, where the server gives it one. */
  readonly requestId?: string;
}

/** Takes log lines: `console`, the Logger of Powertools for AWS Lambda, or two functions of your own. */
export interface AnswerLogger {
  /** Of requests that were refused: status below 500. */
  warn(message: string, fields: AnswerLogFields & Record<string, unknown>): void;
  /** Of requests that failed: status 500 and above. */
  error(message: string, fields: AnswerLogFields & Record<string, unknown>): void;
}

/** Options of `tenantHandler` and `tenantMiddleware`. */
export interface AnswerOptions {
  /**
   * Gets one line for each error that is answered. What it throws is ignored.
   *
   * @default console
   */
  readonly logger?: AnswerLogger;
}

/** Whose request an error belongs to, as far as that is known. */
export type RequestContext = Pick<AnswerLogFields, 'tenantId' | 'requestId'>;

/** Finds the answer to an error and logs it; undefined if the error is not this package's. */
export type AnswerError = (error: unknown, context: RequestContext) => HttpAnswer | undefined;

/** @throws TenantDataAccessError `config.invalid` */
export function loggedAnswers(options: AnswerOptions = {}): AnswerError {
  const logger = checkLogger(options);
  // Those of a logger may be asynchronous, and then reject.
  const refused: (...line: Parameters<AnswerLogger['warn']>) => unknown = logger.warn.bind(logger);
  const failed: (...line: Parameters<AnswerLogger['error']>) => unknown = logger.error.bind(logger);
  return (error, { tenantId, requestId }) => {
    const answer = httpAnswer(error);
    if (answer === undefined || !(error instanceof TenantDataAccessError)) return undefined;
    const { statusCode } = answer;
    const fields = {
      code: error.code,
      statusCode,
      reason: error.message,
      ...(tenantId !== undefined && { tenantId }),
      ...(requestId !== undefined && { requestId }),
    };
    notify(() => (statusCode < 500 ? refused('Tenant request refused', fields) : failed('Tenant request failed', fields)));
    return answer;
  };
}

function checkLogger(options: AnswerOptions): AnswerLogger {
  if (typeof options !== 'object' || (options as unknown) === null) {
    throw invalid(`options are ${quote(options)}, allowed is an object`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'logger');
  if (unknown !== undefined) throw invalid(`unknown option ${quote(unknown)}, known is logger`);
  const { logger = console } = options;
  const { warn, error } = Object(logger) as Partial<AnswerLogger>;
  if (typeof warn !== 'function' || typeof error !== 'function') {
    throw invalid("'logger' must have the functions 'warn' and 'error'");
  }
  return logger;
}

function invalid(problem: string): TenantDataAccessError {
  return new TenantDataAccessError('config.invalid', `Requests of tenants cannot be served: ${problem}.`);
}
