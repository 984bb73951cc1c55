import {
  type Attack,
  attack,
  attacksOn,
  awsActions,
  type AwsAction,
  compilePolicy,
  type IsolationSubject,
  type SubjectPolicies,
  tryOwnOperations,
} from '../../../lib/isolation';
import { Decider } from '../../../lib/isolation/decider';
import {
  bucketAccessPolicy,
  bucketResourcePolicy,
  type PolicyDocument,
  tableAccessPolicy,
  tableResourcePolicy,
  trustPolicy,
} from '../../../lib/policy';
import { type Mutant, mutantsOf, weakenedDenials } from '../../support/policy-mutants';

/** Each mutant is attacked more than 12,000 times. */
const TIMEOUT_MS = 120_000;

const TABLE = 'arn:aws:dynamodb:eu-central-1:123456789012:table/data';
const BUCKET = 'arn:aws:s3:::files';
const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/login.example.com';
const ISSUER = 'login.example.com';
const ROLE = 'arn:aws:iam::123456789012:role/tenant';

const SUBJECT: IsolationSubject = {
  roleArn: ROLE,
  region: 'eu-central-1',
  tenant: { kind: 'session-tag', tagKey: 'tenant_id' },
  identityProvider: PROVIDER,
  issuer: ISSUER,
  token: { [`${ISSUER}:aud`]: 'my-client-id', [`${ISSUER}:sub`]: 'user' },
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
  named: { resources: [], keys: [], prefixes: [], actions: [], tenants: [], sessionNames: [] },
};

interface Documents {
  readonly trust: PolicyDocument;
  readonly table: PolicyDocument;
  readonly bucket: PolicyDocument;
}

const RIGHT: Documents = {
  trust: trustPolicy({ issuers: [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: ['my-client-id'] }] }),
  table: tableAccessPolicy({ tables: [{ tableArn: TABLE, indexArns: [`${TABLE}/index/by-date`] }] }),
  bucket: bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }] }),
};

function policies({ trust, table, bucket }: Documents): SubjectPolicies {
  return {
    trust: compilePolicy('trust', trust, 'trust'),
    identity: [compilePolicy('table', table, 'identity'), compilePolicy('bucket', bucket, 'identity')],
    resources: new Map(),
  };
}

/** The attacks that isolation demands be denied. Made once for all mutants but those of the trust policy, which names some of them. */
function attacksOf(of: IsolationSubject, { trust }: SubjectPolicies, actions: readonly AwsAction[]): Attack[] {
  return [...attacksOn(of, trust, actions)].filter(({ demandsDenial }) => demandsDenial);
}

