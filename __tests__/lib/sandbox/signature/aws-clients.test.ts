import { Readable } from 'node:stream';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate, type Authenticated } from '../../../../lib/sandbox/signature/authenticate';
import { scopeOf } from '../../../../lib/sandbox/signature/credential-scope';
import { RequestRecorder } from '../../../support/signed-requests';

const PROTOCOLS: Readonly<Record<string, Protocol>> = { dynamodb: 'json', s3: 's3', sts: 'query' };
const BYTES = Buffer.alloc(20_000, 'abcdefg');

const key = { accessKeyId: 'ASIACLIENT', secretAccessKey: 'secret/of+client', sessionToken: 'token/of+client==' };

let recorder: RequestRecorder;
let s3: S3Client;
let clientConfig: { endpoint: string; region: string; credentials: typeof key };

beforeAll(async () => {
  recorder = await RequestRecorder.start();
  clientConfig = { endpoint: recorder.url, region: 'eu-central-1', credentials: key };
  s3 = new S3Client({ ...clientConfig, forcePathStyle: true });
});

afterAll(async () => {
  s3.destroy();
  await recorder.close();
});

function authenticated(request: AwsRequest, secretAccessKey = key.secretAccessKey): Extract<Authenticated, { kind: 'signed' }> {
  const protocol = PROTOCOLS[scopeOf(request)?.service ?? ''] ?? 's3';
  const keyOf = (id: string) => (id === key.accessKeyId ? { ...key, secretAccessKey } : undefined);
  const result = authenticate(request, { keyOf, protocol, now: Date.now() });
  if (result.kind === 'anonymous') throw new Error('not signed');
  return result;
}

/** What a client sends is taken, and not a bit of it changed. */
function takes(request: AwsRequest): Extract<Authenticated, { kind: 'signed' }> {
  const result = authenticated(request);
  expect(result).toMatchObject({ accessKeyId: key.accessKeyId, region: 'eu-central-1' });
  expect(Object.keys(result.request.headers).join()).not.toMatch(
    /authorization|x-amz-(?:date|security-token|content-sha256)|connection/,
  );
  expect(result.request.query).not.toMatch(/X-Amz-/);
  const { path, query } = request;
  for (const changed of [{ method: 'DELETE' }, { path: `${path}x` }, { query: query === '' ? 'x' : `${query}&x` }]) {
    expect(() => authenticated({ ...request, ...changed })).toThrow(/signature does not match/);
  }
  expect(() => authenticated(request, 'another secret')).toThrow(/signature does not match/);
  return result;
}

async function sent(send: () => Promise<unknown>): Promise<readonly AwsRequest[]> {
  recorder.take();
  await send();
  return recorder.take();
}

async function theOneSent(send: () => Promise<unknown>): Promise<AwsRequest> {
  const [only, ...others] = await sent(send);
  if (only === undefined || others.length > 0) throw new Error('one request was expected');
  return only;
}

