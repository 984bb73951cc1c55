import type { AwsAnswer } from '../../http/aws-request';
import { checksumsOf } from '../checksums';
import { invalidArgument } from '../request-facts';
import type { S3Request } from '../s3-request';
import { xmlElement } from '../xml';
import { emptyAnswer, xmlAnswer } from './answers';
import { byteRange } from './byte-range';
import { checkWriteCondition } from './conditions';
import type { ObjectBucket } from './object-bucket';
import { notImplemented } from './refusals';
import { detailsOf } from './stored-object';
import { Upload, uploadOf } from './upload';
import { copied, sourceOf } from './write-object';

export function createUpload(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const { key = '' } = s3;
  const upload = new Upload(key, detailsOf(s3));
  bucket.uploads.set(upload.id, upload);
  return xmlAnswer(xmlElement('InitiateMultipartUploadResult', named(bucket, key, upload.id)));
}

export function uploadPart(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const part = current(bucket, s3).put(s3.query.get('partNumber') ?? '', s3.body);
  return emptyAnswer(200, { etag: part.etag, ...checksumsOf(s3) });
}

/** @throws AwsError `InvalidArgument` for a range that the source does not have whole */
export function uploadPartCopy(bucket: ObjectBucket, s3: S3Request, bucketOf: (name: string) => ObjectBucket): AwsAnswer {
  const upload = current(bucket, s3);
  const [{ body }] = sourceOf(s3, bucket, bucketOf);
  const given = s3.headers['x-amz-copy-source-range'];
  const [, last] = /^bytes=\d+-(\d+)$/.exec(given ?? '') ?? [];
  const range = byteRange(given, body.length);
  // Unlike a reader's, this range must be there whole.
  const isWhole = given === undefined || (last !== undefined && Number(last) === range?.last);
  if (!isWhole) throw invalidArgument('x-amz-copy-source-range', given);
  const bytes = range === undefined ? body : body.subarray(range.first, range.last + 1);
  return xmlAnswer(xmlElement('CopyPartResult', copied(upload.put(s3.query.get('partNumber') ?? '', bytes))));
}

export function completeUpload(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const { key = '' } = s3;
  const upload = current(bucket, s3);
  const object = upload.complete(s3.body);
  checkWriteCondition(bucket.get(key), s3);
  bucket.put(key, object);
  bucket.uploads.delete(upload.id);
  return xmlAnswer(
    xmlElement('CompleteMultipartUploadResult', [
      xmlElement('Location', `/${bucket.name}/${key}`),
      ...named(bucket, key),
      xmlElement('ETag', object.etag),
    ]),
  );
}

export function abortUpload(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  bucket.uploads.delete(current(bucket, s3).id);
  return emptyAnswer(204);
}

export function listParts(bucket: ObjectBucket, s3: S3Request): AwsAnswer {
  const upload = current(bucket, s3);
  const after = countOf(s3, 'part-number-marker', 0);
  const most = Math.min(1000, countOf(s3, 'max-parts', 1000));
  const left = upload.parts.filter(({ number }) => number > after);
  const parts = left.slice(0, most);
  return xmlAnswer(
    xmlElement('ListPartsResult', [
      ...named(bucket, upload.key, upload.id),
      xmlElement('PartNumberMarker', `${after}`),
      xmlElement('NextPartNumberMarker', `${parts.at(-1)?.number ?? after}`),
      xmlElement('MaxParts', `${most}`),
      xmlElement('IsTruncated', `${left.length > parts.length}`),
      ...parts.map(({ number, body, ...part }) =>
        xmlElement('Part', [xmlElement('PartNumber', `${number}`), ...copied(part), xmlElement('Size', `${body.length}`)]),
      ),
    ]),
  );
}

/** All at once: what pages would need is refused. @throws AwsError `NotImplemented` */
export function listUploads(bucket: ObjectBucket, { query }: S3Request): AwsAnswer {
  const prefix = query.get('prefix') ?? '';
  if ([...query.keys()].some((name) => !['uploads', 'prefix', 'max-uploads', 'x-id'].includes(name))) throw notImplemented();
  const uploads = [...bucket.uploads.values()].filter(({ key }) => key.startsWith(prefix));
  return xmlAnswer(
    xmlElement('ListMultipartUploadsResult', [
      xmlElement('Bucket', bucket.name),
      xmlElement('Prefix', prefix),
      xmlElement('IsTruncated', 'false'),
      ...uploads.map(({ key, id, startedAt }) =>
        xmlElement('Upload', [
          xmlElement('Key', key),
          xmlElement('UploadId', id),
          xmlElement('Initiated', startedAt.toISOString()),
        ]),
      ),
    ]),
  );
}

function current(bucket: ObjectBucket, { query, key }: S3Request): Upload {
  return uploadOf(bucket.uploads, query.get('uploadId'), key);
}

function named({ name }: ObjectBucket, key: string, uploadId?: string) {
  return [
    xmlElement('Bucket', name),
    xmlElement('Key', key),
    uploadId === undefined ? undefined : xmlElement('UploadId', uploadId),
  ];
}

function countOf({ query }: S3Request, name: string, otherwise: number): number {
  const given = query.get(name) ?? `${otherwise}`;
  if (!/^\d{1,5}$/.test(given)) throw invalidArgument(name, given);
  return Number(given);
}
