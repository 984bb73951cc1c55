import { OBJECT_ROOT } from 'multi-tenant-data-access/tenancy';
import {
  admitsTenant,
  type CompiledPolicy,
  compilePolicy,
  type IsolationSubject,
  type SubjectPolicies,
  unknownPolicy,
} from '../isolation';
import type { TenantClaim } from '../policy/tenant-claim';
import type { BucketFact, Estate, PolicyFact, RoleFact, TableFact } from './estate';
import { mentionedBuckets, mentionedTables, reaches, statementsOf } from './statements';
import { keyTemplates, namedPatterns, prefixTemplates } from './templates';
import { guardsTags, tenantClaimOf, webIdentity } from './web-identity';

/** What the caller knows better than can be found out. */
export interface SubjectOptions {
  /** Key of the session tag that carries the tenant. @default - the one that the role's policies read */
  readonly tenantTag?: string;
  /** Partition key of a tenant's items, `{tenant}` in the tenant's place. @default - what the policies compare, else `{tenant}` */
  readonly tableKey?: string;
  /** Prefix of a tenant's objects. @default - what the policies grant, else `tenants/{tenant}/` */
  readonly prefix?: string;
  /** Policies that are not in the estate, by ARN; `undefined` says that there is none. */
  readonly policies?: ReadonlyMap<string, unknown>;
}

/** A role that serves all tenants, with the data it shares, in an estate and perhaps in the one before. */
export interface ReviewedRole {
  readonly address: string;
  readonly subject: IsolationSubject;
  /** Undefined if the role is not there then. */
  readonly before?: SubjectPolicies;
  readonly after?: SubjectPolicies;
}

/** Roles, and what kept others from being judged. */
export interface FoundRoles {
  readonly roles: readonly ReviewedRole[];
  /** Roles that a web identity may assume, but whose sessions have no tenant. */
  readonly withoutTenant: readonly string[];
  /** Policies that were taken as given, or as not there. */
  readonly unknown: readonly { readonly name: string; readonly because: string }[];
}

/**
 * Finds the roles that follow the tagged-role design: a web identity may assume them, and their policies read the tenant of the session.
 * What they share is what their policies mention. Both moments count, so that a change cannot hide what it takes away.
 */
export function findRoles(after: Estate, before: Estate | undefined, options: SubjectOptions = {}): FoundRoles {
  const addresses = new Set([...(before?.roles ?? []), ...after.roles].map(({ address }) => address));
  const roles: ReviewedRole[] = [];
  const others: Candidate[] = [];
  const unknown: { name: string; because: string }[] = [];
  for (const address of addresses) {
    const [was, is] = [before, after].map((estate) => estate?.roles.find((role) => role.address === address));
    const moments = [...(was && before ? [{ role: was, estate: before }] : []), ...(is ? [{ role: is, estate: after }] : [])];
    const identity = moments.map(({ role }) => webIdentity(role.trust)).find((found) => found !== undefined);
    const open = moments.map(({ role }) => role.trust).find((trust) => 'unknown' in trust);
    if (identity === undefined) {
      if (open !== undefined && 'unknown' in open) unknown.push({ name: open.name, because: open.unknown });
      continue;
    }
    const judged = (subject: IsolationSubject): ReviewedRole => ({
      address,
      subject,
      before: was && before ? policiesOf(was, before, subject, options) : undefined,
      after: is ? policiesOf(is, after, subject, options) : undefined,
    });
    const claim = moments
      .map(({ role }) => tenantClaimOf(role, identity.issuer, options.tenantTag))
      .find((found) => found !== undefined);
    if (claim === undefined) others.push({ address, provider: identity.provider, roleArn: moments.at(-1)?.role.arn ?? '', judged });
    else roles.push(judged(subjectOf(moments, identity, claim, options)));
  }
  const bystanders = others.map((other) => ({ address: other.address, role: bystander(other, roles) }));
  return {
    roles: [...roles, ...bystanders.flatMap(({ role }) => role ?? [])],
    withoutTenant: bystanders.flatMap(({ address, role }) => (role === undefined ? [address] : [])),
    unknown,
  };
}

/** A role for web identities whose own policies read no tenant. */
interface Candidate {
  readonly address: string;
  readonly provider: string;
  readonly roleArn: string;
  readonly judged: (subject: IsolationSubject) => ReviewedRole;
}

/** The role as one that a tenant's token may assume as well, if its trust policy does not refuse it: it must not reach tenants' data. */
function bystander({ provider, roleArn, judged }: Candidate, tenantRoles: readonly ReviewedRole[]): ReviewedRole | undefined {
  const [first, ...more] = tenantRoles.filter(({ subject }) => subject.identityProvider === provider);
  if (first === undefined) return undefined;
  const all = [first, ...more].map(({ subject }) => subject);
  const role = judged({
    ...first.subject,
    roleArn,
    tables: all.flatMap(({ tables }) => tables),
    buckets: all.flatMap(({ buckets }) => buckets),
    bystander: true,
  });
  const trust = (role.after ?? role.before)?.trust;
  const refused = trust === undefined || all.every((subject) => admitsTenant({ ...subject, roleArn }, trust) === 'deny');
  return refused ? undefined : role;
}

interface Moment {
  readonly role: RoleFact;
  readonly estate: Estate;
}

