import { Readable } from 'node:stream';
import type { Caller } from '../../../../lib/sandbox/caller';
import { S3Service } from '../../../../lib/sandbox/gateway/s3-service';
import { wholeBody } from '../../../../lib/sandbox/http/whole-body';
import { request } from '../../../support/signed-requests';
import { ADMINISTRATOR, allow, answerOf, BUCKET, deny, document, FakeStore, Scene, session, textOf } from './fakes';

const OBJECTS = `${BUCKET}/*`;
const ALL = allow('s3:*');

/** A service over a store in memory, or over a server elsewhere, and who is allowed what. */
function setUp({ identity = [ALL], keepsEveryKey = true }: { identity?: readonly object[]; keepsEveryKey?: boolean } = {}) {
  const scene = new Scene(...identity);
  const store = new FakeStore();
  const service = new S3Service(store, scene.policies, keepsEveryKey);
  const ask = (asked: Parameters<typeof request>[0], caller: Caller = session()) => scene.serve(service, request(asked), caller);
  return { scene, store, ask };
}

const errorOf = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;

function deletion(...keys: readonly string[]) {
  const objects = keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('');
  return { method: 'POST', path: '/files', query: 'delete', body: `<Delete>${objects}</Delete>` };
}

describe('S3Service', () => {
  it('sends on what is allowed, written anew, and gives the answer as it comes', async () => {
    const { store, ask } = setUp();
    const body = Readable.from(['text']);
    store.answer = () => ({ status: 200, headers: { etag: '"e"' }, body });
    const headers = { host: 'files.s3.localhost:4566', 'x-http-method-override': 'DELETE', range: 'bytes=0-1' };
    const { answer, trail } = await ask({ method: 'GET', path: '/a%2fb', headers });
    expect(answer).toEqual({ status: 200, headers: { etag: '"e"' }, body });
    expect(body.readableDidRead).toBe(false);
    expect(store.requests).toMatchObject([{ method: 'GET', path: '/files/a/b', query: '', headers: { range: 'bytes=0-1' } }]);
    expect(Object.keys(store.requests[0]?.headers ?? {})).toEqual(['range']);
    expect(store.targets).toEqual([{ service: 's3', region: 'eu-central-1' }]);
    expect(trail).toMatchObject({ operation: 's3:GetObject', decision: 'allow' });
    body.destroy();
  });

  it.each<[string, Parameters<typeof request>[0], Caller]>([
    ['nothing allows', { method: 'PUT', path: '/files/a' }, session()],
    ['is not signed', { method: 'GET', path: '/files/a' }, { kind: 'anonymous' }],
    ['is no known operation', { method: 'GET', path: '/files', query: 'nonsense' }, session()],
  ])('denies what %s, and does not send it on', async (_, asked, caller) => {
    const { store, ask } = setUp({ identity: [allow('s3:GetObject', OBJECTS)] });
    const { error, trail } = await ask(asked, caller);
    expect(error).toMatchObject({ code: 'AccessDenied', status: 403 });
    expect([trail.decision, store.requests]).toEqual(['deny', []]);
  });

  describe('keys with dots', () => {
    const copy = (source: string) => ({ method: 'PUT', path: '/files/a', headers: { 'x-amz-copy-source': source } });

    it.each<[string, Parameters<typeof request>[0]]>([
      ['a/../b', { method: 'GET', path: '/files/a/../b' }],
      ['a/./b', { method: 'PUT', path: '/files/a/./b' }],
      ['..', { method: 'GET', path: '/files/..' }],
      ['../b, encoded', { method: 'GET', path: '/files/%2e%2E%2fb' }],
      ['a\\..\\b', { method: 'GET', path: '/files/a%5C..%5Cb' }],
      ['a copy of ../b', copy('/files/../b')],
      ['a deletion of ../b', deletion('a', '../b')],
    ])('do not go to an upstream, whoever asks: refuses %s', async (_, asked) => {
      for (const caller of [session(), ADMINISTRATOR]) {
        const upstream = setUp({ keepsEveryKey: false });
        expect((await upstream.ask(asked, caller)).error).toMatchObject({ code: 'InvalidURI', status: 400 });
        expect(upstream.store.requests).toEqual([]);
        const embedded = setUp({ keepsEveryKey: true });
        expect((await embedded.ask(asked, caller)).answer?.status).toBe(200);
        expect(embedded.store.requests).toHaveLength(1);
      }
    });

    it.each(['/files/a..b', '/files/.a', '/files/a./b', '/files/...', '/files/a/b.'])(
      'go to an upstream if they lead nowhere: %s',
      async (path) => {
        const { store, ask } = setUp({ keepsEveryKey: false });
        expect((await ask({ method: 'GET', path })).answer?.status).toBe(200);
        expect(store.requests).toMatchObject([{ path }]);
      },
    );

    it('are denied before they are refused', async () => {
      const { ask } = setUp({ identity: [], keepsEveryKey: false });
      expect((await ask({ method: 'GET', path: '/files/a/../b' })).error).toMatchObject({ code: 'AccessDenied' });
    });
  });

  describe('DeleteObjects', () => {
    const own = [allow('s3:DeleteObject', `${BUCKET}/own/*`)];

    it.each<[string[], 'allow' | 'deny', string[]]>([
      [['own/1', 'own/2'], 'allow', ['own/1', 'own/2']],
      [['own/1', 'else/2'], 'deny', ['own/1']],
      [['else/1', 'own/2'], 'deny', ['own/2']],
      [['own/1', 'else/2', 'own/3'], 'deny', ['own/1', 'own/3']],
      [['else/1', 'else/2'], 'deny', []],
    ])('of %j is logged as %s', async (keys, decision, sent) => {
      const { store, ask } = setUp({ identity: own });
      store.answer = () =>
        answerOf(200, `<DeleteResult>${sent.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join('')}</DeleteResult>`);
      const { answer, trail } = await ask(deletion(...keys));
      expect(answer?.status).toBe(200);
      expect(trail).toMatchObject({ operation: 's3:DeleteObjects', decision, checks: { length: keys.length } });
      const forwarded = store.requests.map(({ body }) => [...body.toString().matchAll(/<Key>([^<]*)/g)].map(([, key]) => key));
      expect(forwarded).toEqual(sent.length === 0 ? [] : [sent]);
      const denied = keys.filter((key) => !sent.includes(key));
      const text = textOf(answer);
      for (const key of denied) expect(text).toContain(`<Error><Key>${key}</Key><Code>AccessDenied</Code>`);
      expect(text.split('<Error>')).toHaveLength(denied.length + 1);
      if (denied.length > 0) expect(trail.reason).toMatch(/^nothing allows/);
    });

    it('fails as a whole if it cannot be asked about', async () => {
      const { scene, store, ask } = setUp();
      scene.estate.role = () => Promise.reject(new Error('gone'));
      expect((await ask(deletion('a'))).error).toMatchObject({ message: 'gone' });
      expect(store.requests).toEqual([]);
    });
  });

  describe('what is not there', () => {
    const mayRead = allow(['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject'], OBJECTS);
    const mayList = allow('s3:ListBucket', BUCKET);
    const get = { method: 'GET', path: '/files/a' };
    const head = { method: 'HEAD', path: '/files/a' };
    const version = { method: 'GET', path: '/files/a', query: 'versionId=1' };
    const copy = { method: 'PUT', path: '/files/b', headers: { 'x-amz-copy-source': '/files/a' } };

    it.each<[string, Parameters<typeof request>[0], string]>([
      ['an object', get, errorOf('NoSuchKey')],
      ['an object by HEAD', head, ''],
      ['a version', version, errorOf('NoSuchVersion')],
      ['what is copied', copy, errorOf('NoSuchKey')],
    ])('is told only to who may list the bucket, and denied to others: %s', async (_, asked, text) => {
      const answer = () => ({ status: 404, headers: { a: 'b' }, body: text === '' ? Buffer.alloc(0) : Readable.from([text]) });
      const stranger = setUp({ identity: [mayRead] });
      stranger.store.answer = answer;
      const { error, trail } = await stranger.ask(asked);
      expect(error).toMatchObject({ code: 'AccessDenied', status: 403, message: 'Access Denied' });
      expect(trail).toMatchObject({ decision: 'deny', reason: expect.stringContaining('s3:ListBucket') });
      expect(trail.checks.at(-1)).toMatchObject({ action: 's3:ListBucket', resource: BUCKET, effect: 'deny' });

      for (const caller of [session(), ADMINISTRATOR]) {
        const lister = setUp({ identity: [mayRead, mayList] });
        lister.store.answer = answer;
        const told = await lister.ask(asked, caller);
        expect(told).toMatchObject({ answer: { status: 404, headers: { a: 'b' } }, trail: { decision: 'allow' } });
        expect(String(await wholeBody(told.answer ?? answerOf(0)))).toBe(text);
      }
    });

    it('is not told to who may list below a prefix only, nor where listing is left open', async () => {
      for (const Condition of [{ StringLike: { 's3:prefix': 'own/*' } }, { StringEquals: { 'ec2:Region': 'x' } }]) {
        const { store, ask } = setUp({ identity: [mayRead, allow('s3:ListBucket', BUCKET, { Condition })] });
        store.answer = () => answerOf(404, errorOf('NoSuchKey'));
        expect((await ask(get)).error).toMatchObject({ code: 'AccessDenied', status: 403 });
      }
    });

    it.each<[string, Parameters<typeof request>[0], string]>([
      ['a bucket', get, errorOf('NoSuchBucket')],
      ['the tags of an object', { ...get, query: 'tagging' }, errorOf('NoSuchTagSet')],
      ['an upload', { method: 'PUT', path: '/files/a', query: 'partNumber=1&uploadId=u' }, errorOf('NoSuchUpload')],
      ['a bucket by HEAD', { method: 'HEAD', path: '/files' }, ''],
      ['what is deleted', { method: 'DELETE', path: '/files/a' }, errorOf('NoSuchKey')],
    ])('is told to everybody who may ask, and stays 404: %s', async (_, asked, text) => {
      const { store, ask } = setUp({
        identity: [ALL, deny('s3:ListBucket', BUCKET, { Condition: { Null: { 's3:prefix': 'true' } } })],
      });
      if (asked?.method === 'HEAD') store.answer = () => answerOf(404);
      else store.answer = () => ({ status: 404, headers: {}, body: Readable.from([text]) });
      const { answer, error, trail } = await ask(asked, asked?.path === '/files' ? ADMINISTRATOR : session());
      expect(error).toBeUndefined();
      expect([answer?.status, trail.decision, textOf(answer)]).toEqual([404, 'allow', text]);
    });

    it('says nothing of other failures', async () => {
      const { store, ask } = setUp({ identity: [mayRead] });
      store.answer = () => answerOf(412, errorOf('PreconditionFailed'));
      expect((await ask(get)).answer?.status).toBe(412);
    });
  });

  describe('the policy of a bucket', () => {
    const text = JSON.stringify(document(deny('s3:GetObject', OBJECTS, { Principal: '*' })));
    const put = { method: 'PUT', path: '/files', query: 'policy', body: text };
    const get = { method: 'GET', path: '/files/a' };

    it('is kept here, and holds at once', async () => {
      const { scene, store, ask } = setUp();
      expect((await ask(put, ADMINISTRATOR)).answer?.status).toBe(204);
      expect(textOf((await ask({ ...put, method: 'GET', body: '' })).answer)).toBe(text);
      expect((await ask(get)).error).toMatchObject({ code: 'AccessDenied' });
      expect((await ask({ ...put, method: 'DELETE', body: '' }, ADMINISTRATOR)).answer?.status).toBe(204);
      expect(scene.policies.get(BUCKET)).toBeUndefined();
      expect(store.requests.filter(({ method }) => method !== 'HEAD')).toEqual([]);
      expect((await ask(get)).answer?.status).toBe(200);
    });

    it.each(['PUT', 'GET', 'DELETE'])(
      'is none of a bucket that is not there: %s fails, and is denied to who may not',
      async (method) => {
        const { scene, store, ask } = setUp({ identity: [] });
        store.answer = () => answerOf(404);
        expect((await ask({ ...put, method }, ADMINISTRATOR)).error).toMatchObject({ code: 'NoSuchBucket', status: 404 });
        expect((await ask({ ...put, method })).error).toMatchObject({ code: 'AccessDenied', status: 403 });
        expect(scene.policies.get(BUCKET)).toBeUndefined();
        expect(store.requests).toMatchObject([{ method: 'HEAD', path: '/files', query: '' }]);
      },
    );

    it('is not changed by who may not: denies it', async () => {
      const { scene, ask } = setUp({ identity: [allow('s3:GetObject')] });
      expect((await ask(put)).error).toMatchObject({ code: 'AccessDenied' });
      scene.policies.set(BUCKET, text);
      expect((await ask({ ...put, method: 'DELETE', body: '' })).error).toMatchObject({ code: 'AccessDenied' });
      expect(scene.policies.get(BUCKET)?.text).toBe(text);
    });

    it.each([
      ['goes with the bucket', 'DELETE', '/files', 204, false],
      ['stays if the bucket stays', 'DELETE', '/files', 409, true],
      ['stays if the bucket is not there', 'DELETE', '/files', 404, true],
      ['stays if an object goes', 'DELETE', '/files/a', 204, true],
      ['stays if another bucket goes', 'DELETE', '/files2', 204, true],
    ])('%s', async (_, method, path, status, stays) => {
      const { scene, store, ask } = setUp();
      scene.policies.set(BUCKET, text);
      store.answer = () => answerOf(status, status > 400 ? errorOf('X') : '');
      expect((await ask({ method, path }, ADMINISTRATOR)).answer?.status).toBe(status);
      expect(scene.policies.get(BUCKET) !== undefined).toBe(stays);
    });
  });
});
