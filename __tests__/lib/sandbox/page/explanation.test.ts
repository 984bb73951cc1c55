import { type CompiledPolicy, compilePolicy, decide, type PolicySet, RequestContext } from '../../../../lib/isolation';
import type { AuditCheck } from '../../../../lib/sandbox/audit/audit-record';
import { explanationOf } from '../../../../lib/sandbox/page/explanation';
import { ACCOUNT, BUCKET, DESIGN, policies, ROLE, TABLE, WIDE } from '../../../support/estates';

type Context = Record<string, string | readonly string[] | undefined>;

/** Explains what comes of a request of a tenant's session. */
function explained(action: string, resource: string, context: Context, policySet: PolicySet) {
  const request = {
    principal: { kind: 'role-session', roleArn: ROLE, sessionArn: 'arn:session', account: ACCOUNT },
    action,
    resource,
    context: RequestContext.open({
      'aws:PrincipalArn': ROLE,
      'aws:PrincipalTag/tenant_id': 'acme',
      'aws:SecureTransport': 'true',
      ...context,
    }),
  } as const;
  const check: AuditCheck = { action, resource, ...decide(request, policySet), context: request.context.toJSON() };
  return explanationOf(check, { request, policies: policySet });
}

/** What is told of each statement, in order. */
function told(...given: Parameters<typeof explained>) {
  return explained(...given).statements.map(({ sid, decided, why, mark }) => ({ sid, decided, why, mark: mark.join(' ') }));
}

const { identity } = policies();
const lock = (arn: string): CompiledPolicy[] =>
  [policies().resources.get(arn)].flatMap((each) => (each === undefined ? [] : [each]));
const OWN = { 'dynamodb:LeadingKeys': 'acme' };
const OTHER = { 'dynamodb:LeadingKeys': 'globex' };

function policyOf(...statements: object[]): CompiledPolicy {
  return compilePolicy('p', { Version: '2012-10-17', Statement: statements }, 'identity');
}

