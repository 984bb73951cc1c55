import { ABORT_SIGNAL, type Abortable, type OptionRule, type OptionRules } from '../call-options';
import { BOOLEAN } from './option-rules';

/** Options of every call that reads. */
export interface ReadOptions<Name extends string> extends Abortable {
  /**
   * Names of the attributes to read, one or more. DynamoDB charges for the whole item all the same.
   *
   * @default - all of them
   */
  readonly projection?: readonly Name[] | undefined;
  /**
   * Strongly consistent reads, at twice the read capacity. A global secondary index does not offer them.
   *
   * @default false - eventually consistent
   */
  readonly consistentRead?: boolean | undefined;
}

export const PROJECTION: OptionRule<readonly string[]> = {
  allowed: 'an array of one or more names',
  read: (value) => (Array.isArray(value) && value.length > 0 ? [...(value as string[])] : undefined),
};

export const READ: OptionRules<ReadOptions<string>> = {
  projection: PROJECTION,
  consistentRead: BOOLEAN,
  abortSignal: ABORT_SIGNAL,
};
