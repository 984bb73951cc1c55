import { unique } from '../../policy/document';
import { type CompiledCondition, compileCondition } from './condition';
import { ArnPattern, completeArn, Pattern } from './pattern';
import { compileNotPrincipal, compilePrincipal, type PrincipalMatch, type PrincipalReach } from './principal';
import { type AccessRequest, RequestContext, type RequestPrincipal } from './request';
import { not, some, type Truth } from './truth';

/** Where a policy hangs, which decides what its statements must have: only those of a resource name principals, only trust has no Resource. */
export type PolicyKind = 'identity' | 'resource' | 'trust';

/** A statement by the policy it stands in. */
export interface StatementReference {
  /** Name of the policy, for people: `aws_iam_policy.tenant_table` */
  readonly policy: string;
  /** From 0; -1 for a policy that could not be read as statements. */
  readonly index: number;
  readonly sid?: string;
  /** Whether it stands for policies that nobody knows, such as those of a caller outside. */
  readonly assumed?: boolean;
  /** Whether nothing of the policy may be printed but its name. */
  readonly sensitive?: boolean;
}

/** How a statement met a request. */
export interface StatementMatch {
  readonly truth: Truth;
  /** The first thing that did not match, or that leaves it open; none if all matched. */
  readonly because?: string;
  /** How its Principal reaches the caller. */
  readonly reach: PrincipalReach;
}

/** A statement, ready to be asked. */
export interface CompiledStatement {
  readonly reference: StatementReference;
  /** `unknown`: it may allow and it may deny. */
  readonly effect: 'Allow' | 'Deny' | 'unknown';
  /** Why it could not be read, if so; then it is open whatever is asked. */
  readonly problem?: string;
  /** @param bounded whether the caller has a permissions boundary; a denial by NotPrincipal then exempts nobody. */
  readonly match: (request: AccessRequest, bounded?: boolean) => StatementMatch;
}

const ELEMENTS = ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

const EMPTY = RequestContext.closed();

/**
 * Makes a statement ready. What IAM would not take, or this does not know, leaves the statement open instead of being skipped.
 *
 * @param variables whether `${...}` is a policy variable.
 */
export function compileStatement(
  statement: unknown,
  reference: StatementReference,
  kind: PolicyKind,
  variables: boolean,
): CompiledStatement {
  const open = (because: string, effect: CompiledStatement['effect'] = 'unknown'): CompiledStatement => ({
    reference,
    effect,
    problem: because,
    match: () => ({ truth: 'unknown', because, reach: 'identity' }),
  });
  if (!isRecord(statement)) return open('it is no object');
  const { Sid: sid, Effect: effect } = statement;
  const named = typeof sid === 'string' && sid !== '' ? { ...reference, sid } : reference;
  const openNamed = (because: string, known?: CompiledStatement['effect']) => ({ ...open(because, known), reference: named });
  if (effect !== 'Allow' && effect !== 'Deny') return openNamed("its Effect is neither 'Allow' nor 'Deny'");
  const foreign = Object.keys(statement).find((name) => !ELEMENTS.includes(name));
  if (foreign !== undefined) return openNamed(`'${foreign}' is no element that is known`, effect);

  const action = actionTest(statement);
  const resource = resourceTest(statement, kind, variables);
  const principal = principalTest(statement, kind, effect);
  const conditions = conditionsOf(statement['Condition'], variables);
  for (const part of [action, resource, principal, conditions]) {
    if (typeof part === 'string') return openNamed(part, effect);
  }
  const parts = { action, resource, principal, conditions } as {
    action: (lower: string) => boolean;
    resource: (request: AccessRequest) => Truth;
    principal: PrincipalTest | undefined;
    conditions: readonly CompiledCondition[];
  };
  return { reference: named, effect, match: (request, bounded = false) => match(parts, request, bounded) };
}

const NO_PRINCIPAL = { truth: 'yes', reach: 'identity' } as const;

function match(
  parts: {
    readonly action: (lower: string) => boolean;
    readonly resource: (request: AccessRequest) => Truth;
    readonly principal: PrincipalTest | undefined;
    readonly conditions: readonly CompiledCondition[];
  },
  request: AccessRequest,
  bounded: boolean,
): StatementMatch {
  if (!parts.action(request.action.toLowerCase())) return { truth: 'no', because: 'Action', reach: 'identity' };
  const { truth: named, reach } = parts.principal === undefined ? NO_PRINCIPAL : parts.principal(request.principal, bounded);
  if (named === 'no') return { truth: 'no', because: 'Principal', reach };
  const resource = parts.resource(request);
  if (resource === 'no') return { truth: 'no', because: 'Resource', reach };
  let open = named === 'unknown' ? 'Principal' : resource === 'unknown' ? 'Resource' : undefined;
  for (const condition of parts.conditions) {
    const holds = condition.holds(request.context);
    if (holds === 'no') return { truth: 'no', because: condition.name, reach };
    if (holds === 'unknown') open ??= condition.name;
  }
  return open === undefined ? { truth: 'yes', reach } : { truth: 'unknown', because: open, reach };
}

