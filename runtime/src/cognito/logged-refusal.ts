import { TenantDataAccessError } from '../errors';

/**
 * Logs a refusal in one line of JSON, and makes of it what Lambda may tell: without a stack, which Lambda would log too. Of the user's
 * record, `sub` alone is in the line, and the value that was refused, if the message quotes it.
 */
export function loggedRefusal(error: unknown, event: unknown): TenantDataAccessError {
  const coded =
    error instanceof TenantDataAccessError ? error : new TenantDataAccessError('service.failed', 'The token trigger failed.');
  const { userPoolId, callerContext, request } = isObject(event) ? event : {};
  const { userAttributes } = isObject(request) ? request : {};
  const line = {
    level: 'ERROR',
    message: 'No token was made',
    code: coded.code,
    reason: (coded.cause instanceof TenantDataAccessError ? coded.cause : coded).message,
    userPoolId: asId(userPoolId),
    clientId: asId(isObject(callerContext) ? callerContext['clientId'] : undefined),
    sub: asId(isObject(userAttributes) && Object.hasOwn(userAttributes, 'sub') ? userAttributes['sub'] : undefined),
  };
  console.error(JSON.stringify(line));
  coded.stack = `${coded.name}: ${coded.message}`;
  return coded;
}

/** An id of Cognito's, for the log; anything else, an e-mail address say, is left out. */
function asId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,128}$/.test(value) ? value : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
