import type { Fetcher } from 'aws-jwt-verify/https';
import { isLoopback } from '../http/loopback';

const TIMEOUT_MILLISECONDS = 3000;
const MOST_BYTES = 1_000_000;

/** The keys of an issuer cannot be had. */
export class PublishedKeysError extends Error {
  override readonly name = 'PublishedKeysError';

  constructor(
    message: string,
    /** Whether trying again may help: the issuer did not answer, or said that it cannot just now. */
    readonly mayPass: boolean,
  ) {
    super(message);
  }
}

/**
 * Fetches the keys that an issuer publishes, from where its OpenID configuration says. It asks https, and http on this machine only, and
 * follows no redirection.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export class PublishedKeys implements Fetcher {
  /**
   * @param issuerUrl the issuer itself, not the address of its keys
   * @throws PublishedKeysError
   */
  async fetch(issuerUrl: string): Promise<ArrayBuffer> {
    if (!mayBeAsked(issuerUrl)) throw new PublishedKeysError('The issuer has no https URL.', false);
    const configuration = parse(await fetchBounded(`${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`));
    const { issuer, jwks_uri: jwksUri } = configuration;
    if (issuer !== issuerUrl) throw new PublishedKeysError('The OpenID configuration is that of another issuer.', false);
    if (!mayPublishAt(issuerUrl, jwksUri)) {
      throw new PublishedKeysError("The OpenID configuration names no https URL as 'jwks_uri'.", false);
    }
    return fetchBounded(jwksUri);
  }
}

function mayBeAsked(url: unknown): url is string {
  if (typeof url !== 'string' || !URL.canParse(url)) return false;
  const { protocol, hostname, username, password } = new URL(url);
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) && username === '' && password === '';
}

/** An issuer elsewhere does not make the sandbox ask ports of this machine. */
function mayPublishAt(issuerUrl: string, url: unknown): url is string {
  return mayBeAsked(url) && (new URL(url).protocol === 'https:' || new URL(issuerUrl).protocol === 'http:');
}

function parse(answer: ArrayBuffer): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(Buffer.from(answer).toString('utf8'))) as Readonly<Record<string, unknown>>;
  } catch {
    throw new PublishedKeysError('The OpenID configuration is no JSON.', false);
  }
}

async function fetchBounded(url: string): Promise<ArrayBuffer> {
  try {
    const answer = await fetch(url, {
      // Keys are fetched seldom: no socket is kept for the next time.
      headers: { accept: 'application/json', connection: 'close' },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (answer.ok) return await bounded(answer);
    await answer.body?.cancel();
    throw new PublishedKeysError(
      `The issuer answered with HTTP status ${answer.status}.`,
      answer.status >= 500 || answer.status === 429,
    );
  } catch (error) {
    if (error instanceof PublishedKeysError) throw error;
    throw new PublishedKeysError(`The issuer did not answer within ${TIMEOUT_MILLISECONDS} ms.`, true);
  }
}

/** Reads an answer, which comes from another party, up to a limit. */
async function bounded({ body }: Response): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MOST_BYTES) throw new PublishedKeysError(`The issuer answered with more than ${MOST_BYTES} bytes.`, false);
    chunks.push(chunk as Uint8Array);
  }
  return Uint8Array.from(Buffer.concat(chunks)).buffer;
}
