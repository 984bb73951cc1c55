import { once } from 'node:events';
import { type Readable, Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { AuditLog } from '../../../../lib/sandbox/audit/audit-log';
import { AuditStream } from '../../../../lib/sandbox/page/audit-stream';
import { given } from '../../../support/estates';
import { auditRecord } from './fake-sandbox';

const RUN = 'cafe';
const HELLO = `retry: 1000\nevent: run\ndata: "${RUN}"\n\n`;

let log: AuditLog;
let stream: AuditStream;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  log = new AuditLog();
  stream = new AuditStream(log, RUN);
});

afterEach(() => {
  stream.close();
  jest.useRealTimers();
});

function add(count = 1): void {
  for (let index = 0; index < count; index += 1) log.add(auditRecord());
}

/** A reader that takes all it gets. */
function reading(lastEventId?: string) {
  const body = given(stream.open(lastEventId));
  const got = { text: '', ids: () => [...got.text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id), body };
  body.on('data', (chunk) => (got.text += String(chunk)));
  return got;
}

async function wake(milliseconds = 100): Promise<void> {
  await turn();
  jest.advanceTimersByTime(milliseconds);
  await turn();
  await turn();
}

describe('AuditStream', () => {
  it('tells the run, what there is, and what comes', async () => {
    add(2);
    const got = reading();
    await turn();
    expect(got.text.startsWith(HELLO)).toBe(true);
    expect(got.ids()).toStrictEqual(['cafe.1', 'cafe.2']);
    add();
    await wake(99);
    expect(got.ids()).toHaveLength(2);
    await wake(1);
    add();
    await wake();
    expect(got.ids()).toStrictEqual(['cafe.1', 'cafe.2', 'cafe.3', 'cafe.4']);
    expect(got.text).toContain(`id: cafe.4\ndata: ${JSON.stringify(given(log.records[3]))}\n\n`);
  });

  it.each([
    ['cafe.1', ['cafe.2', 'cafe.3']],
    ['cafe.3', []],
    ['cafe.9', []],
    ['beef.3', ['cafe.1', 'cafe.2', 'cafe.3']],
    ['cafe.-1', ['cafe.1', 'cafe.2', 'cafe.3']],
    ['cafe.1e1', ['cafe.1', 'cafe.2', 'cafe.3']],
    ['x', ['cafe.1', 'cafe.2', 'cafe.3']],
  ])('goes on after %s', async (lastEventId, expected) => {
    add(3);
    const got = reading(lastEventId);
    await turn();
    expect(got.ids()).toStrictEqual(expected);
  });

  it('holds no event apart by line breaks in a record', async () => {
    const got = reading();
    log.add(auditRecord({ reason: 'a\n\nevent: run\ndata: "x"\r\n\u2028' }));
    await wake();
    expect(got.text.slice(HELLO.length).split('\n')).toHaveLength(4);
    expect(got.text.match(/^event:/gm)).toHaveLength(1);
  });

  it('tells how many records a late reader has missed', async () => {
    add(1500);
    const got = reading('cafe.100');
    await turn();
    await turn();
    const ids = got.ids();
    expect(ids.at(-1)).toBe('cafe.1500');
    const first = 1500 - ids.length + 1;
    expect(ids[0]).toBe(`cafe.${first}`);
    expect(got.text).toContain(`event: skipped\ndata: ${first - 101}\n\n`);
  });

  it('keeps nothing for a reader that does not read, and drops it', async () => {
    const body = given(stream.open());
    add(5000);
    await wake();
    expect(body.readableLength).toBeLessThan(50_000);
    await wake(15_000);
    expect(body.destroyed).toBe(false);
    await wake(15_000);
    expect(body.destroyed).toBe(true);
  });

  it('drops a reader that stops in the middle, and goes on with the others', async () => {
    const stopped = reading();
    const got = reading();
    await turn();
    stopped.body.pause();
    add(400);
    await wake();
    await wake(30_000);
    await wake(30_000);
    expect(stopped.body.destroyed).toBe(true);
    expect(got.body.destroyed).toBe(false);
    add();
    await wake();
    expect(got.ids()).toHaveLength(401);
  });

  it('keeps a reader that is slow but reads', async () => {
    add(1000);
    const body = given(stream.open());
    const taken: string[] = [];
    body.pipe(
      new Writable({
        highWaterMark: 1,
        write: (chunk, _, done) => {
          taken.push(String(chunk));
          setTimeout(done, 10_000);
        },
      }),
    );
    for (let count = 1; count <= 9; count += 1) {
      await wake(10_000);
      expect(body.readableLength).toBeGreaterThan(0);
    }
    expect(body.destroyed).toBe(false);
    expect(taken).toHaveLength(10);
  });

  it('keeps a quiet connection open by comments', async () => {
    const got = reading();
    for (let beat = 0; beat < 3; beat += 1) await wake(15_000);
    expect(got.text).toBe(`${HELLO}:\n\n:\n\n:\n\n`);
    add();
    await wake();
    expect(got.ids()).toStrictEqual(['cafe.1']);
  });

  it('refuses more readers than 32, until one leaves', async () => {
    const readers = Array.from({ length: 32 }, () => reading().body);
    expect(stream.open()).toBeUndefined();
    readers[0]?.destroy();
    await turn();
    expect(stream.open()).toBeDefined();
  });

  it('costs nothing when nobody reads', async () => {
    const subscribe = jest.spyOn(log, 'subscribe');
    const bodies = [reading().body, reading().body];
    expect(subscribe).toHaveBeenCalledTimes(1);
    for (const body of bodies) body.destroy();
    await turn();
    expect(jest.getTimerCount()).toBe(0);
    add();
    expect(jest.getTimerCount()).toBe(0);
    const again = reading();
    await turn();
    expect(again.ids()).toStrictEqual(['cafe.1']);
  });

  it('ends all streams when the sandbox closes, and refuses new ones', async () => {
    const ended: Readable[] = [reading().body, reading().body];
    await turn();
    const ends = ended.map((body) => once(body, 'end'));
    stream.close();
    await Promise.all(ends);
    expect(jest.getTimerCount()).toBe(0);
    expect(stream.open()).toBeUndefined();
  });
});
