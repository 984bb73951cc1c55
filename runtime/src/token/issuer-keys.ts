import type { Fetcher } from 'aws-jwt-verify/https';
import { type CheckedIssuer, differBySlash, mayPublishKeysAt } from './issuer';

const TIMEOUT_MILLISECONDS = 5000;
const MAX_BYTES = 1_000_000;
const ATTEMPTS = 2;

/** The issuer did not answer, or with something that is no list of keys. The message names its URL and what went wrong. */
export class IssuerUnavailableError extends Error {
  override readonly name = 'IssuerUnavailableError';
}

/**
 * Fetches the keys of an issuer, from where its OpenID configuration says they are. The configuration must name the same issuer.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export class IssuerKeys implements Fetcher {
  readonly #issuer: CheckedIssuer;

  constructor(issuer: CheckedIssuer) {
    this.#issuer = issuer;
  }

  /** The key set, as it came. */
  async fetch(): Promise<ArrayBuffer> {
    return fetchTwice(this.#issuer.jwksUri ?? (await this.#discover()));
  }

  async #discover(): Promise<string> {
    const { url } = this.#issuer;
    const configurationUrl = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { issuer, jwks_uri: jwksUri } = parse(await fetchTwice(configurationUrl), configurationUrl);
    if (issuer !== url) {
      const slip = differBySlash(issuer, url) ? ": the two differ in a slash at the end, write 'issuerUrl' as it is there" : '';
      throw new IssuerUnavailableError(`${configurationUrl} is the configuration of another issuer${slip}.`);
    }
    if (!mayPublishKeysAt(url, jwksUri)) throw new IssuerUnavailableError(`${configurationUrl} names no https URL as 'jwks_uri'.`);
    return jwksUri;
  }
}

function parse(answer: ArrayBuffer, url: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(answer).toString('utf8'))) as Record<string, unknown>;
  } catch {
    throw new IssuerUnavailableError(`${url} did not answer JSON.`);
  }
}

async function fetchTwice(url: string): Promise<ArrayBuffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(url);
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
    }
  }
}

async function fetchOnce(url: string): Promise<ArrayBuffer> {
  try {
    const answer = await fetch(url, {
      // Keys are fetched seldom: no socket is kept for the next time.
      headers: { accept: 'application/json', connection: 'close' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
    if (answer.ok) return await bounded(answer, url);
    await answer.body?.cancel();
    throw new IssuerUnavailableError(`${url} answered with HTTP status ${answer.status}.`);
  } catch (error) {
    if (error instanceof IssuerUnavailableError) throw error;
    throw new IssuerUnavailableError(`${url} could not be read within ${TIMEOUT_MILLISECONDS} ms, or redirects.`, { cause: error });
  }
}

/** Reads an answer, which comes from another party, up to a limit. */
async function bounded({ body }: Response, url: string): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_BYTES) throw new IssuerUnavailableError(`${url} answered with more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk as Uint8Array);
  }
  return Uint8Array.from(Buffer.concat(chunks)).buffer;
}
