import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { readOptions } from '../call-options';
import { invalidRequest, TenantDataAccessError } from '../errors';
import { LIST_OPTIONS, type ListOptions, MAX_PAGE_SIZE } from './list-options';
import { decodeListed, type TenantBucket } from './tenant-bucket';

/** An object in a listing. */
export interface ListedObject {
  /** Relative to the tenant. */
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** One answer of S3. It may be empty and yet not the last: the last has no `cursor`. */
export interface ObjectPage {
  readonly objects: readonly ListedObject[];
  /** Relative to the tenant; empty without a `delimiter`. */
  readonly prefixes: readonly string[];
  /** Continues after this page. It is S3's own, and of use for this tenant only. */
  readonly cursor: string | undefined;
}

/**
 * A listing of a tenant's objects, in the order of their keys' UTF-8 bytes. Nothing is asked of S3 before it is read; each reading asks
 * anew. Read it object by object (`for await`), page by page (`pages()`), or one page of it (`page()`).
 */
export class ObjectListing implements AsyncIterable<ListedObject> {
  readonly #bucket: TenantBucket;
  readonly #options: ListOptions;
  readonly #prefix: string;
  readonly #startAfter: string | undefined;

  /** @throws TenantDataAccessError `request.invalid` or `tenant.invalid` */
  constructor(bucket: TenantBucket, options: ListOptions | undefined) {
    this.#bucket = bucket;
    this.#options = readOptions(options, LIST_OPTIONS);
    const { prefix = '', startAfter, cursor } = this.#options;
    if (startAfter !== undefined && cursor !== undefined) {
      throw invalidRequest("'startAfter' and 'cursor' exclude each other: a cursor says where to go on.");
    }
    this.#prefix = bucket.listPrefix(prefix);
    this.#startAfter = startAfter === undefined ? undefined : bucket.listPrefix(startAfter);
  }

  /** Object by object. @throws TenantDataAccessError `access.denied`, `request.aborted`, or any of `service.*` */
  async *[Symbol.asyncIterator](): AsyncGenerator<ListedObject, void, undefined> {
    for await (const { objects } of this.pages()) yield* objects;
  }

  /** Page by page. @throws TenantDataAccessError as the listing */
  async *pages(): AsyncGenerator<ObjectPage, void, undefined> {
    let { limit: left = Infinity, cursor } = this.#options;
    do {
      const page = await this.#page(left, cursor);
      left -= page.objects.length + page.prefixes.length;
      cursor = page.cursor;
      yield page;
    } while (cursor !== undefined && left > 0);
  }

  /** One page, for an API with pages of its own: hand its `cursor` to the caller, and take it back. @throws TenantDataAccessError as the listing */
  page(): Promise<ObjectPage> {
    return this.#page(this.#options.limit ?? Infinity, this.#options.cursor);
  }

  #page(left: number, cursor: string | undefined): Promise<ObjectPage> {
    const { delimiter, pageSize = MAX_PAGE_SIZE, abortSignal } = this.#options;
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket.bucketName,
      Prefix: this.#prefix,
      Delimiter: delimiter,
      MaxKeys: Math.min(pageSize, left),
      StartAfter: cursor === undefined ? this.#startAfter : undefined,
      ContinuationToken: cursor,
      EncodingType: 'url',
    });
    return this.#bucket.attempt(
      () => `list the objects of tenant '${this.#bucket.signing.tenantId}'`,
      async () => {
        try {
          return this.#read(await this.#bucket.s3Client.send(command, { abortSignal }), cursor);
        } catch (error) {
          if (cursor !== undefined && error instanceof Error && error.name === 'InvalidArgument') {
            throw invalidRequest('S3 does not take this cursor: send that of a page of the same listing, or none.');
          }
          throw error;
        }
      },
    );
  }

  #read(answer: ListObjectsV2CommandOutput, cursor: string | undefined): ObjectPage {
    const { Contents = [], CommonPrefixes = [], EncodingType, IsTruncated, NextContinuationToken } = answer;
    const relative = (key: string | undefined) => this.#bucket.relative(decoded(key, EncodingType), this.#prefix);
    const objects = Contents.map(({ Key, Size, ETag, LastModified }): ListedObject => {
      const key = relative(Key);
      if (Size === undefined || ETag === undefined || LastModified === undefined) {
        throw unreadable('size, ETag or date of an object');
      }
      return { key, size: Size, etag: ETag, lastModified: LastModified };
    });
    const prefixes = CommonPrefixes.map(({ Prefix }) => relative(Prefix));
    const next = IsTruncated === true ? NextContinuationToken : undefined;
    // To take any of these for the end would hide objects; to go on would not end.
    if (IsTruncated === undefined) throw unreadable("'IsTruncated'");
    if (IsTruncated && (next === undefined || next === '' || next === cursor)) throw unreadable('a new continuation token');
    // The console marks a folder by an object without a name, which is no object of the tenant's.
    return { objects: objects.filter(({ key }) => key !== ''), prefixes, cursor: next };
  }
}

function decoded(key: string | undefined, encodingType: string | undefined): string | undefined {
  try {
    return decodeListed(key, encodingType);
  } catch {
    throw unreadable('a key that can be decoded');
  }
}

function unreadable(missing: string): TenantDataAccessError {
  return new TenantDataAccessError('service.failed', `The answer of the service could not be read: it lacks ${missing}.`);
}
