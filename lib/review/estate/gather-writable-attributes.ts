import type { WritableAttribute } from './estate';
import type { Survey } from './gather';
import { attributeAt, blocksOf, isUnknownAt, textOf, textsOf } from './instances';
import { own } from '../plan/review-input';
import type { ResourceInstance } from './resource';

const CUSTOM = 'custom:';

/**
 * Attributes of Cognito user pools that people may set for themselves, by an app client that lets them, at sign-up or later. Standard
 * attributes are not looked at.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
 */
export function gatherWritableAttributes({ instances }: Survey): WritableAttribute[] {
  return instances.of('aws_cognito_user_pool_client').flatMap((client) => {
    const named = instances.named(client, 'user_pool_id');
    const pool =
      named?.instance ??
      instances.of('aws_cognito_user_pool').find((each) => named !== undefined && textOf(each, 'id') === named.text);
    if (pool?.type !== 'aws_cognito_user_pool') return [];
    return blocksOf(pool.values, 'schema').flatMap((schema) => writableBy(client, pool, schema));
  });
}

function writableBy(client: ResourceInstance, pool: ResourceInstance, schema: unknown): WritableAttribute[] {
  const [name, mutable] = [own(schema, 'name'), own(schema, 'mutable')];
  if (typeof name !== 'string' || own(schema, 'developer_only_attribute') === true) return [];
  const attribute = name.startsWith(CUSTOM) ? name : CUSTOM + name;
  const written = textsOf(client, 'write_attributes');
  const listed = written.includes(attribute);
  if (written.length > 0 && !listed && !isUnknownAt(client, 'write_attributes')) return [];
  const signUp = attributeAt(pool, 'admin_create_user_config.0.allow_admin_create_user_only') !== true;
  if (mutable === false && !signUp) return [];
  return [
    { client: client.address, attribute, certain: listed && (mutable === true || signUp), how: signUp ? 'at sign-up' : 'later' },
  ];
}
