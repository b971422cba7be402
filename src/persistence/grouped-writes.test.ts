import { setImmediate as endOfTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { GroupedWrites } from './grouped-writes.ts';

/** What is written, with a gate before each group. */
function recorded(fails: (items: readonly string[]) => unknown = () => undefined) {
  const groups: { readonly items: readonly string[]; readonly end: () => void }[] = [];
  const alone: string[] = [];
  const leftOut = new Set<string>();
  const writes = new GroupedWrites<string, string>({
    writeAll: async (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      groups.push({ items, end: () => resolve() });
      const error = fails(items);
      if (error !== undefined) reject(error);
      await promise;
      return items.map((item) => (leftOut.has(item) ? undefined : `${item} together`));
    },
    writeOne: async (item) => {
      alone.push(item);
      const error = fails([item]);
      if (error !== undefined) throw error as Error;
      return `${item} alone`;
    },
  });
  return { writes, groups, alone, leftOut };
}

/** An error as the driver gives it. */
function refusal(code: string, severity = 'ERROR'): Error {
  return Object.assign(new Error('refused'), { code, severity });
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await endOfTurn();
}

describe('writes of one turn', () => {
  it.each([
    ['in English', refusal('23503')],
    ['in German', refusal('23503', 'FEHLER')],
  ])(
    'that PostgreSQL refuses %s together are written one by one, and only what is wrong fails',
    async (_, error) => {
      const { writes, alone } = recorded((items) => (items.includes('wrong') ? error : undefined));

      const results = await Promise.allSettled(['a', 'wrong', 'b'].map((item) => writes.write(item, item)));

      expect(results.map((result) => (result.status === 'fulfilled' ? result.value : 'refused'))).toEqual([
        'a alone',
        'refused',
        'b alone',
      ]);
      expect(alone).toEqual(['a', 'wrong', 'b']);
    },
  );

  it.each([
    ['an error without an answer', new Error('Connection terminated unexpectedly')],
    ['an end of the connection', refusal('57P01', 'FATAL')],
    ['a time limit', refusal('57014')],
  ])('are not written again after %s: they may be there', async (_, error) => {
    const { writes, alone, groups } = recorded(() => error);

    const results = await Promise.allSettled(['a', 'b'].map((item) => writes.write(item, item)));

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([groups.length, alone]).toEqual([1, []]);
  });

  it('that were left out are written alone, and the others do not wait for them', async () => {
    const { writes, groups, leftOut } = recorded();
    leftOut.add('a');
    const results = Promise.all(['a', 'b'].map((item) => writes.write(item, item)));
    await turns();

    groups[0]?.end();

    expect(await results).toEqual(['a alone', 'b together']);
  });

  it('are one group, and of one key one after the other', async () => {
    const { writes, groups } = recorded();
    const results = Promise.all([
      writes.write('account', 'first'),
      writes.write('other', 'beside it'),
      writes.write('account', 'second'),
    ]);
    await turns();
    expect(groups.map(({ items }) => items)).toEqual([['first', 'beside it']]);

    groups[0]?.end();
    await turns();
    groups[1]?.end();

    expect(await results).toEqual(['first together', 'beside it together', 'second together']);
    expect(groups.map(({ items }) => items)).toEqual([['first', 'beside it'], ['second']]);
  });
});

it('what comes while two groups are written is the next group', async () => {
  const { writes, groups } = recorded();
  const results: Promise<string>[] = [];
  for (const item of ['a', 'b', 'c', 'd']) {
    results.push(writes.write(item, item));
    await turns();
  }
  expect(groups.map(({ items }) => items)).toEqual([['a'], ['b']]);

  groups[0]?.end();
  await turns();
  for (const { end } of groups) end();

  await Promise.all(results);
  expect(groups.map(({ items }) => items)).toEqual([['a'], ['b'], ['c', 'd']]);
});
