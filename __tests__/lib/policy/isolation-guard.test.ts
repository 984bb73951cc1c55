import type { Conditions, PolicyStatement } from '../../../lib/policy/document';
import { isolationProblems, type SharedData } from '../../../lib/policy/isolation-guard';
import { DEFAULT_TENANT_CLAIM } from '../../../lib/policy/tenant-claim';

const TENANT = '${aws:PrincipalTag/tenant_id}';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1a2b';

/** The same data with ARNs that are known, and as a stack names them. */
const DATA: Record<string, SharedData & { readonly table: string; readonly bucket: string }> = {
  'literal ARNs': shared('arn:aws:dynamodb:eu-central-1:123456789012:table/app', 'arn:aws:s3:::app'),
  'Terraform tokens': shared(
    'arn:${TfToken[TOKEN.1]}:dynamodb:${TfToken[TOKEN.2]}:${TfToken[TOKEN.3]}:table/app',
    'arn:${TfToken[TOKEN.1]}:s3:::app',
  ),
};

function shared(table: string, bucket: string): SharedData & { readonly table: string; readonly bucket: string } {
  return { table, bucket, tableArns: [table], bucketArns: [bucket], kmsKeyArns: [KEY], tenant: DEFAULT_TENANT_CLAIM };
}

function allow(Action: string | string[], Resource: string | string[], Condition?: Conditions): PolicyStatement {
  return { Effect: 'Allow', Action, Resource, Condition };
}

const KEYS = 'ForAllValues:StringEquals';
const leadingKeys = (values: string | string[]): Conditions => ({ [KEYS]: { 'dynamodb:LeadingKeys': values } });
const PRESENT: Conditions = { Null: { 'dynamodb:LeadingKeys': 'false' } };
const OWN_ITEMS: Conditions = { ...leadingKeys(TENANT), ...PRESENT };
const OWN_PREFIX: Conditions = { StringLike: { 's3:prefix': `tenants/${TENANT}/*` } };

