import { randomUUID } from 'node:crypto';
import { DEFAULT_TENANT_TAG_KEY, SESSION_TAGS_CLAIM } from 'multi-tenant-data-access/tenancy';
import type { TokenOptions } from './token-options';

const DEFAULT_SUBJECT = 'user-1';
const DEFAULT_EXPIRES_IN_SECONDS = 3600;

/**
 * Claims of a token. A claim that is `undefined` is not there.
 *
 * @param now milliseconds since 1970
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
 */
export function tokenClaims(options: TokenOptions, now: number): Record<string, unknown> {
  const { subject = DEFAULT_SUBJECT, expiresInSeconds = DEFAULT_EXPIRES_IN_SECONDS, notBeforeSeconds } = options;
  const seconds = Math.floor(now / 1000);
  return {
    iss: options.issuerUrl,
    aud: options.audience,
    sub: subject,
    // Nobody issues a token that has expired already.
    iat: Math.min(seconds, seconds + expiresInSeconds),
    exp: seconds + expiresInSeconds,
    nbf: notBeforeSeconds === undefined ? undefined : seconds + notBeforeSeconds,
    jti: randomUUID(),
    ...tagClaims(options),
    ...options.claims,
  };
}

function tagClaims(options: TokenOptions): Record<string, unknown> {
  const { tenantId, tagKey = DEFAULT_TENANT_TAG_KEY, tagForm = 'nested' } = options;
  const tenant: [string, string][] = tenantId === undefined ? [] : [[tagKey, tenantId]];
  // The tenant's comes first, as the page shows it, and wins.
  const tags = [...new Map([...tenant, ...Object.entries(options.tags ?? {}), ...tenant])];
  const transitive = options.transitiveTagKeys ?? tenant.map(([key]) => key);
  if (tags.length === 0 && transitive.length === 0) return {};
  if (tagForm === 'flattened') {
    return {
      ...Object.fromEntries(tags.map(([key, value]) => [`${SESSION_TAGS_CLAIM}/principal_tags/${key}`, value])),
      ...(transitive.length > 0 && { [`${SESSION_TAGS_CLAIM}/transitive_tag_keys`]: transitive }),
    };
  }
  return {
    [SESSION_TAGS_CLAIM]: {
      principal_tags: Object.fromEntries(tags.map(([key, value]) => [key, [value]])),
      ...(transitive.length > 0 && { transitive_tag_keys: transitive }),
    },
  };
}
