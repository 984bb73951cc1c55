import type { Decision, StatementReference } from '../../isolation';

/** One thing that was asked of IAM, and what came of it. */
export interface AuditCheck {
  readonly action: string;
  readonly resource: string;
  /** `unknown` counts as a denial. */
  readonly effect: Decision['effect'];
  readonly reason: Decision['reason'];
  /** The statement that decided; none where nothing allows. */
  readonly statement?: StatementReference;
  /** What left an undecided statement open. */
  readonly because?: string;
  /** Condition keys with their values. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** Who asked. */
export interface AuditCaller {
  readonly kind: 'administrator' | 'session' | 'token' | 'anonymous';
  /** Of a session: `arn:<partition>:sts::<account>:assumed-role/<role>/<session name>` */
  readonly arn?: string;
  /** Session tags, of a token those it asks for. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** One line of the audit log. It holds no secret, no token and no data but keys. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  /** As in the answer's header. */
  readonly requestId: string;
  readonly caller: AuditCaller;
  /** `s3:GetObject`, `sts:AssumeRoleWithWebIdentity`; of what is no known request its method. */
  readonly operation: string;
  /** ARNs of what it is about, the first 25. */
  readonly resources: readonly string[];
  /** `error`: it never came to a decision, as the request is malformed or a server behind is gone. */
  readonly decision: 'allow' | 'deny' | 'error';
  /** For people, one line: why. */
  readonly reason: string;
  /** What was asked of IAM: of a request for many things the first 25 that were allowed, and the first 25 that were not. */
  readonly checks: readonly AuditCheck[];
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the error that was answered. */
  readonly errorCode?: string;
  /** How long the answer took. */
  readonly milliseconds: number;
}
