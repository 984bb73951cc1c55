/** Sessions by tokens that STS takes as they are, and attacks on that way. */
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { encodePermissions, PERMISSIONS } from 'multi-tenant-data-access/tenancy';
import { TenantDataAccess } from 'multi-tenant-data-access';
import type { Sandbox, SandboxTokenOptions } from '../sandbox';
import { type Scene, type SessionWay, type Step, tampered } from './rehearsal-scene';
import type { AskedTenant } from './stack-estate';
import { rolesClaim } from './stack-trust';

/** What a token says of permissions unless asked otherwise. */
export const EVERYTHING = encodePermissions(PERMISSIONS);

/** Begins sessions at STS. @param asked of tokens by the role */
export function tokenWay(sandbox: Sandbox, asked: AskedTenant): SessionWay {
  const config = sandbox.dataAccessConfig();
  const named = asked.kind === 'session-tag' ? { tenantTagKey: asked.tagKey } : { tenantClaim: asked.claim };
  const access = new TenantDataAccess({ ...config, ...named, maxAttempts: 1 });
  const sts = attackersSts(sandbox);
  const begin = async (tenant: string, options: SandboxTokenOptions) =>
    assume(sts, sandbox, await sandbox.token({ ...tokenOf(asked, tenant), ...options }));
  const attacks: Step[] = [
    ['begin a session by a forged token', ({ other }) => begin(other, { forged: true })],
    ['... by a token of another audience', ({ other }) => begin(other, { audience: 'some-other-client-id' })],
    [
      '... by a token whose tag was changed',
      async ({ tenant, other, token }: Scene) => assume(sts, sandbox, tampered(await token(tenant), tenant, other)),
    ],
    ['... by a token with a tenant above all', ({ tenant }) => begin(`${tenant}/..`, {})],
    ['... by an expired token', ({ other }) => begin(other, { expiresInSeconds: -60 })],
  ];
  return {
    access,
    token: (tenant, permissions) => sandbox.token(tokenOf(asked, tenant, permissions)),
    attacks,
    destroy: () => {
      sts.destroy();
      access.destroy();
    },
  };
}

/** A client of STS as somebody has it who does not use the library. */
export function attackersSts({ endpoint, region }: Sandbox): STSClient {
  return new STSClient({ endpoint, region, maxAttempts: 1 });
}

/** Asks for a session of the role. */
export async function assume(sts: STSClient, sandbox: Sandbox, token: string): Promise<unknown> {
  const { roleArn } = sandbox.dataAccessConfig();
  return sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: 'attack', WebIdentityToken: token }));
}

/** @param permissions that the token carries, where policies ask for them */
function tokenOf(asked: AskedTenant, tenant: string, permissions = EVERYTHING): SandboxTokenOptions {
  const { permissionsTagKey } = asked;
  const tags = permissionsTagKey === undefined ? undefined : { [permissionsTagKey]: permissions };
  const named = asked.kind === 'session-tag' ? { tenantId: tenant, tagKey: asked.tagKey } : {};
  const claims = { ...(asked.kind === 'custom-claim' && { [asked.claim]: tenant }), ...rolesClaim(asked) };
  return { ...named, ...(tags && { tags }), ...(Object.keys(claims).length > 0 && { claims }) };
}
