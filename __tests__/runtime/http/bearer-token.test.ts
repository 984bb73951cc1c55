import type { TenantDataAccessErrorCode } from 'multi-tenant-data-access/errors';
import { bearerToken, type RequestHeaders } from 'multi-tenant-data-access/http/bearer-token';

const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl';
const BEARER = `Bearer ${TOKEN}`;

function named(...values: unknown[]): RequestHeaders {
  return { byName: {}, all: values.map((value) => ['Authorization', value]) };
}

/** For `toThrow`; a suite without the SDK. */
function coded(code: TenantDataAccessErrorCode): Error {
  return expect.objectContaining({ code }) as Error;
}

describe('bearerToken', () => {
  it.each<[string, RequestHeaders]>([
    ['a header in lower case', { byName: { authorization: BEARER }, all: [] }],
    ['a header in capitals', { byName: { AUTHORIZATION: BEARER }, all: [] }],
    ['a list of headers', named(BEARER)],
    ['the same header in both', { byName: { authorization: BEARER }, all: [['Authorization', BEARER]] }],
    ['headers beside it', { byName: { 'x-authorization': 'Bearer other', cookie: BEARER, authorization: BEARER }, all: [] }],
    ['a list without headers, and a header', { byName: { authorization: BEARER }, all: [['host', 'example.com']] }],
    ['a scheme in lower case', named(`bearer ${TOKEN}`)],
    ['a scheme in capitals', named(`BEARER ${TOKEN}`)],
    ['two spaces after the scheme', named(`Bearer  ${TOKEN}`)],
  ])('reads %s', (_, headers) => {
    expect(bearerToken(headers)).toBe(TOKEN);
  });

  it.each(['a', '-._~+/', 'abc=', 'abc=='])('reads %p, which the grammar of bearer tokens takes', (token) => {
    expect(bearerToken(named(`Bearer ${token}`))).toBe(token);
  });

  it.each<[string, RequestHeaders]>([
    ['no headers', { byName: undefined, all: [] }],
    ['null for headers', { byName: null, all: [] }],
    ['other headers only', { byName: { host: 'example.com' }, all: [['host', 'example.com']] }],
    ['an undefined header', { byName: { authorization: undefined }, all: [] }],
    ['an empty header', named('')],
    ['another scheme', named('Basic dXNlcjpwYXNzd29yZA==')],
    ['a scheme that begins alike', named(`BearerX ${TOKEN}`)],
    ['no space after the scheme', named(`Bearer${TOKEN}`)],
    ['the token alone', named(TOKEN)],
    ['an inherited header', { byName: Object.create({ authorization: BEARER }) as object, all: [] }],
  ])('refuses %s: no credentials were given', (_, headers) => {
    expect(() => bearerToken(headers)).toThrow(coded('token.missing'));
  });

  it.each<[string, RequestHeaders]>([
    ['two headers', named(BEARER, 'Bearer other')],
    ['the same header twice', named(BEARER, BEARER)],
    ['a header of another scheme beside it', named('Basic dXNlcjpwYXNzd29yZA==', BEARER)],
    ['the header in two cases', { byName: { authorization: BEARER, Authorization: BEARER }, all: [] }],
    ['a header that the list does not hold', { byName: { authorization: 'Bearer other' }, all: [['authorization', BEARER]] }],
    ['two headers joined', named(`${BEARER}, Bearer other`)],
    ['two headers joined without a space', named(`${BEARER},${BEARER}`)],
    ['no token', named('Bearer')],
    ['spaces for a token', named('Bearer  ')],
    ['two tokens', named(`${BEARER} other`)],
    ['a space behind', named(`${BEARER} `)],
    ['a tab before the token', named(`Bearer \t${TOKEN}`)],
    ['a line break behind', named(`${BEARER}\n`)],
    ['a token in quotes', named(`Bearer "${TOKEN}"`)],
    ['padding inside', named('Bearer ab=c')],
    ['padding alone', named('Bearer ==')],
    ['another alphabet', named('Bearer tökén')],
    ['no string', named(7)],
    ['an array', { byName: { authorization: [BEARER] }, all: [] }],
    ['null', named(null)],
  ])('refuses %s: they are no bearer token', (_, headers) => {
    expect(() => bearerToken(headers)).toThrow(coded('token.malformed'));
  });

  it('fails with a message that says what is expected and shows nothing of what was given', () => {
    for (const value of [`${BEARER} other`, `Basic ${TOKEN}`]) {
      expect(() => bearerToken(named(value))).toThrow("expected is one header 'Authorization: Bearer <token>'");
      expect(() => bearerToken(named(value))).not.toThrow(TOKEN);
    }
  });
});
