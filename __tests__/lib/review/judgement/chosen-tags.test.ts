import { tableAccessPolicy, trustPolicy } from '../../../../lib/policy';
import { gather } from '../../../../lib/review';
import type { Estate } from '../../../../lib/review/estate/estate';
import type { ResourceInstance } from '../../../../lib/review/estate/resource';
import { exitCodeOf, review } from '../../../../lib/review/judgement/verdict';
import { AUDIENCE, estate, fewActions, ISSUER, known, PROVIDER, role, state, TABLE } from '../../../support/estates';

function instance(address: string, values: object, references: Readonly<Record<string, string>> = {}): ResourceInstance {
  return {
    address,
    mode: 'managed',
    type: address.split('.')[0] ?? '',
    values: values as Record<string, unknown>,
    unknown: {},
    sensitive: {},
    references: (attribute) => [references[attribute] ?? []].flat(),
  };
}

interface Users {
  readonly mutable?: boolean;
  readonly signUp?: boolean;
  readonly written?: readonly string[];
  readonly attribute?: string;
  readonly mapped?: Readonly<Record<string, string>>;
  readonly client?: string;
}

function users({ mutable = false, signUp = false, written = ['email'], attribute = 'tenant_id', mapped, client }: Users) {
  return gather([
    instance('aws_cognito_user_pool.users', {
      schema: [{ name: attribute, mutable }],
      admin_create_user_config: [{ allow_admin_create_user_only: !signUp }],
    }),
    instance(
      client ?? 'aws_cognito_user_pool_client.app',
      { write_attributes: written },
      { user_pool_id: 'aws_cognito_user_pool.users.id' },
    ),
    ...(mapped ? [instance('aws_cognito_identity_pool_provider_principal_tag.map', { principal_tags: mapped })] : []),
  ]);
}

/** The design with tags of other names. */
function renamed(changes: Partial<Estate>): Estate {
  const [tenant, permissions] = [
    { kind: 'session-tag', tagKey: 'org' } as const,
    { tagKey: 'scope', roles: { viewer: ['read'] } } as const,
  ];
  const trust = trustPolicy({
    issuers: [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] }],
    tenant,
    permissions,
  });
  const items = tableAccessPolicy({ tables: [{ tableArn: TABLE }], tenant, permissions });
  return estate({ roles: [role({ trust: known('trust', trust), identity: [known('table', items)] })], ...changes });
}

const judged = async (made: ReturnType<typeof users>) => {
  const { writableAttributes, mappedClaims } = made;
  return review(state(estate({ writableAttributes, mappedClaims })), await fewActions());
};

describe('a user pool', () => {
  it.each<[name: string, users: Users]>([
    ['the design', {}],
    ['other attributes that people may write', { written: ['email', 'custom:nickname'], mutable: true, signUp: true }],
    ['an attribute that nobody can change, where nobody signs up', { written: ['custom:tenant_id'] }],
    ['a role of which no policy asks', { attribute: 'role', written: ['custom:role'], mutable: true }],
    ['an attribute that names no tenant', { attribute: 'shoe_size', written: ['custom:shoe_size'], mutable: true }],
  ])('passes: %s', async (_, made) => {
    expect((await judged(users(made))).isolation).toBe('holds');
  });

  it.each<[name: string, users: Users]>([
    ['a tenant that people may change', { written: ['custom:tenant_id'], mutable: true }],
    ['a tenant that people choose when they sign up', { written: ['custom:tenant_id'], signUp: true }],
    [
      'a claim that an identity pool makes the tenant of',
      { attribute: 'org', written: ['custom:org'], mutable: true, mapped: { tenant_id: 'custom:org' } },
    ],
  ])('fails: %s', async (_, made) => {
    const found = await judged(users(made));
    expect(exitCodeOf(found)).toBe(1);
    expect(found.chosen.map(({ name }) => name)).toEqual(['aws_cognito_user_pool_client.app']);
  });

  it.each<[name: string, users: Users]>([
    ['changed', { written: [], mutable: true }],
    ['chosen at sign-up', { written: [], signUp: true }],
  ])('fails to tell whether the tenant can be %s, where no attributes are named', async (_, made) => {
    const found = await judged(users(made));
    expect([found.isolation, exitCodeOf(found)]).toEqual(['unknown', 2]);
  });

  it.each<[name: string, users: Users]>([
    ['the tenant', { written: ['custom:tenant_id'], mutable: true }],
    [
      'a client that was taken over',
      { client: 'aws_cognito_managed_user_pool_client.app', written: ['custom:tenant_id'], mutable: true },
    ],
    ['the role', { attribute: 'role', written: ['custom:role'], mutable: true }],
    ['single permissions', { attribute: 'permissions', written: ['custom:permissions'], mutable: true }],
    ['a claim of an identity pool', { attribute: 'can', written: ['custom:can'], mutable: true, mapped: { scope: 'custom:can' } }],
    ['a standard claim of an identity pool', { written: ['email', 'nickname'], mapped: { tenant_id: 'nickname' } }],
    ['a standard claim, by a client without a list', { written: [], attribute: 'shoe_size', mapped: { tenant_id: 'locale' } }],
  ])('fails in an estate without roles, too: %s', async (_, made) => {
    expect(exitCodeOf(review(state(users(made)), await fewActions()))).toBe(1);
  });

  it('passes with standard claims that nobody maps, or that the client leaves out', () => {
    expect(users({ written: [] }).writableAttributes).toBeUndefined();
    expect(users({ written: ['email'], mapped: { tenant_id: 'nickname' } }).writableAttributes).toBeUndefined();
  });

  it.each([['custom:tenant_id'], ['custom:role'], ['custom:permissions']])(
    'fails where the trigger reads %s for tags of other names',
    async (attribute) => {
      const name = attribute.slice('custom:'.length);
      const { writableAttributes } = users({ attribute: name, written: [attribute], mutable: true });
      const found = review(state(renamed({ writableAttributes })), await fewActions());
      expect([found.roles.length, found.chosen.length, exitCodeOf(found)]).toEqual([1, 1, 1]);
    },
  );

  it('reads maps of tags that are named like what every object inherits', () => {
    const mapped = JSON.parse('{ "constructor": "custom:a", "__proto__": "custom:b" }') as Record<string, string>;
    expect(Object.entries(users({ mapped }).mappedClaims ?? {})).toEqual([
      ['constructor', ['custom:a']],
      ['__proto__', ['custom:b']],
    ]);
  });
});
