import { createHash } from 'node:crypto';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate } from '../../../../lib/sandbox/signature/authenticate';
import { crc32, crc32c, crc64nvme } from '../../../../lib/sandbox/signature/cyclic-redundancy';
import {
  KEYS,
  NOW,
  presigned,
  request,
  type Seed,
  sha256,
  signed,
  signedWithSeed,
  signNext,
} from '../../../support/signed-requests';

const DATA = Buffer.alloc(20_000, 'abcdefg');
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const UNSIGNED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

function clean(given: AwsRequest): AwsRequest {
  return authenticate(given, { keyOf: () => KEYS, protocol: 's3', now: NOW }).request;
}

/** The request as it was taken, or `<status> <code>`. */
function outcome(given: AwsRequest): AwsRequest | string {
  try {
    return clean(given);
  } catch (error) {
    if (error instanceof AwsError) return `${error.status} ${error.code}`;
    throw error;
  }
}

type Headers = Readonly<Record<string, string | undefined>>;

function put(body: Buffer | string, headers: Headers = {}, parts: Parameters<typeof request>[0] = {}): AwsRequest {
  const defined = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return request({ method: 'PUT', path: '/files/k', body, headers: Object.fromEntries(defined), ...parts });
}

const putSigned = (body: Buffer | string, headers?: Headers, parts?: Parameters<typeof request>[0]): AwsRequest =>
  signed(put(body, headers, parts), { service: 's3' });

const checksums: readonly (readonly [name: string, of: (data: Buffer) => string])[] = [
  ['crc32', (data) => crc32(data).toString('base64')],
  ['crc32c', (data) => crc32c(data).toString('base64')],
  ['crc64nvme', (data) => crc64nvme(data).toString('base64')],
  ...['md5', 'sha1', 'sha256', 'sha512'].map(
    (name) => [name, (data: Buffer) => createHash(name).update(data).digest('base64')] as const,
  ),
];

describe('checksums', () => {
  // What each algorithm makes of these nine digits is published as its check value.
  const digits = Buffer.from('123456789');

  it.each([
    ['CRC-32', crc32, 'cbf43926'],
    ['CRC-32C', crc32c, 'e3069283'],
    ['CRC-64/NVME', crc64nvme, 'ae8b14860a799888'],
  ])('%s', (_, of, hex) => {
    expect(of(digits).toString('hex')).toBe(hex);
    expect(of(Buffer.alloc(0)).toString('hex')).toMatch(/^0+$/);
  });

  it.each(checksums)('x-amz-checksum-%s is verified', (name, of) => {
    const header = `x-amz-checksum-${name}`;
    expect(clean(putSigned(DATA, { [header]: of(DATA) })).headers[header]).toBe(of(DATA));
    expect(outcome(putSigned('b', { [header]: of(Buffer.from('a')) }))).toBe('400 BadDigest');
    expect(outcome(putSigned('a', { [header]: of(Buffer.from('a')).slice(0, -4) }))).toBe('400 InvalidRequest');
    expect(outcome(putSigned('a', { [header]: of(Buffer.from('a')).replace(/.$/, '!') }))).toBe('400 InvalidRequest');
  });

  it.each<[string, Headers, string]>([
    ['an MD5 of another body', { 'content-md5': createHash('md5').update('b').digest('base64') }, '400 BadDigest'],
    ['an MD5 in hexadecimal digits', { 'content-md5': createHash('md5').update('a').digest('hex') }, '400 InvalidDigest'],
    ['an empty MD5', { 'content-md5': '' }, '400 InvalidDigest'],
    ['an algorithm not known here', { 'x-amz-checksum-xxhash64': 'AAAAAAAAAAA=' }, '501 NotImplemented'],
    [
      'two checksums',
      Object.fromEntries(checksums.slice(0, 2).map(([name, of]) => [`x-amz-checksum-${name}`, of(Buffer.from('a'))])),
      '400 InvalidRequest',
    ],
  ])('refuses %s', (_, headers, answer) => {
    expect(outcome(putSigned('a', headers))).toBe(answer);
  });

  it('takes an MD5, and what is no checksum', () => {
    const headers = {
      'content-md5': createHash('md5').update('a').digest('base64'),
      'x-amz-checksum-algorithm': 'CRC32',
      'x-amz-checksum-mode': 'ENABLED',
      'x-amz-checksum-type': 'COMPOSITE',
    };
    expect(clean(putSigned('a', headers)).headers).toMatchObject(headers);
  });

  it('are of the object, not of the body, where a multipart upload is completed', () => {
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==-2' };
    const completion = { method: 'POST', query: 'uploadId=u' };
    expect(clean(putSigned('<CompleteMultipartUpload/>', headers, completion)).headers).toMatchObject(headers);
    expect(outcome(putSigned('a', headers, { ...completion, method: 'PUT' }))).toBe('400 InvalidRequest');
    expect(outcome(putSigned('a', headers, { method: 'POST', query: 'delete=' }))).toBe('400 InvalidRequest');
  });
});

