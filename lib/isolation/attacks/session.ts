import { type AccessRequest, type ContextEntries, RequestContext } from '../evaluator/request';
import { unique } from '../../policy/document';
import { FULL_PERMISSIONS } from './held-permissions';
import { type IsolationSubject, roleParts } from './subject';

/** Tenants that attack: ids that are a prefix of each other, or differ in what often separates. */
const ATTACKERS = ['a', 'ab', 'a-b', 'a.b'];

/** Tenants whose data is attacked beside theirs: none's prefix, ending alike, differing in case only. */
const FURTHER_VICTIMS = ['b', 'ba', 'A'];

/** Most tenants that are taken from what policies name. */
const MOST_NAMED = 4;

/** Ids of tenants that attack and of those that are attacked, of the shape that the trust policy takes. */
export interface Tenants {
  /** At least one. */
  readonly attackers: readonly [string, ...string[]];
  /** The attackers too. */
  readonly victims: readonly string[];
}

/** The tenants of a subject. To the usual ones come those that policies speak of, and ids that hold what separates them in a key. */
export function tenantsOf({ tenantShape, named, tables, buckets }: IsolationSubject): Tenants {
  const shaped = (id: string, index: number) => (tenantShape === undefined ? id : idOfShape(tenantShape, id, index));
  const [first = 'a', ...others] = ATTACKERS.map(shaped);
  const spokenOf = named.tenants.map((pattern) => pattern.replaceAll('?', 'x').replace(/\*+/g, 'x')).slice(0, MOST_NAMED);
  const templates = [...tables.flatMap(({ keys }) => keys), ...buckets.flatMap(({ prefixes }) => prefixes)];
  const separators = templates.flatMap((template) => /^[\w.:=+@ -]+/.exec(template.split('{tenant}')[1] ?? '')?.[0] ?? []);
  const joined = separators.map((separator) => `${first}${separator}b`);
  const attackers = [first, ...unique([...others, ...spokenOf]).filter((id) => id !== first)] as const;
  const further = FURTHER_VICTIMS.map((id, index) => shaped(id, index + ATTACKERS.length));
  return { attackers: [...attackers], victims: unique([...attackers, ...further, ...joined]) };
}

/** An id that a pattern takes: in the place of a star, or, of a pattern that has none, told apart by its last character. */
function idOfShape(pattern: string, id: string, index: number): string {
  if (pattern.includes('*')) return pattern.replaceAll('?', 'x').replace('*', id).replaceAll('*', '');
  const last = pattern.lastIndexOf('?');
  return `${pattern.slice(0, last)}${'abcdefgh'[index] ?? 'x'}${pattern.slice(last + 1)}`.replaceAll('?', 'x');
}

/** A session of the role, or the wish for one. */
export interface TenantSession {
  /** For people: `tenant 'a'`, `no tenant` */
  readonly name: string;
  /** The tenant's id; `undefined` without one. */
  readonly tenant: string | undefined;
  /** Whether the identity provider might give out such a token although no tenant has that id. */
  readonly illFormed: boolean;
  /** What IAM knows of each request of the session; nothing service-specific is known yet. */
  readonly context: RequestContext;
  /** By which the caller has called it. */
  readonly sessionName: string;
  /** What must be allowed for the session to begin: one of these. */
  readonly begin: readonly (readonly AccessRequest[])[];
}

/** Tags that no tenant has: what they are called, and their value; `undefined` for no tag. */
const ILL_FORMED: readonly (readonly [name: string, tenant: string | undefined])[] = [
  ['no tenant', undefined],
  ['an empty tenant', ''],
];

/** The same with a slash, by which tenant `a/b` reaches what lies under the prefix of tenant `a`. */
const WITH_SLASH: typeof ILL_FORMED = ['a/b', 'a/', '/'].map((tenant) => [`a tenant with a slash, '${tenant}'`, tenant]);

/** The same of a shape that harms nobody by itself. */
const ODD: typeof ILL_FORMED = [
  ...['..', 'a..b'].map((tenant) => [`a tenant with two dots, '${tenant}'`, tenant] as const),
  ...['a b', ' '].map((tenant) => [`a tenant with a space, '${tenant}'`, tenant] as const),
];

/** Longest value that a session tag may have. */
const OVERSIZED = 'a'.repeat(256);

