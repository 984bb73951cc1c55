import { compilePolicy, type IsolationSubject, type SubjectPolicies } from '../../../lib/isolation';
import { ownOperations } from '../../../lib/isolation/attacks/own-operations';
import { trustAttacks } from '../../../lib/isolation/attacks/trust-attacks';
import { principalsNamedIn } from '../../../lib/isolation/attacks/trust-principals';
import { Decider } from '../../../lib/isolation/decider';
import { type PolicyDocument, trustPolicy, type TrustPolicyInput } from '../../../lib/policy';
import { ACCOUNT, AUDIENCE, given, ISSUER, PROVIDER, subject } from '../../support/estates';
import { type Mutant, mixedIssuers, mutantsOf } from '../../support/policy-mutants';

const SECOND = 'login.second.example';
const SECOND_PROVIDER = `arn:aws:iam::${ACCOUNT}:oidc-provider/${SECOND}`;
const POOLS = 'cognito-identity.amazonaws.com';
const POOL = 'eu-central-1:00000000-0000-4000-8000-000000000000';
const PINNED = { 'sts:RoleAuthorizedByIdp': 'true' };

const OIDC = { identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] };
const OTHER_OIDC = { identityProviderArn: SECOND_PROVIDER, issuer: SECOND, audiences: ['second-client-id'] };
const IDENTITY_POOL = { identityProviderArn: POOLS, issuer: POOLS, audiences: [POOL] };

const OIDC_TOKEN = { [`${ISSUER}:aud`]: AUDIENCE, [`${ISSUER}:sub`]: 'user' };
const SECOND_TOKEN = {
  provider: SECOND_PROVIDER,
  issuer: SECOND,
  context: { [`${SECOND}:aud`]: 'second-client-id', [`${SECOND}:sub`]: 'user' },
};
const POOL_TOKEN = {
  provider: POOLS,
  issuer: POOLS,
  context: {
    [`${POOLS}:aud`]: POOL,
    [`${POOLS}:sub`]: 'identity',
    [`${POOLS}:amr`]: ['authenticated', 'provider', 'provider:CognitoSignIn:user'],
  },
};
const OF_POOLS = { identityProvider: POOLS, issuer: POOLS, token: POOL_TOKEN.context };

const ROLES = { viewer: 'r--/r--', editor: 'rw-/rw-' };
const PERMISSIONS = { tagKey: 'permissions', roles: ROLES, guarded: true, named: Object.keys(ROLES), undeclared: [] };

/** Ways in: what is meant, as the proof and as the trust policy have it. */
const WAYS: Readonly<Record<string, { readonly of: IsolationSubject; readonly input: TrustPolicyInput }>> = {
  'two issuers': { of: subject({ otherTokens: [SECOND_TOKEN] }), input: { issuers: [OIDC, OTHER_OIDC] } },
  'an issuer and an identity pool': { of: subject({ otherTokens: [POOL_TOKEN] }), input: { issuers: [OIDC, IDENTITY_POOL] } },
  'an identity pool': { of: subject(OF_POOLS), input: { issuers: [IDENTITY_POOL] } },
  pinning: { of: subject({ token: { ...OIDC_TOKEN, ...PINNED } }), input: { issuers: [OIDC], rolePinning: true } },
  permissions: {
    of: subject({ permissions: PERMISSIONS }),
    input: { issuers: [OIDC], permissions: { roles: { viewer: ['read'], editor: ['read', 'write'] } } },
  },
  'permissions, pinned, and an identity pool': {
    of: subject({ permissions: PERMISSIONS, token: { ...OIDC_TOKEN, ...PINNED }, otherTokens: [POOL_TOKEN] }),
    input: {
      issuers: [OIDC, IDENTITY_POOL],
      rolePinning: true,
      permissions: { roles: { viewer: ['read'], editor: ['read', 'write'] } },
    },
  },
};

function deciding(of: IsolationSubject, trust: PolicyDocument): { readonly asked: SubjectPolicies; readonly decider: Decider } {
  const asked = { trust: compilePolicy('trust', trust, 'trust'), identity: [], resources: new Map() };
  return { asked, decider: new Decider(of, asked, 'all') };
}

