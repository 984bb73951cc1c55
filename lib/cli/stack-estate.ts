/** What the sandbox stands for when it rehearses a synthesised stack: its roles, policies, tables and buckets, with plain values. */
import { issuerOfProviderArn } from '../policy';
import { gather, readSynthesisedStack } from '../review';
import type { SandboxBucket, SandboxIdentityProvider, SandboxOptions, SandboxRole, SandboxTable } from '../sandbox';
import { UsageError } from './options';

type Instance = ReturnType<typeof readSynthesisedStack>['instances'][number];
type Facts = ReturnType<typeof gather>;
type PolicyFact = Facts['roles'][number]['trust'];

/** A stack as the sandbox takes it. */
export interface StackEstate {
  readonly options: Required<Pick<SandboxOptions, 'account' | 'region' | 'identityProviders' | 'roles' | 'tables' | 'buckets'>>;
  /** Values that nobody gave. */
  readonly assumed: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Reads a stack for the sandbox. What cannot be known before the deployment gets an example, as in `prove`.
 *
 * @param stack content of `cdk.tf.json`, parsed
 * @throws UsageError if a policy is not known, as the sandbox would enforce less than AWS does
 */
export function stackEstate(stack: unknown, variables: Readonly<Record<string, string>> = {}): StackEstate {
  const { instances, assumed } = readSynthesisedStack(stack, { variables });
  const facts = gather(instances);
  const roles = facts.roles.filter(({ trust }) => federated(documentOf(trust)).length > 0);
  const [first] = roles;
  if (first === undefined) {
    throw new UsageError('the stack has no role that takes web identity tokens, so there is nothing to rehearse');
  }
  return {
    options: {
      account: first.arn.split(':')[4] ?? '',
      region: facts.region ?? 'eu-central-1',
      identityProviders: providersOf(roles.map(({ trust }) => documentOf(trust))),
      roles: roles.map((role): SandboxRole => {
        const { boundary } = role;
        return {
          role: role.arn,
          trustPolicy: documentOf(role.trust),
          policies: Object.fromEntries(role.identity.map((policy) => [policy.name, documentOf(policy)])),
          permissionsBoundary: boundary && documentOf(boundary),
          maxSessionDurationSeconds: numberOf(at(instances, role.address), 'max_session_duration'),
          tags: role.tags,
        };
      }),
      tables: facts.tables.flatMap(({ address, name, policy }): SandboxTable[] => {
        const table = at(instances, address);
        return table === undefined ? [] : [{ ...keysOf(table), tableName: name, policy: policy && documentOf(policy) }];
      }),
      buckets: facts.buckets.map(({ name, policy }): SandboxBucket => ({ bucketName: name, policy: policy && documentOf(policy) })),
    },
    assumed,
  };
}

function at(instances: readonly Instance[], address: string): Instance | undefined {
  return instances.find((instance) => instance.address === address);
}

function documentOf(policy: PolicyFact): object {
  if ('document' in policy) return Object(policy.document) as object;
  throw new UsageError(`${policy.name} cannot be rehearsed: ${policy.unknown}`);
}

interface TrustStatement {
  readonly Principal?: { readonly Federated?: string | readonly string[] };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

function statementsOf(document: object): TrustStatement[] {
  const { Statement = [] } = document as { Statement?: TrustStatement | TrustStatement[] };
  return [Statement].flat();
}

function federated(document: object): string[] {
  return statementsOf(document).flatMap(({ Principal }) => [Principal?.Federated ?? []].flat());
}

/** The identity providers that trust policies name, each with the audiences that they compare with. */
function providersOf(trusts: readonly object[]): SandboxIdentityProvider[] {
  const found = new Map<string, Set<string>>();
  for (const { Principal, Condition = {} } of trusts.flatMap(statementsOf)) {
    for (const issuer of [Principal?.Federated ?? []].flat().flatMap((arn) => issuerOfProviderArn(arn) ?? [])) {
      const clientIds = found.get(issuer) ?? new Set();
      found.set(issuer, clientIds);
      for (const keys of Object.values(Condition)) [keys[`${issuer}:aud`] ?? []].flat().forEach((id) => clientIds.add(id));
    }
  }
  return [...found].map(([issuer, clientIds]) => ({ issuerUrl: `https://${issuer}`, clientIds: [...clientIds] }));
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

function numberOf(instance: Instance | undefined, attribute: string): number | undefined {
  const value = instance?.values[attribute];
  return typeof value === 'number' ? value : undefined;
}