/** @returns what is wrong with it, as a string, if it cannot be read */
function actionTest(statement: Record<string, unknown>): string | ((lower: string) => boolean) {
  const read = oneOf(statement, 'Action', 'NotAction');
  if (typeof read === 'string') return read;
  const patterns = read.values.map((value) => new Pattern(value.toLowerCase(), { wildcards: true, variables: false }));
  const memory = new Map<string, boolean>();
  return (lower) => {
    const known = memory.get(lower);
    if (known !== undefined) return known;
    const found = patterns.some((pattern) => pattern.matches(lower, EMPTY) === 'yes') !== read.negated;
    memory.set(lower, found);
    return found;
  };
}

function resourceTest(
  statement: Record<string, unknown>,
  kind: PolicyKind,
  variables: boolean,
): string | ((request: AccessRequest) => Truth) {
  if (kind === 'trust') {
    return has(statement, 'Resource') || has(statement, 'NotResource') ? 'a trust policy has no Resource' : () => 'yes';
  }
  const read = oneOf(statement, 'Resource', 'NotResource');
  if (typeof read === 'string') return read;
  // An incomplete ARN is completed; read as it stands too, it leaves open what only that reading matches.
  const values = kind === 'identity' ? read.values.flatMap((value) => unique([value, completeArn(value)])) : read.values;
  const patterns = values.map((value) => new ArnPattern(value, { wildcards: true, variables }));
  const illFormed = patterns.find((pattern) => !pattern.isWellFormed);
  if (illFormed !== undefined) return `the variable in '${illFormed.text}' is not written as IAM takes it, or not where`;
  if (!read.negated) return ({ resource, context }) => some(patterns, (pattern) => pattern.matches(resource, context));
  return ({ resource, context }) => {
    const matched = not(some(patterns, (pattern) => pattern.matches(resource, context)));
    // An entry whose variable has no value matches no resource, says AWS, and also that the whole statement may then be invalid.
    return matched === 'yes' && patterns.some((pattern) => pattern.isUnresolved(context)) ? 'unknown' : matched;
  };
}

type PrincipalTest = (principal: RequestPrincipal, bounded: boolean) => PrincipalMatch;

function principalTest(
  statement: Record<string, unknown>,
  kind: PolicyKind,
  effect: 'Allow' | 'Deny',
): string | PrincipalTest | undefined {
  const given = ['Principal', 'NotPrincipal'].filter((name) => has(statement, name));
  if (kind === 'identity') return given.length === 0 ? undefined : 'a policy of an identity names no principal';
  if (given.length !== 1) return 'it needs either Principal or NotPrincipal';
  const refused = `its ${given[0] ?? ''} is not written as IAM takes it`;
  if (given[0] === 'Principal') return compilePrincipal(statement['Principal'], kind === 'trust') ?? refused;
  if (kind === 'trust' || effect === 'Allow') return 'NotPrincipal is for denials, and not for trust policies';
  const compiled = compileNotPrincipal(statement['NotPrincipal']);
  if (compiled === undefined) return refused;
  return (principal, bounded) => (bounded ? { truth: 'yes', reach: 'everybody' } : compiled(principal));
}

function conditionsOf(element: unknown, variables: boolean): string | readonly CompiledCondition[] {
  if (element === undefined) return [];
  if (!isRecord(element)) return 'its Condition is no object';
  const conditions: CompiledCondition[] = [];
  for (const [operator, keys] of Object.entries(element)) {
    if (!isRecord(keys)) return `its ${operator} is no object`;
    for (const [key, value] of Object.entries(keys)) {
      const values = scalarsOf(value);
      if (values === undefined) return `the values of ${operator} ${key} are no strings`;
      conditions.push(compileCondition(operator, key, values, variables));
    }
  }
  return conditions;
}

function oneOf(
  statement: Record<string, unknown>,
  name: string,
  negatedName: string,
): string | { readonly values: readonly string[]; readonly negated: boolean } {
  const negated = has(statement, negatedName);
  if (negated === has(statement, name)) return `it needs either ${name} or ${negatedName}`;
  const element = statement[negated ? negatedName : name];
  const values: unknown[] = Array.isArray(element) ? element : [element];
  if (!values.every((value) => typeof value === 'string') || values.length === 0) {
    return `its ${negated ? negatedName : name} is no string or list of strings`;
  }
  return { values, negated };
}

/** Strings, and numbers and booleans as IAM takes them without quotes. */
function scalarsOf(value: unknown): string[] | undefined {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const texts = values.filter((each) => typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean');
  return texts.length === values.length ? texts.map(String) : undefined;
}

/** An element that is undefined, as code may write it, is not there. */
function has(statement: Record<string, unknown>, name: string): boolean {
  return statement[name] !== undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
