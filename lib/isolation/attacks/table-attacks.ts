import { LEADING_KEY_ACTIONS } from '../../policy/table';
import { type Attack, type AttackGroup, type AttackRequest, requester } from './attack';
import type { AwsAction } from './aws-actions';
import { commonArn, commonExample } from './overlap';
import { Pattern } from '../evaluator/pattern';
import { type ContextEntries, RequestContext } from '../evaluator/request';
import { attackingSessions, illFormedSessions, oversizedSession, type TenantSession, tenantSession, tenantsOf } from './session';
import { fillTenant, type IsolationSubject, roleParts, type SharedTable } from './subject';

const WILDCARDS = { wildcards: true, variables: false };
const NOTHING = RequestContext.closed();
const LEADING_KEYS = 'dynamodb:LeadingKeys';
const PARTIQL = 'dynamodb:PartiQL';
const BATCH = 'dynamodb:Batch';

/** Keys that no tenant has, as a tenant might try them. */
function oddKeys(tenant: string): string[] {
  const around = ['*', '?', '/*', '/../b', ' b', ',b', '\u0000b'].map((end) => tenant + end);
  return [...around, `*${tenant}`, '*', '?', '../b', '${aws:PrincipalTag/tenant_id}', '{tenant}'];
}

/**
 * Attacks on a table. DynamoDB fills `dynamodb:LeadingKeys` for item operations and PartiQL; of PartiQL it is not documented how far, so
 * isolation demands that it is denied whatever the key.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export function* tableAttacks(subject: IsolationSubject, table: SharedTable, actions: readonly AwsAction[]): Generator<Attack> {
  const own = actions.filter(({ service }) => service === 'dynamodb');
  const keyed = own.filter(({ name }) => name.startsWith(PARTIQL) || (LEADING_KEY_ACTIONS as readonly string[]).includes(name));
  const others = own.filter((action) => !keyed.includes(action));
  for (const session of attackingSessions(subject)) {
    yield* onOtherTenants(subject, table, keyed, session);
    yield* withOddKeys(subject, table, keyed, session);
  }
  const first = tenantSession(subject, tenantsOf(subject).attackers[0]);
  yield* pastTheKey(subject, table, keyed, first);
  yield* onTheTableItself(subject, table, others, first);
  for (const session of [...illFormedSessions(subject), oversizedSession(subject)]) {
    yield* withoutTenant(subject, table, keyed, session);
  }
}

/** Keys that belong to a tenant. */
function keysOf({ keys }: SharedTable, tenant: string): string[] {
  return keys.map((template) => fillTenant(template, tenant).replaceAll('*', '1'));
}

function indexArns({ arn, indexes }: SharedTable, action: AwsAction): { readonly arn: string; readonly tenantLed: boolean }[] {
  if (!action.resources.includes('index')) return [];
  return indexes.map(({ name, tenantLed }) => ({ arn: `${arn}/index/${name}`, tenantLed }));
}

function* onOtherTenants(
  subject: IsolationSubject,
  table: SharedTable,
  keyed: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const mine = keysOf(table, session.tenant ?? '');
  const victims = tenantsOf(subject).victims.filter((victim) => victim !== session.tenant);
  const attack = (group: AttackGroup, ...requests: AttackRequest[]): Attack => attackOf(group, session, requests);
  for (const action of keyed) {
    const places = [table.arn, ...indexArns(table, action).map(({ arn }) => arn)];
    const at = (place: string, keys: readonly string[]) => request(action.name, place, table.arn, { [LEADING_KEYS]: keys });
    for (const theirs of victims.flatMap((victim) => keysOf(table, victim))) {
      for (const place of places) yield attack('other-items', at(place, [theirs]));
      for (const own of mine) {
        if (action.name.startsWith(BATCH)) yield attack('mixed-items', at(table.arn, [own, theirs]));
        else yield attack('mixed-items', at(table.arn, [own]), at(table.arn, [theirs]));
      }
    }
  }
}

function* withOddKeys(
  subject: IsolationSubject,
  table: SharedTable,
  keyed: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const mine = keysOf(table, session.tenant ?? '');
  const named = namedKeys(subject, table, session);
  for (const { name } of keyed) {
    for (const key of [...oddKeys(session.tenant ?? '').filter((odd) => !isOwn(table, session, odd)), ...named]) {
      yield attackOf('odd-keys', session, [request(name, table.arn, table.arn, { [LEADING_KEYS]: [key] })]);
      yield attackOf('odd-keys', session, [request(name, table.arn, table.arn, { [LEADING_KEYS]: [...mine, key] })]);
    }
  }
}

