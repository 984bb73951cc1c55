import { TenantDataAccessError } from '../errors';

/**
 * Temporary credentials of one tenant's session, as `assumeTenantRole` returns them. Only the tenant shows when they are printed or
 * serialised; all else is read through getters and is not enumerable.
 */
export class TenantCredentials {
  /** The tenant that AWS ties these credentials to. */
  readonly tenantId: string;
  readonly #expiration: Date;
  readonly #accessKeyId: string;
  readonly #secretAccessKey: string;
  readonly #sessionToken: string;

  /** Only `assumeTenantRole` makes one: an instance says that its keys belong to its tenant. */
  constructor(
    tenantId: string,
    issued: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
      readonly expiration: Date;
    },
  ) {
    this.tenantId = tenantId;
    this.#expiration = new Date(issued.expiration);
    this.#accessKeyId = issued.accessKeyId;
    this.#secretAccessKey = issued.secretAccessKey;
    this.#sessionToken = issued.sessionToken;
    Object.freeze(this);
  }

  /** Whether a value was made by `assumeTenantRole`, and not only looks so. */
  static isIssued(value: unknown): value is TenantCredentials {
    return typeof value === 'object' && value !== null && #accessKeyId in value;
  }

  /** When the session ends. */
  get expiration(): Date {
    return new Date(this.#expiration);
  }

  get accessKeyId(): string {
    return this.#accessKeyId;
  }

  get secretAccessKey(): string {
    return this.#secretAccessKey;
  }

  get sessionToken(): string {
    return this.#sessionToken;
  }
}

/**
 * Refuses what this package did not issue, and what is over.
 *
 * @throws TenantDataAccessError `credentials.foreign` or `credentials.expired`
 */
export function assertUsable(credentials: unknown, now: Date = new Date()): asserts credentials is TenantCredentials {
  if (!TenantCredentials.isIssued(credentials)) {
    throw new TenantDataAccessError(
      'credentials.foreign',
      'These credentials are not those of a tenant session: pass what assumeTenantRole returned. Others could reach every tenant.',
    );
  }
  if (!(credentials.expiration > now)) {
    throw new TenantDataAccessError(
      'credentials.expired',
      `The session of tenant '${credentials.tenantId}' ended at ${credentials.expiration.toISOString()}: assume the role again.`,
    );
  }
}
