import { PROFILE_ATTRIBUTES } from '../../policy/profile-attributes';
import type { WritableAttribute } from './estate';
import type { Survey } from './gather';
import { gatherMappedClaims } from './gather-identity-providers';
import { attributeAt, blocksOf, isUnknownAt, textOf, textsOf } from './instances';
import { own } from '../plan/review-input';
import type { ResourceInstance } from './resource';

const CUSTOM = 'custom:';
/** The second is a client that another service has made and Terraform took over. */
const CLIENTS = ['aws_cognito_user_pool_client', 'aws_cognito_managed_user_pool_client'];

/**
 * Attributes of Cognito user pools that people may set for themselves, by an app client that lets them, at sign-up or later. Of the standard
 * attributes those are looked at that an identity pool makes tags of.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
 */
export function gatherWritableAttributes(survey: Survey): WritableAttribute[] {
  const { instances } = survey;
  const mapped = new Set(Object.values(gatherMappedClaims(survey)).flat());
  return CLIENTS.flatMap((type) => instances.of(type)).flatMap((client) => {
    const named = instances.named(client, 'user_pool_id');
    const pool =
      named?.instance ??
      instances.of('aws_cognito_user_pool').find((each) => named !== undefined && textOf(each, 'id') === named.text);
    if (pool?.type !== 'aws_cognito_user_pool') return [];
    const schemas = blocksOf(pool.values, 'schema');
    // All pools have them, named in the schema or not.
    const standard = PROFILE_ATTRIBUTES.filter(
      (name) => mapped.has(name) && !schemas.some((schema) => own(schema, 'name') === name),
    );
    return [...schemas, ...standard.map((name) => ({ name, mutable: true }))].flatMap((schema) => writableBy(client, pool, schema));
  });
}

function writableBy(client: ResourceInstance, pool: ResourceInstance, schema: unknown): WritableAttribute[] {
  const [name, mutable] = [own(schema, 'name'), own(schema, 'mutable')];
  if (typeof name !== 'string' || own(schema, 'developer_only_attribute') === true) return [];
  const isStandard = PROFILE_ATTRIBUTES.includes(name);
  const attribute = isStandard || name.startsWith(CUSTOM) ? name : CUSTOM + name;
  const written = textsOf(client, 'write_attributes');
  // Without a list a client may write the standard ones; whether the others too, AWS's documents do not agree.
  const listed = written.includes(attribute) || (isStandard && written.length === 0 && !isUnknownAt(client, 'write_attributes'));
  if (written.length > 0 && !listed && !isUnknownAt(client, 'write_attributes')) return [];
  const signUp = attributeAt(pool, 'admin_create_user_config.0.allow_admin_create_user_only') !== true;
  if (mutable === false && !signUp) return [];
  return [
    { client: client.address, attribute, certain: listed && (mutable === true || signUp), how: signUp ? 'at sign-up' : 'later' },
  ];
}
