import { type AccessRequest, explain, type PolicySet, type StatementOutcome } from '../../isolation';
import type { AuditCheck } from '../audit/audit-record';
import { whyOf } from './statement-why';

/** Why a check came out as it did, for the page. */
export interface Explanation {
  readonly action: string;
  readonly resource: string;
  readonly effect: AuditCheck['effect'];
  /** One sentence. */
  readonly summary: string;
  /** The statement that decided first, then those that came nearest to allowing it. */
  readonly statements: readonly ExplainedStatement[];
  /** How many further statements were asked. */
  readonly others: number;
  /** Condition keys with their values. */
  readonly context: AuditCheck['context'];
}

/** A statement, and what it did with the request. */
export interface ExplainedStatement {
  readonly policy: string;
  readonly sid?: string;
  /** From 0. */
  readonly index: number;
  readonly effect: StatementOutcome['effect'];
  readonly decided: boolean;
  /** One sentence. */
  readonly why: string;
  /** Where in the document the reason stands: `['Condition', 'StringEquals', 's3:prefix']`; empty for the whole. */
  readonly mark: readonly string[];
  /** The statement as JSON; left out for one that must not be shown or is not known. */
  readonly document?: unknown;
}

/** Statements shown beside the one that decided. */
const MOST_NEAR = 4;

/**
 * Explains a check.
 *
 * @param asked what the check rested on; without it only what the audit log holds is told
 */
export function explanationOf(
  check: AuditCheck,
  asked?: { readonly request: AccessRequest; readonly policies: PolicySet },
): Explanation {
  const { action, resource, effect, context } = check;
  const outcomes = asked === undefined ? [] : explain(asked.request, asked.policies);
  const documents = new Map(allOf(asked?.policies ?? {}).flatMap((policy) => statementsOf(policy)));
  const explained = (outcome: StatementOutcome, decided: boolean): ExplainedStatement => {
    const { policy, index, sid, sensitive } = outcome.statement;
    const known = { policy, index, effect: outcome.effect, decided };
    if (sensitive === true) return { ...known, why: 'Nothing more of this policy may be shown.', mark: [] };
    const document = documents.get(nameOf(outcome));
    return { ...known, sid, ...whyOf(outcome, document, check), document };
  };
  const decider = outcomes.find(({ statement }) => isSame(statement, check.statement));
  const near = effect === 'allow' ? [] : nearest(outcomes, check, decider, documents);
  const shown = [
    ...(decider === undefined ? [] : [explained(decider, true)]),
    ...near.slice(0, MOST_NEAR).map((outcome) => explained(outcome, false)),
  ];
  return {
    action,
    resource,
    effect,
    summary: SUMMARIES[check.reason],
    statements: shown,
    others: outcomes.length - shown.length,
    context,
  };
}

const SUMMARIES: Readonly<Record<AuditCheck['reason'], string>> = {
  allowed: 'A statement allows it, and nothing is against it.',
  'explicit-deny': 'A statement denies it; that wins over whatever allows it.',
  'no-allow': 'No statement allows it.',
  boundary: 'The permissions boundary does not allow it, whatever the policies of the role say.',
  'session-policy': 'The session policy does not allow it, whatever the policies of the role say.',
  'resource-policy': 'The policy of the resource itself does not allow it.',
  undecided: 'It hangs on something that the sandbox does not know, and what is not certain is denied.',
};

/** Statements that allow something, the nearest first: one that failed by a condition had the right action and resource already. */
function nearest(
  outcomes: readonly StatementOutcome[],
  { action }: AuditCheck,
  decider: StatementOutcome | undefined,
  documents: ReadonlyMap<string, unknown>,
): StatementOutcome[] {
  const service = action.slice(0, action.indexOf(':') + 1).toLowerCase();
  const nearness = (outcome: StatementOutcome): number => {
    if (outcome.matched !== 'no') return 4;
    if (outcome.because === 'Resource') return 2;
    if (outcome.because === 'Principal') return 1;
    if (outcome.because !== 'Action') return 3;
    // Of those about other actions only such of the same service tell something.
    return JSON.stringify(documents.get(nameOf(outcome)) ?? '')
      .toLowerCase()
      .includes(`"${service}`)
      ? 0
      : -1;
  };
  return outcomes
    .filter((outcome) => outcome !== decider && outcome.effect !== 'Deny' && nearness(outcome) >= 0)
    .sort((left, right) => nearness(right) - nearness(left));
}

function allOf({ identity = [], boundary = [], session = [], resource = [] }: PolicySet) {
  return [...identity, ...boundary, ...session, ...resource];
}

/** The statements of a policy as they stand in its document, by the name of their references. */
function statementsOf({ statements, document }: ReturnType<typeof allOf>[number]): [string, unknown][] {
  if (typeof document !== 'object' || document === null || !('Statement' in document)) return [];
  const { Statement: given } = document;
  const texts: readonly unknown[] = Array.isArray(given) ? given : [given];
  return statements.map(({ reference }) => [nameOf({ statement: reference }), texts[reference.index]]);
}

function nameOf({ statement: { policy, index } }: Pick<StatementOutcome, 'statement'>): string {
  return `${index} ${policy}`;
}

function isSame(left: StatementOutcome['statement'], right: StatementOutcome['statement'] | undefined): boolean {
  return left.policy === right?.policy && left.index === right.index;
}
