export type { AuditCaller, AuditCheck, AuditRecord } from './audit/audit-record';
export { targetOf } from './audit/wording';
export type { NumberedRecord } from './audit/audit-log';
export type { Administrator } from './gateway/administrator';
export type { TokenOptions } from './issuer/token-options';
export type {
  SandboxBucket,
  SandboxIdentityPool,
  SandboxIdentityProvider,
  SandboxIndex,
  SandboxLogin,
  SandboxOptions,
  SandboxRole,
  SandboxTable,
  SandboxUpstreams,
} from './options';
export type { Sandbox, SandboxAudit, SandboxDataAccessConfig, SandboxNames, SandboxTokenOptions } from './sandbox';
export { startSandbox } from './start-sandbox';
