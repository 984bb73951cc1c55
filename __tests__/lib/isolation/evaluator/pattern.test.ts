import { performance } from 'node:perf_hooks';
import { RequestContext } from '../../../../lib/isolation';
import { ArnPattern, arnSegments, Pattern } from '../../../../lib/isolation/evaluator/pattern';

const TENANT = 'aws:PrincipalTag/tenant_id';
const WILD = { wildcards: true, variables: true };
const NOTHING = RequestContext.closed();

function millisecondsOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe('Pattern', () => {
  test('knows whether it has variables, and whether they have values', () => {
    const pattern = new Pattern(`a/\${${TENANT}}/\${aws:UserName, 'x'}/\${*}`, WILD);
    expect(pattern.hasVariables).toBe(true);
    expect(pattern.isUnresolved(RequestContext.closed())).toBe(true);
    expect(pattern.isUnresolved(RequestContext.open())).toBe(true);
    expect(pattern.isUnresolved(RequestContext.closed({ [TENANT]: 'acme' }))).toBe(false);
    expect(new Pattern(`\${${TENANT}}`, { wildcards: true, variables: false }).hasVariables).toBe(false);
  });

  test.each([
    '${aws:username}',
    "${aws:username, 'x y'}",
    "${aws:username, ''}",
    '${*}',
    '${?}',
    '${$}',
    '$',
    '$$',
    '{}',
    'a}',
    '',
  ])('takes %p', (text) => {
    expect(new Pattern(text, WILD).isWellFormed).toBe(true);
  });

  test.each(['${', '${}', '${ }', '${aws:username', "${aws:username, 'x}", '${aws:username, x}', '${a${b}}', '${#}', '${**}'])(
    'fails to understand %p',
    (text) => {
      const pattern = new Pattern(text, WILD);

      expect(pattern.isWellFormed).toBe(false);
      expect(pattern.matches(text, NOTHING)).toBe('unknown');
    },
  );

  test('understands all of them where there are no variables', () => {
    const pattern = new Pattern('${', { wildcards: true, variables: false });

    expect(pattern.isWellFormed).toBe(true);
    expect(pattern.matches('${', NOTHING)).toBe('yes');
  });

  test('fills in the value of each request anew', () => {
    const pattern = new Pattern(`\${${TENANT}}/*`, WILD);
    const of = (tenant: string) => RequestContext.closed({ [TENANT]: tenant });

    expect(pattern.matches('acme/a', of('acme'))).toBe('yes');
    expect(pattern.matches('acme/a', of('globex'))).toBe('no');
    expect(pattern.matches('globex/a', of('globex'))).toBe('yes');
    expect(pattern.matches('acme/a', NOTHING)).toBe('no');
    expect(pattern.matches('acme/a', of('acme'))).toBe('yes');
  });

  test('keeps the values of two variables apart', () => {
    const pattern = new Pattern('${aws:PrincipalTag/a}-${aws:PrincipalTag/b}', WILD);
    const of = (a: string, b: string) => RequestContext.closed({ 'aws:PrincipalTag/a': a, 'aws:PrincipalTag/b': b });

    expect(pattern.matches('x-yz', of('x', 'yz'))).toBe('yes');
    expect(pattern.matches('xy-z', of('x', 'yz'))).toBe('no');
    expect(pattern.matches('xy-z', of('xy', 'z'))).toBe('yes');
  });

  test('forgets no value, however many there were', () => {
    const pattern = new Pattern(`\${${TENANT}}`, WILD);
    const answers = Array.from({ length: 3000 }, (_, index) =>
      pattern.matches(`t${index}`, RequestContext.closed({ [TENANT]: `t${index}` })),
    );

    expect(new Set(answers)).toEqual(new Set(['yes']));
  });

  test('says no to what no value of a variable could match', () => {
    const pattern = new Pattern(`tenants/\${${TENANT}}/*`, WILD);

    expect(pattern.matches('tenants/acme/a', RequestContext.open())).toBe('unknown');
    expect(pattern.matches('other/acme/a', RequestContext.open())).toBe('no');
  });

  test.each([
    ['many stars', `${'*a'.repeat(500)}b`, 'a'.repeat(20_000)],
    ['many stars and questions', `${'*?a'.repeat(500)}b`, 'a'.repeat(20_000)],
    ['stars in a row', `${'*'.repeat(2000)}b`, 'a'.repeat(20_000)],
    ['a long text behind a star', `*${'a'.repeat(500)}b`, 'a'.repeat(20_000)],
    ['questions behind a star', `*${'?'.repeat(500)}b`, 'a'.repeat(20_000)],
  ])('fails at once on %s', (_name, text, value) => {
    const pattern = new Pattern(text, { wildcards: true, variables: false });

    let truth = '';
    const milliseconds = millisecondsOf(() => {
      truth = pattern.matches(value, NOTHING);
    });

    expect(truth).toBe('no');
    expect(milliseconds).toBeLessThan(1000);
  });

  test('is read at once, however many variables it has', () => {
    const text = '${aws:username}'.repeat(1300);

    expect(millisecondsOf(() => new Pattern(text, WILD))).toBeLessThan(1000);
  });
});

describe('ArnPattern', () => {
  const matches = (pattern: string, arn: string) => new ArnPattern(pattern, WILD).matches(arn, NOTHING);
  const matchesSegments = (pattern: string, arn: string) => new ArnPattern(pattern, WILD).matchesSegments(arn, NOTHING);
  const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:queue';

  test('takes * for everything', () => {
    expect(matches('*', QUEUE)).toBe('yes');
    expect(matches('*', '*')).toBe('yes');
    expect(matches('*', '')).toBe('yes');
  });

  test('fails to say whether a wildcard reaches over a colon', () => {
    expect(matches('arn:aws:sqs:*', QUEUE)).toBe('unknown');
    expect(matches('arn:aws:sqs:eu*:queue', QUEUE)).toBe('unknown');
  });

  test('compares by segments where it has to', () => {
    expect(matchesSegments('arn:aws:sqs:*:*:queue', QUEUE)).toBe('yes');
    expect(matchesSegments('arn:aws:sqs:*:*:other', QUEUE)).toBe('no');
    expect(matchesSegments('arn:aws:sqs:*:*:*', 'no ARN')).toBe('no');
    expect(matchesSegments('no ARN', QUEUE)).toBe('unknown');
  });

  test('counts no colon within a variable', () => {
    const pattern = new ArnPattern(`arn:aws:s3:::data/\${${TENANT}}/*`, WILD);

    expect(pattern.isWellFormed).toBe(true);
    expect(pattern.matches('arn:aws:s3:::data/acme/a', RequestContext.closed({ [TENANT]: 'acme' }))).toBe('yes');
  });

  test('keeps colons of the last segment', () => {
    expect(arnSegments('arn:aws:logs:r:1:log-group:a:b')).toEqual(['arn', 'aws', 'logs', 'r', '1', 'log-group:a:b']);
    expect(arnSegments('arn:aws:s3')).toEqual(['arn', 'aws', 's3']);
  });
});
