import type { Abortable } from '../call-options';
import type { SigningSession } from '../session/signing-session';
import { copyObject, type CopyOptions } from './copy-object';
import { deleteObject, deleteObjects, type DeleteManyResult } from './delete-objects';
import type { ListOptions } from './list-options';
import { ObjectListing } from './listing';
import type { TenantObject } from './object-body';
import type { ObjectDetails } from './object-details';
import {
  presignGet,
  type PresignGetOptions,
  type PresignedPut,
  type PresignedUrl,
  presignPut,
  type PresignPutOptions,
} from './presign';
import { putObject, type PutOptions, type WrittenObject } from './put-object';
import { getObject, type GetOptions, headObject, type HeadOptions, objectExists } from './read-object';
import type { ObjectStream } from './source-stream';
import { type ObjectClients, TenantBucket } from './tenant-bucket';
import { uploadObject, type UploadOptions } from './upload-object';

/**
 * The objects of one tenant. Keys are relative to the tenant, in calls and in results: nothing here can name another tenant's object. A
 * key is not empty, begins with no slash, has no segment `.` or `..` and no control character, and is at most 1,024 bytes of UTF-8 with
 * the tenant's prefix; every other key is kept byte for byte.
 *
 * Each call may throw, beside what it says, a TenantDataAccessError `request.invalid` (an option that is not known or does not fit),
 * `tenant.invalid` (the key), `request.aborted`, `access.denied`, `credentials.expired`, `session.closed` or any of `service.*`.
 *
 * @example
 * ```ts
 * const files = session.objects();
 * await files.put('receipts/1.txt', 'Thank you', { contentType: 'text/plain' });
 * const receipt = await files.get('receipts/1.txt');
 * console.log(await receipt.text());
 * ```
 */
export class TenantObjects {
  readonly #bucket: TenantBucket;

  /** Only `session.objects()` makes one. */
  constructor(signing: SigningSession, clients: ObjectClients, bucketName: string) {
    this.#bucket = new TenantBucket(signing, clients, bucketName);
  }

  /**
   * Writes an object, in one request of at most 5 GiB. A stream needs its `contentLength`, and is not sent again when the service fails;
   * it is destroyed in the end. For content of unknown length, or much of it, take `upload`.
   *
   * @throws TenantDataAccessError `condition.failed`, `transaction.conflict`; `request.aborted` with the `cause` if the stream breaks
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
   */
  put(key: string, body: string | Uint8Array, options?: PutOptions): Promise<WrittenObject>;
  put(key: string, body: ObjectStream, options: PutOptions & { readonly contentLength: number }): Promise<WrittenObject>;
  put(key: string, body: string | Uint8Array | ObjectStream, options?: PutOptions): Promise<WrittenObject> {
    return putObject(this.#bucket, key, body, options);
  }

  /**
   * Writes an object of any length, in parts of which several are sent at a time; a short one in a single request. When it fails or is
   * aborted, the parts that arrived are removed and a stream is destroyed; against those that cannot be removed, as in an outage, give the
   * bucket a lifecycle rule.
   *
   * @throws TenantDataAccessError `condition.failed`, `transaction.conflict`; `request.aborted` with the `cause` if the stream breaks
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
   */
  upload(key: string, body: string | Uint8Array | ObjectStream, options?: UploadOptions): Promise<WrittenObject> {
    return uploadObject(this.#bucket, key, body, options);
  }

  /**
   * Reads an object: its details, and its content by `body`, `text()` or `bytes()`. Read `body` to its end or destroy it.
   *
   * @throws TenantDataAccessError `object.not_found`, `condition.failed`; `request.invalid` for a range beyond the end
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  get(key: string, options?: GetOptions): Promise<TenantObject> {
    return getObject(this.#bucket, key, options);
  }

  /**
   * The details of an object, without its content.
   *
   * @throws TenantDataAccessError `object.not_found`, `condition.failed`
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   */
  head(key: string, options?: HeadOptions): Promise<ObjectDetails> {
    return headObject(this.#bucket, key, options);
  }

  /** Whether there is an object of this key. */
  exists(key: string, options?: Abortable): Promise<boolean> {
    return objectExists(this.#bucket, key, options);
  }

  /**
   * Lists the tenant's objects, in the order of their keys.
   *
   * @example
   * ```ts
   * for await (const { key, size } of files.list({ prefix: 'receipts/' })) console.log(key, size);
   * const { objects, prefixes, cursor } = await files.list({ delimiter: '/', pageSize: 50 }).page();
   * ```
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
   */
  list(options?: ListOptions): ObjectListing {
    return new ObjectListing(this.#bucket, options);
  }

  /**
   * Copies an object of at most 5 GiB within the tenant, with its headers and metadata; if any of them is given, with those given only.
   * Of an object with tags, S3 denies it to a role that may not read and write tags.
   *
   * @throws TenantDataAccessError `object.not_found` (the source), `condition.failed`, `transaction.conflict`
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<WrittenObject> {
    return copyObject(this.#bucket, from, to, options);
  }

  /**
   * Deletes an object. That there is none is no error.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
   */
  delete(key: string, options?: Abortable): Promise<void> {
    return deleteObject(this.#bucket, key, options);
  }

  /**
   * Deletes any number of objects, up to 1,000 by one request. It throws when none could be deleted, or when it is aborted; else the
   * result tells which were not.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
   */
  deleteMany(keys: Iterable<string>, options?: Abortable): Promise<DeleteManyResult> {
    return deleteObjects(this.#bucket, keys, options);
  }

  /**
   * A URL by which anybody may read the object, until it ends. AWS is not asked: whether there is such an object shows when the URL is
   * used.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
   */
  presignGet(key: string, options?: PresignGetOptions): Promise<PresignedUrl> {
    return presignGet(this.#bucket, key, options);
  }

  /**
   * A URL by which anybody may write the object, until it ends, with the headers that it answers. AWS is not asked: whether the tenant
   * may shows when the URL is used.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html
   */
  presignPut(key: string, options?: PresignPutOptions): Promise<PresignedPut> {
    return presignPut(this.#bucket, key, options);
  }
}