/** Mutants that no attack refutes because they weaken nothing, by the reason why. */
const EQUIVALENT: Readonly<Record<string, readonly string[]>> = {
  'without a key the request fails Null, which stands beside it': [
    'TenantItems: add action dynamodb:DeleteTable',
    'TenantItems: add action dynamodb:Scan',
    'TenantItems: ForAllValues:StringEquals dynamodb:LeadingKeys -> ForAllValues:StringEqualsIfExists ${aws:PrincipalTag/tenant_id}',
  ],
  'a default counts in a session without a tenant only, and none begins': [
    "TenantItems: ForAllValues:StringEquals dynamodb:LeadingKeys -> ForAllValues:StringEquals ${aws:PrincipalTag/tenant_id, 'b'}",
    "TenantListing: StringLike s3:prefix -> StringLike tenants/${aws:PrincipalTag/tenant_id, 'b'}/*",
    "TenantObjects: arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id}/* -> arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id, 'b'}/*",
  ],
  'the table has no index of such a name that is not led by the tenant': [
    'TenantItems: arn:aws:dynamodb:eu-central-1:123456789012:table/data/index/by-date -> arn:aws:dynamodb:eu-central-1:123456789012:table/data/index/by-date*',
  ],
  'S3 gives a prefix for listings of objects and their versions alone, and the prefix must be the own': [
    'TenantListing: NotAction',
    'TenantListing: add action *',
    'TenantListing: add action s3:*',
    'TenantListing: add action s3:GetObjectVersion',
    'TenantListing: add action s3:ListBucketMultipartUploads',
    'TenantListing: add action s3:ListBucketVersions',
    'TenantListing: add action s3:PutBucketPolicy',
    'TenantListing: add action s3:PutObjectAcl',
  ],
  'under the own prefix of another bucket lies nothing of others': [
    'TenantListing: NotResource',
    'TenantListing: add resource *',
    'TenantListing: arn:aws:s3:::files -> *',
    'TenantListing: arn:aws:s3:::files -> arn:aws:s3:::*',
    'TenantListing: arn:aws:s3:::files -> arn:aws:s3:::files*',
    'TenantObjects: arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id}/* -> arn:aws:s3:::*/tenants/${aws:PrincipalTag/tenant_id}/*',
  ],
  'the resource is the own objects, whatever the action': [
    'TenantObjects: NotAction',
    'TenantObjects: add action *',
    'TenantObjects: add action s3:*',
    'TenantObjects: add action s3:GetObjectVersion',
    'TenantObjects: add action s3:ListBucket',
    'TenantObjects: add action s3:ListBucketMultipartUploads',
    'TenantObjects: add action s3:ListBucketVersions',
    'TenantObjects: add action s3:PutBucketPolicy',
    'TenantObjects: add action s3:PutObjectAcl',
    'TenantObjects: arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id}/* -> arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id}/**',
  ],
  'the principal is an OIDC provider, which has this one way in': [
    'TenantSession: NotAction',
    'TenantSession: add action sts:*',
    'TenantSession: add action sts:AssumeRole',
    'TenantSession: add action sts:AssumeRoleWithSAML',
    'TenantSession: add action sts:SetSourceIdentity',
  ],
  'the condition on the audience of the first provider holds for nobody else': [
    'TenantSession: add a role, may assume',
    'TenantSession: add a second provider',
    'TenantSession: add a service, may assume',
    'TenantSession: add another account, may assume',
    'TenantSession: add the account, may assume',
  ],
  'of Null, ?* and the tag keys each says that there is a tag': [
    'TenantSession: drop Null aws:RequestTag/tenant_id',
    'TenantSession: drop Null aws:TagKeys',
    'TenantSession: StringLike aws:RequestTag/tenant_id -> StringLikeIfExists ?*',
    'TenantSession: ForAllValues:StringEquals aws:TagKeys -> ForAllValues:StringEqualsIfExists tenant_id',
  ],
  'a negated operator holds without the key anyway': [
    'TenantSession: StringNotLike aws:RequestTag/tenant_id -> StringNotLikeIfExists */*,*..*,* *',
  ],
  'tag keys that differ in case are one key': [
    'TenantSession: ForAllValues:StringEquals aws:TagKeys -> ForAllValues:StringEqualsIgnoreCase tenant_id',
  ],
};

