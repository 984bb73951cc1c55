import {
  type AccessRequest,
  type CompiledPolicy,
  compilePolicy,
  decide,
  explain,
  type PolicyKind,
  RequestContext,
  unknownPolicy,
} from '../../../../lib/isolation';
import { withoutDenials } from '../../../../lib/isolation/evaluator/policy';

const ROLE = 'arn:aws:iam::111122223333:role/tenant';
const request: AccessRequest = {
  principal: {
    kind: 'role-session',
    roleArn: ROLE,
    sessionArn: 'arn:aws:sts::111122223333:assumed-role/tenant/alice',
    account: '111122223333',
  },
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::data/a',
  context: RequestContext.open({ 'aws:username': undefined }),
};

const policy = (name: string, statement: object | object[], kind: PolicyKind = 'identity'): CompiledPolicy =>
  compilePolicy(name, { Version: '2012-10-17', Statement: statement }, kind);

const ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const DENY = { Effect: 'Deny', Action: '*', Resource: '*' };
const QUEUES = { ...ALL, Action: 'sqs:*' };
const OPEN = { ...ALL, Condition: { Bool: { 'aws:SecureTransport': 'true' } } };

const all = policy('all', ALL);
const queues = policy('queues', QUEUES);

describe('decide', () => {
  test('names the statement that allows', () => {
    const read = policy('read', [QUEUES, { Sid: 'Read', ...ALL }]);

    expect(decide(request, { identity: [queues, read] })).toEqual({
      effect: 'allow',
      reason: 'allowed',
      statement: { policy: 'read', index: 1, sid: 'Read' },
    });
  });

  test('names the statement of the resource that allows', () => {
    const bucket = policy('bucket', { ...ALL, Principal: { AWS: ROLE } }, 'resource');

    expect(decide(request, { identity: [queues], resource: [bucket] })).toMatchObject({
      effect: 'allow',
      statement: { policy: 'bucket', index: 0 },
    });
  });

  test('fails by the first denial, in whatever policy', () => {
    const bucket = policy('bucket', { ...DENY, Principal: '*' }, 'resource');

    expect(decide(request, { identity: [all], resource: [bucket] })).toEqual({
      effect: 'deny',
      reason: 'explicit-deny',
      statement: { policy: 'bucket', index: 0 },
    });
    expect(decide(request, { identity: [all, policy('guard', DENY)], resource: [bucket] }).statement?.policy).toBe('guard');
  });

  test.each([
    ['no-allow', {}],
    ['no-allow', { identity: [queues] }],
    ['no-allow', { identity: [queues], boundary: [queues], session: [queues] }],
    ['boundary', { identity: [all], boundary: [queues] }],
    ['boundary', { identity: [all], boundary: [queues], session: [queues] }],
    ['session-policy', { identity: [all], boundary: [all], session: [queues] }],
    ['session-policy', { identity: [all], session: [] }],
  ])('fails by %s', (reason, policies) => {
    expect(decide(request, policies)).toEqual({ effect: 'deny', reason });
  });

  test('fails by the policy of a resource of another account', () => {
    expect(decide({ ...request, resourceAccount: '444455556666' }, { identity: [all] })).toEqual({
      effect: 'deny',
      reason: 'resource-policy',
    });
  });

  test('says what an allowance hangs on', () => {
    expect(decide(request, { identity: [policy('read', [QUEUES, { Sid: 'Tls', ...OPEN }])] })).toEqual({
      effect: 'unknown',
      reason: 'undecided',
      statement: { policy: 'read', index: 1, sid: 'Tls' },
      because: 'Bool aws:SecureTransport',
    });
  });

  test('says what a denial hangs on', () => {
    expect(decide(request, { identity: [all, policy('guard', { ...OPEN, Effect: 'Deny' })] })).toEqual({
      effect: 'unknown',
      reason: 'undecided',
      statement: { policy: 'guard', index: 0 },
      because: 'Bool aws:SecureTransport',
    });
  });

  test('says that a boundary leaves it open', () => {
    expect(decide(request, { identity: [all], boundary: [policy('limit', OPEN)] })).toMatchObject({
      effect: 'unknown',
      statement: { policy: 'limit', index: 0 },
    });
  });

  test('says why a policy is not known', () => {
    expect(decide(request, { identity: [unknownPolicy('remote', 'it is of another module')] })).toEqual({
      effect: 'unknown',
      reason: 'undecided',
      statement: { policy: 'remote', index: -1 },
      because: 'it is of another module',
    });
  });

  test('does without the account of the resource where the ARN has none', () => {
    expect(decide(request, { identity: [all] }).effect).toBe('allow');
    expect(decide({ ...request, resource: '*' }, { identity: [all] }).effect).toBe('allow');
  });
});

describe('explain', () => {
  test('tells of each statement in the order of the policies', () => {
    const identity = [
      policy('read', [
        { Sid: 'Queues', ...QUEUES },
        { Sid: 'All', ...ALL },
      ]),
      policy('tls', OPEN),
    ];
    const policies = {
      identity,
      boundary: [policy('limit', { ...ALL, Resource: 'arn:aws:s3:::other' })],
      session: [policy('scope', { ...DENY, Condition: { Null: { 'aws:username': 'false' } } })],
      resource: [
        policy('bucket', { ...DENY, Principal: { AWS: '444455556666' } }, 'resource'),
        unknownPolicy('acl', 'it is an ACL'),
      ],
    };

    expect(explain(request, policies)).toEqual([
      { statement: { policy: 'read', index: 0, sid: 'Queues' }, effect: 'Allow', matched: 'no', because: 'Action' },
      { statement: { policy: 'read', index: 1, sid: 'All' }, effect: 'Allow', matched: 'yes', because: undefined },
      { statement: { policy: 'tls', index: 0 }, effect: 'Allow', matched: 'unknown', because: 'Bool aws:SecureTransport' },
      { statement: { policy: 'limit', index: 0 }, effect: 'Allow', matched: 'no', because: 'Resource' },
      { statement: { policy: 'scope', index: 0 }, effect: 'Deny', matched: 'no', because: 'Null aws:username' },
      { statement: { policy: 'bucket', index: 0 }, effect: 'Deny', matched: 'no', because: 'Principal' },
      { statement: { policy: 'acl', index: -1 }, effect: 'unknown', matched: 'unknown', because: 'it is an ACL' },
    ]);
  });

  test('has nothing to tell of no policies', () => {
    expect(explain(request, {})).toEqual([]);
    expect(explain(request, { identity: [policy('empty', [])] })).toEqual([]);
  });
});

describe('withoutDenials', () => {
  test('shows what would hold without them', () => {
    const guarded = policy('guarded', [ALL, DENY]);

    expect(decide(request, { identity: [guarded] }).effect).toBe('deny');
    expect(decide(request, { identity: [withoutDenials(guarded)] }).effect).toBe('allow');
    expect(decide(request, { identity: [guarded] }).effect).toBe('deny');
  });
});
