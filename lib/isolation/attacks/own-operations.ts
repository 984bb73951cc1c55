import type { Permission } from 'multi-tenant-data-access/tenancy';
import { OBJECT_ACTIONS } from '../../policy/bucket';
import { LEADING_KEY_ACTIONS } from '../../policy/table';
import { type AttackRequest, requester } from './attack';
import type { ContextEntries } from '../evaluator/request';
import { NEEDED_TOGETHER, permissionsHeld, type SubjectPermissions } from './held-permissions';
import { permittedSession, type TenantSession, tenantSession, tenantsOf } from './session';
import { fillTenant, type IsolationSubject } from './subject';

/** Something that the runtime does with a tenant's own data. */
export interface OwnOperation {
  /** `dynamodb:GetItem`; of indexes `dynamodb:Query (index)` */
  readonly name: string;
  /** ARN of the table, bucket or role it is done on. */
  readonly on: string;
  /** What the session holds, where permissions count and it is not all; the name ends with it too. */
  readonly as?: string;
  readonly session: TenantSession;
  /** None for the beginning of the session. */
  readonly requests: readonly AttackRequest[];
}

/** Name of the operation that all others need, or its beginning: `begin a session by a token of login.example.com`. */
export const BEGIN = 'begin a session';

/** What a tenant must be able to do on its own data, as each of several tenants. */
export function* ownOperations(subject: IsolationSubject): Generator<OwnOperation> {
  for (const tenant of tenantsOf(subject).attackers) {
    const session = tenantSession(subject, tenant);
    yield { name: BEGIN, on: subject.roleArn, session, requests: [] };
    yield* onTables(subject, session, tenant);
    yield* onBuckets(subject, session, tenant);
  }
  yield* byIssuer(subject);
  if (subject.permissions !== undefined) yield* byPermissions(subject, subject.permissions);
}

/** Where several issuers are meant, each must be heard, with each role. */
function* byIssuer(subject: IsolationSubject): Generator<OwnOperation> {
  const { issuer, identityProvider, token, otherTokens, roleArn, permissions } = subject;
  if (!otherTokens.some(({ provider }) => provider !== identityProvider)) return;
  for (const meant of [{ provider: identityProvider, issuer, context: token }, ...otherTokens]) {
    const one = { ...subject, identityProvider: meant.provider, issuer: meant.issuer, token: meant.context, otherTokens: [] };
    const name = `${BEGIN} by a token of ${meant.issuer}`;
    const [tenant] = tenantsOf(subject).attackers;
    const roles = Object.keys(permissions?.roles ?? {});
    for (const session of [tenantSession(one, tenant), ...roles.map((role) => permittedSession(one, role))]) {
      yield { name, on: roleArn, session: { ...session, name: `${session.name} ${JSON.stringify(meant)}` }, requests: [] };
    }
  }
}

/** What sessions with part of the permissions must be able to do, by what the operations need; without any, to begin. */
function* byPermissions(subject: IsolationSubject, permissions: SubjectPermissions): Generator<OwnOperation> {
  const [tenant] = tenantsOf(subject).attackers;
  for (const value of [undefined, ...NEEDED_TOGETHER, ...Object.keys(permissions.roles)]) {
    const session = permittedSession(subject, value);
    const as = value ?? 'nobody in particular';
    const held = permissionsHeld(permissions, value);
    yield { name: `${BEGIN} as ${as}`, on: subject.roleArn, as, session, requests: [] };
    for (const operation of [...onTables(subject, session, tenant), ...onBuckets(subject, session, tenant)]) {
      const [service = '', action = ''] = (operation.requests[0]?.action ?? '').split(':');
      const needed = NEEDS.find((each) => each.service === service && each.actions.includes(action))?.needs;
      if (needed?.every((each) => held.has(each)) === true) yield { ...operation, name: `${operation.name} as ${as}`, as };
    }
  }
}

/** What operations need; a write to the table answers with the item that was there, if asked to, and a batch may delete. */
const NEEDS: readonly { readonly service: string; readonly actions: readonly string[]; readonly needs: readonly Permission[] }[] = [
  { service: 'dynamodb', actions: ['BatchGetItem', 'ConditionCheckItem', 'GetItem', 'Query'], needs: ['table:read'] },
  { service: 'dynamodb', actions: ['PutItem', 'UpdateItem'], needs: ['table:read', 'table:write'] },
  { service: 'dynamodb', actions: ['DeleteItem'], needs: ['table:read', 'table:delete'] },
  { service: 'dynamodb', actions: ['BatchWriteItem'], needs: ['table:read', 'table:write', 'table:delete'] },
  { service: 's3', actions: ['GetObject', 'ListBucket'], needs: ['bucket:read'] },
  { service: 's3', actions: ['AbortMultipartUpload', 'ListMultipartUploadParts', 'PutObject'], needs: ['bucket:write'] },
  { service: 's3', actions: ['DeleteObject'], needs: ['bucket:delete'] },
];

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
