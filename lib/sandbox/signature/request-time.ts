import type { Protocol } from '../http/aws-error';
import { refuse } from './refusals';
import type { SignatureClaim } from './signature-claim';

/** How far the clock of a client may be off, either way. */
const SKEW_MILLISECONDS = 15 * 60_000;

const BASIC = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** When a request was signed. */
export interface SigningTime {
  /** `20260131T120000Z`, as it is signed. */
  readonly timestamp: string;
  /** Milliseconds since 1970. */
  readonly milliseconds: number;
}

/** Many requests have the same second. */
let latest: SigningTime | undefined;

/** @returns `undefined` unless the text is a time that there is, in the basic form of ISO 8601 */
export function parseTimestamp(text: string): SigningTime | undefined {
  if (latest?.timestamp === text) return latest;
  if (!BASIC.test(text)) return undefined;
  const milliseconds = Date.parse(text.replace(BASIC, '$1-$2-$3T$4:$5:$6Z'));
  // The 30th of February is taken for the 2nd of March.
  if (timestampOf(milliseconds) !== text) return undefined;
  latest = { timestamp: text, milliseconds };
  return latest;
}

/** The header `date`, in either form. */
export function parseDateHeader(text: string): SigningTime | undefined {
  if (!HTTP_DATE.test(text)) return parseTimestamp(text);
  const milliseconds = Date.parse(text);
  const timestamp = timestampOf(milliseconds);
  return timestamp === undefined ? undefined : { timestamp, milliseconds };
}

/** A time in the basic form of ISO 8601, whole seconds; `undefined` if it is none. */
function timestampOf(milliseconds: number): string | undefined {
  if (Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/**
 * A header is good for a quarter of an hour around its time, a presigned URL from then for as long as it says.
 *
 * @throws AwsError if the request comes too early or too late
 */
export function assertInTime({ time, expiresSeconds }: SignatureClaim, protocol: Protocol, now: number): void {
  const age = now - time.milliseconds;
  const oldest = expiresSeconds === undefined ? SKEW_MILLISECONDS : expiresSeconds * 1000;
  if (age >= -SKEW_MILLISECONDS && age <= oldest) return;
  const serverTime = { ServerTime: new Date(now).toISOString() };
  if (expiresSeconds === undefined) {
    const message = `The request is of ${time.timestamp}, more than 15 minutes from the time of this server, ${timestampOf(now) ?? ''}.`;
    throw refuse('clockSkewed', protocol, message, {
      ...serverTime,
      RequestTime: time.timestamp,
      MaxAllowedSkewMilliseconds: String(SKEW_MILLISECONDS),
    });
  }
  if (age < 0) throw refuse('urlExpired', protocol, 'Request is not valid yet', serverTime);
  throw refuse('urlExpired', protocol, 'Request has expired', {
    ...serverTime,
    'X-Amz-Expires': String(expiresSeconds),
    Expires: new Date(time.milliseconds + oldest).toISOString(),
  });
}
