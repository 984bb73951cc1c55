import { build } from 'esbuild';
import { TenantDataAccess, type TenantDataAccessConfig } from 'multi-tenant-data-access';
import { identityPool, type IdentityPoolConfig } from 'multi-tenant-data-access/identity-pool';
import { checkConfig } from 'multi-tenant-data-access/config';
import { refusal } from '../../support/refusal';
import { IDENTITY_POOL_ID } from './cognito-identity';

const POOL = { identityPoolId: IDENTITY_POOL_ID };
const CONFIG: TenantDataAccessConfig = {
  roleArn: 'arn:aws:iam::123456789012:role/tenant-access',
  tableName: 'tenant-data',
  bucketName: 'tenant-files',
  region: 'eu-central-1',
  userPoolId: 'eu-central-1_a1B2c3D4e',
  audience: 'my-client-id',
};

const made = (config: unknown) => identityPool(config as IdentityPoolConfig);

describe('identityPool', () => {
  it.each<[IdentityPoolConfig, object]>([
    [POOL, { identityPoolId: IDENTITY_POOL_ID, flow: 'enhanced' }],
    [
      { ...POOL, flow: 'basic' },
      { identityPoolId: IDENTITY_POOL_ID, flow: 'basic' },
    ],
    [{ ...POOL, cognitoIdentityConfig: { endpoint: 'https://a.example' } }, { flow: 'enhanced' }],
    [{ identityPoolId: 'us-gov-west-1:00000000-0000-0000-0000-000000000000' }, { flow: 'enhanced' }],
  ])('takes %j', (config, pool) => {
    expect(made(config)).toMatchObject(pool);
  });

  it('gives nothing that can be changed', () => {
    expect(Object.isFrozen(made(POOL))).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'expected an object'],
    ['an id alone', IDENTITY_POOL_ID, 'expected an object'],
    ['no id', {}, "'identityPoolId' is a value of type undefined, allowed is <region>:<uuid>"],
    ['a user pool', { identityPoolId: 'eu-west-1_a1B2c3D4e' }, "'identityPoolId' is"],
    ['no region', { identityPoolId: IDENTITY_POOL_ID.slice(10) }, "'identityPoolId' is"],
    ['a host for a region', { identityPoolId: `evil.example/${IDENTITY_POOL_ID}` }, "'identityPoolId' is"],
    ['more behind the id', { identityPoolId: `${IDENTITY_POOL_ID}\n` }, "'identityPoolId' is"],
    ['another flow', { ...POOL, flow: 'classic' }, "'flow' is \"classic\", allowed is 'enhanced' or 'basic'"],
    ['null for a flow', { ...POOL, flow: null }, "'flow' is null"],
    ['an unknown option', { ...POOL, region: 'eu-west-1' }, 'unknown option "region", known are identityPoolId, flow'],
    ['credentials', { ...POOL, cognitoIdentityConfig: { credentials: {} } }, "'cognitoIdentityConfig.credentials' is not taken"],
    ['a signer', { ...POOL, cognitoIdentityConfig: { signer: {} } }, "'cognitoIdentityConfig.signer' is not taken"],
    ['a region', { ...POOL, cognitoIdentityConfig: { region: 'a' } }, "'cognitoIdentityConfig.region' is not taken: it is that of"],
    [
      'a handler',
      { ...POOL, cognitoIdentityConfig: { requestHandler: {} } },
      "'cognitoIdentityConfig.requestHandler' is not taken",
    ],
    ['a logger', { ...POOL, cognitoIdentityConfig: { logger: console } }, 'would log the session token that Cognito answers'],
    ['settings that are none', { ...POOL, cognitoIdentityConfig: 'a' }, "'cognitoIdentityConfig' must be an object"],
  ])('fails for %s', (_what, config, says) => {
    expect(() => made(config)).toThrow(refusal('config.invalid', 'The identity pool cannot be configured', says));
  });
});

describe('the option identityPool', () => {
  const withPool = (config: object, pool: unknown = made(POOL)) =>
    checkConfig({ ...CONFIG, identityPool: pool, ...config } as TenantDataAccessConfig, { table: true, objects: true });

  it('reads the tenant from the attribute, unless a claim is named', () => {
    expect(withPool({}).tenantSource).toEqual({ claim: 'custom:tenant_id' });
    expect(withPool({ tenantClaim: 'custom:org' }).tenantSource).toEqual({ claim: 'custom:org' });
  });

  it('knows the issuer also where tokens are not verified here', () => {
    const { issuers, verifiesTokens } = withPool({ tokenVerification: null });
    expect([issuers.length, verifiesTokens]).toEqual([1, false]);
    expect(withPool({}).verifiesTokens).toBe(true);
  });

  it.each<[string, object, string]>([
    ['no issuer', { userPoolId: undefined, audience: undefined }, "'identityPool' needs an issuer"],
    ['no audience', { audience: undefined }, "'audience' must name at least one client id"],
    ['a tag key', { tenantTagKey: 'tenant_id' }, "'tenantTagKey' is not taken with 'identityPool': give 'tenantClaim'"],
    ['half an hour in the enhanced flow', { sessionDurationSeconds: 1800 }, "'sessionDurationSeconds' must be 3600"],
  ])('fails with %s', (_what, config, says) => {
    expect(() => withPool(config)).toThrow(refusal('config.invalid', says));
  });

  it('takes an hour in the enhanced flow, and any length in the basic one', () => {
    expect(withPool({ sessionDurationSeconds: 3600 }).sessionDurationSeconds).toBe(3600);
    expect(withPool({ sessionDurationSeconds: 900 }, made({ ...POOL, flow: 'basic' })).sessionDurationSeconds).toBe(900);
  });

  it.each([null, IDENTITY_POOL_ID, POOL, { ...POOL, flow: 'basic' }, () => made(POOL)])('fails for %p', (pool) => {
    expect(() => withPool({}, pool)).toThrow(refusal('config.invalid', "'identityPool' is ", 'identityPool() of'));
  });

  it('fails for what only looks as if it was made', () => {
    const lookalike = Object.create(Object.getPrototypeOf(made(POOL)) as object, Object.getOwnPropertyDescriptors(made(POOL)));
    expect(() => new TenantDataAccess({ ...CONFIG, identityPool: lookalike as never })).toThrow(refusal('config.invalid'));
  });
});

describe('the packages that are loaded', () => {
  const packagesOf = async (entry: string) => {
    const { metafile } = await build({
      entryPoints: [`runtime/src/${entry}.ts`],
      bundle: true,
      packages: 'external',
      platform: 'node',
      write: false,
      metafile: true,
      outfile: 'index.js',
    });
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    return imports.map(({ path }) => path).filter((path) => path.startsWith('@aws-sdk/'));
  };

  it('are those of Cognito Identity for the identity pool, and not for the others', async () => {
    expect(new Set(await packagesOf('identity-pool'))).toEqual(new Set(['@aws-sdk/client-cognito-identity']));
    for (const entry of ['index', 'table', 'objects']) {
      expect(await packagesOf(entry)).not.toContain('@aws-sdk/client-cognito-identity');
    }
  });
});
