import { type Moto, startMoto } from '../support/moto';
import { describeWithPrograms } from '../support/programs';
import { ACCOUNT, CdktfProject, PROGRAM_TIMEOUT_MS } from '../support/terraform';

const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/11111111-2222-3333-4444-555555555555`;
const FORMATS = ['json', 'hcl'] as const;

describeWithPrograms('Terraform JSON and HCL', ['terraform', 'the AWS provider 5.100.0', 'moto_server'], () => {
  let moto: Moto;
  let projects: CdktfProject[];

  /** Runs the same in both formats. */
  const inBoth = <T>(step: (project: CdktfProject, format: (typeof FORMATS)[number]) => Promise<T>): Promise<T[]> =>
    Promise.all(FORMATS.map((format, index) => step(projects[index] ?? fail(format), format)));

  const variables = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).flatMap(([name, value]) => ['-var', `${name}=${value}`]);

  beforeAll(async () => {
    moto = await startMoto();
    projects = FORMATS.map(() => new CdktfProject(moto.endpoint));
    await inBoth(async (project, format) => {
      await project.synthesise({}, format);
      await project.terraform('init', '-input=false');
    });
  }, PROGRAM_TIMEOUT_MS);

  afterAll(async () => {
    await moto.stop();
    projects.forEach((project) => {
      project.remove();
    });
  });

  it(
    'fail to plan with wrong variables, and say what is allowed for each',
    async () => {
      const wrong = {
        region: 'Frankfurt',
        name_prefix: 'Shop_',
        audience: '*',
        identity_provider_arn: `arn:aws:cognito-idp:eu-central-1:${ACCOUNT}:userpool/eu-central-1_a1B2c3D4e`,
        tags: '{ Tenant_ID = "acme" }',
      };
      const runs = await inBoth((project) => project.tryTerraform('plan', '-no-color', '-input=false', ...variables(wrong)));
      for (const { code, stderr } of runs) {
        expect(code).toBe(1);
        expect(stderr).toContain('region must be an AWS region');
        expect(stderr).toContain('name_prefix must have 2-28 characters');
        expect(stderr).toContain('audience must be a client id');
        expect(stderr).toContain('identity_provider_arn must be the ARN of an IAM OIDC provider');
        expect(stderr).toContain('tags must not contain tenant_id');
      }
    },
    PROGRAM_TIMEOUT_MS,
  );

  it.each<[string, object, Record<string, string>]>([
    [
      'no settings, and every variable',
      {},
      {
        identity_provider_arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`,
        audience: 'my-client-id,my-other-client-id',
        region: 'eu-west-1',
        name_prefix: 'shop',
        tags: '{ team = "platform" }',
      },
    ],
    [
      'a user pool, customer managed keys, a boundary, a custom claim',
      {
        userPoolId: 'eu-central-1_a1B2c3D4e',
        audience: 'my-app-client-id',
        customClaim: 'custom:tenant_id',
        permissionsBoundaryArn: `arn:aws:iam::${ACCOUNT}:policy/boundary`,
        table: { kmsKeyArn: KEY_ARN, indexes: [{ name: 'by-date', sortKey: 'date' }] },
        bucket: { kmsKeyArn: KEY_ARN },
      },
      {},
    ],
    [
      'an existing provider, identity pool, table and bucket, roles, pinned',
      {
        identity: [
          { issuerUrl: 'https://login.example.com', audience: 'my-client-id', createIdentityProvider: false },
          { userPoolId: 'eu-central-1_a1B2c3D4e', audience: 'my-app-client-id', tokenTrigger: true },
          { identityPool: { identityPoolId: 'eu-central-1:12345678-90ab-cdef-1234-567890abcdef' } },
        ],
        permissions: { roles: { viewer: ['read'], editor: ['read', 'write'], uploader: ['bucket:write'] } },
        rolePinning: true,
        table: { existingTableName: 'orders', tenantIndexNames: ['by-date'] },
        bucket: { existingBucketName: 'shop-files' },
      },
      {},
    ],
  ])(
    'plan the same: %s',
    async (_name, settings, values) => {
      const [json, hcl] = await inBoth(async (project, format) => {
        await project.synthesise(settings, format);
        await project.terraform('plan', '-input=false', '-out=tfplan', ...variables(values));
        return JSON.parse(await project.terraform('show', '-json', 'tfplan')) as { planned_values: object; variables: object };
      });
      expect(json).toHaveProperty('planned_values.outputs.role_arn');
      expect(hcl?.planned_values).toEqual(json?.planned_values);
      expect(hcl?.variables).toEqual(json?.variables);
    },
    PROGRAM_TIMEOUT_MS,
  );
});

function fail(format: string): never {
  throw new Error(`no project for ${format}`);
}
