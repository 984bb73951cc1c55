import { type AccessRequest, type Decision, explain, type PolicySet, type StatementOutcome } from '../../isolation';
import type { AuditCheck } from './audit-record';
import { nameOf } from './wording';

/** A decision, with all that it rests on. */
export interface Verdict {
  readonly request: AccessRequest;
  readonly policies: PolicySet;
  readonly decision: Decision;
}

const VERDICTS = new WeakMap<AuditCheck, Verdict>();

/** What the audit log keeps of a verdict. */
export function checkOf(verdict: Verdict): AuditCheck {
  const check = auditCheck(verdict);
  VERDICTS.set(check, verdict);
  return check;
}

/** What a check rests on, told by the very object that `checkOf` gave. */
export function verdictOf(check: AuditCheck): Verdict | undefined {
  return VERDICTS.get(check);
}

function auditCheck({ request, policies, decision }: Verdict): AuditCheck {
  const { effect, reason, statement } = decision;
  const nearest = reason === 'no-allow' ? nearestAllow(explain(request, policies)) : undefined;
  return {
    action: request.action,
    resource: request.resource,
    effect,
    reason,
    statement,
    because: decision.because ?? (nearest && `${nearest.because ?? ''} of ${nameOf(nearest.statement)} does not match`),
    // Told when it is asked for: few records are ever looked at.
    get context() {
      return request.context.toJSON();
    },
  };
}

/** The statement that came nearest to allowing it: the one whose conditions were looked at, else whose resource was. */
function nearestAllow(outcomes: readonly StatementOutcome[]): StatementOutcome | undefined {
  const farOf = ({ because = '' }: StatementOutcome) => ['Action', 'Principal', 'Resource'].indexOf(because);
  const near = outcomes.filter((outcome) => outcome.effect === 'Allow' && outcome.matched === 'no' && farOf(outcome) !== 0);
  return near.find((outcome) => farOf(outcome) < 0) ?? near.at(0);
}
