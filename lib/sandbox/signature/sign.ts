import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsRequest } from '../http/aws-request';
import { canonicalS3Path } from './canonical-request';
import { DROPPED_HEADERS } from './clean-request';
import { parseQuery } from './query-parameters';
import { sha256 } from './signing-keys';

/** By whose key a request is signed, and for what. */
export interface SigningOptions {
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  /** `dynamodb`, `s3`, `iam`, ... */
  readonly service: string;
  readonly region: string;
  /**
   * Milliseconds since 1970.
   *
   * @default - the clock of this machine
   */
  readonly now?: number;
}

/**
 * Signs a request in its headers, for another server or for this one. What it was signed by before is taken away; all other headers are
 * signed, so none may change on the way.
 *
 * @param request with the header `host` of the server it goes to, path and query as they will be sent
 * @throws TypeError if there is no `host`, or path or query are not properly encoded
 */
export async function sign(
  request: AwsRequest,
  { credentials, service, region, now = Date.now() }: SigningOptions,
): Promise<AwsRequest> {
  const { method, path, body } = request;
  const parameters = parseQuery(request.query);
  const signedPath = service === 's3' ? canonicalS3Path(path) : path;
  const hostname = request.headers['host'];
  if (parameters === undefined || signedPath === undefined) throw new TypeError('The URL to sign is not properly encoded.');
  if (hostname === undefined) throw new TypeError('A request to sign needs the header host.');
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !DROPPED_HEADERS.has(name)));
  headers['x-amz-content-sha256'] = sha256(body);
  const query: Record<string, string[]> = {};
  for (const { name, value } of parameters) (query[fromBytes(name)] ??= []).push(fromBytes(value));
  const signer = new SignatureV4({ credentials, service, region, sha256: Sha256, uriEscapePath: service !== 's3' });
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname,
      path: signedPath,
      query,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fromBytes(value)])),
    },
    { signingDate: new Date(now) },
  );
  for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token']) {
    const value = signed.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  return { ...request, headers };
}

/** The library takes text as UTF-8, where a request has it one character a byte. */
function fromBytes(text: string): string {
  return Buffer.from(text, 'latin1').toString();
}

/** SHA-256, or HMAC where there is a secret, as the library wants it. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHmac> | ReturnType<typeof createHash>;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }

  update(data: SourceData): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

type SourceData = string | ArrayBuffer | ArrayBufferView;

function bytesOf(data: SourceData): string | Uint8Array {
  if (typeof data === 'string' || data instanceof Uint8Array) return data;
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
