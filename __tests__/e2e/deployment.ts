import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CopyObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { BatchGetCommand, GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { TenantDataAccess } from 'multi-tenant-data-access';
import { objectPrefix } from 'multi-tenant-data-access/tenancy';
import {
  bucketAccessPolicy,
  bucketResourcePolicy,
  policyBytes,
  type PolicyDocument,
  tableAccessPolicy,
  tableResourcePolicy,
  trustPolicy,
} from '../../lib/policy';
import { type Sandbox, startSandbox } from '../../lib/sandbox';
import { canonicalPolicy } from '../support/canonical-policy';
import { type Moto, startMoto } from '../support/moto';
import { describeWithPrograms } from '../support/programs';
import { ACCOUNT, CdktfProject, PROGRAM_TIMEOUT_MS, REGION, run } from '../support/terraform';

/** What a deployment is configured with, and the plain values that follow from it. */
export interface Deployment {
  readonly synth: readonly string[];
  readonly settings: object;
  readonly variables: Readonly<Record<string, string>>;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly namePrefix: string;
  /** Path of role and policies. */
  readonly path: string;
  readonly bucketName: string;
  readonly indexNames: readonly string[];
  readonly resources: number;
  /**
   * Whether what is deployed and plans that change it are reviewed, the policies read back, and the AWS command line is tried: what does
   * not hang on the format of the code.
   */
  readonly reviewsChanges: boolean;
}

/** What of `review --format json` is looked at. */
interface ReviewReport {
  readonly isolation: string;
  readonly destroyed: readonly { readonly address: string; readonly allowed: boolean }[];
  readonly roles: readonly {
    readonly attacks: { readonly tried: number; readonly denied: number };
    readonly own: readonly { readonly effect: string }[];
    readonly tables: readonly object[];
    readonly buckets: readonly object[];
  }[];
}

interface PlannedChange {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly after: Record<string, unknown>;
    readonly after_unknown: Record<string, unknown>;
  };
}

interface Plan {
  readonly resource_changes: readonly PlannedChange[];
  readonly configuration: {
    readonly root_module: {
      readonly resources: readonly { readonly address: string; readonly expressions?: object }[];
    };
  };
}

/** Policies that the configuration sets and that the plan cannot show. A bucket also reports its policy as an attribute of its own. */
function unknownPolicies({ resource_changes, configuration }: Plan): string[] {
  return configuration.root_module.resources.flatMap(({ address, expressions = {} }) => {
    const unknown = resource_changes.find((change) => change.address === address)?.change.after_unknown ?? {};
    return ['policy', 'assume_role_policy']
      .filter((name) => name in expressions && name in unknown)
      .map((name) => `${address}.${name}`);
  });
}

/**
 * Plays one deployment from synthesis to destroy, with the real CDKTF, Terraform, AWS provider, AWS command line and runtime. All of them
 * speak to the sandbox, which enforces what was deployed; moto behind it does what is allowed.
 */
