import { listOf, policyDocument, statementProblems } from '../../../lib/policy/document';

const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*' } as const;

describe('policyDocument', () => {
  it('holds the statements in order, in the language version that knows policy variables', () => {
    const second = { ...statement, Sid: 'Second' };
    expect(policyDocument(statement, second)).toEqual({ Version: '2012-10-17', Statement: [statement, second] });
  });
});

describe('listOf', () => {
  it.each([
    { value: undefined, list: [] },
    { value: 'a', list: ['a'] },
    { value: ['a', 'b'], list: ['a', 'b'] },
    { value: [], list: [] },
  ])('gives $list for $value', ({ value, list }) => {
    expect(listOf(value)).toEqual(list);
  });
});

describe('statementProblems', () => {
  it.each([
    { name: 'Action and Resource', given: statement },
    { name: 'a list of each', given: { ...statement, Action: ['a:B'], Resource: ['*'] } },
    { name: 'NotAction and NotResource', given: { Effect: 'Deny', NotAction: 'a:B', NotResource: 'x' } },
    { name: 'Sid and Condition', given: { ...statement, Sid: 'Jobs', Condition: { Bool: { 'aws:SecureTransport': 'true' } } } },
    { name: 'an element that is undefined', given: { ...statement, Principal: undefined, NotAction: undefined } },
  ])('accepts $name', ({ given }) => {
    expect(statementProblems(given)).toEqual([]);
  });

  const effect = "a statement needs 'Effect', 'Allow' or 'Deny'";
  const action = "a statement needs either 'Action' or 'NotAction'";
  const resource = "a statement needs either 'Resource' or 'NotResource'";
  it.each([
    { name: 'no Effect', given: { ...statement, Effect: undefined }, problems: [effect] },
    { name: 'an Effect in lower case', given: { ...statement, Effect: 'allow' }, problems: [effect] },
    { name: 'neither Action nor NotAction', given: { Effect: 'Allow', Resource: '*' }, problems: [action] },
    { name: 'both Action and NotAction', given: { ...statement, NotAction: 'a:B' }, problems: [action] },
    { name: 'neither Resource nor NotResource', given: { Effect: 'Allow', Action: 'a:B' }, problems: [resource] },
    { name: 'both Resource and NotResource', given: { ...statement, NotResource: 'x' }, problems: [resource] },
    { name: 'all of them at once', given: {}, problems: [effect, action, resource] },
  ])('fails for $name', ({ given, problems }) => {
    expect(statementProblems(given)).toEqual(problems);
  });

  it.each(['Principal', 'NotPrincipal', 'Actions', 'effect', 'condition'])(
    'fails for the element %s, naming those it knows',
    (name) => {
      const known = 'Sid, Effect, Action, NotAction, Resource, NotResource, Condition';
      expect(statementProblems({ ...statement, [name]: '*' })).toEqual([
        `'${name}' is no element of a role's policy, known are ${known}`,
      ]);
    },
  );
});
