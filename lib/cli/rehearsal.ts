/** Plays two tenants on the sandbox: what they may do with their own data, and attacks on each other's. */
import { createRequire } from 'node:module';
import { DEFAULT_TENANT_CLAIM } from '../policy';
import type { Sandbox } from '../sandbox';
import { UsageError } from './options';
import { AFTER_THE_END, ATTACKS, MORE_THAN_READING, OWN, READING } from './rehearsal-data';
import { type Scene, type SessionWay, type Step, type Tenant, TENANTS } from './rehearsal-scene';
import { tokenWay } from './rehearsal-tokens';
import type { AskedTenant } from './stack-estate';
import type { PoolLogin } from './stack-pools';

/** How one thing ended for one tenant. */
export interface Outcome {
  readonly tenant: Tenant;
  /** `failed`: neither allowed nor denied, as something broke. */
  readonly result: 'allowed' | 'denied' | 'failed';
  /** Why, in the words of the audit log. */
  readonly reason: string;
}

/** One thing that all tenants did. */
export interface RehearsalRow {
  readonly name: string;
  readonly wanted: 'allowed' | 'denied';
  readonly outcomes: readonly Outcome[];
}

/**
 * Plays it all, each step by each tenant.
 *
 * @param sandbox with a role, a table and a bucket declared; for sessions by an identity pool with what `rehearsalOptions` says
 * @param asked how tokens name the tenant, and what else they must say
 * @throws UsageError if a package is missing that this way in needs
 */
export async function rehearse(sandbox: Sandbox, asked: AskedTenant = DEFAULT_TENANT_CLAIM): Promise<RehearsalRow[]> {
  const way = asked.pool === undefined ? tokenWay(sandbox, asked) : await poolWay(sandbox, asked, asked.pool);
  const { access, token, attacks } = way;
  try {
    const scenes = await Promise.all(
      TENANTS.map(async (tenant): Promise<Scene> => {
        const session = await access.forTenant(await token(tenant));
        return { session, tenant, other: tenant === 'acme' ? 'globex' : 'acme', sandbox, access, token };
      }),
    );
    const [more, less] = asked.permissionsTagKey === undefined ? [[], []] : [READING, MORE_THAN_READING];
    const denied = [...less, ...ATTACKS, ...attacks, AFTER_THE_END];
    const rows: RehearsalRow[] = [];
    for (const [steps, wanted] of [[[...OWN, ...more], 'allowed'] as const, [denied, 'denied'] as const]) {
      for (const step of steps) rows.push({ name: step[0], wanted, outcomes: await played(step, scenes) });
    }
    return rows;
  } finally {
    way.destroy();
  }
}

const COGNITO = '@aws-sdk/client-cognito-identity';

/** Loaded only where a stack has an identity pool: the client is an optional package. */
async function poolWay(sandbox: Sandbox, asked: AskedTenant, pool: PoolLogin): Promise<SessionWay> {
  return poolRehearsal().poolWay(sandbox, asked, pool);
}

function poolRehearsal(): typeof import('./rehearsal-pool') {
  try {
    return createRequire(__filename)('./rehearsal-pool') as typeof import('./rehearsal-pool');
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith(`Cannot find module '${COGNITO}'`)) throw error;
    throw new UsageError(`sessions by an identity pool are rehearsed with ${COGNITO}, which is missing: npm install ${COGNITO}`);
  }
}

async function played([, play]: Step, scenes: readonly Scene[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const scene of scenes) {
    const { tenant, sandbox } = scene;
    const before = sandbox.audit.records.at(-1)?.sequence;
    const failure = await play(scene).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    const latest = sandbox.audit.records.at(-1);
    // What broke before a request was made is no denial, though the one before was denied.
    const last = latest?.sequence === before ? undefined : latest;
    const denied = failure !== undefined && last?.decision === 'deny';
    const result = failure === undefined ? 'allowed' : denied ? 'denied' : 'failed';
    outcomes.push({ tenant, result, reason: result === 'failed' ? (failure?.message ?? '') : (last?.reason ?? '') });
  }
  return outcomes;
}