export function tenantSession(subject: IsolationSubject, tenant: string): TenantSession {
  return session(subject, { name: `tenant '${tenant}'`, tenant, illFormed: false });
}

/** A session of the first tenant that holds what a value of the permissions tag gives; `undefined` for none. */
export function permittedSession(subject: IsolationSubject, value: string | undefined): TenantSession {
  const [tenant] = tenantsOf(subject).attackers;
  const all = tenantSession(subject, tenant);
  const tagKey = subject.permissions?.tagKey ?? '';
  return {
    ...all,
    name: `${all.name} ${value === undefined ? 'without permissions' : `with permissions '${value}'`}`,
    context: all.context.with({ [`aws:PrincipalTag/${tagKey}`]: present(value ?? roleTag(subject, tagKey)) }),
    begin: tokensFor(subject).map((token) => assumeRequests(subject, { tenant, permissions: value, ...token })),
  };
}

/** Sessions of tenants that try everything on others: each tenant's, and those of the first with what a caller can choose. */
export function attackingSessions(subject: IsolationSubject): TenantSession[] {
  const { attackers } = tenantsOf(subject);
  const first = tenantSession(subject, attackers[0]);
  const { otherTokens, named } = subject;
  return [
    ...attackers.map((tenant) => tenantSession(subject, tenant)),
    { ...first, name: `${first.name} without TLS`, context: first.context.with({ 'aws:SecureTransport': 'false' }) },
    ...otherTokens.map(({ provider, context, issuer }) => ({
      ...first,
      name: `${first.name} with another token`,
      context: first.context.with({ ...ofSession(context, issuer), 'aws:FederatedProvider': provider }),
    })),
    ...named.sessionNames.map((sessionName) => ({ ...first, sessionName, name: `${first.name}, session named '${sessionName}'` })),
  ];
}

/** Sessions that must not begin, or that must reach nothing. */
export function illFormedSessions(subject: IsolationSubject): TenantSession[] {
  const { guardedShape, buckets } = subject;
  const slashSeparates = buckets.some(({ prefixes }) => prefixes.some((prefix) => prefix.includes('{tenant}/')));
  const tags = [...ILL_FORMED, ...(guardedShape || slashSeparates ? WITH_SLASH : []), ...(guardedShape ? ODD : [])];
  return tags.map(([name, tenant]) => session(subject, { name, tenant, illFormed: true }));
}

export function oversizedSession(subject: IsolationSubject): TenantSession {
  return session(subject, { name: "a tenant of 256 characters, 'aaa...'", tenant: OVERSIZED, illFormed: false });
}

function session(
  subject: IsolationSubject,
  { name, tenant, illFormed }: Pick<TenantSession, 'name' | 'tenant' | 'illFormed'>,
): TenantSession {
  const tagged = tokensFor(subject).map((token) => assumeRequests(subject, { tenant, ...token }));
  const withoutAnyTag = tokensFor(subject).map((token) => assumeRequests(subject, { tenant, permissions: undefined, ...token }));
  const begin = subject.permissions !== undefined && tenant === undefined ? [...tagged, ...withoutAnyTag] : tagged;
  return { name, tenant, illFormed, sessionName: 'session', context: sessionContext(subject, tenant), begin };
}

/** The main token, and the others that are meant. */
function tokensFor({ otherTokens }: IsolationSubject): Pick<TokenChanges, 'provider' | 'context'>[] {
  return [{}, ...otherTokens.map(({ provider, context }) => ({ provider, context }))];
}

/** What of a token a session keeps; which user it is, is anybody's guess. */
function ofSession(token: ContextEntries, issuer: string): ContextEntries {
  return Object.fromEntries(Object.entries(token).filter(([key]) => key !== `${issuer}:sub`));
}

