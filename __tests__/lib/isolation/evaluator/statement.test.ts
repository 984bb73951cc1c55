import { type AccessRequest, RequestContext } from '../../../../lib/isolation';
import { compileStatement, type PolicyKind } from '../../../../lib/isolation/evaluator/statement';

const REFERENCE = { policy: 'table', index: 3 };
const compile = (statement: unknown, kind: PolicyKind = 'identity') => compileStatement(statement, REFERENCE, kind, true);

const request: AccessRequest = {
  principal: { kind: 'user', arn: 'arn:aws:iam::111122223333:user/bob', account: '111122223333' },
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::data/a',
  context: RequestContext.closed({ 's3:prefix': 'a' }),
};

describe('compileStatement', () => {
  test('keeps where it stands and its Sid', () => {
    expect(compile({ Sid: 'Read', Effect: 'Allow', Action: '*', Resource: '*' }).reference).toEqual({ ...REFERENCE, sid: 'Read' });
    expect(compile({ Sid: '', Effect: 'Allow', Action: '*', Resource: '*' }).reference).toEqual(REFERENCE);
    expect(compile({ Sid: 'Read', Effect: 'Allow' }).reference).toEqual({ ...REFERENCE, sid: 'Read' });
    expect(compile(null).reference).toEqual(REFERENCE);
  });

  test('says nothing more of a match', () => {
    expect(compile({ Effect: 'Allow', Action: '*', Resource: '*' }).match(request)).toEqual({ truth: 'yes', reach: 'identity' });
  });

  test.each([
    ['Action', { Action: 's3:PutObject', Resource: 'arn:aws:s3:::x', Condition: { StringEquals: { 's3:prefix': 'b' } } }],
    ['Resource', { Action: '*', Resource: 'arn:aws:s3:::x', Condition: { StringEquals: { 's3:prefix': 'b' } } }],
    ['StringEquals s3:prefix', { Action: '*', Resource: '*', Condition: { StringEquals: { 's3:prefix': 'b' } } }],
    [
      'Bool aws:SecureTransport',
      { Action: '*', Resource: '*', Condition: { Null: { x: 'true' }, Bool: { 'aws:SecureTransport': 'true' } } },
    ],
  ])('fails by %s first', (because, rest) => {
    expect(compile({ Effect: 'Allow', ...rest }).match(request)).toMatchObject({ truth: 'no', because });
  });

  test('fails by Principal before Resource', () => {
    const statement = { Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: '*', Resource: 'arn:aws:s3:::x' };

    expect(compile(statement, 'resource').match(request)).toMatchObject({ truth: 'no', because: 'Principal' });
  });

  test('fails by what surely does not match before what is left open', () => {
    const open = { StringIs: { 's3:prefix': 'a' } };
    const statement = { Effect: 'Allow', Action: '*', Resource: '*' };

    expect(compile({ ...statement, Condition: open }).match(request)).toMatchObject({
      truth: 'unknown',
      because: 'StringIs s3:prefix',
    });
    expect(compile({ ...statement, Condition: { ...open, StringEquals: { 's3:prefix': 'b' } } }).match(request)).toMatchObject({
      truth: 'no',
      because: 'StringEquals s3:prefix',
    });
  });

  test('keeps the effect of what it does not understand', () => {
    const odd = { Action: '*', Resource: '*', Condition: [] };

    expect(compile({ Effect: 'Allow', ...odd })).toMatchObject({ effect: 'Allow' });
    expect(compile({ Effect: 'Deny', ...odd })).toMatchObject({ effect: 'Deny' });
    expect(compile({ Effect: 'allow', ...odd })).toMatchObject({ effect: 'unknown' });
    expect(compile('Allow')).toMatchObject({ effect: 'unknown' });
  });

  test.each([
    ['it is no object', 'x', 'identity'],
    ["its Effect is neither 'Allow' nor 'Deny'", { Action: '*', Resource: '*' }, 'identity'],
    ["'Note' is no element that is known", { Effect: 'Allow', Action: '*', Resource: '*', Note: '' }, 'identity'],
    ['it needs either Action or NotAction', { Effect: 'Allow', Resource: '*' }, 'identity'],
    ['its Action is no string or list of strings', { Effect: 'Allow', Action: [], Resource: '*' }, 'identity'],
    ['it needs either Resource or NotResource', { Effect: 'Allow', Action: '*' }, 'identity'],
    [
      "the variable in '${' is not written as IAM takes it, or not where",
      { Effect: 'Allow', Action: '*', Resource: '${' },
      'identity',
    ],
    ['a policy of an identity names no principal', { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }, 'identity'],
    ['it needs either Principal or NotPrincipal', { Effect: 'Allow', Action: '*', Resource: '*' }, 'resource'],
    ['its Principal is not written as IAM takes it', { Effect: 'Allow', Principal: 'x', Action: '*', Resource: '*' }, 'resource'],
    ['a trust policy has no Resource', { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }, 'trust'],
    ['its Condition is no object', { Effect: 'Allow', Action: '*', Resource: '*', Condition: 'x' }, 'identity'],
    ['its Bool is no object', { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Bool: [] } }, 'identity'],
    [
      'the values of Bool x are no strings',
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Bool: { x: {} } } },
      'identity',
    ],
  ] as const)('fails to decide and says that %s', (because, statement, kind) => {
    expect(compile(statement, kind).match(request)).toEqual({ truth: 'unknown', because, reach: 'identity' });
  });
});
