import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate, type Authenticated } from '../../../../lib/sandbox/signature/authenticate';
import { KEYS, request } from '../../../support/signed-requests';

// Numbers of the examples that AWS publishes to check an implementation by.

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function taken(example: AwsRequest, protocol: Protocol, now: string, secretAccessKey: string): Authenticated {
  return authenticate(example, { keyOf: () => ({ secretAccessKey }), protocol, now: Date.parse(now) });
}

describe('the examples of S3', () => {
  const host = 'examplebucket.s3.amazonaws.com';
  const verify = (example: AwsRequest): Authenticated => taken(example, 's3', '2013-05-24T00:00:00Z', KEYS.secretAccessKey);

  /** @param headers those that are signed, all but `host` and `x-amz-date` */
  function example(parts: Partial<AwsRequest>, headers: Readonly<Record<string, string>>, signature: string): AwsRequest {
    const all: Record<string, string> = { host, 'x-amz-date': '20130524T000000Z', ...headers };
    const names = Object.keys(all).sort().join(';');
    const authorization = `AWS4-HMAC-SHA256 Credential=${KEYS.accessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`;
    return { ...request({ method: 'GET' }), ...parts, headers: { ...all, authorization } };
  }

  const rows: readonly [string, AwsRequest][] = [
    [
      'GET object',
      example(
        { path: '/test.txt' },
        { range: 'bytes=0-9', 'x-amz-content-sha256': EMPTY },
        'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
      ),
    ],
    [
      'PUT object',
      example(
        { method: 'PUT', path: '/test%24file.text', body: Buffer.from('Welcome to Amazon S3.') },
        {
          date: 'Fri, 24 May 2013 00:00:00 GMT',
          'x-amz-storage-class': 'REDUCED_REDUNDANCY',
          'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        },
        '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      ),
    ],
    [
      'GET bucket lifecycle',
      example(
        { query: 'lifecycle' },
        { 'x-amz-content-sha256': EMPTY },
        'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
      ),
    ],
    [
      'GET bucket',
      example(
        { query: 'max-keys=2&prefix=J' },
        { 'x-amz-content-sha256': EMPTY },
        '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
      ),
    ],
  ];

  it.each(rows)('%s', (_, example) => {
    expect(verify(example)).toMatchObject({ kind: 'signed', region: 'us-east-1', service: 's3' });
    expect(() => verify({ ...example, path: `${example.path}/` })).toThrow(/signature does not match/);
  });

  it('presigned GET object', () => {
    const query = (signature: string): string =>
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&' +
      `X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=${signature}`;
    const get = (signature: string): AwsRequest =>
      request({ method: 'GET', path: '/test.txt', query: query(signature), headers: { host } });
    expect(verify(get('aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'))).toMatchObject({ by: 'presigned' });
    expect(() => verify(get('beeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'))).toThrow(
      /signature does not match/,
    );
  });

  const data = Buffer.alloc(66_560, 'a');
  const chunk = (from: number, to: number, signature: string): string =>
    `${(to - from).toString(16)};chunk-signature=${signature}\r\n${data.toString('latin1', from, to)}${to > from ? '\r\n' : ''}`;
  const chunkedHeaders = {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  };

  it('PUT object in signed chunks', () => {
    const put = (third: string): AwsRequest =>
      example(
        {
          method: 'PUT',
          path: '/examplebucket/chunkObject.txt',
          body: Buffer.from(
            chunk(0, 65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648') +
              chunk(65_536, 66_560, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497') +
              `${chunk(0, 0, third)}\r\n`,
          ),
        },
        {
          ...chunkedHeaders,
          host: 's3.amazonaws.com',
          'content-length': '66824',
          'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        },
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      );
    const example1 = put('b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
    expect(example1.body).toHaveLength(66_824);
    expect(verify(example1).request.body.equals(data)).toBe(true);
    const changed = put('c6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
    expect(() => verify(changed)).toThrow(/signature of a chunk/);
  });

  it('PUT object in signed chunks with a trailer', () => {
    const put = (trailer: string): AwsRequest =>
      example(
        {
          method: 'PUT',
          path: '/examplebucket/chunkObject.txt',
          body: Buffer.from(
            chunk(0, 65_536, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2') +
              chunk(65_536, 66_560, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7') +
              chunk(0, 0, '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992') +
              `x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:${trailer}\r\n\r\n`,
          ),
        },
        {
          ...chunkedHeaders,
          host: 's3.amazonaws.com',
          'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
          'x-amz-trailer': 'x-amz-checksum-crc32c',
        },
        '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
      );
    const whole = put('d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435');
    expect(whole.body).toHaveLength(66_946);
    const { request: clean } = verify(whole);
    expect(clean.body.equals(data)).toBe(true);
    expect(clean.headers['x-amz-checksum-crc32c']).toBe('sOO8/Q==');
    const changed = put('e81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435');
    expect(() => verify(changed)).toThrow(/signature of a trailer/);
  });
});

describe('the examples of other services', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const VANILLA = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';

  it.each<[string, Partial<AwsRequest>, string]>([
    ['vanilla', {}, VANILLA],
    ['slash', { path: '//' }, VANILLA],
    ['slash dot slash', { path: '/./' }, VANILLA],
    ['relative', { path: '/example1/example2/../..' }, VANILLA],
    ['POST vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'query in another order',
      { query: 'Param2=value2&Param1=value1' },
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'white space in headers',
      { headers: { 'my-header1': ' value1 ', 'my-header2': ' "a   b   c" ' } },
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
  ])('%s', (_, { headers = {}, ...parts }, signature) => {
    const all: Record<string, string> = { host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z', ...headers };
    const names = Object.keys(all).sort().join(';');
    const authorization = `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`;
    const example = { ...request({ method: 'GET' }), ...parts, headers: { ...all, authorization } };
    expect(taken(example, 'query', '2015-08-30T12:36:00Z', secret)).toMatchObject({ service: 'service' });
    expect(() => taken({ ...example, path: '/a' }, 'query', '2015-08-30T12:36:00Z', secret)).toThrow(/signature does not match/);
  });
});
