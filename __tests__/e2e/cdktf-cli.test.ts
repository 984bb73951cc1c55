import { type Moto, startMoto } from '../support/moto';
import { describeWithPrograms } from '../support/programs';
import { ACCOUNT, CdktfProject, PROGRAM_TIMEOUT_MS } from '../support/terraform';

const VARIABLES = [
  '--var',
  'audience=my-client-id',
  '--var',
  `identity_provider_arn=arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`,
];
/** `terraform providers lock` asks the registry whatever the mirror. */
const OFFLINE = ['--skip-provider-lock'];

describeWithPrograms('cdktf deploy, diff and destroy', ['terraform', 'the AWS provider 5.100.0', 'moto_server', 'aws'], () => {
  let moto: Moto;
  let project: CdktfProject;

  beforeAll(async () => {
    moto = await startMoto();
    project = new CdktfProject(moto.endpoint);
    project.configure({});
    await project.cdktf('synth');
    project.pointProviderAtLocalAws();
  }, PROGRAM_TIMEOUT_MS);

  afterAll(async () => {
    await moto.stop();
    project.remove();
  });

  it(
    'deploys with variables from the command line',
    async () => {
      const said = await project.cdktf('deploy', '--auto-approve', ...OFFLINE, ...VARIABLES);
      expect(said).toContain(`role_arn = arn:aws:iam::${ACCOUNT}:role/multi-tenant-iam-tenant`);
      expect(await project.aws('dynamodb', 'list-tables')).toEqual({ TableNames: ['multi-tenant-iam-data'] });
    },
    PROGRAM_TIMEOUT_MS,
  );

  it(
    'finds no difference after the deployment',
    async () => {
      expect(await project.cdktf('diff', ...OFFLINE, ...VARIABLES)).toContain('No changes.');
    },
    PROGRAM_TIMEOUT_MS,
  );

  it(
    'fails to deploy with a user pool in place of an identity provider, and names the mend',
    async () => {
      const pool = [
        '--var',
        'audience=my-client-id',
        '--var',
        `identity_provider_arn=arn:aws:cognito-idp:eu-central-1:${ACCOUNT}:userpool/eu-central-1_a1B2c3D4e`,
      ];
      await expect(project.cdktf('diff', ...OFFLINE, ...pool)).rejects.toThrow(/must be the ARN of an IAM OIDC provider/);
    },
    PROGRAM_TIMEOUT_MS,
  );

  it(
    'destroys once the protection is given up',
    async () => {
      project.configure({ table: { deletionProtection: false } });
      await project.cdktf('deploy', '--auto-approve', ...OFFLINE, ...VARIABLES);
      await project.cdktf('destroy', '--auto-approve', ...OFFLINE, ...VARIABLES);
      expect(await project.aws('dynamodb', 'list-tables')).toEqual({ TableNames: [] });
      expect(await project.aws('iam', 'list-roles')).toMatchObject({ Roles: [] });
    },
    PROGRAM_TIMEOUT_MS,
  );
});
