import { compilePolicy, type RequestPrincipal, unknownPolicy } from '../../../../lib/isolation';
import { principalsNamedIn } from '../../../../lib/isolation/attacks/trust-principals';
import { ACCOUNT, DESIGN, plus, PROVIDER, subject } from '../../../support/estates';

function named(Principal: unknown): RequestPrincipal[] {
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }] };
  return principalsNamedIn(compilePolicy('trust', document, 'trust'), subject());
}

const OTHER = '999999999999';

it.each<[string, unknown, RequestPrincipal]>([
  ['a service', { Service: 'batch.amazonaws.com' }, { kind: 'service', name: 'batch.amazonaws.com' }],
  [
    'a SAML provider',
    { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/corp` },
    { kind: 'saml', provider: `arn:aws:iam::${ACCOUNT}:saml-provider/corp` },
  ],
  ['another web identity', { Federated: 'accounts.google.com' }, { kind: 'web-identity', provider: 'accounts.google.com' }],
  ['an account', { AWS: OTHER }, { kind: 'user', arn: `arn:aws:iam::${OTHER}:user/any`, account: OTHER }],
  [
    'the root of an account',
    { AWS: `arn:aws:iam::${OTHER}:root` },
    { kind: 'user', arn: `arn:aws:iam::${OTHER}:user/any`, account: OTHER },
  ],
  [
    'a user',
    { AWS: `arn:aws:iam::${OTHER}:user/team/me` },
    { kind: 'user', arn: `arn:aws:iam::${OTHER}:user/team/me`, account: OTHER },
  ],
  [
    'a role with a path',
    { AWS: `arn:aws:iam::${OTHER}:role/team/admin` },
    {
      kind: 'role-session',
      roleArn: `arn:aws:iam::${OTHER}:role/team/admin`,
      sessionArn: `arn:aws:sts::${OTHER}:assumed-role/admin/session`,
      account: OTHER,
    },
  ],
  [
    'a session',
    { AWS: `arn:aws:sts::${OTHER}:assumed-role/admin/me` },
    {
      kind: 'role-session',
      roleArn: `arn:aws:iam::${OTHER}:role/admin`,
      sessionArn: `arn:aws:sts::${OTHER}:assumed-role/admin/me`,
      account: OTHER,
    },
  ],
])('makes a caller of %s', (_, principal, caller) => {
  expect(named(principal)).toEqual([caller]);
});

it('makes one caller of each that is named, in lists and several kinds, and none of the identity provider', () => {
  const callers = named({ AWS: [OTHER, OTHER], Service: ['a.amazonaws.com', 'b.amazonaws.com'], Federated: [PROVIDER] });
  expect(callers.map(({ kind }) => kind)).toEqual(['user', 'service', 'service']);
  expect(principalsNamedIn(compilePolicy('trust', DESIGN.trust, 'trust'), subject())).toEqual([]);
});

it('looks into every statement', () => {
  const document = plus(DESIGN.trust, { Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'sts:AssumeRole' });
  expect(principalsNamedIn(compilePolicy('trust', document, 'trust'), subject())).toHaveLength(1);
});

it.each([
  ['everybody', '*'],
  ['everybody of AWS', { AWS: '*' }],
  ['an id of what is gone', { AWS: 'AROAEXAMPLE' }],
  ['a number', { AWS: 5 }],
  ['nothing', undefined],
  ['a list', [1]],
])('fails to make a caller of %s, which the strangers stand for or the decision leaves open', (_, principal) => {
  expect(named(principal)).toEqual([]);
});

it.each([null, 'text', { Statement: 'text' }, { Statement: [null, 1] }])('fails on no document: %j', (document) => {
  expect(principalsNamedIn(compilePolicy('trust', document, 'trust'), subject())).toEqual([]);
});

it('knows nobody of a policy that is not known', () => {
  expect(principalsNamedIn(unknownPolicy('trust', 'known after apply'), subject())).toEqual([]);
});
