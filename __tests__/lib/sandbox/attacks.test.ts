import { Agent, request as httpRequest } from 'node:http';
import { type Attack, attacksOn, awsActions } from '../../../lib/isolation';
import { type Sandbox, startSandbox } from '../../../lib/sandbox';
import { dynamoDbOperation } from '../../../lib/sandbox/dynamodb/dynamodb-operation';
import type { TableKeys } from '../../../lib/sandbox/dynamodb/table-keys';
import type { AwsRequest } from '../../../lib/sandbox/http/aws-request';
import type { Permission } from '../../../lib/sandbox/operation';
import { s3Operation } from '../../../lib/sandbox/s3/s3-operation';
import { sign } from '../../../lib/sandbox/signature/sign';
import { callsFor, type PlainRequest } from '../../support/attack-requests';
import { PROGRAM_TIMEOUT_MS } from '../../support/terraform';
import { ACCOUNT, AUDIENCE, BUCKET, DESIGN, ISSUER, policies, REGION, ROLE, subject, TABLE } from '../../support/estates';

const SUBJECT = subject();
const PLACE = { partition: 'aws', account: ACCOUNT, region: REGION };

/** All tables have the keys of the design. */
const KEYS = {
  of: () =>
    Promise.resolve({
      partitionKey: 'tenantId',
      sortKey: 'dataId',
      indexes: new Map(['by-date', 'by-status'].map((name) => [name, { partitionKeys: ['tenantId'] }])),
    }),
} as unknown as TableKeys;

/** What no call asks for that the sandbox could be sent: what services do among each other, S3 Control, restoring and importing tables. */
const NO_CALL = [
  ...named(
    'dynamodb',
    `
  AssociateTableReplica CreateGlobalTableWitness CreateTableReplica DeleteGlobalTableWitness DeleteTableReplica
  GetRecords ImportTable InjectError PurchaseReservedCapacityOfferings ReadDataForReplication ReplicateSettings
  RestoreTableFromAwsBackup RestoreTableFromBackup RestoreTableToPointInTime StartAwsBackupJob UpdateAbacStatus
  UpdateGlobalTableVersion WriteDataForReplication
    `,
  ),
  ...named(
    's3',
    `
  AllowVendedLogDeliveryForResource AssociateAccessGrantsIdentityCenter CreateAccessGrant CreateAccessGrantsInstance
  CreateAccessGrantsLocation CreateAccessPoint CreateAccessPointForObjectLambda CreateBucketMetadataTableConfiguration
  CreateJob CreateMultiRegionAccessPoint CreateStorageLensGroup DeleteAccessGrant DeleteAccessGrantsInstance
  DeleteAccessGrantsInstanceResourcePolicy DeleteAccessGrantsLocation DeleteAccessPoint DeleteAccessPointForObjectLambda
  DeleteAccessPointPolicy DeleteAccessPointPolicyForObjectLambda DeleteJobTagging DeleteMultiRegionAccessPoint
  DeleteStorageLensConfiguration DeleteStorageLensConfigurationTagging DeleteStorageLensGroup
  DissociateAccessGrantsIdentityCenter GetAccessGrantsInstanceForPrefix GetDataAccess
  GetObjectVersionAnnotationForReplication GetObjectVersionForReplication InitiateReplication
  ObjectOwnerOverrideToBucketOwner PauseReplication PutAccessGrantsInstanceResourcePolicy
  PutAccessPointConfigurationForObjectLambda PutAccessPointPolicy PutAccessPointPolicyForObjectLambda
  PutAccessPointPublicAccessBlock PutAccountPublicAccessBlock PutJobTagging PutMultiRegionAccessPointPolicy
  PutStorageLensConfiguration PutStorageLensConfigurationTagging ReplicateDelete ReplicateObject
  ReplicateObjectAnnotation ReplicateTags SubmitMultiRegionAccessPointRoutes TagResource UntagResource
  UpdateAccessGrantsLocation UpdateBucketMetadataAnnotationTableConfiguration
  UpdateBucketMetadataInventoryTableConfiguration UpdateBucketMetadataJournalTableConfiguration UpdateJobPriority
  UpdateJobStatus UpdateObjectEncryption UpdateStorageLensGroup
    `,
  ),
].sort();

function named(service: string, actions: string): string[] {
  return actions
    .trim()
    .split(/\s+/)
    .map((action) => `${service}:${action}`);
}

