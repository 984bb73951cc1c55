import type { AwsRequest } from './aws-request';

const OWN_NAME = /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/**
 * Whether a request comes from a program of this machine that means this machine, and not from a web site through somebody's browser: the
 * administrator's keys are known to everybody, so whoever can send a request could sign it. A site that is opened in a browser here names
 * itself in `Origin` or `Sec-Fetch-Site`, or, where its name was made to point to 127.0.0.1, in `Host`.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function isOfThisMachine({ headers, fromLoopback }: Pick<AwsRequest, 'headers' | 'fromLoopback'>): boolean {
  const host = headers['host']?.toLowerCase() ?? '';
  const origin = headers['origin']?.toLowerCase();
  const site = headers['sec-fetch-site'];
  return (
    fromLoopback &&
    OWN_NAME.test(host) &&
    (origin === undefined || origin === `http://${host}`) &&
    (site === undefined || site === 'same-origin' || site === 'none')
  );
}
