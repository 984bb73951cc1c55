/** How findings are said, the same in every format. */
import { ATTACK_GROUPS, type AttackRequest, type Decision, type Leak, type StatementReference } from '../../isolation';
import { tenantConditionKey } from '../../policy/tenant-claim';
import { printable } from './printable';
import type { Destruction, Review, RoleReview } from '../judgement/verdict';

/** One sentence about the whole. */
export function headline({ isolation, destroyed, kind, roles }: Review): string {
  const unwanted = destroyed.filter(({ allowed }) => !allowed).length;
  const data = unwanted === 0 ? '' : `, ${count(unwanted, 'resource')} with data destroyed or replaced`;
  const tried = roles.reduce((total, { attacks }) => total + attacks.tried, 0);
  const of = kind === 'plan' ? 'after this plan' : kind === 'state' ? 'as deployed' : 'as synthesised';
  switch (isolation) {
    case 'holds':
      return `Tenant isolation holds ${of}: ${number(tried)} attacks tried, none allowed${data}`;
    case 'broken':
      return `Tenant isolation is broken ${of}${data}`;
    case 'unknown':
      return `Whether tenant isolation holds ${of} cannot be told${data}`;
  }
}

export function destructionOf({ address, action, because, allowed }: Destruction): string {
  const forced = because.length === 0 ? '' : ` (forced by ${because.join(', ')})`;
  return `${address} is ${action === 'replace' ? 'replaced, what it holds is lost' : 'destroyed'}${forced}${allowed ? ', as wanted' : ''}`;
}

/** What the attacks of a leak are, and how many. */
export function leakTitle({ group, count: many, before }: Leak): string {
  const fresh = before === 'deny' ? 'new: ' : before === undefined ? '' : 'as before: ';
  return `${fresh}${ATTACK_GROUPS[group]}: ${count(many, 'attack')} ${many === 1 ? 'gets' : 'get'} through`;
}

/** The first attack of a leak, in words: one line a request. */
export function witnessLines({ witness: { session, requests } }: Leak): string[] {
  const who = session?.name;
  return requests.map(
    (request) => `${who ?? callerOf(request)}: ${request.action} on ${request.resource}${circumstances(request)}`,
  );
}

function callerOf({ principal }: AttackRequest): string {
  switch (principal.kind) {
    case 'role-session':
      return principal.roleArn;
    case 'user':
      return principal.arn;
    case 'account-root':
      return `root of account ${principal.account}`;
    case 'service':
      return principal.name;
    case 'anonymous':
      return 'anybody';
    default:
      return `token of ${principal.provider}`;
  }
}

/** Condition keys that tell an attack apart. */
const TELLING =
  /^(?:dynamodb:leadingkeys|s3:prefix|kms:viaservice|kms:encryptioncontext:.*|aws:requesttag\/.*|aws:tagkeys|.*:aud)$/i;

function circumstances(request: AttackRequest): string {
  const { context, principal } = request;
  const keys = Object.entries(context.toJSON()).filter(
    ([key]) => TELLING.test(key) && (principal.kind !== 'role-session' || !key.endsWith(':aud')),
  );
  const parts = [
    ...keys.map(([key, values]) => `${key} = ${values.map((value) => `'${short(value)}'`).join(', ')}`),
    ...absentKeys(request).map((key) => `no ${key}`),
  ];
  return parts.length === 0 ? '' : ` with ${parts.join(', ')}`;
}

/** Keys that one would look for in such a request, and that are absent. */
function absentKeys({ action, context, principal }: AttackRequest): string[] {
  const looked = action.startsWith('dynamodb:')
    ? ['dynamodb:LeadingKeys']
    : action.startsWith('s3:ListBucket')
      ? ['s3:prefix']
      : [];
  const asked = principal.kind === 'web-identity' ? [`${principal.provider.split(':oidc-provider/').at(-1) ?? ''}:aud`] : [];
  return [...looked, ...asked].filter((key) => context.get(key.toLowerCase()) === 'absent');
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Why an attack ends as it does. */
export function reasonOf({ effect, statement, because }: Decision): string {
  if (statement === undefined) return 'no statement decides it';
  if (effect === 'allow') return printable(`allowed by ${statementName(statement)}`);
  return printable(`${statementName(statement)}: ${statement.sensitive === true ? 'not shown' : (because ?? 'it is not known')}`);
}

/** Attacks that get through. */
export function sureLeaks({ attacks }: RoleReview): Leak[] {
  return attacks.leaks.filter(({ effect }) => effect === 'allow');
}

/** What keeps attacks from being judged, each reason once with the attacks that hang on it. */
export function openReasons({
  attacks,
}: RoleReview): { readonly reason: string; readonly hanging: number; readonly first: Leak }[] {
  const reasons = new Map<string, { reason: string; hanging: number; first: Leak }>();
  for (const leak of attacks.leaks.filter(({ effect }) => effect === 'unknown')) {
    const reason = reasonOf(leak.decision);
    const known = reasons.get(reason) ?? { reason, hanging: 0, first: leak };
    reasons.set(reason, { ...known, hanging: known.hanging + leak.count });
  }
  return [...reasons.values()];
}

export function statementName({ policy, sid, index, sensitive }: StatementReference): string {
  if (index < 0) return policy;
  if (sensitive === true) return `a statement of ${policy}, which is sensitive`;
  return `statement ${sid ?? `number ${index + 1}`} of ${policy}`;
}

/** How the locks stand to a leak. */
export function lockOf({ withAllLocks }: Leak): string | undefined {
  if (withAllLocks !== 'deny') return undefined;
  return "only the policy of the table or bucket still denies it; the role's own policies do not";
}

export function tenantOf({ subject }: RoleReview): string {
  return tenantConditionKey(subject.tenant);
}

/** `1 attack`, `12,372 attacks` */
export function count(many: number, what: string): string {
  return `${number(many)} ${what}${many === 1 ? '' : 's'}`;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}
