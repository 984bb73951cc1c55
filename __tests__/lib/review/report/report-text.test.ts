import { type AwsAction } from '../../../../lib/isolation';
import { type Paint, textReport } from '../../../../lib/review/report/report-text';
import { review, type Review } from '../../../../lib/review/judgement/verdict';
import {
  actions as readActions,
  bucket,
  change,
  DESIGN,
  estate,
  known,
  less,
  plan,
  role,
  roleWith,
  state,
  statements,
  TABLE,
  WIDE,
} from '../../../support/estates';

const same = (text: string) => text;
const PLAIN: Paint = { bold: same, red: same, green: same, yellow: same, dim: same };
const around = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
const MARKED: Paint = {
  bold: around('bold'),
  red: around('red'),
  green: around('green'),
  yellow: around('yellow'),
  dim: around('dim'),
};

let actions: readonly AwsAction[];
let everything: Review;
beforeAll(async () => {
  actions = await readActions();
  const late = { name: 'aws_iam_policy.late', unknown: 'known after apply' };
  const tenantless = role({
    address: 'aws_iam_role.ci',
    arn: `${role().arn}-ci`,
    trust: known(
      't',
      statements({ Effect: 'Allow', Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' }),
    ),
    identity: [],
  });
  const conditional = { ...WIDE, Sid: 'Perhaps', Action: 'dynamodb:*', Condition: { Bool: { 'unheard:of': 'true' } } };
  const wide = roleWith({ Sid: 'Scan', Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE }, conditional);
  const identity = wide.identity.map((policy) =>
    policy.name === 'aws_iam_policy.bucket' ? known(policy.name, less(DESIGN.bucket, 'TenantListing')) : policy,
  );
  everything = review(
    plan({
      after: estate({
        roles: [{ ...wide, identity }, tenantless],
        buckets: [bucket({ policy: known('aws_s3_bucket_policy.files', less(DESIGN.bucketLock, 'OtherListing1')) })],
        gaps: [
          late,
          {
            name: 'aws_s3_bucket.new',
            unknown: 'its name is known after apply',
            concerns: { kind: 'bucket', arn: 'arn:aws:s3:::new-*' },
          },
        ],
      }),
      changes: [
        change({ address: 'aws_dynamodb_table.old', action: 'destroy' }),
        change({ address: 'aws_s3_bucket.old', action: 'replace', replacedBecause: ['bucket', 'attribute.0.type'] }),
        change({ address: 'aws_sqs_queue.x', action: 'create' }),
      ],
    }),
    actions,
    { allowDestroy: ['aws_s3_bucket.old'] },
  );
});

const headings = (lines: readonly string[]) => lines.filter((line, index) => lines[index - 1] === '' && line !== '');

describe('a report as text', () => {
  it('says first what matters: destroyed data, then attacks, what cannot be told, what is lost, guards, the rest', () => {
    const lines = textReport(everything, PLAIN);
    expect(lines[0]).toBe('Tenant isolation is broken after this plan, 1 resource with data destroyed or replaced');
    expect(headings(lines)).toEqual([
      'Destroyed or replaced',
      'Attacks that get through (aws_iam_role.tenant)',
      'Cannot be told',
      'No longer possible for a tenant on its own data (aws_iam_role.tenant)',
      'Guards that vanish',
      'What a tenant may do on its own data (aws_iam_role.tenant, tenant in aws:PrincipalTag/tenant_id)',
      "Attacks, the role's own policies alone (aws_iam_role.tenant)",
      'Not judged',
      'Other changes',
    ]);
  });

  it('says of each finding what it is', () => {
    const lines = textReport(everything, PLAIN);
    for (const line of [
      '  aws_dynamodb_table.old is destroyed',
      '  aws_s3_bucket.old is replaced, what it holds is lost (forced by bucket, attribute.0.type), as wanted',
      '  new: the whole table: no key, scans, PartiQL: 1 attack gets through',
      `    witness  tenant 'a': dynamodb:Scan on ${TABLE} with no dynamodb:LeadingKeys`,
      '    because  allowed by statement Scan of aws_iam_role_policy.more',
      "    lock     only the policy of the table or bucket still denies it; the role's own policies do not",
      '  aws_iam_policy.late: known after apply',
      '  s3:ListBucket on arn:aws:s3:::files',
      '  aws_s3_bucket_policy.files: denial OtherListing1',
      '  aws_iam_role.ci: it takes tokens, but no tenant’s',
      '  aws_s3_bucket.new: its name is known after apply',
      '  create   aws_sqs_queue.x',
      '    may: begin a session',
    ]) {
      expect(lines).toContain(line);
    }
    expect(lines.some((line) => line.includes('statement Perhaps of aws_iam_role_policy.more: Bool unheard:of'))).toBe(true);
  });

  it('has no codes of its own, and is painted where that is wanted', () => {
    // eslint-disable-next-line no-control-regex -- that none is in it is the point
    expect(textReport(everything, PLAIN).join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    const painted = textReport(everything, MARKED);
    expect(painted[0]).toMatch(/^<bold><red>.*<\/red><\/bold>$/);
    expect(painted).toContain('  <red>aws_dynamodb_table.old is destroyed</red>');
    expect(painted.find((line) => line.includes('aws_s3_bucket.old'))).not.toContain('<red>');
    expect(painted.join('\n').replace(/<\/?(?:bold|red|green|yellow|dim)>/g, '')).toBe(textReport(everything, PLAIN).join('\n'));
  });

  it.each(['green', 'yellow', 'red'] as const)('has a headline that is %s', (colour) => {
    const of = { green: 'holds', yellow: 'unknown', red: 'broken' } as const;
    expect(textReport({ ...everything, isolation: of[colour] }, MARKED)[0]).toContain(`<${colour}>`);
  });

  it('has nothing but the sections that there are', () => {
    expect(headings(textReport(review(state(), actions), PLAIN))).toEqual([
      'What a tenant may do on its own data (aws_iam_role.tenant, tenant in aws:PrincipalTag/tenant_id)',
      "Attacks, the role's own policies alone (aws_iam_role.tenant)",
    ]);
    expect(
      textReport({ ...everything, roles: [], destroyed: [], unknown: [], guards: [], notJudged: [], others: [] }, PLAIN),
    ).toHaveLength(1);
  });

  it('lists the attacks by group in columns that add up', () => {
    const lines = textReport(review(state(), actions), PLAIN);
    const rows = lines.slice(lines.indexOf("Attacks, the role's own policies alone (aws_iam_role.tenant)") + 2);
    const numbers = rows.map(
      (row) =>
        /(\S+) +(\S+)$/
          .exec(row)
          ?.slice(1)
          .map((each) => Number(each.replace(',', ''))) ?? [],
    );
    const total = numbers.pop();
    expect(rows.at(-1)).toMatch(/^ {2}all /);
    expect(numbers.reduce((sum, [tried = 0]) => sum + tried, 0)).toBe(total?.[0]);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  });

  it('marks rows of attacks that were not all denied', () => {
    const lines = textReport(everything, MARKED);
    expect(lines.find((line) => line.includes('no key, scans') && !line.includes('attack'))).toContain('<red>');
    expect(lines.find((line) => line.includes('roles, policies, identity providers'))).not.toContain('<red>');
  });

  it('cuts a long list of other changes, and says how many more there are', () => {
    const others = Array.from({ length: 1500 }, (_, index) => ({ address: `aws_sqs_queue.q${index}`, action: 'update' as const }));
    const lines = textReport({ ...everything, others }, PLAIN);
    expect(lines.at(-1)).toBe('  and 1,300 more');
    expect(lines.filter((line) => line.includes('aws_sqs_queue.'))).toHaveLength(200);
  });

  it('tells what a tenant may not do from what it perhaps may', () => {
    const denying = { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' } as const;
    const perhaps = {
      Effect: 'Deny',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { Bool: { 'unheard:of': 'true' } },
    } as const;
    const lines = textReport(review(state(estate({ roles: [roleWith(denying, perhaps)] })), actions), PLAIN);
    expect(lines).toContain('    may not: PutObject');
    expect(lines).toContain('    perhaps: GetObject');
  });
});
