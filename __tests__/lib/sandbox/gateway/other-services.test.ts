import { actionOf, OtherService } from '../../../../lib/sandbox/gateway/other-services';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { request } from '../../../support/signed-requests';
import { ADMINISTRATOR, allow, ANONYMOUS, answerOf, FakeStore, Scene, session } from './fakes';

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const CREATE = request({ headers: FORM, body: 'Action=CreateRole&Version=2010-05-08' });

describe('OtherService', () => {
  it.each([
    ['a session, whatever its policies say', session(), 'query', 'AccessDenied', 403],
    ['a session', session(), 'json', 'AccessDeniedException', 400],
    ['somebody without one', ANONYMOUS, 'query', 'AccessDenied', 403],
  ] as const)('denies everything to %s', async (_, caller, protocol, code, status) => {
    const store = new FakeStore();
    const done: AwsRequest[] = [];
    const service = new OtherService('iam', protocol, store, (each) => done.push(each));
    const { error, trail } = await new Scene(allow('*')).serve(service, CREATE, caller);
    expect(error).toMatchObject({ code, status });
    expect(trail).toMatchObject({ operation: 'iam:CreateRole', decision: 'deny' });
    expect([store.requests, done]).toEqual([[], []]);
  });

  it("sends the administrator's requests on", async () => {
    const store = new FakeStore(() => answerOf(418, 'text'));
    const done: AwsRequest[] = [];
    const service = new OtherService('sqs', 'query', store, (each) => done.push(each));
    const { answer, trail } = await new Scene().serve(service, CREATE, ADMINISTRATOR);
    expect(answer).toEqual(answerOf(418, 'text'));
    expect([store.requests, store.targets]).toEqual([[CREATE], [{ service: 'sqs', region: 'eu-central-1' }]]);
    expect(done).toEqual([CREATE]);
    expect(trail).toMatchObject({ operation: 'sqs:CreateRole', decision: 'allow' });
  });

  it('fails where there is no upstream', async () => {
    const done: AwsRequest[] = [];
    const service = new OtherService('iam', 'query', undefined, (each) => done.push(each));
    const { error, trail } = await new Scene().serve(service, CREATE, ADMINISTRATOR);
    expect(error).toMatchObject({ code: 'NotImplemented', status: 501, message: expect.stringContaining('--upstream') });
    expect([trail.decision, done]).toEqual(['error', []]);
  });

  it('tells that a request was passed on, also if it fails without an answer, when it may have been carried out', async () => {
    const store = new FakeStore(() => {
      throw new Error('hung up');
    });
    const done: AwsRequest[] = [];
    const service = new OtherService('iam', 'query', store, (each) => done.push(each));
    expect((await new Scene().serve(service, CREATE, ADMINISTRATOR)).error).toMatchObject({ message: 'hung up' });
    expect(done).toEqual([CREATE]);
  });
});

describe('actionOf', () => {
  it.each<[string, Parameters<typeof request>[0]]>([
    ['CreateRole', { headers: FORM, body: 'Version=1&Action=CreateRole' }],
    ['CreateRole', { headers: FORM, body: 'Action=CreateRole&Action=GetRole' }],
    ['CreateRole', { headers: FORM, query: 'Action=GetRole', body: 'Action=CreateRole' }],
    ['GetRole', { method: 'GET', query: 'Version=1&Action=GetRole' }],
    ['SendMessage', { headers: { 'x-amz-target': 'AmazonSQS.SendMessage' } }],
    ['Send', { headers: { 'x-amz-target': 'Send' } }],
    ['PUT', { method: 'PUT' }],
    ['POST', { query: 'NoAction=GetRole', headers: FORM, body: 'XAction=GetRole' }],
    ['Unknown', { headers: FORM, body: 'Action=' }],
    ['Unknown', { headers: FORM, body: 'Action=%1b' }],
    ['Unknown', { headers: { 'x-amz-target': 'a.b c' } }],
    ['A'.repeat(128), { query: `Action=${'A'.repeat(128)}` }],
    ['Unknown', { query: `Action=${'A'.repeat(129)}` }],
  ])('is %s', (name, asked) => {
    expect(actionOf(request(asked))).toBe(name);
  });
});
