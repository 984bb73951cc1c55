import type { Readable } from 'node:stream';

/** A request as it came over the wire, its body read whole. */
export interface AwsRequest {
  readonly method: string;
  /** As it came, undecoded, without the query: `/tenant-files/tenants/a/b%20c` */
  readonly path: string;
  /** As it came, undecoded, without the question mark; empty if there is none. */
  readonly query: string;
  /** Names in lower case; of a header that came several times the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether the connection comes from this machine itself. */
  readonly fromLoopback: boolean;
}

/** An answer, to be written as it is. */
export interface AwsAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | Readable;
}

/** Where a request ends up that was allowed: an embedded store, or another server. */
export interface Store {
  /** Answers as the service does; errors of the service are answers too. @throws AwsError if it cannot be reached */
  handle(request: AwsRequest, target: StoreTarget): Promise<AwsAnswer>;
  close(): Promise<void>;
}

/** What a store needs to sign a request anew. */
export interface StoreTarget {
  /** `dynamodb`, `s3`, `iam`, ... as in the scope of a signature. */
  readonly service: string;
  readonly region: string;
}
