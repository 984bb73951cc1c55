import { type AwsAction } from '../../../../lib/isolation';
import { jsonReport } from '../../../../lib/review/report/report-json';
import { review, type Review } from '../../../../lib/review/judgement/verdict';
import {
  AUDIENCE,
  DESIGN,
  ROLE,
  TABLE,
  WIDE,
  actions as readActions,
  change,
  estate,
  plan,
  role,
  roleWith,
  state,
  statements,
} from '../../../support/estates';

interface Report {
  readonly roles: readonly {
    readonly attacks: {
      readonly tried: number;
      readonly denied: number;
      readonly groups: readonly object[];
      readonly leaks: readonly object[];
    };
    readonly own: readonly object[];
  }[];
}

let actions: readonly AwsAction[];
beforeAll(async () => {
  actions = await readActions();
});

const reported = (of: Review) => JSON.parse(JSON.stringify(jsonReport(of, 'production'))) as Report;
const leaking = () =>
  review(
    plan({
      after: estate({ roles: [roleWith({ Sid: 'Scan', Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE })] }),
      changes: [
        change({ address: 'aws_s3_bucket.old', action: 'destroy' }),
        change({ address: 'aws_sqs_queue.x', action: 'create' }),
      ],
    }),
    actions,
  );

describe('a report as JSON', () => {
  it('has keys that stay', () => {
    const report = reported(leaking());
    expect(Object.keys(report)).toEqual([
      'schemaVersion',
      'label',
      'kind',
      'isolation',
      'exitCode',
      'destroyed',
      'roles',
      'guardsVanished',
      'chosen',
      'unknown',
      'notJudged',
      'otherChanges',
    ]);
    expect(report).toMatchObject({
      schemaVersion: 1,
      label: 'production',
      kind: 'plan',
      isolation: 'broken',
      exitCode: 1,
      destroyed: [{ address: 'aws_s3_bucket.old', action: 'destroy', because: [], allowed: false }],
      guardsVanished: [],
      unknown: [],
      notJudged: [],
      otherChanges: [{ address: 'aws_sqs_queue.x', action: 'create' }],
    });
  });

  it('has each role with what it shares, how it was attacked and what its tenants can do', () => {
    const [of] = reported(review(state(), actions)).roles;
    expect(of).toMatchObject({
      address: 'aws_iam_role.tenant',
      roleArn: ROLE,
      tenant: 'aws:PrincipalTag/tenant_id',
      identityProvider: 'arn:aws:iam::123456789012:oidc-provider/login.example.com',
      tables: [{ arn: TABLE, keys: ['{tenant}'] }],
      buckets: [{ arn: 'arn:aws:s3:::files', prefixes: ['tenants/{tenant}/'] }],
      lost: [],
    });
    expect(of?.attacks.tried).toBeGreaterThan(10_000);
    expect(of?.attacks.denied).toBe(of?.attacks.tried);
    expect(of?.attacks.leaks).toEqual([]);
    expect(of?.attacks.groups[0]).toEqual({
      group: 'other-items',
      tried: expect.any(Number) as number,
      denied: expect.any(Number) as number,
      allowed: 0,
      unknown: 0,
    });
    expect(of?.own[0]).toEqual({
      name: 'begin a session',
      on: ROLE,
      effect: 'allow',
      decision: {
        effect: 'allow',
        reason: 'allowed',
        statement: { policy: 'aws_iam_role.tenant', index: 0, sid: 'TenantSession' },
      },
    });
  });

  it('has of each leak a witness that a program can try again', () => {
    expect(reported(leaking()).roles[0]?.attacks.leaks).toEqual([
      {
        group: 'no-key',
        effect: 'allow',
        count: 1,
        before: 'deny',
        withAllLocks: 'deny',
        witness: {
          session: "tenant 'a'",
          requests: [
            {
              principal: {
                kind: 'role-session',
                roleArn: ROLE,
                sessionArn: 'arn:aws:sts::123456789012:assumed-role/tenant/session',
                account: '123456789012',
              },
              action: 'dynamodb:Scan',
              resource: TABLE,
              context: expect.objectContaining({ 'aws:PrincipalTag/tenant_id': ['a'], 'aws:SecureTransport': ['true'] }) as object,
            },
          ],
        },
        decision: { effect: 'allow', reason: 'allowed', statement: { policy: 'aws_iam_role_policy.more', index: 0, sid: 'Scan' } },
      },
    ]);
  });

  it('says null where there was no before, and nobody’s session', () => {
    const trust = { name: 'late', unknown: 'known after apply' };
    const late = review(plan({ before: estate(), after: estate({ roles: [role({ trust })] }) }), actions);
    const leaks = reported(late).roles[0]?.attacks.leaks as { readonly witness: { readonly session: unknown } }[];
    expect(leaks.some(({ witness }) => witness.session === null)).toBe(true);
    const now = review(
      state(estate({ roles: [roleWith({ Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE })] })),
      actions,
    );
    expect(reported(now).roles[0]?.attacks.leaks).toMatchObject([{ before: null }]);
  });

  it('has nothing of the documents themselves, sensitive or not', () => {
    const secret = {
      name: 'aws_iam_policy.secret',
      sensitive: true,
      document: {
        Version: '2012-10-17',
        Id: 'hidden-id',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'dynamodb:Scan',
            Resource: [TABLE, `${TABLE}/hidden`],
            Condition: { StringLike: { 'aws:PrincipalTag/tenant_id': ['a', 'hidden-*'] } },
          },
        ],
      },
    };
    const found = review(plan({ after: estate({ roles: [role({ identity: [...role().identity, secret] })] }) }), actions);
    const text = JSON.stringify(jsonReport(found, 'x'));
    expect(found.isolation).toBe('broken');
    expect(text).toContain('aws_iam_policy.secret');
    expect(text).not.toContain('hidden');
  });

  it('has of a policy that is sensitive the name alone', () => {
    const document = statements(
      { ...WIDE, Sid: 'HiddenSid' },
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'hidden:key': 'x' } } },
    );
    const identity = [...role().identity, { name: 'aws_iam_policy.secret', sensitive: true, document }];
    const trust = { name: 'aws_iam_role.tenant', sensitive: true, document: DESIGN.trust };
    const text = JSON.stringify(jsonReport(review(state(estate({ roles: [role({ identity, trust })] })), actions), 'x'));
    expect(text).toContain('aws_iam_policy.secret');
    expect(text).not.toMatch(/hidden/i);
    expect(text).not.toContain(AUDIENCE);
  });
});
