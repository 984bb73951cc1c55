import { type PolicyDocument, type PolicyStatement, trustPolicy } from '../../../../lib/policy';
import type { Estate } from '../../../../lib/review/estate/estate';
import { findRoles } from '../../../../lib/review/judgement/subjects';
import { tokensOf } from '../../../../lib/review/judgement/web-identity';
import { ACCOUNT, AUDIENCE, estate, given, ISSUER, known, PROVIDER, role, statements } from '../../../support/estates';

const SECOND = `arn:aws:iam::${ACCOUNT}:oidc-provider/login.second.example`;
const POOLS = 'cognito-identity.amazonaws.com';
const FIRST_ISSUER = { identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] };
const SECOND_ISSUER = { identityProviderArn: SECOND, issuer: 'login.second.example', audiences: ['second'] };
const POOL = { identityProviderArn: POOLS, issuer: POOLS, audiences: ['eu-central-1:00000000-0000-4000-8000-000000000000'] };

const BOTH = trustPolicy({ issuers: [FIRST_ISSUER, SECOND_ISSUER] });
const ONE = trustPolicy({ issuers: [FIRST_ISSUER] });

const trusting = (trust: PolicyDocument, identityProviders: readonly string[] = [SECOND, POOLS]): Estate =>
  estate({ roles: [role({ trust: known('t', trust) })], identityProviders });

function meant(after: Estate, before?: Estate, synthesised = false): string[] {
  const { subject } = given(findRoles(after, before, { synthesised }).roles[0]);
  return subject.otherTokens.map(({ provider }) => provider);
}

/** The trust policy with its second issuer's statement changed. */
function changed(change: (statement: PolicyStatement) => PolicyStatement): PolicyDocument {
  const [first, second] = BOTH.Statement;
  return statements(given(first), change(given(second)));
}

describe('a further issuer', () => {
  it('is meant where it has the same guards and the estate makes it', () => {
    expect(meant(trusting(BOTH))).toEqual([SECOND]);
    expect(meant(trusting(BOTH), trusting(BOTH))).toEqual([SECOND]);
    expect(meant(trusting(trustPolicy({ issuers: [FIRST_ISSUER, POOL] })))).toEqual([POOLS]);
    expect(meant(trusting(trustPolicy({ issuers: [FIRST_ISSUER, POOL], rolePinning: true })))).toEqual([POOLS]);
    expect(meant(trusting(trustPolicy({ issuers: [POOL, SECOND_ISSUER], rolePinning: true })))).toEqual([SECOND]);
  });

  it('is meant in a stack as its configuration makes it, whoever makes the provider', () => {
    expect(meant(trusting(BOTH, []), undefined, true)).toEqual([SECOND]);
  });

  it('is refused where nobody says that it is meant: a provider of elsewhere, or one that a change lets in', () => {
    expect(meant(trusting(BOTH, []))).toEqual([]);
    expect(meant(trusting(BOTH), trusting(ONE))).toEqual([]);
  });

  it.each<[name: string, trust: PolicyDocument]>([
    ['no audience', changed(({ Condition, ...rest }) => ({ ...rest, Condition: { ...Condition, StringEquals: {} } }))],
    [
      'the audience of the first',
      changed((statement) => ({
        ...statement,
        Condition: { ...statement.Condition, StringEquals: { [`${ISSUER}:aud`]: AUDIENCE } },
      })),
    ],
    [
      'no shape of the tenant',
      changed((statement) => ({ ...statement, Condition: { ...statement.Condition, StringNotLike: {} } })),
    ],
    [
      'more tags',
      changed((statement) => ({
        ...statement,
        Condition: { ...statement.Condition, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant_id', 'x'] } },
      })),
    ],
    ['a second statement with less', statements(...BOTH.Statement, { ...given(BOTH.Statement[1]), Condition: {} })],
  ])('is refused with %s, in a stack too', (_, trust) => {
    expect(meant(trusting(trust), undefined, true)).toEqual([]);
  });

  it('is refused where none is asked for its audience', () => {
    const open = statements(
      ...BOTH.Statement.map((statement) => ({ ...statement, Condition: { ...statement.Condition, StringEquals: {} } })),
    );
    expect(meant(trusting(open), undefined, true)).toEqual([]);
  });

  it('is refused without the pin of the first, and a pool without a sign-in', () => {
    const pinned = trustPolicy({ issuers: [FIRST_ISSUER], rolePinning: true });
    expect(meant(trusting(statements(...pinned.Statement, given(BOTH.Statement[1]))))).toEqual([]);
    const pool = given(trustPolicy({ issuers: [POOL] }).Statement[0]);
    const open = { ...pool, Condition: { ...pool.Condition, 'ForAnyValue:StringEquals': {} } };
    expect(meant(trusting(statements(given(ONE.Statement[0]), open)))).toEqual([]);
  });
});

it('reads the tokens of an identity pool, signed in, also where nobody asks for that', () => {
  const [statement] = trustPolicy({ issuers: [POOL] }).Statement;
  const wanted = {
    provider: POOLS,
    issuer: POOLS,
    context: { [`${POOLS}:aud`]: POOL.audiences[0], [`${POOLS}:amr`]: 'authenticated' },
  };
  expect(tokensOf(known('t', statements(given(statement))))).toMatchObject([wanted]);
  const careless = { ...given(statement), Condition: { StringEquals: { [`${POOLS}:aud`]: POOL.audiences } } };
  expect(tokensOf(known('t', statements(careless)))).toMatchObject([wanted]);
});
