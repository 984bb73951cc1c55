/** What the sandbox stands for when it rehearses a synthesised stack: its roles, policies, tables and buckets, with plain values. */
import type { TenantClaim } from '../policy';
import { gather, readSynthesisedStack } from '../review';
import type { SandboxOptions, SandboxRole } from '../sandbox';
import { UsageError } from './options';
import { stackData } from './stack-data';
import { assumedLogins, type PoolLogin, poolLogin, trustedPools } from './stack-pools';
import { type FurtherClaims, furtherClaims, takesIdentityPools, takesTokens, tenantClaimOf, trustedProviders } from './stack-trust';

type Instance = ReturnType<typeof readSynthesisedStack>['instances'][number];
type PolicyFact = ReturnType<typeof gather>['roles'][number]['trust'];

/** A stack as the sandbox takes it. */
export interface StackEstate {
  readonly options: Required<
    Pick<SandboxOptions, 'account' | 'region' | 'identityProviders' | 'identityPools' | 'roles' | 'tables' | 'buckets'>
  >;
  /** How tokens must name the tenant for the first role, and what else they must say. */
  readonly tenant: AskedTenant;
  /** Values that nobody gave. */
  readonly assumed: readonly { readonly name: string; readonly value: string }[];
  /** What is not enforced, and why. */
  readonly unread: readonly { readonly name: string; readonly because: string }[];
}

/** How tokens name the tenant, and what else they must say. */
export type AskedTenant = TenantClaim &
  FurtherClaims & {
    /** Where sessions begin by an identity pool only: what logins for it say, of which the pool makes the rest. */
    readonly pool?: PoolLogin;
  };

/** A stack has no role that takes tokens, such as the one with the user pool: there is nothing to rehearse, and nothing wrong. */
export class NoTenantRoleError extends UsageError {}

/**
 * Reads a stack for the sandbox. What cannot be known before the deployment gets an example, as in `prove`.
 *
 * @param stack content of `cdk.tf.json`, parsed
 * @throws NoTenantRoleError if it has no role that takes tokens
 * @throws UsageError if a policy is not known, as the sandbox would enforce less than AWS does, or does not say whose tokens it takes
 */
export function stackEstate(stack: unknown, variables: Readonly<Record<string, string>> = {}): StackEstate {
  const { instances, assumed, unread } = readSynthesisedStack(stack, { variables });
  const facts = gather(instances);
  const trusting = facts.roles.flatMap(({ trust, ...role }) => {
    const trustPolicy = documentOf(trust);
    const takes = { tokens: takesTokens(trustPolicy), pools: takesIdentityPools(trustPolicy) };
    return takes.tokens || takes.pools ? [{ ...role, trustPolicy, takes, policies: role.identity.map(named) }] : [];
  });
  // Those first whose tokens go to STS as they are: the first role is the one that is rehearsed.
  const roles = [...trusting.filter(({ takes }) => takes.tokens), ...trusting.filter(({ takes }) => !takes.tokens)];
  const [first] = roles;
  if (first === undefined) {
    throw new NoTenantRoleError('the stack has no role that takes web identity tokens, so there is nothing to rehearse');
  }
  const identityProviders = trustedProviders(
    roles.map(({ trustPolicy }) => trustPolicy),
    instances,
  );
  const withoutAudience = identityProviders.find(({ clientIds }) => clientIds.length === 0);
  if (withoutAudience !== undefined) {
    throw new UsageError(`no trust policy says which audience tokens of ${withoutAudience.issuerUrl} must have`);
  }
  const documents = roles.flatMap(({ policies }) => policies.map(([, document]) => document));
  const { tables, buckets, elsewhere } = stackData(instances, facts, documents, documentOf);
  const issuers = identityProviders.map(({ issuerUrl }) => issuerUrl.replace('https://', ''));
  const claimsOf = ({ arn, trustPolicy, policies }: (typeof roles)[number]) => {
    const own = policies.map(([, document]) => document);
    return { ...tenantClaimOf(own, issuers), ...furtherClaims(arn, trustPolicy, own) };
  };
  const identityPools = trustedPools(
    roles.flatMap((role) => (role.takes.pools ? [{ role: role.arn, trustPolicy: role.trustPolicy, claims: claimsOf(role) }] : [])),
  );
  const [pool] = first.takes.tokens ? [] : identityPools;
  return {
    options: {
      account: first.arn.split(':')[4] ?? '',
      region: facts.region ?? 'eu-central-1',
      identityProviders,
      identityPools,
      roles: roles.map(({ address, arn, boundary, tags, trustPolicy, policies }): SandboxRole => ({
        role: arn,
        trustPolicy,
        policies: Object.fromEntries(policies),
        permissionsBoundary: boundary && documentOf(boundary),
        maxSessionDurationSeconds: maxSessionDuration(instances, address),
        tags,
      })),
      tables,
      buckets,
    },
    tenant: { ...claimsOf(first), ...(pool && { pool: poolLogin(pool) }) },
    assumed: [...assumed, ...assumedLogins(identityPools)],
    unread: [
      ...unread.filter(({ name }) => name.startsWith('module.')),
      ...facts.gaps.map(({ name, unknown }) => ({ name, because: unknown })),
      ...elsewhere.map((name) => ({ name: `policy of ${name}`, because: 'the stack does not make it' })),
    ],
  };
}

function named(policy: PolicyFact): [name: string, document: object] {
  return [policy.name, documentOf(policy)];
}

function documentOf(policy: PolicyFact): object {
  if ('document' in policy) return Object(policy.document) as object;
  throw new UsageError(`${policy.name} cannot be rehearsed: ${policy.unknown}`);
}

function maxSessionDuration(instances: readonly Instance[], address: string): number | undefined {
  const value = instances.find((instance) => instance.address === address)?.values['max_session_duration'];
  return typeof value === 'number' ? value : undefined;
}