describe('the requests of the SDK', () => {
  it('of DynamoDB are taken', async () => {
    const dynamodb = new DynamoDBClient(clientConfig);
    const request = await theOneSent(() => dynamodb.send(new GetItemCommand({ TableName: 't', Key: { tenantId: { S: 'ä' } } })));
    expect(takes(request)).toMatchObject({ service: 'dynamodb', by: 'header', context: {}, request: { body: request.body } });
    expect(() => authenticated({ ...request, body: Buffer.from('{}') })).toThrow(/signature does not match/);
    dynamodb.destroy();
  });

  it('of STS are taken', async () => {
    const sts = new STSClient(clientConfig);
    const request = await theOneSent(() => sts.send(new GetCallerIdentityCommand({})));
    expect(takes(request)).toMatchObject({ service: 'sts', request: { body: request.body } });
    sts.destroy();
  });

  const key1 = "tenants/a b/+ä'(1)*!~.txt";
  const bucket = { Bucket: 'files' };
  it.each<[string, () => Promise<unknown>]>([
    ['GetObject', () => s3.send(new GetObjectCommand({ ...bucket, Key: key1 }))],
    [
      'ListObjectsV2',
      () => s3.send(new ListObjectsV2Command({ ...bucket, Prefix: 'tenants/a b+c=ä/', Delimiter: '/', StartAfter: '' })),
    ],
    ['PutObject', () => s3.send(new PutObjectCommand({ ...bucket, Key: key1, Body: 'hello', Metadata: { a: ' x   y ' } }))],
    ['CopyObject', () => s3.send(new CopyObjectCommand({ ...bucket, Key: key1, CopySource: 'files/x y' }))],
    ['DeleteObjects', () => s3.send(new DeleteObjectsCommand({ ...bucket, Delete: { Objects: [{ Key: key1 }] } }))],
    ['an object without a name', () => s3.send(new GetObjectCommand({ ...bucket, Key: '../a//./b' }))],
  ])('of S3 are taken: %s', async (_, send) => {
    const request = await theOneSent(send);
    const taken = takes(request);
    expect(taken.context).toEqual({
      's3:authType': 'REST-HEADER',
      's3:signatureversion': 'AWS4-HMAC-SHA256',
      's3:signatureAge': undefined,
      's3:x-amz-content-sha256': request.headers['x-amz-content-sha256'],
    });
    if (request.body.length > 0) {
      expect(() => authenticated({ ...request, body: Buffer.from('other') })).toThrow(
        /does not match the header x-amz-content-sha256/,
      );
    }
  });

  it('of S3 are taken in chunks, with the checksum behind them', async () => {
    const Body = Readable.from([BYTES.subarray(0, 9000), BYTES.subarray(9000)]);
    const request = await theOneSent(() =>
      s3.send(new PutObjectCommand({ ...bucket, Key: 'k', Body, ContentLength: BYTES.length })),
    );
    expect(request.headers).toMatchObject({ 'content-encoding': 'aws-chunked', 'x-amz-trailer': 'x-amz-checksum-crc32' });
    const { request: clean } = takes(request);
    expect(clean.body.equals(BYTES)).toBe(true);
    expect(clean.headers).toMatchObject({
      'content-length': '20000',
      'x-amz-checksum-crc32': expect.stringMatching(/^.{6}==$/) as string,
    });
    expect(Object.keys(clean.headers).join()).not.toMatch(/encoding|trailer|decoded/);
    const body = Buffer.from(request.body);
    body.write('X', 5000);
    expect(() => authenticated({ ...request, body })).toThrow(/does not match the checksum in x-amz-checksum-crc32/);
  });

  it.each(['CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('of S3 are taken with a checksum: %s', async (ChecksumAlgorithm) => {
    const request = await theOneSent(() => s3.send(new PutObjectCommand({ ...bucket, Key: 'k', Body: BYTES, ChecksumAlgorithm })));
    expect(takes(request).request.headers[`x-amz-checksum-${ChecksumAlgorithm.toLowerCase()}`]).toBeDefined();
  });

  it('of S3 are taken from an upload in parts', async () => {
    const part = Buffer.alloc(5 * 1024 * 1024, 'p');
    const upload = new Upload({ client: s3, params: { ...bucket, Key: 'k', Body: Readable.from([part, BYTES]) } });
    const requests = await sent(() => upload.done());
    expect(requests.map(({ method }) => method).sort()).toEqual(['POST', 'POST', 'PUT', 'PUT']);
    for (const request of requests) authenticated(request);
  });

  it('of a presigned GET are taken', async () => {
    const url = await getSignedUrl(s3, new GetObjectCommand({ ...bucket, Key: key1, ResponseContentType: 'text/plain; a+b' }));
    const request = await theOneSent(() => fetch(url));
    const { request: clean, by, context } = takes(request);
    expect(by).toBe('presigned');
    expect(clean.query).toBe('response-content-type=text%2Fplain%3B%20a%2Bb&x-id=GetObject');
    expect(clean.headers['x-amz-checksum-mode']).toBe('ENABLED');
    expect(context).toMatchObject({ 's3:authType': 'REST-QUERY-STRING', 's3:x-amz-content-sha256': undefined });
    expect(() => authenticated({ ...request, headers: { ...request.headers, 'x-amz-acl': 'public-read' } })).toThrow(
      /not: x-amz-acl/,
    );
  });

  it('of a presigned PUT are taken, without the checksum of no body', async () => {
    const url = await getSignedUrl(s3, new PutObjectCommand({ ...bucket, Key: 'k' }));
    const request = await theOneSent(() => fetch(url, { method: 'PUT', body: 'text' }));
    expect(request.query).toContain('x-amz-checksum-crc32=AAAAAA');
    const { request: clean } = takes(request);
    expect(clean).toMatchObject({ query: 'x-id=PutObject', body: Buffer.from('text') });
    expect(Object.keys(clean.headers).join()).not.toMatch(/x-amz/);
  });
});
