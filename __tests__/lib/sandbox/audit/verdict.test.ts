import { decide, type PolicySet, RequestContext } from '../../../../lib/isolation';
import { checkOf, type Verdict, verdictOf } from '../../../../lib/sandbox/audit/verdict';
import { allow, deny, PLACE, policy, ROLE, SESSION, TABLE } from '../gateway/fakes';

function verdict(policies: PolicySet): Verdict {
  const request = {
    principal: { kind: 'role-session', roleArn: ROLE, sessionArn: SESSION, account: PLACE.account } as const,
    action: 'dynamodb:GetItem',
    resource: TABLE,
    context: RequestContext.open({
      'aws:PrincipalTag/tenant_id': 'acme',
      'dynamodb:LeadingKeys': ['globex'],
      'aws:Referer': undefined,
    }),
  };
  return { request, policies, decision: decide(request, policies) };
}

const identity = (...statements: readonly object[]) => ({ identity: [policy('own', ...statements)] });
const onlyOwn = { Condition: { StringEquals: { 'dynamodb:LeadingKeys': '${aws:PrincipalTag/tenant_id}' } } };

describe('checkOf', () => {
  it('tells action, resource, outcome and the keys that have values', () => {
    const check = checkOf(verdict(identity(allow('*', '*', { Sid: 'All' }))));
    expect(check).toMatchObject({
      action: 'dynamodb:GetItem',
      resource: TABLE,
      effect: 'allow',
      reason: 'allowed',
      statement: { policy: 'own', sid: 'All' },
      context: { 'aws:PrincipalTag/tenant_id': ['acme'], 'dynamodb:LeadingKeys': ['globex'] },
    });
    expect(check.because).toBeUndefined();
    expect(check.context).not.toHaveProperty('aws:Referer');
    expect(JSON.parse(JSON.stringify(check))).toHaveProperty('context');
  });

  it.each<[string, PolicySet, string | undefined]>([
    ['no statement at all', {}, undefined],
    ['one of another action', identity(allow('s3:*')), undefined],
    ['one that denies something else', identity(deny('s3:*')), undefined],
    ['one of another table', identity(allow('*', `${TABLE}2`, { Sid: 'Table' })), "Resource of 'Table'"],
    ['one of other items', identity(allow('*', TABLE, { ...onlyOwn, Sid: 'Items' })), "LeadingKeys of 'Items'"],
    [
      'one of another table before one of other items',
      identity(allow('*', `${TABLE}2`, { Sid: 'Table' }), allow('*', TABLE, { ...onlyOwn, Sid: 'Items' })),
      "LeadingKeys of 'Items'",
    ],
    [
      'one of another action before one of another table',
      identity(allow('s3:*'), allow('*', `${TABLE}2`, { Sid: 'Table' }), allow('*', `${TABLE}3`, { Sid: 'Later' })),
      "Resource of 'Table'",
    ],
  ])('tells which statement came nearest to allowing what is denied: %s', (_, policies, because) => {
    const check = checkOf(verdict(policies));
    expect([check.effect, check.reason]).toEqual(['deny', 'no-allow']);
    if (because === undefined) expect(check.because).toBeUndefined();
    else expect(check.because).toContain(because);
  });

  it('tells what leaves it open', () => {
    const check = checkOf(verdict(identity(allow('*', '*', { Sid: 'Open', Condition: { StringEquals: { 'ec2:Region': 'x' } } }))));
    expect(check).toMatchObject({ effect: 'unknown', reason: 'undecided', statement: { sid: 'Open' } });
    expect(check.because).toContain('ec2:Region');
  });

  it('tells of a denial only the statement', () => {
    const check = checkOf(verdict(identity(allow('*', `${TABLE}2`), deny('*', '*', { Sid: 'No' }))));
    expect(check).toMatchObject({ effect: 'deny', reason: 'explicit-deny', statement: { sid: 'No' } });
    expect(check.because).toBeUndefined();
  });
});

describe('verdictOf', () => {
  it('knows what a check rests on by the very object', () => {
    const [one, other] = [verdict({}), verdict(identity(allow('*')))];
    const checks = [checkOf(one), checkOf(other), checkOf(one)];
    checks.forEach((check, index) => {
      expect(verdictOf(check)).toBe(index === 1 ? other : one);
    });
    expect(verdictOf({ ...checkOf(one) })).toBeUndefined();
  });
});
