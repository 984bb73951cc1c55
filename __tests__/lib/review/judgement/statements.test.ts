import { mentionedBuckets, mentionedTables, reaches, statementsOf } from '../../../../lib/review/judgement/statements';
import { ACCOUNT, BUCKET, known, TABLE } from '../../../support/estates';

const facts = (...Statement: readonly unknown[]) => statementsOf([known('policy', { Version: '2012-10-17', Statement })]);
const allowing = (Resource: unknown, rest: object = {}) => facts({ Effect: 'Allow', Action: '*', Resource, ...rest });

describe('statements', () => {
  it('are read with one value or several, and one statement or several', () => {
    const statement = {
      Effect: 'Deny',
      Principal: { AWS: ['1', '2'], Service: 'x' },
      NotAction: 'a:b',
      NotResource: ['x'],
      Condition: { Bool: { 'a:b': 'true' }, StringLike: { 'c:d': ['e', 'f'] } },
    };
    const read = {
      effect: 'Deny',
      actions: [],
      notActions: ['a:b'],
      resources: [],
      notResources: ['x'],
      principals: [
        { kind: 'AWS', value: '1' },
        { kind: 'AWS', value: '2' },
        { kind: 'Service', value: 'x' },
      ],
      conditions: [
        { operator: 'Bool', key: 'a:b', values: ['true'] },
        { operator: 'StringLike', key: 'c:d', values: ['e', 'f'] },
      ],
    };
    expect(statementsOf([known('one', { Statement: statement })])).toEqual([read]);
    expect(facts(statement, statement)).toEqual([read, read]);
  });

  it('of everybody have the kind that is its value', () => {
    expect(facts({ Effect: 'Allow', Principal: '*' })[0]?.principals).toEqual([{ kind: '*', value: '*' }]);
  });

  it.each([
    null,
    'text',
    5,
    [],
    { Statement: null },
    { Statement: 'x' },
    { Statement: [[], null, { Condition: [1], Principal: 5 }] },
  ])('fail on no document, which says nothing: %j', (document) => {
    for (const { resources, principals, conditions } of statementsOf([known('policy', document)])) {
      expect([...resources, ...principals, ...conditions]).toEqual([]);
    }
  });

  it('of a policy that is not known are none', () => {
    expect(statementsOf([{ name: 'late', unknown: 'known after apply' }])).toEqual([]);
  });
});

describe('reaching', () => {
  it.each([
    [TABLE, true],
    [`${TABLE}/index/*`, true],
    [`${TABLE}/index/by-date`, true],
    ['*', true],
    ['arn:aws:dynamodb:*:*:table/*', true],
    [`arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/da*`, true],
    [`arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/\${aws:PrincipalTag/x}`, true],
    [`${TABLE}-other`, false],
    [`arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/data`, false],
    [BUCKET, false],
  ])('a table by %s: %s', (resource, expected) => {
    expect(reaches(allowing(resource), TABLE)).toBe(expected);
    expect(reaches(allowing(['arn:aws:s3:::x', resource]), TABLE)).toBe(expected);
  });

  it('is what only grants do, and such with NotResource', () => {
    expect(reaches(facts({ Effect: 'Deny', Action: '*', Resource: '*' }), TABLE)).toBe(false);
    expect(reaches(facts({ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::x' }), TABLE)).toBe(true);
    expect(reaches([], TABLE)).toBe(false);
  });
});

describe('what is mentioned', () => {
  it('is a table named in full, with the indexes that are named', () => {
    expect(mentionedTables(allowing([TABLE, `${TABLE}/index/by-date`, `${TABLE}/index/*`]))).toEqual([
      { address: TABLE, arn: TABLE, name: 'data', partitionKey: 'tenant', indexes: [{ name: 'by-date', partitionKey: 'tenant' }] },
    ]);
    expect(mentionedTables(allowing(`${TABLE}/stream/*`)).map(({ arn }) => arn)).toEqual([TABLE]);
  });

  it('is a bucket named in full, by itself or by its objects', () => {
    expect(mentionedBuckets(allowing(BUCKET))).toEqual([{ address: BUCKET, arn: BUCKET, name: 'files' }]);
    expect(mentionedBuckets(allowing([`${BUCKET}/tenants/x/*`, `${BUCKET}/*`])).map(({ arn }) => arn)).toEqual([BUCKET]);
  });

  it('fails to be what a wildcard or a denial names', () => {
    expect(mentionedTables(allowing(['*', `${TABLE}*`, 'arn:aws:dynamodb:*:*:table/data']))).toEqual([]);
    expect(mentionedBuckets(allowing(['*', 'arn:aws:s3:::files-*/x', 'arn:aws:s3:::*']))).toEqual([]);
    expect(mentionedTables(facts({ Effect: 'Deny', Action: '*', Resource: TABLE }))).toEqual([]);
    expect(mentionedBuckets(facts({ Effect: 'Deny', Action: '*', Resource: BUCKET }))).toEqual([]);
  });
});
