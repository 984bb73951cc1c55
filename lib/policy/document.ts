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

const PERMISSION_ELEMENTS = ['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'];

/** What is wrong with the shape of a statement of a role's own policy, as plain JavaScript may give it; empty if nothing is. */
export function statementProblems(statement: object): string[] {
  const given = statement as Readonly<Record<string, unknown>>;
  const has = (name: string) => given[name] !== undefined;
  const problems = Object.keys(given)
    .filter((name) => has(name) && !PERMISSION_ELEMENTS.includes(name))
    .map((name) => `'${name}' is no element of a role's policy, known are ${PERMISSION_ELEMENTS.join(', ')}`);
  if (given['Effect'] !== 'Allow' && given['Effect'] !== 'Deny') problems.push("a statement needs 'Effect', 'Allow' or 'Deny'");
  if (has('Action') === has('NotAction')) problems.push("a statement needs either 'Action' or 'NotAction'");
  if (has('Resource') === has('NotResource')) problems.push("a statement needs either 'Resource' or 'NotResource'");
  return problems;
}
