import { type AwsAction, type Leak } from '../../../../lib/isolation';
import { tableAccessPolicy } from '../../../../lib/policy';
import type { PlanFacts, PlannedChange, StateFacts, UnknownPolicy } from '../../../../lib/review/estate/estate';
import { countingLeaks, exitCodeOf, review, type ReviewOptions } from '../../../../lib/review/judgement/verdict';
import {
  ADMISSION,
  bucket,
  BUCKET,
  change,
  DESIGN,
  estate,
  fewActions,
  known,
  less,
  plan,
  role,
  ROLE,
  roleWith,
  state,
  statements,
  table,
  TABLE,
  WIDE,
} from '../../../support/estates';

let actions: readonly AwsAction[];
beforeAll(async () => {
  actions = await fewActions();
});

const judged = (facts: PlanFacts | StateFacts, options?: ReviewOptions) => review(facts, actions, options);
/** Isolation and exit code. */
const verdict = (facts: PlanFacts | StateFacts, options?: ReviewOptions) => {
  const found = judged(facts, options);
  return [found.isolation, exitCodeOf(found)];
};

const [scan] = [{ Sid: 'Scan', Effect: 'Allow', Action: 'dynamodb:Scan', Resource: TABLE } as const];
const unlocked = { tables: [table({ policy: undefined })], buckets: [bucket({ policy: undefined })] };

describe('isolation', () => {
  it('holds for the design, deployed, planned and synthesised', () => {
    expect(verdict(state())).toEqual(['holds', 0]);
    expect(verdict(plan())).toEqual(['holds', 0]);
    expect(verdict(plan({ before: estate({ roles: [], tables: [], buckets: [] }) }))).toEqual(['holds', 0]);
    expect(review(state(), actions, {}, 'stack')).toMatchObject({ kind: 'stack', isolation: 'holds' });
    expect([judged(state()).kind, judged(plan()).kind]).toEqual(['state', 'plan']);
  });

  it('holds by the role alone, without a second lock', () => {
    expect(verdict(state(estate(unlocked)))).toEqual(['holds', 0]);
  });

  it('fails where the role is too wide, though the second lock stops it, unless one lock is said to do', () => {
    const wide = state(estate({ roles: [roleWith(WIDE)] }));
    expect(verdict(wide)).toEqual(['broken', 1]);
    expect(verdict(wide, { oneLock: true })).toEqual(['holds', 0]);
    const open = state(estate({ roles: [roleWith(WIDE)], ...unlocked }));
    expect(verdict(open, { oneLock: true })).toEqual(['broken', 1]);
    const half = state(estate({ roles: [roleWith(WIDE)], tables: unlocked.tables }));
    expect(verdict(half, { oneLock: true })).toEqual(['broken', 1]);
  });

  it('fails after the plan, not for what the plan mends', () => {
    const wide = estate({ roles: [roleWith(scan)] });
    expect(verdict(plan({ after: wide }))).toEqual(['broken', 1]);
    expect(verdict(plan({ before: wide }))).toEqual(['holds', 0]);
    expect(verdict(plan({ before: wide, after: wide }))).toEqual(['broken', 1]);
    expect(judged(plan({ after: wide })).roles[0]?.attacks.leaks.map(({ before }) => before)).toEqual(['deny']);
    expect(judged(plan({ before: wide, after: wide })).roles[0]?.attacks.leaks.map(({ before }) => before)).toEqual(['allow']);
  });

  it('fails if one of several roles is too wide', () => {
    const other = { ...roleWith(scan), address: 'aws_iam_role.other', arn: `${role().arn}2` };
    expect(verdict(state(estate({ roles: [role(), other] })))).toEqual(['broken', 1]);
  });

  it('is a matter of the trust policy, too', () => {
    const open = known('t', statements({ ...ADMISSION, Condition: {} }));
    expect(verdict(state(estate({ roles: [role({ trust: open })] })))).toEqual(['broken', 1]);
  });
});

