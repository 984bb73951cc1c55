import { OBJECT_ACTIONS } from '../../policy/bucket';
import { LEADING_KEY_ACTIONS } from '../../policy/table';
import { type AttackRequest, requester } from './attack';
import type { ContextEntries } from '../evaluator/request';
import { type TenantSession, tenantSession, tenantsOf } from './session';
import { fillTenant, type IsolationSubject } from './subject';

/** Something that the runtime does with a tenant's own data. */
export interface OwnOperation {
  /** `dynamodb:GetItem`; of indexes `dynamodb:Query (index)` */
  readonly name: string;
  /** ARN of the table, bucket or role it is done on. */
  readonly on: string;
  readonly session: TenantSession;
  /** None for the beginning of the session. */
  readonly requests: readonly AttackRequest[];
}

/** Name of the operation that all others need. */
export const BEGIN = 'begin a session';

/** What a tenant must be able to do on its own data, as each of several tenants. */
export function* ownOperations(subject: IsolationSubject): Generator<OwnOperation> {
  for (const tenant of tenantsOf(subject).attackers) {
    const session = tenantSession(subject, tenant);
    yield { name: BEGIN, on: subject.roleArn, session, requests: [] };
    yield* onTables(subject, session, tenant);
    yield* onBuckets(subject, session, tenant);
  }
}

function* onTables(subject: IsolationSubject, session: TenantSession, tenant: string): Generator<OwnOperation> {
  const request = requester(subject, session);
  for (const { arn, keys, indexes, kmsKeyArn } of subject.tables) {
    const mine = keys.map((template) => fillTenant(template, tenant).replaceAll('*', '1'));
    const own: ContextEntries = { 'dynamodb:LeadingKeys': mine.slice(0, 1) };
    for (const name of LEADING_KEY_ACTIONS) {
      yield { name, on: arn, session, requests: [request(name, arn, arn, own)] };
    }
    for (const index of indexes.filter(({ tenantLed }) => tenantLed)) {
      const requests = [request('dynamodb:Query', `${arn}/index/${index.name}`, arn, own)];
      yield { name: `dynamodb:Query on index ${index.name}`, on: arn, session, requests };
    }
    if (kmsKeyArn !== undefined) {
      const through: ContextEntries = {
        ...via('dynamodb', kmsKeyArn),
        'kms:EncryptionContext:aws:dynamodb:tableName': [arn.split('/').at(-1) ?? ''],
      };
      yield {
        name: 'kms:Decrypt for the table',
        on: arn,
        session,
        requests: [request('kms:Decrypt', kmsKeyArn, kmsKeyArn, through)],
      };
    }
  }
}

function* onBuckets(subject: IsolationSubject, session: TenantSession, tenant: string): Generator<OwnOperation> {
  const request = requester(subject, session);
  for (const { arn, prefixes, kmsKeyArn, bucketKeyEnabled } of subject.buckets) {
    const [mine = ''] = prefixes.map((template) => fillTenant(template, tenant));
    const object = `${arn}/${mine}documents/a.pdf`;
    for (const name of OBJECT_ACTIONS) yield { name, on: arn, session, requests: [request(name, object, arn)] };
    for (const prefix of [mine, `${mine}documents/`]) {
      const requests = [request('s3:ListBucket', arn, arn, { 's3:prefix': [prefix] })];
      yield { name: 's3:ListBucket', on: arn, session, requests };
    }
    if (kmsKeyArn !== undefined) {
      const context: ContextEntries = {
        ...via('s3', kmsKeyArn),
        'kms:EncryptionContext:aws:s3:arn': [bucketKeyEnabled === true ? arn : object],
      };
      for (const name of ['kms:Decrypt', 'kms:GenerateDataKey']) {
        yield { name: `${name} for the bucket`, on: arn, session, requests: [request(name, kmsKeyArn, kmsKeyArn, context)] };
      }
    }
  }
}

function via(service: 's3' | 'dynamodb', keyArn: string): ContextEntries {
  const region = keyArn.split(':')[3] ?? '';
  return {
    'kms:ViaService': [`${service}.${region}.amazonaws.com`],
    'aws:ViaAWSService': 'true',
    'aws:CalledVia': [`${service}.amazonaws.com`],
  };
}
