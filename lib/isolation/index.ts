export { decide, type Decision, explain, type PolicySet, type StatementOutcome } from './decision';
export { type CompiledPolicy, compilePolicy, unknownPolicy } from './policy';
export { type AccessRequest, type ContextEntries, RequestContext, type RequestPrincipal } from './request';
export type { PolicyKind, StatementReference } from './statement';
export { ATTACK_GROUPS, type Attack, type AttackGroup, type AttackRequest } from './attack';
export { awsActions, type AwsAction } from './aws-actions';
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
export type { IsolationSubject, NamedPatterns, OtherToken, SharedBucket, SharedTable } from './subject';
export { otherServicesOf } from './service-attacks';
export type { Locks, SubjectPolicies } from './decider';
export { BEGIN } from './own-operations';
