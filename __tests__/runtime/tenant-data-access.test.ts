import '../support/node-errors';
import { inspect } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess, type TenantDataAccessConfig, type TenantDataAccessErrorCode } from 'multi-tenant-data-access';
import { TenantCredentials } from 'multi-tenant-data-access/session/tenant-credentials';
import { AMBIENT_KEYS, setAmbientCredentials } from '../support/ambient-credentials';
import {
  credentialsOf,
  dynamoDbError,
  dynamoDbPage,
  issuedKeys,
  LoopbackAws,
  loopbackConfig,
  signedWith,
  stsAnswer,
  stsError,
  stsIssues,
} from '../support/loopback-aws';
import { caughtFrom, refusal } from '../support/refusal';
import { FLATTENED_TAG_CLAIM, REFUSED_TOKENS, TOKENS_OF_OTHERS, tokenWith, tokenWithFlattenedTag } from '../support/refused-tokens';
import { signToken, tenantClaims, tenantToken } from '../support/tokens';

const ACME = issuedKeys('acme');
const TOKEN = tenantToken('acme');

let aws: LoopbackAws;
const opened: { destroy(): void }[] = [];

beforeAll(async () => {
  setAmbientCredentials();
  aws = await LoopbackAws.start();
});

beforeEach(() => {
  aws.answerWith(stsIssues(ACME));
});

afterEach(() => {
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await aws.stop();
});

function accessWith(config: Partial<TenantDataAccessConfig> = {}): TenantDataAccess {
  const access = new TenantDataAccess({ ...loopbackConfig(aws.endpoint), ...config });
  opened.push(access);
  return access;
}

function clientsOf(access: TenantDataAccess, credentials: TenantCredentials) {
  const clients = access.createTenantClients(credentials);
  opened.push(clients);
  return clients;
}

/** The parameters of the only request that STS got. */
function sentToSts(): Record<string, string> {
  expect(aws.requests).toHaveLength(1);
  return Object.fromEntries(new URLSearchParams(aws.requests[0]?.body));
}

