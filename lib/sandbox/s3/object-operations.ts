import type { OperationRows } from './operation-row';

const RESPONSE_HEADERS = ['type', 'language', 'disposition', 'encoding'].map((name) => `response-content-${name}`);
const READING = ['versionId', 'partNumber', 'response-cache-control', 'response-expires', ...RESPONSE_HEADERS];

/** What of an object is read, put and removed by a query parameter, and has an action of the operation's name for each version. */
function ofVersions(parameter: string, names: Readonly<Record<string, string>>, parameters: readonly string[] = []) {
  return Object.fromEntries(
    Object.entries(names).map(([method, name]) => [
      `${method} ${parameter}`,
      { name, actions: [name], parameters: ['versionId', ...parameters], versioned: true },
    ]),
  );
}

/**
 * UpdateObjectEncryption needs permissions of KMS, RenameObject is of directory buckets, WriteGetObjectResponse of Object Lambda: they
 * are not modelled.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const OBJECT_OPERATIONS: OperationRows = {
  GET: { name: 'GetObject', actions: ['GetObject'], parameters: READING, versioned: true },
  HEAD: { name: 'HeadObject', actions: ['GetObject'], parameters: READING, versioned: true },
  PUT: { name: 'PutObject', actions: ['PutObject'] },
  'PUT copy': { name: 'CopyObject', actions: ['PutObject'] },
  DELETE: { name: 'DeleteObject', actions: ['DeleteObject'], parameters: ['versionId'], versioned: true },
  'POST uploads': { name: 'CreateMultipartUpload', actions: ['PutObject'] },
  'PUT uploadId': { name: 'UploadPart', actions: ['PutObject'], parameters: ['partNumber'] },
  'PUT uploadId copy': { name: 'UploadPartCopy', actions: ['PutObject'], parameters: ['partNumber'] },
  'POST uploadId': { name: 'CompleteMultipartUpload', actions: ['PutObject'] },
  'GET uploadId': {
    name: 'ListParts',
    actions: ['ListMultipartUploadParts'],
    parameters: ['max-parts', 'part-number-marker'],
  },
  'DELETE uploadId': { name: 'AbortMultipartUpload', actions: ['AbortMultipartUpload'] },
  ...ofVersions('acl', { GET: 'GetObjectAcl', PUT: 'PutObjectAcl' }),
  ...ofVersions('tagging', { GET: 'GetObjectTagging', PUT: 'PutObjectTagging', DELETE: 'DeleteObjectTagging' }),
  ...ofVersions('torrent', { GET: 'GetObjectTorrent' }),
  ...ofVersions('annotation', { PUT: 'PutObjectAnnotation', DELETE: 'DeleteObjectAnnotation' }, ['annotationName']),
  'GET annotation': {
    name: 'ListObjectAnnotations',
    actions: ['ListObjectAnnotations'],
    parameters: ['versionId', 'annotation-prefix', 'continuation-token', 'max-annotation-results'],
    versioned: true,
  },
  'GET annotation annotationName': {
    name: 'GetObjectAnnotation',
    actions: ['GetObjectAnnotation'],
    parameters: ['versionId', 'annotationName'],
    versioned: true,
  },
  'GET attributes': {
    name: 'GetObjectAttributes',
    actions: ['GetObject', 'GetObjectAttributes'],
    parameters: ['versionId'],
    versioned: true,
  },
  'GET legal-hold': { name: 'GetObjectLegalHold', actions: ['GetObjectLegalHold'], parameters: ['versionId'] },
  'PUT legal-hold': { name: 'PutObjectLegalHold', actions: ['PutObjectLegalHold'], parameters: ['versionId'] },
  'GET retention': { name: 'GetObjectRetention', actions: ['GetObjectRetention'], parameters: ['versionId'] },
  'PUT retention': { name: 'PutObjectRetention', actions: ['PutObjectRetention'], parameters: ['versionId'] },
  'POST restore': { name: 'RestoreObject', actions: ['RestoreObject'], parameters: ['versionId'] },
  'POST select': { name: 'SelectObjectContent', actions: ['GetObject'], parameters: ['select-type'] },
};
