import type { Estate } from '../estate/estate';
import type { ReviewedRole } from './subjects';

/** A person may choose what a tag says, as an attribute that it comes from is theirs to write. */
export interface ChosenTag {
  readonly name: string;
  readonly because: string;
  /** Whether it is so for sure; otherwise it cannot be told. */
  readonly certain: boolean;
}

/** Name of the tag in an estate that shows no role, such as the one with the user pool. */
const USUAL = ['tenant_id'];

/**
 * Attributes of user pools that carry the tenant or the permissions, by their names (`custom:tenant_id` for the tag `tenant_id`) or by the
 * map of an identity pool, and that people may set for themselves. Then each chooses its own tenant, and no policy can tell.
 */
export function chosenTags({ writableAttributes = [], mappedClaims = {} }: Estate, roles: readonly ReviewedRole[]): ChosenTag[] {
  const found = roles.flatMap(({ subject: { tenant, permissions } }) => [
    ...(tenant.kind === 'session-tag' ? [tenant.tagKey] : [tenant.claim.replace(/^custom:/, '')]),
    ...(permissions === undefined ? [] : [permissions.tagKey, 'role']),
  ]);
  const keys = found.length > 0 ? found : USUAL;
  const claims = new Set([...keys.map((key) => `custom:${key}`), ...keys.flatMap((key) => mappedClaims[key] ?? [])]);
  return writableAttributes
    .filter(({ attribute }) => claims.has(attribute))
    .map(({ client, attribute, certain, how }) => ({
      name: client,
      certain,
      because: certain
        ? `people may write ${attribute} ${how}, so they choose what the session tag says; take it out of write_attributes`
        : `whether people may write ${attribute} ${how} cannot be told; name the attributes that they may in write_attributes`,
    }));
}
