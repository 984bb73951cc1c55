import { createHash, createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsRequest } from '../../lib/sandbox/http/aws-request';

export const KEYS = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** The clock of the requests below. */
export const NOW = Date.parse('2026-01-31T12:00:00Z');

export const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** A request to be signed, with what it does not say left out. */
export function request(parts: Partial<Omit<AwsRequest, 'body'>> & { readonly body?: Buffer | string } = {}): AwsRequest {
  const { body = '', headers, ...rest } = parts;
  return {
    method: 'POST',
    path: '/',
    query: '',
    fromLoopback: true,
    ...rest,
    headers: { host: 'localhost:4566', ...headers },
    body: Buffer.from(body),
  };
}

/** How a request is signed; each part may be another than it should be. */
export interface Signing {
  readonly service?: string;
  readonly region?: string;
  readonly secretAccessKey?: string;
  readonly accessKeyId?: string;
  readonly timestamp?: string;
  /** Day of the credential scope. */
  readonly day?: string;
  readonly sessionToken?: string;
  /** Headers that are sent but not signed. */
  readonly leaveOut?: readonly string[];
  /** Last line of the canonical request. */
  readonly payloadHash?: string;
  /** The canonical path, where it is not the path as it is sent. */
  readonly path?: string;
}

/** What later parts of a body are signed with. */
export interface Seed {
  readonly key: Buffer;
  readonly timestamp: string;
  readonly scope: string;
  readonly signature: string;
}

/** Signs in the headers, in the plainest way there is, so that what verifies it is compared with something else than itself. */
export function signed(unsigned: AwsRequest, signing: Signing = {}): AwsRequest {
  return signedWithSeed(unsigned, signing).request;
}

export function signedWithSeed(unsigned: AwsRequest, signing: Signing = {}): { readonly request: AwsRequest; readonly seed: Seed } {
  const { service = 'dynamodb', timestamp = '20260131T120000Z', sessionToken, leaveOut = [] } = signing;
  const payloadHash = signing.payloadHash ?? unsigned.headers['x-amz-content-sha256'] ?? sha256(unsigned.body);
  const headers: Record<string, string> = {
    'x-amz-date': timestamp,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    ...(service === 's3' && { 'x-amz-content-sha256': payloadHash }),
    ...unsigned.headers,
  };
  const names = Object.keys(headers).filter((name) => !leaveOut.includes(name));
  const seed = signatureOf({ ...unsigned, headers }, names, payloadHash, signing);
  const credential = `${signing.accessKeyId ?? KEYS.accessKeyId}/${seed.scope}`;
  const parts = `Credential=${credential}, SignedHeaders=${names.sort().join(';')}, Signature=${seed.signature}`;
  return { request: { ...unsigned, headers: { ...headers, authorization: `AWS4-HMAC-SHA256 ${parts}` } }, seed };
}

/** Signs in the query. */
export function presigned(
  unsigned: AwsRequest,
  { expires = '900', ...signing }: Signing & { readonly expires?: string } = {},
): AwsRequest {
  const { service = 's3', timestamp = '20260131T120000Z', sessionToken, leaveOut = [] } = signing;
  const names = Object.keys(unsigned.headers).filter((name) => !leaveOut.includes(name));
  const scope = scopeOf({ ...signing, service });
  const parameters = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${signing.accessKeyId ?? KEYS.accessKeyId}/${scope}`,
    'X-Amz-Date': timestamp,
    'X-Amz-Expires': expires,
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
    'X-Amz-SignedHeaders': names.sort().join(';'),
  };
  const own = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const query = [...(unsigned.query === '' ? [] : unsigned.query.split('&')), ...own].join('&');
  const payloadHash = signing.payloadHash ?? (service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256(unsigned.body));
  const { signature } = signatureOf({ ...unsigned, query }, names, payloadHash, { ...signing, service });
  return { ...unsigned, query: `${query}&X-Amz-Signature=${signature}` };
}

/** Text that is signed for a chunk or a trailer of a body. */
export function signNext(seed: Seed, kind: 'PAYLOAD' | 'TRAILER', hashes: string): Seed {
  const text = `AWS4-HMAC-SHA256-${kind}\n${seed.timestamp}\n${seed.scope}\n${seed.signature}\n${hashes}`;
  return { ...seed, signature: createHmac('sha256', seed.key).update(text).digest('hex') };
}

function scopeOf({ service = 'dynamodb', region = 'eu-central-1', timestamp = '20260131T120000Z', day }: Signing): string {
  return `${day ?? timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
}

function signatureOf(
  { method, path, query, headers }: AwsRequest,
  names: readonly string[],
  payloadHash: string,
  signing: Signing,
): Seed {
  const { secretAccessKey = KEYS.secretAccessKey, timestamp = '20260131T120000Z' } = signing;
  const scope = scopeOf(signing);
  const sorted = [...names].sort();
  const lines = sorted.map((name) => `${name}:${headers[name] ?? ''}\n`).join('');
  const parameters = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  const canonical = [method, signing.path ?? path, parameters.sort().join('&'), lines, sorted.join(';'), payloadHash].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer>(
      (previous, part) => createHmac('sha256', previous).update(part).digest(),
      Buffer.from(`AWS4${secretAccessKey}`),
    );
  const text = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(Buffer.from(canonical, 'latin1'))}`;
  return { key, timestamp, scope, signature: createHmac('sha256', key).update(text).digest('hex') };
}

/** A server on 127.0.0.1 that keeps what it was sent and answers as DynamoDB, S3 or STS would. */
export class RequestRecorder {
  readonly requests: AwsRequest[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const [path = '', query = ''] = (incoming.url ?? '').split(/\?(.*)/s);
        const headers = Object.fromEntries(
          Object.entries(incoming.headersDistinct).map(([name, values]) => [name, values?.join(',') ?? '']),
        );
        this.requests.push({
          method: incoming.method ?? '',
          path,
          query,
          headers,
          body: Buffer.concat(chunks),
          fromLoopback: true,
        });
        response.writeHead(200, { etag: '"e"' }).end(incoming.method === 'HEAD' ? '' : answerTo(query, headers));
      });
    });
  }

  static async start(): Promise<RequestRecorder> {
    const recorder = new RequestRecorder();
    await new Promise<void>((resolve) => {
      recorder.#server.listen(0, '127.0.0.1', resolve);
    });
    return recorder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests since the last call. */
  take(): readonly AwsRequest[] {
    return this.requests.splice(0);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function answerTo(query: string, headers: Readonly<Record<string, string>>): string {
  if (headers['x-amz-target'] !== undefined) return '{}';
  if (headers['x-amz-copy-source'] !== undefined) return '<CopyObjectResult><ETag>e</ETag></CopyObjectResult>';
  if (query.startsWith('uploads')) return '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>';
  if (/^uploadId=[^&]*$/.test(query)) return '<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>';
  if (headers['content-type']?.includes('form-urlencoded') === true) {
    return '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>a</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>';
  }
  return '';
}
