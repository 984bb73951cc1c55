import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { readS3Request, writeS3Request } from '../../../../lib/sandbox/s3/s3-request';

function request(path: string, query = '', headers: Readonly<Record<string, string>> = {}): AwsRequest {
  return { method: 'GET', path, query, headers: { host: '127.0.0.1:4566', ...headers }, body: Buffer.alloc(0), fromLoopback: true };
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'nothing';
  } catch (error) {
    return error instanceof AwsError ? `${error.code} ${error.status}` : 'another error';
  }
}

describe('readS3Request', () => {
  it.each<[host: string, path: string, bucket: string | undefined, key: string | undefined]>([
    ['127.0.0.1:4566', '/', undefined, undefined],
    ['127.0.0.1:4566', '/files', 'files', undefined],
    ['127.0.0.1:4566', '/files/', 'files', undefined],
    ['[::1]:4566', '/files/a', 'files', 'a'],
    ['localhost', '/files/a/', 'files', 'a/'],
    ['localhost', '/files//a', 'files', '/a'],
    ['localhost', '/%66iles/a', 'files', 'a'],
    ['files.localhost:4566', '/a/b', 'files', 'a/b'],
    ['FILES.LocalHost', '/', 'files', undefined],
    ['my.files.localhost', '//a', 'my.files', '/a'],
    ['files.s3.localhost:4566', '/a', 'files', 'a'],
    ['files.s3.eu-central-1.amazonaws.com', '/other/a', 'files', 'other/a'],
    ['a.s3.b.s3.localhost', '/a', 'a.s3.b', 'a'],
    ['s3.localhost', '/files/a', 'files', 'a'],
    ['s3.eu-central-1.localhost', '/files/a', 'files', 'a'],
    ['s3-fips.localhost', '/files/a', 'files', 'a'],
    ['sandbox.example', '/files/a', 'files', 'a'],
  ])('finds bucket and key at host %s in %s', (host, path, bucket, key) => {
    const { bucket: name, key: rest } = readS3Request(request(path, '', { host }));
    expect([name, rest]).toEqual([bucket, key]);
  });

  it.each<[path: string, key: string]>([
    ['a%20b', 'a b'],
    ['a+b', 'a b'],
    ['a%2Bb', 'a+b'],
    ['a%2Fb', 'a/b'],
    ['tenants/acme/../globex/doc', 'tenants/acme/../globex/doc'],
    ['tenants/acme/%2e%2e/globex/doc', 'tenants/acme/../globex/doc'],
    ['tenants/acme/%252e%252e/x', 'tenants/acme/%2e%2e/x'],
    ['a/./b//c/', 'a/./b//c/'],
    ['a\\..\\b', 'a\\..\\b'],
    ['a%00b', 'a\0b'],
    ['%C3%A9', '\u00e9'],
    ['e%CC%81', 'e\u0301'],
    ['%F0%9F%98%80', '😀'],
    ['%EF%BB%BFbom', '\ufeffbom'],
  ])('decodes %s once and changes nothing else', (path, key) => {
    expect(readS3Request(request(`/files/${path}`)).key).toBe(key);
  });

  it.each<[what: string, path: string, query: string]>([
    ['half an encoding', '/files/a%2', ''],
    ['no hexadecimal', '/files/a%zz', ''],
    ['a bare percent sign', '/files/100%', ''],
    ['bytes that are no UTF-8', '/files/%ff', ''],
    ['an overlong slash', '/files/a%c0%afb', ''],
    ['a lone surrogate', '/files/%ed%a0%80', ''],
    ['raw bytes', '/files/\u00e9', ''],
    ['a control character', '/files/a\u0001', ''],
    ['a whole URL', 'http://127.0.0.1/files/a', ''],
    ['no path', '*', ''],
    ['a wrong encoding in the query', '/files', 'prefix=%'],
    ['no UTF-8 in the query', '/files', '%ff=1'],
  ])('refuses %s', (_what, path, query) => {
    expect(codeOf(() => readS3Request(request(path, query)))).toBe('InvalidURI 400');
  });

  it.each(['ab', 'a'.repeat(64), 'UPPER', 'under_score', '-ab', 'ab-', 'a..b', 'a%2Fb', '..', 'a%20b', '/key', 'a*b'])(
    'refuses the bucket %s',
    (bucket) => {
      expect(codeOf(() => readS3Request(request(`/${bucket}/key`)))).toBe('InvalidBucketName 400');
    },
  );

  it('takes names of buckets and keys up to their limits, and refuses longer keys', () => {
    expect(readS3Request(request(`/${'a'.repeat(63)}/${'k'.repeat(1024)}`)).key).toHaveLength(1024);
    expect(readS3Request(request(`/abc/${'%C3%A9'.repeat(512)}`)).key).toHaveLength(512);
    expect(codeOf(() => readS3Request(request(`/abc/${'%C3%A9'.repeat(512)}a`)))).toBe('KeyTooLongError 400');
  });

  it('reads the query, its blanks and empty values, with case', () => {
    const { query, ambiguous } = readS3Request(request('/files', 'prefix=a+b%2Fc&&delimiter=&ACL&x=a=b'));
    expect([...query]).toEqual([
      ['prefix', 'a b/c'],
      ['delimiter', ''],
      ['ACL', ''],
      ['x', 'a=b'],
    ]);
    expect(ambiguous).toBe(false);
  });

  it('takes what a presigned URL carries for headers', () => {
    const { headers, query } = readS3Request(
      request('/files/a', 'X-Amz-Meta-Owner=jo&x-amz-acl=private', { 'x-amz-acl': 'private' }),
    );
    expect(headers).toEqual({ 'x-amz-meta-owner': 'jo', 'x-amz-acl': 'private' });
    expect(query.size).toBe(0);
  });

  it.each<[query: string, headers: Readonly<Record<string, string>>]>([
    ['prefix=a&prefix=b', {}],
    ['prefix=a&prefix=a', {}],
    ['prefix=a&%70refix=b', {}],
    ['acl&acl', {}],
    ['x-amz-acl=private&X-Amz-Acl=public-read', {}],
    ['x-amz-acl=private', { 'x-amz-acl': 'public-read' }],
  ])('calls %s ambiguous', (query, headers) => {
    expect(readS3Request(request('/files', query, headers)).ambiguous).toBe(true);
  });
});

describe('writeS3Request', () => {
  it('writes path style, encoded, with what the query carried among the headers', () => {
    const read = readS3Request(request('/a/%2e%2e//b+c%2F%25(1)', 'versionId=a+b&x-amz-acl=private', { host: 'files.localhost' }));
    expect(writeS3Request(read, true)).toEqual({
      method: 'GET',
      path: '/files/a/..//b%20c/%25%281%29',
      query: 'versionId=a%20b',
      headers: { 'x-amz-acl': 'private' },
      body: Buffer.alloc(0),
      fromLoopback: true,
    });
  });

  it('leaves out headers that S3 does not know, by which another server might be told something else', () => {
    const known = {
      'content-type': 'text/plain',
      'if-none-match': '*',
      range: 'bytes=0-1',
      'x-amz-meta-a': 'b',
      origin: 'http://a',
    };
    const unknown = {
      'x-http-method-override': 'DELETE',
      'x-minio-force-delete': 'true',
      'x-moto-account-id': '111122223333',
      'x-forwarded-host': 'other.localhost',
      'x-original-url': '/other/key',
      forwarded: 'host=other',
    };
    expect(writeS3Request(readS3Request(request('/files/a', '', { ...known, ...unknown })), true).headers).toEqual(known);
  });
});
