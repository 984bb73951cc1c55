/** Headers of one connection, which say nothing about the request or the answer. */
const OF_A_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The headers that go on from one connection to the next.
 *
 * Those that a `Connection` header names go on too, against the RFC: a client could otherwise have a header taken away after a policy
 * has been asked about it, `x-amz-server-side-encryption` for example.
 *
 * @param headers names in lower case
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
 */
export function headersToPassOn<T>(headers: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(headers).filter(([name]) => !OF_A_CONNECTION.has(name));
}
