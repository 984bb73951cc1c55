import { TenantDataAccessError } from '../errors';
import { TenantCredentials } from './tenant-credentials';

/** Credentials as a service answers them, whole or not. */
export interface AnsweredCredentials {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
}

/** What was asked for. */
export interface Asked {
  /** Completes "Could not ...". */
  readonly doing: string;
  readonly service: string;
  /** When the credentials end at the latest, in milliseconds since 1970. */
  readonly latest: number;
}

/**
 * The credentials of a tenant's session that a service answered.
 *
 * @throws TenantDataAccessError `service.failed`, if there are none, or they have ended
 */
export function issuedCredentials(
  tenantId: string,
  answered: AnsweredCredentials | undefined,
  { doing, service, latest }: Asked,
): TenantCredentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answered ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration || Number.isNaN(Expiration.getTime())) {
    throw new TenantDataAccessError('service.failed', `Could not ${doing}: ${service} answered without credentials.`);
  }
  const now = new Date();
  if (Expiration <= now) {
    throw new TenantDataAccessError(
      'service.failed',
      `Could not ${doing}: ${service} answered with credentials that end at ${Expiration.toISOString()}, and here it is ` +
        `${now.toISOString()}. Set the clock of this machine.`,
    );
  }
  return new TenantCredentials(tenantId, {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    // A clock that is behind must not take credentials to live longer than was asked for.
    expiration: new Date(Math.min(Expiration.getTime(), latest)),
  });
}
