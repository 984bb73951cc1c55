/** One value or several, as IAM's JSON takes them. */
export type OneOrMore = string | readonly string[];

/** Who a resource or trust policy speaks of: everybody, or principals by kind. */
export type Principal =
  | '*'
  | {
      readonly AWS?: OneOrMore;
      readonly Federated?: OneOrMore;
      readonly Service?: OneOrMore;
      readonly CanonicalUser?: OneOrMore;
    };

/** Condition operators, each with condition keys and the values to compare with: `{ StringEquals: { 'aws:PrincipalTag/x': 'y' } }`. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;

/**
 * One statement of an IAM policy, in the shape of IAM's JSON.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Principal;
  readonly NotPrincipal?: Principal;
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Conditions;
}

/** A policy document, in the shape of IAM's JSON. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly PolicyStatement[];
}

export function policyDocument(...statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

/** The values of an element that may be one string or a list. */
export function listOf(value: OneOrMore | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** Each value once, in the order of its first appearance. */
export function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** As IAM takes them, or a Terraform expression. */
const ACTION = /^(?:\*|[A-Za-z0-9*?-]+:[\w*?]+|.*[$#&%]\{.*)$/s;
const RESOURCE = /^(?:\*|arn:.+|.*[$#&%]\{.*)$/s;

const PERMISSION_ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

/** What is wrong with the shape of a statement of a role's own policy, as plain JavaScript may give it; empty if nothing is. */
export function statementProblems(statement: unknown): string[] {
  if (!isRecord(statement)) return ["a statement is an object with 'Effect', 'Action' and 'Resource'"];
  const has = (name: string) => statement[name] !== undefined;
  const problems = Object.keys(statement)
    .filter((name) => has(name) && !PERMISSION_ELEMENTS.includes(name))
    .map((name) => `'${name}' is no element of a role's policy, known are ${PERMISSION_ELEMENTS.join(', ')}`);
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') {
    problems.push("a statement needs 'Effect', 'Allow' or 'Deny'");
  }
  if (has('Action') === has('NotAction')) problems.push("a statement needs either 'Action' or 'NotAction'");
  if (has('Resource') === has('NotResource')) problems.push("a statement needs either 'Resource' or 'NotResource'");
  for (const name of ['Action', 'NotAction', 'Resource', 'NotResource'].filter(has)) {
    if (!isOneOrMore(statement[name])) {
      problems.push(`'${name}' must be a string or a list of at least one`);
      continue;
    }
    const shape = name.endsWith('Action') ? ACTION : RESOURCE;
    const odd = listOf(statement[name] as OneOrMore).find((value) => !shape.test(value));
    if (odd !== undefined) {
      problems.push(
        `'${name}' is ${JSON.stringify(odd)}, allowed is '*' or ${name.endsWith('Action') ? "'<service>:<action>'" : 'an ARN'}`,
      );
    }
  }
  const { Sid: sid, Condition: condition } = statement;
  if (sid !== undefined && !(typeof sid === 'string' && /^[A-Za-z0-9]+$/.test(sid))) {
    problems.push("'Sid' must be letters and digits");
  }
  if (condition !== undefined && !isConditions(condition)) {
    problems.push("'Condition' must be { operator: { key: value or list of values } } with strings, also for numbers and booleans");
  }
  return problems;
}

function isConditions(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((keys) => isRecord(keys) && Object.values(keys).every(isOneOrMore));
}

function isOneOrMore(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string'));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
