import type { Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate, type Authenticated } from '../../../../lib/sandbox/signature/authenticate';
import { sign } from '../../../../lib/sandbox/signature/sign';
import { KEYS, NOW, request, sha256, signed } from '../../../support/signed-requests';

const session = { ...KEYS, sessionToken: 'token==' };

function verified(
  given: AwsRequest,
  protocol: Protocol,
  key: { secretAccessKey: string; sessionToken?: string } = session,
): Authenticated {
  return authenticate(given, { keyOf: () => key, protocol, now: NOW });
}

const options = (service: string) => ({ credentials: session, service, region: 'eu-central-1', now: NOW });

// Bytes of UTF-8 as they come off the wire, one a character.
const bytes = Buffer.from('ä €').toString('latin1');

it.each<[string, string, Protocol, AwsRequest]>([
  [
    'DynamoDB',
    'dynamodb',
    'json',
    request({ body: '{"TableName":"t"}', headers: { 'x-amz-target': 'DynamoDB_20120810.GetItem' } }),
  ],
  ['STS', 'sts', 'query', request({ body: 'Action=GetCallerIdentity' })],
  ['another service, with a path', 'lambda', 'json', request({ path: '/a//b/../c%20d/', query: 'b=2&a=%2F&b=1&c' })],
  ['S3', 's3', 's3', request({ method: 'PUT', path: "/files/a%20b/../+c//%c3%a4'(1)", query: 'tagging', body: 'data' })],
  ['S3 with a query', 's3', 's3', request({ method: 'GET', path: '/files', query: 'prefix=a+b%2F%C3%A4&list-type=2&a=&b&a=1' })],
  ['S3 with bytes in a header', 's3', 's3', request({ method: 'PUT', path: '/files/k', headers: { 'x-amz-meta-a': bytes } })],
])('signs for %s', async (_, service, protocol, given) => {
  const result = await sign(given, options(service));
  expect(result).toEqual({ ...given, headers: expect.objectContaining(given.headers) as unknown });
  expect(result.headers).toMatchObject({ 'x-amz-content-sha256': sha256(given.body), 'x-amz-security-token': 'token==' });
  expect(verified(result, protocol)).toMatchObject({ kind: 'signed', service, accessKeyId: KEYS.accessKeyId });
  expect(() => verified({ ...result, path: `${given.path}x` }, protocol)).toThrow(/signature does not match/);
  expect(() => verified({ ...result, headers: { ...result.headers, host: 'other' } }, protocol)).toThrow(
    /signature does not match/,
  );
});

it('takes away what a request was signed by before', async () => {
  const before = signed(request({ body: '{}', headers: { connection: 'close' } }), {
    sessionToken: 'old',
    accessKeyId: 'AKIAOLD',
    timestamp: '20200101T000000Z',
  });
  const result = await sign(before, { ...options('dynamodb'), credentials: KEYS });
  expect(Object.keys(result.headers).sort()).toEqual(['authorization', 'host', 'x-amz-content-sha256', 'x-amz-date']);
  expect(verified(result, 'json', KEYS)).toMatchObject({ kind: 'signed' });
  expect(() => verified(result, 'json')).toThrow(/no such access key/);
});

it('signs by the clock of this machine', async () => {
  const result = await sign(request(), { ...options('dynamodb'), now: undefined });
  expect(authenticate(result, { keyOf: () => session, protocol: 'json', now: Date.now() }).kind).toBe('signed');
});

it.each([
  ['a request without a host', { ...request(), headers: {} }],
  ['a query out of its coding', request({ query: '%' })],
  ['a path out of its coding', request({ path: '/%' })],
])('refuses %s', async (_, given) => {
  await expect(sign(given, options('s3'))).rejects.toThrow(TypeError);
});
