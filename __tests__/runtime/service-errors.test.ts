import '../support/node-errors';
import { inspect } from 'node:util';
import { TenantDataAccess, TenantDataAccessError, type TenantDataAccessErrorCode } from 'multi-tenant-data-access';
import { fromServiceError } from 'multi-tenant-data-access/service-errors';
import {
  type AwsAnswer,
  credentialElements,
  credentialsOf,
  dynamoDbError,
  issuedKeys,
  LoopbackAws,
  loopbackConfig,
  stsAnswer,
  stsError,
} from '../support/loopback-aws';
import { caughtFrom, refusal } from '../support/refusal';
import { tenantToken } from '../support/tokens';

const TRY_AGAIN = 'the service did not answer in time or failed, try again';
const SLOW_DOWN = 'the service asks to slow down, try again later';
const REFUSED = 'the service refused the request';
const UNREADABLE = 'the answer could not be read';
const TOKEN_EXPIRED = 'the web identity token has expired, get a new one from the identity provider';
const TRUST_POLICY = "it must trust the token's issuer and audience, allow sts:TagSession";

/** Names that ask to slow down, even with a status that would blame the caller. */
const THROTTLING_NAMES = [
  'BandwidthLimitExceeded',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
];

/** Names that ask to come back, even with such a status. */
const TRANSIENT_NAMES = [
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'PriorRequestNotComplete',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
];

/** What the service calls it, the status, the code it becomes, what the message says. */
type Mapping = readonly [name: string, status: number, code: TenantDataAccessErrorCode, says: string];

const STS_ERRORS: Mapping[] = [
  ['InvalidIdentityToken', 400, 'token.rejected', 'its signature, issuer or audience does not fit the IAM OIDC provider'],
  ['IDPRejectedClaim', 403, 'token.rejected', 'the identity provider refused the token'],
  ['IDPCommunicationError', 400, 'service.unavailable', 'STS could not reach the identity provider'],
  ['ExpiredTokenException', 400, 'token.expired', TOKEN_EXPIRED],
  ['ExpiredToken', 403, 'token.expired', TOKEN_EXPIRED],
  ['AccessDenied', 403, 'access.denied', TRUST_POLICY],
  ['AccessDeniedException', 403, 'access.denied', TRUST_POLICY],
  ...THROTTLING_NAMES.map((name): Mapping => [name, 400, 'service.throttled', SLOW_DOWN]),
  ...TRANSIENT_NAMES.map((name): Mapping => [name, 400, 'service.unavailable', TRY_AGAIN]),
  ['AnyError', 429, 'service.throttled', SLOW_DOWN],
  ['InternalFailure', 500, 'service.unavailable', TRY_AGAIN],
  ['ServiceUnavailable', 503, 'service.unavailable', TRY_AGAIN],
  ['SlowDown', 503, 'service.throttled', SLOW_DOWN],
  ['AnyError', 499, 'service.failed', REFUSED],
  ['ValidationError', 400, 'service.failed', REFUSED],
  ['MalformedPolicyDocument', 400, 'service.failed', REFUSED],
  ['PackedPolicyTooLarge', 400, 'service.failed', REFUSED],
  ['RegionDisabledException', 403, 'service.failed', REFUSED],
];

const DYNAMO_DB_ERRORS: Mapping[] = [
  ['AccessDeniedException', 400, 'access.denied', 'the role must be granted this action on the table'],
  ['ExpiredTokenException', 400, 'credentials.expired', 'the session has ended, assume the role again'],
  ...THROTTLING_NAMES.map((name): Mapping => [name, 400, 'service.throttled', SLOW_DOWN]),
  ...TRANSIENT_NAMES.map((name): Mapping => [name, 400, 'service.unavailable', TRY_AGAIN]),
  ['AnyException', 429, 'service.throttled', SLOW_DOWN],
  ['InternalServerError', 500, 'service.unavailable', TRY_AGAIN],
  ['ServiceUnavailable', 503, 'service.unavailable', TRY_AGAIN],
  ['TransactionInProgressException', 400, 'transaction.conflict', 'a request with this idempotency token is still under way'],
  ['TransactionConflictException', 400, 'transaction.conflict', 'another request was writing the same item'],
  ['ConditionalCheckFailedException', 400, 'condition.failed', 'the condition does not hold'],
  ['ResourceNotFoundException', 400, 'service.failed', REFUSED],
  ['ValidationException', 400, 'service.failed', REFUSED],
  ['UnrecognizedClientException', 400, 'service.failed', REFUSED],
];

