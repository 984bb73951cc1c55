import { RequestContext } from '../../../../lib/isolation';
import { compileCondition } from '../../../../lib/isolation/evaluator/condition';

const holds = (operator: string, wanted: string[], given: string[], variables = true) =>
  compileCondition(operator, 'example:Key', wanted, variables).holds(RequestContext.closed({ 'example:Key': given }));

describe('compileCondition', () => {
  test('is named as it was written', () => {
    expect(compileCondition('ForAllValues:StringEquals', 'dynamodb:LeadingKeys', ['a'], true).name).toBe(
      'ForAllValues:StringEquals dynamodb:LeadingKeys',
    );
  });

  test('answers the same when asked again', () => {
    const condition = compileCondition('StringEquals', 's3:prefix', ['${aws:username}'], true);
    const context = RequestContext.closed({ 's3:prefix': 'bob', 'aws:username': 'bob' });

    expect([condition.holds(context), condition.holds(context.with({ 'aws:username': 'eve' })), condition.holds(context)]).toEqual([
      'yes',
      'no',
      'yes',
    ]);
  });

  test('is sure of a match beside a value that is not understood', () => {
    expect(holds('NumericLessThan', ['x', '5'], ['1'])).toBe('yes');
    expect(holds('IpAddress', ['x', '192.0.2.0/24'], ['192.0.2.1'])).toBe('yes');
  });

  test('fails to be sure of a mismatch beside a value that is not understood', () => {
    expect(holds('NumericLessThan', ['x', '5'], ['9'])).toBe('unknown');
    expect(holds('IpAddress', ['x', '192.0.2.0/24'], ['203.0.113.1'])).toBe('unknown');
    expect(holds('NotIpAddress', ['x', '192.0.2.0/24'], ['203.0.113.1'])).toBe('unknown');
  });

  test('fails for all values once one of them fails, whatever is unknown of the others', () => {
    expect(holds('ForAllValues:NumericLessThan', ['5'], ['x', '9'])).toBe('no');
    expect(holds('ForAllValues:NumericLessThan', ['5'], ['x', '1'])).toBe('unknown');
  });

  test('holds for any value once one of them holds, whatever is unknown of the others', () => {
    expect(holds('ForAnyValue:NumericLessThan', ['5'], ['x', '1'])).toBe('yes');
    expect(holds('ForAnyValue:NumericLessThan', ['5'], ['x', '9'])).toBe('unknown');
  });

  test('reads no variables where the version has none', () => {
    expect(holds('StringEquals', ['${example:Key}'], ['${example:Key}'], false)).toBe('yes');
    expect(holds('StringEquals', ['${example:Key}'], ['${example:Key}'])).toBe('yes');
    expect(holds('StringEquals', ['${example:Key}'], ['a'], false)).toBe('no');
    expect(holds('StringEquals', ['${example:Key}'], ['a'])).toBe('yes');
  });

  test('knows no operator by inheritance', () => {
    expect(holds('constructor', ['a'], ['a'])).toBe('unknown');
    expect(holds('toString', ['a'], ['a'])).toBe('unknown');
  });
});
