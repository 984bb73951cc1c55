/**
 * Tenant-scoped access to objects alone: nothing of DynamoDB is loaded.
 *
 * @example
 * ```ts
 * import { TenantObjectAccess } from 'multi-tenant-data-access/objects';
 * ```
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { checkConfig, type ObjectConfig, type SessionConfig } from './config';
import { ObjectSession } from './objects/object-session';
import type { TenantObjects } from './objects/tenant-objects';
import type { SigningSession } from './session/signing-session';
import { TenantAccess } from './session/tenant-access';

/** A session of one tenant that reaches its objects. */
export class TenantObjectSession {
  /** The tenant that the session is bound to. */
  readonly tenantId: string;
  readonly #signing: SigningSession;
  readonly #objects: ObjectSession;

  /** Only `forTenant` makes one. */
  constructor(signing: SigningSession, config: ObjectConfig) {
    this.tenantId = signing.tenantId;
    this.#signing = signing;
    this.#objects = new ObjectSession(signing, config);
  }

  /** When the credentials in use end. Those of a token function are renewed before. */
  get expiration(): Date {
    return this.#signing.expiration;
  }

  /** A plain S3 client that signs for this tenant; AWS denies it all that is not the tenant's. */
  get s3Client(): S3Client {
    return this.#objects.s3Client;
  }

  /**
   * The tenant's objects.
   *
   * @param bucketName of several buckets, which. Default: that of the configuration.
   * @throws TenantDataAccessError `request.invalid`
   */
  objects(bucketName?: string): TenantObjects {
    return this.#objects.objects(bucketName);
  }
}

/** Configuration of `TenantObjectAccess`. */
export interface TenantObjectAccessConfig extends SessionConfig, ObjectConfig {}

/** `TenantDataAccess` for applications that use no table. */
export class TenantObjectAccess extends TenantAccess<TenantObjectSession> {
  /** @throws TenantDataAccessError `config.invalid`, naming every option that does not fit */
  constructor(config: TenantObjectAccessConfig) {
    const checked = checkConfig(config, { table: false, objects: true });
    super(checked, (signing) => new TenantObjectSession(signing, checked));
  }
}

export type { ObjectConfig, SessionConfig } from './config';
export { TenantDataAccessError, type TenantDataAccessErrorCode } from './errors';
export type { Abortable } from './call-options';
export type { CopyOptions } from './objects/copy-object';
export type { DeleteManyResult } from './objects/delete-objects';
export type { ListOptions } from './objects/list-options';
export type { ListedObject, ObjectListing, ObjectPage } from './objects/listing';
export type { TenantObject } from './objects/object-body';
export type { ObjectDetails } from './objects/object-details';
export type { ObjectHeaders } from './objects/object-headers';
export type { PresignedPut, PresignedUrl, PresignGetOptions, PresignOptions, PresignPutOptions } from './objects/presign';
export type { PutOptions, WriteConditions, WrittenObject } from './objects/put-object';
export type { GetOptions, HeadOptions, ReadConditions } from './objects/read-object';
export type { ObjectStream } from './objects/source-stream';
export type { TenantObjects } from './objects/tenant-objects';
export type { UploadOptions, UploadProgress } from './objects/upload-object';
export type { TenantEvent } from './session/events';
export type { TokenSource } from './session/tenant-access';
export type { TokenIssuer } from './token/issuer';
