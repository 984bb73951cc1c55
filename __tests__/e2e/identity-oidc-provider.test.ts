import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { tokenFindings } from '../../lib/cli/token-check/check';
import { exitCodeOf } from '../../lib/cli/token-check/report';
import { signatureFinding } from '../../lib/cli/token-check/token-signature';
import { type Sandbox, startSandbox } from '../../lib/sandbox';
import '../support/node-errors';
import { json, LoopbackIssuer } from '../support/issuer';
import { OidcProvider, type ProviderConfiguration } from '../support/oidc-provider';

const CLIENT = 'my-client-id';
const TAGS = 'https://aws.amazon.com/tags';
const FLATTENED = `${TAGS}/principal_tags/tenant_id`;

/** As on the page; users whose name begins with 'flat' have flattened tags, tokens of client 'brief' hold for one second. */
function changed(configuration: ProviderConfiguration): ProviderConfiguration {
  return {
    ...configuration,
    claims: { openid: ['sub', TAGS, FLATTENED] },
    ttl: {
      ...configuration.ttl,
      IdToken: ((_context: unknown, _token: unknown, client: { clientId: string }) =>
        client.clientId === 'brief' ? 1 : 3600) as unknown as number,
    },
    async findAccount(context, id) {
      const account = await configuration.findAccount(context, id);
      if (account === undefined || !id.startsWith('flat')) return account;
      return { ...account, claims: () => ({ sub: id, [FLATTENED]: 'acme' }) };
    },
  };
}

describe('an OIDC server out of npm, as docs/identity/self-made.md has it', () => {
  let issuer: OidcProvider;
  let sandbox: Sandbox;
  let access: TenantDataAccess;

  beforeAll(async () => {
    const accounts = {
      ann: { tenantId: 'acme' },
      bob: { tenantId: 'globex' },
      flat: { tenantId: 'acme' },
      eve: { tenantId: 'a/b' },
    };
    issuer = await OidcProvider.start([CLIENT, 'other-client', 'brief'], accounts, changed);
    sandbox = await startSandbox({ identityProviders: [{ issuerUrl: issuer.url, clientIds: [CLIENT, 'brief'] }] });
    access = accessTo(issuer.url);
  });

  afterAll(async () => {
    access.destroy();
    await sandbox.close();
    await issuer.stop();
  });

  function accessTo(issuerUrl: string, tokenVerification?: null): TenantDataAccess {
    return new TenantDataAccess({ ...sandbox.dataAccessConfig(), issuerUrl, audience: [CLIENT, 'brief'], tokenVerification });
  }

  /** What `check-token --verify` ends with. */
  async function checked(token: string, issuerUrl = issuer.url): Promise<number> {
    const expected = { issuerUrl, audiences: [CLIENT, 'brief'], tenantTag: 'tenant_id', permissionsTag: 'permissions' };
    const { parts, findings } = tokenFindings(token, expected, new Date());
    return exitCodeOf([...findings, ...(parts ? [await signatureFinding(parts, issuerUrl)] : [])]);
  }

  /** Refused by the runtime, by STS alone, and by check-token. */
  async function refused(token: string): Promise<unknown[]> {
    const unverified = accessTo(issuer.url, null);
    const allowed = sandbox.audit.records.filter(({ decision }) => decision === 'allow').length;
    const codes = await Promise.all(
      [access, unverified].map((each) =>
        each.forTenant(token).then(
          () => 'taken',
          (error: unknown) => (error as { code: string }).code,
        ),
      ),
    );
    unverified.destroy();
    expect(sandbox.audit.records.filter(({ decision }) => decision === 'allow')).toHaveLength(allowed);
    return [...codes, await checked(token)];
  }

  it.each([
    ['nested', 'ann'],
    ['flattened', 'flat'],
  ])('gives tokens with %s tags, by which a tenant reaches its own data and no other', async (form, user) => {
    const token = await issuer.idToken(user, CLIENT);
    expect(await checked(token)).toBe(0);
    const acme = await access.forTenant(token);
    expect(acme.tenantId).toBe('acme');
    await acme.table().put({ dataId: form, amount: 12.5 });
    expect(await acme.table().get(form)).toEqual({ dataId: form, amount: 12.5 });
    expect(sandbox.audit.records.at(-1)).toMatchObject({ decision: 'allow', caller: { tags: { tenant_id: 'acme' } } });

    const globex = await access.forTenant(await issuer.idToken('bob', CLIENT));
    expect(await globex.table().get(form)).toBeUndefined();
    const key = { TableName: sandbox.tables[0], Key: { tenantId: 'acme', dataId: form } };
    await expect(globex.docClient.send(new GetCommand(key))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('fails to get in by the token of another client', async () => {
    expect(await refused(await issuer.idToken('ann', 'other-client'))).toEqual(['token.rejected', 'token.rejected', 1]);
  });

  it('fails to get in once the token has expired', async () => {
    const token = await issuer.idToken('ann', 'brief');
    expect(await checked(token)).toBe(0);
    await new Promise((waited) => setTimeout(waited, 1100));
    expect(await refused(token)).toEqual(['token.expired', 'token.expired', 1]);
  });

  it('fails to get in by a token that was changed', async () => {
    const [header = '', payload = '', signature = ''] = (await issuer.idToken('ann', CLIENT)).split('.');
    const claims = Buffer.from(payload, 'base64url').toString().replace('acme', 'globex');
    const changedToken = [header, Buffer.from(claims).toString('base64url'), signature].join('.');
    expect(await refused(changedToken)).toEqual(['token.rejected', 'token.rejected', 1]);
  });

  it('fails to get in for a tenant whose id is none', async () => {
    expect(await refused(await issuer.idToken('eve', CLIENT))).toEqual(['tenant.invalid', 'tenant.invalid', 1]);
  });

  it('fails to get in by the token of another issuer with the same clients', async () => {
    const other = await OidcProvider.start([CLIENT], { ann: { tenantId: 'acme' } });
    const token = await other.idToken('ann', CLIENT);
    await other.stop();
    expect(await refused(token)).toEqual(['token.rejected', 'token.rejected', 1]);
  });

  it('fails where the discovery of an issuer is that of another', async () => {
    const impostor = await LoopbackIssuer.start();
    const configuration = await fetch(`${issuer.url}/.well-known/openid-configuration`);
    impostor.misbehave({ configuration: json(await configuration.json()) });
    const token = (await issuer.idToken('ann', CLIENT)).split('.');
    const claims = JSON.parse(Buffer.from(token[1] ?? '', 'base64url').toString()) as object;
    token[1] = Buffer.from(JSON.stringify({ ...claims, iss: impostor.url })).toString('base64url');
    const misled = accessTo(impostor.url);
    await expect(misled.forTenant(token.join('.'))).rejects.toMatchObject({ code: 'service.unavailable' });
    expect(await checked(token.join('.'), impostor.url)).toBe(1);
    misled.destroy();
    await impostor.stop();
  });

  it('lets nobody in by a wrong password', async () => {
    await expect(issuer.idToken('nobody', CLIENT)).rejects.toThrow('HTTP status 403');
  });
});
