import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { CARELESS, smallStack, writeSmallApp } from '../../support/small-stack';
import { CdktfProject, PLAIN, ROOT, run } from '../../support/terraform';

// Each test starts a TypeScript program that starts another.
jest.setTimeout(60_000);

describe('npm start', () => {
  const project = new CdktfProject('http://127.0.0.1:1');
  let color: NodeJS.ProcessEnv = { NO_COLOR: '1' };
  // As a person's: what the tests ask of Jest's own process is not set there.
  const environment = { ...PLAIN, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined };
  const start = (...args: string[]) =>
    run(
      join(ROOT, 'node_modules', '.bin', 'tsx'),
      ['--tsconfig', join(ROOT, 'tsconfig.json'), join(ROOT, 'lib', 'cli', 'start.ts'), ...args],
      {
        cwd: project.folder,
        env: { ...environment, ...color },
      },
    );

  afterAll(() => {
    project.remove();
  });

  it('says what would be deployed, who gets in, what a tenant may do and where the code lies', async () => {
    project.configure({});
    const { code, stdout, stderr } = await start();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
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
    expect(stdout).not.toContain('\u001b');

    const rehearsal = stdout.slice(stdout.indexOf('\nRehearsal on a local AWS that enforces these policies\n')).trim().split('\n');
    const heads = rehearsal.filter((line) => / acme +globex$/.test(line));
    expect(heads.map((line) => line.replace(/ +acme .*/, ''))).toEqual(['Own data', 'Attacks on the other tenant']);
    const column = heads[0]?.indexOf('acme') ?? 0;
    const rows = rehearsal.filter((line) => /^ {2}\S/.test(line));
    expect(rows).toHaveLength(21);
    for (const line of [...heads, ...rows]) {
      expect(line.slice(column - 2)).toMatch(/^ {2}(?:acme {5}globex|(allowed {2}|denied {3})\1\S.*)$/);
    }
    expect(rows.filter((line) => line.slice(column).startsWith('denied'))).toHaveLength(15);
    expect(rehearsal.find((line) => line.startsWith("  read the other's item "))).toMatch(
      /dynamodb:GetItem is denied by 'OtherItems1'/,
    );
    expect(stdout).toContain("\nAll 21 as it must be: tenants use their own data, and nothing of the other's.\n");
  });

  it('shows plain values where the settings give them, the warnings of dropped guards, and colours where they are wanted', async () => {
    project.configure({
      userPoolId: 'eu-central-1_a1B2c3D4e',
      audience: 'my-app-client-id',
      region: 'eu-central-1',
      namePrefix: 'shop',
      tags: {},
      table: { deletionProtection: false, lockTenantRoles: false },
    });
    color = { FORCE_COLOR: '1' };
    const { code, stdout: coloured } = await start();
    color = { NO_COLOR: '1' };
    expect(code).toBe(0);
    const bold = (text: string) => `\u001b[1m${text}`;
    for (const heading of ['What a tenant may do', 'Rehearsal on a local AWS']) expect(coloured).toContain(bold(heading));
    const stdout = stripVTControlCharacters(coloured);
    expect(stdout).toContain('cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e:aud  StringEquals  my-app-client-id');
    expect(stdout).toContain('What would be deployed: 14 resources');
    expect(stdout).toContain('warning deletionProtection is off');
    expect(stdout).toContain('warning lockTenantRoles is off');
    expect(stdout).not.toContain('What the table refuses');
    expect(stdout).not.toContain('Terraform variables');
    // With one lock dropped the other holds.
    expect(stdout).toMatch(/^ {2}read the other's item +denied +denied +nothing allows dynamodb:GetItem/m);
    expect(stdout).toContain('All 21 as it must be');
  });

  it('fails with 1 where an attack got through, with 2 where it cannot be told, and 1 is the worse', async () => {
    const unread = smallStack(CARELESS, undefined, { aws_iam_role: {} });
    writeSmallApp(project.folder, { careless: smallStack(CARELESS), unread });
    const both = await start();
    expect({ code: both.code, stderr: both.stderr }).toEqual({ code: 1, stderr: '' });
    expect(both.stdout).toMatch(/^ {2}scan the table +allowed +allowed +dynamodb:Scan is allowed by 'Items' of /m);
    expect(both.stdout).toMatch(/\nNot as it must be: read the other's item, .*scan the table, .*list without a prefix\.\n/);
    expect(both.stdout).toContain(
      '\nnot rehearsed the stack has no role that takes web identity tokens, so there is nothing to rehearse\n',
    );
    writeSmallApp(project.folder, { unread });
    expect((await start()).code).toBe(2);
  });

  it('ends well where one of two stacks has no tenant role, such as the one of the users', async () => {
    writeSmallApp(project.folder, { users: smallStack(CARELESS, undefined, { aws_iam_role: {} }), tenants: smallStack() });
    const { code, stdout } = await start();
    expect(stdout).toContain('\nnot rehearsed the stack has no role that takes web identity tokens');
    expect(code).toBe(0);
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
});