/** Long enough for a busy machine, and for the cases that wait for no answer only. */
const REQUEST_TIMEOUT = { requestTimeout: 300 };

let aws: LoopbackAws;
const opened: { destroy(): void }[] = [];

beforeEach(async () => {
  aws = await LoopbackAws.start();
});

afterEach(async () => {
  for (const each of opened.splice(0)) each.destroy();
  await aws.stop();
});

function access(requestHandler?: typeof REQUEST_TIMEOUT): TenantDataAccess {
  const made = new TenantDataAccess({ ...loopbackConfig(aws.endpoint), requestHandler });
  opened.push(made);
  return made;
}

const TOKEN = tenantToken('acme');

const assume = (made = access()) => made.assumeTenantRole(TOKEN, 'acme');

async function query(made = access()): Promise<unknown> {
  const clients = made.createTenantClients(credentialsOf('acme'));
  opened.push(clients);
  return made.queryTenantData(clients.docClient, 'acme');
}

/** All that a log may show of an error, its hidden properties and those of its causes too. */
function allShown(error: unknown): string {
  return inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity });
}

describe.each([
  {
    service: 'STS',
    errors: STS_ERRORS,
    answer: stsError,
    call: assume,
    doing: 'Could not assume the role arn:aws:iam::123456789012:role/tenant-access: ',
  },
  {
    service: 'DynamoDB',
    errors: DYNAMO_DB_ERRORS,
    answer: dynamoDbError,
    call: query,
    doing: "Could not query the items of tenant 'acme' in table 'tenant-data': ",
  },
])('an error of $service', ({ errors, answer, call, doing }) => {
  it.each(errors)('fails on %s with status %d as %s', async (name, status, code, says) => {
    aws.answerWith(answer(name, status));

    const error = await caughtFrom(() => call());
    expect(error).toMatchObject({ code, name: 'TenantDataAccessError' });
    expect(error.message).toContain(doing);
    expect(error.message).toContain(says);
    expect(error.message).toContain(name.replace(/Exception$/, ''));
    expect(error.cause).toMatchObject({ message: 'as the service puts it', $metadata: { httpStatusCode: status } });
    expect(aws.requests).toHaveLength(1);
  });

  it('fails on a refused connection as service.unavailable', async () => {
    await aws.stop();
    const error = await caughtFrom(() => call());
    expect(error.code).toBe('service.unavailable');
    expect(error.message).toContain(doing + TRY_AGAIN);
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('fails on a hung-up connection as service.unavailable', async () => {
    aws.answerWith('hang up');
    const error = await caughtFrom(() => call());
    expect(error.code).toBe('service.unavailable');
    expect(error.message).toContain(doing + TRY_AGAIN);
    expect(error.cause).toMatchObject({ message: 'socket hang up', code: 'ECONNRESET' });
    expect(aws.requests).toHaveLength(1);
  });

  it('fails on silence as service.unavailable', async () => {
    aws.answerWith('silence');
    const error = await caughtFrom(() => call(access(REQUEST_TIMEOUT)));
    expect(error.code).toBe('service.unavailable');
    expect(error.message).toContain(doing + TRY_AGAIN);
    expect(error.cause).toMatchObject({ name: 'TimeoutError', message: expect.stringContaining('requestTimeout') as unknown });
    expect(aws.requests).toHaveLength(1);
  });

  it.each([
    ['<html>Bad gateway</html>', 502, 'service.unavailable', TRY_AGAIN],
    ['', 503, 'service.unavailable', TRY_AGAIN],
    ['no answer of AWS', 200, 'service.failed', UNREADABLE],
  ])('fails on the answer %j of a proxy with status %d as %s', async (body, status, code, says) => {
    aws.answerWith({ status, contentType: 'text/html', body });
    const error = await caughtFrom(() => call());
    expect(error.code).toBe(code);
    expect(error.message).toContain(doing + says);
    if (body !== '') expect(allShown(error)).not.toContain(body);
  });
});

describe('an answer of STS without credentials', () => {
  const complete = credentialElements(issuedKeys('acme'));
  const without = (name: string) => stsAnswer(Object.fromEntries(Object.entries(complete).filter(([each]) => each !== name)));

  it.each<[string, AwsAnswer]>([
    ['no element Credentials', stsAnswer({})],
    ['an empty body', { status: 200, contentType: 'text/xml', body: '' }],
    ['another document', { status: 200, contentType: 'text/xml', body: '<html><body>Welcome</body></html>' }],
    ...Object.keys(complete).map((name): [string, AwsAnswer] => [`no ${name}`, without(name)]),
    ...['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name): [string, AwsAnswer] => [
      `an empty ${name}`,
      stsAnswer({ ...complete, [name]: '' }),
    ]),
  ])('fails as service.failed: %s', async (_what, answer) => {
    aws.answerWith(answer);
    await expect(assume()).rejects.toThrow(
      refusal('service.failed', 'assume the role arn:aws:iam::123456789012:role/tenant-access', 'STS answered without credentials'),
    );
  });

  it('is told from a complete one', async () => {
    aws.answerWith(stsAnswer(complete));
    expect((await assume()).accessKeyId).toBe('ASIAACME0001');
  });
});

describe('an answer of STS that cannot be read', () => {
  const keys = issuedKeys('acme');
  const complete = stsAnswer(credentialElements(keys)) as Exclude<AwsAnswer, string>;
  const cutAfter = (text: string) => ({ ...complete, body: complete.body.slice(0, complete.body.indexOf(text) + text.length) });

  it.each<[string, AwsAnswer]>([
    ['an expiration that is no date', stsAnswer({ ...credentialElements(keys), Expiration: 'soon' })],
    ['an expiration that is a key', stsAnswer({ ...credentialElements(keys), Expiration: keys.secretAccessKey })],
    ['a body cut off in its first element', { ...complete, body: '<AssumeRoleWithWebIdentityResponse><Assume' }],
    ['a body cut off after the secret key', cutAfter(keys.secretAccessKey)],
    ['a body cut off after the session token', cutAfter(keys.sessionToken)],
    ['a body cut off after the credentials', cutAfter('</Credentials>')],
    ['a body that is JSON', { ...complete, contentType: 'application/json', body: JSON.stringify({ Credentials: keys }) }],
    ['an error cut off after the token', { ...complete, status: 400, body: `<ErrorResponse><Error><Message>${TOKEN}` }],
  ])('fails as service.failed and tells nothing of it: %s', async (_what, answer) => {
    aws.answerWith(answer);
    const error = await caughtFrom(() => assume());

    expect(error.code).toBe('service.failed');
    expect(error.message).toContain('Could not assume the role arn:aws:iam::123456789012:role/tenant-access: ');
    expect(error.message).toContain(UNREADABLE);
    expect(error.cause).toMatchObject({ message: 'left out, as it may quote the answer' });
    const { accessKeyId, secretAccessKey, sessionToken } = keys;
    const told = ['<Assume', '<Error', 'Credentials>', 'soon', accessKeyId, secretAccessKey, sessionToken, ...TOKEN.split('.')];
    expect(told.filter((each) => allShown(error).includes(each))).toEqual([]);
  });
});

describe('an answer of STS that quotes the token', () => {
  it.each<[code: string, status: number, becomes: TenantDataAccessErrorCode]>([
    ['ValidationError', 400, 'service.failed'],
    ['InvalidIdentityToken', 400, 'token.rejected'],
    ['ExpiredTokenException', 400, 'token.expired'],
    ['AccessDenied', 403, 'access.denied'],
    ['InternalFailure', 500, 'service.unavailable'],
  ])('fails on %s with status %d as %s without the token or a part of it', async (code, status, becomes) => {
    const [header = '', payload = '', signature = ''] = TOKEN.split('.');
    aws.answerWith(stsError(code, status, `Value '${TOKEN}' at 'webIdentityToken' failed: ${signature}, ${header}, ${payload}.`));
    const error = await caughtFrom(() => assume());

    expect(error.code).toBe(becomes);
    expect(error.cause).toMatchObject({
      name: expect.stringContaining(code.replace(/Exception$/, '')) as unknown,
      message: "Value '[token]' at 'webIdentityToken' failed: [token], [token], [token].",
      $metadata: { httpStatusCode: status },
    });
    const shown = [error.message, (error.cause as Error).message, String((error.cause as Error).stack), allShown(error)].join();
    expect([TOKEN, header, payload, signature].filter((secret) => shown.includes(secret))).toEqual([]);
  });
});

describe('an answer that quotes less or more than the token', () => {
  it('fails without the start of a token that STS shortened', async () => {
    aws.answerWith(stsError('ValidationError', 400, `Value '${TOKEN.slice(0, 200)}...' at 'webIdentityToken' failed`));
    const error = await caughtFrom(() => assume());
    expect((error.cause as Error).message).toBe("Value '[token].[token]' at 'webIdentityToken' failed");
  });

  it('fails without a token in place of the name of the error', async () => {
    aws.answerWith(stsError(TOKEN, 400));
    const error = await caughtFrom(() => assume());
    expect(error.message).toContain('(unknown error)');
    expect(allShown(error)).not.toContain(TOKEN.slice(0, 30));
  });

  it('fails without the signed request that a signature error quotes', () => {
    const quoted = "The Canonical String should have been 'POST / host:x x-amz-security-token:SESSION'";
    const thrown = Object.assign(new Error(quoted), { name: 'InvalidSignatureException', $fault: 'client' });
    const error = fromServiceError(thrown, { doing: 'query', expired: 'credentials.expired', deniedBecause: '' });
    expect(allShown(error)).not.toContain('SESSION');
    expect(error.cause).toMatchObject({ name: 'InvalidSignatureException', message: 'left out, as it quotes the signed request' });
  });
});

describe('fromServiceError', () => {
  const from = (error: unknown) =>
    fromServiceError(error, { doing: 'do it', expired: 'token.expired', deniedBecause: 'not allowed' });

  it('leaves an error of this package as it is', () => {
    const error = new TenantDataAccessError('tenant.mismatch', 'another tenant');
    expect(from(error)).toBe(error);
  });

  it.each(['a string', undefined, null, 7, { name: 'AccessDenied' }])('fails safely for %p, which is no error', (thrown) => {
    const error = from(thrown);
    expect(error).toMatchObject({ code: 'service.failed', message: 'Could not do it: the request could not be sent (Error).' });
    expect(error.cause).toEqual(new Error('left out, as it may quote the answer'));
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE'])(
    'fails as service.unavailable for %s',
    (code) => {
      const error = Object.assign(new Error('no connection'), { code });
      expect(from(error)).toMatchObject({ code: 'service.unavailable', cause: { message: 'no connection', code } });
    },
  );

  it('fails with a cause that has nothing but name, message, metadata and code of the error', () => {
    const thrown = Object.assign(new Error('in short'), {
      name: 'AnyError',
      code: 'any',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      $response: { body: 'secret-body' },
      $responseBodyText: 'secret-text',
      Error: { Message: 'secret-message' },
      cause: new Error('secret-cause'),
    });
    Object.defineProperty(thrown, 'hidden', { value: 'secret-hidden', enumerable: false });
    const error = from(thrown);

    expect(error.cause).toMatchObject({ name: 'AnyError', message: 'in short', code: 'any', $metadata: { httpStatusCode: 400 } });
    expect(Object.getOwnPropertyNames(error.cause).sort()).toEqual(['$metadata', 'code', 'message', 'name', 'stack']);
    expect(allShown(error)).not.toContain('secret');
  });

  it.each(['ENOENT', 7])('fails as service.failed for an error with the code %p', (code) => {
    expect(from(Object.assign(new Error('no file'), { code })).code).toBe('service.failed');
  });

  it.each([
    ['a token', 'eyJhbGciOiJSUzI1NiJ9'],
    ['text', 'as the server likes'],
    ['an object', { token: 'x' }],
  ])('fails with a cause without the code, when a server puts %s there', (_what, code) => {
    expect(from(Object.assign(new Error('no'), { code, $fault: 'client' })).cause).not.toHaveProperty('code');
  });

  it('fails as service.unavailable for what the SDK itself would try again', () => {
    expect(from(Object.assign(new Error('wait'), { $retryable: {} })).code).toBe('service.unavailable');
  });

  it('fails as service.throttled for what the SDK itself would try again more slowly', () => {
    expect(from(Object.assign(new Error('wait'), { $retryable: { throttling: true } })).code).toBe('service.throttled');
  });

  it('fails as request.aborted for what the caller aborted', () => {
    const aborted = Object.assign(new Error('Request aborted'), { name: 'AbortError', code: 'ECONNRESET' });
    expect(from(aborted)).toMatchObject({ code: 'request.aborted', message: expect.stringContaining('by the caller') as unknown });
  });

  it.each([
    ['NoSuchKey', 'object.not_found'],
    ['NotFound', 'object.not_found'],
    ['NoSuchBucket', 'service.failed'],
    ['PreconditionFailed', 'condition.failed'],
    ['ConditionalRequestConflict', 'transaction.conflict'],
  ])('fails for %s of S3 as %s', (name, code) => {
    expect(from(Object.assign(new Error('no'), { name, $fault: 'client' })).code).toBe(code);
  });

  it('keeps the cause out of what is enumerable', () => {
    expect(JSON.stringify(from(new Error('reason')))).toBe('{"code":"service.failed","name":"TenantDataAccessError"}');
  });
});
