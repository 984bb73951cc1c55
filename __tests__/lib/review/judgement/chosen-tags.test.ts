import { gather } from '../../../../lib/review';
import type { ResourceInstance } from '../../../../lib/review/estate/resource';
import { exitCodeOf, review } from '../../../../lib/review/judgement/verdict';
import { estate, fewActions, state } from '../../../support/estates';

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
}

function users({ mutable = false, signUp = false, written = ['email'], attribute = 'tenant_id', mapped }: Users) {
  return gather([
    instance('aws_cognito_user_pool.users', {
      schema: [{ name: attribute, mutable }],
      admin_create_user_config: [{ allow_admin_create_user_only: !signUp }],
    }),
    instance('aws_cognito_user_pool_client.app', { write_attributes: written }, { user_pool_id: 'aws_cognito_user_pool.users.id' }),
    ...(mapped ? [instance('aws_cognito_identity_pool_provider_principal_tag.map', { principal_tags: mapped })] : []),
  ]);
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

  it('fails in an estate without roles, too', async () => {
    const found = review(state(users({ written: ['custom:tenant_id'], mutable: true })), await fewActions());
    expect(exitCodeOf(found)).toBe(1);
  });
});
