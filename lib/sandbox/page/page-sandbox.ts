import type { AuditLog } from '../audit/audit-log';
import type { AuditCheck, AuditRecord } from '../audit/audit-record';
import type { Verdict } from '../audit/verdict';
import type { EstateRole } from '../estate/estate';
import type { AwsAnswer, AwsRequest } from '../http/aws-request';

/** What the page needs of the sandbox that it belongs to. */
export interface PageSandbox {
  readonly audit: AuditLog;
  settings(): PageSettings;
  /**
   * A role with its policies, so that tokens can carry what these ask for.
   *
   * @param arn as somebody typed it
   * @default - no role is known: tokens carry the tenant alone
   */
  role?(arn: string): Promise<Pick<EstateRole, 'trust' | 'identity'> | undefined>;
  /** Makes a token, as any client of the sandbox may have one. */
  token(wish: TokenWish): Promise<string>;
  /** Answers a request that was made in this process, as if it had come over the wire. */
  send(request: AwsRequest): Promise<SentRequest>;
  /** What a check of the audit log rested on, by the very object; `undefined` for one that is no longer known. */
  verdict(check: AuditCheck): Verdict | undefined;
}

/** A request that was answered. */
export interface SentRequest {
  readonly answer: AwsAnswer;
  readonly record: AuditRecord;
}

/** What the page tells of the sandbox, and suggests. */
export interface PageSettings {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
  /** The first two are those of the examples. */
  readonly tenants: readonly [string, string, ...string[]];
  /** ARNs. */
  readonly roles: readonly string[];
  readonly tables: readonly string[];
  readonly buckets: readonly string[];
  /** URLs of the issuers whose tokens the roles may trust. */
  readonly issuers: readonly string[];
  /** Audience of tokens unless asked otherwise. */
  readonly audience: string;
  /** Servers that take what is allowed, without credentials; empty where all is embedded. */
  readonly upstreams: readonly string[];
}

/** A token that is wanted, right or wrong. */
export interface TokenWish {
  /** @default - none: a token without session tags */
  readonly tenantId?: string;
  /** @default - one that the role trusts */
  readonly audience?: string;
  /** @default - one that the account knows */
  readonly issuerUrl?: string;
  /** From now on; negative for a token that has expired. @default - an hour */
  readonly expiresInSeconds?: number;
  /** Session tags beside the tenant's. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Further claims. @default - none */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Whether another key signs it than the issuer's. @default false */
  readonly forged?: boolean;
}
