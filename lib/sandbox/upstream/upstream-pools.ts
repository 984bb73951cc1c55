import { type IdentityPool, type IdentityPools, isIdentityPoolId, type PoolLogin } from '../cognito-identity/identity-pool';
import type { PoolSettings } from '../cognito-identity/pool-settings';
import { type JsonObject, objectsOf, readJson, textOf, textsOf } from '../dynamodb/json-body';
import type { Estate } from '../estate/estate';
import { AwsError } from '../http/aws-error';
import type { AwsAnswer, Store } from '../http/aws-request';
import { boundedBody } from './bounded-body';
import { KeptAnswers } from './kept-answers';

/** A provider of a pool as the upstream has it, with the names by which its mapping may have been set. */
interface DeployedLogin extends Omit<PoolLogin, 'principalTags'> {
  readonly names: readonly string[];
}

/** A pool as the upstream has it. */
interface DeployedPool {
  readonly logins: readonly DeployedLogin[];
  readonly allowClassicFlow?: boolean;
}

/**
 * The identity pools of an upstream, for example those that Terraform has put there, with the settings that the sandbox keeps. Answers are
 * kept for a few seconds, or until `forget`.
 *
 * `find` fails with AwsError ServiceUnavailable, status 503, if a pool cannot be read.
 */
export class UpstreamPools implements IdentityPools {
  readonly #pools: KeptAnswers<DeployedPool | undefined>;

  /** @param now a clock that never goes back, in milliseconds; another one only for tests */
  constructor(
    store: Store,
    estate: Pick<Estate, 'providers'>,
    private readonly settings: PoolSettings,
    now: () => number = () => performance.now(),
  ) {
    this.#pools = new KeptAnswers((id) => readPool(store, estate, id), now);
  }

  async find(id: string): Promise<IdentityPool | undefined> {
    // Of what is no pool's id the upstream is not asked.
    const pool = isIdentityPoolId(id) ? await this.#pools.get(id) : undefined;
    if (pool === undefined) return undefined;
    const { roles = {}, roleMappings = {} } = this.settings.roles.get(id) ?? {};
    return {
      id,
      logins: pool.logins.map(({ names, ...login }) => ({ ...login, principalTags: this.#tagsOf(id, names) })),
      authenticatedRole: roles['authenticated'],
      // AWS takes one that was never set for true, some say. Who relies on that is told here.
      allowClassicFlow: pool.allowClassicFlow ?? this.settings.classicFlows.get(id) ?? false,
      mapsRoles: Object.keys(roleMappings).length > 0,
    };
  }

  /** To be called when a request that may change pools has gone through, whatever came of it. */
  forget(): void {
    this.#pools.clear();
  }

  #tagsOf(id: string, names: readonly string[]): PoolLogin['principalTags'] {
    const [map] = names.flatMap((name) => this.settings.tagMap(id, name) ?? []);
    return map?.principalTags ?? {};
  }
}

/** @returns undefined if there is no such pool */
async function readPool(store: Store, estate: Pick<Estate, 'providers'>, id: string): Promise<DeployedPool | undefined> {
  const pool = await describe(store, id);
  if (pool === undefined) return undefined;
  const { IdentityPoolId: own, AllowClassicFlow: allowClassicFlow } = pool;
  if (own !== id) throw strange('another pool');
  return {
    logins: [...userPools(pool), ...(await oidcProviders(pool, estate))],
    ...(typeof allowClassicFlow === 'boolean' && { allowClassicFlow }),
  };
}

function userPools(pool: JsonObject): readonly DeployedLogin[] {
  return (objectsOf(pool, 'CognitoIdentityProviders') ?? []).flatMap((provider) => {
    const [issuer, clientId] = [textOf(provider, 'ProviderName'), textOf(provider, 'ClientId')];
    return issuer === undefined || clientId === undefined ? [] : [{ issuer, clientIds: [clientId], names: [issuer] }];
  });
}

/** The client ids of an OIDC provider are those that IAM has for it. */
async function oidcProviders(pool: JsonObject, estate: Pick<Estate, 'providers'>): Promise<readonly DeployedLogin[]> {
  const arns = textsOf(pool, 'OpenIdConnectProviderARNs') ?? [];
  if (arns.length === 0) return [];
  const providers = await estate.providers();
  return providers
    .filter(({ arn }) => arns.includes(arn))
    .map(({ arn, issuer, clientIds }) => ({ issuer, clientIds, names: [issuer, arn] }));
}

async function describe(store: Store, id: string): Promise<JsonObject | undefined> {
  const headers = {
    'x-amz-target': 'AWSCognitoIdentityService.DescribeIdentityPool',
    'content-type': 'application/x-amz-json-1.1',
  };
  const body = Buffer.from(JSON.stringify({ IdentityPoolId: id }));
  const request = { method: 'POST', path: '/', query: '', headers, body, fromLoopback: true };
  const answer = await store.handle(request, { service: 'cognito-identity', region: id.split(':')[0] ?? '' });
  const content = await contentOf(answer);
  if (answer.status === 200) return content;
  const { __type: type } = content;
  if (typeof type === 'string' && /^(?:.*#)?ResourceNotFoundException$/.test(type)) return undefined;
  throw strange(`an error (HTTP ${answer.status})`);
}

async function contentOf(answer: AwsAnswer): Promise<JsonObject> {
  try {
    return readJson(await boundedBody(answer));
  } catch {
    throw strange('something that cannot be read');
  }
}

function strange(what: string): AwsError {
  return new AwsError('ServiceUnavailable', `The upstream answered cognito-identity:DescribeIdentityPool with ${what}.`, 503);
}
