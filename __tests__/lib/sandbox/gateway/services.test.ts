import type { Caller } from '../../../../lib/sandbox/caller';
import { CognitoIdentity } from '../../../../lib/sandbox/cognito-identity/cognito-identity';
import { DeclaredPools } from '../../../../lib/sandbox/cognito-identity/declared-pools';
import { IDENTITY_POOL_ISSUER_URL } from '../../../../lib/sandbox/cognito-identity/identity-pool';
import { PoolSettings } from '../../../../lib/sandbox/cognito-identity/pool-settings';
import { services } from '../../../../lib/sandbox/gateway/services';
import { Issuer } from '../../../../lib/sandbox/issuer/issuer';
import { Sessions } from '../../../../lib/sandbox/sts/sessions';
import { Sts } from '../../../../lib/sandbox/sts/sts';
import { TokenKeys } from '../../../../lib/sandbox/sts/token-keys';
import { VerifiedTokens } from '../../../../lib/sandbox/sts/verified-tokens';
import { NOW, request } from '../../../support/signed-requests';
import { ADMINISTRATOR, allow, ANONYMOUS, answerOf, FakeStore, PLACE, Scene, session, SESSION, textOf } from './fakes';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const iam = (action: string) => request({ headers: FORM, body: `Action=${action}&Version=2010-05-08` });

async function setUp({ embedded = true } = {}) {
  const scene = new Scene(allow('*'));
  const stores = { dynamodb: new FakeStore(), s3: new FakeStore(), iam: new FakeStore() };
  const changes: number[] = [];
  const issuer = await Issuer.create({ url: 'http://127.0.0.1:4580/_sandbox/issuer' });
  const poolIssuer = await Issuer.create({ url: IDENTITY_POOL_ISSUER_URL });
  const clock = () => NOW;
  const tokens = new VerifiedTokens(new TokenKeys(issuer, poolIssuer, clock), clock);
  const pools = new DeclaredPools(PLACE, []);
  const begin = { estate: scene.estate, pools, tokens, sessions: new Sessions(), place: PLACE, clock };
  const poolChanges: number[] = [];
  const named = services({
    stores: { ...stores, embedded: { dynamodb: embedded, s3: embedded }, upstreams: [], close: () => Promise.resolve() },
    resourcePolicies: scene.policies,
    sts: new Sts(begin),
    cognitoIdentity: new CognitoIdentity({ ...begin, issuer: poolIssuer }),
    poolSettings: new PoolSettings(),
    onIamChange: () => changes.push(stores.iam.requests.length),
    onPoolChange: () => poolChanges.push(stores.iam.requests.length),
  });
  return { scene, stores, changes, poolChanges, named };
}

