import type { RequestPrincipal } from '../../../../lib/isolation';
import { compileNotPrincipal, compilePrincipal } from '../../../../lib/isolation/evaluator/principal';

const ROLE = 'arn:aws:iam::111122223333:role/tenant';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/tenant/alice';
const ROOT = 'arn:aws:iam::111122223333:root';
const USER = 'arn:aws:iam::111122223333:user/bob';
const session: RequestPrincipal = { kind: 'role-session', roleArn: ROLE, sessionArn: SESSION, account: '111122223333' };
const user: RequestPrincipal = { kind: 'user', arn: USER, account: '111122223333' };

const reachOf = (element: unknown, principal: RequestPrincipal) => compilePrincipal(element)?.(principal);

describe('compilePrincipal', () => {
  test.each([
    ['a session', { AWS: SESSION }, session, 'session'],
    ['a role', { AWS: ROLE }, session, 'identity'],
    ['an account', { AWS: ROOT }, session, 'account'],
    ['the number of an account', { AWS: '111122223333' }, session, 'account'],
    ['everybody', '*', session, 'everybody'],
    ['a user', { AWS: USER }, user, 'identity'],
    ['the account of a user', { AWS: ROOT }, user, 'account'],
    ['a service', { Service: 'ecs.amazonaws.com' }, { kind: 'service', name: 'ecs.amazonaws.com' }, 'identity'],
  ] as const)('tells how far %s reaches', (_name, element, principal, reach) => {
    expect(reachOf(element, principal)).toEqual({ truth: 'yes', reach });
  });

  test.each([
    ['the session before its role', { AWS: [ROOT, ROLE, SESSION] }, 'session'],
    ['everybody before the role', { AWS: [ROLE, '*'] }, 'everybody'],
    ['the role before the account', { AWS: [ROOT, ROLE] }, 'identity'],
  ] as const)('takes %s', (_name, element, reach) => {
    expect(reachOf(element, session)).toEqual({ truth: 'yes', reach });
  });

  test('is sure of a name beside one that is not understood', () => {
    expect(reachOf({ AWS: ['AROAEXAMPLE', ROLE] }, session)?.truth).toBe('yes');
  });

  test('fails to be sure where a name is not understood', () => {
    expect(reachOf({ AWS: ['AROAEXAMPLE', USER] }, session)?.truth).toBe('unknown');
  });

  test.each([
    [undefined],
    [null],
    [''],
    [ROLE],
    [1],
    [[]],
    [['*']],
    [{}],
    [{ AWS: [] }],
    [{ AWS: [1] }],
    [{ AWS: null }],
    [{ aws: '*' }],
  ])('fails to read %j', (element) => {
    expect(compilePrincipal(element)).toBeUndefined();
    expect(compileNotPrincipal(element)).toBeUndefined();
  });
});

describe('compileNotPrincipal', () => {
  const truthOf = (element: unknown, principal: RequestPrincipal) => compileNotPrincipal(element)?.(principal).truth;

  test('spares a session that is named with its role and account', () => {
    expect(truthOf({ AWS: [SESSION, ROLE, ROOT] }, session)).toBe('no');
    expect(truthOf({ AWS: [USER, ROOT] }, user)).toBe('no');
    expect(truthOf('*', session)).toBe('no');
  });

  test('fails to say of one that is named in part', () => {
    expect(truthOf({ AWS: [SESSION, ROOT] }, session)).toBe('unknown');
    expect(truthOf({ AWS: ROLE }, session)).toBe('unknown');
    expect(truthOf({ AWS: 'AROAEXAMPLE' }, session)).toBe('unknown');
  });

  test('means all others', () => {
    expect(truthOf({ AWS: [SESSION, ROLE] }, user)).toBe('yes');
    expect(truthOf({ Service: 'ecs.amazonaws.com' }, { kind: 'anonymous' })).toBe('yes');
  });
});
