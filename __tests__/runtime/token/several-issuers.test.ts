import '../../support/node-errors';
import { TenantDataAccess, type TenantDataAccessConfig } from 'multi-tenant-data-access';
import { LoopbackIssuer, SigningKey } from '../../support/issuer';
import { allIsWell, LoopbackAws, loopbackConfig, tokenSentToSts } from '../../support/loopback-aws';
import { caughtFrom, refusal } from '../../support/refusal';

const FIRST_KEY = new SigningKey('key');
/** Of the same name, as issuers choose theirs without asking each other. */
const SECOND_KEY = new SigningKey('key');

let aws: LoopbackAws;
let first: LoopbackIssuer;
let second: LoopbackIssuer;
let access: TenantDataAccess;
const opened: TenantDataAccess[] = [];

beforeAll(async () => {
  [aws, first, second] = await Promise.all([LoopbackAws.start(), LoopbackIssuer.start(), LoopbackIssuer.start()]);
  first.keys.push(FIRST_KEY);
  second.keys.push(SECOND_KEY);
});

beforeEach(() => {
  aws.answerBy(allIsWell());
  first.behave();
  second.behave();
  access = accessWith();
});

afterEach(() => {
  for (const each of opened.splice(0)) each.destroy();
});

afterAll(async () => {
  await Promise.all([aws.stop(), first.stop(), second.stop()]);
});

function accessWith(config: Partial<TenantDataAccessConfig> = {}): TenantDataAccess {
  const issuers = [
    { issuerUrl: first.url, audience: 'first-client' },
    { issuerUrl: second.url, audience: ['second-client', 'third-client'] },
  ];
  const made = new TenantDataAccess({ ...loopbackConfig(aws.endpoint), issuers, ...config });
  opened.push(made);
  return made;
}

const tokensSentToSts = () => aws.requests.map(tokenSentToSts);

it('takes the tokens of each issuer, verified with its own keys', async () => {
  const tokens = [
    FIRST_KEY.token(first.claims({ aud: 'first-client' })),
    SECOND_KEY.token(second.claims({ aud: 'second-client' })),
    SECOND_KEY.token(second.claims({ aud: 'third-client' })),
  ];
  for (const token of tokens) expect((await access.forTenant(token, 'acme')).tenantId).toBe('acme');
  expect(tokensSentToSts()).toEqual(tokens);
  expect([first.fetches, second.fetches]).toEqual([1, 1]);
});

it.each<[string, () => string, string]>([
  [
    "the other issuer's audience",
    () => FIRST_KEY.token(first.claims({ aud: 'second-client' })),
    'its audience is not first-client.',
  ],
  [
    "the other issuer's audience, the other way round",
    () => SECOND_KEY.token(second.claims({ aud: 'first-client' })),
    'its audience is not second-client or third-client.',
  ],
  [
    "the other issuer's key",
    () => SECOND_KEY.token(first.claims({ aud: 'first-client' })),
    'its signature is not that of its issuer',
  ],
  ["the other issuer's name", () => FIRST_KEY.token(second.claims({ aud: 'second-client' })), 'its signature is not that'],
  [
    'another issuer',
    () => FIRST_KEY.token(first.claims({ iss: 'https://a.example', aud: 'first-client' })),
    'its issuer is not http',
  ],
  ['no issuer', () => FIRST_KEY.token(first.claims({ iss: undefined, aud: 'first-client' })), 'its issuer is not http'],
  ['an access token', () => SECOND_KEY.token(second.claims({ aud: 'second-client', token_use: 'access' })), 'it is no ID token'],
  [
    'a slash more',
    () => SECOND_KEY.token(second.claims({ iss: `${second.url}/`, aud: 'second-client' })),
    'differ in a slash at the end',
  ],
])('refuses a token with %s before STS is asked', async (_what, make, says) => {
  const error = await caughtFrom(() => access.forTenant(make()));
  expect(error).toEqual(refusal('token.rejected', says));
  expect(aws.requests).toHaveLength(0);
});

it('names all issuers when it refuses another', async () => {
  const error = await caughtFrom(() => access.forTenant(FIRST_KEY.token(first.claims({ iss: 'https://a.example' }))));
  expect(error.message).toContain(`its issuer is not ${first.url} or ${second.url}.`);
});

it('asks no issuer for keys but the one that the token names', async () => {
  await access.forTenant(SECOND_KEY.token(second.claims({ aud: 'second-client' })));
  expect(first.asked).toEqual([]);
});

it('fetches the keys of all at the start', async () => {
  await access.hydrate();
  expect([first.fetches, second.fetches]).toEqual([1, 1]);
  await access.forTenant(SECOND_KEY.token(second.claims({ aud: 'second-client' })));
  expect([first.fetches, second.fetches]).toEqual([1, 1]);
});

it('fails to fetch the keys of all when one is not well, and goes on with the other', async () => {
  second.misbehave({ jwks: 'hang up' });
  await expect(access.hydrate()).rejects.toThrow(refusal('service.unavailable', `The keys of the issuer ${second.url}`));
  expect((await access.forTenant(FIRST_KEY.token(first.claims({ aud: 'first-client' })))).tenantId).toBe('acme');
});

it('refuses to go on with a session by the token of the other issuer, though the subject is called alike', async () => {
  const tokens = [
    FIRST_KEY.token(first.claims({ aud: 'first-client' })),
    SECOND_KEY.token(second.claims({ aud: 'second-client' })),
  ];
  // The first credentials are over at once.
  aws.answerBy(allIsWell(50));
  const session = await access.forTenant(() => tokens.shift() ?? '');
  await new Promise((over) => setTimeout(over, 60));
  await expect(session.table().get('1')).rejects.toThrow(refusal('token.subject_changed'));
});

it('leaves it all to STS where verification is turned off', async () => {
  const token = FIRST_KEY.token(first.claims({ iss: 'https://a.example' }));
  await accessWith({ tokenVerification: null }).forTenant(token);
  expect(tokensSentToSts()).toEqual([token]);
  expect([...first.asked, ...second.asked]).toEqual([]);
});
