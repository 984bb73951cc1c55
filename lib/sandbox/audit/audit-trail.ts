import type { AuditCaller, AuditCheck, AuditRecord } from './audit-record';

/** Gathers what the audit log tells of a request while it is answered. Each step says what it has found out. */
export class AuditTrail {
  caller: AuditCaller = { kind: 'anonymous' };
  operation: string;
  /** What the request has come to so far: until something denies or allows it, it is an error. */
  decision: AuditRecord['decision'] = 'error';
  /** Why it is denied, or failed, where no check says it. */
  reason: string | undefined;
  /** ARNs of what it is about. */
  resources: readonly string[] = [];
  readonly checks: AuditCheck[] = [];

  constructor(operation: string) {
    this.operation = operation;
  }
}