/** Of a session: who it is. All that a caller could set for a single request is absent until an attack sets it. */
function sessionContext(subject: IsolationSubject, tenant: string | undefined): RequestContext {
  const { account } = roleParts(subject.roleArn);
  const claim = subject.tenant;
  const named: ContextEntries =
    claim.kind === 'session-tag'
      ? { [`aws:PrincipalTag/${claim.tagKey}`]: present(tenant ?? roleTag(subject, claim.tagKey)) }
      : { [`${claim.issuer}:${claim.claim}`]: present(tenant) };
  return RequestContext.open({
    ...ofSession(subject.token, subject.issuer),
    ...named,
    ...(subject.permissions && { [`aws:PrincipalTag/${subject.permissions.tagKey}`]: FULL_PERMISSIONS }),
    'aws:FederatedProvider': subject.identityProvider,
    'aws:PrincipalArn': subject.roleArn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:PrincipalIsAWSService': 'false',
    'aws:ResourceAccount': account,
    'aws:RequestedRegion': subject.region,
    'aws:SecureTransport': 'true',
    'aws:MultiFactorAuthPresent': undefined,
    'aws:MultiFactorAuthAge': undefined,
    'aws:username': undefined,
    'aws:SourceArn': undefined,
    'aws:SourceAccount': undefined,
    'aws:TagKeys': undefined,
    'kms:ViaService': undefined,
    'dynamodb:LeadingKeys': undefined,
    's3:prefix': undefined,
  });
}

/** What the role gives to sessions that do not bring the tag; keys do not differ by case. */
function roleTag({ roleTags = {} }: IsolationSubject, tagKey: string): string | undefined {
  return Object.entries(roleTags).find(([key]) => key.toLowerCase() === tagKey.toLowerCase())?.[1];
}

/** An empty tag is there, but not for a list of values. */
export function present(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

/** How a token differs from one that is meant to be admitted. */
export interface TokenChanges {
  readonly tenant?: string | undefined;
  /** Value of the permissions tag, where permissions count; `undefined` for none. @default - all there are */
  readonly permissions?: string | undefined;
  /** Keys of the session tags. */
  readonly tagKeys?: readonly string[];
  readonly provider?: string;
  /** What it brings beside tags. @default - what the main token brings */
  readonly context?: ContextEntries;
}

/** The requests for a session: to assume the role with a token and, if the token has tags, to tag the session. */
export function assumeRequests(subject: IsolationSubject, changes: TokenChanges): AccessRequest[] {
  const { roleArn, tenant: claim, token, identityProvider } = subject;
  const { account } = roleParts(roleArn);
  const value = present(changes.tenant);
  const held = permissionsTag(subject, changes);
  const carried = [
    ...(claim.kind === 'session-tag' && value !== undefined ? [claim.tagKey] : []),
    ...(held?.value === undefined ? [] : [held.tagKey]),
  ];
  const tagKeys = changes.tagKeys ?? carried;
  const named: ContextEntries =
    claim.kind === 'session-tag'
      ? { [`aws:RequestTag/${claim.tagKey}`]: value, 'aws:TagKeys': tagKeys }
      : { [`${claim.issuer}:${claim.claim}`]: value, 'aws:TagKeys': tagKeys };
  const provider = changes.provider ?? identityProvider;
  const context = RequestContext.open({
    'aws:PrincipalType': undefined,
    'aws:PrincipalArn': undefined,
    'aws:PrincipalAccount': undefined,
    'aws:FederatedProvider': provider,
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': subject.region,
    'aws:ResourceAccount': account,
    ...nothingOf(subject),
    ...(changes.context ?? token),
    ...named,
    ...(held && { [`aws:RequestTag/${held.tagKey}`]: present(held.value) }),
  });
  const actions = ['sts:AssumeRoleWithWebIdentity', ...(tagKeys.length > 0 ? ['sts:TagSession'] : [])];
  return actions.map((action) => ({ principal: { kind: 'web-identity', provider }, action, resource: roleArn, context }));
}

/** A token brings no claims of another issuer than its own. */
function nothingOf({ token, otherTokens }: IsolationSubject): ContextEntries {
  const keys = [token, ...otherTokens.map(({ context }) => context)].flatMap((context) => Object.keys(context));
  return Object.fromEntries(keys.map((key) => [key, undefined]));
}

/** The permissions that a token carries; none if the keys of its tags are given without theirs. */
function permissionsTag(
  { permissions }: IsolationSubject,
  changes: TokenChanges,
): { readonly tagKey: string; readonly value: string | undefined } | undefined {
  if (permissions === undefined) return undefined;
  const { tagKey } = permissions;
  if (changes.tagKeys !== undefined && !changes.tagKeys.includes(tagKey)) return { tagKey, value: undefined };
  return { tagKey, value: 'permissions' in changes ? changes.permissions : FULL_PERMISSIONS };
}