/** A token or a caller that gets in, or one that should and does not. */
function problem(of: IsolationSubject, trust: PolicyDocument): string | undefined {
  const { asked, decider } = deciding(of, trust);
  for (const attack of trustAttacks(of, principalsNamedIn(asked.trust, of))) {
    if (decider.attempt(attack).effect !== 'deny') return `${attack.group}: ${JSON.stringify(attack.requests[0]?.context)}`;
  }
  const kept = [...ownOperations({ ...of, tables: [], buckets: [] })].find(
    ({ session }) => decider.begin(session).effect !== 'allow',
  );
  return kept && `${kept.name}: ${kept.session.name}`;
}

const of = (way: string) => given(WAYS[way]);

function survivors(way: string, mutants: readonly Mutant[]): string[] {
  return mutants.filter(({ document }) => problem(of(way).of, document) === undefined).map(({ name }) => name);
}

/** Mutants that weaken nothing, by the reason why, and of which ways. */
const EQUIVALENT: readonly { readonly because: string; readonly names: readonly RegExp[]; readonly ways?: RegExp }[] = [
  {
    because: 'of Null, ?* and the tag keys each says that there is a tag',
    names: [
      /^TenantSession2?: drop Null aws:(?:RequestTag\/tenant_id|TagKeys)$/,
      /^TenantSession2?: StringLike aws:RequestTag\/tenant_id -> StringLikeIfExists \?\*$/,
      /^TenantSession2?: ForAllValues:StringEquals aws:TagKeys -> ForAllValues:StringEqualsIfExists tenant_id(?:,permissions)?$/,
    ],
  },
  {
    because: 'a negated operator holds without the key anyway',
    names: [/^TenantSession2?: StringNotLike .* -> StringNotLikeIfExists /],
  },
  {
    because: 'tag keys that differ in case are one key',
    names: [/^TenantSession2?: ForAllValues:StringEquals aws:TagKeys -> ForAllValues:StringEqualsIgnoreCase /],
  },
  {
    because: 'the principal is an identity provider, which has this one way in',
    names: [
      /^Tenant(?:Session2?|Tags): add action sts:(?:AssumeRole|AssumeRoleWithSAML|SetSourceIdentity)$/,
      /^TenantSession2?: (?:add action sts:\*|NotAction)$/,
    ],
  },
  {
    because: 'the condition on the audience of the one issuer holds for nobody else',
    names: [
      /: add (?:a second provider|(?:the account|another account|a role|a service), may assume)$/,
      /: takes the other provider too$/,
    ],
  },
  {
    because: 'an identity pool says of everybody who has signed in exactly this, and of others nothing like it',
    names: [
      /: ForAnyValue:StringEquals \S+:amr -> ForAnyValue:(?:StringEqualsIgnoreCase authenticated|StringLike authenticated\*)$/,
    ],
    ways: /identity pool/,
  },
  {
    because: 'no other provider says how somebody signed in to an identity pool',
    names: [/^new statement: a second provider, with all guards$/],
    ways: /^an identity pool$/,
  },
  {
    because:
      'both actions must be allowed, and each statement asks for issuer and audience; a grant of the one alone opens nothing',
    names: [
      /^Tenant(?:Session|Tags): (?:drop )?StringEquals login\.example\.com:aud/,
      /^Tenant(?:Session|Tags): Principal (?:Federated )?\*$/,
      /^TenantTags: drop all conditions$/,
      /^new statement: a second provider, with all guards$/,
      /^Tenant(?:Session|Tags): (?:audiences of|audience asked as) \S+ too$|audience asked as login\.example\.com:aud$/,
      /^TenantTags: may meet the conditions of /,
    ],
    ways: /pinn/,
  },
];

function isEquivalent(way: string, name: string): boolean {
  return EQUIVALENT.some(({ names, ways }) => ways?.test(way) !== false && names.some((pattern) => pattern.test(name)));
}

describe.each(Object.entries(WAYS))('the trust policy of %s', (way, { of: meant, input }) => {
  const right = trustPolicy(input);

  it('admits what is meant, and nothing else', () => {
    expect(problem(meant, right)).toBeUndefined();
  });

  it('refuses every mutant that weakens it, and the suite says why not the others', () => {
    const mutants = [...mutantsOf(right), ...mixedIssuers(right)];
    const alive = survivors(way, mutants);
    process.stdout.write(
      `Mutants of the trust policy of ${way}: ${mutants.length - alive.length} of ${mutants.length} refuted, ${alive.length} weaken nothing, and the suite says why\n`,
    );
    const left = alive.filter((name) => !isEquivalent(way, name));
    expect(left).toEqual([]);
  });
});