describe('assumeTenantRole', () => {
  it('sends the token to STS, and nothing else that matters', async () => {
    await accessWith().assumeTenantRole(TOKEN, 'acme');

    expect(sentToSts()).toEqual({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: 'arn:aws:iam::123456789012:role/tenant-access',
      RoleSessionName: 'acme',
      WebIdentityToken: TOKEN,
      DurationSeconds: '3600',
    });
  });

  it('does not sign, although the environment holds keys', async () => {
    await accessWith().assumeTenantRole(TOKEN, 'acme');

    const [request] = aws.requests;
    expect(request?.headers).not.toHaveProperty('authorization');
    expect(request?.headers).not.toHaveProperty('x-amz-security-token');
    expect(request?.path).toBe('/');
    for (const key of Object.values(AMBIENT_KEYS)) expect(JSON.stringify(request)).not.toContain(key);
  });

  it('returns the credentials that STS issued', async () => {
    const credentials = await accessWith().assumeTenantRole(TOKEN, 'acme');

    expect(credentials).toBeInstanceOf(TenantCredentials);
    const { tenantId, accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
    expect({ tenantId, accessKeyId, secretAccessKey, sessionToken, expiration }).toEqual({ tenantId: 'acme', ...ACME });
  });

  it.each([
    ['900', 900],
    ['43200', 43_200],
  ])('asks for a session of %s seconds', async (sent, sessionDurationSeconds) => {
    await accessWith({ sessionDurationSeconds }).assumeTenantRole(TOKEN, 'acme');
    expect(sentToSts()).toMatchObject({ DurationSeconds: sent });
  });

  it.each([
    ['tenant=a', 'a'],
    ['ab', 'ab'],
    ['Acme.eu_1', 'Acme.eu_1'],
  ])('names the session %s for tenant %s', async (sessionName, tenantId) => {
    await accessWith().assumeTenantRole(tenantToken(tenantId), tenantId);
    expect(sentToSts()).toMatchObject({ RoleSessionName: sessionName });
  });

  it.each([1, 2, 64, 65, 128])('names the session as IAM allows for a tenant id of %d characters', async (length) => {
    const tenantId = 'x'.repeat(length);
    await accessWith().assumeTenantRole(tenantToken(tenantId), tenantId);
    expect(sentToSts()['RoleSessionName']).toMatch(/^[\w+=,.@-]{2,64}$/);
  });

  it.each<[string, string, Partial<TenantDataAccessConfig>]>([
    ['the flattened form', tokenWithFlattenedTag('acme'), {}],
    ['both forms that agree', tokenWith({ [FLATTENED_TAG_CLAIM]: 'acme' }), {}],
    ['a tag of another key', signToken(tenantClaims('acme', 'Tenant')), { tenantTagKey: 'Tenant' }],
    ['a claim of its own', signToken({ exp: 4_102_444_800, tenant: 'acme' }), { tenantClaim: 'tenant' }],
  ])('takes a token with %s', async (_what, token, config) => {
    expect((await accessWith(config).assumeTenantRole(token, 'acme')).tenantId).toBe('acme');
    expect(sentToSts()).toMatchObject({ WebIdentityToken: token });
  });

  it.each([
    ['eu-central-1', 'sts.eu-central-1.amazonaws.com'],
    ['us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ])('asks the endpoint of its own region: %s', async (region, endpoint) => {
    const asked: string[] = [];
    const handle = ({ protocol, hostname }: { protocol: string; hostname: string }) => {
      asked.push(`${protocol}//${hostname}`);
      return Promise.reject(new Error('nothing is sent to the real service'));
    };
    const access = accessWith({ region, requestHandler: { handle }, stsConfig: { maxAttempts: 1 } });
    await expect(access.assumeTenantRole(TOKEN, 'acme')).rejects.toThrow(refusal('service.failed', 'could not be sent'));
    expect(asked).toEqual([`https://${endpoint}`]);
  });

  it.each([1, 2])('asks %d times when STS fails, if so configured', async (maxAttempts) => {
    aws.answerWith(stsError('InternalFailure', 500));
    const access = accessWith({ maxAttempts, stsConfig: { endpoint: aws.endpoint } });
    await expect(access.assumeTenantRole(TOKEN, 'acme')).rejects.toThrow(refusal('service.unavailable'));
    expect(aws.requests).toHaveLength(maxAttempts);
  });

  it('gives each of two tenants the keys of its own session', async () => {
    aws.answerWith(stsIssues(ACME), stsIssues(issuedKeys('globex')));
    const access = accessWith();
    const acme = await access.assumeTenantRole(TOKEN, 'acme');
    const globex = await access.assumeTenantRole(tenantToken('globex'), 'globex');

    expect([acme.tenantId, acme.accessKeyId]).toEqual(['acme', 'ASIAACME0001']);
    expect([globex.tenantId, globex.accessKeyId]).toEqual(['globex', 'ASIAGLOBEX0001']);
  });

  it('asks STS once for a token, and hands out the same keys', async () => {
    const access = accessWith();
    const [first, second] = await Promise.all([access.assumeTenantRole(TOKEN, 'acme'), access.assumeTenantRole(TOKEN, 'acme')]);
    const third = await access.assumeTenantRole(TOKEN, 'acme');

    expect([first.accessKeyId, second.accessKeyId, third.accessKeyId]).toEqual(Array(3).fill('ASIAACME0001'));
    expect(aws.requests).toHaveLength(1);
  });

  it('fails for credentials that STS issued as already over: the clock is wrong', async () => {
    aws.answerWith(stsIssues({ ...ACME, expiration: new Date('2020-01-01T00:00:00Z') }));
    await expect(accessWith().assumeTenantRole(TOKEN, 'acme')).rejects.toThrow(
      refusal('service.failed', 'credentials that end at 2020-01-01T00:00:00.000Z', 'Set the clock of this machine'),
    );
  });

  it('takes credentials to end after the length of a session at the latest, should the clock be behind', async () => {
    aws.answerWith(stsIssues({ ...ACME, expiration: new Date('2099-01-01T00:00:00Z') }));
    const before = Date.now();
    const { expiration } = await accessWith({ sessionDurationSeconds: 900 }).assumeTenantRole(TOKEN, 'acme');
    expect(expiration.getTime()).toBeGreaterThanOrEqual(before + 900_000);
    expect(expiration.getTime()).toBeLessThanOrEqual(Date.now() + 900_000);
  });

  describe('without a request', () => {
    afterEach(() => {
      expect(aws.requests).toHaveLength(0);
    });

    it.each(Object.entries(REFUSED_TOKENS))('fails for %s', async (_what, { token, code, says }) => {
      await expect(accessWith().assumeTenantRole(token as string, 'acme')).rejects.toThrow(refusal(code, says));
    });

    it.each(Object.entries(TOKENS_OF_OTHERS))('fails for the token of %s', async (_what, token) => {
      await expect(accessWith().assumeTenantRole(token, 'acme')).rejects.toThrow(
        refusal('tenant.mismatch', 'The web identity token belongs to tenant', "not to 'acme'"),
      );
    });

    it.each(['', 'acme/', 'a..b', '*', 'a'.repeat(129)])(
      'fails for the wanted tenant %j, even if the token names it too',
      async (tenantId) => {
        await expect(accessWith().assumeTenantRole(tenantToken(tenantId), tenantId)).rejects.toThrow(
          refusal('tenant.invalid', 'is not a tenant id'),
        );
      },
    );

    it('fails for a token whose tenant stands under another tag key than the configured', async () => {
      await expect(accessWith({ tenantTagKey: 'org' }).assumeTenantRole(TOKEN, 'acme')).rejects.toThrow(
        refusal('token.tenant_missing', 'the session tag "org"'),
      );
    });

    it('fails for swapped arguments, and does not repeat the token', async () => {
      const error = await caughtFrom(() => accessWith().assumeTenantRole('acme', TOKEN));
      expect(error.code).toBe('tenant.invalid');
      expect(error.message).toContain(`a string of ${TOKEN.length} characters is not a tenant id`);
      for (const part of [TOKEN, ...TOKEN.split('.')]) expect(inspect(error, { depth: Infinity })).not.toContain(part);
    });
  });
});

describe('createTenantClients', () => {
  it('makes clients that sign with the session that was assumed', async () => {
    const access = accessWith();
    const { docClient } = clientsOf(access, await access.assumeTenantRole(TOKEN, 'acme'));
    aws.answerWith(dynamoDbPage(['1']));

    expect(await access.queryTenantData(docClient, 'acme')).toEqual([{ tenantId: 'acme', dataId: '1' }]);
    expect(aws.requests.map(signedWith)).toEqual(['ASIAACME0001']);
  });

  it('fails for foreign credentials', () => {
    expect(() => accessWith().createTenantClients(ACME as unknown as TenantCredentials)).toThrow(refusal('credentials.foreign'));
    expect(aws.requests).toHaveLength(0);
  });

  it('fails for an object that only has the prototype of credentials', () => {
    const forged = Object.create(TenantCredentials.prototype) as TenantCredentials;
    expect(() => accessWith().createTenantClients(forged)).toThrow(
      refusal('credentials.foreign', 'pass what assumeTenantRole returned'),
    );
    expect(aws.requests).toHaveLength(0);
  });

  it('fails for a session that is over, although the date it returned was changed', () => {
    const credentials = credentialsOf('acme', new Date('2020-01-01T00:00:00Z'));
    credentials.expiration.setFullYear(2099);
    expect(() => accessWith().createTenantClients(credentials)).toThrow(refusal('credentials.expired', '2020-01-01T00:00:00.000Z'));
  });
});

describe('queryTenantData', () => {
  it('reads several pages from the configured table, each under the key of the tenant', async () => {
    const access = accessWith({ tableName: 'other-table' });
    const { docClient } = clientsOf(access, credentialsOf('acme'));
    aws.answerWith(dynamoDbPage(['1', '2'], '2'), dynamoDbPage(['3']));

    const items = await access.queryTenantData<{ dataId: string }>(docClient, 'acme', { pageSize: 2 });

    expect(items.map(({ dataId }) => dataId)).toEqual(['1', '2', '3']);
    expect(aws.requests).toHaveLength(2);
    for (const { body } of aws.requests) {
      const request = JSON.parse(body) as { TableName: string; ExpressionAttributeValues: Record<string, unknown> };
      expect(request.TableName).toBe('other-table');
      expect(Object.values(request.ExpressionAttributeValues)).toEqual([{ S: 'acme' }]);
    }
  });

  it('takes a client that another instance of the class made for the tenant', async () => {
    const { docClient } = clientsOf(accessWith(), credentialsOf('acme'));
    aws.answerWith(dynamoDbPage([]));
    expect(await accessWith().queryTenantData(docClient, 'acme')).toEqual([]);
  });

  it('fails for the client of another tenant, without a request', async () => {
    const access = accessWith();
    const { docClient } = clientsOf(access, credentialsOf('globex'));
    await expect(access.queryTenantData(docClient, 'acme')).rejects.toThrow(
      refusal('tenant.mismatch', "belongs to tenant 'globex', not to 'acme'"),
    );
    expect(aws.requests).toHaveLength(0);
  });

  it('fails for a client with ambient credentials, without a request', async () => {
    const bare = new DynamoDBClient({ region: 'eu-central-1', endpoint: aws.endpoint, maxAttempts: 1 });
    opened.push(bare);
    await expect(accessWith().queryTenantData(DynamoDBDocumentClient.from(bare), 'acme')).rejects.toThrow(
      refusal('credentials.foreign'),
    );
    expect(aws.requests).toHaveLength(0);
  });
});

describe('objectLocation', () => {
  it('names the bucket and the key under the tenant', () => {
    expect(accessWith().objectLocation('acme', 'documents/a.pdf')).toEqual({
      Bucket: 'tenant-files',
      Key: 'tenants/acme/documents/a.pdf',
    });
  });

  it.each([
    ['acme', '../globex/a.pdf', '"../globex/a.pdf" is not an object key'],
    ['acme', '/a.pdf', '"/a.pdf" is not an object key'],
    ['acme/../globex', 'a.pdf', '"acme/../globex" is not a tenant id'],
  ])('fails for tenant %j and key %j', (tenantId, key, says) => {
    expect(() => accessWith().objectLocation(tenantId, key)).toThrow(refusal('tenant.invalid', says));
  });
});

describe('destroy', () => {
  it('closes the sockets', async () => {
    const access = accessWith();
    await access.assumeTenantRole(TOKEN, 'acme');
    expect(await aws.openConnections()).toBe(1);
    access.destroy();
    expect(await aws.settledConnections(0)).toBe(0);
  });

  it('leaves clients at work that were made before, without a socket that stays', async () => {
    const access = accessWith();
    const { docClient } = clientsOf(access, await access.assumeTenantRole(TOKEN, 'acme'));
    access.destroy();
    aws.answerWith(dynamoDbPage([]));
    expect(await access.queryTenantData(docClient, 'acme')).toEqual([]);
    expect(await aws.settledConnections(0)).toBe(0);
  });

  it('fails for a call after it, without a request', async () => {
    const access = accessWith();
    access.destroy();
    await expect(access.assumeTenantRole(TOKEN, 'acme')).rejects.toThrow(refusal('session.closed', 'make a new one'));
    expect(aws.requests).toHaveLength(0);
  });
});

describe('secrecy', () => {
  const SECRETS = [
    TOKEN,
    ...TOKEN.split('.'),
    ACME.accessKeyId,
    ACME.secretAccessKey,
    ACME.sessionToken,
    ...Object.values(AMBIENT_KEYS),
  ];

  function expectNoSecretIn(shown: string): void {
    expect(SECRETS.filter((secret) => shown.includes(secret))).toEqual([]);
  }

  const assume = () => accessWith().assumeTenantRole(TOKEN, 'acme');

  function assumeAfter(...answers: Parameters<LoopbackAws['answerWith']>): () => Promise<unknown> {
    return () => {
      aws.answerWith(...answers);
      return assume();
    };
  }

  function queryAfter(...answers: Parameters<LoopbackAws['answerWith']>): () => Promise<unknown> {
    return async () => {
      const access = accessWith();
      const { docClient } = clientsOf(access, await access.assumeTenantRole(TOKEN, 'acme'));
      aws.answerWith(...answers);
      return access.queryTenantData(docClient, 'acme');
    };
  }

  /** A function that gives the usual token once, then what this returns. */
  function tokenThen(next: () => string): () => string {
    let calls = 0;
    return () => (calls++ === 0 ? TOKEN : next());
  }

  /** What a request ends in after the credentials, when this is the next token. */
  async function afterTheEnd(next: () => string): Promise<unknown> {
    aws.answerWith(stsIssues({ ...ACME, expiration: new Date(Date.now() + 400) }), stsIssues(issuedKeys('acme')));
    const { docClient } = await accessWith().forTenant(tokenThen(next));
    await new Promise((ended) => setTimeout(ended, 410));
    return docClient.send(new GetCommand({ TableName: 'tenant-data', Key: {} }));
  }

  /** Every code with the ways to it; the type asks for all but those of the verifier, of HTTP, of the trigger and of aborted requests. */
  const WAYS: Record<
    Exclude<TenantDataAccessErrorCode, 'request.aborted' | 'permissions.invalid' | 'token.missing' | 'token.not_yet_valid'>,
    Record<string, () => unknown>
  > = {
    'config.invalid': {
      'a token as the configuration': () => new TenantDataAccess(TOKEN as unknown as TenantDataAccessConfig),
      'a token as each option': () => accessWith({ roleArn: TOKEN, tableName: TOKEN, bucketName: TOKEN, region: TOKEN }),
      'a token as the tag key': () => accessWith({ tenantTagKey: TOKEN }),
      'a token as the length of a session': () => accessWith({ sessionDurationSeconds: TOKEN as unknown as number }),
      'a token as the claim': () => accessWith({ tenantClaim: `${TOKEN} ` }),
      'credentials in the settings of a client': () =>
        accessWith({ stsConfig: { credentials: ACME } as unknown as NonNullable<TenantDataAccessConfig['stsConfig']> }),
      'a token as each option of the issuer': () =>
        accessWith({ issuerUrl: TOKEN, userPoolId: TOKEN, audience: [], tokenVerification: TOKEN as unknown as null }),
      'a token as the way to retry': () => accessWith({ retryMode: TOKEN as 'standard', maxAttempts: TOKEN as unknown as number }),
    },
    'request.invalid': {
      'a token as the page size': async () => {
        const access = accessWith();
        const { docClient } = clientsOf(access, credentialsOf('acme'));
        return access.queryTenantData(docClient, 'acme', { pageSize: TOKEN as unknown as number });
      },
      'a page size of zero': async () => {
        const access = accessWith();
        return access.queryTenantData(clientsOf(access, credentialsOf('acme')).docClient, 'acme', { pageSize: 0 });
      },
      'a token as the name of a table': async () => (await accessWith().forTenant(TOKEN)).table(TOKEN),
      'a token as the name of a bucket': async () => (await accessWith().forTenant(TOKEN)).objects(TOKEN),
    },
    'tenant.invalid': {
      'swapped arguments': () => accessWith().assumeTenantRole('acme', TOKEN),
      'a token as both arguments': () => accessWith().assumeTenantRole(TOKEN, TOKEN),
      'a token as the tenant of a query': () =>
        accessWith().queryTenantData(clientsOf(accessWith(), credentialsOf('acme')).docClient, TOKEN),
      'a token as the tenant of an object': () => accessWith().objectLocation(TOKEN, 'a.pdf'),
      'a token as the key of an object': () => accessWith().objectLocation('acme', `/${TOKEN}`),
    },
    'tenant.mismatch': {
      "another tenant's token": () => accessWith().assumeTenantRole(TOKEN, 'globex'),
      "another tenant's client": () =>
        accessWith().queryTenantData(clientsOf(accessWith(), credentialsOf('acme')).docClient, 'globex'),
    },
    'token.malformed': {
      'a token with one part more': () => accessWith().assumeTenantRole(`${TOKEN}.${TOKEN}`, 'acme'),
      'a token with a line break': () => accessWith().assumeTenantRole(`${TOKEN}\n`, 'acme'),
      'a token that is too long': () => accessWith().assumeTenantRole(TOKEN.repeat(30), 'acme'),
    },
    'token.expired': {
      'what STS says': assumeAfter(stsError('ExpiredTokenException')),
    },
    'token.tenant_missing': {
      'another tag key': () => accessWith({ tenantTagKey: 'org' }).assumeTenantRole(TOKEN, 'acme'),
      'a claim': () => accessWith({ tenantClaim: 'org' }).assumeTenantRole(TOKEN, 'acme'),
    },
    'token.rejected': {
      'an invalid token': assumeAfter(stsError('InvalidIdentityToken')),
      'a rejected claim': assumeAfter(stsError('IDPRejectedClaim', 403)),
    },
    'token.unavailable': {
      'a function that throws': () =>
        accessWith().forTenant(() => {
          throw new Error('no token');
        }),
    },
    'token.subject_changed': {
      'the token of another user': () => afterTheEnd(() => tenantToken('acme', { sub: 'user-2' })),
    },
    'session.closed': {
      'a token after destroy': () => {
        const access = accessWith();
        access.destroy();
        return access.forTenant(TOKEN);
      },
    },
    'condition.failed': { 'what DynamoDB says': queryAfter(dynamoDbError('ConditionalCheckFailedException')) },
    'transaction.conflict': { 'what DynamoDB says': queryAfter(dynamoDbError('TransactionConflictException')) },
    'object.not_found': { 'what a service says': queryAfter(dynamoDbError('NoSuchKey')) },
    'credentials.expired': {
      'no new token': () => afterTheEnd(() => 'no token'),
      'a session that is over': () => accessWith().createTenantClients(credentialsOf('acme', new Date(0))),
      'what DynamoDB says': queryAfter(dynamoDbError('ExpiredTokenException')),
    },
    'credentials.foreign': {
      'plain keys': () => accessWith().createTenantClients(ACME as unknown as TenantCredentials),
      'a client made by hand': async () => {
        const byHand = new DynamoDBClient({ region: 'eu-central-1', credentials: ACME });
        opened.push(byHand);
        return accessWith().queryTenantData(DynamoDBDocumentClient.from(byHand), 'acme');
      },
    },
    'access.denied': {
      'what STS says': assumeAfter(stsError('AccessDenied', 403)),
      'what DynamoDB says': queryAfter(dynamoDbError('AccessDeniedException')),
    },
    'service.throttled': {
      'throttling by STS': assumeAfter(stsError('Throttling')),
      'throttling by DynamoDB': queryAfter(dynamoDbError('ProvisionedThroughputExceededException')),
    },
    'service.unavailable': {
      'an answer of STS with status 500': assumeAfter(stsError('InternalFailure', 500)),
      'a hung-up connection to STS': assumeAfter('hang up'),
      'a failure on a later page': queryAfter(dynamoDbPage(['1'], '1'), dynamoDbError('InternalServerError', 500)),
    },
    'service.failed': {
      'an error of STS that quotes the token': assumeAfter(
        stsError('ValidationError', 400, `Value '${TOKEN}' at 'webIdentityToken' failed`),
      ),
      'another error of STS': assumeAfter(stsError('RegionDisabledException', 403)),
      'STS without credentials': assumeAfter(stsAnswer({})),
      'STS without an expiration': assumeAfter(
        stsAnswer({ AccessKeyId: ACME.accessKeyId, SecretAccessKey: ACME.secretAccessKey, SessionToken: ACME.sessionToken }),
      ),
      'STS with an expiration that is no date': assumeAfter(
        stsAnswer({
          AccessKeyId: ACME.accessKeyId,
          SecretAccessKey: ACME.secretAccessKey,
          SessionToken: ACME.sessionToken,
          Expiration: 'soon',
        }),
      ),
      'STS with XML that is cut off after the keys': assumeAfter({
        status: 200,
        contentType: 'text/xml',
        body: `<AssumeRoleWithWebIdentityResponse><SecretAccessKey>${ACME.secretAccessKey}</SecretAccessKey><SessionToken>${ACME.sessionToken}`,
      }),
      'another error of DynamoDB': queryAfter(dynamoDbError('ResourceNotFoundException')),
    },
  };

  const ways = Object.entries(WAYS).flatMap(([code, attempts]) =>
    Object.entries(attempts).map(([what, attempt]) => ({ code, what, attempt })),
  );

  it.each(ways)('fails as $code without telling a secret: $what', async ({ code, attempt }) => {
    const error = await caughtFrom(attempt);

    expect(error.code).toBe(code);
    for (let each: unknown = error; each instanceof Error; each = each.cause) {
      expectNoSecretIn(each.message);
      expectNoSecretIn(String(each.stack));
      expectNoSecretIn(JSON.stringify(each));
      expectNoSecretIn(JSON.stringify(Object.entries(each)));
      expectNoSecretIn(inspect(each, { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity }));
    }
  });

  it.each<[string, (value: unknown) => string]>([
    ['util.inspect', (value) => inspect(value, { depth: Infinity })],
    ['util.inspect with what is hidden', (value) => inspect(value, { depth: Infinity, showHidden: true })],
    ['JSON.stringify', (value) => JSON.stringify(value)],
    ['Object.entries', (value) => inspect(Object.entries(value as object), { depth: Infinity })],
    ['a spread', (value) => inspect({ ...(value as object) }, { depth: Infinity })],
  ])('shows no token and no key of credentials or of the instance in %s', async (_how, shown) => {
    const access = accessWith();
    const credentials = await access.assumeTenantRole(TOKEN, 'acme');
    clientsOf(access, credentials);

    expectNoSecretIn(shown(credentials));
    expectNoSecretIn(shown(access));
  });
});