function subjectOf(
  moments: readonly Moment[],
  identity: { readonly provider: string; readonly issuer: string; readonly token: IsolationSubject['token'] },
  tenant: TenantClaim,
  { tableKey, prefix }: SubjectOptions,
): IsolationSubject {
  const statements = moments.flatMap(({ role, estate }) => [
    ...statementsOf(role.identity),
    ...statementsOf([...estate.tables, ...estate.buckets].flatMap(({ policy }) => (policy ? [policy] : []))),
  ]);
  const own = moments.flatMap(({ role }) => statementsOf(role.identity));
  const unknown = moments.some(({ role }) => role.identity.some((policy) => 'unknown' in policy));
  const tables = sharedOf(
    moments.flatMap(({ estate }) => estate.tables),
    mentionedTables(own),
    ({ arn, policy }) => unknown || mayGrant(policy) || reaches(own, arn),
  );
  const buckets = sharedOf(
    moments.flatMap(({ estate }) => estate.buckets),
    mentionedBuckets(own),
    ({ arn, policy }) => unknown || mayGrant(policy) || reaches(own, arn),
  );
  const roleArn = moments.at(-1)?.role.arn ?? '';
  return {
    roleArn,
    region: moments.map(({ estate }) => estate.region).find((region) => region !== undefined) ?? regionOf(tables) ?? 'us-east-1',
    tenant,
    identityProvider: identity.provider,
    issuer: identity.issuer,
    token: identity.token,
    guardedTags: moments.some(({ role }) => guardsTags(role, tenant)),
    tables: tables.map(({ arn, indexes, partitionKey, kmsKeyArn }) => ({
      arn,
      keys: tableKey === undefined ? keyTemplates(statements, arn, tenant) : [tableKey],
      indexes: indexes.map((index) => ({ name: index.name, tenantLed: index.partitionKey === partitionKey })),
      kmsKeyArn,
    })),
    buckets: buckets.map(({ arn, kmsKeyArn, bucketKeyEnabled }) => ({
      arn,
      prefixes: prefix === undefined ? prefixTemplates(statements, arn, tenant, `${OBJECT_ROOT}/{tenant}/`) : [prefix],
      kmsKeyArn,
      bucketKeyEnabled,
    })),
    keyArns: keysOf(moments, [...tables, ...buckets]),
    named: namedPatterns(statements, tenant),
  };
}

/** What the role can reach, each once; the later moment says how it is. What is not managed here is known by its ARN only. */
function sharedOf<Fact extends TableFact | BucketFact>(
  managed: readonly Fact[],
  mentioned: readonly Fact[],
  counts: (fact: Fact) => boolean,
): Fact[] {
  const known = new Map(managed.map((fact) => [fact.arn, fact]));
  const others = mentioned.filter(({ arn }) => !known.has(arn));
  return [...known.values()].filter(counts).concat(others);
}

function mayGrant(policy: PolicyFact | undefined): boolean {
  return policy !== undefined && ('unknown' in policy || statementsOf([policy]).some(({ effect }) => effect === 'Allow'));
}

function keysOf(moments: readonly Moment[], data: readonly { readonly kmsKeyArn?: string }[]): string[] {
  const used = data.flatMap(({ kmsKeyArn }) => (kmsKeyArn === undefined ? [] : [kmsKeyArn]));
  const mentioned = moments
    .flatMap(({ role }) => statementsOf(role.identity))
    .flatMap(({ resources }) => resources)
    .filter((arn) => /^arn:[^*?$]*:kms:[^*?$]+:key\/[^*?$]+$/.test(arn));
  return [...new Set([...used, ...mentioned])];
}

function regionOf(tables: readonly TableFact[]): string | undefined {
  return tables.map(({ arn }) => arn.split(':')[3]).find((region) => region !== undefined && region !== '');
}

/** The policies that decide, ready to be asked. */
function policiesOf(role: RoleFact, estate: Estate, subject: IsolationSubject, options: SubjectOptions): SubjectPolicies {
  const given = (arn: string): PolicyFact | undefined | 'none' => {
    if (options.policies?.has(arn) !== true) return undefined;
    const document = options.policies.get(arn);
    return document === undefined ? 'none' : { name: arn, document };
  };
  const resources = new Map<string, CompiledPolicy>();
  const managed = new Map([...estate.tables, ...estate.buckets, ...estate.keys].map((fact) => [fact.arn, fact]));
  for (const arn of [...subject.tables, ...subject.buckets].map((fact) => fact.arn).concat(subject.keyArns)) {
    const fact = managed.get(arn);
    const policy = fact?.policy ?? given(arn) ?? (fact === undefined ? { name: arn, unknown: NOT_THERE } : 'none');
    if (policy !== 'none') resources.set(arn, compile(policy, 'resource'));
  }
  const replaced = (policy: PolicyFact): PolicyFact[] => {
    if (!('unknown' in policy)) return [policy];
    const other = given(policy.name);
    return other === 'none' ? [] : [other ?? policy];
  };
  const [boundary] = role.boundary === undefined ? [] : replaced(role.boundary);
  return {
    trust: compile(role.trust, 'trust'),
    identity: role.identity.flatMap(replaced).map((policy) => compile(policy, 'identity')),
    boundary: boundary && compile(boundary, 'identity'),
    resources,
  };
}

const NOT_THERE = 'not in the plan';

function compile(policy: PolicyFact, kind: 'identity' | 'resource' | 'trust'): CompiledPolicy {
  return 'unknown' in policy ? unknownPolicy(policy.name, policy.unknown) : compilePolicy(policy.name, policy.document, kind);
}
