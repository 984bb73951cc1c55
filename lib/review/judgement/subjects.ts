import { DEFAULT_PERMISSIONS_TAG_KEY, OBJECT_ROOT } from 'multi-tenant-data-access/tenancy';
import {
  becomes,
  type CompiledPolicy,
  compilePolicy,
  FULL_PERMISSIONS,
  type IsolationSubject,
  type NamedPatterns,
  type OtherToken,
  type SubjectPolicies,
  unknownPolicy,
} from '../../isolation';
import { unique } from '../../policy/document';
import { arnsOverlap } from '../../policy/patterns';
import type { TenantClaim } from '../../policy/tenant-claim';
import type { BucketFact, Estate, PolicyFact, RoleFact, TableFact } from '../estate/estate';
import { KNOWN_LATER } from '../estate/gather-roles';
import { mentionedBuckets, mentionedTables, reaches, type StatementFact, statementsOf } from './statements';
import { furtherIssuers } from './further-issuers';
import { permissionsOf, permissionsTagKeyOf } from './permissions';
import { keyTemplates, namedPatterns, prefixTemplates } from './templates';
import { meantGuards, tenantClaimOf, tokensOf } from './web-identity';

/** What the caller knows better than can be found out. */
export interface SubjectOptions {
  /** Key of the session tag that carries the tenant. @default - the one that the role's policies read */
  readonly tenantTag?: string;
  /** Partition key of a tenant's items, `{tenant}` in the tenant's place. @default - what the policies compare, else `{tenant}` */
  readonly tableKey?: string;
  /** Prefix of a tenant's objects. @default - what the policies grant, else `tenants/{tenant}/` */
  readonly prefix?: string;
  /**
   * ARNs of the identity providers that are meant to name tenants.
   *
   * @default - the first that the role trusts, and those with the same guards that it trusted before and that the estate makes
   */
  readonly identityProviders?: readonly string[];
  /** Whether it is a stack as its configuration makes it, so that all that carry the same guards are meant. @default false */
  readonly synthesised?: boolean;
  /** ARNs of tables and buckets that hold nothing of a single tenant, and are meant for all. @default - none */
  readonly shared?: readonly string[];
  /** Policies that are not in the estate, by ARN; `undefined` says of a table, bucket or key that it has none. */
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
  /** Roles that a web identity may assume, but no tenant; they are not judged. */
  readonly withoutTenant: readonly string[];
  /** Roles of which it cannot be told whether they serve tenants. */
  readonly unknown: readonly { readonly name: string; readonly because: string }[];
}

/** An estate at one moment, and a role in it. */
interface Moment {
  readonly role: RoleFact;
  readonly estate: Estate;
}

/** A role at the moments at which it is there, the later first. */
interface Candidate {
  readonly address: string;
  readonly moments: readonly [Moment, ...Moment[]];
  readonly was?: Moment;
  readonly is?: Moment;
}

/**
 * Finds the roles that follow the tagged-role design: a web identity may assume them, and their policies read the tenant of the session.
 * What they share is what their policies mention. Both moments count, so that a change cannot hide what it takes away. Other roles are
 * judged, by what they reach of the shared data, if a tenant can become them: by its token, or from its session.
 *
 * @param earlier address before the change, by address after it, of what is moved.
 */
export function findRoles(
  after: Estate,
  before: Estate | undefined,
  options: SubjectOptions = {},
  earlier: ReadonlyMap<string, string> = new Map(),
): FoundRoles {
  const candidates = candidatesOf(after, before, earlier);
  const roles: ReviewedRole[] = [];
  const others: Candidate[] = [];
  for (const candidate of candidates) {
    const subject = tenantSubject(candidate, options);
    if (subject === undefined) others.push(candidate);
    else roles.push(judged(candidate, subject, options));
  }
  const bystanders = reachable(roles, others, options);
  const reached = new Set(bystanders.map(({ address }) => address));
  const left = others.filter(({ address }) => !reached.has(address));
  return {
    roles: [...roles, ...bystanders],
    withoutTenant: left
      .filter(({ moments: [{ role }] }) => tokensOf(role.trust).length > 0 && !servesTheSame(role, roles))
      .map(({ address }) => address),
    unknown: left.flatMap(({ moments: [{ role }] }) => {
      if ('unknown' in role.trust) return mayReachData(role, roles) ? [unknownTrust(role)] : [];
      return servesTheSame(role, roles) ? [sameProvider(role)] : [];
    }),
  };
}

