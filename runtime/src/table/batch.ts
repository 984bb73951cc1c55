import { setTimeout as sleep } from 'node:timers/promises';
import { TenantDataAccessError } from '../errors';

const CHUNKS_AT_ONCE = 4;
const ATTEMPTS = 8;
const FIRST_DELAY_MILLISECONDS = 50;

/** What a batch left undone. */
export interface Leftover<Entry> {
  readonly unprocessed: Entry[];
  readonly error: TenantDataAccessError | undefined;
}

/**
 * Sends entries in chunks, at most four at a time, each again with what DynamoDB left of it, up to eight times. After an error no
 * further chunk is begun.
 *
 * @param send gives back what was left of a chunk
 * @param pause waits before the attempt after this one
 * @throws TenantDataAccessError if nothing was done at all, or the caller aborted
 */
export async function sendInChunks<Entry>(
  entries: readonly Entry[],
  chunkSize: number,
  send: (chunk: readonly Entry[]) => Promise<readonly Entry[]>,
  pause: (attempt: number) => Promise<void>,
): Promise<Leftover<Entry>> {
  const chunks: (readonly Entry[])[] = [];
  for (let from = 0; from < entries.length; from += chunkSize) chunks.push(entries.slice(from, from + chunkSize));
  const errors: TenantDataAccessError[] = [];
  let begun = 0;

  const work = async () => {
    while (errors.length === 0 && begun < chunks.length) {
      const mine = begun++;
      try {
        for (let attempt = 1; ; attempt++) {
          const left = await send(chunks[mine] ?? []);
          chunks[mine] = left;
          if (left.length === 0 || attempt === ATTEMPTS) break;
          await pause(attempt);
        }
      } catch (thrown) {
        if (!(thrown instanceof TenantDataAccessError)) throw thrown;
        errors.push(thrown);
      }
    }
  };
  await Promise.all(Array.from({ length: CHUNKS_AT_ONCE }, work));

  const unprocessed = chunks.flat();
  const aborted = errors.find(({ code }) => code === 'request.aborted');
  if (aborted !== undefined) throw aborted;
  if (unprocessed.length > 0 && unprocessed.length === entries.length) throw errors[0] ?? throttled();
  return { unprocessed, error: errors[0] };
}

/** Of a chunk, what DynamoDB says it left. It is sent again as it was: what the answer holds is only compared. */
export function leftOf<Entry extends string>(
  chunk: readonly Entry[],
  left: readonly (string | undefined)[],
  unreadable: () => Error,
): Entry[] {
  const ids = new Set(left);
  const entries = chunk.filter((entry) => ids.has(entry));
  if (entries.length !== ids.size) throw unreadable();
  return entries;
}

/** Milliseconds before the next attempt: twice as long after each, of which a random half is taken off. */
export function delayMilliseconds(attempt: number, random = Math.random()): number {
  return FIRST_DELAY_MILLISECONDS * 2 ** (attempt - 1) * (1 - random / 2);
}

/** @throws TenantDataAccessError `request.aborted`, as soon as the caller aborts */
export async function backOff(attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMilliseconds(attempt), undefined, { signal }).catch(() => {
    throw new TenantDataAccessError('request.aborted', 'The rest of the batch was not sent again: it was aborted by the caller.');
  });
}

function throttled(): TenantDataAccessError {
  return new TenantDataAccessError(
    'service.throttled',
    `DynamoDB processed nothing of the batch in ${ATTEMPTS} attempts: try again later.`,
  );
}
