import { TenantDataAccessError } from 'multi-tenant-data-access/errors';
import { backOff, delayMilliseconds, leftOf, sendInChunks } from 'multi-tenant-data-access/table/batch';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const failure = (code: 'access.denied' | 'request.aborted') => new TenantDataAccessError(code, 'as it is');
const noPause = () => Promise.resolve();

describe('sendInChunks', () => {
  it.each([
    [0, []],
    [1, [1]],
    [25, [25]],
    [26, [25, 1]],
    [130, [25, 25, 25, 25, 25, 5]],
  ])('sends %p entries in chunks of %p', async (count, sizes) => {
    const sent: (readonly number[])[] = [];
    const send = (chunk: readonly number[]) => {
      sent.push(chunk);
      return Promise.resolve([]);
    };
    expect(await sendInChunks(numbers(count), 25, send, noPause)).toEqual({ unprocessed: [], error: undefined });
    expect(sent.map(({ length }) => length)).toEqual(sizes);
    expect(sent.flat()).toEqual(numbers(count));
  });

  it('sends four chunks at a time, and no more', async () => {
    let underWay = 0;
    let most = 0;
    const send = async () => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay--;
      return [];
    };
    await sendInChunks(numbers(20), 2, send, noPause);
    expect(most).toBe(4);
  });

  it('sends what is left eight times in all, pausing between, and then gives it back', async () => {
    const attempts: number[] = [];
    let sends = 0;
    const send = (chunk: readonly number[]) => {
      sends++;
      return Promise.resolve(chunk.filter((entry) => entry === 2));
    };
    const pause = (attempt: number) => {
      attempts.push(attempt);
      return Promise.resolve();
    };
    expect(await sendInChunks([1, 2, 3], 25, send, pause)).toEqual({ unprocessed: [2], error: undefined });
    expect(sends).toBe(8);
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('fails with service.throttled when nothing at all was done', async () => {
    await expect(sendInChunks([1, 2], 1, (chunk) => Promise.resolve(chunk), noPause)).rejects.toMatchObject({
      code: 'service.throttled',
    });
  });

  it('fails with the error when nothing was done before it', async () => {
    const error = failure('access.denied');
    await expect(sendInChunks(numbers(10), 1, () => Promise.reject(error), noPause)).rejects.toBe(error);
  });

  it('gives the error beside what is left when something was done', async () => {
    const error = failure('access.denied');
    const send = ([entry]: readonly number[]) => (entry === 3 ? Promise.reject(error) : Promise.resolve([]));
    const result = await sendInChunks(numbers(50), 1, send, noPause);
    expect(result.error).toBe(error);
    expect(result.unprocessed).toContain(3);
    expect(result.unprocessed).toContain(49);
    expect(result.unprocessed).not.toContain(0);
  });

  it('fails when the caller aborts, though something was done', async () => {
    const error = failure('request.aborted');
    const send = ([entry]: readonly number[]) => (entry === 1 ? Promise.reject(error) : Promise.resolve([]));
    await expect(sendInChunks([0, 1], 1, send, noPause)).rejects.toBe(error);
  });

  it('fails with whatever is no error of this package', async () => {
    const bug = new TypeError('a bug');
    await expect(sendInChunks([0], 1, () => Promise.reject(bug), noPause)).rejects.toBe(bug);
  });
});

describe('leftOf', () => {
  const unreadable = () => new Error('unreadable');

  it('gives the entries of the chunk, in its order', () => {
    expect(leftOf(['a', 'b', 'c'], ['c', 'a', 'a'], unreadable)).toEqual(['a', 'c']);
    expect(leftOf(['a'], [], unreadable)).toEqual([]);
  });

  it.each([[['b']], [['a', 'b']], [[undefined]]])('fails for what is not of the chunk: %j', (left) => {
    expect(() => leftOf(['a'], left, unreadable)).toThrow('unreadable');
  });
});

describe('delayMilliseconds', () => {
  it('doubles from 50 ms, of which up to half is taken off', () => {
    expect(numbers(7).map((attempt) => delayMilliseconds(attempt + 1, 0))).toEqual([50, 100, 200, 400, 800, 1600, 3200]);
    expect(delayMilliseconds(3, 0.5)).toBe(150);
    for (let times = 0; times < 100; times++) {
      expect(delayMilliseconds(1)).toBeGreaterThan(25);
      expect(delayMilliseconds(1)).toBeLessThanOrEqual(50);
    }
  });
});

describe('backOff', () => {
  it('waits', async () => {
    await expect(backOff(1, undefined)).resolves.toBeUndefined();
  });

  it('fails as soon as the caller aborts', async () => {
    await expect(backOff(20, AbortSignal.abort())).rejects.toMatchObject({ code: 'request.aborted' });
    const abort = new AbortController();
    const waiting = backOff(20, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'request.aborted' });
  });
});
