import { decodePermissions, isRoleName } from 'multi-tenant-data-access/tenancy';
import { isObject } from '../plan/review-input';

/** Name of the Terraform output by which a stack says what each role of its users may do. */
export const PERMISSIONS_OUTPUT = 'permissions';

/**
 * What a stack says that each role may do, encoded, by its name.
 *
 * @param value of the output
 * @returns undefined if there is no such output, or it is no map of names to encoded permissions; then nobody said.
 */
export function declaredPermissions(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).flatMap(([name, encoded]): [string, string][] =>
    isRoleName(name) && typeof encoded === 'string' && decodePermissions(encoded) !== undefined ? [[name, encoded]] : [],
  );
  return entries.length === Object.keys(value).length ? Object.fromEntries(entries) : undefined;
}