describe.each(Object.entries(DATA))('isolationProblems, data with %s', (_name, data) => {
  const { table, bucket } = data;

  it.each<{ name: string; statement: PolicyStatement }>([
    { name: 'a queue of the tenant', statement: allow('sqs:SendMessage', `arn:aws:sqs:eu-central-1:123456789012:jobs-${TENANT}`) },
    { name: 'an action on everything of another service', statement: allow('xray:PutTraceSegments', '*') },
    { name: 'object tags under the prefix', statement: allow('s3:GetObjectTagging', `${bucket}/tenants/${TENANT}/*`) },
    { name: 'any object action under the prefix', statement: allow('s3:*', `${bucket}/tenants/${TENANT}/reports/*`) },
    { name: 'another bucket', statement: allow('s3:ListBucket', 'arn:aws:s3:::public-assets') },
    { name: 'an object of another bucket', statement: allow('s3:GetObject', 'arn:aws:s3:::public-assets/logo.png') },
    {
      name: 'another bucket and the prefix',
      statement: allow('s3:GetObject', ['arn:aws:s3:::b', `${bucket}/tenants/${TENANT}/*`]),
    },
    { name: 'own items', statement: allow('dynamodb:GetItem', table, OWN_ITEMS) },
    { name: 'own items of an index', statement: allow(['dynamodb:Query'], `${table}/index/by-date`, OWN_ITEMS) },
    {
      name: 'own items, written in other cases and lists',
      statement: allow(['DynamoDB:getitem', 'dynamodb:QUERY'], [table], {
        'forallvalues:stringequals': { 'DYNAMODB:leadingkeys': [TENANT] },
        NULL: { 'dynamodb:leadingKeys': ['false'] },
      }),
    },
    {
      name: 'own items under a further condition',
      statement: allow('dynamodb:GetItem', table, { ...OWN_ITEMS, StringEquals: { 'dynamodb:Attributes': 'dataId' } }),
    },
    {
      name: 'another table by its literal ARN',
      statement: allow('dynamodb:*', 'arn:aws:dynamodb:eu-central-1:123456789012:table/catalogue'),
    },
    {
      name: 'a table with a longer name',
      statement: allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/app-2'),
    },
    { name: 'all objects of another bucket', statement: allow('s3:GetObject', 'arn:aws:s3:::public-assets/*') },
    {
      name: 'the indexes of another table by its literal ARN',
      statement: allow('dynamodb:Query', 'arn:aws:dynamodb:eu-central-1:123456789012:table/catalogue/index/*'),
    },
    { name: 'another table anywhere', statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:*:*:table/other') },
    { name: 'another key', statement: allow('kms:Decrypt', `${KEY}c`) },
    { name: 'no resource', statement: allow('dynamodb:*', []) },
    ...[allow('*', '*'), allow('iam:*', '*'), allow('sts:AssumeRole', '*'), allow('dynamodb:*', table), allow('s3:*', bucket)].map(
      (statement) => ({
        name: `denying ${JSON.stringify(statement.Action)}`,
        statement: { ...statement, Effect: 'Deny' as const },
      }),
    ),
    { name: 'denying NotAction', statement: { Effect: 'Deny', NotAction: 's3:*', NotResource: 'x' } },
  ])('accepts $name', ({ statement }) => {
    expect(isolationProblems(statement, data)).toEqual([]);
  });

  it.each([
    '*',
    '**',
    'iam:*',
    'i*',
    '?am:PassRole',
    '*:AssumeRole',
    'sts:AssumeRole',
    'STS:assumerole',
    'cognito-idp:AdminUpdateUserAttributes',
    'cognito-identity:GetCredentialsForIdentity',
    'organizations:*',
    'sso:CreateAccountAssignment',
    'identitystore:CreateUser',
    'ram:CreateResourceShare',
    'rolesanywhere:*',
    'signin:CreateTrustedIdentityPropagationApplicationForConsole',
  ])('fails for the action %s on identities', (action) => {
    expect(isolationProblems(allow(action, 'arn:aws:sqs:::x'), data)).toContain(
      `${action} lets a tenant act on identities or roles`,
    );
  });

  it.each(['dax:GetItem', 'DAX:*', 'backup:StartRestoreJob', 's3-object-lambda:GetObject', 's3-object-lambda:*'])(
    'fails for the action %s of a service that reads for others',
    (action) => {
      expect(isolationProblems(allow(action, 'arn:aws:sqs:::x'), data)).toEqual([
        `${action} lets a tenant read through a service with permissions of its own`,
      ]);
    },
  );

  it.each([[['*']], [['*', '*']]])('fails for %j, named once a kind of problem', (actions) => {
    expect(isolationProblems(allow(actions, 'arn:aws:sqs:::x'), data)).toEqual([
      '* lets a tenant act on identities or roles',
      '* lets a tenant read through a service with permissions of its own',
    ]);
  });

  it.each<{ name: string; statement: PolicyStatement }>([
    { name: 'everything', statement: allow('dynamodb:*', '*') },
    { name: 'everything of AWS', statement: allow('dynamodb:GetItem', 'arn:*') },
    { name: 'everything of DynamoDB', statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:*') },
    {
      name: "a table named by a variable in Terraform's writing",
      statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:123456789012:table/&{aws:PrincipalTag/team}'),
    },
    {
      name: 'a table named by a directive of Terraform',
      statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:123456789012:table/%{ if true }app%{ endif }'),
    },
    { name: 'the table', statement: allow('dynamodb:*', table) },
    { name: 'a literal ARN', statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:123456789012:table/app') },
    { name: 'all tables', statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:*:*:table/*') },
    { name: 'tables whose name is like it', statement: allow('dynamodb:GetItem', 'arn:aws:dynamodb:eu-central-1:*:table/a??') },
    { name: 'a table that is not known yet', statement: allow('dynamodb:GetItem', '${aws_dynamodb_table.x.arn}') },
    {
      name: 'a table named by the tenant',
      statement: allow('dynamodb:GetItem', `arn:aws:dynamodb:eu-central-1:123456789012:table/${TENANT}`),
    },
    { name: 'its indexes', statement: allow('dynamodb:Query', `${table}/index/*`) },
    { name: 'its stream', statement: allow('dynamodb:GetRecords', `${table}/stream/2026-01-01`) },
    { name: 'one of several resources', statement: allow('dynamodb:GetItem', ['arn:aws:dynamodb:eu-central-1:1:table/b', table]) },
    { name: 'Scan with leading-key conditions', statement: allow('dynamodb:Scan', table, OWN_ITEMS) },
    { name: 'PartiQL with leading-key conditions', statement: allow('dynamodb:PartiQLSelect', table, OWN_ITEMS) },
    { name: 'a wildcard with leading-key conditions', statement: allow('dynamodb:Get*', table, OWN_ITEMS) },
    { name: 'Scan beside GetItem', statement: allow(['dynamodb:GetItem', 'dynamodb:Scan'], table, OWN_ITEMS) },
    { name: 'GetItem without Null', statement: allow('dynamodb:GetItem', table, leadingKeys(TENANT)) },
    { name: 'GetItem with Null alone', statement: allow('dynamodb:GetItem', table, PRESENT) },
    {
      name: 'GetItem with Null true',
      statement: allow('dynamodb:GetItem', table, { ...leadingKeys(TENANT), Null: { 'dynamodb:LeadingKeys': 'true' } }),
    },
    {
      name: 'GetItem with Null on another key',
      statement: allow('dynamodb:GetItem', table, { ...leadingKeys(TENANT), Null: { 'dynamodb:Attributes': 'false' } }),
    },
    {
      name: 'GetItem with a default in the variable',
      statement: allow('dynamodb:GetItem', table, { ...PRESENT, ...leadingKeys("${aws:PrincipalTag/tenant_id, 'public'}") }),
    },
    {
      name: 'GetItem with a second leading key',
      statement: allow('dynamodb:GetItem', table, { ...PRESENT, ...leadingKeys([TENANT, 'public']) }),
    },
    {
      name: 'GetItem with another tag',
      statement: allow('dynamodb:GetItem', table, { ...PRESENT, ...leadingKeys('${aws:PrincipalTag/team}') }),
    },
    {
      name: 'GetItem with ForAnyValue',
      statement: allow('dynamodb:GetItem', table, { ...PRESENT, 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': TENANT } }),
    },
    {
      name: 'GetItem with StringLike',
      statement: allow('dynamodb:GetItem', table, {
        ...PRESENT,
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': `${TENANT}*` },
      }),
    },
    {
      name: 'GetItem with IfExists',
      statement: allow('dynamodb:GetItem', table, { ...PRESENT, [`${KEYS}IfExists`]: { 'dynamodb:LeadingKeys': TENANT } }),
    },
  ])('fails for the table: $name', ({ statement }) => {
    expect(isolationProblems(statement, data)).toEqual([expect.stringContaining('it reaches the tenant table')]);
  });

  it.each<{ name: string; statement: PolicyStatement }>([
    { name: 'the bucket', statement: allow('s3:*', bucket) },
    { name: 'its objects', statement: allow('s3:*', `${bucket}/*`) },
    { name: 'everything', statement: allow('s3:GetObject', '*') },
    { name: 'everything of AWS', statement: allow('s3:GetObject', 'arn:*') },
    { name: 'everything of S3', statement: allow('s3:GetObject', 'arn:aws:s3:*') },
    {
      name: "a bucket named by a variable in Terraform's writing",
      statement: allow('s3:GetObject', 'arn:aws:s3:::&{aws:PrincipalTag/team}/*'),
    },
    {
      name: 'a bucket named by a directive of Terraform',
      statement: allow('s3:GetObject', 'arn:aws:s3:::%{ if true }app%{ endif }/*'),
    },
    { name: 'the literal bucket', statement: allow('s3:ListBucket', 'arn:aws:s3:::app') },
    { name: 'buckets with a longer name too', statement: allow('s3:GetObject', 'arn:aws:s3:::ap*') },
    { name: 'all tenants', statement: allow('s3:GetObject', `${bucket}/tenants/*`) },
    { name: 'one tenant by name', statement: allow('s3:GetObject', `${bucket}/tenants/acme/*`) },
    { name: 'the prefix without the slash', statement: allow('s3:GetObject', `${bucket}/tenants/${TENANT}*`) },
    { name: 'the prefix of another tag', statement: allow('s3:GetObject', `${bucket}/tenants/\${aws:PrincipalTag/team}/*`) },
    {
      name: 'the prefix with a default in the variable',
      statement: allow('s3:GetObject', `${bucket}/tenants/\${aws:PrincipalTag/tenant_id, 'public'}/*`),
    },
    { name: 'a pattern that ends in the own prefix', statement: allow('s3:GetObject', `arn:aws:s3:::*app/tenants/${TENANT}/*`) },
    { name: 'the own prefix deeper in any bucket', statement: allow('s3:GetObject', `arn:aws:s3:::*/app/tenants/${TENANT}/*`) },
    { name: 'the own prefix without an ARN before it', statement: allow('s3:GetObject', `*app/tenants/${TENANT}/*`) },
    { name: 'the prefix and more', statement: allow('s3:GetObject', [`${bucket}/tenants/${TENANT}/*`, `${bucket}/shared/*`]) },
    { name: 'listing, even by prefix', statement: allow('s3:ListBucketVersions', bucket, OWN_PREFIX) },
    { name: 'an access point', statement: allow('S3:GetObject', 'arn:aws:s3:eu-central-1:123456789012:accesspoint/app') },
    {
      name: 'objects behind an access point',
      statement: allow('s3:GetObject', 'arn:aws:s3:eu-central-1:123456789012:accesspoint/app/object/*'),
    },
    { name: 'all access points', statement: allow('s3:*', 'arn:aws:s3:*:*:accesspoint/*') },
    {
      name: 'access grants',
      statement: allow('s3:GetDataAccess', 'arn:aws:s3:eu-central-1:123456789012:access-grants/default'),
    },
    { name: 'a multi-region access point', statement: allow('s3:GetObject', 'arn:aws:s3::123456789012:accesspoint/app.mrap') },
  ])('fails for the bucket: $name', ({ statement }) => {
    expect(isolationProblems(statement, data)).toEqual([expect.stringContaining('it reaches the tenant bucket')]);
  });

  it.each([
    { name: 'the key', statement: allow('kms:Decrypt', KEY) },
    { name: 'all keys', statement: allow('kms:*', 'arn:aws:kms:*:*:key/*') },
    { name: 'everything', statement: allow('KMS:CreateGrant', '*') },
  ])('fails for the key that encrypts the data: $name', ({ statement }) => {
    expect(isolationProblems(statement, data)).toEqual([expect.stringContaining('it reaches the key')]);
  });

  it.each<{ name: string; statement: PolicyStatement; problems: string[] }>([
    { name: 'NotAction', statement: { Effect: 'Allow', NotAction: 'iam:*', Resource: 'x' }, problems: ['NotAction'] },
    { name: 'NotResource', statement: { Effect: 'Allow', Action: 'sqs:*', NotResource: 'x' }, problems: ['NotResource'] },
    { name: 'both', statement: { Effect: 'Allow', NotAction: 'iam:*', NotResource: 'x' }, problems: ['NotAction', 'NotResource'] },
  ])('fails for $name', ({ statement, problems }) => {
    const expected = problems.map((element) => `${element} allows everything that it does not name`);
    expect(isolationProblems(statement, data)).toEqual(expected);
  });

  it('fails for several reasons at once and names each', () => {
    const found = isolationProblems(allow(['iam:PassRole', 'dynamodb:Scan', 's3:GetObject', 'kms:Decrypt'], '*'), data);
    expect(found).toEqual([
      'iam:PassRole lets a tenant act on identities or roles',
      expect.stringContaining('tenant table'),
      expect.stringContaining('tenant bucket'),
      expect.stringContaining('the key'),
    ]);
  });
});

describe('isolationProblems without shared data', () => {
  const none: SharedData = { tableArns: [], bucketArns: [], kmsKeyArns: [], tenant: DEFAULT_TENANT_CLAIM };

  it.each(['dynamodb:*', 's3:*', 'kms:*'])('accepts %s on everything', (action) => {
    expect(isolationProblems(allow(action, '*'), none)).toEqual([]);
  });

  it('fails for actions on identities all the same', () => {
    expect(isolationProblems(allow('iam:PassRole', '*'), none)).toHaveLength(1);
  });
});
