/** What an operation of S3 is told by, and what it asks of IAM on the bucket or object it names. */
export interface OperationRow {
  /** Without the service: `GetObject` */
  readonly name: string;
  /** IAM actions without the service; none for an operation that is not modelled, and so denied. */
  readonly actions: readonly string[];
  /**
   * Query parameters that it takes beside the one that selects it.
   *
   * @default - none
   */
  readonly parameters?: readonly string[];
  /**
   * Whether a version has an action of its own: GetObjectVersion for GetObject.
   *
   * @default false
   */
  readonly versioned?: boolean;
}

/** By method and, after a blank, the query parameter that selects the operation: `GET`, `PUT acl` */
export type OperationRows = Readonly<Record<string, OperationRow>>;
