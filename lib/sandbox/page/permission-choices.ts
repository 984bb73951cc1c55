import { encodePermissions, PERMISSIONS } from 'multi-tenant-data-access/tenancy';
import { type AskedClaims, askedClaims } from '../issuer/asked-claims';
import type { PageSandbox } from './page-sandbox';

/** What the token of an attempt may say of permissions. */
export interface PermissionChoice {
  /** Value of the session tag; empty for a token without it. */
  readonly value: string;
  readonly label: string;
}

/** Everything, so that what is denied then is denied for another reason. */
export const EVERYTHING = encodePermissions(PERMISSIONS);
export const READING = encodePermissions(PERMISSIONS.filter((permission) => permission.endsWith(':read')));

/**
 * What a role asks of tokens. Of one that is not there, or cannot be asked for now, nothing is known: STS will say so.
 *
 * @param arn as it was typed
 */
export async function askedOfRole(sandbox: Pick<PageSandbox, 'role'>, arn: string): Promise<AskedClaims> {
  const found = await sandbox.role?.(arn).catch(() => undefined);
  return askedClaims(
    found?.trust.document,
    (found?.identity ?? []).map(({ document }) => document),
  );
}

/** The choices where policies ask for permissions, the first for who has not chosen yet; else there are none. */
export function permissionChoices({ permissions }: AskedClaims): readonly PermissionChoice[] {
  if (permissions === undefined) return [];
  return [
    { value: EVERYTHING, label: `everything (${EVERYTHING})` },
    ...permissions.roles.map((name) => ({ value: name, label: name })),
    { value: READING, label: `reading only (${READING})` },
    { value: '', label: 'none' },
  ];
}
