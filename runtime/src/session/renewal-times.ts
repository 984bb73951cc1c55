/** The SDK asks a provider again when its credentials are to end within this. */
export const SDK_MARGIN_MILLISECONDS = 300_000;
const FIRST_RETRY_MILLISECONDS = 1000;
/** No pause after a failure is longer. */
export const LONGEST_BACK_OFF_MILLISECONDS = 60_000;

/**
 * When to look for new credentials, in milliseconds since 1970: five to ten minutes before the end of an hour; of sessions of less than
 * 15 minutes, after 57-67 % of them. It is spread at random, so that sessions made together do not renew together.
 */
export function renewalTime(expiration: Date, now: number = Date.now()): number {
  const left = Math.max(0, expiration.getTime() - now);
  const margin = Math.min(SDK_MARGIN_MILLISECONDS, left / 3);
  const spread = Math.min(margin, left / 10) * Math.random();
  return expiration.getTime() - margin - spread;
}

/** How long to wait after a failure: twice as long after each, up to a minute, of which up to a half is taken off at random. */
export function backOffMilliseconds(earlierFailures: number): number {
  const longest = Math.min(LONGEST_BACK_OFF_MILLISECONDS, FIRST_RETRY_MILLISECONDS * 2 ** earlierFailures);
  return longest * (1 - Math.random() / 2);
}
