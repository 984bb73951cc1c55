import type { ContextEntries } from '../isolation';

/** One thing that an operation asks of IAM. */
export interface Permission {
  /** `dynamodb:GetItem`, as the service authorization reference has it. */
  readonly action: string;
  /** ARN, or `*`. */
  readonly resource: string;
  /** ARN of the table or bucket whose own policy has a say. */
  readonly owner?: string;
  /**
   * Condition keys of the service with their values, `undefined` for one that is absent.
   *
   * @default - none
   */
  readonly context?: ContextEntries;
}

/** What a request is, and what it needs. */
export interface Operation {
  /** With the service: `dynamodb:TransactWriteItems`, `s3:CopyObject` */
  readonly name: string;
  /** All of them must be allowed. Empty for an operation that cannot be mapped, which is denied. */
  readonly permissions: readonly Permission[];
}

/** Where the sandbox stands for. */
export interface Place {
  /** `aws`, `aws-cn`, ... */
  readonly partition: string;
  /** Of the request, as its signature says. */
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}
