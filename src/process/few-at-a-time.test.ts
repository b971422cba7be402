import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FewAtATime } from './few-at-a-time.ts';

function begunWork() {
  const begun: number[] = [];
  const ends: PromiseWithResolvers<number>[] = [];
  const work = (index: number) => () => {
    begun.push(index);
    const end = Promise.withResolvers<number>();
    ends[index] = end;
    return end.promise;
  };
  return { begun, ends, work };
}

describe('FewAtATime', () => {
  it('does so much at once, and the rest in the order in which it was asked for', async () => {
    const { begun, ends, work } = begunWork();
    const few = new FewAtATime(2);
    const results = [0, 1, 2, 3].map((index) => few.run(work(index)));

    await nextTurn();
    expect(begun).toEqual([0, 1]);
    ends[1]?.resolve(1);
    await nextTurn();
    expect(begun).toEqual([0, 1, 2]);
    for (const index of [0, 2]) ends[index]?.resolve(index);
    await nextTurn();
    ends[3]?.resolve(3);

    expect(await Promise.all(results)).toEqual([0, 1, 2, 3]);
  });

  it('lets the next one begin when one fails, and passes the failure on', async () => {
    const { begun, ends, work } = begunWork();
    const few = new FewAtATime(1);
    const failing = few.run(work(0));
    const next = few.run(work(1));

    ends[0]?.reject(new Error('broken'));
    await expect(failing).rejects.toThrow('broken');
    await nextTurn();
    ends[1]?.resolve(1);

    expect(await next).toBe(1);
    expect(begun).toEqual([0, 1]);
  });

  it('has room again when all have ended', async () => {
    const few = new FewAtATime(1);
    await few.run(() => Promise.resolve());
    await few.run(() => Promise.resolve());
    const { begun, work } = begunWork();

    void few.run(work(0));

    expect(begun).toEqual([0]);
  });
});
