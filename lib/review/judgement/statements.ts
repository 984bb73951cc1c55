import { arnsOverlap } from '../../policy/patterns';
import type { BucketFact, PolicyFact, TableFact } from '../estate/estate';

/** The parts of a statement that tell what it speaks of, read without judging; what is not as expected is left out. */
export interface StatementFact {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  readonly principals: readonly { readonly kind: string; readonly value: string }[];
  readonly conditions: readonly ConditionFact[];
}

export interface ConditionFact {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** All statements of the policies that are known. */
export function statementsOf(policies: readonly PolicyFact[]): StatementFact[] {
  return policies.flatMap((policy) => ('unknown' in policy ? [] : statementsIn(policy.document)));
}

function statementsIn(document: unknown): StatementFact[] {
  return listed(recordOf(document)['Statement']).map((value) => {
    const statement = recordOf(value);
    return {
      effect: String(statement['Effect']),
      actions: texts(statement['Action']),
      notActions: texts(statement['NotAction']),
      resources: texts(statement['Resource']),
      notResources: texts(statement['NotResource']),
      principals: principalsOf(statement['Principal']),
      conditions: conditionsOf(statement['Condition']),
    };
  });
}

function principalsOf(element: unknown): { kind: string; value: string }[] {
  if (typeof element === 'string') return [{ kind: element, value: element }];
  return Object.entries(recordOf(element)).flatMap(([kind, values]) => texts(values).map((value) => ({ kind, value })));
}

function conditionsOf(element: unknown): ConditionFact[] {
  return Object.entries(recordOf(element)).flatMap(([operator, keys]) =>
    Object.entries(recordOf(keys)).map(([key, values]) => ({ operator, key, values: texts(values) })),
  );
}

/** Whether one of the statements may allow something on the resource, or within it. */
export function reaches(statements: readonly StatementFact[], arn: string): boolean {
  const within = `${arn}/*`;
  return statements.some(({ effect, resources, notResources }) => {
    if (effect !== 'Allow') return false;
    return notResources.length > 0 || resources.some((pattern) => arnsOverlap(pattern, arn) || arnsOverlap(pattern, within));
  });
}

/** Tables that statements name in full; nothing else is known of them. */
export function mentionedTables(statements: readonly StatementFact[]): TableFact[] {
  return mentioned(statements, /^(arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/([\w.-]+))(?:\/|$)/).map(([arn, name]) => ({
    address: arn,
    arn,
    name,
    indexes: indexesNamed(statements, arn),
    partitionKey: TENANT_LED,
  }));
}

/** Of a table that is not managed: the design has only tenant-led indexes named. */
const TENANT_LED = 'tenant';

function indexesNamed(statements: readonly StatementFact[], arn: string): TableFact['indexes'] {
  const names = statements
    .flatMap(({ resources }) => resources)
    .flatMap((resource) => (resource.startsWith(`${arn}/index/`) ? [resource.slice(arn.length + '/index/'.length)] : []));
  return [...new Set(names)].filter((name) => /^[\w.-]+$/.test(name)).map((name) => ({ name, partitionKey: TENANT_LED }));
}

/** Buckets that statements name in full; nothing else is known of them. */
export function mentionedBuckets(statements: readonly StatementFact[]): BucketFact[] {
  return mentioned(statements, /^(arn:[\w-]+:s3:::([a-z0-9.-]+))(?:\/|$)/).map(([arn, name]) => ({ address: arn, arn, name }));
}

function mentioned(statements: readonly StatementFact[], pattern: RegExp): [arn: string, name: string][] {
  const found = new Map<string, string>();
  for (const { effect, resources } of statements) {
    for (const resource of effect === 'Allow' ? resources : []) {
      const [, arn, name] = pattern.exec(resource) ?? [];
      if (arn !== undefined && name !== undefined) found.set(arn, name);
    }
  }
  return [...found];
}

/** An object of a document that may have any shape; empty if it is none. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The values of an element that may be one or a list. */
export function listed(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function texts(value: unknown): string[] {
  return listed(value).filter((each) => typeof each === 'string');
}
