import { poolSettingCall } from '../../../../lib/sandbox/cognito-identity/pool-setting-calls';
import { PoolSettings } from '../../../../lib/sandbox/cognito-identity/pool-settings';
import { textOf } from '../gateway/fakes';

const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const NAME = 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_users';
const OF = { IdentityPoolId: POOL, IdentityProviderName: NAME };

describe('poolSettingCall', () => {
  let settings: PoolSettings;

  beforeEach(() => {
    settings = new PoolSettings();
  });

  function call(operation: string, input: object): unknown {
    const answer = poolSettingCall(operation, Buffer.from(JSON.stringify(input)), settings);
    if (answer === undefined) return undefined;
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' } });
    return JSON.parse(textOf(answer));
  }

  it('keeps a mapping for a pool and provider', () => {
    const kept = { ...OF, UseDefaults: false, PrincipalTags: { tenant_id: 'custom:tenant_id' } };
    expect(call('SetPrincipalTagAttributeMap', { ...OF, PrincipalTags: { tenant_id: 'custom:tenant_id' } })).toEqual(kept);
    expect(call('GetPrincipalTagAttributeMap', OF)).toEqual(kept);
    expect(settings.tagMap(POOL, NAME)?.principalTags).toEqual({ tenant_id: 'custom:tenant_id' });
    for (const other of [{ IdentityProviderName: 'other' }, { IdentityPoolId: POOL.replace('5', '6') }]) {
      expect(() => call('GetPrincipalTagAttributeMap', { ...OF, ...other })).toThrow('has no mapping');
    }
  });

  it('knows the default mapping, which replaces every other', () => {
    call('SetPrincipalTagAttributeMap', { ...OF, UseDefaults: false, PrincipalTags: { a: 'b' } });
    const defaults = { ...OF, UseDefaults: true, PrincipalTags: { username: 'sub', client: 'aud' } };
    expect(call('SetPrincipalTagAttributeMap', { ...OF, UseDefaults: true, PrincipalTags: { a: 'b' } })).toEqual(defaults);
    expect(call('GetPrincipalTagAttributeMap', OF)).toEqual(defaults);
    expect(call('SetPrincipalTagAttributeMap', OF)).toEqual({ ...OF, UseDefaults: false, PrincipalTags: {} });
  });

  it('keeps the roles of a pool; of one without it says that there are none', () => {
    const none = { IdentityPoolId: POOL, Roles: {}, RoleMappings: {} };
    expect(call('GetIdentityPoolRoles', { IdentityPoolId: POOL })).toEqual(none);
    const roles = { Roles: { authenticated: 'arn' }, RoleMappings: { [NAME]: { Type: 'Token' } } };
    expect(call('SetIdentityPoolRoles', { IdentityPoolId: POOL, ...roles })).toEqual({});
    expect(call('GetIdentityPoolRoles', { IdentityPoolId: POOL })).toEqual({ IdentityPoolId: POOL, ...roles });
    call('SetIdentityPoolRoles', { IdentityPoolId: POOL, Roles: {} });
    expect(call('GetIdentityPoolRoles', { IdentityPoolId: POOL })).toEqual(none);
  });

  it.each(['CreateIdentityPool', 'GetId', 'constructor', 'XSetIdentityPoolRoles'])('leaves %s alone', (operation) => {
    expect(call(operation, OF)).toBeUndefined();
  });

  const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'claim']));

  it.each([
    ['50 tags', { PrincipalTags: tags(50) }],
    ['a claim of 256 characters', { PrincipalTags: { a: 'x'.repeat(256) } }],
    ['a provider of 128 characters', { IdentityProviderName: 'x'.repeat(128) }],
  ])('takes %s', (_, input) => {
    expect(call('SetPrincipalTagAttributeMap', { ...OF, ...input })).toMatchObject({ IdentityPoolId: POOL });
  });

  it.each([
    ['51 tags', { PrincipalTags: tags(51) }, 'ValidationException'],
    ['a claim of 257 characters', { PrincipalTags: { a: 'x'.repeat(257) } }, 'ValidationException'],
    ['no claim', { PrincipalTags: { a: '' } }, 'ValidationException'],
    ['a claim that is no text', { PrincipalTags: { a: 1 } }, 'SerializationException'],
    ['a key that tags cannot have', { PrincipalTags: { 'a#b': 'c' } }, 'ValidationException'],
    ['tags in a list', { PrincipalTags: [] }, 'SerializationException'],
    ['defaults that are no truth', { UseDefaults: 'true' }, 'SerializationException'],
    ['a provider of 129 characters', { IdentityProviderName: 'x'.repeat(129) }, 'ValidationException'],
    ['no provider', { IdentityProviderName: undefined }, 'ValidationException'],
    ['an empty provider', { IdentityProviderName: '' }, 'ValidationException'],
    ['no pool', { IdentityPoolId: undefined }, 'ValidationException'],
    ['a pool that is no id', { IdentityPoolId: 'pool' }, 'ValidationException'],
  ])('fails with %s, and keeps nothing', (_, input, code) => {
    const given = JSON.stringify({ ...OF, ...input });
    const act = () => poolSettingCall('SetPrincipalTagAttributeMap', Buffer.from(given), settings);
    expect(act).toThrow(expect.objectContaining({ name: 'AwsError', code }) as Error);
    expect(settings.tagMap(POOL, NAME)).toBeUndefined();
  });

  it.each([
    ['no roles', { Roles: undefined }, 'ValidationException'],
    ['a role that is no text', { Roles: { authenticated: ['arn'] } }, 'SerializationException'],
    ['mappings in a list', { Roles: {}, RoleMappings: [] }, 'SerializationException'],
  ])('fails with %s', (_, input, code) => {
    expect(() => call('SetIdentityPoolRoles', { IdentityPoolId: POOL, ...input })).toThrow(
      expect.objectContaining({ code }) as Error,
    );
    expect(settings.roles.size).toBe(0);
  });
});