function unknownTrust({ address, trust }: RoleFact): { name: string; because: string } {
  return { name: address, because: `who may assume it is not known: ${'unknown' in trust ? trust.unknown : ''}` };
}

/** Whether a role takes tokens of a tenant role's provider, though none with a tenant, and reaches tenants' data. */
function servesTheSame(role: RoleFact, roles: readonly ReviewedRole[]): boolean {
  const providers = new Set(
    roles.flatMap(({ subject }) => [subject.identityProvider, ...subject.otherTokens.map(({ provider }) => provider)]),
  );
  return tokensOf(role.trust).some(({ provider }) => providers.has(provider)) && mayReachData(role, roles);
}

function sameProvider({ address }: RoleFact): { name: string; because: string } {
  return {
    name: address,
    because:
      'it takes tokens of the tenants’ identity provider, if none with a tenant, and reaches tenants’ data; who gets such a token cannot be told',
  };
}

/** A role that reaches nothing of the tenants need not be known; without any tenant role each may be one. */
function mayReachData({ identity }: RoleFact, roles: readonly ReviewedRole[]): boolean {
  if (roles.length === 0 || identity.some((policy) => 'unknown' in policy)) return true;
  const own = statementsOf(identity);
  return roles.some(({ subject }) => [...subject.tables, ...subject.buckets].some(({ arn }) => reaches(own, arn)));
}

/** Roles of both moments, paired by address, by where they were moved from, or by ARN. */
function candidatesOf(after: Estate, before: Estate | undefined, earlier: ReadonlyMap<string, string>): Candidate[] {
  const left = new Map((before?.roles ?? []).map((role) => [role.address, role]));
  const byArn = new Map([...left.values()].map((role) => [role.arn.toLowerCase(), role]));
  const later = after.roles.map((role): Candidate => {
    const was = left.get(role.address) ?? left.get(earlier.get(role.address) ?? '') ?? byArn.get(role.arn.toLowerCase());
    if (was !== undefined) left.delete(was.address);
    const is = { role, estate: after };
    if (was === undefined || before === undefined) return { address: role.address, moments: [is], is };
    const past = { role: was, estate: before };
    return { address: role.address, moments: [is, past], is, was: past };
  });
  const gone = before === undefined ? [] : [...left.values()].map((role): Candidate => goneOf({ role, estate: before }));
  return [...later, ...gone];
}

function goneOf(was: Moment): Candidate {
  return { address: was.role.address, moments: [was], was };
}

function judged({ address, was, is }: Candidate, subject: IsolationSubject, options: SubjectOptions): ReviewedRole {
  return {
    address,
    subject,
    before: was && policiesOf(was, subject, options),
    after: is && policiesOf(is, subject, options),
  };
}

/** Undefined if its sessions have no tenant. */
function tenantSubject({ moments }: Candidate, options: SubjectOptions): IsolationSubject | undefined {
  const tokens = moments.map(({ role }) => tokensOf(role.trust)).find((found) => found.length > 0) ?? [];
  const [first] = tokens;
  if (first === undefined) return undefined;
  const claim = moments
    .map(({ role }) => tenantClaimOf(role, first.issuer, options.tenantTag))
    .find((found) => found !== undefined);
  return claim && subjectOf(moments, tokens, claim, options);
}

/** Other roles that a tenant can become, from one to the next; judged by the data of all tenant roles. */
function reachable(tenantRoles: readonly ReviewedRole[], others: readonly Candidate[], options: SubjectOptions): ReviewedRole[] {
  const found = new Map<string, ReviewedRole>();
  const tables = onceEach(tenantRoles.flatMap(({ subject }) => subject.tables));
  const buckets = onceEach(tenantRoles.flatMap(({ subject }) => subject.buckets));
  const open = [...tenantRoles];
  for (let from = open.shift(); from !== undefined; from = open.shift()) {
    for (const other of others.filter(({ address }) => !found.has(address))) {
      const [{ role }] = other.moments;
      const reached = judged(
        other,
        { ...from.subject, tables, buckets, roleArn: role.arn, roleTags: role.tags, bystander: true },
        options,
      );
      const policies = from.after ?? from.before;
      const trust = (reached.after ?? reached.before)?.trust;
      if (policies === undefined || trust === undefined || 'unknown' in role.trust) continue;
      if (becomes(from.subject, policies, { arn: role.arn, trust }) === 'deny') continue;
      found.set(other.address, reached);
      open.push(reached);
    }
  }
  return [...found.values()];
}

