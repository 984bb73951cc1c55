import { type AccessRequest, type ContextEntries, RequestContext } from './request';
import { type IsolationSubject, roleParts } from './subject';

/** Tenants that attack: ids that are a prefix of each other, or differ in what often separates. */
export const ATTACKERS = ['a', 'ab', 'a-b', 'a.b'] as const;

/** Tenants whose data is attacked: all of the above, and ids that are none's prefix, end alike or differ in case only. */
export const VICTIMS = [...ATTACKERS, 'b', 'ba', 'A'] as const;

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
  /** What must be allowed for the session to begin. */
  readonly begin: readonly AccessRequest[];
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

/** Sessions that must not begin, or that must reach nothing. */
export function illFormedSessions(subject: IsolationSubject): TenantSession[] {
  const { guardedTags, buckets } = subject;
  const slashSeparates = buckets.some(({ prefixes }) => prefixes.some((prefix) => prefix.includes('{tenant}/')));
  const tags = [...ILL_FORMED, ...(guardedTags || slashSeparates ? WITH_SLASH : []), ...(guardedTags ? ODD : [])];
  return tags.map(([name, tenant]) => session(subject, { name, tenant, illFormed: true }));
}

export function oversizedSession(subject: IsolationSubject): TenantSession {
  return session(subject, { name: "a tenant of 256 characters, 'aaa...'", tenant: OVERSIZED, illFormed: false });
}

function session(
  subject: IsolationSubject,
  { name, tenant, illFormed }: Pick<TenantSession, 'name' | 'tenant' | 'illFormed'>,
): TenantSession {
  return { name, tenant, illFormed, context: sessionContext(subject, tenant), begin: assumeRequests(subject, { tenant }) };
}

/** Of a session: who it is. All that a caller could set for a single request is absent until an attack sets it. */
function sessionContext(subject: IsolationSubject, tenant: string | undefined): RequestContext {
  const { account } = roleParts(subject.roleArn);
  const claim = subject.tenant;
  const named: ContextEntries =
    claim.kind === 'session-tag'
      ? { [`aws:PrincipalTag/${claim.tagKey}`]: present(tenant) }
      : { [`${claim.issuer}:${claim.claim}`]: present(tenant) };
  return RequestContext.open({
    ...subject.token,
    ...named,
    'aws:FederatedProvider': subject.identityProvider,
    'aws:PrincipalArn': subject.roleArn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:PrincipalIsAWSService': 'false',
    'aws:ResourceAccount': account,
    'aws:RequestedRegion': subject.region,
    'aws:SecureTransport': 'true',
    'aws:ViaAWSService': 'false',
    'aws:MultiFactorAuthPresent': undefined,
    'aws:MultiFactorAuthAge': undefined,
    'aws:username': undefined,
    'aws:CalledVia': undefined,
    'aws:CalledViaFirst': undefined,
    'aws:CalledViaLast': undefined,
    'aws:SourceArn': undefined,
    'aws:SourceAccount': undefined,
    'aws:TagKeys': undefined,
    'kms:ViaService': undefined,
    'dynamodb:LeadingKeys': undefined,
    's3:prefix': undefined,
  });
}

/** An empty tag is there, but not for a list of values. */
export function present(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

/** How a token differs from one that is meant to be admitted. */
export interface TokenChanges {
  readonly tenant?: string | undefined;
  /** Keys of the session tags. */
  readonly tagKeys?: readonly string[];
  readonly provider?: string;
  readonly context?: ContextEntries;
}

/** The requests for a session: to assume the role with a token and, if the token has tags, to tag the session. */
export function assumeRequests(subject: IsolationSubject, changes: TokenChanges): AccessRequest[] {
  const { roleArn, tenant: claim, token, identityProvider } = subject;
  const { account } = roleParts(roleArn);
  const value = present(changes.tenant);
  const tagKeys = changes.tagKeys ?? (claim.kind === 'session-tag' && value !== undefined ? [claim.tagKey] : []);
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
    ...token,
    ...named,
    ...changes.context,
  });
  const actions = ['sts:AssumeRoleWithWebIdentity', ...(tagKeys.length > 0 ? ['sts:TagSession'] : [])];
  return actions.map((action) => ({ principal: { kind: 'web-identity', provider }, action, resource: roleArn, context }));
}
