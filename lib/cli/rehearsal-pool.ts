/** Sessions by an identity pool, and attacks on that way. It needs the client of Cognito Identity, so only who needs it loads it. */
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
} from '@aws-sdk/client-cognito-identity';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { identityPool } from 'multi-tenant-data-access/identity-pool';
import type { Sandbox, SandboxTokenOptions } from '../sandbox';
import { IDENTITY_POOL_ISSUER_URL } from '../sandbox/cognito-identity/identity-pool';
import { type SessionWay, type Step, type Tenant, tampered, TENANTS } from './rehearsal-scene';
import { assume, attackersSts, EVERYTHING } from './rehearsal-tokens';
import type { AskedTenant } from './stack-estate';
import { FOREIGN_POOL_ID, type PoolLogin } from './stack-pools';

/**
 * Begins sessions by the pool, in its enhanced flow.
 *
 * @param sandbox that has the pool, and the foreign one beside it
 */
export async function poolWay(sandbox: Sandbox, asked: AskedTenant, pool: PoolLogin): Promise<SessionWay> {
  const { identityPoolId, audience, tenantClaim } = pool;
  const cognitoIdentityConfig = { endpoint: sandbox.endpoint };
  const access = new TenantDataAccess({
    ...sandbox.dataAccessConfig(),
    ...{ issuerUrl: sandbox.issuerUrl, audience, tenantClaim },
    identityPool: identityPool({ identityPoolId, cognitoIdentityConfig }),
    maxAttempts: 1,
  });
  const sts = attackersSts(sandbox);
  const cognito = new CognitoIdentityClient({ ...cognitoIdentityConfig, region: sandbox.region, maxAttempts: 1 });
  const identityOf = async (IdentityPoolId: string, login: string) => {
    const Logins = { [sandbox.issuerUrl.replace(/^https?:\/\//, '')]: login };
    const { IdentityId } = await cognito.send(new GetIdCommand({ IdentityPoolId, Logins }));
    return { IdentityId, Logins };
  };
  const login = (tenant: string, options: SandboxTokenOptions = {}, permissions?: string) =>
    sandbox.token({ ...loginOf(pool, asked, tenant, permissions), ...options });
  const begin = async (token: string) =>
    cognito.send(new GetCredentialsForIdentityCommand(await identityOf(identityPoolId, token)));

  // Got before the curtain rises: that another pool gives its tokens is no attack, and must not fail as one.
  const foreign = new Map<Tenant, string | undefined>();
  for (const tenant of TENANTS) {
    const identity = await identityOf(FOREIGN_POOL_ID, await login(tenant));
    foreign.set(tenant, (await cognito.send(new GetOpenIdTokenCommand(identity))).Token);
  }
  const attacks: Step[] = [
    ['begin a session by a forged login', async ({ other }) => begin(await login(other, { forged: true }))],
    ['... by a login at another client', async ({ other }) => begin(await login(other, { audience: 'some-other-client-id' }))],
    [
      '... by a login whose tenant was changed',
      async ({ tenant, other, token }) => begin(tampered(await token(tenant), tenant, other)),
    ],
    ['... by a login with a tenant above all', async ({ tenant }) => begin(await login(`${tenant}/..`))],
    ['... by an expired login', async ({ other }) => begin(await login(other, { expiresInSeconds: -60 }))],
    ['... by a login at STS itself', async ({ other }) => assume(sts, sandbox, await login(other))],
    [
      "... by a forged token of the pool's",
      async ({ other }) => assume(sts, sandbox, await sandbox.token(forgedPoolToken(identityPoolId, asked, other))),
    ],
    ['... by a token of another identity pool', ({ other }) => assume(sts, sandbox, foreign.get(other) ?? '')],
  ];
  return {
    access,
    token: (tenant, permissions) => login(tenant, {}, permissions),
    attacks,
    destroy: () => {
      for (const client of [sts, cognito, access]) client.destroy();
    },
  };
}

function loginOf(
  pool: PoolLogin,
  { permissionsTagKey }: AskedTenant,
  tenant: string,
  permissions = EVERYTHING,
): SandboxTokenOptions {
  return {
    audience: pool.audience,
    subject: `user-of-${tenant}`,
    claims: { [pool.tenantClaim]: tenant, ...(permissionsTagKey !== undefined && { [pool.permissionsClaim]: permissions }) },
  };
}

/** All that the pool's own would say, by a key that is not the pool's. */
function forgedPoolToken(identityPoolId: string, asked: AskedTenant, tenant: string): SandboxTokenOptions {
  const { permissionsTagKey } = asked;
  return {
    issuerUrl: IDENTITY_POOL_ISSUER_URL,
    audience: identityPoolId,
    tenantId: tenant,
    ...(asked.kind === 'session-tag' && { tagKey: asked.tagKey }),
    ...(permissionsTagKey !== undefined && { tags: { [permissionsTagKey]: EVERYTHING } }),
    claims: { amr: ['authenticated'] },
  };
}
