/**
 * How a check ended: `ok`; `wrong`, for which the token would be refused; `unknown`, if it could not be told; `unchecked`, if nobody
 * said what to expect; `note`, for what is worth knowing and refuses nothing.
 */
export type FindingState = 'ok' | 'wrong' | 'unknown' | 'unchecked' | 'note';

/** What a check of a token found. Neither the token nor its signature is in it. */
export interface Finding {
  /** What was looked at: `issuer`, `audience`, ... */
  readonly name: string;
  readonly state: FindingState;
  readonly says: string;
  /** What to do about it. @default - nothing needs to be done */
  readonly mend?: string;
}

/** A check that found nothing wrong. */
export function ok(name: string, says: string): Finding {
  return { name, state: 'ok', says };
}

/** A check that the token does not pass, with the mend. */
export function wrong(name: string, says: string, mend: string): Finding {
  return { name, state: 'wrong', says, mend };
}

/** A check that could not be made, with what would make it possible. */
export function unknown(name: string, says: string, mend: string): Finding {
  return { name, state: 'unknown', says, mend };
}

/** A check that needs to be told what to expect. */
export function unchecked(name: string, says: string, mend?: string): Finding {
  return { name, state: 'unchecked', says, ...(mend !== undefined && { mend }) };
}

/** Something to know. */
export function note(name: string, says: string): Finding {
  return { name, state: 'note', says };
}

/** Claims of a token, its own only: what every object inherits is not there. */
export type Claims = Readonly<Record<string, unknown>>;

const LONGEST_SHOWN = 160;

/** Names a value. What could be a token is described and never shown, so that an argument in the wrong place does no harm. */
export function shown(value: unknown): string {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'string') return value === undefined ? 'nothing' : `a value of type ${typeof value}`;
  if (value.length > LONGEST_SHOWN || value.includes('eyJ')) return `a string of ${value.length} characters`;
  return `'${value}'`;
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A claim that may be one string or a list of them; undefined if it is neither. */
export function listOf(claim: unknown): readonly string[] | undefined {
  if (typeof claim === 'string') return [claim];
  return Array.isArray(claim) && claim.every((each) => typeof each === 'string') ? claim : undefined;
}