describe('the hash of the body', () => {
  const headers = (hash: string): Headers => ({ 'x-amz-content-sha256': hash });

  it('is verified', () => {
    expect(clean(putSigned('a', headers(sha256('a')))).headers).toEqual({ host: 'localhost:4566', 'content-length': '1' });
    expect(outcome(putSigned('b', headers(sha256('a'))))).toBe('400 XAmzContentSHA256Mismatch');
    expect(outcome(put('b', headers(sha256('a'))))).toBe('400 XAmzContentSHA256Mismatch');
  });

  it('need not be told where the body is not signed', () => {
    expect(clean(putSigned('anything', headers('UNSIGNED-PAYLOAD'))).body.toString()).toBe('anything');
    expect(clean(presigned(put('anything'))).body.toString()).toBe('anything');
    expect(clean(put('anything')).body.toString()).toBe('anything');
  });

  it('may be told in the query, and in the headers of a presigned URL', () => {
    const query = `X-Amz-Content-Sha256=${sha256('a')}`;
    expect(clean(presigned(put('a', {}, { query }), { payloadHash: sha256('a') })).query).toBe('');
    expect(outcome(presigned(put('b', {}, { query }), { payloadHash: sha256('a') }))).toBe('400 XAmzContentSHA256Mismatch');
    const given = put('b', headers(sha256('a')));
    expect(outcome(presigned(given, { payloadHash: sha256('a') }))).toBe('400 XAmzContentSHA256Mismatch');
  });

  it.each<[string, AwsRequest, string]>([
    [
      'missing',
      { ...putSigned('a'), headers: { ...putSigned('a').headers, 'x-amz-content-sha256': undefined as unknown as string } },
      '400 InvalidRequest',
    ],
    ['in capitals', putSigned('a', headers(sha256('a').toUpperCase())), '400 InvalidArgument'],
    ['too short', putSigned('a', headers('abc')), '400 InvalidArgument'],
    ['a word of JavaScript', putSigned('a', headers('constructor')), '400 InvalidArgument'],
    ['for a signature by a public key', putSigned('a', headers('STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD')), '400 InvalidRequest'],
    ['that of chunks, of a presigned URL', presigned(put('a', headers(UNSIGNED)), { payloadHash: UNSIGNED }), '400 InvalidRequest'],
    ['that of signed chunks, of no signature', put('a', headers(SIGNED)), '400 InvalidRequest'],
    ['none of chunks, but the encoding is', putSigned('a', { 'content-encoding': 'gzip, aws-chunked' }), '400 InvalidRequest'],
  ])('refuses one that is %s', (_, given, answer) => {
    expect(outcome(given)).toBe(answer);
  });
});

const encodingHeaders = (kind: string, length: number | string = DATA.length): Headers => ({
  'content-encoding': 'aws-chunked',
  'x-amz-content-sha256': kind,
  'x-amz-decoded-content-length': String(length),
});

