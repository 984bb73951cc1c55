import { MultiTenantIamError } from '../../errors';

/** Another server that takes AWS requests: moto, DynamoDB Local, MinIO, ... */
export interface Upstream {
  /** Scheme, host and port, nothing else: `http://127.0.0.1:9000` */
  readonly endpoint: string;
  readonly credentials: UpstreamCredentials;
}

/** With what requests to an upstream are signed. */
export interface UpstreamCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What servers take that check no signature. */
const UNCHECKED: UpstreamCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

const ALLOWED =
  'allowed is http:// or https://, a host and perhaps a port, and before the host perhaps <access key id>:<secret access key>@.';

/**
 * Reads the URL of an upstream, `http://127.0.0.1:5000`, or `http://<access key id>:<secret access key>@127.0.0.1:9000` for one that
 * checks signatures; what a URL cannot hold is percent-encoded. Without credentials they are `test` and `test`.
 *
 * @throws MultiTenantIamError `config.invalid` if it is no such URL; the message has no credentials in it
 */
export function parseUpstream(text: string): Upstream {
  const refuse = (what: string): never => {
    // Of what has an @ in it nobody knows where the secret begins.
    const shown = text.includes('@') ? 'The URL of the upstream' : `The upstream '${text}'`;
    throw new MultiTenantIamError('config.invalid', `${shown} ${what}: ${ALLOWED}`);
  };
  if (!URL.canParse(text)) return refuse('is no URL');
  const { protocol, origin, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return refuse('is neither http nor https');
  if (pathname !== '/' || search !== '' || hash !== '' || /[?#]/.test(text)) return refuse('has a path, query or fragment');
  if (username === '' && password === '') return { endpoint: origin, credentials: UNCHECKED };
  const [accessKeyId, secretAccessKey] = [username, password].map(decoded);
  if (!accessKeyId || !secretAccessKey) return refuse('has credentials that are not <access key id>:<secret access key>');
  return { endpoint: origin, credentials: { accessKeyId, secretAccessKey } };
}

/** @returns nothing if it is not percent-encoded as it should be */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
