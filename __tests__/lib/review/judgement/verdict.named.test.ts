import type { AwsAction } from '../../../../lib/isolation';
import { type PolicyStatement, trustPolicy } from '../../../../lib/policy';
import type { RoleFact } from '../../../../lib/review/estate/estate';
import { textReport } from '../../../../lib/review/report/report-text';
import { markdownReport } from '../../../../lib/review/report/report-markdown';
import { review } from '../../../../lib/review/judgement/verdict';
import {
  ACCOUNT,
  actions as readActions,
  ADMISSION,
  BUCKET,
  DESIGN,
  estate,
  fewActions,
  given,
  ISSUER,
  known,
  plan,
  PROVIDER,
  role,
  ROLE,
  roleWith,
  state,
  statements,
  table,
  TABLE,
  TENANT,
  WIDE,
} from '../../../support/estates';

let actions: readonly AwsAction[];
beforeAll(async () => {
  const named = ['iam:PutRolePolicy', 'iam:PutUserPolicy', 'iam:CreatePolicyVersion', 'dynamodb:GetRecords', 's3:GetDataAccess'];
  const more = [...named, 'dynamodb:RestoreTableFromBackup', 's3:ListBucket'];
  actions = [...(await fewActions()), ...(await readActions()).filter(({ name }) => more.includes(name))];
});

const isolationOf = (...roles: readonly RoleFact[]) => review(state(estate({ roles })), actions).isolation;

function allow(Action: string, Resource: string, Condition?: PolicyStatement['Condition']): PolicyStatement {
  return { Sid: 'X', Effect: 'Allow', Action, Resource, Condition };
}

