import { IDENTITY_POOL_ISSUER } from '../../policy/trust';
import type { Attack, AttackGroup } from './attack';
import { type AccessRequest, type ContextEntries, RequestContext, type RequestPrincipal } from '../evaluator/request';
import { unmappedTags } from './permission-attacks';
import { assumeRequests, illFormedSessions, present, tenantsOf, type TokenChanges } from './session';
import { type IsolationSubject, type OtherToken, roleParts } from './subject';

const OTHER_ISSUER = 'login.attacker.example';
const OTHER_ACCOUNT = '210987654321';

/**
 * Attacks on the door: tokens that must not begin a session, and callers who come without a token of the identity provider.
 *
 * @param named further principals that the trust policy names, each of which is tried too.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export function* trustAttacks(subject: IsolationSubject, named: readonly RequestPrincipal[]): Generator<Attack> {
  const attack = (group: AttackGroup, requests: readonly AccessRequest[]): Attack => ({
    group,
    requests,
    demandsDenial: true,
    behindSecondLock: false,
  });
  for (const changes of forgedTokens(subject)) yield attack('tokens', assumeRequests(subject, changes));
  if (subject.guardedShape) {
    for (const requests of illFormedSessions(subject).flatMap(({ begin }) => begin)) yield attack('tokens', requests);
  }
  for (const principal of [...strangers(subject), ...named]) {
    for (const requests of assumptions(subject, principal)) yield attack('principals', requests);
  }
}

/** Tokens of a tenant with one thing wrong: of the kind that is meant, and of each other that the trust policy names. */
function forgedTokens(subject: IsolationSubject): TokenChanges[] {
  return meantTokens(subject).flatMap((right) => forgeriesOf(subject, right));
}

function forgeriesOf(subject: IsolationSubject, token: OtherToken): TokenChanges[] {
  const { provider, issuer, context: right } = token;
  const { roleArn, permissions } = subject;
  const [tenant] = tenantsOf(subject).attackers;
  const { partition, account } = roleParts(roleArn);
  const base = { tenant, provider, context: right };
  const meant = meantTokens(subject);
  const otherProvider = `arn:${partition}:iam::${account}:oidc-provider/${OTHER_ISSUER}`;
  const otherAccount = provider.replace(`:${account}:`, `:${OTHER_ACCOUNT}:`);
  const builtIn = ['accounts.google.com', IDENTITY_POOL_ISSUER].filter((host) => meant.every((each) => each.provider !== host));
  return [
    ...wrongAudiences(subject, token).map((value) => ({
      ...base,
      context: { ...right, [`${issuer}:aud`]: present(value) },
    })),
    ...[...notSignedIn(token), ...notPinned(token)].map((wrong) => ({ ...base, context: { ...right, ...wrong } })),
    { ...base, provider: otherProvider, context: asIfOf(OTHER_ISSUER, token) },
    { ...base, provider: otherProvider },
    ...builtIn.flatMap((host) => [
      { ...base, provider: host, context: asIfOf(OTHER_ISSUER, token) },
      { ...base, provider: host, context: asIfOf(host, token) },
    ]),
    ...(otherAccount === provider ? [] : [{ ...base, provider: otherAccount }]),
    ...otherTags(subject).map((tagKeys) => ({ ...base, tagKeys })),
    ...(permissions === undefined ? [] : unmappedTags(permissions).map((value) => ({ ...base, permissions: value }))),
  ];
}

function meantTokens({ identityProvider, issuer, token, otherTokens }: IsolationSubject): OtherToken[] {
  return [{ provider: identityProvider, issuer, context: token }, ...otherTokens];
}

/** Audiences that the issuer does not speak for: nobody's, nearly the right one, and those of the other issuers. */
function wrongAudiences(subject: IsolationSubject, { provider, issuer, context }: OtherToken): (string | undefined)[] {
  const audiencesOf = (of: OtherToken) => [of.context[`${of.issuer}:aud`] ?? []].flat();
  const tokens = meantTokens(subject);
  const meant = tokens.filter((each) => each.provider === provider).flatMap(audiencesOf);
  const [wanted = ''] = [context[`${issuer}:aud`] ?? ''].flat();
  const similar = [`${wanted}x`, `x${wanted}`, wanted.toUpperCase(), wanted.toLowerCase()];
  const odd = ['some-other-client-id', undefined, '*', ...similar, ''];
  const others = tokens.filter((each) => each.provider !== provider).flatMap(audiencesOf);
  return [...new Set([...odd, ...others])].filter((each) => each === undefined || !meant.includes(each));
}

/** Tokens of an identity pool for people who have not signed in. */
function notSignedIn({ issuer }: OtherToken): ContextEntries[] {
  if (issuer !== IDENTITY_POOL_ISSUER) return [];
  return [['unauthenticated'], ['unauthenticated', 'some-provider'], [''], undefined].map((amr) => ({ [`${issuer}:amr`]: amr }));
}

