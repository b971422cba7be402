import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ChangedRows } from '../trading-views.ts';
import { SharedRowFrames } from './shared-row-frames.ts';
import type { AccountRows } from '../trading-views.ts';

/** Rows that are read by hand: `reads` has what was asked for, in order. */
function openFrames() {
  const reads: { readonly of: string; readonly end: PromiseWithResolvers<AccountRows | undefined> }[] = [];
  const read = (of: string) => {
    const end = Promise.withResolvers<AccountRows | undefined>();
    reads.push({ of, end });
    return end.promise;
  };
  const frames = new SharedRowFrames(
    {
      openRowsOf: (accountId) => read(accountId),
      changedRowsOf: (accountId, { orderIds }) => read(`${accountId}: ${[...orderIds].join()}`),
    },
    ({ accountId, sequence }) => ({ accountId, sequence }),
  );
  return { frames, reads };
}

/** No row is looked at here. */
const ROWS = { orders: [], positions: [], trades: [] } as unknown as AccountRows;

function changed(...orderIds: readonly string[]): ChangedRows {
  const rows = new ChangedRows();
  for (const id of orderIds) rows.orderIds.add(id);
  return rows;
}

describe('frames of accounts', () => {
  it('are read once for all who want the same in one turn, and again for those who come when the read has begun', async () => {
    const { frames, reads } = openFrames();
    const wanted = () => ({ accountId: 'a', changed: changed('1', '2'), sequence: 7 });
    const together = [frames.read(wanted()), frames.read(wanted())];
    await nextTurn();
    expect(reads.map(({ of }) => of)).toEqual(['a: 1,2']);

    // What it wants to see may have happened since.
    const later = frames.read(wanted());
    await nextTurn();

    expect(reads.map(({ of }) => of)).toEqual(['a: 1,2', 'a: 1,2']);
    for (const { end } of reads) end.resolve(ROWS);
    const [one, other] = await Promise.all(together);
    expect(one).toBe(other);
    expect(await later).not.toBe(one);
  });

  it('are of one account, its changes and their number each', async () => {
    const { frames, reads } = openFrames();
    const wanted = [
      { accountId: 'a', changed: undefined, sequence: undefined },
      { accountId: 'b', changed: undefined, sequence: undefined },
      { accountId: 'a', changed: undefined, sequence: 7 },
      { accountId: 'a', changed: changed(), sequence: 7 },
      { accountId: 'a', changed: changed('1'), sequence: 7 },
      { accountId: 'a', changed: changed('1'), sequence: 8 },
    ];
    const made = wanted.map((each) => frames.read(each));
    await nextTurn();

    for (const { end } of reads) end.resolve(ROWS);

    expect(reads.map(({ of }) => of)).toEqual(['a', 'b', 'a', 'a: ', 'a: 1', 'a: 1']);
    const texts = (await Promise.all(made)).map((frame) => frame?.bytes.subarray(2).toString());
    expect(texts).toEqual(wanted.map(({ accountId, sequence }) => JSON.stringify({ accountId, sequence })));
  });

  it('are none of an account that is gone, and are read again after a read has failed', async () => {
    const { frames, reads } = openFrames();
    const wanted = { accountId: 'a', changed: undefined, sequence: 7 };
    const failing = Promise.allSettled([frames.read(wanted), frames.read(wanted)]);
    await nextTurn();
    reads[0]?.end.reject(new Error('the database does not answer'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    const again = frames.read(wanted);
    await nextTurn();
    reads[1]?.end.resolve(undefined);

    expect(await again).toBeUndefined();
  });
});
