import { MultiTenantIamError } from '../errors';
import { AuditLog } from './audit/audit-log';
import { verdictOf } from './audit/verdict';
import { CognitoIdentity } from './cognito-identity/cognito-identity';
import { DeclaredPools } from './cognito-identity/declared-pools';
import { IDENTITY_POOL_ISSUER_URL } from './cognito-identity/identity-pool';
import { PoolSettings } from './cognito-identity/pool-settings';
import { CompiledEstate } from './estate/compiled-estate';
import { bucketArn, roleArnOf, tableArn } from './estate/arns';
import { type DeclaredEstate, declaredEstate, upstreamsOf } from './estate/default-estate';
import type { Estate } from './estate/estate';
import { ResourcePolicies } from './estate/resource-policies';
import { ADMINISTRATOR } from './gateway/administrator';
import { Authoriser } from './gateway/authoriser';
import { Gateway } from './gateway/gateway';
import { services } from './gateway/services';
import type { AwsAnswer, AwsRequest } from './http/aws-request';
import { LoopbackServer } from './http/loopback-server';
import { Issuer } from './issuer/issuer';
import type { TokenOptions } from './issuer/token-options';
import { ISSUER_PATH, LocalPaths } from './local-paths';
import type { SandboxOptions } from './options';
import { checkSandboxOptions } from './options-check';
import { Page } from './page/page';
import type { Sandbox, SandboxDataAccessConfig, SandboxNames, SandboxTokenOptions } from './sandbox';
import { createBucket, createTable, openStores, openUpstreams, type Stores } from './stores';
import { Sessions } from './sts/sessions';
import { Sts } from './sts/sts';
import { TokenKeys } from './sts/token-keys';
import { VerifiedTokens } from './sts/verified-tokens';
import { UpstreamPools } from './upstream/upstream-pools';
import { UpstreamEstate } from './upstream/upstream-estate';

/**
 * Starts a local AWS on 127.0.0.1 that enforces IAM policies: an OIDC issuer, STS, DynamoDB and S3 in this process. Several run side by
 * side.
 *
 * @example
 * const sandbox = await startSandbox();
 * const access = new TenantDataAccess(sandbox.dataAccessConfig());
 * const session = await access.forTenant(await sandbox.token({ tenantId: 'acme' }));
 * ...
 * await sandbox.close();
 *
 * @throws MultiTenantIamError `config.invalid`, or `sandbox.unavailable` if the port is taken, a package is missing or an upstream is gone
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  checkSandboxOptions(options);
  // Who asks before all is ready waits.
  let ready: (running: Running) => void = () => undefined;
  const running = new Promise<Running>((resolve) => (ready = resolve));
  const server = await LoopbackServer.listen(options.port ?? 0, async (request, tooLarge) =>
    (await running).answer(request, tooLarge),
  );
  const closing: (() => Promise<void>)[] = [() => server.close()];
  const close = async () => {
    const failed = (await Promise.allSettled(closing.map((end) => end()))).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  };
  try {
    const started = await run(options, server.port, closing);
    ready(started);
    return handleOf(started, close);
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** A sandbox that runs. */
interface Running {
  readonly declared: DeclaredEstate;
  readonly endpoint: string;
  readonly issuer: Issuer;
  readonly sessions: Sessions;
  readonly audit: AuditLog;
  readonly page: Page;
  readonly token: (options: SandboxTokenOptions) => Promise<string>;
  readonly answer: (request: AwsRequest, bodyIsTooLarge: boolean) => Promise<AwsAnswer>;
}

/** @param closing gets what must be ended */
async function run(options: SandboxOptions, port: number, closing: (() => Promise<void>)[]): Promise<Running> {
  const endpoint = `http://127.0.0.1:${port}`;
  const issuer = await Issuer.create();
  issuer.serveAt(`${endpoint}${ISSUER_PATH}`);
  const upstreams = openUpstreams(upstreamsOf(options), endpoint);
  closing.push(() => upstreams.close());
  const deployed = upstreams.iam === undefined ? undefined : new UpstreamEstate(upstreams.iam);
  const declared = declaredEstate({ account: await deployed?.account().catch(noAccount), ...definedOf(options) }, issuer.url);
  const estate = deployed ?? new CompiledEstate(declared);
  const { partition, account, region } = declared;
  const stores = await openStores(upstreams, declared);
  closing.push(() => stores.close());
  const resourcePolicies = new ResourcePolicies();
  await deploy(declared, stores, resourcePolicies);

  const sessions = new Sessions();
  const audit = new AuditLog();
  if (options.onRecord !== undefined) audit.subscribe(options.onRecord);
  const authoriser = new Authoriser(estate, resourcePolicies, account);
  const poolSettings = new PoolSettings();
  const deployedPools = upstreams.iam && new UpstreamPools(upstreams.iam, estate, poolSettings);
  const pools = deployedPools ?? new DeclaredPools(declared, declared.identityPools);
  const poolIssuer = await Issuer.create({ url: IDENTITY_POOL_ISSUER_URL });
  const tokens = new VerifiedTokens(new TokenKeys(issuer, poolIssuer, Date.now), Date.now);
  const begin = { estate, pools, tokens, sessions, place: { partition, account }, clock: Date.now };
  const serviceNamed = services({
    ...{ stores, resourcePolicies, sts: new Sts(begin), cognitoIdentity: new CognitoIdentity({ ...begin, issuer: poolIssuer }) },
    poolSettings,
    onIamChange: () => {
      deployed?.forget();
      deployedPools?.forget();
    },
    onPoolChange: () => deployedPools?.forget(),
  });
  const gateway = new Gateway({
    ...{ partition, account, region, administrator: ADMINISTRATOR },
    ...{ sessions, authoriser, audit, serviceNamed, clock: Date.now },
  });
  const token = async ({ forged = false, ...wish }: SandboxTokenOptions) => {
    const wanted = { ...(await tokenDefaults(declared, estate)), ...definedOf(wish) };
    return forged ? issuer.tokenWithWrongSignature(wanted) : issuer.token(wanted);
  };
  const page = new Page({
    audit,
    token,
    settings: () => ({
      ...{ endpoint, region, account, tenants: ['acme', 'globex'], audience: declared.identityProviders[0]?.clientIds[0] ?? '' },
      roles: declared.roles.map(({ role }) => roleArnOf(declared, role)),
      tables: declared.tables.map(({ tableName }) => tableName),
      buckets: declared.buckets.map(({ bucketName }) => bucketName),
      issuers: declared.identityProviders.map(({ issuerUrl }) => issuerUrl),
      upstreams: stores.upstreams,
    }),
    send: (request) => gateway.handle(request),
    role: (arn) => estate.role(arn),
    verdict: verdictOf,
  });
  closing.unshift(() => {
    page.close();
    return Promise.resolve();
  });
  const local = new LocalPaths(port, page, issuer, token);
  return {
    ...{ declared, endpoint, issuer, sessions, audit, page, token },
    answer: async (request, bodyIsTooLarge) =>
      (await local.handle(request)) ?? (await gateway.handle(request, bodyIsTooLarge)).answer,
  };
}

