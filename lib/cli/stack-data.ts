/** The tables and buckets of a synthesised stack as the sandbox takes them, those included that its roles use and others made. */
import type { gather, readSynthesisedStack } from '../review';
import type { SandboxBucket, SandboxIndex, SandboxTable } from '../sandbox';

type Instance = ReturnType<typeof readSynthesisedStack>['instances'][number];
type Facts = ReturnType<typeof gather>;
type PolicyFact = Facts['roles'][number]['trust'];

/** Tables and buckets. */
export interface StackData {
  readonly tables: readonly SandboxTable[];
  readonly buckets: readonly SandboxBucket[];
  /** Names of those that the stack does not make: their policies are not known, nor the keys of the tables. */
  readonly elsewhere: readonly string[];
}

/**
 * @param policies of the roles, to find what they use
 * @param documentOf reads a policy, or refuses to
 */
export function stackData(
  instances: readonly Instance[],
  facts: Pick<Facts, 'tables' | 'buckets'>,
  policies: readonly object[],
  documentOf: (policy: PolicyFact) => object,
): StackData {
  const tables = facts.tables.map(({ address, name, policy }): SandboxTable => {
    const made = instances.find((instance) => instance.address === address);
    return { ...(made && keysOf(made)), tableName: name, policy: policy && documentOf(policy) };
  });
  const buckets = facts.buckets.map(({ name, policy }): SandboxBucket => ({
    bucketName: name,
    policy: policy && documentOf(policy),
  }));
  const used = policies.flatMap(resourcesOf);
  const usedTables = namesIn(
    used,
    /^arn:[^:]+:dynamodb:[^:]*:\d*:table\/([\w.-]+)(?:\/|$)/,
    new Set(facts.tables.map(({ name }) => name)),
  );
  const usedBuckets = namesIn(used, /^arn:[^:]+:s3:::([a-z0-9.-]+)(?:\/|$)/, new Set(facts.buckets.map(({ name }) => name)));
  return {
    tables: [...tables, ...usedTables.map((tableName) => ({ tableName, indexes: indexesIn(used, tableName) }))],
    buckets: [...buckets, ...usedBuckets.map((bucketName) => ({ bucketName }))],
    elsewhere: [...usedTables.map((name) => `table ${name}`), ...usedBuckets.map((name) => `bucket ${name}`)],
  };
}

interface Statement {
  readonly Resource?: string | readonly string[];
}

function resourcesOf(policy: object): string[] {
  const { Statement = [] } = policy as { readonly Statement?: Statement | readonly Statement[] };
  return [Statement].flat().flatMap(({ Resource = [] }) => Resource);
}

/** Names that ARNs give in full, no patterns. */
function namesIn(arns: readonly string[], pattern: RegExp, known: ReadonlySet<string>): string[] {
  const names = arns.flatMap((arn) => pattern.exec(arn)?.[1] ?? []);
  return [...new Set(names)].filter((name) => !known.has(name));
}

function indexesIn(arns: readonly string[], tableName: string): SandboxIndex[] {
  const names = arns.flatMap((arn) => {
    const [, table, index] = /:table\/([\w.-]+)\/index\/([\w.-]+)$/.exec(arn) ?? [];
    return table === tableName && index !== undefined ? [index] : [];
  });
  return [...new Set(names)].map((name) => ({ name }));
}

function keysOf({ values }: Instance): Omit<SandboxTable, 'tableName'> {
  const attributes = blocks(values['attribute']);
  return {
    partitionKey: text(values['hash_key']),
    sortKey: text(values['range_key']) ?? null,
    keyTypes: Object.fromEntries(attributes.map(({ name, type }) => [text(name) ?? '', (text(type) ?? 'S') as 'S' | 'N' | 'B'])),
    indexes: blocks(values['global_secondary_index']).map((index) => ({
      name: text(index['name']) ?? '',
      partitionKey: text(index['hash_key']),
      sortKey: text(index['range_key']),
    })),
  };
}

function blocks(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? (value as Record<string, unknown>[]) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
