import { TenantDataAccess, type TenantDataAccessConfig } from 'multi-tenant-data-access';
import { checkConfig } from 'multi-tenant-data-access/config';
import { caughtFrom, refusal } from '../support/refusal';
import { tenantToken } from '../support/tokens';

const MINIMAL: TenantDataAccessConfig = {
  roleArn: 'arn:aws:iam::123456789012:role/tenant-access',
  tableName: 'tenant-data',
  bucketName: 'tenant-files',
  region: 'eu-central-1',
};

const check = (config: TenantDataAccessConfig) => checkConfig(config, { table: true, objects: true });

/** As plain JavaScript would call it, where no type forbids anything. */
const checkUntyped = (config: unknown) => check(config as TenantDataAccessConfig);

beforeEach(() => {
  delete process.env['AWS_REGION'];
  delete process.env['AWS_DEFAULT_REGION'];
});

describe('checkConfig', () => {
  it('fills in the defaults', () => {
    expect(check(MINIMAL)).toEqual({
      ...MINIMAL,
      tenantSource: { tagKey: 'tenant_id' },
      sessionDurationSeconds: 3600,
      maxSessions: 1000,
      issuers: [],
      verifiesTokens: false,
      identityPool: undefined,
      retries: {},
      requestHandler: undefined,
      onEvent: undefined,
      stsConfig: {},
      dynamoDbConfig: {},
      s3Config: {},
    });
  });

  it('hands on the settings of the clients', () => {
    const settings = { stsConfig: { maxAttempts: 1 }, dynamoDbConfig: { maxAttempts: 2 }, s3Config: { forcePathStyle: true } };
    expect(check({ ...MINIMAL, ...settings })).toMatchObject(settings);
  });

  it.each([
    ['roleArn', 'arn:aws:iam::123456789012:role/a'],
    ['roleArn', 'arn:aws-us-gov:iam::123456789012:role/path/to/Role_1+=,.@-'],
    ['roleArn', 'arn:aws-cn:iam::123456789012:role/a'],
    ['tableName', 'abc'],
    ['tableName', 'a'.repeat(255)],
    ['tableName', 'A_b.c-9'],
    ['bucketName', 'abc'],
    ['bucketName', 'a'.repeat(63)],
    ['bucketName', 'a.b-9'],
    ['bucketName', '192.168.0.1.a'],
    ['bucketName', '192.168.0'],
    ['region', 'us-gov-west-1'],
    ['region', 'eusc-de-east-1'],
    ['sessionDurationSeconds', 900],
    ['sessionDurationSeconds', 43_200],
    ['maxSessions', 1],
    ['maxSessions', 1_000_000],
    ['requestHandler', { requestTimeout: 1000 }],
    ['onEvent', () => undefined],
  ])('takes %s %j', (name, value) => {
    expect(checkUntyped({ ...MINIMAL, [name]: value })).toMatchObject({ [name]: value });
  });

  it.each([
    ['roleArn', undefined, 'a value of type undefined'],
    ['roleArn', '', '""'],
    ['roleArn', 'arn:aws:iam::12345678901:role/a', '"arn:aws:iam::12345678901:role/a"'],
    ['roleArn', 'arn:aws:iam::1234567890123:role/a', '"arn:aws:iam::1234567890123:role/a"'],
    ['roleArn', 'arn:aws:iam::123456789012:user/a', '"arn:aws:iam::123456789012:user/a"'],
    ['roleArn', 'arn:aws:iam::123456789012:role/', '"arn:aws:iam::123456789012:role/"'],
    ['roleArn', 'arn:aws:iam::123456789012:role/a b', '"arn:aws:iam::123456789012:role/a b"'],
    ['roleArn', 'arn:aws:iam::123456789012:role/a\n', '"arn:aws:iam::123456789012:role/a\\n"'],
    ['tableName', 'ab', '"ab"'],
    ['tableName', 'a'.repeat(256), 'a string of 256 characters'],
    ['tableName', 'a/b', '"a/b"'],
    ['tableName', 7, '7'],
    ['tableName', ['abc'], 'a value of type object'],
    ['bucketName', 'ab', '"ab"'],
    ['bucketName', 'a'.repeat(64), JSON.stringify('a'.repeat(64))],
    ['bucketName', 'Abc', '"Abc"'],
    ['bucketName', 'abc-', '"abc-"'],
    ['bucketName', 'a_c', '"a_c"'],
    ['bucketName', 'a..b', '"a..b"'],
    ['bucketName', '192.168.0.1', '"192.168.0.1"'],
    ['bucketName', 'a.b\n', '"a.b\\n"'],
    ['region', '', '""'],
    ['region', 'Frankfurt', '"Frankfurt"'],
    ['region', 'eu-central-1a', '"eu-central-1a"'],
    ['region', 'eu-central-1.example.com', '"eu-central-1.example.com"'],
    ['region', 7, '7'],
    ['sessionDurationSeconds', 899, '899'],
    ['sessionDurationSeconds', 43_201, '43201'],
    ['sessionDurationSeconds', 0, '0'],
    ['sessionDurationSeconds', -900, '-900'],
    ['sessionDurationSeconds', 3600.5, '3600.5'],
    ['sessionDurationSeconds', NaN, 'NaN'],
    ['sessionDurationSeconds', Infinity, 'Infinity'],
    ['sessionDurationSeconds', true, 'true'],
    ['sessionDurationSeconds', '3600', '"3600"'],
    ['sessionDurationSeconds', 'eyJsecret', 'a string of 9 characters'],
    ['sessionDurationSeconds', [3600], 'a value of type object'],
    ['tenantTagKey', '', '""'],
    ['tenantTagKey', 'k'.repeat(129), 'a string of 129 characters'],
    ['tenantTagKey', 'aws:tenant', '"aws:tenant"'],
    ['tenantTagKey', 'a#b', '"a#b"'],
    ['tenantTagKey', 7, '7'],
    ['maxSessions', 0, '0'],
    ['maxSessions', 1.5, '1.5'],
    ['maxSessions', Infinity, 'Infinity'],
    ['maxSessions', '10', '"10"'],
    ['maxAttempts', 0, '0'],
    ['maxAttempts', 2.5, '2.5'],
    ['maxAttempts', '3', '"3"'],
    ['retryMode', 'legacy', '"legacy"'],
    ['retryMode', null, 'null'],
    ['requestHandler', null, 'null'],
    ['requestHandler', () => ({}), 'a value of type function'],
    ['requestHandler', 'https', '"https"'],
    ['onEvent', {}, 'a value of type object'],
    ['tokenVerification', false, 'false'],
    ['tokenVerification', true, 'true'],
    ['tokenVerification', 'none', '"none"'],
  ])('fails for %s %j', (name, value, given) => {
    expect(() => checkUntyped({ ...MINIMAL, [name]: value })).toThrow(
      refusal('config.invalid', `'${name}' is ${given}, allowed is `, 'The access to tenant data cannot be configured'),
    );
  });

  it.each([
    ['sessionDurationSeconds', 'a whole number from 900 to 43200'],
    ['tenantTagKey', "1-128 characters of letters, digits, spaces and _ . : / = + - @, not starting with 'aws:'"],
  ])('fails for %s and tells what is allowed', (name, allowed) => {
    expect(() => checkUntyped({ ...MINIMAL, [name]: '#' })).toThrow(
      refusal('config.invalid', `'${name}' is "#", allowed is ${allowed}`),
    );
  });

  it.each(['roleArn', 'tableName', 'bucketName', 'region', 'sessionDurationSeconds', 'tenantTagKey', 'tenantClaim'])(
    'fails for a token as %s, and does not repeat it',
    async (name) => {
      const token = tenantToken('acme');
      const { code, message } = await caughtFrom(() => checkUntyped({ ...MINIMAL, [name]: `${token} ` }));
      expect(code).toBe('config.invalid');
      expect(message).toContain(`'${name}' is a string of ${token.length + 1} characters`);
      for (const part of token.split('.')) expect(message).not.toContain(part);
    },
  );

  it.each([undefined, null, 'a', 7])('fails for %p instead of a configuration', (config) => {
    expect(() => checkUntyped(config)).toThrow(refusal('config.invalid', 'expected an object'));
  });

  it('fails for a token instead of a configuration, and does not repeat it', () => {
    const token = tenantToken('acme');
    expect(() => checkUntyped(token)).toThrow(refusal('config.invalid', `given was a string of ${token.length} characters`));
  });

  it('fails for unknown options and names the known ones', () => {
    expect(() => checkUntyped({ ...MINIMAL, rolearn: 'a', constructor: 'b' })).toThrow(
      refusal(
        'config.invalid',
        'unknown option "rolearn"',
        'unknown option "constructor"',
        'known are roleArn, region, issuerUrl, userPoolId, audience, issuers,',
        'stsConfig, tableName, dynamoDbConfig, bucketName, s3Config',
      ),
    );
  });

  it('fails once for a wrong table and a wrong tag key', () => {
    expect(() => check({ ...MINIMAL, tableName: 'a/b', tenantTagKey: 'a#b' })).toThrow(
      refusal('config.invalid', '\'tableName\' is "a/b"', '\'tenantTagKey\' is "a#b"'),
    );
  });

  it('fails once for all that is wrong', async () => {
    const { code, message } = await caughtFrom(() =>
      checkUntyped({
        roleArn: 'admin',
        bucketName: 'B',
        sessionDurationSeconds: 1,
        tenantTagKey: 'a#b',
        tenantClaim: 'b c',
        stsConfig: { logger: console },
        dynamoDbConfig: 'http://localhost',
        s3Config: { region: 'us-east-1' },
        verbose: true,
      }),
    );
    expect(code).toBe('config.invalid');
    for (const name of [
      'roleArn',
      'tableName',
      'bucketName',
      'region',
      'sessionDurationSeconds',
      'tenantTagKey',
      'tenantClaim',
      'stsConfig.logger',
      'dynamoDbConfig',
      's3Config.region',
    ]) {
      expect(message).toContain(`'${name}'`);
    }
    expect(message).toContain('"verbose"');
  });

  describe('region', () => {
    const withoutRegion = { ...MINIMAL, region: undefined };

    it('is the option before all', () => {
      process.env['AWS_REGION'] = 'us-east-1';
      process.env['AWS_DEFAULT_REGION'] = 'us-east-2';
      expect(check(MINIMAL).region).toBe('eu-central-1');
    });

    it('is AWS_REGION before AWS_DEFAULT_REGION', () => {
      process.env['AWS_REGION'] = 'us-east-1';
      process.env['AWS_DEFAULT_REGION'] = 'us-east-2';
      expect(check(withoutRegion).region).toBe('us-east-1');
    });

    it('is AWS_DEFAULT_REGION at last', () => {
      process.env['AWS_DEFAULT_REGION'] = 'us-east-2';
      expect(check(withoutRegion).region).toBe('us-east-2');
    });

    it('is AWS_DEFAULT_REGION when AWS_REGION is empty', () => {
      process.env['AWS_REGION'] = '';
      process.env['AWS_DEFAULT_REGION'] = 'us-east-2';
      expect(check(withoutRegion).region).toBe('us-east-2');
    });

    it('fails when both are empty', () => {
      process.env['AWS_REGION'] = '';
      process.env['AWS_DEFAULT_REGION'] = '';
      expect(() => check(withoutRegion)).toThrow(refusal('config.invalid', '\'region\' is ""'));
    });

    it('fails when the option is empty, whatever the environment holds', () => {
      process.env['AWS_REGION'] = 'us-east-1';
      expect(() => check({ ...MINIMAL, region: '' })).toThrow(refusal('config.invalid', '\'region\' is ""'));
    });

    it('fails when none is set', () => {
      expect(() => check(withoutRegion)).toThrow(refusal('config.invalid', '\'region\' is ""', 'here or in AWS_REGION'));
    });

    it('fails for an AWS_REGION that is none', () => {
      process.env['AWS_REGION'] = 'nowhere';
      expect(() => check(withoutRegion)).toThrow(refusal('config.invalid', '\'region\' is "nowhere"'));
    });
  });

  describe('tenant', () => {
    it.each(['t', 'Tenant ID', 'k'.repeat(128)])('is read from the tag %j', (tenantTagKey) => {
      expect(check({ ...MINIMAL, tenantTagKey }).tenantSource).toEqual({ tagKey: tenantTagKey });
    });

    it.each(['custom:tenant_id', 'https://example.com/tenant'])('is read from the claim %j', (tenantClaim) => {
      expect(check({ ...MINIMAL, tenantClaim }).tenantSource).toEqual({ claim: tenantClaim });
    });

    it.each(['', 'a b', 'a\n', 7, null])('fails for the claim %j', (tenantClaim) => {
      expect(() => checkUntyped({ ...MINIMAL, tenantClaim })).toThrow(
        refusal('config.invalid', "'tenantClaim' is ", 'the name of a claim'),
      );
    });

    it('fails for both', () => {
      expect(() => check({ ...MINIMAL, tenantTagKey: 'tenant_id', tenantClaim: 'tenant' })).toThrow(
        refusal('config.invalid', "'tenantTagKey' and 'tenantClaim' exclude each other"),
      );
    });
  });

  describe.each(['stsConfig', 'dynamoDbConfig', 's3Config'])('%s', (name) => {
    it.each([
      'credentials',
      'credentialDefaultProvider',
      'signer',
      'signerConstructor',
      'httpAuthSchemes',
      'httpAuthSchemeProvider',
      's3ExpressIdentityProvider',
      'extensions',
    ])('fails for %s', (key) => {
      expect(() => checkUntyped({ ...MINIMAL, [name]: { [key]: () => 'a' } })).toThrow(
        refusal('config.invalid', `'${name}.${key}' is not taken`, "a session has the tenant's credentials only"),
      );
    });

    it('fails for a region of its own', () => {
      expect(() => checkUntyped({ ...MINIMAL, [name]: { region: 'us-east-1' } })).toThrow(
        refusal('config.invalid', `'${name}.region' is not taken: set 'region'`),
      );
    });

    it('fails for a request handler of its own', () => {
      expect(() => checkUntyped({ ...MINIMAL, [name]: { requestHandler: { requestTimeout: 1000 } } })).toThrow(
        refusal('config.invalid', `'${name}.requestHandler' is not taken: all clients share one, set 'requestHandler' beside it`),
      );
    });

    it('fails for credentials that a prototype brings', () => {
      expect(() => checkUntyped({ ...MINIMAL, [name]: Object.create({ credentials: {} }) as unknown })).toThrow(
        refusal('config.invalid', `'${name}.credentials' is not taken`),
      );
    });

    it.each([null, 'http://localhost', 7])('fails for %j', (value) => {
      expect(() => checkUntyped({ ...MINIMAL, [name]: value })).toThrow(refusal('config.invalid', `'${name}' must be an object`));
    });
  });

  describe('logger', () => {
    const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

    it('fails in stsConfig, which would log the session', () => {
      expect(() => checkUntyped({ ...MINIMAL, stsConfig: { logger } })).toThrow(
        refusal('config.invalid', "'stsConfig.logger' is not taken: the SDK would log the session token that STS answers"),
      );
    });

    it('fails in stsConfig when a prototype brings it', () => {
      expect(() => checkUntyped({ ...MINIMAL, stsConfig: Object.create({ logger }) as unknown })).toThrow(
        refusal('config.invalid', "'stsConfig.logger' is not taken"),
      );
    });

    it('is taken in dynamoDbConfig and s3Config', () => {
      const settings = { dynamoDbConfig: { logger }, s3Config: { logger } };
      expect(check({ ...MINIMAL, ...settings })).toMatchObject(settings);
    });
  });

  it.each([
    [{ maxAttempts: 1 }, { maxAttempts: 1 }],
    [{ retryMode: 'adaptive' as const }, { retryMode: 'adaptive' }],
    [
      { maxAttempts: 5, retryMode: 'standard' as const },
      { maxAttempts: 5, retryMode: 'standard' },
    ],
  ])('hands on how to retry: %j', (options, retries) => {
    expect(check({ ...MINIMAL, ...options }).retries).toEqual(retries);
  });

  describe('for one of the services', () => {
    const { bucketName, tableName, ...session } = MINIMAL;

    it('asks for what it needs', () => {
      expect(checkConfig({ ...session, tableName }, { table: true, objects: false })).toMatchObject({ tableName });
      expect(checkConfig({ ...session, bucketName }, { table: false, objects: true })).toMatchObject({ bucketName });
    });

    it.each([
      ['tableName', 'table', { table: true, objects: false }],
      ['bucketName', 'objects', { table: false, objects: true }],
    ])('fails without %s for the %s', (name, _service, services) => {
      expect(() => checkConfig(session as TenantDataAccessConfig, services)).toThrow(
        refusal('config.invalid', `'${name}' is a value of type undefined`),
      );
    });

    it('fails for the options of the other', () => {
      expect(() => checkConfig(MINIMAL, { table: true, objects: false })).toThrow(
        refusal('config.invalid', 'unknown option "bucketName"'),
      );
    });
  });

  describe('what is changed from elsewhere', () => {
    const inherited = ['tokenVerification', 'stsConfig', 'issuerUrl', 'issuers', 'identityPool', 'tenantClaim', 'roleArn'];

    afterEach(() => {
      for (const name of inherited) Reflect.deleteProperty(Object.prototype, name);
    });

    it('is not what every object inherits', () => {
      const expected = check(MINIMAL);
      const stsConfig = { endpoint: 'https://sts.example.com' };
      Object.assign(Object.prototype, {
        stsConfig,
        issuerUrl: 'https://example.com',
        issuers: [],
        identityPool: {},
        tenantClaim: 'org',
      });
      expect(check(MINIMAL)).toEqual(expected);
    });

    it('fails for an option that only every object inherits', () => {
      Object.assign(Object.prototype, { roleArn: MINIMAL.roleArn });
      const { tableName, bucketName, region } = MINIMAL;
      expect(() => checkUntyped({ tableName, bucketName, region })).toThrow(
        refusal('config.invalid', "'roleArn' is a value of type undefined"),
      );
    });

    it('is not a verification that every object inherits as turned off', () => {
      Object.assign(Object.prototype, { tokenVerification: null });
      expect(check({ ...MINIMAL, issuerUrl: 'https://login.example.com', audience: 'a' }).verifiesTokens).toBe(true);
    });

    const signer = { sign: () => undefined };

    it.each([
      ['first', [signer, undefined]],
      ['second', [undefined, signer]],
    ])('fails for a signer that a getter gives at the %s look only', (_look, looks) => {
      const answers = [...looks];
      const s3Config = {
        get signer() {
          return answers.shift();
        },
      };
      expect(() => checkUntyped({ ...MINIMAL, s3Config })).toThrow(refusal('config.invalid', "'s3Config.signer' is not taken"));
    });

    it('is not a table named later, or by a getter at the second look', () => {
      const names = ['tenant-data', '../other'];
      const s3Config = { forcePathStyle: true };
      const checked = check({
        ...MINIMAL,
        s3Config,
        get tableName() {
          return names.shift() ?? '';
        },
      });
      s3Config.forcePathStyle = false;
      expect(checked).toMatchObject({ tableName: 'tenant-data', s3Config: { forcePathStyle: true } });
    });
  });

  it('fails in the constructor of TenantDataAccess', () => {
    expect(() => new TenantDataAccess({ ...MINIMAL, roleArn: 'admin' })).toThrow(
      refusal('config.invalid', '\'roleArn\' is "admin"'),
    );
  });
});
