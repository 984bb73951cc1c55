import { type AwsAction, awsActions, compilePolicy, type IsolationSubject, type SubjectPolicies } from '../../lib/isolation';
import {
  bucketAccessPolicy,
  bucketResourcePolicy,
  type PolicyDocument,
  type PolicyStatement,
  tableAccessPolicy,
  tableResourcePolicy,
  trustPolicy,
} from '../../lib/policy';
import type {
  BucketFact,
  Estate,
  KnownPolicy,
  PlanFacts,
  PlannedChange,
  RoleFact,
  StateFacts,
  TableFact,
} from '../../lib/review/estate/estate';

export const ACCOUNT = '123456789012';
export const REGION = 'eu-central-1';
export const TABLE = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/data`;
export const BUCKET = 'arn:aws:s3:::files';
export const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`;
export const ISSUER = 'login.example.com';
export const PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${ISSUER}`;
export const AUDIENCE = 'my-client-id';
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/tenant`;
export const TENANT = '${aws:PrincipalTag/tenant_id}';

/** All that AWS can do, read once a suite. */
export const actions: () => Promise<readonly AwsAction[]> = awsActions;

/** What must be there. */
export function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is not there');
  return value;
}

/** Enough of it to tell a leak from none, where many reviews are made. */
export async function fewActions(): Promise<readonly AwsAction[]> {
  const names = [
    'dynamodb:GetItem',
    'dynamodb:Scan',
    'dynamodb:Query',
    's3:GetObject',
    's3:PutObject',
    'sts:AssumeRole',
    'iam:PassRole',
  ];
  return (await awsActions()).filter(({ name }) => names.includes(name));
}

export function statements(...given: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: given };
}

/** The same document with one more statement. */
export function plus({ Statement }: PolicyDocument, ...more: readonly PolicyStatement[]): PolicyDocument {
  return statements(...Statement, ...more);
}

/** The same document with the statement of a Sid taken away. */
export function less({ Statement }: PolicyDocument, sid: string): PolicyDocument {
  const kept = Statement.filter(({ Sid }) => Sid !== sid);
  if (kept.length === Statement.length) throw new Error(`there is no statement ${sid}`);
  return statements(...kept);
}

/** A grant that names the data and has no condition. */
export const WIDE: PolicyStatement = {
  Sid: 'Wide',
  Effect: 'Allow',
  Action: ['dynamodb:*', 's3:*'],
  Resource: [TABLE, `${TABLE}/index/*`, BUCKET, `${BUCKET}/*`],
};

/** The policies of the design, by where they hang. */
export const DESIGN = {
  trust: trustPolicy({ issuers: [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] }] }),
  table: tableAccessPolicy({ tables: [{ tableArn: TABLE, indexArns: [`${TABLE}/index/by-date`] }] }),
  bucket: bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }] }),
  tableLock: tableResourcePolicy(TABLE, [{ roleArn: ROLE }]),
  bucketLock: bucketResourcePolicy(BUCKET, [{ roleArn: ROLE }]),
} as const satisfies Record<string, PolicyDocument>;

/** The statement by which tenants get in. */
export const ADMISSION: PolicyStatement = given(DESIGN.trust.Statement[0]);

/** As of policies that name nothing. */
export const NOTHING_NAMED: IsolationSubject['named'] = {
  resources: [],
  keys: [],
  prefixes: [],
  actions: [],
  tenants: [],
  sessionNames: [],
};

/** The design's subject: one table with an index that is led by the tenant and one that is not, one bucket. */
export function subject(changes: Partial<IsolationSubject> = {}): IsolationSubject {
  return {
    roleArn: ROLE,
    region: REGION,
    tenant: { kind: 'session-tag', tagKey: 'tenant_id' },
    identityProvider: PROVIDER,
    issuer: ISSUER,
    token: { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: 'user' },
    otherTokens: [],
    foreignTokens: [],
    guardedShape: true,
    guardedTags: true,
    guardedKeys: true,
    otherRoleArns: [],
    tables: [
      {
        arn: TABLE,
        keys: ['{tenant}'],
        indexes: [
          { name: 'by-date', tenantLed: true },
          { name: 'by-status', tenantLed: false },
        ],
      },
    ],
    buckets: [{ arn: BUCKET, prefixes: ['tenants/{tenant}/'] }],
    keyArns: [],
    named: NOTHING_NAMED,
    ...changes,
  };
}