function onceEach<T extends { readonly arn: string }>(data: readonly T[]): T[] {
  return [...new Map(data.map((each) => [each.arn, each])).values()];
}

function subjectOf(
  moments: readonly [Moment, ...Moment[]],
  [main, ...more]: readonly OtherToken[],
  tenant: TenantClaim,
  { tableKey, prefix, identityProviders = [], shared = [], synthesised = false }: SubjectOptions,
): IsolationSubject {
  const [{ role, estate }] = moments;
  const own = moments.flatMap((moment) => statementsOf(moment.role.identity));
  const ofData = moments.flatMap((moment) =>
    statementsOf([...moment.estate.tables, ...moment.estate.buckets].flatMap(({ policy }) => (policy ? [policy] : []))),
  );
  const statements = [...own, ...ofData];
  const unknown = moments.some((moment) => moment.role.identity.some((policy) => 'unknown' in policy));
  const isShared = (arn: string) => shared.some((each) => arn === each || arn.startsWith(`${each}/`));
  const counts = ({ arn, policy }: TableFact | BucketFact) => !isShared(arn) && (unknown || mayGrant(policy) || reaches(own, arn));
  const managed = {
    tables: moments.flatMap((moment) => moment.estate.tables),
    buckets: moments.flatMap((moment) => moment.estate.buckets),
  };
  const tables = sharedOf(
    managed.tables,
    mentionedTables(own).filter(({ arn }) => !isShared(arn)),
    counts,
  );
  const buckets = sharedOf(
    managed.buckets,
    mentionedBuckets(own).filter(({ arn }) => !isShared(arn)),
    counts,
  );
  const provider = main?.provider ?? '';
  const further = [...identityProviders, ...furtherIssuers(moments, provider, synthesised)];
  const meant = (token: OtherToken) => token.provider === provider || further.includes(token.provider);
  const permissions = permissionsAt(moments, tenant);
  const guards = moments.map((moment) => meantGuards(moment.role, tenant, permissions?.tagKey));
  return {
    roleArn: role.arn,
    region: estate.region ?? regionOf(tables) ?? 'us-east-1',
    tenant,
    identityProvider: provider,
    issuer: main?.issuer ?? '',
    token: main?.context ?? {},
    otherTokens: more.filter(meant),
    foreignTokens: more.filter((token) => !meant(token)),
    tenantShape: guards.map(({ tenantShape }) => tenantShape).find((shape) => shape !== undefined),
    guardedShape: guards.some(({ guardedShape }) => guardedShape),
    guardedTags: guards.some(({ guardedTags }) => guardedTags),
    guardedKeys: guards.some(({ guardedKeys }) => guardedKeys),
    ...(permissions && { permissions }),
    roleTags: atWorst(role.tags, permissions?.tagKey),
    tables: tables
      .slice(0, MOST_SHARED)
      .map((table) => sharedTable(table, keyTemplates(statements, table.arn, tenant), own, tableKey)),
    buckets: buckets.slice(0, MOST_SHARED).map(({ arn, kmsKeyArn, bucketKeyEnabled }) => {
      const found = prefixTemplates(statements, arn, tenant);
      const prefixes = unique([...(prefix === undefined ? [] : [prefix]), ...(found ?? [])]);
      const guess = prefixes.length > 0 ? prefixes : [`${OBJECT_ROOT}/{tenant}/`];
      return { arn, prefixes: guess, assumed: found === undefined, kmsKeyArn, bucketKeyEnabled };
    }),
    keyArns: keysOf(moments, [...tables, ...buckets]),
    otherRoleArns: estate.roles.map(({ arn }) => arn).filter((arn) => arn !== role.arn),
    named: { ...without(namedPatterns(statements, tenant), isShared), sessionNames: sessionNamesOf(ofData, role.name) },
  };
}