export function describeDeployment(name: string, deployment: Deployment): void {
  describeWithPrograms(name, ['terraform', 'the AWS provider 5.100.0', 'moto_server', 'aws'], () => {
    const { namePrefix, path, bucketName, issuer, audiences, indexNames } = deployment;
    const roleName = `${namePrefix}-tenant`;
    const tableArn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${namePrefix}-data`;
    const bucketArn = `arn:aws:s3:::${bucketName}`;
    const locks = [{ roleArn: `arn:aws:iam::${ACCOUNT}:role${path}${roleName}` }];
    const identityProviderArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`;
    const expected = {
      trust: trustPolicy({ issuers: [{ identityProviderArn, issuer, audiences }] }),
      table: tableAccessPolicy({ tables: [{ tableArn, indexArns: indexNames.map((index) => `${tableArn}/index/${index}`) }] }),
      bucket: bucketAccessPolicy({ buckets: [{ bucketArn }] }),
      tableResource: tableResourcePolicy(tableArn, locks),
      bucketResource: bucketResourcePolicy(bucketArn, locks),
    };
    const variables = Object.entries(deployment.variables).flatMap(([key, value]) => ['-var', `${key}=${value}`]);

    let moto: Moto;
    let sandbox: Sandbox;
    let project: CdktfProject;
    let plan: Plan;
    let outputs: Record<string, { value: string }>;

    const synthesise = async (settings: object) => {
      project.configure(settings);
      await project.cdktf('synth', ...deployment.synth);
      project.pointProviderAtLocalAws();
    };
    const expectPolicy = (given: unknown, policy: PolicyDocument) => {
      expect(canonicalPolicy(given)).toEqual(canonicalPolicy(policy));
    };
    const planned = (address: string) => plan.resource_changes.find((change) => change.address === address)?.change.after;

    let access: TenantDataAccess;
    const accessToSandbox = () =>
      new TenantDataAccess({
        ...sandbox.dataAccessConfig({
          roleArn: outputs['role_arn']?.value,
          tableName: outputs['table_name']?.value,
          bucketName: outputs['bucket_name']?.value,
        }),
        region: outputs['region']?.value,
        maxAttempts: 1,
      });
    const tokenOf = (tenantId: string) => sandbox.token({ tenantId, issuerUrl: `https://${issuer}`, audience: audiences.at(-1) });
    const assumeByCommandLine = (token: string) =>
      run(
        'aws',
        [
          ...['sts', 'assume-role-with-web-identity', '--role-arn', outputs['role_arn']?.value ?? ''],
          ...['--role-session-name', 'command-line', '--web-identity-token', token],
        ],
        { env: project.env },
      );

    beforeAll(async () => {
      moto = await startMoto();
      sandbox = await startSandbox({ upstream: moto.endpoint, region: REGION });
      project = new CdktfProject(sandbox.endpoint, sandbox.administrator);
      await synthesise(deployment.settings);
      await project.terraform('init', '-input=false');
      if (deployment.variables['identity_provider_arn'] !== undefined) {
        // One that was there before the stack.
        const url = ['--url', `https://${issuer}`, '--client-id-list', ...audiences];
        await project.aws('iam', 'create-open-id-connect-provider', ...url);
      }
    }, PROGRAM_TIMEOUT_MS);

    afterAll(async () => {
      await sandbox.close();
      await moto.stop();
      project.remove();
    });

    it(
      'validates',
      async () => {
        const answer = JSON.parse(await project.terraform('validate', '-json')) as { valid: boolean; error_count: number };
        expect(answer).toMatchObject({ valid: true, error_count: 0 });
      },
      PROGRAM_TIMEOUT_MS,
    );

    it(
      'plans with every policy known',
      async () => {
        await project.terraform('plan', '-input=false', '-out=tfplan', ...variables);
        plan = JSON.parse(await project.terraform('show', '-json', 'tfplan')) as Plan;
        expect(unknownPolicies(plan)).toEqual([]);
        expect(plan.resource_changes.filter(({ mode }) => mode === 'managed')).toHaveLength(deployment.resources);
        expectPolicy(planned('aws_iam_role.tenant')?.['assume_role_policy'], expected.trust);
        expectPolicy(planned('aws_iam_policy.tenant_table')?.['policy'], expected.table);
        expectPolicy(planned('aws_iam_policy.tenant_bucket')?.['policy'], expected.bucket);
        expectPolicy(planned('aws_dynamodb_resource_policy.tenant_data')?.['policy'], expected.tableResource);
        expectPolicy(planned('aws_s3_bucket_policy.tenant_data')?.['policy'], expected.bucketResource);
      },
      PROGRAM_TIMEOUT_MS,
    );

    it(
      'reviews the first plan: isolation holds, by more than 10,000 attacks, and every operation on own data is allowed',
      async () => {
        const { code, stdout, stderr } = await project.review('tfplan', '--format', 'json');
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        const report = JSON.parse(stdout) as ReviewReport;
        expect(report).toMatchObject({ isolation: 'holds', destroyed: [], unknown: [], guardsVanished: [] });
        expect(report.roles).toHaveLength(1);
        const [role] = report.roles;
        expect(role?.attacks.tried).toBeGreaterThan(10_000);
        expect(role?.attacks.denied).toBe(role?.attacks.tried);
        expect(role?.own.filter(({ effect }) => effect !== 'allow')).toEqual([]);
        expect(role?.tables).toEqual([{ arn: tableArn, keys: ['{tenant}'] }]);
        expect(role?.buckets).toEqual([{ arn: bucketArn, prefixes: ['tenants/{tenant}/'] }]);
      },
      PROGRAM_TIMEOUT_MS,
    );

    it(
      'applies',
      async () => {
        await project.terraform('apply', '-input=false', 'tfplan');
        outputs = JSON.parse(await project.terraform('output', '-json')) as typeof outputs;
        expect(Object.fromEntries(Object.entries(outputs).map(([output, { value }]) => [output, value]))).toEqual({
          role_arn: `arn:aws:iam::${ACCOUNT}:role${path}${roleName}`,
          table_name: `${namePrefix}-data`,
          bucket_name: bucketName,
          identity_provider_arn: identityProviderArn,
          region: REGION,
        });
      },
      PROGRAM_TIMEOUT_MS,
    );

    it(
      'plans no changes after the apply',
      async () => {
        const { code, stdout } = await project.tryTerraform('plan', '-input=false', '-detailed-exitcode', ...variables);
        expect({ code, tail: code === 0 ? '' : stdout.slice(-2000) }).toEqual({ code: 0, tail: '' });
      },
      PROGRAM_TIMEOUT_MS,
    );

    if (deployment.reviewsChanges) reviewsOfChanges();

    function reviewsOfChanges(): void {
      it(
        'reviews what is deployed: isolation holds',
        async () => {
          const { code, stdout, stderr } = await project.review(undefined);
          expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
          expect(stdout).toMatch(/^Tenant isolation holds as deployed: [\d,]+ attacks tried, none allowed\n/);
        },
        PROGRAM_TIMEOUT_MS,
      );

      it(
        'fails the review of an update that breaks isolation, and says how',
        async () => {
          const careless = join(project.stackFolder, 'careless.tf.json');
          const statement = { Effect: 'Allow', Action: ['s3:GetObject', 'dynamodb:Scan'], Resource: '*' };
          const policy = JSON.stringify({ Version: '2012-10-17', Statement: statement });
          const added = { aws_iam_role_policy: { careless: { role: '${aws_iam_role.tenant.name}', policy } } };
          writeFileSync(careless, JSON.stringify({ resource: added }));
          await project.terraform('plan', '-input=false', '-out=careless', ...variables);
          rmSync(careless);
          const { code, stdout } = await project.review('careless');
          expect(code).toBe(1);
          expect(stdout).toMatch(/^Tenant isolation is broken after this plan\n/);
          expect(stdout).toContain("new: another tenant's objects");
          expect(stdout).toContain(`witness  tenant 'a': s3:GetObject on ${bucketArn}/tenants/ab/doc`);
          expect(stdout).toContain('because  allowed by statement number 1 of aws_iam_role_policy.careless');
          expect(stdout).toContain('lock     only the policy of the table or bucket still denies it');
          expect(stdout).toMatch(/create +aws_iam_role_policy\.careless/);
        },
        PROGRAM_TIMEOUT_MS,
      );

      it(
        'fails the review of a plan that destroys the data, unless every loss is wanted',
        async () => {
          await project.terraform('plan', '-destroy', '-input=false', '-out=destruction', ...variables);
          const { code, stdout } = await project.review('destruction', '--format', 'json');
          expect(code).toBe(1);
          const { destroyed } = JSON.parse(stdout) as ReviewReport;
          const addresses = destroyed.map(({ address }) => address);
          expect(addresses).toEqual(expect.arrayContaining(['aws_dynamodb_table.tenant_data', 'aws_s3_bucket.tenant_data']));
          const wanted = addresses.flatMap((address) => ['--allow-destroy', address]);
          const allowed = await project.review('destruction', '--format', 'json', ...wanted);
          expect((JSON.parse(allowed.stdout) as ReviewReport).destroyed.every((each) => each.allowed)).toBe(true);
          expect(allowed.code).toBe(0);
        },
        PROGRAM_TIMEOUT_MS,
      );
    }

    if (deployment.reviewsChanges) policiesInPlace();

    function policiesInPlace(): void {
      it(
        'leaves in IAM, DynamoDB and S3 the policies that lib/policy gives for the same values',
        async () => {
          const policyArn = (kind: string) => `arn:aws:iam::${ACCOUNT}:policy${path}${roleName}-${kind}`;
          const managed = (kind: string) =>
            project.aws('iam', 'get-policy-version', '--policy-arn', policyArn(kind), '--version-id', 'v1');
          const [role, table, bucket, tablePolicy, bucketPolicy, attached] = await Promise.all([
            project.aws('iam', 'get-role', '--role-name', roleName),
            managed('table'),
            managed('bucket'),
            project.aws('dynamodb', 'get-resource-policy', '--resource-arn', tableArn),
            project.aws('s3api', 'get-bucket-policy', '--bucket', bucketName),
            project.aws('iam', 'list-attached-role-policies', '--role-name', roleName),
          ]);
          expectPolicy((role['Role'] as Record<string, unknown>)['AssumeRolePolicyDocument'], expected.trust);
          expectPolicy((table['PolicyVersion'] as Record<string, unknown>)['Document'], expected.table);
          expectPolicy((bucket['PolicyVersion'] as Record<string, unknown>)['Document'], expected.bucket);
          expectPolicy(tablePolicy['Policy'], expected.tableResource);
          expectPolicy(bucketPolicy['Policy'], expected.bucketResource);
          // Both services count white space, so Terraform must send none.
          const bytes = [tablePolicy, bucketPolicy].map(({ Policy }) => Buffer.byteLength(String(Policy)));
          expect(bytes).toEqual([policyBytes(expected.tableResource), policyBytes(expected.bucketResource)]);
          const arns = (attached['AttachedPolicies'] as { PolicyArn: string }[]).map(({ PolicyArn }) => PolicyArn);
          expect(arns.sort()).toEqual([policyArn('bucket'), policyArn('table')]);
        },
        PROGRAM_TIMEOUT_MS,
      );
    }

    it(
      'serves a tenant through the runtime: token, session, put, query, get, list',
      async () => {
        access = accessToSandbox();
        const acme = await tokenOf('acme');
        const credentials = await access.assumeTenantRole(acme, 'acme');
        const clients = access.createTenantClients(credentials);
        const { docClient, s3Client } = clients;
        const TableName = outputs['table_name']?.value;
        for (const dataId of ['invoice#1', 'invoice#2', 'order#1']) {
          await docClient.send(new PutCommand({ TableName, Item: { tenantId: 'acme', dataId, amount: 12.5 } }));
        }
        const ids = (items: Record<string, unknown>[]) => items.map(({ dataId }) => dataId);
        expect(ids(await access.queryTenantData(docClient, 'acme', { pageSize: 1 }))).toEqual([
          'invoice#1',
          'invoice#2',
          'order#1',
        ]);
        expect(ids(await access.queryTenantData(docClient, 'acme', { dataIdPrefix: 'invoice#' }))).toEqual([
          'invoice#1',
          'invoice#2',
        ]);
        const item = await docClient.send(new GetCommand({ TableName, Key: { tenantId: 'acme', dataId: 'order#1' } }));
        expect(item.Item).toEqual({ tenantId: 'acme', dataId: 'order#1', amount: 12.5 });

        const location = access.objectLocation('acme', 'documents/a.txt');
        await s3Client.send(new PutObjectCommand({ ...location, Body: 'for acme' }));
        const object = await s3Client.send(new GetObjectCommand(location));
        expect(await object.Body?.transformToString()).toBe('for acme');
        const listing = await s3Client.send(new ListObjectsV2Command({ Bucket: location.Bucket, Prefix: objectPrefix('acme') }));
        expect(listing.Contents?.map(({ Key }) => Key)).toEqual(['tenants/acme/documents/a.txt']);

        await expect(access.queryTenantData(docClient, 'globex')).rejects.toMatchObject({ code: 'tenant.mismatch' });
        await expect(access.assumeTenantRole(acme, 'globex')).rejects.toMatchObject({ code: 'tenant.mismatch' });
        clients.destroy();

        const session = await access.forTenant(() => tokenOf('acme'), 'acme');
        const invoices = session.table<{ dataId: string; amount: number }>();
        await invoices.update('invoice#2', { add: { amount: 1 } }, { condition: 'attribute_exists(dataId)' });
        expect(await invoices.get('invoice#2')).toEqual({ dataId: 'invoice#2', amount: 13.5 });
        const { items } = await invoices.query({ dataId: { beginsWith: 'invoice#' }, order: 'descending', limit: 1 }).page();
        expect(items).toEqual([{ dataId: 'invoice#2', amount: 13.5 }]);
        const { objects } = await session.objects().list({ prefix: 'documents/' }).page();
        expect(objects.map(({ key }) => key)).toEqual(['documents/a.txt']);
        access.destroy();
        await expect(invoices.get('invoice#2')).rejects.toMatchObject({ code: 'session.closed' });
      },
      PROGRAM_TIMEOUT_MS,
    );

    it(
      'denies a tenant the data of another, whatever it asks for, by the policies that Terraform deployed',
      async () => {
        access = accessToSandbox();
        const { docClient, s3Client } = await access.forTenant(await tokenOf('globex'));
        const [TableName, Bucket] = [outputs['table_name']?.value, bucketName];
        const Key = { tenantId: 'acme', dataId: 'invoice#1' };
        const path = `${objectPrefix('acme')}documents/a.txt`;
        const own = `${objectPrefix('globex')}documents/a.txt`;
        const values = { ':t': 'acme' };
        const attacks: Record<string, () => Promise<unknown>> = {
          get: () => docClient.send(new GetCommand({ TableName, Key })),
          put: () => docClient.send(new PutCommand({ TableName, Item: Key })),
          query: () =>
            docClient.send(
              new QueryCommand({ TableName, KeyConditionExpression: 'tenantId = :t', ExpressionAttributeValues: values }),
            ),
          scan: () => docClient.send(new ScanCommand({ TableName })),
          'batch with one foreign key': () =>
            docClient.send(
              new BatchGetCommand({
                RequestItems: { [TableName ?? '']: { Keys: [{ tenantId: 'globex', dataId: 'x' }, Key] } },
              }),
            ),
          ...Object.fromEntries(
            indexNames.map((IndexName) => [
              `query of ${IndexName}`,
              () =>
                docClient.send(
                  new QueryCommand({
                    ...{ TableName, IndexName, KeyConditionExpression: 'tenantId = :t', ExpressionAttributeValues: values },
                  }),
                ),
            ]),
          ),
          'get object': () => s3Client.send(new GetObjectCommand({ Bucket, Key: path })),
          'put object': () => s3Client.send(new PutObjectCommand({ Bucket, Key: path, Body: 'x' })),
          'copy object': () => s3Client.send(new CopyObjectCommand({ Bucket, Key: own, CopySource: `${Bucket}/${path}` })),
          list: () => s3Client.send(new ListObjectsV2Command({ Bucket, Prefix: objectPrefix('acme') })),
          'list without a prefix': () => s3Client.send(new ListObjectsV2Command({ Bucket })),
        };
        for (const [attack, send] of Object.entries(attacks)) {
          expect({ attack, outcome: await send().catch((error: unknown) => (error as Error).name) }).toEqual({
            attack,
            outcome: expect.stringMatching(/^AccessDenied(?:Exception)?$/),
          });
        }
        // The second lock, on table and bucket, came through the sandbox too.
        const locks = sandbox.audit.records.flatMap(({ checks }) => checks.map(({ statement }) => statement?.sid));
        expect(locks).toEqual(expect.arrayContaining(['OtherItems1', 'OtherActions1', 'OtherObjects1', 'OtherListing1']));
        access.destroy();

        const refused: [object, string][] = [
          [{ tenantId: 'acme', forged: true }, 'InvalidIdentityTokenException'],
          [{ tenantId: 'acme', audience: 'some-other-client-id' }, 'InvalidIdentityTokenException'],
          [{ tenantId: 'acme', expiresInSeconds: -60 }, 'ExpiredTokenException'],
          [{ tenantId: 'acme/..' }, 'AccessDenied'],
          [{}, 'AccessDenied'],
        ];
        const sts = new STSClient({ endpoint: sandbox.endpoint, region: REGION, maxAttempts: 1 });
        for (const [wish, code] of refused) {
          const assume = new AssumeRoleWithWebIdentityCommand({
            RoleArn: outputs['role_arn']?.value,
            RoleSessionName: 'attack',
            WebIdentityToken: await sandbox.token(wish),
          });
          await expect(sts.send(assume)).rejects.toMatchObject({ name: code });
        }
        sts.destroy();
      },
      PROGRAM_TIMEOUT_MS,
    );

    if (deployment.reviewsChanges) sameToTheCommandLine();

    function sameToTheCommandLine(): void {
      it(
        'shows the same to the AWS command line',
        async () => {
          const assumed = await assumeByCommandLine(await tokenOf('acme'));
          expect(assumed.stderr).toBe('');
          const { Credentials: keys } = JSON.parse(assumed.stdout) as { Credentials: Record<string, string> };
          const env = {
            ...project.env,
            AWS_ACCESS_KEY_ID: keys['AccessKeyId'],
            AWS_SECRET_ACCESS_KEY: keys['SecretAccessKey'],
            AWS_SESSION_TOKEN: keys['SessionToken'],
          };
          const aws = (...args: string[]) => run('aws', [...args, '--output', 'json'], { env });
          const keyOf = (tenantId: string) => JSON.stringify({ tenantId: { S: tenantId }, dataId: { S: 'invoice#1' } });
          const table = outputs['table_name']?.value ?? '';
          const item = await aws('dynamodb', 'get-item', '--table-name', table, '--key', keyOf('acme'));
          expect(JSON.parse(item.stdout)).toMatchObject({ Item: { amount: { N: '12.5' } } });
          const foreign = await aws('dynamodb', 'get-item', '--table-name', table, '--key', keyOf('globex'));
          expect(foreign).toMatchObject({ stdout: '', stderr: expect.stringContaining('(AccessDeniedException)') });
          const whole = await aws('s3', 'ls', `s3://${bucketName}/`);
          expect(whole).toMatchObject({ stdout: '', stderr: expect.stringContaining('(AccessDenied)') });
          const { stdout } = await aws('s3', 'cp', `s3://${bucketName}/tenants/acme/documents/a.txt`, '-');
          expect(stdout).toBe('for acme');
        },
        PROGRAM_TIMEOUT_MS,
      );
    }

    it(
      'fails to destroy the data while it is protected, and destroys it when the protection is given up',
      async () => {
        const refused = await project.tryTerraform(
          'destroy',
          '-input=false',
          '-auto-approve',
          '-target=aws_dynamodb_table.tenant_data',
          ...variables,
        );
        expect(refused.code).not.toBe(0);
        expect(refused.stderr).toContain('DeletionProtection');

        const { table, bucket } = deployment.settings as { table?: object; bucket?: object };
        await synthesise({
          ...deployment.settings,
          table: { ...table, deletionProtection: false },
          bucket: { ...bucket, forceDestroy: true },
        });
        await project.terraform('apply', '-input=false', '-auto-approve', ...variables);
        expectPolicy((await project.aws('s3api', 'get-bucket-policy', '--bucket', bucketName))['Policy'], expected.bucketResource);
        await project.terraform('destroy', '-input=false', '-auto-approve', ...variables);
        expect((await project.terraform('state', 'list')).trim()).toBe('');
        expect(await project.aws('dynamodb', 'list-tables')).toEqual({ TableNames: [] });
      },
      PROGRAM_TIMEOUT_MS,
    );
  });
}
