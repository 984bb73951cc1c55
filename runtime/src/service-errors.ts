import { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';

/** Names of AWS's error answers, without the suffix `Exception` that only some protocols add: code and mend. */
const KNOWN = new Map<string, readonly [code: TenantDataAccessErrorCode, mend?: string]>([
  [
    'InvalidIdentityToken',
    [
      'token.rejected',
      'STS does not accept the token: its signature, issuer or audience does not fit the IAM OIDC provider; of Amazon Cognito send the ID token',
    ],
  ],
  ['IDPRejectedClaim', ['token.rejected', 'the identity provider refused the token']],
  ['IDPCommunicationError', ['service.unavailable', 'STS could not reach the identity provider: try again']],
  ['AccessDenied', ['access.denied']],
]);

/**
 * Turns what the SDK threw into a coded error. The SDK's error stays as `cause`; it holds the service's answer, never the request.
 *
 * @param doing what was attempted, for the message: `assume the role arn:...`
 * @param expired the code that fits when the answer is "expired": STS speaks of the token, all others of the session.
 * @param deniedBecause the likeliest reasons when AWS denies.
 */
export function fromServiceError(
  error: unknown,
  doing: string,
  expired: 'token.expired' | 'credentials.expired',
  deniedBecause: string,
): TenantDataAccessError {
  if (error instanceof TenantDataAccessError) return error;
  const name = error instanceof Error ? error.name : 'unknown error';
  const known = KNOWN.get(name.replace(/Exception$/, ''));
  if (known !== undefined) {
    const [code, mend = deniedBecause] = known;
    return new TenantDataAccessError(code, `Could not ${doing}: ${mend} (${name}).`, { cause: error });
  }
  if (name.startsWith('ExpiredToken')) {
    const mend = expired === 'token.expired' ? 'get a new token from the identity provider' : 'assume the role again';
    return new TenantDataAccessError(expired, `Could not ${doing}: it has expired, ${mend} (${name}).`, { cause: error });
  }
  if (isTransient(error)) {
    return new TenantDataAccessError(
      'service.unavailable',
      `Could not ${doing}: the service did not answer in time or asked to slow down (${name}). Try again.`,
      { cause: error },
    );
  }
  return new TenantDataAccessError('service.failed', `Could not ${doing}: the service answered ${name}.`, { cause: error });
}

/** As the SDK's own retry strategy marks them, and what it throws when no answer came at all. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $retryable, $metadata, code } = error as Error & {
    readonly $retryable?: object;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly code?: string;
  };
  const status = $metadata?.httpStatusCode;
  return (
    $retryable !== undefined ||
    (status !== undefined && (status >= 500 || status === 429)) ||
    /throttl|timeout|toomanyrequests|provisionedthroughput/i.test(error.name) ||
    (code !== undefined && /^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE)/.test(code))
  );
}
