import { createSign, generateKeyPairSync } from 'node:crypto';
import { SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A JSON Web Token with these claims, signed with a key of this process (RS256). */
export function signToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'test' })}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
}

/** Claims of a current token of this tenant, with the tenant in a nested session tag. */
export function tenantClaims(tenantId: string, tagKey = 'tenant_id'): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: 'https://login.example.com',
    aud: 'my-client-id',
    sub: 'user-1',
    iat: now,
    exp: now + 3600,
    [SESSION_TAGS_CLAIM]: { principal_tags: { [tagKey]: [tenantId] }, transitive_tag_keys: [tagKey] },
  };
}

/** A current token of this tenant, these claims put over the usual ones. */
export function tenantToken(tenantId: string, claims: Record<string, unknown> = {}): string {
  return signToken({ ...tenantClaims(tenantId), ...claims });
}