function noAccount(cause: unknown): never {
  const message = `The upstream cannot be asked for its account: ${cause instanceof Error ? cause.message : String(cause)}`;
  const mend = 'For a server without IAM name its service, as in s3=http://127.0.0.1:9000.';
  throw new MultiTenantIamError('sandbox.unavailable', `${message} ${mend}`, { cause });
}

/** Makes the tables and buckets that are declared where the stores are embedded, and puts all policies in their place. */
async function deploy(declared: DeclaredEstate, stores: Stores, policies: ResourcePolicies): Promise<void> {
  for (const table of declared.tables) {
    const arn = tableArn(declared, table.tableName);
    if (table.policy !== undefined) policies.set(arn, JSON.stringify(table.policy), `the policy of table ${table.tableName}`);
    if (stores.embedded.dynamodb) await createTable(stores.dynamodb, table, declared.region);
  }
  for (const bucket of declared.buckets) {
    const arn = bucketArn(declared, bucket.bucketName);
    if (bucket.policy !== undefined) policies.set(arn, JSON.stringify(bucket.policy), `the policy of bucket ${bucket.bucketName}`);
    if (stores.embedded.s3) await createBucket(stores.s3, bucket.bucketName, declared.region);
  }
}

/** Whose tokens are made, unless asked otherwise: those of the first identity provider, for its first client. */
async function tokenDefaults({ identityProviders }: DeclaredEstate, estate: Estate): Promise<TokenOptions> {
  const [declared] = identityProviders;
  if (declared !== undefined) return { issuerUrl: declared.issuerUrl, audience: declared.clientIds[0] };
  const [deployed] = await estate.providers();
  return deployed === undefined ? {} : { issuerUrl: `https://${deployed.issuer}`, audience: deployed.clientIds[0] };
}

function handleOf(running: Running, end: () => Promise<void>): Sandbox {
  const { declared, endpoint, issuer, sessions, audit, token } = running;
  const { account, region } = declared;
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= end());
  return {
    ...{ endpoint, account, region, issuerUrl: issuer.url, administrator: { ...ADMINISTRATOR }, audit },
    issuers: declared.identityProviders.map(({ issuerUrl }) => issuerUrl),
    roles: declared.roles.map(({ role }) => roleArnOf(declared, role)),
    tables: declared.tables.map(({ tableName }) => tableName),
    buckets: declared.buckets.map(({ bucketName }) => bucketName),
    token: (options = {}) => token(options),
    dataAccessConfig: (names = {}) => dataAccessConfig(running, names),
    expireSessions: () => {
      sessions.expireAll(Date.now());
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function dataAccessConfig({ declared, endpoint, issuer }: Running, names: SandboxNames): SandboxDataAccessConfig {
  const { region, roles, tables, buckets, identityProviders } = declared;
  const named = (name: keyof SandboxNames, first: string | undefined) => {
    const value = names[name] ?? first;
    if (value === undefined) {
      throw new MultiTenantIamError('config.invalid', `'${name}' must be given: none was declared when the sandbox started.`);
    }
    return value;
  };
  const [role] = roles;
  const own = identityProviders.find(({ issuerUrl }) => issuerUrl === issuer.url);
  return {
    roleArn: named('roleArn', role && roleArnOf(declared, role.role)),
    tableName: named('tableName', tables[0]?.tableName),
    bucketName: named('bucketName', buckets[0]?.bucketName),
    region,
    ...(own !== undefined && { issuerUrl: own.issuerUrl, audience: own.clientIds }),
    stsConfig: { endpoint },
    dynamoDbConfig: { endpoint },
    s3Config: { endpoint, forcePathStyle: true },
  };
}

function definedOf<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
