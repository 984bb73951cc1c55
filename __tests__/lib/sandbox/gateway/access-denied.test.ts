import { decide, type PolicySet, RequestContext, type RequestPrincipal } from '../../../../lib/isolation';
import { accessDenied, unmapped } from '../../../../lib/sandbox/gateway/access-denied';
import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import { ResourcePolicies } from '../../../../lib/sandbox/estate/resource-policies';
import { allow, deny, document, PLACE, policy, ROLE, SESSION, TABLE } from './fakes';

const SESSION_OF_ROLE: RequestPrincipal = {
  kind: 'role-session',
  roleArn: ROLE,
  sessionArn: SESSION,
  account: PLACE.account,
};
const ALL = [policy('secret-name', allow('*'))];
const NONE = [policy('secret-name', allow('a:B'))];
const CLOSED = [policy('secret-closed', deny('*', '*', { Sid: 'SecretSid' }))];

function lock(...statements: readonly object[]) {
  return [new ResourcePolicies().set(TABLE, JSON.stringify(document(...statements)), 'secret-lock').compiled];
}

function refused(
  policies: PolicySet,
  protocol: Protocol = 'json',
  { principal = SESSION_OF_ROLE, resource = TABLE }: { principal?: RequestPrincipal; resource?: string } = {},
) {
  const request = { principal, action: 'dynamodb:GetItem', resource, context: RequestContext.open() };
  const decision = decide(request, policies);
  expect(decision.effect).not.toBe('allow');
  return accessDenied({ request, policies, decision }, protocol);
}

describe('accessDenied', () => {
  it.each<[string, PolicySet]>([
    ['with an explicit deny in an identity-based policy', { identity: CLOSED }],
    ['with an explicit deny in a permissions boundary', { identity: ALL, boundary: CLOSED }],
    ['with an explicit deny in an identity-based policy', { identity: CLOSED, boundary: CLOSED }],
    ['with an explicit deny in a session policy', { identity: ALL, session: CLOSED }],
    ['with an explicit deny in a resource-based policy', { identity: ALL, resource: lock(deny('*', '*', { Principal: '*' })) }],
    ['because no identity-based policy allows', { identity: NONE }],
    ['because no identity-based policy allows', {}],
    ['because no permissions boundary allows', { identity: ALL, boundary: NONE }],
    ['because no session policy allows', { identity: ALL, session: NONE }],
    ['because no session policy allows', { identity: ALL, session: [] }],
  ])('says who is denied what, %s: %#', (why, policies) => {
    const error = refused(policies);
    expect(error).toMatchObject({ code: 'AccessDeniedException', status: 400 });
    for (const part of [SESSION, 'dynamodb:GetItem', TABLE, why]) expect(error.message).toContain(part);
    expect(error.message).not.toMatch(/secret/i);
  });

  it('says that no resource-based policy allows it, where another account has to', () => {
    const resource = TABLE.replace(PLACE.account, '111122223333');
    expect(refused({ identity: ALL }, 'json', { resource }).message).toContain('because no resource-based policy allows');
  });

  it('denies what is left open like what nothing allows', () => {
    const open = allow('*', '*', { Condition: { StringEquals: { 'ec2:Region': 'x' } } });
    expect(refused({ identity: [policy('open', open)] }).message).toContain('because no identity-based policy allows');
  });

  it.each<[Protocol, string, number, string]>([
    ['json', 'AccessDeniedException', 400, `on resource: ${TABLE} `],
    ['query', 'AccessDenied', 403, `on resource: ${TABLE} `],
    ['s3', 'AccessDenied', 403, `on resource: "${TABLE}" `],
  ])('denies in the words of the service: %s', (protocol, code, status, text) => {
    const error = refused({ identity: CLOSED }, protocol);
    expect(error).toMatchObject({ code, status, message: expect.stringContaining(text) });
    expect(unmapped('s3:Odd', protocol)).toMatchObject({ code, status, message: expect.stringContaining('s3:Odd') });
  });

  it('tells somebody without a session nothing but that it is denied', () => {
    const error = refused({ resource: lock(deny('*', '*', { Principal: '*' })) }, 's3', { principal: { kind: 'anonymous' } });
    expect(error).toMatchObject({ code: 'AccessDenied', status: 403, message: 'Access Denied' });
  });
});
