import { AssumeRoleWithWebIdentityCommand, STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import { TenantDataAccessError } from '../errors';
import { fromServiceError } from '../service-errors';
import { roleSessionName } from './session-name';
import { TenantCredentials } from './tenant-credentials';

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

/**
 * Trades a web identity token for the credentials of its tenant's session, named after the tenant.
 *
 * @throws TenantDataAccessError `token.rejected`, `token.expired`, `access.denied`, `service.throttled`, `service.unavailable` or
 *   `service.failed`
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export async function assumeRole(
  sts: STSClient,
  { roleArn, sessionDurationSeconds, timeoutMilliseconds }: RoleRequest,
  tenantId: string,
  webIdentityToken: string,
): Promise<TenantCredentials> {
  const doing = `assume the role ${roleArn}`;
  const start = Date.now();
  const answer = await sts
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
      throw fromServiceError(error, {
        doing,
        expired: 'token.expired',
        deniedBecause:
          "its trust policy refused the token: it must trust the token's issuer and audience, allow sts:TagSession, and the token " +
          'must carry no other tags than those it allows',
        secret: webIdentityToken,
      });
    });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || Number.isNaN(Expiration.getTime())) {
    throw new TenantDataAccessError('service.failed', `Could not ${doing}: STS answered without credentials.`);
  }
  const now = new Date();
  if (Expiration <= now) {
    throw new TenantDataAccessError(
      'service.failed',
      `Could not ${doing}: STS answered with credentials that end at ${Expiration.toISOString()}, and here it is ` +
        `${now.toISOString()}. Set the clock of this machine.`,
    );
  }
  return new TenantCredentials(tenantId, {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    // A clock that is behind must not take credentials to live longer than was asked for.
    expiration: new Date(Math.min(Expiration.getTime(), start + sessionDurationSeconds * 1000)),
  });
}
