import { AwsError, errorAnswer } from '../../http/aws-error';
import type { AwsAnswer, AwsRequest, Store, StoreTarget } from '../../http/aws-request';
import { readDeleteList } from '../deletions';
import { operationOf } from '../operation-of';
import { readS3Request, type S3Request } from '../s3-request';
import { readXml, textOf, xmlElement } from '../xml';
import { emptyAnswer, xmlAnswer } from './answers';
import { listObjects, listObjectsV2 } from './listing';
import { abortUpload, completeUpload, createUpload, listParts, listUploads, uploadPart, uploadPartCopy } from './multipart';
import { ObjectBucket } from './object-bucket';
import { readObject } from './read-object';
import { noSuchBucket, notImplemented } from './refusals';
import { deleteTagging, getTagging, putTagging } from './tagging';
import { copyObject, deleteObject, putObject, removeObject } from './write-object';

/**
 * An S3 in memory, gone when it is closed: objects, listings, multipart uploads, tags of objects. It keeps every key byte for byte, and
 * reads a request with the same eyes as `s3Operation`, so that what it does is what was asked for. Versions, ACLs and settings of
 * buckets are refused as not implemented. It asks nobody whether a request is allowed.
 */
export function embeddedObjectStore(): Promise<Store> {
  const store = new ObjectStore();
  return Promise.resolve({
    handle: (request: AwsRequest, target: StoreTarget) => Promise.resolve().then(() => store.answer(request, target)),
    close: () => {
      store.clear();
      return Promise.resolve();
    },
  });
}

type BucketAction = (bucket: ObjectBucket, s3: S3Request, bucketOf: (name: string) => ObjectBucket) => AwsAnswer;

const BUCKET_ACTIONS: Readonly<Record<string, BucketAction>> = {
  HeadBucket: ({ region }) => emptyAnswer(200, { 'x-amz-bucket-region': region }),
  GetBucketLocation: ({ region }) => xmlAnswer(xmlElement('LocationConstraint', region === 'us-east-1' ? '' : region)),
  GetBucketVersioning: () => xmlAnswer(xmlElement('VersioningConfiguration', '')),
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  GetObject: readObject,
  HeadObject: readObject,
  PutObject: putObject,
  CopyObject: copyObject,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjects,
  CreateMultipartUpload: createUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeUpload,
  AbortMultipartUpload: abortUpload,
  ListParts: listParts,
  ListMultipartUploads: listUploads,
  GetObjectTagging: getTagging,
  PutObjectTagging: putTagging,
  DeleteObjectTagging: deleteTagging,
};

class ObjectStore {
  readonly #buckets = new Map<string, ObjectBucket>();

  clear(): void {
    this.#buckets.clear();
  }

  answer(request: AwsRequest, { region }: StoreTarget): AwsAnswer {
    try {
      return this.#act(readS3Request(request), region);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error, 's3', request.method);
      throw error;
    }
  }

  #act(s3: S3Request, region: string): AwsAnswer {
    const name = operationOf(s3)?.name ?? '';
    const { bucket = '' } = s3;
    if (name === 'ListBuckets') return this.#list(s3);
    if (name === 'CreateBucket') return this.#create(s3, region);
    if (name === 'DeleteBucket') return this.#delete(bucket);
    const action = Object.hasOwn(BUCKET_ACTIONS, name) ? BUCKET_ACTIONS[name] : undefined;
    if (action === undefined) throw notImplemented();
    return action(this.#bucket(bucket), s3, (other) => this.#bucket(other));
  }

  #bucket(name: string): ObjectBucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw noSuchBucket(name);
    return bucket;
  }

  #list({ query }: S3Request): AwsAnswer {
    if (query.has('max-buckets') || query.has('continuation-token')) throw notImplemented();
    const buckets = [...this.#buckets.values()]
      .filter(({ name, region }) => name.startsWith(query.get('prefix') ?? '') && region === (query.get('bucket-region') ?? region))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, createdAt }) =>
        xmlElement('Bucket', [xmlElement('Name', name), xmlElement('CreationDate', createdAt.toISOString())]),
      );
    return xmlAnswer(xmlElement('ListAllMyBucketsResult', [xmlElement('Buckets', buckets)]));
  }

  #create({ bucket = '', headers, body }: S3Request, region: string): AwsAnswer {
    if (this.#buckets.has(bucket)) {
      throw new AwsError('BucketAlreadyOwnedByYou', 'You already own the bucket you asked to create.', 409, { BucketName: bucket });
    }
    const locked = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true';
    if (locked || (headers['x-amz-acl'] ?? 'private') !== 'private') throw notImplemented();
    const constraint = body.length === 0 ? undefined : textOf(readXml(body), 'LocationConstraint');
    this.#buckets.set(bucket, new ObjectBucket(bucket, constraint ?? region));
    return emptyAnswer(200, { location: `/${bucket}` });
  }

  #delete(name: string): AwsAnswer {
    if (!this.#bucket(name).isEmpty) {
      throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409, { BucketName: name });
    }
    this.#buckets.delete(name);
    return emptyAnswer(204);
  }
}

/** Object by object: one that cannot be deleted is an error within the answer. */
function deleteObjects(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const { objects, quiet } = readDeleteList(s3.body);
  const results = objects.map(({ key, versionId, etag }) => {
    try {
      removeObject(bucket, key, versionId, etag);
      return quiet ? undefined : xmlElement('Deleted', [xmlElement('Key', key)]);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return xmlElement('Error', [xmlElement('Key', key), xmlElement('Code', error.code), xmlElement('Message', error.message)]);
    }
  });
  return xmlAnswer(xmlElement('DeleteResult', results));
}
