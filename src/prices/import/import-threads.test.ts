import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Problem } from '../../core/shared/problem.ts';
import { inPieces, longQuoteFile } from '../../../test/support/price-files.ts';
import { readPriceFile } from './read-price-file.ts';
import { SenderPatience } from './sender-patience.ts';

const TASK = { instrument: 'EUR_USD', skipBad: false };

let started: Worker[] = [];
const note = (worker: Worker): void => void started.push(worker);

beforeEach(() => {
  started = [];
  process.on('worker', note);
});
afterEach(() => {
  process.off('worker', note);
});

/** Reads a file and returns how many rows of it were stored. */
async function read(text: string, failure?: Error): Promise<number> {
  let rows = 0;
  const storeChunk = async (chunk: { readonly rows: number }): Promise<void> => {
    if (failure) throw failure;
    rows += chunk.rows;
  };
  await readPriceFile(inPieces(text), TASK, { storeChunk, patience: new SenderPatience() });
  return rows;
}

describe('a thread that reads price files', () => {
  it('is not kept after a file that was refused, or that could not be stored', async () => {
    await expect(read('no prices')).rejects.toThrow(Problem);
    await expect(read(longQuoteFile(10), new Error('the database is gone'))).rejects.toThrow('gone');
    started = [];

    expect(await read(longQuoteFile(10))).toBe(10);

    expect(started).toHaveLength(1);
  });

  it('reads the next file too, as one that has read nothing', async () => {
    expect(await read(longQuoteFile(20))).toBe(20);
    started = [];

    expect([await read(longQuoteFile(7)), await read(longQuoteFile(11_000))]).toEqual([7, 11_000]);

    expect(started).toEqual([]);
  });

  it('is one of two when files come at once, of which one is kept', async () => {
    await read(longQuoteFile(5));
    started = [];

    expect(await Promise.all([read(longQuoteFile(5)), read(longQuoteFile(6))])).toEqual([5, 6]);
    expect(await read(longQuoteFile(7))).toBe(7);

    expect(started).toHaveLength(1);
  });

  it('is replaced when it ends while it waits', async () => {
    await expect(read('no prices')).rejects.toThrow(Problem);
    await read(longQuoteFile(5));
    await Promise.all(started.map((worker) => worker.terminate()));
    started = [];

    expect(await read(longQuoteFile(5))).toBe(5);

    expect(started).toHaveLength(1);
  });
});
