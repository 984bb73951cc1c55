import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AwsRequest } from '../../../../lib/sandbox/http/aws-request';
import { authenticate, type Authenticated } from '../../../../lib/sandbox/signature/authenticate';
import { describeWithPrograms } from '../../../support/programs';
import { KEYS, RequestRecorder } from '../../../support/signed-requests';

const key = { ...KEYS, sessionToken: 'token/of+session==' };

function taken(request: AwsRequest | undefined, protocol: 'json' | 's3', secretAccessKey = key.secretAccessKey): Authenticated {
  if (request === undefined) throw new Error('nothing was sent');
  return authenticate(request, { keyOf: () => ({ ...key, secretAccessKey }), protocol, now: Date.now() });
}

describeWithPrograms('the requests of the aws command', ['aws'], () => {
  let recorder: RequestRecorder;
  let folder: string;

  beforeAll(async () => {
    recorder = await RequestRecorder.start();
    folder = await mkdtemp(join(tmpdir(), 'aws-command-'));
  });

  afterAll(async () => {
    await recorder.close();
    await rm(folder, { recursive: true });
  });

  async function aws(...words: string[]): Promise<void> {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_SESSION_TOKEN: key.sessionToken,
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: recorder.url,
    };
    await promisify(execFile)('aws', words, { env });
  }

  it('are taken: s3 cp', async () => {
    const file = join(folder, 'a b.txt');
    const data = Buffer.alloc(20_000, 'abc');
    await writeFile(file, data);
    await aws('s3', 'cp', file, "s3://files/tenants/a/a b+ä'.txt");
    const [request] = recorder.take();
    const { request: clean } = taken(request, 's3');
    expect(clean).toMatchObject({ method: 'PUT', path: '/files/tenants/a/a%20b%2B%C3%A4%27.txt', query: '' });
    expect(clean.body.equals(data)).toBe(true);
    expect(Object.keys(clean.headers).join()).toMatch(/x-amz-checksum-crc/);
    expect(() => taken(request, 's3', 'another')).toThrow(/signature does not match/);
  });

  it('are taken: dynamodb', async () => {
    await aws('dynamodb', 'get-item', '--table-name', 't', '--key', '{"tenantId":{"S":"ä"}}');
    const [request] = recorder.take();
    expect(taken(request, 'json')).toMatchObject({ kind: 'signed', service: 'dynamodb', request: { body: request?.body } });
    expect(() => taken(request, 'json', 'another')).toThrow(/signature does not match/);
  });
});