/** Documents in place of the design's; `undefined` takes a second lock away. */
export interface PolicyChanges {
  readonly trust?: unknown;
  readonly table?: unknown;
  readonly bucket?: unknown;
  /** Further policies of the role. */
  readonly more?: readonly unknown[];
  readonly boundary?: unknown;
  readonly tableLock?: unknown;
  readonly bucketLock?: unknown;
}

/** The design's policies with both locks, ready to be asked. */
export function policies(changes: PolicyChanges = {}): SubjectPolicies {
  const { trust, table, bucket, more = [], boundary, tableLock, bucketLock } = { ...DESIGN, ...changes };
  const locks = [
    [TABLE, tableLock],
    [BUCKET, bucketLock],
  ] as const;
  return {
    trust: compilePolicy('trust', trust, 'trust'),
    identity: [
      compilePolicy('table', table, 'identity'),
      compilePolicy('bucket', bucket, 'identity'),
      ...more.map((document, index) => compilePolicy(`more ${index + 1}`, document, 'identity')),
    ],
    boundary: boundary === undefined ? undefined : compilePolicy('boundary', boundary, 'identity'),
    resources: new Map(
      locks.flatMap(([arn, lock]) => (lock === undefined ? [] : [[arn, compilePolicy(`lock of ${arn}`, lock, 'resource')]])),
    ),
  };
}

export function known(name: string, document: unknown): KnownPolicy {
  return { name, document };
}

/** The tenant role with the design's policies. */
export function role(changes: Partial<RoleFact> = {}): RoleFact {
  return {
    address: 'aws_iam_role.tenant',
    name: 'tenant',
    arn: ROLE,
    tags: {},
    trust: known('aws_iam_role.tenant', DESIGN.trust),
    identity: [known('aws_iam_policy.table', DESIGN.table), known('aws_iam_policy.bucket', DESIGN.bucket)],
    ...changes,
  };
}

/** The tenant role with further policies of its own. */
export function roleWith(...more: readonly PolicyStatement[]): RoleFact {
  const { identity } = role();
  return role({ identity: [...identity, known('aws_iam_role_policy.more', statements(...more))] });
}

export function table(changes: Partial<TableFact> = {}): TableFact {
  return {
    address: 'aws_dynamodb_table.data',
    name: 'data',
    arn: TABLE,
    partitionKey: 'tenantId',
    indexes: [{ name: 'by-date', partitionKey: 'tenantId' }],
    policy: known('aws_dynamodb_resource_policy.data', DESIGN.tableLock),
    ...changes,
  };
}

export function bucket(changes: Partial<BucketFact> = {}): BucketFact {
  return {
    address: 'aws_s3_bucket.files',
    name: 'files',
    arn: BUCKET,
    policy: known('aws_s3_bucket_policy.files', DESIGN.bucketLock),
    ...changes,
  };
}

/** An estate of the design, with both locks. */
export function estate(changes: Partial<Estate> = {}): Estate {
  return { region: REGION, roles: [role()], tables: [table()], buckets: [bucket()], keys: [], gaps: [], ...changes };
}

export function state(now: Estate = estate()): StateFacts {
  return { kind: 'state', now };
}

export function change(changes: Partial<PlannedChange> & Pick<PlannedChange, 'address' | 'action'>): PlannedChange {
  return {
    type: changes.address.split('.').at(-2) ?? '',
    replacedBecause: [],
    before: undefined,
    after: undefined,
    ...changes,
  };
}

export function plan(changes: Partial<Omit<PlanFacts, 'kind'>> = {}): PlanFacts {
  return { kind: 'plan', before: estate(), after: estate(), changes: [], ...changes };
}
