import { AwsError, type Protocol } from '../../../../lib/sandbox/http/aws-error';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import {
  authenticate,
  type Authenticated,
  missingAuthentication,
  type SecretKey,
} from '../../../../lib/sandbox/signature/authenticate';
import { scopeOf } from '../../../../lib/sandbox/signature/credential-scope';
import { KEYS, NOW, presigned, request, sha256, signed, type Signing } from '../../../support/signed-requests';

const SERVICES: Readonly<Record<Protocol, string>> = {
  json: 'dynamodb',
  'json-1.1': 'cognito-identity',
  query: 'sts',
  s3: 's3',
};
const PROTOCOLS: readonly Protocol[] = ['json', 'query', 's3'];
const MINUTE = 60_000;

const SESSION: SecretKey = { secretAccessKey: KEYS.secretAccessKey, sessionToken: 'token==', expiresAt: NOW + 1000 };

interface Verifying {
  readonly key?: SecretKey;
  readonly now?: number;
}

function verify(given: AwsRequest, protocol: Protocol, { key = KEYS, now = NOW }: Verifying = {}): Authenticated {
  return authenticate(given, { keyOf: (id) => (id === KEYS.accessKeyId ? key : undefined), protocol, now });
}

function refusal(act: () => unknown): AwsError {
  try {
    act();
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `<status> <code>` */
function answer(act: () => unknown): string {
  const { status, code, message } = refusal(act);
  expect(message).not.toMatch(/wJalr|token==|aeee/);
  return `${status} ${code}`;
}

/** How it looks in each protocol when a header, and when a URL is signed. */
const byHeader = (protocol: Protocol, signing?: Signing, parts?: Parameters<typeof request>[0]): AwsRequest =>
  signed(request({ body: '{"TableName":"t"}', ...parts }), { service: SERVICES[protocol], ...signing });
const byUrl = (protocol: Protocol, signing?: Parameters<typeof presigned>[1], parts?: Parameters<typeof request>[0]): AwsRequest =>
  presigned(request({ method: 'GET', ...parts }), { service: SERVICES[protocol], ...signing });

/** The same request with its authorization header changed, which is not signed itself. */
function withAuthorization(given: AwsRequest, change: (header: string) => string): AwsRequest {
  return { ...given, headers: { ...given.headers, authorization: change(given.headers['authorization'] ?? '') } };
}

/** The same request without one of its headers. */
function without(given: AwsRequest, name: string): AwsRequest {
  return { ...given, headers: Object.fromEntries(Object.entries(given.headers).filter(([header]) => header !== name)) };
}

describe.each(PROTOCOLS)('a signed request, %s', (protocol) => {
  it('is taken by its header', () => {
    expect(verify(byHeader(protocol), protocol)).toMatchObject({
      kind: 'signed',
      accessKeyId: KEYS.accessKeyId,
      region: 'eu-central-1',
      service: SERVICES[protocol],
      by: 'header',
    });
  });

  it('is taken by its URL', () => {
    expect(verify(byUrl(protocol), protocol)).toMatchObject({ kind: 'signed', service: SERVICES[protocol], by: 'presigned' });
  });

  it('of a session is taken with the token that was issued', () => {
    const signing = { sessionToken: 'token==' };
    for (const given of [byHeader(protocol, signing), byUrl(protocol, signing)]) {
      expect(verify(given, protocol, { key: SESSION })).toMatchObject({ kind: 'signed' });
    }
  });

  it('is taken with a clock off by a quarter of an hour, either way', () => {
    for (const given of [byHeader(protocol), byUrl(protocol)]) {
      for (const now of [NOW - 15 * MINUTE, NOW + 15 * MINUTE]) expect(verify(given, protocol, { now }).kind).toBe('signed');
    }
  });

  it.each([
    ['its date in a header of HTTP', { date: 'Sat, 31 Jan 2026 12:00:00 GMT' }],
    ['its date in the basic form', { date: '20260131T120000Z' }],
  ])('is taken with %s', (_, headers) => {
    const dated = signed(request({ headers: { 'x-amz-date': '', ...headers } }), {
      service: SERVICES[protocol],
      leaveOut: ['x-amz-date'],
    });
    expect(verify(without(dated, 'x-amz-date'), protocol).kind).toBe('signed');
  });

  it('is taken with the parts of its header in any order', () => {
    const given = byHeader(protocol);
    const [, credential, names, signature] =
      /(Credential=.*), (Signed.*), (Signature.*)/.exec(given.headers['authorization'] ?? '') ?? [];
    expect(
      verify(
        withAuthorization(given, () => `AWS4-HMAC-SHA256 ${signature},${names},  ${credential}`),
        protocol,
      ).kind,
    ).toBe('signed');
  });
});

/** What each service answers, in the order DynamoDB, STS, S3. */
type Answers = readonly [json: string, query: string, s3: string];
const INCOMPLETE = ['400 IncompleteSignatureException', '400 IncompleteSignature'] as const;
const MALFORMED: Answers = [...INCOMPLETE, '400 AuthorizationHeaderMalformed'];
const MALFORMED_QUERY: Answers = [...INCOMPLETE, '400 AuthorizationQueryParametersError'];
const NO_DATE: Answers = [...INCOMPLETE, '403 AccessDenied'];
const UNSUPPORTED: Answers = [...INCOMPLETE, '400 InvalidRequest'];
const WRONG = ['400 InvalidSignatureException', '403 SignatureDoesNotMatch'] as const;
const MISMATCH: Answers = [...WRONG, '403 SignatureDoesNotMatch'];
const UNSIGNED: Answers = [...WRONG, '403 AccessDenied'];
const UNKNOWN_KEY: Answers = ['400 UnrecognizedClientException', '403 InvalidClientTokenId', '403 InvalidAccessKeyId'];
const WRONG_TOKEN: Answers = ['400 UnrecognizedClientException', '403 InvalidClientTokenId', '400 InvalidToken'];
const EXPIRED: Answers = ['400 ExpiredTokenException', '403 ExpiredToken', '400 ExpiredToken'];

type Row = [name: string, given: (protocol: Protocol) => AwsRequest, answers: Answers, verifying?: Verifying];

const header = (change: (header: string) => string) => (protocol: Protocol) => withAuthorization(byHeader(protocol), change);
const url = (change: (query: string) => string) => (protocol: Protocol) => {
  const given = byUrl(protocol);
  return { ...given, query: change(given.query) };
};

const REFUSED: readonly Row[] = [
  ['another secret key', (protocol) => byHeader(protocol, { secretAccessKey: 'another' }), MISMATCH],
  ['another secret key in a URL', (protocol) => byUrl(protocol, { secretAccessKey: 'another' }), MISMATCH],
  ['an unknown access key', (protocol) => byHeader(protocol, { accessKeyId: 'AKIAANOTHER' }), UNKNOWN_KEY],
  ['a session without its token', (protocol) => byHeader(protocol), UNKNOWN_KEY, { key: SESSION }],
  ['a session without its token in a URL', (protocol) => byUrl(protocol), UNKNOWN_KEY, { key: SESSION }],
  ['another token', (protocol) => byHeader(protocol, { sessionToken: 'token=' }), WRONG_TOKEN, { key: SESSION }],
  [
    'another token of the same length',
    (protocol) => byHeader(protocol, { sessionToken: 'tokeN==' }),
    WRONG_TOKEN,
    { key: SESSION },
  ],
  ['another token in a URL', (protocol) => byUrl(protocol, { sessionToken: 'other' }), WRONG_TOKEN, { key: SESSION }],
  ['a token for a key without a session', (protocol) => byHeader(protocol, { sessionToken: 'token==' }), WRONG_TOKEN],
  ['an expired session', (protocol) => byHeader(protocol, { sessionToken: 'token==' }), EXPIRED, { key: SESSION, now: NOW + 1000 }],
  [
    'an expired session in a URL',
    (protocol) => byUrl(protocol, { sessionToken: 'token==' }),
    EXPIRED,
    { key: SESSION, now: NOW + 1000 },
  ],
  ['a clock too early', (protocol) => byHeader(protocol), [...WRONG, '403 RequestTimeTooSkewed'], { now: NOW - 15 * MINUTE - 1 }],
  ['a clock too late', (protocol) => byHeader(protocol), [...WRONG, '403 RequestTimeTooSkewed'], { now: NOW + 15 * MINUTE + 1 }],
  ['a URL after its time', (protocol) => byUrl(protocol), UNSIGNED, { now: NOW + 900_001 }],
  ['a URL long before its time', (protocol) => byUrl(protocol), UNSIGNED, { now: NOW - 15 * MINUTE - 1 }],
  ['a credential of another day', (protocol) => byHeader(protocol, { day: '20260130' }), [...WRONG, MALFORMED[2]]],
  ['a credential of another day in a URL', (protocol) => byUrl(protocol, { day: '20260201' }), [...WRONG, MALFORMED_QUERY[2]]],
  ['a credential of another service', (protocol) => byHeader(protocol, { service: protocol === 's3' ? 'sts' : 's3' }), MALFORMED],
  ['a credential of no region', (protocol) => byHeader(protocol, { region: '' }), MALFORMED],
  ['a credential of another end', header((text) => text.replace('aws4_request', 'aws3_request')), MALFORMED],
  ['a credential of another region', header((text) => text.replace('eu-central-1', 'eu-west-1')), MISMATCH],
  ['no date', (protocol) => without(byHeader(protocol), 'x-amz-date'), NO_DATE],
  ['a date that there is not', (protocol) => byHeader(protocol, { timestamp: '20260230T120000Z' }), NO_DATE],
  ['a date of another form', (protocol) => byHeader(protocol, { timestamp: '2026-01-31T12:00:00Z' }), NO_DATE],
  [
    'a date of words',
    (protocol) => without(byHeader(protocol, {}, { headers: { date: 'Sat, 31 Foo 2026 12:00:00 GMT' } }), 'x-amz-date'),
    NO_DATE,
  ],
  [
    'a date that is not signed',
    (protocol) =>
      without(
        signed(request({ headers: { 'x-amz-date': '', date: '20260131T120000Z' } }), {
          service: SERVICES[protocol],
          leaveOut: ['date', 'x-amz-date'],
        }),
        'x-amz-date',
      ),
    UNSIGNED,
  ],
  ['x-amz-date not signed', (protocol) => byHeader(protocol, { leaveOut: ['x-amz-date'] }), UNSIGNED],
  ['host not signed', (protocol) => byHeader(protocol, { leaveOut: ['host'] }), UNSIGNED],
  [
    'host not signed in a URL',
    (protocol) => byUrl(protocol, { leaveOut: ['host'] }, { headers: { range: 'bytes=0-1' } }),
    UNSIGNED,
  ],
  [
    'a header added to the signed ones',
    (protocol) => {
      const given = byHeader(protocol);
      return { ...given, headers: { ...given.headers, 'x-amz-target': 'DynamoDB_20120810.Scan' } };
    },
    UNSIGNED,
  ],
  [
    'a header added to a URL',
    (protocol) => {
      const given = byUrl(protocol);
      return { ...given, headers: { ...given.headers, 'x-amz-copy-source': '/files/b' } };
    },
    UNSIGNED,
  ],
  [
    'a token that is not signed',
    (protocol) => byHeader(protocol, { sessionToken: 'token==', leaveOut: ['x-amz-security-token'] }),
    UNSIGNED,
    { key: SESSION },
  ],
  [
    'a signed header that was not sent',
    (protocol) => without(byHeader(protocol, {}, { headers: { range: 'a' } }), 'range'),
    MISMATCH,
  ],
  ['a signed header of every object', header((text) => text.replace('Headers=', 'Headers=constructor;')), MISMATCH],
  ['no Authorization worth the name', header(() => 'Bearer abc'), MALFORMED],
  ['an empty authorization header', header(() => ''), MALFORMED],
  ['the algorithm alone', header(() => 'AWS4-HMAC-SHA256'), MALFORMED],
  ['no credential', header((text) => text.replace(/Credential=[^,]*, /, '')), MALFORMED],
  ['no signed headers', header((text) => text.replace(/SignedHeaders=[^,]*, /, '')), MALFORMED],
  ['no signature', header((text) => text.replace(/, Signature=.*/, '')), MALFORMED],
  ['two credentials', header((text) => `${text}, Credential=${KEYS.accessKeyId}/20260131/eu-central-1/s3/aws4_request`), MALFORMED],
  ['two headers in one', header((text) => `${text},${text}`), MALFORMED],
  ['more than three parts', header((text) => `${text}, Extra=1`), MALFORMED],
  [
    'a signature in capitals',
    header((text) => text.replace(/Signature=(.*)/, (_, hex: string) => `Signature=${hex.toUpperCase()}`)),
    MALFORMED,
  ],
  ['half a signature', header((text) => text.slice(0, -32)), MALFORMED],
  ['signed headers out of order', header((text) => text.replace(/host;([^,]*)/, '$1;host')), MALFORMED],
  ['a signed header twice', header((text) => text.replace('host;', 'host;host;')), MALFORMED],
  ['signed headers in capitals', header((text) => text.replace('host;', 'Host;')), MALFORMED],
  ['signature version 2', header(() => `AWS ${KEYS.accessKeyId}:frJIUN8DYpKDtOLCwo//yllqDzg=`), UNSUPPORTED],
  ['a signature by a public key', header((text) => text.replace('HMAC-SHA256', 'ECDSA-P256-SHA256')), UNSUPPORTED],
  [
    'signature version 2 in the query',
    () => request({ method: 'GET', query: 'AWSAccessKeyId=a&Signature=b&Expires=1' }),
    UNSUPPORTED,
  ],
  ['a public key in the query', url((query) => query.replace('HMAC-SHA256', 'ECDSA-P256-SHA256')), UNSUPPORTED],
  [
    'a header and a URL',
    (protocol) => ({ ...byHeader(protocol), query: byUrl(protocol).query }),
    [...INCOMPLETE, '400 InvalidArgument'],
  ],
  [
    'a header and a token in the URL',
    (protocol) => ({ ...byHeader(protocol), query: 'X-Amz-Security-Token=t' }),
    [...INCOMPLETE, '400 InvalidArgument'],
  ],
  ['a query out of its coding', (protocol) => byHeader(protocol, {}, { query: 'a=%2' }), [...WRONG, '400 InvalidURI']],
  ['a parameter name out of its coding', (protocol) => byHeader(protocol, {}, { query: '%zz' }), [...WRONG, '400 InvalidURI']],
  ...['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'].flatMap<Row>((name) => [
    [`a URL without X-Amz-${name}`, url((query) => query.replace(new RegExp(`&?X-Amz-${name}=[^&]*`), '')), MALFORMED_QUERY],
    [`a URL with X-Amz-${name} twice`, url((query) => `${query}&X-Amz-${name}=a`), MALFORMED_QUERY],
    [
      `a URL with x-amz-${name.toLowerCase()}`,
      url((query) => query.replace(`X-Amz-${name}`, `x-amz-${name.toLowerCase()}`)),
      MALFORMED_QUERY,
    ],
  ]),
  [
    'a URL with its token twice',
    (protocol) => url((query) => `${query}&X-Amz-Security-Token=t&X-Amz-Security-Token=t`)(protocol),
    MALFORMED_QUERY,
  ],
  ['a URL with its token in another case', (protocol) => byUrl(protocol, {}, { query: 'x-amz-security-token=t' }), MALFORMED_QUERY],
  ['a URL with a date of another form', (protocol) => byUrl(protocol, { timestamp: '20260131T1200Z' }), MALFORMED_QUERY],
  ...['0', '604801', '-1', '1e3', '', '9'.repeat(20)].map<Row>((expires) => [
    `a URL for '${expires}' seconds`,
    (protocol) => byUrl(protocol, { expires }),
    MALFORMED_QUERY,
  ]),
  ['a URL with its life prolonged', url((query) => query.replace('Expires=900', 'Expires=901')), MISMATCH],
  ['a URL with a parameter added', url((query) => `${query}&versionId=1`), MISMATCH],
];

describe.each(REFUSED.map(([name, ...row]) => ({ name, row })))('refuses $name', ({ row: [given, answers, verifying] }) => {
  it.each(PROTOCOLS)('%s', (protocol) => {
    expect(answer(() => verify(given(protocol), protocol, verifying))).toBe(answers[PROTOCOLS.indexOf(protocol)]);
  });
});

describe('a URL', () => {
  it.each(['1', '604800'])('holds for %s seconds', (expires) => {
    const given = byUrl('s3', { expires });
    expect(verify(given, 's3', { now: NOW + Number(expires) * 1000 }).kind).toBe('signed');
    const refused = refusal(() => verify(given, 's3', { now: NOW + Number(expires) * 1000 + 1 }));
    expect(refused).toMatchObject({ message: 'Request has expired', details: { 'X-Amz-Expires': expires } });
  });

  it('does not hold long before its time', () => {
    expect(refusal(() => verify(byUrl('s3'), 's3', { now: NOW - 3_600_000 })).message).toBe('Request is not valid yet');
  });

  it('tells how old it is', () => {
    const old = verify(byUrl('s3'), 's3', { now: NOW + 1234 });
    expect(old).toMatchObject({ context: { 's3:authType': 'REST-QUERY-STRING', 's3:signatureAge': '1234' } });
    const early = verify(byUrl('s3'), 's3', { now: NOW - 1234 });
    expect(early).toMatchObject({ context: { 's3:signatureAge': '0' } });
  });
});

describe('a refusal of S3', () => {
  it('names the headers that are not signed', () => {
    const given = byUrl('s3');
    const headers = { ...given.headers, 'x-amz-acl': 'public-read', 'x-amz-meta-a': 'b', 'content-md5': 'c' };
    const names = 'x-amz-acl, x-amz-meta-a, content-md5';
    expect(refusal(() => verify({ ...given, headers }, 's3')).details).toEqual({ HeadersNotSigned: names });
  });

  it('tells the clock', () => {
    expect(refusal(() => verify(byHeader('s3'), 's3', { now: NOW + 3_600_000 })).details).toEqual({
      RequestTime: '20260131T120000Z',
      ServerTime: '2026-01-31T13:00:00.000Z',
      MaxAllowedSkewMilliseconds: '900000',
    });
  });
});

it('goes by x-amz-date where there is a date too', () => {
  const early = 'Sat, 31 Jan 2026 11:00:00 GMT';
  expect(verify(byHeader('json', {}, { headers: { date: early } }), 'json').kind).toBe('signed');
  const given = byHeader('json', { timestamp: '20260131T110000Z' }, { headers: { date: 'Sat, 31 Jan 2026 12:00:00 GMT' } });
  expect(answer(() => verify(given, 'json'))).toBe('400 InvalidSignatureException');
});

it.each(['range', 'constructor'])('names a signed header that was not sent: %s', (name) => {
  const given = withAuthorization(byHeader('s3'), (text) =>
    text.replace(/Headers=[^,]*/, `Headers=${[name, 'host'].sort().join(';')};x-amz-date`),
  );
  expect(() => verify(given, 's3')).toThrow(`the header ${name} is signed, but was not sent`);
});

it('takes x-amz-content-sha256 unsigned from S3 alone, as it is signed anyway', () => {
  const leaveOut = ['x-amz-content-sha256'];
  expect(verify(byHeader('s3', { leaveOut }), 's3').kind).toBe('signed');
  const given = byHeader('json', { leaveOut }, { headers: { 'x-amz-content-sha256': sha256('{"TableName":"t"}') } });
  expect(answer(() => verify(given, 'json'))).toBe('400 InvalidSignatureException');
});

it('takes content-md5 unsigned from others than S3', () => {
  expect(verify(byHeader('json', { leaveOut: ['content-md5'] }, { headers: { 'content-md5': 'a' } }), 'json').kind).toBe('signed');
});

describe('a request that is not signed', () => {
  it.each(['query', 's3'] as const)('is anonymous, %s', (protocol) => {
    expect(verify(request({ query: 'a=b', body: 'c' }), protocol)).toEqual({
      kind: 'anonymous',
      request: request({ query: 'a=b', body: 'c', headers: { 'content-length': '1' } }),
    });
  });

  it('is refused by DynamoDB, which takes none', () => {
    expect(answer(() => verify(request(), 'json'))).toBe('400 MissingAuthenticationTokenException');
  });

  it.each(['AWSAccessKeyId=a&Signature=b', 'Action=GetCallerIdentity&SignatureVersion=2'])(
    'is refused with a form of version 2: %s',
    (body) => {
      expect(answer(() => verify(request({ body }), 'query'))).toBe('400 IncompleteSignature');
    },
  );

  it('is what the gateway refuses in the words of the service', () => {
    expect(
      PROTOCOLS.map((protocol) =>
        answer(() => {
          throw missingAuthentication(protocol);
        }),
      ),
    ).toEqual(['400 MissingAuthenticationTokenException', '403 MissingAuthenticationToken', '403 AccessDenied']);
  });
});

describe('the body', () => {
  it('of other services is hashed, whatever the header says', () => {
    for (const protocol of ['json', 'query'] as const) {
      const given = byHeader(
        protocol,
        { payloadHash: 'UNSIGNED-PAYLOAD' },
        { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      );
      expect(answer(() => verify(given, protocol))).toBe(MISMATCH[PROTOCOLS.indexOf(protocol)]);
      expect(answer(() => verify({ ...byHeader(protocol), body: Buffer.from('{}') }, protocol))).toBe(
        MISMATCH[PROTOCOLS.indexOf(protocol)],
      );
    }
  });
});

describe('the scope of a request', () => {
  const scope = { accessKeyId: KEYS.accessKeyId, date: '20260131', region: 'eu-central-1', service: 's3' };

  it('is read from the header, and from the query', () => {
    expect(scopeOf(byHeader('s3'))).toEqual(scope);
    expect(scopeOf(withAuthorization(byHeader('s3'), (text) => text.replace(/ (Credential=.*), (Signed.*)/, ' $2, $1')))).toEqual(
      scope,
    );
    expect(scopeOf(byUrl('s3'))).toEqual(scope);
    expect(scopeOf({ ...byUrl('s3'), query: byUrl('s3').query.replace(/%2F/g, '/') })).toEqual(scope);
  });

  it.each<[string, AwsRequest]>([
    ['a request that is not signed', request({ query: 'a=b' })],
    ['a request without a query', request()],
    ['another kind of signature', withAuthorization(byHeader('s3'), (text) => text.replace('HMAC', 'ECDSA'))],
    ['a malformed credential', withAuthorization(byHeader('s3'), (text) => text.replace('/s3/', '/'))],
    [
      'a credential within a parameter',
      request({ query: `aX-Amz-Credential=${KEYS.accessKeyId}/20260131/eu-central-1/s3/aws4_request` }),
    ],
  ])('is nothing for %s', (_, given) => {
    expect(scopeOf(given)).toBeUndefined();
  });
});

it('does not mix up keys of the same id', () => {
  const other = { secretAccessKey: 'another' };
  const given = byHeader('json', { secretAccessKey: 'another' });
  expect(verify(byHeader('json'), 'json').kind).toBe('signed');
  expect(verify(given, 'json', { key: other }).kind).toBe('signed');
  expect(answer(() => verify(given, 'json'))).toBe('400 InvalidSignatureException');
});