describe('unsigned chunks', () => {
  const checksum = crc32c(DATA).toString('base64');
  const headers = { ...encodingHeaders(UNSIGNED), 'x-amz-trailer': 'x-amz-checksum-crc32c' };
  const trailer = `x-amz-checksum-crc32c:${checksum}\r\n\r\n`;
  const chunks = (...sizes: readonly number[]): string => {
    let from = 0;
    return [...sizes, 0]
      .map((size) => `${size.toString(16)}\r\n${DATA.toString('latin1', from, (from += size))}${size > 0 ? '\r\n' : ''}`)
      .join('');
  };

  it.each([
    ['one', [20_000]],
    ['two', [8192, 11_808]],
    ['the last of one byte', [19_999, 1]],
  ])('are taken apart: %s', (_, sizes) => {
    const taken = clean(putSigned(chunks(...sizes) + trailer, headers));
    expect(taken.body.equals(DATA)).toBe(true);
    expect(taken.headers).toEqual({ host: 'localhost:4566', 'content-length': '20000', 'x-amz-checksum-crc32c': checksum });
  });

  it('are taken of no data, and by nobody', () => {
    const empty = `0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n`;
    expect(clean(putSigned(empty, { ...headers, 'x-amz-decoded-content-length': '0' })).body).toHaveLength(0);
    expect(clean(put(chunks(20_000) + trailer, headers)).body.equals(DATA)).toBe(true);
  });

  it('leave the other encodings of the content', () => {
    const encoded = { ...headers, 'content-encoding': 'aws-chunked, gzip', 'transfer-encoding': 'chunked', trailer: 'x' };
    expect(clean(putSigned(chunks(20_000) + trailer, encoded)).headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-length': '20000',
    });
  });

  const whole = chunks(8192, 11_808) + trailer;
  it.each<[string, string, Headers, string]>([
    ['a chunk too small', chunks(8191, 11_809) + trailer, {}, '403 InvalidChunkSizeError'],
    ['no end', whole.slice(0, -2), {}, '400 IncompleteBody'],
    ['half a trailer', whole.slice(0, -4), {}, '400 IncompleteBody'],
    ['no trailer', chunks(20_000) + '\r\n', {}, '400 MalformedTrailerError'],
    ['half the data', whole.slice(0, 9000), {}, '400 IncompleteBody'],
    ['no last chunk', chunks(20_000).slice(0, -3), {}, '400 IncompleteBody'],
    ['something after the end', `${whole}\r\n`, {}, '400 IncompleteBody'],
    ['a second trailer', whole.replace('\r\n\r\n', '\r\nx-amz-meta-a:b\r\n\r\n'), {}, '400 IncompleteBody'],
    ['another trailer', whole.replace('x-amz-checksum-crc32c', 'x-amz-checksum-crc32'), {}, '400 MalformedTrailerError'],
    ['a trailer of no name', whole.replace('x-amz-checksum-crc32c:', ''), {}, '400 MalformedTrailerError'],
    ['a wrong checksum', whole.replace(checksum, 'AAAAAA=='), {}, '400 BadDigest'],
    ['a checksum that is none', whole.replace(checksum, 'AAA'), {}, '400 InvalidRequest'],
    ['a size of no digits', whole.replace('2000\r\n', 'x\r\n'), {}, '400 IncompleteBody'],
    ['a size of too many digits', whole.replace('2000\r\n', '000002000\r\n'), {}, '400 IncompleteBody'],
    ['a negative size', whole.replace('2000\r\n', '-1\r\n'), {}, '400 IncompleteBody'],
    ['a size that is too great', whole.replace('2000\r\n', 'ffffffff\r\n'), {}, '400 IncompleteBody'],
    ['a size that is too small', whole.replace('2000\r\n', '1fff\r\n'), {}, '400 IncompleteBody'],
    ['a signature', whole.replace('2000\r\n', `2000;chunk-signature=${'a'.repeat(64)}\r\n`), {}, '400 IncompleteBody'],
    ['another extension', whole.replace('2000\r\n', '2000;a=b\r\n'), {}, '400 IncompleteBody'],
    ['lines that end in a line feed', whole.replace(/\r\n/g, '\n'), {}, '400 IncompleteBody'],
    ['a line without end', 'a'.repeat(1000), {}, '400 IncompleteBody'],
    ['nothing', '', {}, '400 IncompleteBody'],
    ['more data than said', whole, { 'x-amz-decoded-content-length': '19999' }, '400 IncompleteBody'],
    ['less data than said', whole, { 'x-amz-decoded-content-length': '20001' }, '400 IncompleteBody'],
    ['no length', whole, { 'x-amz-decoded-content-length': undefined }, '411 MissingContentLength'],
    ['a length that is none', whole, { 'x-amz-decoded-content-length': '2e4' }, '400 InvalidArgument'],
    ['no name of the trailer', whole, { 'x-amz-trailer': undefined }, '400 MalformedTrailerError'],
    ['a trailer that is no checksum', whole, { 'x-amz-trailer': 'x-amz-meta-a' }, '400 InvalidRequest'],
    ['two trailers', whole, { 'x-amz-trailer': 'x-amz-checksum-crc32c,x-amz-checksum-crc32' }, '400 InvalidRequest'],
    ['a checksum in front too', whole, { 'x-amz-checksum-crc32': crc32(DATA).toString('base64') }, '400 InvalidRequest'],
    ['the same checksum in front too', whole, { 'x-amz-checksum-crc32c': checksum }, '400 InvalidRequest'],
  ])('refuses %s', (_, body, changed, answer) => {
    expect(outcome(putSigned(body, { ...headers, ...changed }))).toBe(answer);
  });
});

