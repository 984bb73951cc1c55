import type { AwsAnswer, AwsRequest } from '../http/aws-request';

/** A request as the page shows it. */
export interface ShownRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as the page shows it. */
export interface ShownAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether there is more of the body. */
  readonly cut: boolean;
}

/** Bytes of an answer that are shown. */
const MOST_BYTES = 10_240;

/** What stands in place of a secret. */
const HIDDEN = '(not shown)';

/** Shows a request without what would let somebody send another one. */
export function shownRequest({ method, path, query, headers, body }: AwsRequest): ShownRequest {
  const { host = '', ...others } = headers;
  const shown = Object.entries(others).map(([name, value]): [string, string] => {
    if (name === 'x-amz-security-token') return [name, HIDDEN];
    return [name, name === 'authorization' ? value.replace(/(Signature=[0-9a-f]{8})[0-9a-f]*/i, '$1…') : value];
  });
  return {
    method,
    url: `http://${host}${path}${query === '' ? '' : `?${query}`}`,
    headers: Object.fromEntries(shown),
    body: body.toString('utf8').replace(/(^|&)WebIdentityToken=[^&]*/, `$1WebIdentityToken=${HIDDEN}`),
  };
}

/** What was read of a body. */
export interface BodyStart {
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** Shows an answer, its body as text, without the credentials of a session. */
export function shownAnswer({ status, headers }: AwsAnswer, { bytes, cut }: BodyStart): ShownAnswer {
  return { status, headers, body: withoutCredentials(textOf(bytes, cut)), cut };
}

/** Reads a body as far as it is shown, 10 KB, and lets go of the rest. */
export async function startOf(body: AwsAnswer['body']): Promise<BodyStart> {
  if (Buffer.isBuffer(body)) return { bytes: body.subarray(0, MOST_BYTES), cut: body.length > MOST_BYTES };
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the stream.
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes);
    length += bytes.length;
    if (length > MOST_BYTES) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, MOST_BYTES), cut: length > MOST_BYTES };
}

function textOf(bytes: Buffer, cut: boolean): string {
  try {
    // A character that the cut goes through is left out.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
  } catch {
    return '(no text)';
  }
}

function withoutCredentials(text: string): string {
  return text.replace(/(<(SecretAccessKey|SessionToken)>)[^<]*/g, `$1${HIDDEN}`);
}