/** Tokens that do not list the role, where they are meant to. */
function notPinned({ context }: OtherToken): ContextEntries[] {
  return PINNED in context ? [{ [PINNED]: 'false' }, { [PINNED]: undefined }] : [];
}

const PINNED = 'sts:RoleAuthorizedByIdp';

/** The same claims, under another issuer. */
function asIfOf(other: string, { issuer, context }: OtherToken): ContextEntries {
  return Object.fromEntries(
    Object.entries(context).flatMap(([key, value]) =>
      key.startsWith(`${issuer}:`)
        ? [
            [key, undefined],
            [`${other}${key.slice(issuer.length)}`, value],
          ]
        : [],
    ),
  );
}

/** Keys of tags that come with those that are meant, or in their place; of a custom claim, at all. */
function otherTags({ guardedTags, tenant: claim, permissions }: IsolationSubject): string[][] {
  if (!guardedTags) return [];
  if (claim.kind === 'custom-claim') return [['some-other-tag']];
  const others = ['some-other-tag', `${claim.tagKey}_more`, `more_${claim.tagKey}`];
  const beside = permissions === undefined ? [[claim.tagKey]] : [[claim.tagKey], [claim.tagKey, permissions.tagKey]];
  return [...beside.flatMap((meant) => others.map((other) => [...meant, other])), ['some-other-tag']];
}

/** Callers of every other kind. */
function strangers({ roleArn }: IsolationSubject): RequestPrincipal[] {
  const { partition, account, name } = roleParts(roleArn);
  const session = (role: string, of: string): RequestPrincipal => ({
    kind: 'role-session',
    roleArn: `arn:${partition}:iam::${of}:role/${role}`,
    sessionArn: `arn:${partition}:sts::${of}:assumed-role/${role}/session`,
    account: of,
  });
  return [
    { kind: 'anonymous' },
    { kind: 'account-root', account },
    { kind: 'account-root', account: OTHER_ACCOUNT },
    { kind: 'user', arn: `arn:${partition}:iam::${account}:user/any`, account },
    { kind: 'user', arn: `arn:${partition}:iam::${OTHER_ACCOUNT}:user/any`, account: OTHER_ACCOUNT },
    session('any', account),
    session('any', OTHER_ACCOUNT),
    session(name, account),
    { kind: 'service', name: 'ec2.amazonaws.com' },
    { kind: 'service', name: 'lambda.amazonaws.com' },
    { kind: 'service', name: 'ecs-tasks.amazonaws.com' },
    { kind: 'saml', provider: `arn:${partition}:iam::${account}:saml-provider/any` },
  ];
}

/** The ways in which a caller of that kind may try to become the role, as tenant `a` of its own choice and without a tenant. */
function assumptions(subject: IsolationSubject, principal: RequestPrincipal): AccessRequest[][] {
  const { roleArn, tenant: claim } = subject;
  const [tenant] = tenantsOf(subject).attackers;
  if (principal.kind === 'web-identity') {
    const { provider } = principal;
    const theirs = subject.foreignTokens.filter((token) => token.provider === provider).map(({ context }) => context);
    const { identityProvider, issuer, token } = subject;
    const main = { provider: identityProvider, issuer, context: token };
    const alike = asIfOf(provider.split(':oidc-provider/').at(-1) ?? provider, main);
    return [alike, ...theirs].map((context) => assumeRequests(subject, { tenant, provider, context }));
  }
  const tag: ContextEntries =
    claim.kind === 'session-tag'
      ? { [`aws:RequestTag/${claim.tagKey}`]: [tenant], 'aws:TagKeys': [claim.tagKey] }
      : { [`${claim.issuer}:${claim.claim}`]: [tenant], 'aws:TagKeys': undefined };
  const tagged = RequestContext.open({ ...callerContext(subject, principal), ...tag });
  const request = (action: string): AccessRequest => ({ principal, action, resource: roleArn, context: tagged });
  const action = principal.kind === 'saml' ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRole';
  return [claim.kind === 'session-tag' ? [request(action), request('sts:TagSession')] : [request(action)], [request(action)]];
}

function callerContext(subject: IsolationSubject, principal: RequestPrincipal): ContextEntries {
  const { account } = roleParts(subject.roleArn);
  const arn = principal.kind === 'role-session' ? principal.roleArn : principal.kind === 'user' ? principal.arn : undefined;
  return {
    [`${subject.issuer}:aud`]: undefined,
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': subject.region,
    'aws:ResourceAccount': account,
    'aws:PrincipalArn': arn,
    'aws:PrincipalAccount': 'account' in principal ? principal.account : undefined,
    'aws:FederatedProvider': undefined,
  };
}
