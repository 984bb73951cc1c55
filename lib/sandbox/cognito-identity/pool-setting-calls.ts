import { isTenantTagKey } from 'multi-tenant-data-access/tenancy';
import { invalid, type JsonObject, malformed, objectOf, readJson, textOf } from '../dynamodb/json-body';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer } from '../http/aws-request';
import { idOf, required } from './identity-request';
import { jsonAnswer } from './json-answer';
import type { PoolSettings, TagMap } from './pool-settings';

const MOST_TAGS = 50;
const MOST_NAME_CHARACTERS = 128;
const MOST_CLAIM_CHARACTERS = 256;

/** Calls about what the sandbox keeps of pools. */
const CALLS: Readonly<Record<string, (input: JsonObject, poolId: string, settings: PoolSettings) => object>> = {
  SetPrincipalTagAttributeMap: (input, poolId, settings) => {
    const name = providerNameOf(input);
    return tagMapAnswer(poolId, name, settings.setTagMap(poolId, name, useDefaultsOf(input), principalTagsOf(input)));
  },
  GetPrincipalTagAttributeMap: (input, poolId, settings) => {
    const name = providerNameOf(input);
    const map = settings.tagMap(poolId, name);
    if (map !== undefined) return tagMapAnswer(poolId, name, map);
    throw new AwsError('ResourceNotFoundException', `The provider '${name}' of '${poolId}' has no mapping of claims to tags.`);
  },
  SetIdentityPoolRoles: (input, poolId, settings) => {
    const roles = objectOf(input, 'Roles');
    if (roles === undefined) throw invalid("1 validation error detected: Value at 'roles' must not be null");
    settings.roles.set(poolId, { roles: textsOf(roles, 'Roles'), roleMappings: objectOf(input, 'RoleMappings') ?? {} });
    return {};
  },
  GetIdentityPoolRoles: (_, poolId, settings) => {
    const { roles = {}, roleMappings = {} } = settings.roles.get(poolId) ?? {};
    return { IdentityPoolId: poolId, Roles: roles, RoleMappings: roleMappings };
  },
};

/**
 * Answers the calls about a pool's roles and its mapping of claims to session tags. Whether the pool is there is not looked at. What AWS
 * answers where no mapping was set is not documented; here it is that there is none, so that Terraform sets it again after a restart of
 * the sandbox.
 *
 * @returns nothing for every other operation
 * @throws AwsError `SerializationException`, `ValidationException`, `ResourceNotFoundException`
 * @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetPrincipalTagAttributeMap.html
 * @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html
 */
export function poolSettingCall(operation: string, body: Buffer, settings: PoolSettings): AwsAnswer | undefined {
  const call = Object.hasOwn(CALLS, operation) ? CALLS[operation] : undefined;
  if (call === undefined) return undefined;
  const input = readJson(body);
  return jsonAnswer(call(input, required(idOf(input, 'IdentityPoolId'), 'identityPoolId'), settings));
}

function tagMapAnswer(poolId: string, providerName: string, { useDefaults, principalTags }: TagMap): object {
  return {
    IdentityPoolId: poolId,
    IdentityProviderName: providerName,
    UseDefaults: useDefaults,
    PrincipalTags: principalTags,
  };
}

function providerNameOf(input: JsonObject): string {
  const name = required(textOf(input, 'IdentityProviderName'), 'identityProviderName');
  if (name !== '' && name.length <= MOST_NAME_CHARACTERS) return name;
  throw invalid(`1 validation error detected: IdentityProviderName has no 1-${MOST_NAME_CHARACTERS} characters`);
}

function useDefaultsOf({ UseDefaults: value = false }: JsonObject): boolean {
  if (typeof value !== 'boolean') throw malformed('UseDefaults is no true or false.');
  return value;
}

function principalTagsOf(input: JsonObject): TagMap['principalTags'] {
  const tags = textsOf(objectOf(input, 'PrincipalTags') ?? {}, 'PrincipalTags');
  const entries = Object.entries(tags);
  if (entries.length > MOST_TAGS) throw invalid(`1 validation error detected: PrincipalTags has more than ${MOST_TAGS} entries`);
  if (entries.some(([key, claim]) => !isTenantTagKey(key) || claim === '' || claim.length > MOST_CLAIM_CHARACTERS)) {
    throw invalid('1 validation error detected: PrincipalTags has what is no key of a tag, or no name of a claim');
  }
  return tags;
}

function textsOf(of: JsonObject, member: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(of).map(([name, value]) => {
      if (typeof value !== 'string') throw malformed(`${member} holds what is not a text.`);
      return [name, value];
    }),
  );
}
