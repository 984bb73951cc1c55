import { contextOf } from '../../../../lib/sandbox/s3/condition-keys';

const ACCOUNT = '111122223333';
const listing = (prefix: string, account = ACCOUNT) => contextOf('ListBucket', { 's3:prefix': prefix }, account);

describe('the context of an action of S3', () => {
  it('is one object for requests that say the same', () => {
    expect(listing('a')).toBe(listing('a'));
    expect(contextOf('GetObject', { 's3:prefix': 'a' }, ACCOUNT)).toBe(contextOf('GetObject', { 's3:prefix': 'b' }, ACCOUNT));
  });

  it('is another one for another action, value, key or account', () => {
    expect(listing('a')).toHaveProperty(['s3:prefix'], 'a');
    expect(listing('b')).toHaveProperty(['s3:prefix'], 'b');
    expect(contextOf('ListBucket', { 's3:delimiter': 'a' }, ACCOUNT)).toHaveProperty(['s3:prefix'], undefined);
    expect(contextOf('GetObject', { 's3:prefix': 'a' }, ACCOUNT)).toHaveProperty(['s3:prefix'], undefined);
    expect(listing('a', '444455556666')).toHaveProperty(['s3:ResourceAccount'], '444455556666');
  });

  it('tells a list from a text that reads alike', () => {
    const tagging = (keys: string | string[]) => contextOf('PutObjectTagging', { 's3:RequestObjectTagKeys': keys }, ACCOUNT);

    expect(tagging(['a,b'])['s3:RequestObjectTagKeys']).toEqual(['a,b']);
    expect(tagging(['a', 'b'])['s3:RequestObjectTagKeys']).toEqual(['a', 'b']);
  });

  it('cannot be changed by who was given it', () => {
    expect(Object.isFrozen(listing('a'))).toBe(true);
  });

  it('is right for more of them than are kept', () => {
    const prefixes = Array.from({ length: 1200 }, (_, number) => `tenants/${number}/`);
    for (let round = 0; round < 2; round++) {
      expect(prefixes.map((prefix) => listing(prefix)['s3:prefix'])).toEqual(prefixes);
    }
  });
});
