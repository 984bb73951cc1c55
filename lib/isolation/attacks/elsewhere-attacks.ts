import { LEADING_KEY_ACTIONS } from '../../policy/table';
import { type Attack, requester } from './attack';
import type { AwsAction } from './aws-actions';
import { commonArn } from './overlap';
import { tenantSession, tenantsOf } from './session';
import { fillTenant, type IsolationSubject, roleParts } from './subject';

const KEYED = LEADING_KEY_ACTIONS as readonly string[];
const LISTING = 's3:ListBucket';

/**
 * Attacks on tables and buckets that are not shared: those that policies name, one named like a shared one, and any other. What a tenant
 * does there under its own key or prefix harms nobody.
 */
export function* elsewhereAttacks(subject: IsolationSubject, actions: readonly AwsAction[]): Generator<Attack> {
  const { attackers, victims } = tenantsOf(subject);
  const session = tenantSession(subject, attackers[0]);
  const request = requester(subject, session);
  const other = victims.find((victim) => victim !== attackers[0]) ?? 'b';
  for (const arn of otherTables(subject)) {
    for (const { name } of actions.filter(
      ({ service, resources, harmless }) => service === 'dynamodb' && resources.includes('table') && !harmless,
    )) {
      const attempts = KEYED.includes(name) ? [{}, { 'dynamodb:LeadingKeys': [other] }] : [{}];
      for (const context of attempts) yield attack('other-tables', request(name, arn, undefined, context));
    }
  }
  for (const arn of otherBuckets(subject)) {
    for (const { name, resources, harmless } of actions.filter(({ service }) => service === 's3')) {
      const prefix = `tenants/${other}/`;
      if (resources.includes('object')) {
        yield attack('other-buckets', request(name, `${arn}/${prefix}doc`));
      } else if (resources.includes('bucket') && !harmless) {
        yield attack('other-buckets', request(name, arn));
        if (name.startsWith(LISTING)) {
          yield attack('other-buckets', request(name, arn, undefined, { 's3:prefix': [prefix] }));
        }
      }
    }
  }

  function attack(group: 'other-tables' | 'other-buckets', made: ReturnType<typeof request>): Attack {
    return { group, session, requests: [made], demandsDenial: true, behindSecondLock: false };
  }
}

function otherTables(subject: IsolationSubject): string[] {
  const { partition, account } = roleParts(subject.roleArn);
  const shared = subject.tables.map(({ arn }) => arn);
  const any = `arn:${partition}:dynamodb:${subject.region}:${account}:table/some-other-table`;
  const named = examples(subject, [`arn:${partition}:dynamodb:*:*:table/?*`]).map((arn) =>
    arn.replace(/(:table\/[^/]+)\/.*$/, '$1'),
  );
  return others([any, ...shared.map((arn) => `${arn}-other`), ...named], shared);
}

function otherBuckets(subject: IsolationSubject): string[] {
  const { partition } = roleParts(subject.roleArn);
  const shared = subject.buckets.map(({ arn }) => arn);
  const named = examples(subject, [`arn:${partition}:s3:::?*`]).map((arn) => arn.replace(/\/.*$/, ''));
  return others([`arn:${partition}:s3:::some-other-bucket`, ...shared.map((arn) => `${arn}-other`), ...named], shared);
}

function others(arns: readonly string[], shared: readonly string[]): string[] {
  return [...new Set(arns)].filter((arn) => !shared.includes(arn));
}

/** What patterns of the policies reach, of these shapes. */
function examples(subject: IsolationSubject, shapes: readonly string[]): string[] {
  const [tenant] = tenantsOf(subject).attackers;
  return subject.named.resources
    .filter((pattern) => pattern !== '*')
    .flatMap((pattern) => shapes.flatMap((shape) => commonArn(fillTenant(pattern, tenant), shape) ?? []));
}
