import { PERMISSIONS_ATTRIBUTE, ROLE_ATTRIBUTE, TENANT_ATTRIBUTE } from 'multi-tenant-data-access/tenancy';
import type { ConfigCheck } from './config-check';
import {
  checkIdentity,
  type CognitoIdentity,
  type ExistingIdentity,
  type IDENTITY_OPTIONS,
  namesIdentity,
  type OidcIdentity,
  type OneOf,
} from './identity-config';
import { regionOfUserPool } from './policy/issuer';
import { LIMITS } from './policy/limits';
import { checkIdentityPoolSettings, IDENTITY_POOL_SETTINGS, type IdentityPoolSettings } from './tenant-identity-pool';
import { checkUserPoolSettings, USER_POOL_SETTINGS, type UserPoolSettings } from './tenant-user-pool';

/** A Cognito user pool that is made, in a stack of its own. */
export interface MadeUserPool {
  /** `{}` takes all defaults. */
  readonly userPool: UserPoolSettings;
}

/** An identity pool that is made, in the same stack of its own, for a user pool that is made too or exists; or one that exists. */
export interface StackIdentityPool {
  readonly identityPool: OneOf<
    | (IdentityPoolSettings & MadeUserPool)
    | (IdentityPoolSettings & { readonly userPoolId: string; readonly audience: string })
    | { readonly identityPoolId: string }
  >;
}

/** Whose tokens name the tenant: one of the ways to say it. */
export type StackIdentity = OneOf<CognitoIdentity | OidcIdentity | ExistingIdentity | MadeUserPool | StackIdentityPool>;

/** Whose tokens name the tenant; with nothing said, `identity_provider_arn` and `audience` are Terraform variables. */
export type StackIdentityConfig =
  | OneOf<CognitoIdentity | OidcIdentity | ExistingIdentity | { readonly identity: StackIdentity | readonly StackIdentity[] }>
  | { readonly [Name in keyof typeof IDENTITY_OPTIONS]?: undefined };

/** What bears on identity in the configuration of a stack. */
type IdentitySettings = StackIdentityConfig & { readonly region?: string; readonly customClaim?: string };

/** Checks what the configuration of a stack says of identity. */
export function checkStackIdentity(check: ConfigCheck, config: IdentitySettings): void {
  if (namesIdentity(config)) checkIdentity(check, config, checkMadePools);
  checkMadeOnce(check, config.identity);
  checkTrigger(check, config);
}

type Entry = Readonly<Record<string, unknown>>;

const EXISTING_LOGIN = { userPoolId: true, audience: true } as const;

function checkMadePools(check: ConfigCheck, entry: Entry): void {
  check.onlyKnown(entry, { userPool: true, identityPool: true }).atMostOne(entry, ['userPool', 'identityPool']);
  const { userPool, identityPool } = entry;
  if (check.object('userPool', userPool)) {
    check.part('userPool', (part) => checkUserPoolSettings(part.onlyKnown(userPool, USER_POOL_SETTINGS), userPool));
  }
  if (check.object('identityPool', identityPool)) {
    check.part('identityPool', (part) => checkIdentityPool(part, identityPool as Entry));
  }
}

function checkIdentityPool(check: ConfigCheck, pool: Entry): ConfigCheck {
  if (pool['identityPoolId'] !== undefined) {
    return check.onlyKnown(pool, { identityPoolId: true }).fits('identityPoolId', pool['identityPoolId'], LIMITS.identityPoolId);
  }
  const { userPool, userPoolId, audience, ...settings } = pool;
  check.onlyKnown(settings, { ...IDENTITY_POOL_SETTINGS, userPool: true, ...EXISTING_LOGIN, identityPoolId: true });
  checkIdentityPoolSettings(check, settings);
  if (check.object('userPool', userPool)) {
    check.part('userPool', (part) => checkUserPoolSettings(part.onlyKnown(userPool, USER_POOL_SETTINGS), userPool));
    for (const name of Object.keys(EXISTING_LOGIN).filter((option) => pool[option] !== undefined)) {
      check.problem(`'${name}' does not go with 'userPool', whose own client it is`);
    }
    // The pool that is made has no others.
    return check
      .oneOf('tenantClaim', settings['tenantClaim'], [TENANT_ATTRIBUTE])
      .oneOf('permissionsClaim', settings['permissionsClaim'], [ROLE_ATTRIBUTE, PERMISSIONS_ATTRIBUTE]);
  }
  if (userPool !== undefined) return check;
  if (userPoolId === undefined) {
    return check.problem("one of 'userPool', 'userPoolId' with 'audience', 'identityPoolId' is needed to say who signs in");
  }
  if (Array.isArray(audience)) return check.problem("'audience' is a list, allowed is one client id");
  return checkIdentity(check, { userPoolId, audience });
}