describe('attacks of the isolation suite, sent over HTTP', () => {
  let sandbox: Sandbox;
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });

  beforeAll(async () => {
    sandbox = await startSandbox({
      account: ACCOUNT,
      region: REGION,
      identityProviders: [{ issuerUrl: `https://${ISSUER}`, clientIds: [AUDIENCE] }],
      roles: [{ role: ROLE, trustPolicy: DESIGN.trust, policies: { table: DESIGN.table, bucket: DESIGN.bucket } }],
      tables: [
        {
          tableName: TABLE.split('/')[1] ?? '',
          indexes: [
            { name: 'by-date', sortKey: 'dataId' },
            { name: 'by-status', sortKey: 'dataId' },
          ],
          policy: DESIGN.tableLock,
        },
      ],
      buckets: [{ bucketName: BUCKET.split(':::')[1] ?? '', policy: DESIGN.bucketLock }],
    });
  });

  afterAll(async () => {
    agent.destroy();
    await sandbox.close();
  });

  /** What the call asks of IAM, as the sandbox reads it. */
  async function permissionsOf(call: PlainRequest): Promise<readonly Permission[]> {
    const request: AwsRequest = { ...call, headers: { ...call.headers, host: '127.0.0.1' }, fromLoopback: true };
    try {
      const operation = call.service === 's3' ? s3Operation(request, PLACE) : await dynamoDbOperation(request, PLACE, KEYS);
      return operation.permissions;
    } catch {
      return [];
    }
  }

  async function callFor(asked: Attack['requests'][number]): Promise<PlainRequest | undefined> {
    for (const call of callsFor(asked)) {
      const permissions = await permissionsOf(call);
      const asks = permissions.some(({ action, resource, context = {} }) => {
        const same = (key: string) => {
          // Which keys PartiQL tells is not documented, so the sandbox tells none.
          if (action.startsWith('dynamodb:PartiQL')) return true;
          const wanted = asked.context.get(key.toLowerCase());
          return JSON.stringify(typeof wanted === 'string' ? [] : wanted) === JSON.stringify([context[key] ?? []].flat());
        };
        return action === asked.action && resource === asked.resource && same('dynamodb:LeadingKeys') && same('s3:prefix');
      });
      if (asks) return call;
    }
    return undefined;
  }

  interface Keys {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  }

  async function send(call: Omit<PlainRequest, 'service'>): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const { method, path, query, headers, body } = call;
      const { port } = new URL(sandbox.endpoint);
      const url = query === '' ? path : `${path}?${query}`;
      const sent = httpRequest({ agent, host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: text });
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** A session of a tenant, or the code that STS refuses it with. */
  async function session(tenant: string | undefined, name: string): Promise<Keys | string> {
    const token = await sandbox.token({ tenantId: tenant });
    const form = {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: ROLE,
      RoleSessionName: name,
      WebIdentityToken: token,
    };
    const headers = { host: new URL(sandbox.endpoint).host, 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await send({
      method: 'POST',
      path: '/',
      query: '',
      headers,
      body: Buffer.from(new URLSearchParams(form).toString()),
    });
    const element = (of: string) => new RegExp(`<${of}>([^<]*)</${of}>`).exec(body)?.[1] ?? '';
    if (status !== 200) return element('Code');
    return {
      accessKeyId: element('AccessKeyId'),
      secretAccessKey: element('SecretAccessKey'),
      sessionToken: element('SessionToken'),
    };
  }

  it(
    'fails each of them, that is a call of DynamoDB or S3, with the refusal of AWS',
    async () => {
      const sessions = new Map<string, Keys | string>();
      const sent = new Set<string>();
      const counts = { denied: 0, notBegun: 0 };
      const actions = { sent: new Set<string>(), notSent: new Set<string>() };
      const through: string[] = [];
      const underWay: Promise<void>[] = [];
      for (const { session: attacker, requests, demandsDenial } of attacksOn(SUBJECT, policies().trust, await awsActions())) {
        const ofData = requests.every(({ action }) => /^(?:dynamodb|s3):/.test(action));
        // Loopback stands for TLS, so nobody comes without it.
        if (!demandsDenial || attacker === undefined || !ofData || attacker.name.endsWith('without TLS')) continue;
        const { name, tenant, sessionName, illFormed } = attacker;
        const keys = sessions.get(name) ?? (await session(tenant, sessionName));
        sessions.set(name, keys);
        if (typeof keys === 'string') {
          // The door is shut already.
          if (keys === 'AccessDenied' && illFormed) counts.notBegun++;
          else through.push(`${name}: ${keys}`);
          continue;
        }
        const calls = (await Promise.all(requests.map(callFor))).filter((call) => call !== undefined);
        for (const { action } of requests) actions[calls.length < requests.length ? 'notSent' : 'sent'].add(action);
        const id = `${name} ${JSON.stringify(calls.map((call) => ({ ...call, body: call.body.toString() })))}`;
        if (calls.length < requests.length || sent.has(id)) continue;
        sent.add(id);
        underWay.push(
          refused(calls, keys).then((isRefused) => {
            if (isRefused) counts.denied++;
            else through.push(id);
          }),
        );
        if (underWay.length >= 64) await Promise.all(underWay.splice(0));
      }
      await Promise.all(underWay);
      expect(through.slice(0, 5)).toEqual([]);
      expect(counts.denied).toBeGreaterThan(7000);
      expect(counts.notBegun).toBeGreaterThan(2000);
      expect([...actions.notSent].filter((action) => !actions.sent.has(action)).sort()).toEqual(NO_CALL);
    },
    PROGRAM_TIMEOUT_MS,
  );

  /** Whether one call of the attack at least is refused as AWS refuses what is not allowed. */
  async function refused(calls: readonly PlainRequest[], credentials: Keys): Promise<boolean> {
    const answers = await Promise.all(
      calls.map(async ({ service, ...call }) => {
        const headers = { ...call.headers, host: new URL(sandbox.endpoint).host };
        const signed = await sign({ ...call, headers, fromLoopback: true }, { credentials, service, region: REGION });
        const { status, body } = await send(signed);
        if (service === 'dynamodb') return status === 400 && body.includes('#AccessDeniedException');
        return status === 403 && (call.method === 'HEAD' || body.includes('<Code>AccessDenied</Code>'));
      }),
    );
    return answers.includes(true);
  }
});
