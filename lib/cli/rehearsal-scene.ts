/** Who plays in a rehearsal, and by what. */
import type { TenantDataAccess, TenantSession } from 'multi-tenant-data-access';
import type { Sandbox } from '../sandbox';

/** The tenants that play. */
export const TENANTS = ['acme', 'globex'] as const;

/** A tenant that plays. */
export type Tenant = (typeof TENANTS)[number];

/** How sessions begin: by STS, or by an identity pool. */
export interface SessionWay {
  readonly access: TenantDataAccess;
  /** A token as the identity provider gives it to a user of the tenant. @param permissions encoded; @default - all */
  readonly token: (tenant: Tenant, permissions?: string) => Promise<string>;
  /** Attempts to begin a session by what must not begin one, without the library, which refuses most of it by itself. */
  readonly attacks: readonly Step[];
  destroy(): void;
}

/** What tenants do: on their own data, and to each other. */
export interface Scene extends Pick<SessionWay, 'access' | 'token'> {
  readonly session: TenantSession;
  readonly tenant: Tenant;
  readonly other: Tenant;
  readonly sandbox: Sandbox;
}

/** One thing to do. */
export type Step = readonly [name: string, play: (scene: Scene) => Promise<unknown>];

/** A token with another tenant's id in place of the own, and the signature as it was. */
export function tampered(token: string, tenant: Tenant, other: Tenant): string {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const changed = Buffer.from(claims, 'base64url').toString().replaceAll(`"${tenant}"`, `"${other}"`);
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.');
}
