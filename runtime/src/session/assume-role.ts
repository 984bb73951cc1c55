import { AssumeRoleWithWebIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { TenantDataAccessError } from '../errors';
import { fromServiceError } from '../service-errors';
import { issuedCredentials } from './issued-credentials';
import { roleSessionName } from './session-name';
import type { TenantCredentials } from './tenant-credentials';

/** What is asked of STS. */
export interface RoleRequest {
  readonly roleArn: string;
  readonly sessionDurationSeconds: number;
  /** How long to wait for an answer, in each attempt: many requests may wait for it. */
  readonly timeoutMilliseconds: number;
}

/** An STS client that cannot find credentials: AssumeRoleWithWebIdentity is not signed, and nothing else is called. */
export function unsignedStsClient(config: STSClientConfig): STSClient {
  return new STSClient({
    ...config,
    credentials: () => Promise.reject(new TenantDataAccessError('credentials.foreign', 'No ambient credentials are used.')),
  });
}

/** Why STS refuses a token of the issuer that the trust policy names. */
const REFUSED_BECAUSE =
  "its trust policy refused the token: it must trust the token's issuer and audience, allow sts:TagSession, and the token " +
  'must carry no other tags than those it allows, no role or permissions that nobody mapped, and, where roles are pinned, this one';

/**
 * Trades a web identity token for the credentials of its tenant's session, named after the tenant.
 *
 * @param deniedBecause the likeliest reasons when STS denies
 * @throws TenantDataAccessError `token.rejected`, `token.expired`, `access.denied`, `service.throttled`, `service.unavailable` or
 *   `service.failed`
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function assumeRole(
  sts: STSClient,
  { roleArn, sessionDurationSeconds, timeoutMilliseconds }: RoleRequest,
  tenantId: string,
  webIdentityToken: string,
  deniedBecause: string = REFUSED_BECAUSE,
): Promise<TenantCredentials> {
  const doing = `assume the role ${roleArn}`;
  const start = Date.now();
  const { Credentials } = await sts
    .send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: roleSessionName(tenantId),
        WebIdentityToken: webIdentityToken,
        DurationSeconds: sessionDurationSeconds,
      }),
      { requestTimeout: timeoutMilliseconds },
    )
    .catch((error: unknown) => {
      throw fromServiceError(error, { doing, expired: 'token.expired', deniedBecause, secret: webIdentityToken });
    });
  return issuedCredentials(tenantId, Credentials, { doing, service: 'STS', latest: start + sessionDurationSeconds * 1000 });
}
