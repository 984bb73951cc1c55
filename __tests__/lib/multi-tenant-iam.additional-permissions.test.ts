import { type PolicyStatement, TenantBucket, TenantTable } from '../../lib';
import { allow, BUCKET, type Data, iamIn, iamWithData, KEY, TABLE, TENANT } from '../support/granted-iam';
import { addressesOf, refusalOf, type StatementBlock, statementsOf, synthesise, warningsOf } from '../support/synthesis';

const x = (length: number) => 'x'.repeat(length);

const OWN_ITEMS = {
  'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': TENANT },
  Null: { 'dynamodb:LeadingKeys': 'false' },
};

describe('grantAdditionalPermissions', () => {
  const additional = ({ stack }: { stack: Data['stack'] }) => statementsOf(synthesise(stack), 'tenant_additional');

  it.each<{ name: string; statement: (data: Data) => PolicyStatement; block: StatementBlock }>([
    {
      name: "a queue of the tenant's own",
      statement: ({ iam }) => allow('sqs:SendMessage', `arn:aws:sqs:eu-central-1:123456789012:jobs-${iam.tenantVariable}`),
      block: {
        effect: 'Allow',
        actions: ['sqs:SendMessage'],
        resources: ['arn:aws:sqs:eu-central-1:123456789012:jobs-&{aws:PrincipalTag/tenant_id}'],
      },
    },
    {
      name: "object tags under the tenant's prefix",
      statement: ({ bucket, iam }) => allow('s3:GetObjectTagging', `${bucket.bucketArn}/tenants/${iam.tenantVariable}/*`),
      block: {
        effect: 'Allow',
        actions: ['s3:GetObjectTagging'],
        resources: [`${BUCKET}app/tenants/&{aws:PrincipalTag/tenant_id}/*`],
      },
    },
    {
      name: 'items tied to the leading key',
      statement: ({ table }) => allow('dynamodb:GetItem', table.tableArn, OWN_ITEMS),
      block: {
        effect: 'Allow',
        actions: ['dynamodb:GetItem'],
        resources: [`${TABLE}app`],
        condition: [
          { test: 'ForAllValues:StringEquals', variable: 'dynamodb:LeadingKeys', values: ['&{aws:PrincipalTag/tenant_id}'] },
          { test: 'Null', variable: 'dynamodb:LeadingKeys', values: ['false'] },
        ],
      },
    },
    {
      name: 'another table by its literal ARN',
      statement: () => allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/catalogue'),
      block: {
        effect: 'Allow',
        actions: ['dynamodb:Scan'],
        resources: ['arn:aws:dynamodb:eu-central-1:123456789012:table/catalogue'],
      },
    },
    {
      name: 'a Terraform expression',
      statement: () => allow('sns:Publish', '${aws_sns_topic.t.arn}'),
      block: { effect: 'Allow', actions: ['sns:Publish'], resources: ['${aws_sns_topic.t.arn}'] },
    },
    {
      name: 'a Deny of everything',
      statement: () => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      block: {
        effect: 'Deny',
        actions: ['*'],
        resources: ['*'],
        condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
      },
    },
  ])('accepts $name', ({ statement, block }) => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions(statement(data));
    expect(additional(data)).toEqual([block]);
    expect(warningsOf(data.stack)).toEqual([]);
  });

  it('puts all statements into one policy, attached with the others', () => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions({ ...allow('sqs:SendMessage', 'arn:aws:sqs:::a'), Sid: 'A' });
    data.iam.grantAdditionalPermissions({ ...allow('sqs:SendMessage', 'arn:aws:sqs:::b'), Sid: 'B' });
    expect(additional(data).map(({ sid }) => sid)).toEqual(['A', 'B']);
    const names = ['tenant_table', 'tenant_bucket', 'tenant_additional'];
    expect(data.iam.attachments.map(({ friendlyUniqueId }) => friendlyUniqueId)).toEqual(names);
  });

  const identities = 'lets a tenant act on identities or roles';
  const toTable =
    'it reaches the tenant table: allowed there are item operations with ForAllValues:StringEquals dynamodb:LeadingKeys';
  const toBucket = "it reaches the tenant bucket: allowed there are resources under '<bucket ARN>/tenants/<tenant variable>/'";
  const breaking: readonly { name: string; statement: (data: Data) => PolicyStatement; problem: string }[] = [
    { name: '*', statement: () => allow('*', 'arn:aws:sqs:::a'), problem: `* ${identities}` },
    { name: 'iam:*', statement: () => allow('iam:*', '*'), problem: `iam:* ${identities}` },
    { name: 'iam:Pass*', statement: () => allow('iam:Pass*', '*'), problem: `iam:Pass* ${identities}` },
    { name: 'sts:AssumeRole', statement: () => allow('sts:AssumeRole', '*'), problem: `sts:AssumeRole ${identities}` },
    { name: 'STS:assumerole', statement: () => allow('STS:assumerole', '*'), problem: `STS:assumerole ${identities}` },
    {
      name: 'cognito-idp:AdminUpdateUserAttributes',
      statement: () => allow(['cognito-idp:AdminUpdateUserAttributes'], '*'),
      problem: `cognito-idp:AdminUpdateUserAttributes ${identities}`,
    },
    { name: 'dynamodb:* on *', statement: () => allow('dynamodb:*', '*'), problem: toTable },
    { name: 'dynamodb:* on the table', statement: ({ table }) => allow('dynamodb:*', table.tableArn), problem: toTable },
    {
      name: 'dynamodb:* on a literal ARN that matches',
      statement: () => allow('dynamodb:*', 'arn:aws:dynamodb:eu-central-1:123456789012:table/app'),
      problem: toTable,
    },
    { name: 'dynamodb:* on all tables', statement: () => allow('dynamodb:*', 'arn:aws:dynamodb:*:*:table/*'), problem: toTable },
    {
      name: 'Scan with leading keys',
      statement: ({ table }) => allow('dynamodb:Scan', table.tableArn, OWN_ITEMS),
      problem: toTable,
    },
    {
      name: 'GetItem without Null',
      statement: ({ table }) => allow('dynamodb:GetItem', table.tableArn, { ...OWN_ITEMS, Null: {} }),
      problem: toTable,
    },
    {
      name: 'GetItem with a default in the variable',
      statement: ({ table }) =>
        allow('dynamodb:GetItem', table.tableArn, {
          ...OWN_ITEMS,
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': "${aws:PrincipalTag/tenant_id, 'a'}" },
        }),
      problem: toTable,
    },
    { name: 's3:* on the bucket', statement: ({ bucket }) => allow('s3:*', bucket.bucketArn), problem: toBucket },
    { name: 's3:* on its objects', statement: ({ bucket }) => allow('s3:*', `${bucket.bucketArn}/*`), problem: toBucket },
    {
      name: 'the prefix without the slash',
      statement: ({ bucket }) => allow('s3:GetObject', `${bucket.bucketArn}/tenants/${TENANT}*`),
      problem: toBucket,
    },
    {
      name: 'access points',
      statement: () => allow('s3:GetObject', 'arn:aws:s3:eu-central-1:123456789012:accesspoint/app/object/*'),
      problem: toBucket,
    },
    {
      name: 'NotAction',
      statement: () => ({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }),
      problem: 'NotAction allows everything',
    },
    {
      name: 'NotResource',
      statement: () => ({ Effect: 'Allow', Action: 'sqs:*', NotResource: 'arn:aws:sqs:::a' }),
      problem: 'NotResource allows everything',
    },
    {
      name: 'a Terraform expression with braces for the bucket',
      statement: () => allow('s3:GetObject', 'arn:aws:s3:::${lookup({ prod = "app" }, terraform.workspace)}/*'),
      problem: toBucket,
    },
    {
      name: 'a Terraform expression with braces for the action',
      statement: () => allow('${lookup({ a = "iam:PassRole" }, "a")}', '*'),
      problem: identities,
    },
    {
      name: "a policy variable in Terraform's own escape",
      statement: () => allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/$${aws:PrincipalTag/team}'),
      problem: toTable,
    },
    {
      name: 'two branches of a directive for the key',
      statement: () => allow('kms:Decrypt', `${KEY.slice(0, -4)}%{ if true }${KEY.slice(-4)}%{ else }9%{ endif }`),
      problem: 'it reaches the key that encrypts',
    },
    {
      name: 'an unknown ARN with a tail of segments',
      statement: () => allow('s3:GetObject', '${aws_s3_bucket.b.arn}/*:*:*:*:*:*'),
      problem: toBucket,
    },
    { name: 'the key of the data', statement: () => allow('kms:Decrypt', KEY), problem: 'it reaches the key that encrypts' },
  ];

  it.each(breaking)('fails for $name', ({ statement, problem }) => {
    const data = iamWithData();
    const { code, message } = refusalOf(() => {
      data.iam.grantAdditionalPermissions({ ...statement(data), Sid: 'Mine' });
    });
    expect(code).toBe('grant.breaks_isolation');
    expect(message).toMatch(/^stack\/tenants: statement 'Mine' would break the isolation of tenants: /);
    expect(message).toContain(problem);
    expect(message).toMatch(/Narrow it, or take the risk with \{ allowIsolationBypass: true \}\.$/);
    expect(addressesOf(synthesise(data.stack))).not.toContain('aws_iam_policy.tenant_additional');
  });

  it.each(breaking)('adds $name with allowIsolationBypass, and leaves a warning', ({ statement, problem }) => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions(statement(data), { allowIsolationBypass: true });
    expect(additional(data)).toHaveLength(1);
    const [warning, ...others] = warningsOf(data.stack);
    expect(warning).toEqual({ path: 'stack/tenants', message: expect.stringMatching(/^allowIsolationBypass: /) });
    expect(warning?.message).toContain(problem);
    expect(others).toEqual([]);
  });

  it("accepts the tenant's own prefix by an ARN whose partition is written out", () => {
    const data = iamWithData();
    data.iam.grantAdditionalPermissions(allow('s3:GetObjectVersion', `arn:aws:s3:::app/tenants/${TENANT}/*`));
    expect(additional(data)).toHaveLength(1);
    expect(
      refusalOf(() => {
        data.iam.grantAdditionalPermissions(allow('s3:GetObjectVersion', `arn:aws:s3:::app/tenants/${TENANT}*`));
      }).code,
    ).toBe('grant.breaks_isolation');
  });

  it.each<[string, PolicyStatement]>([
    ['an action without a service', allow('i*', '*')],
    ['an empty action', allow('', '*')],
    ['a resource that is no ARN', allow('sqs:SendMessage', 'jobs')],
  ])('fails for %s', (_what, statement) => {
    const { code, message } = refusalOf(() => {
      iamIn().iam.grantAdditionalPermissions(statement);
    });
    expect(code).toBe('config.invalid');
    expect(message).toMatch(/allowed is '\*' or ('<service>:<action>'|an ARN)/);
  });

  it('fails for a Sid that an earlier statement has', () => {
    const { iam } = iamIn();
    iam.grantAdditionalPermissions({ ...allow('xray:PutTraceSegments', '*'), Sid: 'Own' });
    const { code, message } = refusalOf(() => {
      iam.grantAdditionalPermissions({ ...allow('xray:PutTelemetryRecords', '*'), Sid: 'Own' });
    });
    expect(code).toBe('config.invalid');
    expect(message).toContain('\'Sid\' is "Own", which an earlier statement has');
  });

  it('speaks of the statement if it has no Sid', () => {
    const { message } = refusalOf(() => {
      iamIn().iam.grantAdditionalPermissions(allow('iam:PassRole', '*'));
    });
    expect(message).toMatch(/^stack\/tenants: the statement would break/);
  });

  it.each<{ name: string; statement: PolicyStatement; grant: (data: Pick<Data, 'stack' | 'iam'>) => void; problem: string }>([
    {
      name: 'table',
      statement: allow('dynamodb:Scan', '*'),
      grant: ({ stack, iam }) => {
        iam.grantTable(TenantTable.fromTableName(stack, 'app'));
      },
      problem: toTable,
    },
    {
      name: 'second table',
      statement: allow('dynamodb:Scan', 'arn:aws:dynamodb:eu-central-1:123456789012:table/audit'),
      grant: ({ stack, iam }) => {
        iam.grantTable(TenantTable.fromTableName(stack, 'app'));
        iam.grantTable(TenantTable.fromTableName(stack, 'audit'));
      },
      problem: toTable,
    },
    {
      name: 'bucket',
      statement: allow('s3:GetObject', 'arn:aws:s3:::app/*'),
      grant: ({ stack, iam }) => {
        iam.grantBucket(TenantBucket.fromBucketName(stack, 'app'));
      },
      problem: toBucket,
    },
    {
      name: 'key',
      statement: allow('kms:Decrypt', KEY),
      grant: ({ stack, iam }) => {
        iam.grantTable(TenantTable.fromTableName(stack, 'app', { kmsKeyArn: KEY }));
      },
      problem: 'it reaches the key',
    },
  ])('fails when a $name is granted that a statement accepted before reaches', ({ statement, grant, problem }) => {
    const data = iamIn();
    data.iam.grantAdditionalPermissions({ ...statement, Sid: 'Earlier' });
    const { code, message } = refusalOf(() => {
      grant(data);
    });
    expect(code).toBe('grant.breaks_isolation');
    expect(message).toContain("stack/tenants: statement 'Earlier' would break the isolation of tenants");
    expect(message).toContain(problem);
  });

  it.each<{
    name: string;
    statement: PolicyStatement;
    grant: (data: Pick<Data, 'stack' | 'iam'>, name: string) => void;
    problem: string;
  }>([
    {
      name: 'table',
      statement: allow('dynamodb:Scan', '*'),
      grant: ({ stack, iam }, name) => {
        iam.grantTable(TenantTable.fromTableName(stack, name));
      },
      problem: toTable,
    },
    {
      name: 'bucket',
      statement: allow('s3:GetObject', '*'),
      grant: ({ stack, iam }, name) => {
        iam.grantBucket(TenantBucket.fromBucketName(stack, name));
      },
      problem: toBucket,
    },
  ])('warns once of allowIsolationBypass when a $name is granted later', ({ statement, grant, problem }) => {
    const data = iamIn();
    data.iam.grantAdditionalPermissions(statement, { allowIsolationBypass: true });
    expect(warningsOf(data.stack)).toEqual([]);
    grant(data, 'app');
    const warned = [{ path: 'stack/tenants', message: expect.stringContaining(`allowIsolationBypass: ${problem}`) as unknown }];
    expect(warningsOf(data.stack)).toEqual(warned);
    grant(data, 'audit');
    expect(warningsOf(data.stack)).toEqual(warned);
  });

  it('warns of each kind of data that a statement with allowIsolationBypass comes to reach', () => {
    const { stack, iam } = iamIn();
    iam.grantAdditionalPermissions(allow('*', '*'), { allowIsolationBypass: true });
    iam.grantTable(TenantTable.fromTableName(stack, 'app'));
    iam.grantBucket(TenantBucket.fromBucketName(stack, 'app', { kmsKeyArn: KEY }));
    const [first, second, third, ...others] = warningsOf(stack).map(({ message }) => message);
    expect(first).toMatch(/^allowIsolationBypass: \* lets a tenant act on identities or roles; \* lets a tenant read through/);
    expect(second).toMatch(/^allowIsolationBypass: it reaches the tenant table[^;]+$/);
    expect(third).toMatch(/^allowIsolationBypass: it reaches the tenant bucket[^;]+; it reaches the key[^;]+$/);
    expect(others).toEqual([]);
  });

  it('asks no second time about a statement that came with allowIsolationBypass', () => {
    const { stack, iam } = iamIn();
    iam.grantTable(TenantTable.fromTableName(stack, 'app'));
    iam.grantAdditionalPermissions(allow('dynamodb:Scan', '*'), { allowIsolationBypass: true });
    expect(() => {
      iam.grantTable(TenantTable.fromTableName(stack, 'audit'));
    }).not.toThrow();
  });

  it.each([
    { name: 'no Effect', statement: { Action: 'sqs:*', Resource: '*' }, problem: "a statement needs 'Effect', 'Allow' or 'Deny'" },
    {
      name: 'Action and NotAction',
      statement: { Effect: 'Allow', Action: 'sqs:*', NotAction: 'sns:*', Resource: '*' },
      problem: "a statement needs either 'Action' or 'NotAction'",
    },
    {
      name: 'no Resource',
      statement: { Effect: 'Deny', Action: 'sqs:*' },
      problem: "a statement needs either 'Resource' or 'NotResource'",
    },
    {
      name: 'a Principal',
      statement: { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' },
      problem: "'Principal' is no element of a role's policy, known are Sid, Effect,",
    },
    {
      name: 'an unknown element',
      statement: { Effect: 'Allow', Actions: 'sqs:*', Action: 'sqs:*', Resource: '*' },
      problem: "'Actions' is no element of a role's policy",
    },
    {
      name: 'an empty list of actions',
      statement: { Effect: 'Allow', Action: [], Resource: '*' },
      problem: "'Action' must be a string or a list of at least one",
    },
    {
      name: 'a boolean in its condition',
      statement: { Effect: 'Allow', Action: 'sqs:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': true } } },
      problem: "'Condition' must be { operator: { key: value or list of values } } with strings",
    },
    {
      name: 'a space in its Sid',
      statement: { Sid: 'My jobs', Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
      problem: "'Sid' must be letters and digits",
    },
    { name: 'nothing, as it is null', statement: null, problem: "a statement is an object with 'Effect', 'Action' and 'Resource'" },
  ])('fails for a statement with $name, allowIsolationBypass or not', ({ statement, problem }) => {
    for (const allowIsolationBypass of [false, true]) {
      const { code, message } = refusalOf(() => {
        iamWithData().iam.grantAdditionalPermissions(statement as never, { allowIsolationBypass });
      });
      expect(code).toBe('config.invalid');
      expect(message).toMatch(/^stack\/tenants: /);
      expect(message).toContain(problem);
    }
  });

  it('works on after a statement failed for its length or its reach', () => {
    const data = iamWithData();
    const failures = [allow('sqs:SendMessage', `arn:aws:sqs:::${x(6144)}`), allow('iam:PassRole', '*')].map((statement) =>
      refusalOf(() => {
        data.iam.grantAdditionalPermissions(statement);
      }),
    );
    expect(failures.map(({ code }) => code)).toEqual(['limit.exceeded', 'grant.breaks_isolation']);
    data.iam.grantAdditionalPermissions(allow('sqs:SendMessage', 'arn:aws:sqs:::a'));
    data.iam.grantAdditionalPermissions(allow('sqs:SendMessage', 'arn:aws:sqs:::b'));
    expect(additional(data).map(({ resources }) => resources)).toEqual([['arn:aws:sqs:::a'], ['arn:aws:sqs:::b']]);
    expect(warningsOf(data.stack)).toEqual([]);
  });

  it('fails for more than a managed policy holds', () => {
    const { code, message } = refusalOf(() => {
      iamIn().iam.grantAdditionalPermissions(allow('sqs:SendMessage', `arn:aws:sqs:::${x(6144)}`));
    });
    expect(code).toBe('limit.exceeded');
    expect(message).toMatch(/^stack\/tenants\/additional_policy: the policy has at least \d+ characters, IAM takes 6144/);
  });
});
