import { ABORT_SIGNAL, type Abortable, COUNT, countOf, type OptionRules, textOf } from '../call-options';

/** Which of the tenant's objects to list. */
export interface ListOptions extends Abortable {
  /**
   * Only keys that begin with this. It may end anywhere, also within a name.
   *
   * @default '' - all objects of the tenant
   */
  readonly prefix?: string | undefined;
  /**
   * Keys that hold this after the prefix are not listed one by one, but as one prefix up to it: `/` lists a folder.
   *
   * @default - all keys are listed
   */
  readonly delimiter?: string | undefined;
  /**
   * Objects and prefixes in all, 1 or more.
   *
   * @default - no limit
   */
  readonly limit?: number | undefined;
  /**
   * Objects and prefixes of one page, 1 to 1,000.
   *
   * @default 1000
   */
  readonly pageSize?: number | undefined;
  /**
   * Only keys after this one, which need not exist. Not together with `cursor`.
   *
   * @default - from the first
   */
  readonly startAfter?: string | undefined;
  /**
   * Where the page before ended: its `cursor`, of a listing with the same `prefix` and `delimiter`.
   *
   * @default - from the beginning
   */
  readonly cursor?: string | undefined;
}

/** S3's limit. */
export const MAX_PAGE_SIZE = 1000;
const MAX_CURSOR_LENGTH = 8192;

export const LIST_OPTIONS: OptionRules<ListOptions> = {
  prefix: textOf(/^/, 'a string'),
  delimiter: textOf(/^[^\p{Cc}\p{Cs}]{1,1024}$/u, 'a string of 1-1024 characters without control characters'),
  limit: COUNT,
  pageSize: countOf(1, MAX_PAGE_SIZE),
  startAfter: textOf(/^/, 'an object key'),
  cursor: textOf(new RegExp(`^[\\x20-\\x7e]{1,${MAX_CURSOR_LENGTH}}$`), 'the cursor of a page'),
  abortSignal: ABORT_SIGNAL,
};
