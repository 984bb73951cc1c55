import { Readable } from 'node:stream';
import type { AwsAnswer } from '../../../../lib/sandbox/http/aws-request';
import { LoopbackServer } from '../../../../lib/sandbox/http/loopback-server';

describe('LoopbackServer', () => {
  it('fails with 500 at an answer that HTTP cannot carry, lets go of its body and stays up', async () => {
    const stream = Readable.from(['never read']);
    const body = Buffer.from('x');
    const answers = new Map<string, AwsAnswer>([
      ['/header', { status: 200, headers: { 'content-type': 'a\r\nset-cookie: b' }, body }],
      ['/letter', { status: 200, headers: { 'x-amz-meta-a': '€' }, body: stream }],
      ['/status', { status: 99, headers: {}, body }],
      ['/good', { status: 200, headers: {}, body }],
    ]);
    const server = await LoopbackServer.listen(0, ({ path }) =>
      Promise.resolve(answers.get(path) ?? { status: 404, headers: {}, body }),
    );
    const statuses: number[] = [];
    for (const path of answers.keys()) {
      const { status, headers } = await fetch(`http://127.0.0.1:${server.port}${path}`);
      statuses.push(status);
      expect(headers.get('set-cookie')).toBeNull();
    }
    expect(statuses).toEqual([500, 500, 500, 200]);
    expect(stream.destroyed).toBe(true);
    await server.close();
  });
});
