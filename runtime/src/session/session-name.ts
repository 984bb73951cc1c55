import { createHash } from 'node:crypto';
import { parseTenantId } from '../tenancy';

/** IAM's limits for `RoleSessionName`, in characters. */
const MIN_LENGTH = 2;
const MAX_LENGTH = 64;
const DIGEST_LENGTH = 16;

/**
 * Names a role session after its tenant, so that CloudTrail shows who acted. IAM takes 2-64 characters of `[\w+=,.@-]`: an id of
 * one character becomes `tenant=<id>`, one of more than 64 keeps its start and ends in `=` and a digest. A tenant id holds no `=`,
 * so two tenants never share a name. It serves audit only; isolation rests on the session tag.
 *
 * @throws TenantDataAccessError `tenant.invalid`
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export function roleSessionName(tenantId: string): string {
  const id = parseTenantId(tenantId);
  if (id.length < MIN_LENGTH) return `tenant=${id}`;
  if (id.length <= MAX_LENGTH) return id;
  const digest = createHash('sha256').update(id).digest('hex').slice(0, DIGEST_LENGTH);
  return `${id.slice(0, MAX_LENGTH - DIGEST_LENGTH - 1)}=${digest}`;
}
