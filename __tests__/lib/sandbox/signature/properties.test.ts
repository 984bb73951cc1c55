import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { AwsError } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate } from '../../../../lib/sandbox/signature/authenticate';
import { KEYS, NOW } from '../../../support/signed-requests';

// What the signer of the SDK signs is taken, and no byte of it can be changed.

const RUNS = { numRuns: 150 };

class Sha256 {
  readonly #hash: ReturnType<typeof createHmac> | ReturnType<typeof createHash>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  update(data: unknown): void {
    this.#hash.update(data as Uint8Array);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

const text = fc.string({
  unit: fc.constantFrom(...Array.from('aZ09-._~/ +*\'()!=&%;:@,$#?"<>{}[]|\\^`äß€語😀')),
  minLength: 1,
  maxLength: 8,
});
const headerValue = fc
  .string({ unit: fc.constantFrom(...Array.from('aZ09 \t,;="/*~')), maxLength: 10 })
  .map((value) => value.trim());

const requests = fc.record({
  service: fc.constantFrom('s3', 'dynamodb'),
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE'),
  // S3 takes an encoded slash for a slash, and clients never encode those of a key.
  segments: fc.array(
    fc.oneof(
      text.map((name) => name.replaceAll('/', '')),
      fc.constantFrom('', '.', '..'),
    ),
    { maxLength: 4 },
  ),
  query: fc.dictionary(text, fc.array(fc.oneof(text, fc.constant('')), { minLength: 1, maxLength: 3 }), { maxKeys: 4 }),
  headers: fc.dictionary(
    fc.constantFrom('range', 'x-amz-meta-a', 'x-amz-acl', 'content-type', 'if-match', 'content-language'),
    headerValue,
  ),
  body: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
});

type Given = typeof requests extends fc.Arbitrary<infer Value> ? Value : never;

async function signedBySdk({ service, method, segments, query, headers, body }: Given): Promise<AwsRequest> {
  const path = `/${segments.map(encode).join('/')}`;
  const host = 'localhost:4566';
  const signer = new SignatureV4({
    credentials: KEYS,
    service,
    region: 'eu-central-1',
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const toSign = { method, protocol: 'http:', hostname: host, path, query, headers: { ...headers, host }, body };
  const signed = await signer.sign(toSign, { signingDate: new Date(NOW) });
  const pairs = Object.entries(query).flatMap(([name, values]) => values.map((value) => `${encode(name)}=${encode(value)}`));
  return { method, path, query: pairs.join('&'), headers: signed.headers, body, fromLoopback: true };
}

function outcome(request: AwsRequest, service: string): string {
  try {
    return authenticate(request, {
      keyOf: (id) => (id === KEYS.accessKeyId ? KEYS : undefined),
      protocol: service === 's3' ? 's3' : 'json',
      now: NOW,
    }).kind;
  } catch (error) {
    if (error instanceof AwsError) return 'refused';
    throw error;
  }
}

/** What a path or a query means. */
const decoded = (raw: string): string =>
  raw.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));

function replaced(text: string, at: number, by: string): string {
  const index = at % text.length;
  return text.slice(0, index) + by + text.slice(index + 1);
}

it('what the SDK signs is taken', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (given) => {
      expect(outcome(await signedBySdk(given), given.service)).toBe('signed');
    }),
    RUNS,
  );
});

it('refuses it with any byte changed', async () => {
  const byte = fc.constantFrom(...Array.from('aAbBzZ019-._~%/&=; '));
  const part = fc.constantFrom('method', 'path', 'query', 'header', 'body', 'authorization');
  await fc.assert(
    fc.asyncProperty(requests, part, fc.nat(), byte, async (given, part, at, by) => {
      const request = await signedBySdk(given);
      const changed = change(request, part, at, by);
      fc.pre(changed !== undefined);
      expect(outcome({ ...request, ...changed }, given.service)).toBe('refused');
    }),
    RUNS,
  );
});

/** `undefined` where the request would mean the same. */
function change(request: AwsRequest, part: string, at: number, by: string): Partial<AwsRequest> | undefined {
  const { method, path, query, headers, body } = request;
  if (part === 'method') return { method: method === 'GET' ? 'HEAD' : 'GET' };
  if (part === 'path') {
    const other = replaced(path, at + (path.length > 1 ? 1 : 0), by);
    // All but S3 take /a//b and /a/./b for /a/b.
    const same = decoded(other) === decoded(path) || /\/\/|\/\./.test(path + other) || other === `${path}/`;
    return same ? undefined : { path: other };
  }
  if (part === 'query') {
    const other = query === '' ? by : replaced(query, at, by);
    return sameQuery(query, other) ? undefined : { query: other };
  }
  if (part === 'header') {
    const names = Object.keys(headers).filter((name) => name !== 'authorization');
    const name = names[at % names.length] ?? '';
    const value = headers[name] ?? '';
    const other = value === '' ? by : replaced(value, at, by);
    const folded = (line: string): string => line.replace(/[ \t]+/g, ' ').trim();
    return folded(other) === folded(value) ? undefined : { headers: { ...headers, [name]: other } };
  }
  if (part === 'body') return { body: body.length === 0 ? Buffer.from(by) : flipped(body, at) };
  const value = headers['authorization'] ?? '';
  const other = replaced(value, at, by);
  // A space may be left out or added between its parts.
  const tight = (line: string): string => line.replace(/,? +/g, ',');
  return tight(other) === tight(value) ? undefined : { headers: { ...headers, authorization: other } };
}

function flipped(body: Buffer, at: number): Buffer {
  const other = Buffer.from(body);
  const index = at % body.length;
  other[index] = (other[index] ?? 0) ^ 1;
  return other;
}

/** The same parameters with the same values, in whatever order. */
function sameQuery(one: string, other: string): boolean {
  const parameters = (raw: string): string =>
    raw
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const [name = '', ...value] = pair.split('=');
        return JSON.stringify([decoded(name), decoded(value.join('='))]);
      })
      .sort()
      .join();
  return parameters(one) === parameters(other);
}
