import { type TokenExpectations, tokenFindings } from '../../../lib/cli/token-check/check';
import { unsigned } from '../../support/issuer';

const ISSUER = 'https://login.example.com';
const TAGS = 'https://aws.amazon.com/tags';
const ROLES = 'https://aws.amazon.com/roles';
const FLAT = `${TAGS}/principal_tags/`;
const ROLE = 'arn:aws:iam::123456789012:role/multi-tenant-iam-tenant';
const NOW = 1_790_000_000;

const EXPECTED: TokenExpectations = {
  issuerUrl: ISSUER,
  audiences: ['my-client-id'],
  tenantTag: 'tenant_id',
  permissionsTag: 'permissions',
};

type Changes = Readonly<Record<string, unknown>>;

const tagged = (tags: object, more: object = {}): Changes => ({ [TAGS]: { principal_tags: tags, ...more } });

const CLAIMS = {
  iss: ISSUER,
  aud: 'my-client-id',
  sub: 'user-1',
  iat: NOW - 60,
  exp: NOW + 3600,
  ...tagged({ tenant_id: ['acme'] }, { transitive_tag_keys: ['tenant_id'] }),
};

function token(changes: Changes = {}, header: object = { alg: 'RS256', kid: 'one' }): string {
  return `${unsigned(header, { ...CLAIMS, ...changes })}.c2lnbmF0dXJl`;
}

const findingsOf = (given: string, expected: Partial<TokenExpectations> = {}) =>
  tokenFindings(given, { ...EXPECTED, ...expected }, new Date(NOW * 1000)).findings;

const namesOf = (given: string, expected?: Partial<TokenExpectations>) =>
  findingsOf(given, expected).map(({ name, state }) => `${state} ${name}`);

describe('a token that is as it must be', () => {
  it('passes every check', () => {
    expect(namesOf(token())).toEqual([
      'ok form',
      'ok header',
      'ok issuer',
      'ok audience',
      'ok time',
      'ok tags',
      'ok tenant',
      'note permissions',
    ]);
  });

  it.each<[name: string, changes: Changes, expected?: Partial<TokenExpectations>]>([
    ['flattened tags', { [TAGS]: undefined, [`${FLAT}tenant_id`]: 'acme' }],
    [
      'flattened tags that are transitive',
      { [TAGS]: undefined, [`${FLAT}tenant_id`]: 'a', [`${TAGS}/transitive_tag_keys`]: ['tenant_id'] },
    ],
    ['the name of a role', tagged({ tenant_id: ['acme'], permissions: ['editor'] })],
    ['encoded permissions', tagged({ tenant_id: ['acme'], permissions: ['rwd/rwd'] })],
    ['no permissions', tagged({ tenant_id: ['acme'], permissions: ['---/---'] })],
    ['other keys', tagged({ Team: ['acme'], can: ['r--/---'] }), { tenantTag: 'Team', permissionsTag: 'can' }],
    ['the longest tenant', tagged({ tenant_id: ['a'.repeat(128)] })],
    ['an ID token of Amazon Cognito', { token_use: 'id' }],
    ['an ID token of Keycloak', { typ: 'ID', azp: 'my-client-id' }],
    ['two audiences and a party that counts', { aud: ['api', 'my-client-id'], azp: 'my-client-id' }],
    ['a party that is none of its audiences', { aud: 'api', azp: 'my-client-id' }],
    ['one audience of two', {}, { audiences: ['other', 'my-client-id'] }],
    ['an issuer with a path and a closing slash', { iss: `${ISSUER}/realms/a/` }, { issuerUrl: `${ISSUER}/realms/a/` }],
    ['an issuer on this machine that was asked for', { iss: 'http://127.0.0.1:4580' }, { issuerUrl: 'http://127.0.0.1:4580' }],
    ['a clock that is 300 seconds early', { iat: NOW + 300, nbf: NOW + 300 }],
    ['one second to go', { exp: NOW + 1 }],
    ['the role it was asked for', { [ROLES]: ['arn:aws:iam::123456789012:role/x', ROLE] }, { roleArn: ROLE }],
    ['roles that nobody asked for', { [ROLES]: [ROLE] }],
    ['a claim for an identity pool', { [TAGS]: undefined, 'custom:tenant_id': 'acme' }, { tenantClaim: 'custom:tenant_id' }],
    [
      'two claims for an identity pool',
      { 'custom:tenant_id': 'acme', 'custom:role': 'viewer' },
      { tenantClaim: 'custom:tenant_id', permissionsClaim: 'custom:role' },
    ],
  ])('may have %s', (_name, changes, expected = {}) => {
    expect(findingsOf(token(changes), expected).filter(({ state }) => state === 'wrong' || state === 'unknown')).toEqual([]);
  });

  it('says in words what its permissions are', () => {
    const says = findingsOf(token(tagged({ tenant_id: ['a'], permissions: ['rw-/r--'] }))).find(
      ({ name }) => name === 'permissions',
    );
    // The token does not say whether the settings have 'permissions': without, the trust policy refuses the tag.
    expect(says).toEqual({
      name: 'permissions',
      state: 'unchecked',
      says: "'rw-/r--': table:read, table:write, bucket:read; the settings must have 'permissions', or they refuse the token",
    });
  });

  it('does not say that a role would be taken which the settings may not have', () => {
    expect(namesOf(token(tagged({ tenant_id: ['a'], permissions: ['nobody'] })))).toContain('unchecked permissions');
  });

  it('says that issuer and audience were not looked at, where nobody says which', () => {
    const names = namesOf(token(), { issuerUrl: undefined, audiences: [] });
    expect(names).toEqual(expect.arrayContaining(['unchecked issuer', 'unchecked audience']));
  });

  it('says that a tag is not handed on', () => {
    expect(namesOf(token(tagged({ tenant_id: ['acme'] })))).toContain('note transitive');
    expect(namesOf(token(tagged({ tenant_id: ['acme'] }, { transitive_tag_keys: ['TENANT_ID'] })))).not.toContain(
      'note transitive',
    );
  });
});

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, ['x']]));

