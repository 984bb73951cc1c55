import { KEPT_MILLISECONDS, KeptAnswers } from '../../../../lib/sandbox/upstream/kept-answers';

/** Answers, counted, that come when they are let. */
function counted() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let clock = 0;
  const answers = new KeptAnswers(
    async (key) => {
      const count = asked.push(key);
      await new Promise<void>((resolve) => waiting.push(resolve));
      if (key.startsWith('bad')) throw new Error(`no answer ${count}`);
      return `${key} ${count}`;
    },
    () => clock,
  );
  const answer = () => {
    for (const go of waiting.splice(0)) go();
  };
  return {
    asked,
    answers,
    answer,
    get: (key: string) => {
      const wanted = answers.get(key);
      answer();
      return wanted;
    },
    wait: (milliseconds: number) => {
      clock += milliseconds;
    },
  };
}

describe('KeptAnswers', () => {
  it('keeps an answer for its time, counted from when it was asked for', async () => {
    const { get, wait } = counted();
    expect(await get('a')).toBe('a 1');
    wait(KEPT_MILLISECONDS - 1);
    expect(await get('a')).toBe('a 1');
    wait(1);
    expect(await get('a')).toBe('a 2');
    wait(KEPT_MILLISECONDS - 1);
    expect(await get('a')).toBe('a 2');
  });

  it('counts the time from when it was asked, not from when it was answered', async () => {
    const { answers, answer, get, wait } = counted();
    const slow = answers.get('a');
    wait(KEPT_MILLISECONDS);
    answer();
    expect(await slow).toBe('a 1');
    expect(await get('a')).toBe('a 2');
  });

  it('keeps answers apart', async () => {
    const { get } = counted();
    expect([await get('a'), await get('b'), await get('a')]).toEqual(['a 1', 'b 2', 'a 1']);
  });

  it('shares one answer among those who ask at the same time', async () => {
    const { answers, answer, asked } = counted();
    const all = [answers.get('a'), answers.get('a'), answers.get('a')];
    answer();
    expect(await Promise.all(all)).toEqual(['a 1', 'a 1', 'a 1']);
    expect(asked).toEqual(['a']);
  });

  it('fails for all who wait for an answer that fails, and asks anew then', async () => {
    const { answers, answer, get } = counted();
    const all = Promise.allSettled([answers.get('bad'), answers.get('bad')]);
    answer();
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(get('bad')).rejects.toThrow('no answer 2');
  });

  it('forgets what it was told to, also what is on its way', async () => {
    const { answers, answer, get } = counted();
    await get('a');
    answers.clear();
    expect(await get('a')).toBe('a 2');
    const before = answers.get('b');
    answers.clear();
    const after = answers.get('b');
    answer();
    expect([await before, await after]).toEqual(['b 3', 'b 4']);
    expect(await get('b')).toBe('b 4');
  });

  it('keeps the answer that came after one that fails late', async () => {
    const waiting: ((answer: string | Error) => void)[] = [];
    const answers = new KeptAnswers(
      () =>
        new Promise<string>((resolve, reject) => {
          waiting.push((answer) => {
            if (typeof answer === 'string') resolve(answer);
            else reject(answer);
          });
        }),
      () => 0,
    );
    const first = answers.get('a');
    answers.clear();
    const second = answers.get('a');
    waiting[0]?.(new Error('late'));
    await expect(first).rejects.toThrow('late');
    waiting[1]?.('good');
    expect(await second).toBe('good');
    expect(await answers.get('a')).toBe('good');
    expect(waiting).toHaveLength(2);
  });

  it('holds 1,000 answers and then begins anew', async () => {
    const { get, asked } = counted();
    for (let key = 0; key < 1_000; key++) await get(String(key));
    await get('0');
    expect(asked).toHaveLength(1_000);
    await get('1000');
    await get('0');
    expect(asked).toHaveLength(1_002);
  });
});
