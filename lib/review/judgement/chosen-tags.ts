import { PERMISSIONS_ATTRIBUTE, ROLE_ATTRIBUTE, TENANT_ATTRIBUTE } from 'multi-tenant-data-access/tenancy';
import type { Estate } from '../estate/estate';
import type { ReviewedRole } from './subjects';

/** A person may choose what a tag says, as an attribute that it comes from is theirs to write. */
export interface ChosenTag {
  readonly name: string;
  readonly because: string;
  /** Whether it is so for sure; otherwise it cannot be told. */
  readonly certain: boolean;
}

/**
 * Attributes of user pools that carry the tenant or the permissions, as the trigger reads them, by their names (`custom:org` for the tag
 * `org`) or by the map of an identity pool, and that people may set for themselves. Then each chooses its own tenant, and no policy can
 * tell.
 */
export function chosenTags({ writableAttributes = [], mappedClaims = {} }: Estate, roles: readonly ReviewedRole[]): ChosenTag[] {
  const claims = claimsRead(mappedClaims, roles);
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

/** In an estate that shows no role, such as the one with the user pool, all that may decide somewhere else. */
function claimsRead(mapped: NonNullable<Estate['mappedClaims']>, roles: readonly ReviewedRole[]): ReadonlySet<string> {
  const keys = roles.flatMap(({ subject: { tenant, permissions } }) => [
    tenant.kind === 'session-tag' ? tenant.tagKey : tenant.claim.replace(/^custom:/, ''),
    ...(permissions === undefined ? [] : [permissions.tagKey]),
  ]);
  const permissionsCount = roles.length === 0 || roles.some(({ subject }) => subject.permissions !== undefined);
  const claimsOf = Object.entries(mapped).flatMap(([key, claims]) => (roles.length === 0 || keys.includes(key) ? claims : []));
  return new Set([
    // As the trigger of this project reads them, whatever the tags are called.
    TENANT_ATTRIBUTE,
    ...(permissionsCount ? [ROLE_ATTRIBUTE, PERMISSIONS_ATTRIBUTE] : []),
    ...keys.map((key) => `custom:${key}`),
    ...claimsOf,
  ]);
}
