import { Identities } from '../../../../lib/sandbox/cognito-identity/identities';

const POOL = 'eu-central-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';
const OTHER = 'us-east-1:5f0c8a3e-1b2d-4c6f-9a7e-0d1c2b3a4f5e';

describe('Identities', () => {
  it('gives out one id, in the region of the pool, for a pool, issuer and user', () => {
    const identities = new Identities();
    const of: [string, string, string][] = [
      [POOL, 'login', 'user'],
      [OTHER, 'login', 'user'],
      [POOL, 'logi', 'nuser'],
      [POOL, 'login","user', ''],
      [POOL, 'login', 'User'],
    ];
    const ids = of.map((each) => identities.idOf(...each));
    expect(new Set(ids.map((id) => id.split(':')[1])).size).toBe(of.length);
    expect(of.map((each) => identities.idOf(...each))).toEqual(ids);
    expect(ids[1]).toMatch(/^us-east-1:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(ids.map((id) => identities.poolIdOf(id))).toEqual(of.map(([pool]) => pool));
  });

  it('knows whose an id is', () => {
    const identities = new Identities();
    const id = identities.idOf(POOL, 'login', 'user');
    identities.idOf(POOL, 'login', 'other');
    expect(identities.isOf(id, POOL, 'login', 'user')).toBe(true);
    expect(identities.isOf(id, POOL, 'login', 'other')).toBe(false);
    expect(identities.isOf(id, POOL, 'other', 'user')).toBe(false);
    expect(identities.isOf(id, OTHER, 'login', 'user')).toBe(false);
  });

  it('fails to know an id that was not given out, and those of another sandbox', () => {
    const [one, two] = [new Identities(), new Identities()];
    const id = two.idOf(POOL, 'login', 'user');
    expect(one.poolIdOf(id)).toBeUndefined();
    expect(one.isOf(id, POOL, 'login', 'user')).toBe(false);
    expect(one.idOf(POOL, 'login', 'user')).not.toBe(id);
  });
});