/** Of the leading keys that there are. */
const keys = (operator: string, values: readonly string[]) => ({
  [`ForAllValues:${operator}`]: { 'dynamodb:LeadingKeys': values },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

const tenant = (operator: string, values: string | readonly string[]) => ({
  ...WIDE,
  Condition: { [operator]: { 'aws:PrincipalTag/tenant_id': values } },
});

describe('a grant that speaks of certain tenants', () => {
  it.each<[string, PolicyStatement]>([
    ['the items of one to everybody', allow('dynamodb:GetItem', TABLE, keys('StringEquals', ['acme']))],
    ['the items of some to everybody', allow('dynamodb:GetItem', TABLE, keys('StringLike', ['tenant-*']))],
    ['the objects of one to everybody', allow('s3:GetObject', `${BUCKET}/tenants/acme/*`)],
    ['the listing of one to everybody', allow('s3:ListBucket', BUCKET, { StringLike: { 's3:prefix': 'tenants/acme/*' } })],
    ['everything to one', tenant('StringEquals', 'acme')],
    ['everything to some', tenant('StringLike', 'acme*')],
    ['everything to all but some', tenant('StringNotEquals', ['a', 'ab', 'a-b', 'a.b'])],
  ])('fails the review: %s', (_, statement) => {
    expect(isolationOf(roleWith(statement))).not.toBe('holds');
  });
});

describe('a grant on something by its name', () => {
  it.each([
    ['sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
    ['sts:AssumeRole', 'arn:aws:iam::999999999999:role/admin'],
    ['iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/admin`],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/admin`],
    ['iam:PutUserPolicy', `arn:aws:iam::${ACCOUNT}:user/bob`],
    ['iam:CreatePolicyVersion', `arn:aws:iam::${ACCOUNT}:policy/tenant-table`],
    ['dynamodb:GetRecords', `${TABLE}/stream/2025-05-05T00:00:00.000`],
    ['dynamodb:RestoreTableFromBackup', `${TABLE}/backup/0123`],
    ['dynamodb:Scan', `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/other-*`],
    ['s3:GetObject', 'arn:aws:s3:::backup-*/*'],
    ['s3:GetObject', `arn:aws:s3:eu-central-1:${ACCOUNT}:accesspoint/files/object/*`],
    ['s3:ListBucket', `arn:aws:s3:eu-central-1:${ACCOUNT}:accesspoint/*`],
    ['s3:GetDataAccess', `arn:aws:s3:eu-central-1:${ACCOUNT}:access-grants/default`],
    ['cognito-idp:AdminUpdateUserAttributes', '*'],
    ['athena:StartQueryExecution', '*'],
  ])('fails the review: %s on %s', (action, resource) => {
    expect(isolationOf(roleWith(allow(action, resource)))).not.toBe('holds');
  });
});

describe('a grant under a condition that a caller may meet', () => {
  const two = trustPolicy({ issuers: [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: ['app', 'admin'] }] });
  const wide = (Condition: PolicyStatement['Condition']) => roleWith({ ...WIDE, Condition });

  it.each<[string, RoleFact]>([
    ['the second audience', { ...wide({ StringEquals: { [`${ISSUER}:aud`]: 'admin' } }), trust: known('t', two) }],
    ['one user', wide({ StringEquals: { [`${ISSUER}:sub`]: 'alice' } })],
    ['some users', wide({ StringLike: { [`${ISSUER}:sub`]: 'admin-*' } })],
    ['without TLS', wide({ Bool: { 'aws:SecureTransport': 'false' } })],
    ['from a network', wide({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } })],
  ])('fails the review: %s', (_, of) => {
    expect(isolationOf(of)).not.toBe('holds');
  });
});

describe('a second role that tenants get into', () => {
  it.each<[string, unknown]>([
    ['sts:AssumeRoleWith*', statements({ ...ADMISSION, Action: 'sts:AssumeRoleWith*' })],
    ['sts:Assume*', statements({ ...ADMISSION, Action: 'sts:Assume*' })],
    ['sts:*WebIdentity', statements({ ...ADMISSION, Action: 'sts:*WebIdentity' })],
    ['NotAction', statements({ ...ADMISSION, Action: undefined, NotAction: 'iam:*' })],
    ['Principal *', statements({ ...ADMISSION, Principal: '*' })],
    ['a statement that cannot be read', { Version: '2012-10-17', Statement: [['x']] }],
    ['no document', 'text'],
  ])('fails the review, however its trust policy is written: %s', (_, trust) => {
    const second = { ...roleWith(WIDE), address: 'aws_iam_role.second', arn: `${ROLE}2`, trust: known('second', trust) };
    expect(isolationOf(role(), second)).not.toBe('holds');
  });
});

describe('a change of whose tokens are taken', () => {
  it.each([
    ['the audience', PROVIDER, ISSUER],
    ['the identity provider', `arn:aws:iam::${ACCOUNT}:oidc-provider/new.example`, 'new.example'],
  ])('holds, if all else does: %s', (_, identityProviderArn, issuer) => {
    const trust = known('aws_iam_role.tenant', trustPolicy({ issuers: [{ identityProviderArn, issuer, audiences: ['new'] }] }));
    expect(review(plan({ after: estate({ roles: [role({ trust })] }) }), actions).isolation).toBe('holds');
  });
});

it('holds where a tenant’s keys lie behind a slash', () => {
  const [items] = DESIGN.table.Statement;
  const document = statements({ ...given(items), Condition: keys('StringLike', [`${TENANT}/*`]) });
  const of = role({ identity: [known('x', document), known('y', DESIGN.bucket)] });
  const found = review(state(estate({ roles: [of], tables: [table({ policy: undefined })] })), actions);
  expect(found.isolation).toBe('holds');
});

describe('a policy that is sensitive', () => {
  const secret = {
    name: 'aws_iam_policy.secret',
    sensitive: true,
    document: statements(
      { ...WIDE, Sid: 'HiddenSid' },
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'hidden:key': 'x' } } },
    ),
  };

  it('fails the review by its name alone, in text and markdown', () => {
    const found = review(state(estate({ roles: [role({ identity: [...role().identity, secret] })] })), actions);
    const same = (text: string) => text;
    const text = textReport(found, { bold: same, red: same, green: same, yellow: same, dim: same }).join('\n');
    expect(found.isolation).toBe('broken');
    for (const report of [text, markdownReport(found, 'x')]) {
      expect(report).toContain('aws_iam_policy.secret');
      expect(report).not.toMatch(/hidden/i);
    }
  });
});

it('has no control characters in what a hostile plan makes it say', () => {
  const found = review(state(estate({ roles: [roleWith({ ...WIDE, Sid: 'x\n::error::evil\u001b[2J' })] })), actions);
  const same = (text: string) => text;
  const lines = textReport(found, { bold: same, red: same, green: same, yellow: same, dim: same });
  // eslint-disable-next-line no-control-regex -- that none is in it is the point
  expect(lines.filter((line) => /[\u0000-\u001f\u007f-\u009f]/.test(line))).toEqual([]);
  expect(lines.join('\n')).toContain('evil');
});

it('names the statement that let it, also of attacks with several requests', () => {
  const found = review(state(estate({ roles: [roleWith(WIDE)] })), actions);
  const sids = found.roles.flatMap(({ attacks }) => attacks.leaks.map(({ decision }) => decision.statement?.sid));
  expect(new Set(sids)).toEqual(new Set(['Wide']));
});