describe('signed chunks', () => {
  const checksum = createHash('sha256').update(DATA).digest('base64');

  /** A signed body; `change` may spoil what is sent after it was signed. */
  function signedChunks(kind: string, change: (lines: string[]) => void = () => undefined): AwsRequest {
    const withTrailer = kind.endsWith('TRAILER');
    const headers = { ...encodingHeaders(kind), ...(withTrailer && { 'x-amz-trailer': 'x-amz-checksum-sha256' }) };
    const { request: head, seed: first } = signedWithSeed(put('', headers), { service: 's3' });
    let seed: Seed = first;
    const lines: string[] = [];
    for (const data of [DATA.subarray(0, 9000), DATA.subarray(9000), Buffer.alloc(0)]) {
      seed = signNext(seed, 'PAYLOAD', `${sha256('')}\n${sha256(data)}`);
      lines.push(
        `${data.length.toString(16)};chunk-signature=${seed.signature}\r\n${data.toString('latin1')}${data.length > 0 ? '\r\n' : ''}`,
      );
    }
    if (withTrailer) {
      seed = signNext(seed, 'TRAILER', sha256(`x-amz-checksum-sha256:${checksum}\n`));
      lines.push(`x-amz-checksum-sha256:${checksum}\r\n`, `x-amz-trailer-signature:${seed.signature}\r\n`);
    }
    lines.push('\r\n');
    change(lines);
    return { ...head, body: Buffer.from(lines.join(''), 'latin1') };
  }

  it.each([SIGNED, `${SIGNED}-TRAILER`])('are taken apart: %s', (kind) => {
    const taken = clean(signedChunks(kind));
    expect(taken.body.equals(DATA)).toBe(true);
    expect(taken.headers['x-amz-checksum-sha256']).toBe(kind === SIGNED ? undefined : checksum);
  });

  const swap = (lines: string[], index: number, change: (line: string) => string): void => {
    lines[index] = change(lines[index] ?? '');
  };
  const otherDigit = (line: string): string =>
    line.replace(/ature[=:](.)/, (text, digit: string) => text.slice(0, -1) + (digit === 'a' ? 'b' : 'a'));
  const MISMATCH = '403 SignatureDoesNotMatch';

  it.each<[string, string, (lines: string[]) => void, string]>([
    [
      'another byte in a chunk',
      SIGNED,
      (lines) => {
        swap(lines, 0, (line) => line.replace('gabc', 'gabd'));
      },
      MISMATCH,
    ],
    [
      'another byte in the last chunk',
      SIGNED,
      (lines) => {
        swap(lines, 1, (line) => line.replace('gabc', 'gabd'));
      },
      MISMATCH,
    ],
    [
      'another signature of the first chunk',
      SIGNED,
      (lines) => {
        swap(lines, 0, otherDigit);
      },
      MISMATCH,
    ],
    [
      'another signature of the end',
      SIGNED,
      (lines) => {
        swap(lines, 2, otherDigit);
      },
      MISMATCH,
    ],
    ['chunks in another order', SIGNED, (lines) => lines.splice(0, 2, lines[1] ?? '', lines[0] ?? ''), MISMATCH],
    ['a chunk left out', SIGNED, (lines) => lines.splice(1, 1), MISMATCH],
    ['a chunk twice', SIGNED, (lines) => lines.splice(1, 0, lines[0] ?? ''), MISMATCH],
    ['half a chunk', SIGNED, (lines) => lines.splice(1, 5, (lines[1] ?? '').slice(0, 500)), '400 IncompleteBody'],
    ['no end', SIGNED, (lines) => lines.splice(2), '400 IncompleteBody'],
    [
      'a chunk without a signature',
      SIGNED,
      (lines) => {
        swap(lines, 1, (line) => line.replace(/;chunk-signature=\w+/, ''));
      },
      '400 IncompleteBody',
    ],
    [
      'half a signature',
      SIGNED,
      (lines) => {
        swap(lines, 1, (line) => line.replace(/(signature=\w{32})\w+/, '$1'));
      },
      '400 IncompleteBody',
    ],
    [
      'a trailer that is not said',
      SIGNED,
      (lines) => lines.splice(3, 0, `x-amz-checksum-sha256:${checksum}\r\n`),
      '400 IncompleteBody',
    ],
    [
      'another checksum behind',
      `${SIGNED}-TRAILER`,
      (lines) => {
        swap(lines, 3, (line) => line.replace(checksum, checksum.replace(/^./, '+')));
      },
      MISMATCH,
    ],
    [
      'another signature of the trailer',
      `${SIGNED}-TRAILER`,
      (lines) => {
        swap(lines, 4, otherDigit);
      },
      MISMATCH,
    ],
    ['no signature of the trailer', `${SIGNED}-TRAILER`, (lines) => lines.splice(4, 1), '400 MalformedTrailerError'],
    [
      'another name of that signature',
      `${SIGNED}-TRAILER`,
      (lines) => {
        swap(lines, 4, (line) => line.replace('trailer-', ''));
      },
      '400 MalformedTrailerError',
    ],
    ['no trailer', `${SIGNED}-TRAILER`, (lines) => lines.splice(3, 2), '400 MalformedTrailerError'],
  ])('refuses %s', (_, kind, change, answer) => {
    expect(outcome(signedChunks(kind, change))).toBe(answer);
  });
});
