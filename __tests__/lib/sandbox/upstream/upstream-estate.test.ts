import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { type CompiledPolicy, RequestContext } from '../../../../lib/isolation';
import type { Store } from '../../../../lib/sandbox/http/aws-request';
import { KEPT_MILLISECONDS } from '../../../../lib/sandbox/upstream/kept-answers';
import { UpstreamEstate } from '../../../../lib/sandbox/upstream/upstream-estate';
import { upstreamStore } from '../../../../lib/sandbox/upstream/upstream-store';
import { type Moto, startMoto } from '../../../support/moto';
import { describeWithPrograms } from '../../../support/programs';

const ACCOUNT = '123456789012';
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/tenants/shop/tenant`;
const PROVIDER_ARN = `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com/tenants`;
const policyArn = (name: string) => `arn:aws:iam::${ACCOUNT}:policy/tenants/${name}`;

/** A document that IAM must keep as it is: signs that XML or percent-encoding would change. */
const policy = (sid: string) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: sid,
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::files/tenants/${aws:PrincipalTag/tenant_id}/*',
      Condition: { StringNotLike: { 's3:ExistingObjectTag/odd': ['<a> & "b" \'c\'', '100%', '%7B+%7D', 'é ✓'] } },
    },
  ],
});
const TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: PROVIDER_ARN },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
      Condition: { StringEquals: { 'login.example.com/tenants:aud': 'my-client-id' } },
    },
  ],
};

const documentOf = (compiled: CompiledPolicy | undefined) => [compiled?.name, compiled?.document];

describeWithPrograms('UpstreamEstate', ['moto_server'], () => {
  let moto: Moto;
  let store: Store;
  let asked: string[] = [];
  let clock = 0;
  let estate: UpstreamEstate;

  const iam = async (Action: string, parameters: Record<string, string> = {}) => {
    const request = {
      method: 'POST',
      path: '/',
      query: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }).toString()),
      fromLoopback: true,
    };
    const { status, body } = await store.handle(request, { service: 'iam', region: 'us-east-1' });
    const answer = (await buffer(body as Readable)).toString();
    if (status !== 200) throw new Error(`${Action}: ${status} ${answer}`);
  };
  const createPolicy = (name: string, sid: string) =>
    iam('CreatePolicy', { PolicyName: name, Path: '/tenants/', PolicyDocument: JSON.stringify(policy(sid)) });

  beforeAll(async () => {
    moto = await startMoto();
    store = upstreamStore({ endpoint: moto.endpoint });
    const RoleName = 'tenant';
    await Promise.all([createPolicy('table', 'TableV1'), createPolicy('bucket', 'Bucket'), createPolicy('boundary', 'Boundary')]);
    const PolicyDocument = JSON.stringify(policy('TableV2'));
    await iam('CreatePolicyVersion', { PolicyArn: policyArn('table'), PolicyDocument, SetAsDefault: 'true' });
    await iam('CreateRole', {
      RoleName,
      Path: '/tenants/shop/',
      AssumeRolePolicyDocument: JSON.stringify(TRUST),
      MaxSessionDuration: '7200',
      PermissionsBoundary: policyArn('boundary'),
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': ' platform + <more> ',
      'Tags.member.2.Key': 'empty',
      'Tags.member.2.Value': '',
    });
    for (const name of ['one', 'two + 2']) {
      await iam('PutRolePolicy', { RoleName, PolicyName: name.replace(/ /g, ''), PolicyDocument: JSON.stringify(policy(name)) });
    }
    for (const name of ['table', 'bucket']) await iam('AttachRolePolicy', { RoleName, PolicyArn: policyArn(name) });
    await iam('CreateRole', { RoleName: 'plain', AssumeRolePolicyDocument: JSON.stringify(TRUST) });
    for (const [Url, ...clients] of [
      ['https://login.example.com/tenants', 'my-client-id', 'my-other-client-id'],
      ['https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e', 'web'],
      ['https://no-clients.example.com'],
    ]) {
      const ids = Object.fromEntries(clients.map((id, index) => [`ClientIDList.member.${index + 1}`, id]));
      await iam('CreateOpenIDConnectProvider', { Url: Url ?? '', ...ids, 'ThumbprintList.member.1': 'a'.repeat(40) });
    }
  });

  afterAll(async () => {
    await store.close();
    await moto.stop();
  });

  beforeEach(() => {
    asked = [];
    const watched: Store = {
      handle: (request, target) => {
        asked.push(new URLSearchParams(request.body.toString()).get('Action') ?? '');
        return store.handle(request, target);
      },
      close: () => store.close(),
    };
    estate = new UpstreamEstate(watched, () => clock);
  });

  it('reads a role whole: trust, default versions of what is attached, inline policies, boundary, tags and its longest session', async () => {
    const role = await estate.role(ROLE_ARN);
    expect(role).toMatchObject({
      arn: ROLE_ARN,
      maxSessionDurationSeconds: 7200,
      tags: { team: ' platform + <more> ', empty: '' },
    });
    expect(documentOf(role?.trust)).toEqual(['trust policy of tenant', TRUST]);
    const token = {
      principal: { kind: 'web-identity', provider: PROVIDER_ARN },
      action: 'sts:AssumeRoleWithWebIdentity',
      resource: ROLE_ARN,
      context: RequestContext.closed({ 'login.example.com/tenants:aud': 'my-client-id' }),
    } as const;
    expect(role?.trust.statements.map(({ match }) => match(token).truth)).toEqual(['yes']);
    expect(role?.identity.map(documentOf)).toEqual([
      [policyArn('bucket'), policy('Bucket')],
      [policyArn('table'), policy('TableV2')],
      ['tenant/one', policy('one')],
      ['tenant/two+2', policy('two + 2')],
    ]);
    expect(documentOf(role?.boundary)).toEqual([policyArn('boundary'), policy('Boundary')]);
  });

  it('reads a role that has nothing but trust', async () => {
    expect(await estate.role(`arn:aws:iam::${ACCOUNT}:role/plain`)).toMatchObject({
      maxSessionDurationSeconds: 3600,
      identity: [],
      boundary: undefined,
      tags: {},
    });
  });

  it.each([
    ['another name', `arn:aws:iam::${ACCOUNT}:role/other`],
    ['no path', `arn:aws:iam::${ACCOUNT}:role/tenant`],
    ['another path', `arn:aws:iam::${ACCOUNT}:role/tenants/tenant`],
    ['another account', `arn:aws:iam::210987654321:role/tenants/shop/tenant`],
    ['another partition', `arn:aws-cn:iam::${ACCOUNT}:role/tenants/shop/tenant`],
    ['another case', `arn:aws:iam::${ACCOUNT}:role/tenants/shop/Tenant`],
  ])('refuses a role by %s', async (_, arn) => {
    expect(await estate.role(arn)).toBeUndefined();
    expect(asked).toEqual(['GetRole']);
  });

  it.each([
    '',
    'tenant',
    `arn:aws:iam::${ACCOUNT}:user/tenant`,
    `arn:aws:iam::${ACCOUNT}:role/`,
    `arn:aws:iam::${ACCOUNT}:role/a b`,
    `arn:aws:iam::${ACCOUNT}:role/${'a'.repeat(65)}`,
    `arn:aws:iam::${ACCOUNT}:role/tenant\n`,
    `arn:aws:sts::${ACCOUNT}:assumed-role/tenant/me`,
  ])("refuses '%s', which is no role, without asking", async (arn) => {
    expect(await estate.role(arn)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('reads managed policies by ARN, and refuses one that is not there', async () => {
    const found = await estate.managedPolicy(policyArn('bucket'));
    expect(documentOf(found)).toEqual([policyArn('bucket'), policy('Bucket')]);
    expect(await estate.managedPolicy(policyArn('other'))).toBeUndefined();
  });

  it('reads the identity providers, with issuers as they stand in condition keys', async () => {
    const provider = (issuer: string, ...clientIds: string[]) => ({
      arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`,
      issuer,
      clientIds,
    });
    expect(await estate.providers()).toEqual([
      provider('login.example.com/tenants', 'my-client-id', 'my-other-client-id'),
      provider('cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e', 'web'),
      provider('no-clients.example.com'),
    ]);
  });

  it('knows the account', async () => {
    expect(await estate.account()).toBe(ACCOUNT);
  });

  it('asks once for all who ask at the same time, and once in a while', async () => {
    await Promise.all([estate.role(ROLE_ARN), estate.role(ROLE_ARN), estate.role(ROLE_ARN)]);
    expect(asked.filter((action) => action === 'GetRole')).toHaveLength(1);
    const calls = asked.length;
    await estate.role(ROLE_ARN);
    expect(asked).toHaveLength(calls);
    clock += KEPT_MILLISECONDS;
    await estate.role(ROLE_ARN);
    expect(asked).toHaveLength(2 * calls);
  });

  it('sees a change when it is told to forget, or after a while', async () => {
    const RoleName = 'plain';
    const arn = `arn:aws:iam::${ACCOUNT}:role/plain`;
    const names = async () => (await estate.role(arn))?.identity.map(({ name }) => name);
    expect(await names()).toEqual([]);
    await iam('PutRolePolicy', { RoleName, PolicyName: 'late', PolicyDocument: JSON.stringify(policy('late')) });
    expect(await names()).toEqual([]);
    estate.forget();
    expect(await names()).toEqual(['plain/late']);
    await iam('DeleteRolePolicy', { RoleName, PolicyName: 'late' });
    clock += KEPT_MILLISECONDS - 1;
    expect(await names()).toEqual(['plain/late']);
    clock += 1;
    expect(await names()).toEqual([]);
  });

  it('fails for everything when the upstream is gone, and forgets the failure', async () => {
    const gone = upstreamStore({ endpoint: 'http://127.0.0.1:1' });
    let current = gone;
    estate = new UpstreamEstate({ handle: (request, target) => current.handle(request, target), close: () => gone.close() });
    for (const read of [estate.role(ROLE_ARN), estate.providers(), estate.managedPolicy(policyArn('table')), estate.account()]) {
      await expect(read).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
    }
    current = store;
    expect(await estate.role(ROLE_ARN)).toBeDefined();
    await gone.close();
  });
});