describe('mutants of the role’s policies, with the second lock open', () => {
  let actions: readonly AwsAction[];
  beforeAll(async () => {
    actions = await awsActions();
    attacks = attacksOf(SUBJECT, policies(RIGHT), actions);
  });

  let attacks: readonly Attack[];
  const survives = (kind: keyof Documents, document: PolicyDocument): boolean => {
    const asked = policies({ ...RIGHT, [kind]: document });
    const decider = new Decider(SUBJECT, asked, 'all');
    const tried = kind === 'trust' ? attacksOf(SUBJECT, asked, actions) : attacks;
    return tried.every((each) => decider.attempt(each).effect === 'deny');
  };
  const kinds = Object.keys(RIGHT) as (keyof Documents)[];
  const mutants = kinds.flatMap((kind) => mutantsOf(RIGHT[kind]).map((mutant): [keyof Documents, Mutant] => [kind, mutant]));

  it('denies every attack on the policies as they are, and allows every operation on own data', () => {
    expect(attack(SUBJECT, policies(RIGHT), actions).leaks).toEqual([]);
    expect(tryOwnOperations(SUBJECT, policies(RIGHT)).filter(({ effect }) => effect !== 'allow')).toEqual([]);
  });

  it(
    'refutes every mutant that weakens isolation, and knows why the others do not',
    () => {
      const survivors = mutants.filter(([kind, { document }]) => survives(kind, document)).map(([, { name }]) => name);
      const refuted = mutants.length - survivors.length;
      process.stdout.write(
        `Mutants of the policies: ${refuted} of ${mutants.length} refuted, ${survivors.length} weaken nothing, and the suite says why\n`,
      );
      expect(survivors.sort()).toEqual(Object.values(EQUIVALENT).flat().sort());
    },
    TIMEOUT_MS,
  );
});

/** The same of the second lock. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  'no session without a tenant begins; the statement is there for a trust policy that lets one in': [
    ...['drop the statement', 'ArnNotEquals', 'of another role', 'for another account', 'of reading only'].flatMap((what) => [
      `bucket NoTenant1: ${what}`,
      `table NoTenant1: ${what}`,
    ]),
    'bucket NoTenant1: Null aws:PrincipalTag/tenant_id -> Null false',
    'table NoTenant1: Null aws:PrincipalTag/tenant_id -> Null false',
    'bucket NoTenant1: not on arn:aws:s3:::files',
    'bucket NoTenant1: not on arn:aws:s3:::files/*',
    'table NoTenant1: not on arn:aws:dynamodb:eu-central-1:123456789012:table/data',
    'table NoTenant1: not on arn:aws:dynamodb:eu-central-1:123456789012:table/data/index/*',
  ],
  'two stars are one': ['bucket OtherObjects1: but for arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id}/**'],
  'a Scan has no leading key, which the next statement denies': ['table OtherActions1: not of Scan'],
};

describe('mutants of the second lock, with the first one open', () => {
  const lock = { roleArn: ROLE, tenant: SUBJECT.tenant };
  // A lock cannot tell an index that is led by something else; none is made here.
  const subject = { ...SUBJECT, tables: SUBJECT.tables.map((table) => ({ ...table, indexes: table.indexes.slice(0, 1) })) };
  const right = { table: tableResourcePolicy(TABLE, [lock]), bucket: bucketResourcePolicy(BUCKET, [lock]) };

  it(
    'fails to stop an attack in every mutant that weakens it, and knows why the others do not',
    async () => {
      const actions = await awsActions();
      const attacks = attacksOf(subject, policies(RIGHT), actions).filter(({ behindSecondLock }) => behindSecondLock);
      const holds = (locks: typeof right): boolean => {
        const resources = new Map([
          [TABLE, compilePolicy('table', locks.table, 'resource')],
          [BUCKET, compilePolicy('bucket', locks.bucket, 'resource')],
        ]);
        const decider = new Decider(subject, { ...policies(RIGHT), resources }, 'data');
        return attacks.every((each) => decider.attempt(each).effect === 'deny');
      };
      expect(holds(right)).toBe(true);
      const mutants = (['table', 'bucket'] as const).flatMap((kind) =>
        weakenedDenials(right[kind]).map(({ name, document }) => ({
          name: `${kind} ${name}`,
          locks: { ...right, [kind]: document },
        })),
      );
      const survivors = mutants.filter(({ locks }) => holds(locks)).map(({ name }) => name);
      process.stdout.write(
        `Mutants of the second lock: ${mutants.length - survivors.length} of ${mutants.length} refuted, ${survivors.length} weaken nothing, and the suite says why\n`,
      );
      expect(survivors.sort()).toEqual(Object.values(HARMLESS).flat().sort());
    },
    TIMEOUT_MS,
  );
});
