import { MultiTenantIamError } from '../../../../lib/errors';
import { parseUpstream } from '../../../../lib/sandbox/upstream/upstream';

const UNCHECKED = { accessKeyId: 'test', secretAccessKey: 'test' };

describe('parseUpstream', () => {
  it.each([
    ['http://127.0.0.1:5000', { endpoint: 'http://127.0.0.1:5000', credentials: UNCHECKED }],
    ['http://127.0.0.1:5000/', { endpoint: 'http://127.0.0.1:5000', credentials: UNCHECKED }],
    ['http://localhost', { endpoint: 'http://localhost', credentials: UNCHECKED }],
    ['http://localhost:80', { endpoint: 'http://localhost', credentials: UNCHECKED }],
    ['https://minio.example:9000', { endpoint: 'https://minio.example:9000', credentials: UNCHECKED }],
    ['HTTP://[::1]:5000', { endpoint: 'http://[::1]:5000', credentials: UNCHECKED }],
    [
      'http://minio:a%2Fb%40c%3A@127.0.0.1:9000',
      { endpoint: 'http://127.0.0.1:9000', credentials: { accessKeyId: 'minio', secretAccessKey: 'a/b@c:' } },
    ],
  ])('reads %s', (text, upstream) => {
    expect(parseUpstream(text)).toEqual(upstream);
  });

  it.each([
    ['', "The upstream '' is no URL"],
    ['127.0.0.1:5000', 'is no URL'],
    ['localhost:5000', 'is neither http nor https'],
    ['ftp://localhost', 'is neither http nor https'],
    ['file:///etc', 'is neither http nor https'],
    ['http://', 'is no URL'],
    ['http://localhost:65536', 'is no URL'],
    ['http://localhost/path', 'has a path, query or fragment'],
    ['http://localhost/?', 'has a path, query or fragment'],
    ['http://localhost?a=b', 'has a path, query or fragment'],
    ['http://localhost#', 'has a path, query or fragment'],
  ])("fails for '%s', and says what is allowed", (text, problem) => {
    const parse = () => parseUpstream(text);
    expect(parse).toThrow(MultiTenantIamError);
    expect(parse).toThrow(problem);
    expect(parse).toThrow(
      ': allowed is http:// or https://, a host and perhaps a port, and before the host perhaps <access key id>:<secret access key>@.',
    );
  });

  it.each([
    'http://minio:hush-hush@localhost/path',
    'http://minio:hush-hush@localhost:65536',
    'ftp://minio:hush-hush@localhost',
    'minio:hush-hush@localhost',
    'http://minio:hush-hush%@localhost',
    'http://:hush-hush@localhost',
    'http://hush-hush@localhost',
    'http://hush-hush:@localhost',
  ])('fails for %s, and does not repeat the secret', (text) => {
    expect(() => parseUpstream(text)).toThrow(/^The URL of the upstream (?!.*hush)/);
  });
});
