export { decide, type Decision, explain, type PolicySet, type StatementOutcome } from './evaluator/decision';
export { type CompiledPolicy, compilePolicy, problemOf, unknownPolicy } from './evaluator/policy';
export { type AccessRequest, type ContextEntries, RequestContext, type RequestPrincipal } from './evaluator/request';
export type { PolicyKind, StatementReference } from './evaluator/statement';
export { ATTACK_GROUPS, type Attack, type AttackGroup, type AttackRequest } from './attacks/attack';
export { awsActions, type AwsAction } from './attacks/aws-actions';
export {
  attack,
  becomes,
  type AttackResult,
  attacksOn,
  type GroupResult,
  type Leak,
  type OwnResult,
  tryOwnOperations,
} from './proof';
export type { IsolationSubject, NamedPatterns, OtherToken, SharedBucket, SharedTable } from './attacks/subject';
export { FULL_PERMISSIONS, type SubjectPermissions } from './attacks/held-permissions';
export { otherServicesOf } from './attacks/service-attacks';
export type { Locks, SubjectPolicies } from './decider';
export { BEGIN } from './attacks/own-operations';
