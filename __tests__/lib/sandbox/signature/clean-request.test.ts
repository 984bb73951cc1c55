import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate } from '../../../../lib/sandbox/signature/authenticate';
import { KEYS, NOW, presigned, request, signed } from '../../../support/signed-requests';

function clean(given: AwsRequest, protocol: Protocol = 's3'): AwsRequest {
  return authenticate(given, { keyOf: () => ({ ...KEYS, sessionToken: 't' }), protocol, now: NOW }).request;
}

const get = (query: string, headers: Readonly<Record<string, string>> = {}): AwsRequest =>
  request({ method: 'GET', path: '/files/a%20b', query, headers });
const presignedGet = (query: string, headers?: Readonly<Record<string, string>>): AwsRequest =>
  presigned(get(query, headers), { sessionToken: 't' });

const host = 'localhost:4566';

describe('what is left of a request', () => {
  it('is all but its signature and its connection', () => {
    const ofConnection = [
      'connection',
      'expect',
      'keep-alive',
      'proxy-connection',
      'te',
      'trailer',
      'transfer-encoding',
      'upgrade',
    ];
    const headers = { range: 'bytes=0-1', 'x-amz-meta-a': 'b', ...Object.fromEntries(ofConnection.map((name) => [name, 'x'])) };
    const given = signed(get('list-type=2', headers), { service: 's3', sessionToken: 't' });
    expect(clean(given)).toEqual({ ...given, headers: { host, range: 'bytes=0-1', 'x-amz-meta-a': 'b' } });
  });

  it('is the length as it is', () => {
    const given = { ...request({ body: '{}', headers: { 'transfer-encoding': 'chunked' } }) };
    expect(clean(signed(given, { sessionToken: 't' }), 'json').headers).toEqual({ host, 'content-length': '2' });
    const empty = request({ headers: { 'content-length': '0' } });
    expect(clean(signed(empty, { sessionToken: 't' }), 'json').headers).toEqual({ host, 'content-length': '0' });
  });

  it('is the query without its signature, as it came', () => {
    expect(clean(presignedGet('versionId=a%2Fb&x-id=GetObject&acl')).query).toBe('versionId=a%2Fb&x-id=GetObject&acl');
    expect(clean(presignedGet('')).query).toBe('');
  });

  it('has spaces that everyone takes for spaces', () => {
    const given = signed(get('prefix=a%20b', {}), { service: 's3', sessionToken: 't' });
    expect(clean({ ...given, query: 'prefix=a+b' }).query).toBe('prefix=a%20b');
    expect(() => clean({ ...given, query: 'prefix=a%2Bb' })).toThrow(/signature does not match/);
  });
});

describe('headers of S3 in the query', () => {
  it.each<[string, AwsRequest]>([
    ['a presigned URL', presignedGet('acl&x-amz-acl=public-read&X-Amz-Copy-Source=%2Ffiles%2Fb&x-amz-meta-a=b%20c')],
    [
      'a request signed in its header',
      signed(get('acl&X-Amz-Copy-Source=%2Ffiles%2Fb&x-amz-acl=public-read&x-amz-meta-a=b%20c'), {
        service: 's3',
        sessionToken: 't',
      }),
    ],
    ['nobody', get('acl&x-amz-acl=public-read&X-Amz-Copy-Source=%2Ffiles%2Fb&x-amz-meta-a=b+c')],
  ])('become headers: of %s', (_, given) => {
    const { query, headers } = clean(given);
    expect(query).toBe('acl');
    expect(headers).toEqual({ host, 'x-amz-acl': 'public-read', 'x-amz-copy-source': '/files/b', 'x-amz-meta-a': 'b c' });
  });

  it('are dropped if they are checksums, or of the body', () => {
    const query = 'a&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&X-AMZ-CHECKSUM-SHA256=a&x-amz-trailer=b';
    expect(clean(presignedGet(query))).toMatchObject({ query: 'a', headers: { host } });
    expect(Object.keys(clean(presignedGet(query)).headers)).toEqual(['host']);
    expect(clean(presignedGet('x-amz-checksum-mode=ENABLED')).headers).toEqual({ host, 'x-amz-checksum-mode': 'ENABLED' });
  });

  it.each<[string, AwsRequest]>([
    ['twice', presignedGet('x-amz-acl=private&x-amz-acl=public-read')],
    ['twice in another case', presignedGet('X-Amz-Acl=public-read&x-amz-acl=private')],
    ['in a header too', presignedGet('x-amz-acl=public-read', { 'x-amz-acl': 'private' })],
    ['with the end of a line', presignedGet('x-amz-acl=a%0D%0Ahost%3A%20b')],
    ['with a zero', get('x-amz-acl=a%00')],
  ])('are refused %s', (_, given) => {
    const refused = expect.objectContaining({
      code: 'InvalidArgument',
      status: 400,
      details: { ArgumentName: 'x-amz-acl' },
    }) as Error;
    expect(() => clean(given)).toThrow(refused);
  });

  it('are refused if they can be no header', () => {
    expect(() => clean(get('x-amz-meta-%0Aa=b'))).toThrow(/no header has/);
    expect(clean(get('x-amz-meta-a=%C3%A4%20~')).headers['x-amz-meta-a']).toBe('\u00c3\u00a4 ~');
  });

  it('are nothing to other services', () => {
    const given = presigned(get('x-amz-acl=a'), { service: 'sts', sessionToken: 't', path: '/files/a%2520b' });
    expect(clean(given, 'query')).toMatchObject({ query: 'x-amz-acl=a', headers: { host } });
  });
});
