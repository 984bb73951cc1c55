import { alsoStating, CLIENT, codeIn, LOGIN, POOL, providerOf, roleOf, StsFixture } from './sts-fixture';
import { IDENTITY_POOL_ISSUER_URL } from '../../../../lib/sandbox/cognito-identity/identity-pool';

const HOST = 'cognito-identity.amazonaws.com';
const TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: HOST },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
      Condition: {
        StringEquals: { [`${HOST}:aud`]: POOL, 'aws:FederatedProvider': HOST },
        'ForAnyValue:StringLike': { [`${HOST}:amr`]: 'authenticated' },
      },
    },
  ],
};

describe('tokens of identity pools', () => {
  let fixture: StsFixture;

  beforeEach(async () => {
    fixture = await StsFixture.create();
    fixture.estate.roles = [roleOf('login.example.com', { trust: TRUST })];
  });

  const SAID = { tenantId: 'acme', audience: POOL, claims: { amr: ['authenticated'] } };
  const ofPool = (options: Parameters<StsFixture['token']>[0] = {}) => fixture.poolIssuer.token({ ...SAID, ...options });

  it('are taken without an OIDC provider, at a role that trusts the bare name', async () => {
    fixture.estate.known = [];
    const { status, body } = await fixture.assume(await ofPool());
    expect([status, /<Provider>(.*?)<\/Provider>/.exec(body)?.[1]]).toEqual([200, HOST]);
  });

  it.each([
    ['has an audience that is no pool of the sandbox', { audience: 'eu-central-1:00000000-1b2d-4c6f-9a7e-0d1c2b3a4f5e' }],
    ['has no audience', { audience: undefined }],
    ['has the audience of an OIDC provider', { audience: CLIENT }],
    ['has another audience too', { audience: [POOL, CLIENT] }],
    ['names an authorised party that is no pool', { claims: { azp: CLIENT, amr: ['authenticated'] } }],
    ['names the issuer with a slash', { issuerUrl: `${IDENTITY_POOL_ISSUER_URL}/` }],
    ['names the issuer without TLS', { issuerUrl: `http://${HOST}` }],
  ])('fails if it %s', async (_, options) => {
    expect(codeIn((await fixture.assume(await ofPool(options))).body)).toBe('InvalidIdentityToken');
  });

  it('refuses one that has expired', async () => {
    const token = await ofPool({ expiresInSeconds: 600 });
    fixture.ahead = 599_000;
    expect((await fixture.assume(token)).status).toBe(200);
    fixture.ahead = 601_000;
    expect(codeIn((await fixture.assume(token)).body)).toBe('ExpiredTokenException');
  });

  it('refuses one of somebody who has not signed in', async () => {
    const token = await ofPool({ claims: { amr: ['unauthenticated'] } });
    expect(codeIn((await fixture.assume(token)).body)).toBe('AccessDenied');
  });

  it("refuses one that the sandbox's own issuer has signed, even if IAM has an OIDC provider of that name", async () => {
    fixture.estate.known = [providerOf(HOST, [POOL])];
    const { body } = await fixture.assume(await fixture.token({ ...SAID, issuerUrl: IDENTITY_POOL_ISSUER_URL }));
    expect([codeIn(body), body]).toEqual(['InvalidIdentityToken', expect.stringContaining('none of its issuer')]);
    const unsaid = await fixture.issuer.token({ ...SAID, claims: { ...SAID.claims, iss: IDENTITY_POOL_ISSUER_URL } });
    expect(codeIn((await fixture.assume(unsaid)).body)).toBe('InvalidIdentityToken');
  });

  it('refuses its keys for tokens of any other issuer', async () => {
    const own = fixture.issuer.url.replace('http://', '');
    fixture.estate.known = [providerOf(own)];
    fixture.estate.roles = [roleOf(own)];
    const said = { tenantId: 'acme', audience: CLIENT, issuerUrl: fixture.issuer.url };
    expect((await fixture.assume(await fixture.issuer.token(said))).status).toBe(200);
    const { body } = await fixture.assume(await fixture.poolIssuer.token(said));
    expect([codeIn(body), body]).toEqual(['InvalidIdentityToken', expect.stringContaining('none of its issuer')]);
  });

  it('denies it at a role that trusts an OIDC provider, and the reverse', async () => {
    const token = await fixture.token({ issuerUrl: LOGIN, claims: { amr: ['authenticated'] } });
    expect(codeIn((await fixture.assume(token)).body)).toBe('AccessDenied');
    fixture.estate.roles = [roleOf('login.example.com', { trust: alsoStating({ ...TRUST.Statement[0], Effect: 'Deny' }) })];
    expect(codeIn((await fixture.assume(await ofPool())).body)).toBe('AccessDenied');
    expect((await fixture.assume(token)).status).toBe(200);
  });
});
