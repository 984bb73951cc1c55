import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { quote, TenantDataAccessError } from '../errors';
import type { SigningSession } from '../session/signing-session';
import type { TenantCredentials } from '../session/tenant-credentials';
import { objectKey, objectListPrefix, objectPrefix } from '../tenancy';

/** Where the objects get their clients. */
export interface ObjectClients {
  readonly s3Client: S3Client;
  /** A client for URLs that are signed with just these credentials. */
  presigningClient(credentials: TenantCredentials): S3Client;
}

/** One tenant's part of a bucket: every key goes in and out through here. */
export class TenantBucket {
  readonly #prefix: string;

  constructor(
    readonly signing: SigningSession,
    readonly clients: ObjectClients,
    readonly bucketName: string,
  ) {
    this.#prefix = objectPrefix(signing.tenantId);
  }

  get s3Client(): S3Client {
    return this.clients.s3Client;
  }

  /**
   * The object of a key that is relative to the tenant, as commands name it.
   *
   * @throws TenantDataAccessError `tenant.invalid`
   */
  address(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucketName, Key: objectKey(this.signing.tenantId, key) };
  }

  /** @throws TenantDataAccessError `tenant.invalid` */
  listPrefix(prefix: string): string {
    return objectListPrefix(this.signing.tenantId, prefix);
  }

  /**
   * A key of the service's answer to a request for this prefix, relative to the tenant.
   *
   * @throws TenantDataAccessError `service.failed` for one that was not asked for: it may be another tenant's
   */
  relative(key: string | undefined, listPrefix: string): string {
    if (key?.startsWith(listPrefix) !== true) throw foreignAnswer();
    return key.slice(this.#prefix.length);
  }

  /** How messages name an object. */
  named(key: string): string {
    return `the object ${quote(key)} of tenant '${this.signing.tenantId}'`;
  }

  /** Sends a request, and codes its error. @throws TenantDataAccessError */
  attempt<Answer>(doing: () => string, send: () => Promise<Answer>): Promise<Answer> {
    return this.signing.attempt(
      () => ({
        doing: doing(),
        deniedBecause:
          `AWS denied it: the role must be granted ${this.#prefix}* in bucket '${this.bucketName}' and the KMS key of the bucket, if ` +
          "it has one, and where permissions are mapped the token's must allow it",
      }),
      send,
    );
  }

  /**
   * As `attempt`, for requests that read an object. Of one that is missing S3 says "denied" to those who may not list the whole bucket;
   * so after a denial it is looked for in the tenant's own listing.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  attemptRead<Answer>(key: string, doing: () => string, send: () => Promise<Answer>, abortSignal?: AbortSignal): Promise<Answer> {
    return this.attempt(doing, async () => {
      try {
        return await send();
      } catch (error) {
        if (isDenied(error) && (await this.#isMissing(key, abortSignal))) {
          throw new TenantDataAccessError('object.not_found', `Could not ${doing()}: there is no such object.`, { cause: error });
        }
        throw error;
      }
    });
  }

  async #isMissing(key: string, abortSignal: AbortSignal | undefined): Promise<boolean> {
    const { Bucket, Key } = this.address(key);
    // Of all keys that begin with this one, it is the first.
    const first = new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1, EncodingType: 'url' });
    try {
      const { Contents = [], EncodingType, IsTruncated } = await this.s3Client.send(first, { abortSignal });
      return IsTruncated !== undefined && Contents.every((object) => decodeListed(object.Key, EncodingType) !== Key);
    } catch {
      return false;
    }
  }
}

/** An answer that names an object that was not asked for ends the call: nothing of it is to be trusted. */
export function foreignAnswer(): TenantDataAccessError {
  return new TenantDataAccessError('service.failed', 'The answer of the service names an object that was not asked for.');
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && '$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode === 403;
}

/**
 * A key as a listing gives it: encoded as in a query, since XML cannot carry every key.
 *
 * @throws URIError if it is not encoded so
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function decodeListed(key: string | undefined, encodingType: string | undefined): string | undefined {
  return encodingType === 'url' && key !== undefined ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