describe('what cannot be told', () => {
  const late = (name: string) => ({ name, unknown: 'known after apply' });

  it.each<[string, StateFacts]>([
    ['a policy of the role', state(estate({ roles: [role({ identity: [...role().identity, late('aws_iam_policy.late')] })] }))],
    ['the policy of the bucket', state(estate({ buckets: [bucket({ policy: late('aws_s3_bucket_policy.files') })] }))],
    ['the policy of the table', state(estate({ tables: [table({ policy: late('aws_dynamodb_resource_policy.data') })] }))],
    ['the trust policy', state(estate({ roles: [role({ trust: late('aws_iam_role.tenant') })] }))],
    ['a trust policy beside', state(estate({ roles: [role(), role({ address: 'aws_iam_role.b', trust: late('b') })] }))],
    ['a gap', state(estate({ gaps: [late('aws_iam_role_policy_attachment.x')] }))],
    ['data that is not there', state(estate({ tables: [] }))],
  ])('is no pass: %s', (_, facts) => {
    expect(verdict(facts)).toEqual(['unknown', 2]);
  });

  it('is less than what gets through for sure', () => {
    expect(verdict(state(estate({ roles: [roleWith(scan)], gaps: [late('x')] })))).toEqual(['broken', 1]);
  });

  it('is told by the caller: there is no policy, or it is this', () => {
    const facts = state(estate({ tables: [] }));
    expect(verdict(facts, { policies: new Map([[TABLE, undefined]]) })).toEqual(['holds', 0]);
    expect(verdict(facts, { policies: new Map([[TABLE, DESIGN.tableLock]]) })).toEqual(['holds', 0]);
    expect(verdict(facts, { policies: new Map([[TABLE, 'text']]) })).toEqual(['unknown', 2]);
  });

  it.each<[string, UnknownPolicy['concerns'], counts: boolean]>([
    ['of anything', undefined, true],
    ['of this bucket', { kind: 'bucket', arn: BUCKET }, true],
    ['of a bucket that may be any', { kind: 'bucket' }, true],
    ['of a bucket of another name', { kind: 'bucket', arn: 'arn:aws:s3:::new-*' }, false],
    ['of a bucket of another name that grants', { kind: 'bucket', arn: 'arn:aws:s3:::new-*', grants: true }, true],
    ['of this table', { kind: 'table', arn: TABLE }, true],
    ['of another table', { kind: 'table', arn: `${TABLE}-new` }, false],
    ['of this role', { kind: 'role', arn: ROLE.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam') }, true],
    ['of another role', { kind: 'role', arn: `${ROLE}-new` }, false],
    ['of a role that may be this', { kind: 'role', arn: `${ROLE.slice(0, -2)}*` }, true],
    ['of a key', { kind: 'key' }, false],
  ])('is a gap, as far as it may concern what is judged: %s', (_, concerns, counts) => {
    const gap = { name: 'x', unknown: 'known after apply', concerns };
    const found = judged(state(estate({ gaps: [gap] })));
    const named = { name: 'x', because: 'known after apply' };
    expect([found.isolation, exitCodeOf(found)]).toEqual(counts ? ['unknown', 2] : ['holds', 0]);
    expect([found.unknown, found.notJudged]).toEqual(counts ? [[named], []] : [[], [named]]);
  });

  it('is a gap of other data that a pattern of the role reaches', () => {
    const gaps = [{ name: 'x', unknown: 'known after apply', concerns: { kind: 'bucket', arn: 'arn:aws:s3:::new-*' } as const }];
    const denied = { Effect: 'Deny', Action: '*', Resource: 'arn:aws:s3:::new-*' } as const;
    const reaching = { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: 'arn:aws:s3:::n*' } as const;
    expect(verdict(state(estate({ gaps, roles: [roleWith(denied)] })))).toEqual(['holds', 0]);
    expect(verdict(state(estate({ gaps, roles: [roleWith(reaching)] })))).toEqual(['unknown', 2]);
  });

  it('is everything without a tenant role', () => {
    const found = judged(state(estate({ roles: [] })));
    expect([found.isolation, exitCodeOf(found)]).toEqual(['unknown', 2]);
    expect(found.unknown).toEqual([{ name: 'tenant role', because: expect.stringContaining('--tenant-tag') as string }]);
  });

  it('is a role whose sessions have no tenant, if there is no other', () => {
    const trust = known(
      't',
      statements({ Effect: 'Allow', Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' }),
    );
    const tenantless = role({ address: 'aws_iam_role.ci', trust, identity: [] });
    expect(judged(state(estate({ roles: [tenantless] })))).toMatchObject({
      isolation: 'unknown',
      notJudged: [{ name: 'aws_iam_role.ci' }],
    });
    expect(judged(state(estate({ roles: [role(), tenantless] })))).toMatchObject({
      isolation: 'holds',
      notJudged: [{ name: 'aws_iam_role.ci' }],
    });
  });

  it('is a role that admits nobody, as denials at its door show nothing', () => {
    const deny = { Sid: 'No', Effect: 'Deny', Principal: '*', Action: 'sts:*' } as const;
    const closed = judged(state(estate({ roles: [role({ trust: known('t', statements(ADMISSION, deny)) })] })));
    expect([closed.isolation, exitCodeOf(closed)]).toEqual(['unknown', 2]);
    expect(closed.unknown).toEqual([
      { name: 'aws_iam_role.tenant', because: expect.stringContaining('admits no token') as string },
    ]);
    const asking = { ...ADMISSION, Condition: { ...ADMISSION.Condition, IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    const open = judged(state(estate({ roles: [role({ trust: known('t', statements(asking)) })] })));
    expect([open.isolation, exitCodeOf(open)]).toEqual(['unknown', 2]);
    expect(open.unknown.at(-1)?.because).toContain('IpAddress aws:SourceIp');
  });

  it('counts leaks that are open, by one lock or both', () => {
    const leak = (withAllLocks: Leak['withAllLocks']) => ({ withAllLocks }) as Leak;
    const all = [leak('deny'), leak('allow'), leak('unknown')];
    expect(countingLeaks(all, false)).toEqual(all);
    expect(countingLeaks(all, true)).toEqual([leak('allow'), leak('unknown')]);
  });
});

describe('a proof of nothing', () => {
  it('is a role that reaches none of what was taken for its own data', () => {
    const found = judged(state(), { tableKey: 'X#{tenant}', prefix: 'x/{tenant}/' });
    expect(found.isolation).not.toBe('broken');
    const nothing = judged(state(estate({ roles: [role({ identity: [] })], ...unlocked })));
    expect(nothing.isolation).toBe('holds');
    const closed = { Effect: 'Deny', Action: '*', Resource: '*' } as const;
    expect(judged(state(estate({ roles: [roleWith(closed)] })))).toMatchObject({
      isolation: 'unknown',
      unknown: [{ because: expect.stringContaining('--table-key and --prefix') as string }],
    });
  });

  it('says what other services a role may use, which are not looked at', () => {
    const found = judged(
      state(estate({ roles: [roleWith({ Effect: 'Allow', Action: ['sqs:*', 'logs:PutLogEvents'], Resource: '*' })] })),
    );
    expect(found).toMatchObject({ isolation: 'holds', notJudged: [{ because: expect.stringContaining('sqs') as string }] });
    expect(found.notJudged[0]?.because).not.toContain('logs');
  });
});

describe('what is destroyed', () => {
  const destroying = (address: string, action: PlannedChange['action'] = 'destroy', more: Partial<PlannedChange> = {}) =>
    plan({ changes: [change({ address, action, ...more })] });

  it.each([
    'aws_dynamodb_table.data',
    'aws_dynamodb_table_item.seed',
    'aws_dynamodb_global_table.data',
    'aws_s3_bucket.files["eu"]',
    'module.data.aws_s3_bucket.files',
    'aws_s3_directory_bucket.files',
    'aws_s3_object.logo',
    'aws_s3_bucket_object.logo',
    'aws_s3_object_copy.logo',
    'aws_dynamodb_table_replica.us',
    'aws_kms_external_key.data',
    'aws_kms_replica_key.data',
    'aws_kms_replica_external_key.data',
    'aws_kms_key.data',
    'aws_cognito_user_pool.users',
    'aws_iam_openid_connect_provider.login',
    'aws_iam_role.tenant',
  ])('fails the review, destroyed or replaced, unless it is wanted: %s', (address) => {
    const type = /(?:^|\.)(aws_\w+)\./.exec(address)?.[1] ?? '';
    for (const action of ['destroy', 'replace'] as const) {
      const facts = destroying(address, action, { type, replacedBecause: ['name'] });
      const found = judged(facts);
      expect(found.destroyed).toEqual([{ address, action, because: ['name'], allowed: false }]);
      expect([found.isolation, exitCodeOf(found)]).toEqual(['holds', 1]);
      expect(found.others).toEqual([]);
      expect(verdict(facts, { allowDestroy: [address] })).toEqual(['holds', 0]);
      expect(verdict(facts, { allowDestroy: [`${address}x`, address.slice(0, -1)] })).toEqual(['holds', 1]);
      expect(judged(facts, { allowDestroy: [address] }).destroyed).toMatchObject([{ allowed: true }]);
    }
    for (const action of ['create', 'update', 'forget'] as const) {
      expect(verdict(destroying(address, action, { type }))).toEqual(['holds', 0]);
    }
  });

  it.each(['aws_iam_role.ci', 'aws_iam_policy.x', 'aws_s3_bucket_policy.x', 'aws_sqs_queue.x', 'aws_kms_alias.x'])(
    'is another change where no data hangs on it: %s',
    (address) => {
      const found = judged(destroying(address));
      expect(found).toMatchObject({ destroyed: [], others: [{ address, action: 'destroy' }] });
      expect(exitCodeOf(found)).toBe(0);
    },
  );

  it('comes beside a broken isolation, and the exit code is the same', () => {
    const facts = { ...destroying('aws_dynamodb_table.data'), after: estate({ roles: [roleWith(scan)] }) };
    expect(verdict(facts)).toEqual(['broken', 1]);
    expect(verdict(facts, { allowDestroy: ['aws_dynamodb_table.data'] })).toEqual(['broken', 1]);
  });

  it('is said even if nothing else can be told', () => {
    expect(verdict({ ...destroying('aws_dynamodb_table.data'), after: estate({ gaps: [{ name: 'x', unknown: 'y' }] }) })).toEqual([
      'unknown',
      1,
    ]);
  });

  it('leaves nobody to attack where it is the role itself', () => {
    const gone = { ...destroying('aws_iam_role.tenant', 'destroy', { type: 'aws_iam_role' }), after: estate({ roles: [] }) };
    expect(judged(gone)).toMatchObject({
      isolation: 'holds',
      roles: [],
      unknown: [],
      destroyed: [{ address: 'aws_iam_role.tenant' }],
    });
    expect(exitCodeOf(judged(gone))).toBe(1);
    expect(verdict(gone, { allowDestroy: ['aws_iam_role.tenant'] })).toEqual(['holds', 0]);
  });
});

describe('other findings', () => {
  it('are what a tenant can no longer do, which is no matter of isolation', () => {
    const after = estate({
      roles: [role({ identity: [known('t', DESIGN.table), known('b', less(DESIGN.bucket, 'TenantListing'))] })],
    });
    const found = judged(plan({ after }));
    expect(found.roles[0]?.lost.map(({ name, effect }) => [name, effect])).toEqual([['s3:ListBucket', 'deny']]);
    expect([found.isolation, exitCodeOf(found)]).toEqual(['holds', 0]);
    expect(judged(plan({ before: after, after })).roles[0]?.lost).toEqual([]);
    expect(judged(state(after)).roles[0]?.lost).toEqual([]);
    expect(judged(plan({ before: estate({ roles: [] }), after })).roles[0]?.lost).toEqual([]);
  });

  it('are guards that vanish, of settings and of policies, in plans alone', () => {
    const setting = change({
      address: 'aws_dynamodb_table.data',
      action: 'update',
      before: { deletion_protection_enabled: true },
      after: { deletion_protection_enabled: false },
    });
    const after = estate({
      buckets: [bucket({ policy: known('aws_s3_bucket_policy.files', less(DESIGN.bucketLock, 'TlsOnly')) })],
    });
    expect(judged(plan({ after, changes: [setting] })).guards).toEqual([
      { address: 'aws_dynamodb_table.data', guard: 'deletion protection' },
      { address: 'aws_s3_bucket_policy.files', guard: 'denial TlsOnly' },
    ]);
    expect(judged(state(after)).guards).toEqual([]);
  });

  it('are the other changes, without such as change nothing', () => {
    const changes = (['create', 'update', 'no-op', 'read', 'forget'] as const).map((action) =>
      change({ address: `aws_sqs_queue.${action}`, action }),
    );
    expect(judged(plan({ changes })).others.map(({ action }) => action)).toEqual(['create', 'update', 'forget']);
  });

  it('are what tenants may do on their own data', () => {
    const own = judged(state()).roles[0]?.own ?? [];
    expect(own.length).toBeGreaterThan(10);
    expect(own.every(({ effect }) => effect === 'allow')).toBe(true);
  });
});

it('fails for an index, not led by the tenant, that a plan adds and grants, as it does once it is deployed', () => {
  const [led, other] = ['by-date', 'by-status'];
  const wide = tableAccessPolicy({
    tables: [{ tableArn: TABLE, indexArns: [`${TABLE}/index/${led}`, `${TABLE}/index/${other}`] }],
  });
  const indexes = [
    { name: led, partitionKey: 'tenantId' },
    { name: other, partitionKey: 'status' },
  ];
  const identity = [known('aws_iam_policy.table', wide), known('aws_iam_policy.bucket', DESIGN.bucket)];
  const after = estate({ roles: [role({ identity })], tables: [table({ indexes })] });
  expect(judged(state(after)).isolation).toBe('broken');
  expect(judged(plan({ after })).isolation).toBe('broken');
});