/** A stack that says what roles of users may do has policies that ask for it; where none does, all sessions may be too much. */
function permissionsAt(moments: readonly [Moment, ...Moment[]], tenant: TenantClaim): IsolationSubject['permissions'] {
  const declared = moments.map(({ estate }) => estate.declaredPermissions).find((found) => found !== undefined);
  const all = moments.flatMap(({ estate }) => estate.roles);
  const asked = declared === undefined || all.some((each) => permissionsTagKeyOf([each], tenant) !== undefined);
  const roles = moments.map(({ role }) => role);
  return permissionsOf(roles, tenant, declared, asked ? undefined : DEFAULT_PERMISSIONS_TAG_KEY);
}

/** Of a tag that is known after apply the value that would do most harm: that is what a session without the tag may come to hold. */
function atWorst(tags: RoleFact['tags'], permissionsTagKey: string | undefined): Record<string, string> {
  const isOfPermissions = (key: string) => key.toLowerCase() === permissionsTagKey?.toLowerCase();
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [key, value === KNOWN_LATER && isOfPermissions(key) ? FULL_PERMISSIONS : value]),
  );
}

function without(
  named: Omit<NamedPatterns, 'sessionNames'>,
  isShared: (arn: string) => boolean,
): Omit<NamedPatterns, 'sessionNames'> {
  return { ...named, resources: named.resources.filter((pattern) => !isShared(pattern)) };
}

/** More tables or buckets of one role than these are not judged. */
export const MOST_SHARED = 50;

function sharedTable(
  { arn, indexes, partitionKey, kmsKeyArn }: TableFact,
  found: readonly string[] | undefined,
  own: readonly StatementFact[],
  given: string | undefined,
): IsolationSubject['tables'][number] {
  const keys = unique([...(given === undefined ? [] : [given]), ...(found ?? [])]);
  // Where only indexes are granted, they are what the tenant leads.
  const indexesOnly = own.every(
    ({ resources, notResources }) => notResources.length === 0 && !resources.some((pattern) => arnsOverlap(pattern, arn)),
  );
  return {
    arn,
    keys: keys.length > 0 ? keys : ['{tenant}'],
    assumed: found === undefined,
    indexes: indexes.map((index) => ({ name: index.name, tenantLed: indexesOnly || index.partitionKey === partitionKey })),
    kmsKeyArn,
  };
}

/** Names of the role's sessions that policies speak of: the caller chooses the name. */
function sessionNamesOf(statements: readonly StatementFact[], roleName: string): string[] {
  const names = statements
    .flatMap(({ principals, conditions }) => [
      ...principals.map(({ value }) => value),
      ...conditions.flatMap(({ values }) => values),
    ])
    .flatMap((value) => /:assumed-role\/([^/]+)\/([\w+=,.@*?-]+)$/.exec(value)?.slice(1, 3).join('/') ?? [])
    .filter((found) => found.toLowerCase().startsWith(`${roleName.toLowerCase()}/`))
    .map((found) => found.slice(roleName.length + 1).replace(/[*?]/g, 'x'));
  return unique(names).slice(0, MOST_SESSION_NAMES);
}

const MOST_SESSION_NAMES = 5;

/** What the role can reach, each once; the later moment, which comes first, says how it is. What is not managed here is known by its ARN only. */
function sharedOf<Fact extends TableFact | BucketFact>(
  managed: readonly Fact[],
  mentioned: readonly Fact[],
  counts: (fact: Fact) => boolean,
): Fact[] {
  const known = new Map<string, Fact>();
  for (const fact of managed) if (!known.has(fact.arn)) known.set(fact.arn, fact);
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
function policiesOf({ role, estate }: Moment, subject: IsolationSubject, options: SubjectOptions): SubjectPolicies {
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
    return [other === undefined || other === 'none' ? policy : other];
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
  if ('unknown' in policy) return unknownPolicy(policy.name, policy.unknown);
  return compilePolicy(policy.name, policy.document, kind, { ...(policy.sensitive === true && { sensitive: true }) });
}
