import { type Attack, requester } from './attack';
import { SERVICES } from './aws-actions';
import { commonExample } from './overlap';
import { tenantSession, tenantsOf } from './session';
import { fillTenant, type IsolationSubject } from './subject';

/** An action each of services that decide who a session is and what it may do. */
const IDENTITY_ACTIONS = [
  'cognito-idp:AdminUpdateUserAttributes',
  'cognito-identity:SetIdentityPoolRoles',
  'identitystore:CreateUser',
  'organizations:AttachPolicy',
  'ram:CreateResourceShare',
  'rolesanywhere:CreateTrustAnchor',
  'sso:CreateAccountAssignment',
  'sso-directory:CreateUser',
];

/** An action each of services that reach tables or buckets by ways of their own. */
const OTHER_WAYS = [
  'athena:StartQueryExecution',
  'backup:StartRestoreJob',
  'cloudformation:CreateStack',
  'dax:GetItem',
  'glue:GetTable',
  'lakeformation:GetDataAccess',
  's3-object-lambda:GetObject',
  's3-outposts:GetObject',
  's3express:CreateSession',
  's3tables:GetTableData',
];

const OPEN = 'what the service reads on the tenant’s behalf is not looked at';

/** Attacks by way of other services: on identities, which always harm, and on data, of which it cannot be told. */
export function* serviceAttacks(subject: IsolationSubject): Generator<Attack> {
  const { attackers } = tenantsOf(subject);
  const session = tenantSession(subject, attackers[0]);
  const request = requester(subject, session);
  for (const [actions, openBecause] of [
    [IDENTITY_ACTIONS, undefined],
    [OTHER_WAYS, OPEN],
  ] as const) {
    const services = actions.map(serviceOf);
    const tried = [...actions.map((action): [string, string] => [action, '*']), ...namedActions(subject, services, attackers[0])];
    for (const [action, resource] of tried) {
      const attempt = { group: 'services', session, requests: [request(action, resource)], behindSecondLock: false } as const;
      yield { ...attempt, demandsDenial: true, ...(openBecause !== undefined && { openBecause }) };
    }
  }
}

/** Services beyond those that are looked at, of which policies allow something; an action each. */
export function otherServicesOf({ named }: IsolationSubject): string[] {
  const looked = new Set([...SERVICES, ...[...IDENTITY_ACTIONS, ...OTHER_WAYS].map(serviceOf)]);
  const services = named.actions
    .map(([action]) => serviceOf(action.toLowerCase()))
    .filter((service) => /^[a-z0-9-]+$/.test(service));
  return [...new Set(services)].filter((service) => !looked.has(service) && !QUIET.includes(service));
}

/** Services that only take in what a tenant says. */
const QUIET = ['logs', 'xray', 'cloudwatch'];

/** Requests that fit what statements allow of the services. */
function namedActions(
  { named }: IsolationSubject,
  services: readonly string[],
  tenant: string,
): [action: string, resource: string][] {
  return named.actions.flatMap(([action, resource]) =>
    services.flatMap((service): [string, string][] => {
      const example = commonExample(action.toLowerCase(), `${service}:?*`);
      return example === undefined ? [] : [[example, fillTenant(resource, tenant).replace(/[*?]/g, resource === '*' ? '*' : 'x')]];
    }),
  );
}

function serviceOf(action: string): string {
  return action.split(':')[0] ?? '';
}