/** Keys that a pattern of the policies takes, and that may be another tenant's. */
function namedKeys({ named }: IsolationSubject, table: SharedTable, session: TenantSession): string[] {
  const { tenant = '' } = session;
  const found = named.keys.flatMap((pattern) =>
    table.keys.map((template) => {
      const theirs = table.assumed === true ? '?*' : fillTenant(template, '?*');
      return { template, key: commonExample(fillTenant(pattern, tenant), theirs) };
    }),
  );
  const others = found.flatMap(({ template, key }) => {
    const own = key === undefined || isOwn(table, session, key);
    return own || (table.assumed !== true && !mayBelong(key, template)) ? [] : [key];
  });
  return [...new Set(others)];
}

/** Whether a key is one of the tenant's, by a template that ends with a star. */
function isOwn(table: SharedTable, { tenant = '' }: TenantSession, key: string): boolean {
  return table.keys.some((template) => new Pattern(fillTenant(template, tenant), WILDCARDS).matches(key, NOTHING) === 'yes');
}

/** A tag's value, so a tenant's id, has no other characters. */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u;

/** Whether a key may be that of a tenant, whoever it is. */
function mayBelong(key: string, template: string): boolean {
  const [before = '', after = ''] = template.split('{tenant}');
  const end = after.replace(/\*.*$/, '');
  return TAG_VALUE.test(key.slice(before.length, key.length - end.length));
}

/** Without a key, by PartiQL, by an index with another key. */
function* pastTheKey(
  subject: IsolationSubject,
  table: SharedTable,
  keyed: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const mine: ContextEntries = { [LEADING_KEYS]: keysOf(table, session.tenant ?? '').slice(0, 1) };
  for (const action of keyed) {
    const { name } = action;
    const indexes = indexArns(table, action);
    for (const place of [table.arn, ...indexes.map(({ arn }) => arn)]) {
      yield attackOf('no-key', session, [request(name, place, table.arn)]);
      if (name.startsWith(PARTIQL)) yield attackOf('no-key', session, [request(name, place, table.arn, mine)]);
    }
    for (const { arn } of indexes.filter(({ tenantLed }) => !tenantLed)) {
      yield attackOf('indexes', session, [request(name, arn, table.arn, mine)]);
    }
  }
}

/** Every other action on every shape of resource that belongs to the table. */
function* onTheTableItself(
  subject: IsolationSubject,
  table: SharedTable,
  others: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const { partition, account } = roleParts(subject.roleArn);
  for (const action of others) {
    const shapes: Readonly<Record<string, readonly string[]>> = {
      table: [table.arn],
      index: table.indexes.map(({ name }) => `${table.arn}/index/${name}`),
      stream: [`${table.arn}/stream/2026-01-01T00:00:00.000`],
      backup: [`${table.arn}/backup/01234567890123-abcdefab`],
      export: [`${table.arn}/export/01234567890123-abcdefab`],
      import: [`${table.arn}/import/01234567890123-abcdefab`],
      'global-table': [`arn:${partition}:dynamodb::${account}:global-table/${table.arn.split('/').at(-1) ?? ''}`],
    };
    const demandsDenial = !action.harmless;
    const group = action.name === 'dynamodb:Scan' || action.name === 'dynamodb:SearchVectors' ? 'no-key' : 'table-itself';
    for (const type of action.resources) {
      const named = type === 'table' || type === 'index' ? [] : namedPlaces(subject, `${table.arn}/${type}/?*`, session);
      for (const place of new Set([...(shapes[type] ?? [`${table.arn}/${type}/any`]), ...named])) {
        const behindSecondLock = type === 'table' || type === 'index';
        yield { group, session, requests: [request(action.name, place, table.arn)], demandsDenial, behindSecondLock };
      }
    }
    if (action.resources.length === 0) {
      yield { group, session, requests: [request(action.name, '*')], demandsDenial, behindSecondLock: false };
    }
  }
}

/** Resources of a shape that patterns of the policies reach. */
function namedPlaces({ named }: IsolationSubject, shape: string, { tenant = '' }: TenantSession): string[] {
  return named.resources.flatMap((pattern) => commonArn(fillTenant(pattern, tenant), shape) ?? []);
}

/** A session without a tenant, or with one of odd shape, reaches no tenant's items, nor what its own name would give. */
function* withoutTenant(
  subject: IsolationSubject,
  table: SharedTable,
  keyed: readonly AwsAction[],
  session: TenantSession,
): Generator<Attack> {
  const request = requester(subject, session);
  const { tenant = '' } = session;
  // Nobody's items: whoever does not mean to refuse such a tenant may let it have them.
  const named = session.illFormed && subject.guardedShape && tenant !== '' ? [tenant] : [];
  const keys = [...tenantsOf(subject).victims, ...named].flatMap((each) => keysOf(table, each));
  for (const { name } of keyed) {
    for (const key of keys) {
      yield attackOf('no-tenant', session, [request(name, table.arn, table.arn, { [LEADING_KEYS]: [key] })]);
    }
    yield attackOf('no-tenant', session, [request(name, table.arn, table.arn)]);
  }
}

function attackOf(group: AttackGroup, session: TenantSession, requests: readonly AttackRequest[]): Attack {
  return { group, session, requests, demandsDenial: true, behindSecondLock: true };
}
