import { CompiledEstate } from '../../../../lib/sandbox/estate/compiled-estate';
import type { SandboxRole } from '../../../../lib/sandbox/options';
import { allow, document, PLACE } from '../gateway/fakes';

const READER: SandboxRole = {
  role: 'app/reader',
  trustPolicy: document(allow('sts:AssumeRoleWithWebIdentity')),
  policies: { first: document(allow('a:B')), second: document(allow('a:C')) },
};
const ARN = 'arn:aws:iam::123456789012:role/app/reader';

function estateOf(roles: readonly SandboxRole[], place = PLACE): CompiledEstate {
  const identityProviders = [
    { issuerUrl: 'https://login.example.com/', clientIds: ['a', 'b'] },
    { issuerUrl: 'http://127.0.0.1:4580/_sandbox/issuer', clientIds: ['c'] },
  ];
  return new CompiledEstate({ ...place, identityProviders, identityPools: [], roles, tables: [], buckets: [] });
}

describe('CompiledEstate', () => {
  it('holds a role with its defaults', async () => {
    const role = await estateOf([READER]).role(ARN);
    expect(role).toMatchObject({ arn: ARN, maxSessionDurationSeconds: 3600, tags: {}, boundary: undefined });
    expect(role?.identity.map(({ name, document: given }) => [name, given])).toEqual(Object.entries(READER.policies));
    expect(role?.trust.document).toBe(READER.trustPolicy);
  });

  it('holds what is said of a role', async () => {
    const permissionsBoundary = document(allow('a:B'));
    const role = await estateOf([{ ...READER, permissionsBoundary, maxSessionDurationSeconds: 7200, tags: { team: 'x' } }]).role(
      ARN,
    );
    expect(role).toMatchObject({
      maxSessionDurationSeconds: 7200,
      tags: { team: 'x' },
      boundary: { document: permissionsBoundary },
    });
    expect(role?.identity).toHaveLength(2);
  });

  it.each([
    ['arn:aws-cn:iam::111122223333:role/mine', 'mine', { ...PLACE, partition: 'aws-cn', account: '111122223333' }],
    ['arn:aws:iam::999999999999:role/other', 'arn:aws:iam::999999999999:role/other', PLACE],
  ])('knows a role by %s that is given as %s', async (arn, role, place) => {
    expect((await estateOf([{ ...READER, role }], place).role(arn))?.arn).toBe(arn);
  });

  it.each(['app/reader', ARN.toUpperCase(), `${ARN} `, 'arn:aws:iam::123456789012:role/reader', '*', ''])(
    'knows no role by %j',
    async (arn) => {
      expect(await estateOf([READER]).role(arn)).toBeUndefined();
    },
  );

  it('holds the identity providers, and no other managed policy', async () => {
    const estate = estateOf([READER]);
    expect(await estate.providers()).toMatchObject([
      { issuer: expect.stringMatching(/^login\.example\.com/), clientIds: ['a', 'b'] },
      {
        arn: 'arn:aws:iam::123456789012:oidc-provider/127.0.0.1:4580/_sandbox/issuer',
        issuer: '127.0.0.1:4580/_sandbox/issuer',
        clientIds: ['c'],
      },
    ]);
    expect(await estate.managedPolicy()).toBeUndefined();
  });
});
