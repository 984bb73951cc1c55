import { StoreGate } from '../../../../lib/sandbox/dynamodb/store-gate';

/** Work that ends when it is told to. */
function work() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('StoreGate', () => {
  it('lets many in together, one alone, in the order in which they came', async () => {
    const gate = new StoreGate();
    const inside: string[] = [];
    const going = new Map<string, ReturnType<typeof work>>();
    const enter = (name: string, how: 'together' | 'alone') => {
      const own = work();
      going.set(name, own);
      return gate[how](async () => {
        inside.push(name);
        await own.ended;
        inside.splice(inside.indexOf(name), 1);
      });
    };
    const all = [
      enter('a', 'together'),
      enter('b', 'together'),
      enter('C', 'alone'),
      enter('d', 'together'),
      enter('e', 'together'),
      enter('F', 'alone'),
      enter('G', 'alone'),
    ];
    const end = async (name: string) => {
      going.get(name)?.end();
      await settled();
      return [...inside];
    };
    expect(inside).toEqual(['a', 'b']);
    expect(await end('b')).toEqual(['a']);
    expect(await end('a')).toEqual(['C']);
    expect(await end('C')).toEqual(['d', 'e']);
    expect(await end('d')).toEqual(['e']);
    expect(await end('e')).toEqual(['F']);
    all.push(enter('h', 'together'));
    expect(await end('F')).toEqual(['G']);
    expect(await end('G')).toEqual(['h']);
    expect(await end('h')).toEqual([]);
    await Promise.all(all);
  });

  it('goes on after work that fails', async () => {
    const gate = new StoreGate();
    const failing = [
      gate.alone(() => Promise.reject(new Error('a'))),
      gate.together(() => {
        throw new Error('b');
      }),
    ];
    expect(await Promise.allSettled(failing)).toMatchObject([{ reason: { message: 'a' } }, { reason: { message: 'b' } }]);
    expect(await gate.alone(() => Promise.resolve('through'))).toBe('through');
  });
});