describe('services', () => {
  it('tells of each request that may change IAM, when it has been passed on, and of no other', async () => {
    const { scene, stores, changes, named } = await setUp();
    const ask = (action: string, caller: Caller = ADMINISTRATOR) => scene.serve(named('iam', iam(action)), iam(action), caller);
    for (const action of ['GetRole', 'ListRoles', 'PutRolePolicy', 'GetRolePolicy', 'DeleteRole']) await ask(action);
    expect(changes).toEqual([3, 5]);
    await ask('PutRolePolicy', session());
    await ask('PutRolePolicy', ANONYMOUS);
    expect(changes).toEqual([3, 5]);
    stores.iam.answer = () => {
      throw new Error('hung up');
    };
    expect((await ask('AttachRolePolicy')).error).toMatchObject({ message: 'hung up' });
    await ask('GetRole');
    expect(changes).toEqual([3, 5, 6]);
  });

  it('says nothing of what goes to other services', async () => {
    const { scene, stores, changes, named } = await setUp();
    await scene.serve(named('sqs', iam('CreateQueue')), iam('CreateQueue'), ADMINISTRATOR);
    expect([stores.iam.targets, changes]).toEqual([[{ service: 'sqs', region: PLACE.region }], []]);
  });

  it.each([
    ['dynamodb', {}, 'json'],
    ['s3', {}, 's3'],
    ['cognito-identity', {}, 'json-1.1'],
    ['sts', {}, 'query'],
    ['iam', {}, 'query'],
    ['iam', { 'x-amz-target': 'a.b' }, 'query'],
    ['sqs', {}, 'query'],
    ['sqs', { 'x-amz-target': 'AmazonSQS.SendMessage' }, 'json'],
    ['constructor', {}, 'query'],
  ])('knows the protocol of %s with %j: %s', async (name, headers, protocol) => {
    expect((await setUp()).named(name, request({ headers })).protocol).toBe(protocol);
  });

  it('sets pools up for the administrator alone, and tells when they may have changed', async () => {
    const { scene, stores, poolChanges, named } = await setUp();
    stores.iam.answer = () => answerOf(200, '{"IdentityPoolId":"eu-central-1:0"}');
    const ask = (action: string, caller: Caller, input = {}) => {
      const headers = { 'x-amz-target': `AWSCognitoIdentityService.${action}` };
      const asked = request({ headers, body: JSON.stringify(input) });
      return scene.serve(named('cognito-identity', asked), asked, caller);
    };
    const set = { IdentityPoolId: 'eu-central-1:0', Roles: { authenticated: 'arn' } };
    for (const action of ['CreateIdentityPool', 'SetIdentityPoolRoles', 'SetPrincipalTagAttributeMap']) {
      expect((await ask(action, session(), set)).error).toMatchObject({ code: 'AccessDeniedException' });
      expect((await ask(action, ANONYMOUS, set)).error).toMatchObject({ code: 'MissingAuthenticationTokenException' });
    }
    expect([stores.iam.requests, poolChanges]).toEqual([[], []]);
    const { answer } = await ask('CreateIdentityPool', ADMINISTRATOR, { AllowClassicFlow: true });
    expect(answer && JSON.parse(textOf(answer))).toEqual({ IdentityPoolId: 'eu-central-1:0', AllowClassicFlow: true });
    await ask('DescribeIdentityPool', ADMINISTRATOR);
    await ask('SetIdentityPoolRoles', ADMINISTRATOR, set);
    expect([stores.iam.requests.length, poolChanges]).toEqual([2, [1]]);
    stores.iam.answer = () => answerOf(400, '{"__type":"InvalidParameterException"}');
    expect((await ask('UpdateIdentityPool', ADMINISTRATOR)).answer).toMatchObject({ status: 400 });
    expect(poolChanges).toEqual([1, 3]);
  });

  it('sends to each store what is for it', async () => {
    const { scene, stores, named } = await setUp();
    const s3 = request({ method: 'GET', path: '/files/a' });
    const dynamodb = request({ headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables' }, body: '{}' });
    await scene.serve(named('s3', s3), s3);
    await scene.serve(named('dynamodb', dynamodb), dynamodb);
    expect([stores.s3.requests.length, stores.dynamodb.requests.length, stores.iam.requests.length]).toEqual([1, 1, 0]);
  });

  it.each([true, false])('refuses keys with dots unless the store of objects is embedded: %s', async (embedded) => {
    const { scene, stores, named } = await setUp({ embedded });
    const asked = request({ method: 'GET', path: '/files/a/../b' });
    await scene.serve(named('s3', asked), asked);
    expect(stores.s3.requests).toHaveLength(embedded ? 1 : 0);
  });

  it('lets STS decide by itself, and denies nothing that needs no permission', async () => {
    const { scene, named } = await setUp();
    scene.estate.held = undefined;
    const ask = (action: string, caller = session()) => {
      const asked = request({ headers: FORM, body: `Action=${action}&Version=2011-06-15` });
      return scene.serve(named('sts', asked), asked, caller);
    };
    const told = await ask('GetCallerIdentity');
    expect([told.trail.decision, textOf(told.answer)]).toEqual(['allow', expect.stringContaining(`<Arn>${SESSION}</Arn>`)]);
    const refused = await ask('AssumeRole');
    expect([refused.trail.decision, refused.error]).toEqual(['deny', expect.objectContaining({ code: 'AccessDenied' })]);
    const odd = await ask('Nonsense');
    expect([odd.trail.decision, odd.error]).toEqual(['error', expect.objectContaining({ code: 'InvalidAction' })]);
  });
});