/** The pools that are to be made, at most one of each. */
export interface MadePools {
  readonly userPool?: { readonly settings: UserPoolSettings; readonly tokenTrigger: boolean };
  /** With the login, where the user pool exists. */
  readonly identityPool?: IdentityPoolSettings & { readonly login?: { readonly userPoolId: string; readonly audience: string } };
}

/** The pools that the entries of `identity` ask for. The configuration was checked before. */
export function madePools(identities: readonly StackIdentity[]): MadePools | undefined {
  const made: MadePools[] = identities.map(({ userPool, identityPool }) => {
    if (userPool !== undefined) return { userPool: { settings: userPool, tokenTrigger: true } };
    if (identityPool === undefined || identityPool.identityPoolId !== undefined) return {};
    const { userPool: users, userPoolId, audience, ...settings } = identityPool;
    if (users !== undefined) return { userPool: { settings: users, tokenTrigger: false }, identityPool: settings };
    return { identityPool: { ...settings, login: { userPoolId, audience } } };
  });
  const all = made.reduce<MadePools>((pools, next) => ({ ...pools, ...next }), {});
  return Object.keys(all).length === 0 ? undefined : all;
}

/** The entries of `identity`, none if there is none. */
export function stackIdentities({ identity }: Pick<StackIdentityConfig, 'identity'>): readonly StackIdentity[] {
  if (identity === undefined) return [];
  return Array.isArray(identity) ? (identity as readonly StackIdentity[]) : [identity as StackIdentity];
}

/** The function of a trigger puts the tenant into a session tag, and the pool calls it in its own region. */
function checkTrigger(check: ConfigCheck, config: IdentitySettings): void {
  const given: unknown = config.identity ?? config;
  for (const { userPool, userPoolId, tokenTrigger } of [given].flat().map((entry) => (entry ?? {}) as Entry)) {
    if (userPool !== undefined && config.customClaim !== undefined) {
      check.problem("'customClaim' and 'userPool' exclude each other: tokens of that pool carry a session tag");
    }
    const region = typeof userPoolId === 'string' ? regionOfUserPool(userPoolId) : undefined;
    if (tokenTrigger !== true || region === undefined || config.region === undefined || region === config.region) continue;
    check.problem(
      `'tokenTrigger' would make the function in '${config.region}', and the user pool is in '${region}': make it in a stack of that region`,
    );
  }
}

/** IAM could take several; the stack of the users holds one of each. */
function checkMadeOnce(check: ConfigCheck, identity: unknown): ConfigCheck {
  const entries: unknown[] = identity === undefined ? [] : [identity].flat();
  const pools = entries.map((entry) => (entry ?? {}) as Entry);
  const inside = pools.map(({ identityPool }) => (identityPool ?? {}) as Entry);
  const userPools = [...pools, ...inside].filter(({ userPool }) => userPool !== undefined);
  const identityPools = pools.filter(
    ({ identityPool }, index) => identityPool !== undefined && inside[index]?.['identityPoolId'] === undefined,
  );
  if (userPools.length > 1) check.problem("'identity' makes two user pools: one holds the users of all tenants");
  if (identityPools.length > 1) check.problem("'identity' makes two identity pools: one serves all tenants");
  return check;
}