describe('explanationOf', () => {
  it('names the statement that allows, with its text', () => {
    const { summary, effect, statements, others, context } = explained('dynamodb:GetItem', TABLE, OWN, {
      identity,
      resource: lock(TABLE),
    });
    expect({ summary, effect, others }).toStrictEqual({
      effect: 'allow',
      summary: 'A statement allows it, and nothing is against it.',
      others: 6,
    });
    expect(statements).toStrictEqual([
      {
        policy: 'table',
        sid: 'TenantItems',
        index: 0,
        effect: 'Allow',
        decided: true,
        why:
          "It matches, and it allows. dynamodb:LeadingKeys is 'acme'; ForAllValues:StringEquals asks for 'acme'. " +
          'dynamodb:LeadingKeys is in the request.',
        mark: [],
        document: DESIGN.table.Statement[0],
      },
    ]);
    expect(context).toHaveProperty(['dynamodb:LeadingKeys'], ['acme']);
  });

  it('tells no others where it is allowed', () => {
    expect(told('s3:GetObject', `${BUCKET}/tenants/acme/a`, {}, { identity })).toMatchObject([
      { sid: 'TenantObjects', decided: true },
    ]);
  });

  it('names the statement that denies, and the one that came nearest', () => {
    expect(told('dynamodb:GetItem', TABLE, OTHER, { identity, resource: lock(TABLE) })).toStrictEqual([
      {
        sid: 'OtherItems1',
        decided: true,
        why:
          "It matches, and it denies. dynamodb:LeadingKeys is 'globex'; ForAnyValue:StringNotEquals asks for anything but 'acme'. " +
          `aws:PrincipalArn is '${ROLE}'; ArnEquals asks for '${ROLE}'.`,
        mark: '',
      },
      {
        sid: 'TenantItems',
        decided: false,
        why: "dynamodb:LeadingKeys is 'globex'; ForAllValues:StringEquals asks for 'acme'.",
        mark: 'Condition ForAllValues:StringEquals dynamodb:LeadingKeys',
      },
    ]);
  });

  it('tells what a matching denial does not leave out', () => {
    const [denial] = told('s3:GetObject', `${BUCKET}/tenants/globex/a`, {}, { identity, resource: lock(BUCKET) });
    expect(denial?.why).toMatch(
      /^It matches, and it denies\. arn:.*globex\/a is not among the resources that it leaves out: '.*files', '.*tenants\/acme\/\*'\. aws:PrincipalArn is/,
    );
    const [scan] = told('dynamodb:Scan', TABLE, { 'dynamodb:LeadingKeys': undefined }, { identity, resource: lock(TABLE) });
    expect(scan?.why).toContain('dynamodb:Scan is not among the actions that it leaves out.');
  });

  it('tells what failed: action, resource, condition, a key that is absent', () => {
    const ask = (action: string, resource: string, context: Context = {}) => told(action, resource, context, { identity }).at(0);
    expect(ask('dynamodb:Scan', TABLE)).toMatchObject({
      sid: 'TenantItems',
      why: 'dynamodb:Scan is not among its actions.',
      mark: 'Action',
    });
    const object = `${BUCKET}/tenants/globex/a`;
    expect(ask('s3:GetObject', object)).toMatchObject({
      sid: 'TenantObjects',
      why: `${object} is not among its resources: '${BUCKET}/tenants/acme/*'.`,
      mark: 'Resource',
    });
    expect(ask('s3:ListBucket', BUCKET, { 's3:prefix': undefined })).toMatchObject({
      why: "s3:prefix is not in the request; StringLike asks for 'tenants/acme/*'.",
      mark: 'Condition StringLike s3:prefix',
    });
    expect(ask('dynamodb:GetItem', TABLE, { 'dynamodb:LeadingKeys': undefined })).toMatchObject({
      why: 'dynamodb:LeadingKeys is not in the request.',
      mark: 'Condition Null dynamodb:LeadingKeys',
    });
  });

  it('finds the value of a variable whatever its case', () => {
    const own = policyOf({ Effect: 'Allow', Action: 's3:*', Resource: BUCKET + '/${AWS:principaltag/TENANT_ID}/*' });
    expect(told('s3:GetObject', `${BUCKET}/a`, {}, { identity: [own] })[0]?.why).toContain(`: '${BUCKET}/acme/*'.`);
  });

  it('tells a statement for others after one for other resources', () => {
    const statement = { Effect: 'Allow', Principal: '*', Action: 's3:*' };
    const others = { ...statement, Sid: 'Others', Principal: { AWS: 'arn:aws:iam::123456789012:role/other' }, Resource: '*' };
    const elsewhere = { ...statement, Sid: 'Elsewhere', Resource: 'arn:aws:s3:::other' };
    const resource = [compilePolicy('p', { Version: '2012-10-17', Statement: [others, elsewhere] }, 'resource')];
    expect(told('s3:GetObject', `${BUCKET}/a`, {}, { resource })).toMatchObject([
      { sid: 'Elsewhere', mark: 'Resource' },
      { sid: 'Others', mark: 'Principal', why: 'The caller is not its principal.' },
    ]);
  });

  it('leaves a variable that has no value as it is written', () => {
    const own = policyOf({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringEquals: { 's3:x': '${aws:PrincipalTag/none}' } },
    });
    expect(
      told('s3:GetObject', `${BUCKET}/a`, { 's3:x': 'a', 'aws:PrincipalTag/none': undefined }, { identity: [own] })[0]?.why,
    ).toBe("s3:x is 'a'; StringEquals asks for '${aws:PrincipalTag/none}'.");
  });

  it('says of what is undecided that it is denied for that', () => {
    const own = policyOf({ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:Unheard': 'x' } } });
    const { summary, statements, effect } = explained('s3:GetObject', `${BUCKET}/a`, {}, { identity: [own] });
    expect(effect).toBe('unknown');
    expect(summary).toContain('what is not certain is denied');
    expect(statements).toMatchObject([{ decided: true, why: expect.stringMatching(/^It may match or not\. aws:Unheard/) }]);
  });

  it('says which side is against it, though a statement allows it', () => {
    const wide = policyOf(WIDE);
    const boundary = [compilePolicy('boundary', { Version: '2012-10-17', Statement: [] }, 'identity')];
    const { summary, statements } = explained('s3:GetObject', `${BUCKET}/a`, {}, { identity: [wide], boundary });
    expect(summary).toContain('permissions boundary');
    expect(statements).toMatchObject([{ sid: 'Wide', decided: false, why: 'It matches, and it allows.' }]);
    expect(explained('s3:GetObject', `${BUCKET}/a`, {}, { identity: [wide], session: boundary }).summary).toContain(
      'session policy',
    );
  });

  it('tells the nearest first, four at most, and none of other services', () => {
    const statement = (Sid: string, changes: object) => ({
      Sid,
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: '*',
      ...changes,
    });
    const Condition = { StringEquals: { 'aws:PrincipalTag/tenant_id': 'globex' } };
    const own = policyOf(
      statement('Foreign', { Action: 'dynamodb:GetItem' }),
      statement('Action', { Action: 's3:PutObject' }),
      statement('Resource', { Resource: 'arn:aws:s3:::other/*' }),
      statement('Condition', { Condition }),
      statement('Second', { Condition }),
      statement('Third', { Condition }),
    );
    const { statements, others } = explained('s3:GetObject', `${BUCKET}/a`, {}, { identity: [own] });
    expect(statements.map(({ sid }) => sid)).toStrictEqual(['Condition', 'Second', 'Third', 'Resource']);
    expect(others).toBe(2);
  });

  it('reads a single statement, and NotAction and NotResource', () => {
    const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', NotAction: 's3:*', Resource: '*' } };
    const own = compilePolicy('p', document, 'identity');
    expect(explained('s3:GetObject', `${BUCKET}/a`, {}, { identity: [own] }).statements).toMatchObject([
      { why: 's3:GetObject is among the actions that it leaves out.', mark: ['NotAction'], document: document.Statement },
    ]);
    const other = policyOf({ Effect: 'Allow', Action: 's3:*', NotResource: ['a', 'b', 'c', '*'].map((key) => `${BUCKET}/${key}`) });
    expect(told('s3:GetObject', `${BUCKET}/a`, {}, { identity: [other] })[0]).toMatchObject({
      why: `${BUCKET}/a is among the resources that it leaves out.`,
      mark: 'NotResource',
    });
  });

  it('refuses to show a policy that is sensitive', () => {
    const hidden = compilePolicy(
      'p',
      { Version: '2012-10-17', Statement: [{ ...WIDE, Resource: 'arn:aws:s3:::secret/*' }] },
      'identity',
      { sensitive: true },
    );
    const told = explained('s3:GetObject', `${BUCKET}/a`, {}, { identity: [hidden] });
    expect(told.statements[0]?.document).toBeUndefined();
    expect(told.statements).toHaveLength(1);
    expect(JSON.stringify(told)).not.toMatch(/secret|Wide/);
  });

  it('tells what the audit log holds where nothing else is known any more', () => {
    const check: AuditCheck = { action: 's3:GetObject', resource: '*', effect: 'deny', reason: 'no-allow', context: {} };
    expect(explanationOf(check)).toStrictEqual({
      action: 's3:GetObject',
      resource: '*',
      effect: 'deny',
      summary: 'No statement allows it.',
      statements: [],
      others: 0,
      context: {},
    });
  });
});
