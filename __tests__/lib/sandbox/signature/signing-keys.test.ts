import { sameSecret, SigningKeys } from '../../../../lib/sandbox/signature/signing-keys';

const scope = { accessKeyId: 'AKIA1', date: '20260131', region: 'eu-central-1', service: 's3' };

describe('signing keys', () => {
  it('are kept, a key for each day, region and service', () => {
    const keys = new SigningKeys();
    const key = keys.of('secret', scope);
    expect(keys.of('secret', scope)).toBe(key);
    for (const other of [{ date: '20260201' }, { region: 'eu-west-1' }, { service: 'sts' }]) {
      expect(keys.of('secret', { ...scope, ...other }).equals(key)).toBe(false);
    }
    expect(keys.size).toBe(4);
  });

  it('are derived anew from another secret', () => {
    const keys = new SigningKeys();
    const key = keys.of('secret', scope);
    expect(keys.of('other', scope).equals(key)).toBe(false);
    expect(keys.of('secret', scope).equals(key)).toBe(true);
  });

  it('are forgotten when there are too many, the oldest first', () => {
    const keys = new SigningKeys(2);
    const [first, second] = ['AKIA1', 'AKIA2', 'AKIA3'].map((accessKeyId) => keys.of('secret', { ...scope, accessKeyId }));
    expect(keys.size).toBe(2);
    expect(keys.of('secret', { ...scope, accessKeyId: 'AKIA2' })).toBe(second);
    const anew = keys.of('secret', { ...scope, accessKeyId: 'AKIA1' });
    expect(anew).not.toBe(first);
    expect(keys.size).toBe(2);
  });
});

it.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'ab', false],
  ['', '', true],
])('secrets are the same or not: %j and %j', (one, other, same) => {
  expect(sameSecret(one, other)).toBe(same);
});
