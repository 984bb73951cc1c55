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
    { name: 'NotAction and NotResource', given: { Effect: 'Deny', NotAction: 'a:B', NotResource: 'arn:aws:sqs:::x' } },
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
    { name: 'both Resource and NotResource', given: { ...statement, NotResource: 'arn:aws:sqs:::x' }, problems: [resource] },
    { name: 'all of them at once', given: {}, problems: [effect, action, resource] },
  ])('fails for $name', ({ given, problems }) => {
    expect(statementProblems(given)).toEqual(problems);
  });

  it.each([null, undefined, 'Allow', 5, [statement]])('fails for %j', (given) => {
    expect(statementProblems(given)).toEqual(["a statement is an object with 'Effect', 'Action' and 'Resource'"]);
  });

  const list = (element: string) => `'${element}' must be a string or a list of at least one`;
  const sid = "'Sid' must be letters and digits";
  const condition =
    "'Condition' must be { operator: { key: value or list of values } } with strings, also for numbers and booleans";
  it.each([
    { name: 'an empty list of actions', given: { ...statement, Action: [] }, problems: [list('Action')] },
    { name: 'a number as the action', given: { ...statement, Action: 5 }, problems: [list('Action')] },
    { name: 'null as the action', given: { ...statement, Action: null }, problems: [list('Action')] },
    { name: 'an action that is no text', given: { ...statement, Action: ['a:B', null] }, problems: [list('Action')] },
    { name: 'an empty list of resources', given: { ...statement, Resource: [] }, problems: [list('Resource')] },
    { name: 'an object as the resource', given: { ...statement, Resource: { arn: '*' } }, problems: [list('Resource')] },
    {
      name: 'empty negated lists',
      given: { Effect: 'Allow', NotAction: [], NotResource: [] },
      problems: [list('NotAction'), list('NotResource')],
    },
    { name: 'a Sid with a space', given: { ...statement, Sid: 'My jobs' }, problems: [sid] },
    { name: 'a Sid with a dash', given: { ...statement, Sid: 'my-jobs' }, problems: [sid] },
    { name: 'an empty Sid', given: { ...statement, Sid: '' }, problems: [sid] },
    { name: 'a Sid that is no text', given: { ...statement, Sid: 5 }, problems: [sid] },
    { name: 'null as the condition', given: { ...statement, Condition: null }, problems: [condition] },
    { name: 'a list as the condition', given: { ...statement, Condition: [] }, problems: [condition] },
    { name: 'an operator without keys', given: { ...statement, Condition: { Bool: 'true' } }, problems: [condition] },
    {
      name: 'a boolean as a value',
      given: { ...statement, Condition: { Bool: { 'aws:SecureTransport': true } } },
      problems: [condition],
    },
    {
      name: 'a number among values',
      given: { ...statement, Condition: { NumericEquals: { 'a:b': ['1', 2] } } },
      problems: [condition],
    },
    { name: 'an empty list of values', given: { ...statement, Condition: { Null: { 'a:b': [] } } }, problems: [condition] },
    {
      name: 'all of them at once',
      given: { ...statement, Action: [], Sid: 'a b', Condition: 5 },
      problems: [list('Action'), sid, condition],
    },
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