/** What is wrong, which check says so, what it says, and how to mend it. */
const WRONG: [name: string, changes: Changes, check: string, says: RegExp, mend: RegExp, expected?: Partial<TokenExpectations>][] =
  [
    ['no issuer', { iss: undefined }, 'issuer', /'iss' is missing/, /OpenID Connect/],
    ['an issuer that is no string', { iss: ['x'] }, 'form', /another type/, /./],
    [
      'another issuer',
      { iss: 'https://evil.example' },
      'issuer',
      /it is 'https:\/\/evil.example', not/,
      /take a token of that issuer/,
    ],
    [
      'an issuer with a slash more',
      { iss: `${ISSUER}/` },
      'issuer',
      /not/,
      /closing slash, which counts: set issuerUrl to 'https:\/\/login.example.com\/'/,
    ],
    ['an issuer with a slash less', {}, 'issuer', /not/, /closing slash/, { issuerUrl: `${ISSUER}/` }],
    ['an issuer in another case', { iss: 'https://Login.example.com' }, 'issuer', /not/, /differ in case/],
    ['an issuer of another realm', { iss: `${ISSUER}/realms/b` }, 'issuer', /not/, /differ in the path/],
    [
      'an issuer with a port',
      { iss: 'https://a.example:8443' },
      'issuer',
      /no port/,
      /another URL/,
      { issuerUrl: 'https://a.example:8443' },
    ],
    ['an issuer over http', { iss: 'http://a.example' }, 'issuer', /over https/, /another URL/, { issuerUrl: undefined }],
    ['an issuer with a query', { iss: `${ISSUER}?a=b` }, 'issuer', /query/, /another URL/, { issuerUrl: undefined }],
    [
      'an issuer on this machine',
      { iss: 'http://127.0.0.1:80' },
      'issuer',
      /AWS cannot ask/,
      /--issuer http/,
      { issuerUrl: undefined },
    ],
    ['no audience', { aud: undefined }, 'audience', /'aud' is missing/, /take an ID token/],
    ['no audience in an access token', { aud: undefined, token_use: 'access' }, 'audience', /missing/, /send the ID token/],
    ['no audience but a client', { aud: undefined, client_id: 'x' }, 'audience', /missing/, /send the ID token/],
    ['an empty list of audiences', { aud: [] }, 'audience', /missing/, /ID token/],
    ['another audience', { aud: 'other' }, 'audience', /'other', not 'my-client-id'/, /add this one to audience/],
    ['two audiences', { aud: ['my-client-id', 'api'] }, 'audience', /2 audiences and no 'azp'/, /name one client/],
    ['another party', { azp: 'spa' }, 'audience', /'spa', by claim 'azp', which counts/, /set audience to 'spa' too/],
    ['a party that is no string', { azp: 7 }, 'audience', /'azp' is no string/, /./],
    ['the use of an access token', { token_use: 'access' }, 'use', /'access'/, /ID token/],
    ['no end', { exp: undefined }, 'time', /'exp' is missing/, /./],
    ['no beginning', { iat: undefined }, 'time', /'iat' is missing/, /./],
    ['an end in milliseconds', { exp: (NOW + 60) * 1e6 }, 'time', /no time in seconds/, /write seconds/],
    ['an end that is over', { exp: NOW }, 'time', /it expired 0 seconds ago/, /get a new one/],
    ['an end of last week', { exp: NOW - 604_800 }, 'time', /it expired 7 days ago, at 20/, /get a new one/],
    ['a beginning that is to come', { iat: NOW + 301 }, 'time', /it begins in 5 minutes only/, /clocks/],
    ['a beginning by nbf that is to come', { nbf: NOW + 301 }, 'time', /it begins in/, /clocks/],
    ['no user', { sub: undefined }, 'subject', /'sub' is missing/, /./],
    ['methods that are no list', { amr: { mfa: true } }, 'amr', /no list of strings/, /./],
    [
      'a source identity',
      { 'https://aws.amazon.com/source_identity': 'ann' },
      'source-identity',
      /source_identity/,
      /sts:SetSourceIdentity/,
    ],
    ['no tags', { [TAGS]: undefined }, 'tags', /there is no claim 'https:\/\/aws.amazon.com\/tags'/, /have the issuer add it/],
    [
      'an attribute instead of tags',
      { [TAGS]: undefined, 'custom:tenant_id': 'a' },
      'tags',
      /no claim/,
      /IAM does not look at 'custom:tenant_id'/,
    ],
    [
      'an extension of Entra ID',
      { [TAGS]: undefined, 'extn.tenant_id': ['a'] },
      'tags',
      /no claim/,
      /not look at 'extn.tenant_id'/,
    ],
    [
      'a name whose dots became levels',
      { [TAGS]: undefined, 'https://aws': { amazon: {} } },
      'tags',
      /no claim/,
      /write them as '\\\.'/,
    ],
    ['tags twice', { [`${FLAT}tenant_id`]: 'acme' }, 'tags', /nested and flattened/, /one of the forms/],
    ['tags as text', { [TAGS]: '{"principal_tags":{}}' }, 'tags', /JSON written as a string/, /flattened form/],
    ['tags as a list', { [TAGS]: [{ principal_tags: {} }] }, 'tags', /a list of 1, not an object/, /principal_tags/],
    ['tags that are null', { [TAGS]: null }, 'tags', /null, not an object/, /principal_tags/],
    ['an unknown member', tagged({ tenant_id: ['a'] }, { other: 1 }), 'tags', /a member 'other'/, /only/],
    ['tags beside their place', { [TAGS]: { tenant_id: ['acme'] } }, 'tags', /a member 'tenant_id'/, /principal_tags/],
    ['a list of tags', tagged(['acme']), 'tags', /'principal_tags' is a list of 1/, /principal_tags/],
    ['no tag in the claim', tagged({}), 'tags', /holds no tag/, /principal_tags/],
    ['a value without its list', tagged({ tenant_id: 'acme' }), 'tags', /tag 'tenant_id' is 'acme'/, /list of exactly one string/],
    ['two values', tagged({ tenant_id: ['acme', 'globex'] }), 'tags', /is a list of 2/, /exactly one string/],
    ['no value', tagged({ tenant_id: [] }), 'tags', /is a list of 0/, /exactly one string/],
    ['a number', tagged({ tenant_id: [7] }), 'tags', /is a list of 1/, /exactly one string/],
    ['a flattened list', { [TAGS]: undefined, [`${FLAT}tenant_id`]: ['acme'] }, 'tags', /is a list of 1/, /not a list/],
    [
      'a flattened name that is wrong',
      { [TAGS]: undefined, [`${TAGS}/tenant_id`]: 'a' },
      'tags',
      /no claim that AWS knows/,
      /principal_tags/,
    ],
    [
      'transitive keys as text',
      tagged({ tenant_id: ['a'] }, { transitive_tag_keys: 'tenant_id' }),
      'tags',
      /'transitive_tag_keys' is/,
      /list of strings/,
    ],
    ['51 tags', tagged({ tenant_id: ['a'], ...many(50) }), 'limits', /51 tags, IAM takes 50/, /leave out/],
    ['a key of 129 characters', tagged({ tenant_id: ['a'], ['k'.repeat(129)]: ['x'] }), 'limits', /cannot be a key/, /1-128/],
    ['a key of AWS', tagged({ tenant_id: ['a'], 'aws:x': ['x'] }), 'limits', /cannot be a key/, /not starting with 'aws:'/],
    ['a value of 257 characters', tagged({ tenant_id: ['a'.repeat(257)] }), 'limits', /cannot be the value/, /0-256/],
    [
      'a value that IAM does not take',
      tagged({ tenant_id: ['a*'] }),
      'limits',
      /'a\*' cannot be the value of 'tenant_id'/,
      /0-256/,
    ],
    ['a key in two cases', tagged({ tenant_id: ['a'], Tenant_ID: ['b'] }), 'limits', /twice, in another case/, /leave one/],
    [
      'a transitive key of no tag',
      tagged({ tenant_id: ['a'] }, { transitive_tag_keys: ['x'] }),
      'limits',
      /transitive key 'x'/,
      /once/,
    ],
    [
      'a transitive key twice',
      tagged({ tenant_id: ['a'] }, { transitive_tag_keys: ['tenant_id', 'Tenant_id'] }),
      'limits',
      /twice/,
      /once/,
    ],
    ['another tag', tagged({ tenant_id: ['a'], email: ['x'] }), 'other-tags', /tag 'email' is none of/, /admits no other/],
    ['a tag in another case', tagged({ Tenant_Id: ['acme'] }), 'other-tags', /must be written 'tenant_id'/, /with case/],
    ['no tenant', tagged({ permissions: ['editor'] }), 'tenant', /there is no tag 'tenant_id'/, /for this user too/],
    ['an empty tenant', tagged({ tenant_id: [''] }), 'tenant', /is empty/, /give the user a tenant/],
    ['a tenant with a slash', tagged({ tenant_id: ['a/b'] }), 'tenant', /"a\/b" is not a tenant id/, /user's record/],
    ['a tenant with two dots', tagged({ tenant_id: ['a..b'] }), 'tenant', /not a tenant id/, /user's record/],
    ['a tenant of 129 characters', tagged({ tenant_id: ['a'.repeat(129)] }), 'tenant', /not a tenant id/, /user's record/],
    ['a tenant of look-alike letters', tagged({ tenant_id: ['\u0430cme'] }), 'tenant', /not a tenant id/, /user's record/],
    [
      'permissions that are none',
      tagged({ tenant_id: ['a'], permissions: ['rwx/---'] }),
      'permissions',
      /neither a role's name nor/,
      /six places/,
    ],
    ['an empty role', tagged({ tenant_id: ['a'], permissions: [''] }), 'permissions', /neither/, /six places/],
    [
      'writing without reading',
      tagged({ tenant_id: ['a'], permissions: ['-w-/---'] }),
      'permissions',
      /without reading/,
      /add 'r'/,
    ],
    [
      'no roles',
      {},
      'roles',
      /there is no claim/,
      /\["arn:aws:iam::123456789012:role\/multi-tenant-iam-tenant"\]/,
      { roleArn: ROLE },
    ],
    ['another role', { [ROLES]: [`${ROLE}-2`] }, 'roles', /it lists 'arn:.*-2', not/, /role_arn, exactly/, { roleArn: ROLE }],
    ['no role in the list', { [ROLES]: [] }, 'roles', /it lists none/, /exactly/, { roleArn: ROLE }],
    ['roles of another kind', { [ROLES]: [7] }, 'roles', /is a list of 1/, /list of ARNs/],
    [
      'no claim for the identity pool',
      {},
      'tags',
      /no claim 'custom:tenant_id'/,
      /give the user that attribute/,
      { tenantClaim: 'custom:tenant_id' },
    ],
    ['a list for the identity pool', { t: ['a'] }, 'tags', /'t' is no string/, /one string/, { tenantClaim: 't' }],
    ['a name of a prototype for the identity pool', {}, 'tags', /no claim 'constructor'/, /./, { tenantClaim: 'constructor' }],
    ['a hostile claim for the identity pool', { t: 'a/b' }, 'tenant', /not a tenant id/, /./, { tenantClaim: 't' }],
    [
      'a role for the identity pool that is none',
      { t: 'a', r: 'a b' },
      'permissions',
      /neither/,
      /./,
      { tenantClaim: 't', permissionsClaim: 'r' },
    ],
  ];

describe('a token is refused, with the mend,', () => {
  it.each(WRONG)('for %s', (_name, changes, check, says, mend, expected = {}) => {
    const wrongs = findingsOf(token(changes), expected).filter(({ state }) => state === 'wrong');
    expect(wrongs[0]).toMatchObject({ name: check, says: expect.stringMatching(says), mend: expect.stringMatching(mend) });
    expect(wrongs.length).toBeLessThan(3);
  });

  const plain = token();
  it.each<[name: string, given: string, says: RegExp]>([
    ['nothing', ' \n', /there is nothing/],
    ['a header of HTTP', `Bearer ${plain}`, /begins with 'Bearer'/],
    ['a quoted token', `"${plain}"`, /quoted, or JSON/],
    ['the answer of a token endpoint', JSON.stringify({ id_token: plain }), /quoted, or JSON/],
    ['20,001 characters', `${plain}${'A'.repeat(20_001 - plain.length)}`, /20001 characters, STS takes 20000/],
    ['two tokens', `${plain}\n${plain}`, /white space/],
    ['an encrypted token', 'a.b.c.d.e', /encrypted/],
    ['an opaque token', 'abcdef', /1 part where there must be three/],
    ['two parts', 'abc.def', /2 parts where/],
    ['no signature', plain.replace(/[^.]*$/, ''), /it is not signed/],
    ['no header', plain.replace(/^[^.]*/, ''), /not written in base64url/],
    ['padding', `${plain}==`, /not written in base64url/],
    ['a payload that is no JSON', `${unsigned({}, {}).split('.')[0] ?? ''}.AAAA.AAAA`, /no JSON object/],
    ['a payload that is a list', `${unsigned({ alg: 'RS256', kid: 'a' }, [])}.AAAA`, /no JSON object/],
  ])('for %s', (_name, given, says) => {
    const findings = findingsOf(given);
    expect(findings).toEqual([{ name: 'form', state: 'wrong', says: expect.stringMatching(says), mend: expect.any(String) }]);
  });

  it.each<[name: string, header: object, says: RegExp]>([
    ['an algorithm of shared secrets', { alg: 'HS256', kid: 'one' }, /its algorithm is 'HS256'/],
    ['no algorithm', { alg: 'none', kid: 'one' }, /its algorithm is 'none'/],
    ['a critical extension', { alg: 'RS256', kid: 'one', crit: ['b64'] }, /'crit'/],
    ['no key', { alg: 'RS256' }, /no 'kid'/],
  ])('for %s in its header', (_name, header, says) => {
    const wrongs = findingsOf(token({}, header)).filter(({ state }) => state === 'wrong');
    expect(wrongs).toMatchObject([{ name: 'header', says: expect.stringMatching(says) }]);
  });
});

describe('what is said of a token', () => {
  it('holds neither it nor another one, whatever is in its claims', () => {
    const inner = 'eyJhbGciOi.eyJpc3Mi.c2lnbmF0dXJl';
    const hostile = { iss: inner, aud: inner, 'custom:tenant_id': inner, ...tagged({ tenant_id: [inner], [inner]: ['x'] }) };
    for (const given of [token(hostile), `${inner} ${inner}`, token(tagged({ tenant_id: [inner] }))]) {
      expect(JSON.stringify(findingsOf(given))).not.toMatch(/eyJ|c2lnbmF0dXJl/);
    }
  });

  it('says of the longest token still what is in it', () => {
    const short = token({ padding: '' }).length;
    const padded = token({ padding: 'x'.repeat(Math.floor((20_000 - short) * 0.75)) });
    expect(padded.length).toBeGreaterThan(19_990);
    expect(namesOf(padded.slice(0, 20_000))).toContain('ok form');
  });
});
