import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { TenantDataAccessError } from '../errors';
import { type Attempt, fromServiceError } from '../service-errors';
import { type Tell, tellOf } from './events';
import { SDK_MARGIN_MILLISECONDS } from './renewal-times';
import { type Grant, type Renewal, RenewingCredentials } from './renewing-credentials';

export type { Grant, Renewal };

/** What all clients of one access have in common. */
export interface ClientDefaults extends Pick<STSClientConfig, 'maxAttempts' | 'retryMode' | 'requestHandler'> {
  readonly region: string;
}

/** What a session shares with all others of its access. */
export interface Surroundings {
  readonly client: ClientDefaults;
  readonly tell: Tell;
  /** @throws TenantDataAccessError `session.closed` */
  readonly assertOpen: () => void;
}

/** Signs for one tenant, and for no other, as long as the token's owner may. */
export class SigningSession {
  readonly tenantId: string;
  readonly #credentials: RenewingCredentials;
  readonly #surroundings: Surroundings;

  constructor(grant: Grant, renewal: Renewal, surroundings: Surroundings) {
    this.tenantId = grant.credentials.tenantId;
    this.#credentials = new RenewingCredentials(grant, renewal, surroundings.tell);
    this.#surroundings = surroundings;
  }

  /** When the credentials in use end. */
  get expiration(): Date {
    return this.#credentials.current.credentials.expiration;
  }

  get client(): ClientDefaults {
    return this.#surroundings.client;
  }

  /**
   * The credentials, as an SDK client takes a provider. They say to end when they are to be renewed, so that the SDK, which keeps them,
   * asks in time.
   *
   * @throws TenantDataAccessError `session.closed`, `credentials.expired`, or why they could not be renewed
   */
  readonly provider = async (): Promise<{
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken: string;
    expiration: Date;
  }> => {
    this.#surroundings.assertOpen();
    const { accessKeyId, secretAccessKey, sessionToken } = await this.#credentials.valid();
    const expiration = new Date(this.#credentials.renewAt + SDK_MARGIN_MILLISECONDS);
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  };

  /**
   * Credentials that are not about to end, for callers that hold on to them: those that are due are renewed first, if they can be.
   *
   * @throws TenantDataAccessError as `provider`
   */
  async grant(): Promise<Grant> {
    this.#surroundings.assertOpen();
    return this.#credentials.fresh();
  }

  /**
   * Sends a request of this session, and codes its error.
   *
   * @param what describes the request, for its error
   * @throws TenantDataAccessError
   */
  async attempt<Answer>(what: () => Omit<Attempt, 'expired' | 'secret'>, send: () => Promise<Answer>): Promise<Answer> {
    this.#surroundings.assertOpen();
    try {
      return await send();
    } catch (error) {
      const coded = fromServiceError(error, { ...what(), expired: 'credentials.expired' });
      this.tell(coded);
      throw coded;
    }
  }

  /** Tells the listener of a refusal; without an error, that a service asked to slow down and the request is tried again. */
  tell(error?: TenantDataAccessError): void {
    const { tell } = this.#surroundings;
    if (error === undefined) tell({ type: 'throttle', tenantId: this.tenantId, error });
    else tellOf(error, this.tenantId, tell);
  }

  /** Whether nothing can be done with it any more. */
  isOver(): boolean {
    return this.#credentials.isOver();
  }
}
