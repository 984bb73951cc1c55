import { isOfThisMachine } from '../../../../lib/sandbox/http/this-machine';

const HOST = '127.0.0.1:4580';

describe('isOfThisMachine', () => {
  it.each<Record<string, string>>([
    { host: HOST },
    { host: 'localhost:4580' },
    { host: 'LOCALHOST' },
    { host: 'my-bucket.localhost:4580' },
    { host: '[::1]:4580' },
    { host: HOST, origin: `http://${HOST}` },
    { host: HOST, 'sec-fetch-site': 'same-origin' },
    { host: HOST, 'sec-fetch-site': 'none' },
  ])('takes %j', (headers) => {
    expect(isOfThisMachine({ headers, fromLoopback: true })).toBe(true);
    expect(isOfThisMachine({ headers, fromLoopback: false })).toBe(false);
  });

  it.each<Record<string, string>>([
    {},
    { host: 'evil.example:4580' },
    { host: '127.0.0.1.evil.example' },
    { host: 'localhost.evil.example:4580' },
    { host: `evil.example,${HOST}` },
    { host: 'bucket.s3.evil.example' },
    { host: HOST, origin: 'http://evil.example' },
    { host: HOST, origin: 'http://127.0.0.1:3000' },
    { host: HOST, origin: 'null' },
    { host: HOST, 'sec-fetch-site': 'cross-site' },
    { host: HOST, 'sec-fetch-site': 'same-site' },
  ])('refuses %j', (headers) => {
    expect(isOfThisMachine({ headers, fromLoopback: true })).toBe(false);
  });
});
