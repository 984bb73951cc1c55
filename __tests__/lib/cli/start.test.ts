import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CdktfProject, ROOT, run } from '../../support/terraform';

// Each test starts a TypeScript program that starts another.
jest.setTimeout(60_000);

describe('npm start', () => {
  const project = new CdktfProject('http://127.0.0.1:1');
  let color: NodeJS.ProcessEnv = { NO_COLOR: '1' };
  const start = (...args: string[]) =>
    run(
      join(ROOT, 'node_modules', '.bin', 'tsx'),
      ['--tsconfig', join(ROOT, 'tsconfig.json'), join(ROOT, 'lib', 'cli', 'start.ts'), ...args],
      {
        cwd: project.folder,
        env: { ...process.env, ...color },
      },
    );

  afterAll(() => {
    project.remove();
  });

  it('says what would be deployed, who gets in, what a tenant may do and where the code lies', async () => {
    project.configure({});
    const { code, stdout } = await start();
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.replace(/\s+/g, ' ').trim())).toEqual(
      expect.arrayContaining([
        'What would be deployed: 14 resources, for any number of tenants',
        'aws_dynamodb_table.tenant_data <name_prefix>-data',
        'to Federated <identity_provider_arn>',
        'only if <issuer>:aud StringEquals <audience>',
        'aws:RequestTag/tenant_id StringLike ?*',
        'on arn:<partition>:dynamodb:<region>:<account_id>:table/<name_prefix>-data',
        'only if dynamodb:LeadingKeys ForAllValues:StringEquals ${aws:PrincipalTag/tenant_id}',
        'only if s3:prefix StringLike tenants/${aws:PrincipalTag/tenant_id}/*',
        'What the table refuses',
        'to role arn:<partition>:iam::<account_id>:role/<name_prefix>-tenant',
        'denies all but dynamodb:BatchGetItem',
        'only if dynamodb:LeadingKeys ForAnyValue:StringNotEquals ${aws:PrincipalTag/tenant_id}',
        'What the bucket refuses',
        'to everybody',
        'only if aws:SecureTransport Bool false',
        'only if s3:prefix StringNotLike tenants/${aws:PrincipalTag/tenant_id}/*',
        'Terraform code: cdktf.out/stacks/multi-tenant-iam/cdk.tf.json',
      ]),
    );
    expect(stdout).toMatch(/identity_provider_arn +required/);
    expect(stdout).not.toContain('TfToken');
  });

  it('shows plain values where the settings give them, and the warnings of dropped guards', async () => {
    project.configure({
      userPoolId: 'eu-central-1_a1B2c3D4e',
      audience: 'my-app-client-id',
      region: 'eu-central-1',
      namePrefix: 'shop',
      tags: {},
      table: { deletionProtection: false, lockTenantRoles: false },
    });
    const { code, stdout } = await start();
    expect(code).toBe(0);
    expect(stdout).toContain('cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e:aud  StringEquals  my-app-client-id');
    expect(stdout).toContain('What would be deployed: 14 resources');
    expect(stdout).toContain('warning deletionProtection is off');
    expect(stdout).toContain('warning lockTenantRoles is off');
    expect(stdout).not.toContain('What the table refuses');
    expect(stdout).not.toContain('Terraform variables');
  });

  it('fails with one line that says what is wrong, and no stack trace', async () => {
    project.configure({ issuerUrl: 'http://login.example.com', audience: 'my-client-id' });
    const { code, stdout, stderr } = await start();
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('config.invalid: multi-tenant-iam: ');
    expect(stderr).toContain('"http://login.example.com": IAM takes an issuer over https:// only');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('fails with one line when cdktf.json is missing or no JSON', async () => {
    writeFileSync(join(project.folder, 'cdktf.json'), '{');
    const { code, stderr } = await start();
    expect(code).toBe(1);
    expect(stderr).toContain('cdktf.json');
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('prints its help', async () => {
    const { code, stdout } = await start('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: npm start');
  });

  it('fails on an option it does not know', async () => {
    const { code, stderr } = await start('--loud');
    expect(code).toBe(2);
    expect(stderr).toContain("Unknown option '--loud'");
    expect(stderr).toContain('Usage: npm start');
  });

  it('is coloured where colours are wanted, and not with NO_COLOR', async () => {
    project.configure({});
    const escape = '\u001b[1mWhat a tenant may do';
    expect((await start()).stdout).not.toContain(escape);
    color = { FORCE_COLOR: '1' };
    expect((await start()).stdout).toContain(escape);
  });
});
