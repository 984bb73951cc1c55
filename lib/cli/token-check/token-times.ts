import { type Claims, type Finding, ok, shown, wrong } from './finding';

/** How far clocks may differ. A token that has expired has, though. */
const TOLERANCE_SECONDS = 300;

/** End of the year 9999: what is later was written in milliseconds. */
const LATEST_SECONDS = 253_402_300_799;

/** Whether the token holds at this time. Its times are seconds since 1970. */
export function timeFinding({ exp, iat, nbf = iat }: Claims, now: Date): Finding {
  if (!isTime(exp)) return timeless('exp', exp);
  if (!isTime(iat)) return timeless('iat', iat);
  if (!isTime(nbf)) return timeless('nbf', nbf);
  const seconds = now.getTime() / 1000;
  if (exp <= seconds) return wrong('time', `it expired ${ago(seconds - exp)} ago, at ${iso(exp)}`, 'get a new one from the issuer');
  const begins = Math.max(iat, nbf);
  if (begins > seconds + TOLERANCE_SECONDS) {
    return wrong(
      'time',
      `it begins in ${ago(begins - seconds)} only, at ${iso(begins)}`,
      'wait, or set the clocks: here, or at the issuer',
    );
  }
  return ok('time', `until ${iso(exp)}, for ${ago(exp - seconds)} more`);
}

function timeless(name: string, value: unknown): Finding {
  if (value === undefined) return wrong('time', `claim '${name}' is missing`, 'have the issuer say when its tokens begin and end');
  const says = `claim '${name}' is ${shown(value)}, no time in seconds since 1970`;
  return wrong('time', says, 'have the issuer write seconds, as a number');
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LATEST_SECONDS;
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function ago(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} hours` : `${Math.floor(minutes / 60 / 24)} days`;
}
