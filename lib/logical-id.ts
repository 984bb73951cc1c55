import type { TerraformElement } from 'cdktf';
import { ConfigCheck } from './config-check';
import { LIMITS } from './policy/limits';

/**
 * Gives a resource the Terraform name that the owner fixed, so that its address does not follow the construct's path: wrapping a
 * construct in another one would otherwise replace the table. Without a name the resource keeps CDKTF's. To be called before
 * anything refers to the resource: CDKTF ignores a name that comes later.
 *
 * @returns the element
 * @throws MultiTenantIamError `config.invalid`
 */
export function withLogicalId<T extends TerraformElement>(element: T, logicalId: string | undefined): T {
  if (logicalId === undefined) return element;
  new ConfigCheck(element).fits('logicalId', logicalId, LIMITS.logicalId).orThrow();
  element.overrideLogicalId(logicalId);
  return element;
}

/** The name of a companion: the owner's name with a suffix. */
export function suffixed(logicalId: string | undefined, suffix: string): string | undefined {
  return logicalId === undefined ? undefined : `${logicalId}_${suffix}`;
}
