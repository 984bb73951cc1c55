import type { AuditCheck } from '../../../../lib/sandbox/audit/audit-record';
import { nameOf, reasonOf, targetOf } from '../../../../lib/sandbox/audit/wording';
import { BUCKET, TABLE } from '../gateway/fakes';

const STATEMENT = { policy: 'own', index: 1 };

function check(changes: Partial<AuditCheck>): AuditCheck {
  return { action: 'a:B', resource: '*', effect: 'deny', reason: 'no-allow', context: {}, ...changes };
}

describe('nameOf', () => {
  it.each([
    [{ policy: 'own', index: 0 }, 'statement 1 of own'],
    [{ policy: 'own', index: 4, sid: 'Items' }, "'Items' of own"],
    [{ policy: 'own', index: -1 }, 'own'],
  ])('names %j', (statement, name) => {
    expect(nameOf(statement)).toBe(name);
  });
});

describe('reasonOf', () => {
  const reasons: readonly AuditCheck['reason'][] = [
    ...(['explicit-deny', 'allowed', 'no-allow', 'boundary', 'session-policy'] as const),
    ...(['resource-policy', 'undecided'] as const),
  ];

  it('gives each reason in other words, in one line that names the action', () => {
    const lines = reasons.map((reason) => reasonOf(check({ reason })));
    expect(new Set(lines).size).toBe(reasons.length);
    for (const line of lines) expect(line).toMatch(/^.*a:B.*$/);
    expect(lines.join('\n')).not.toContain('undefined');
  });

  it.each(['explicit-deny', 'allowed', 'undecided'] as const)('names the statement of %s', (reason) => {
    const [bare, named] = [reasonOf(check({ reason })), reasonOf(check({ reason, statement: STATEMENT }))];
    expect(named).toBe(`${bare} by ${nameOf(STATEMENT)}`);
  });

  it.each(['no-allow', 'undecided'] as const)('tells of %s what it hangs on', (reason) => {
    expect(reasonOf(check({ reason, because: 'StringEquals a:b' }))).toMatch(/: StringEquals a:b$/);
  });

  it('calls what is left open denied', () => {
    expect(reasonOf(check({ reason: 'undecided', effect: 'unknown' }))).toContain('denied');
  });
});

describe('targetOf', () => {
  it.each<[string, readonly string[], AuditCheck['context'] | undefined]>([
    ['', [], {}],
    ['', [], { 'dynamodb:LeadingKeys': ['acme'] }],
    ['table/data', [TABLE], undefined],
    ['table/data, key acme', [TABLE], { 'dynamodb:LeadingKeys': ['acme'] }],
    ['table/data, key a b c', [TABLE], { 'dynamodb:LeadingKeys': ['a', 'b', 'c', 'd'] }],
    ['files, prefix tenants/acme/', [BUCKET], { 's3:prefix': ['tenants/acme/'] }],
    ['files/a:b:c', [`${BUCKET}/a:b:c`], {}],
    ['files/a, 2 more', [`${BUCKET}/a`, `${BUCKET}/b`, TABLE], {}],
    ['*', ['*'], {}],
  ])('is %j of %j with %j', (target, resources, context) => {
    expect(targetOf({ resources, checks: context === undefined ? [] : [check({ context }), check({})] })).toBe(target);
  });
});
