import type { TenantClaim } from '../../policy/tenant-claim';
import type { Attack, AttackGroup } from './attack';
import type { AccessRequest, ContextEntries, RequestPrincipal } from '../evaluator/request';
import { RequestContext } from '../evaluator/request';
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
  const { issuer, identityProvider, token, otherTokens } = subject;
  return [{ provider: identityProvider, issuer, context: token }, ...otherTokens].flatMap((right) => forgeriesOf(subject, right));
}

function forgeriesOf(subject: IsolationSubject, { provider, issuer, context: right }: OtherToken): TokenChanges[] {
  const { tenant: claim, roleArn, guardedTags, otherTokens, token } = subject;
  const [tenant] = tenantsOf(subject).attackers;
  const audience = `${issuer}:aud`;
  const { partition, account } = roleParts(roleArn);
  const elsewhere: ContextEntries = Object.fromEntries(
    Object.entries(right).flatMap(([key, value]) =>
      key.startsWith(`${issuer}:`)
        ? [
            [key, undefined],
            [`${OTHER_ISSUER}${key.slice(issuer.length)}`, value],
          ]
        : [],
    ),
  );
  const otherProvider = `arn:${partition}:iam::${account}:oidc-provider/${OTHER_ISSUER}`;
  const otherAccount = provider.replace(`:${account}:`, `:${OTHER_ACCOUNT}:`);
  const [wanted = ''] = [right[audience] ?? ''].flat();
  const meant = [token, ...otherTokens.map(({ context }) => context)].flatMap((context) => [context[audience] ?? []].flat());
  const similar = [`${wanted}x`, `x${wanted}`, wanted.toUpperCase(), wanted.toLowerCase()].filter((each) => !meant.includes(each));
  const base = { tenant, provider };
  return [
    ...['some-other-client-id', undefined, '*', ...similar, ''].map((value) => ({
      ...base,
      context: { ...right, [audience]: present(value) },
    })),
    { tenant, provider: otherProvider, context: { ...elsewhere } },
    { tenant, provider: otherProvider, context: right },
    { tenant, provider: 'accounts.google.com', context: { ...elsewhere } },
    ...(otherAccount === provider ? [] : [{ tenant, provider: otherAccount, context: right }]),
    ...(guardedTags ? otherTags(claim).map((tagKeys) => ({ ...base, context: right, tagKeys })) : []),
    ...(guardedTags && claim.kind === 'session-tag'
      ? [{ ...base, tenant: undefined, context: right, tagKeys: ['some-other-tag'] }]
      : []),
  ];
}

/** Keys of tags that come with the tenant's, or, of a custom claim, at all. */
function otherTags(claim: TenantClaim): string[][] {
  if (claim.kind === 'custom-claim') return [['some-other-tag']];
  return ['some-other-tag', `${claim.tagKey}_more`, `more_${claim.tagKey}`].map((other) => [claim.tagKey, other]);
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
    return [tokenOf(subject, provider), ...theirs].map((context) => assumeRequests(subject, { tenant, provider, context }));
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

/** What a token of another provider brings: the same claims, under its own issuer. */
function tokenOf({ issuer, token }: IsolationSubject, provider: string): ContextEntries {
  const theirs = provider.split(':oidc-provider/').at(-1) ?? provider;
  return Object.fromEntries(
    Object.entries(token).flatMap(([key, value]) =>
      key.startsWith(`${issuer}:`)
        ? [
            [key, undefined],
            [`${theirs}${key.slice(issuer.length)}`, value],
          ]
        : [],
    ),
  );
}
