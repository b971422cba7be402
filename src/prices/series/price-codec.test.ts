/** Chunks of prices: what goes in comes out, and damage is noticed. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../core/shared/problem.ts';
import { InvariantError } from '../../core/shared/assert.ts';
import { decodeColumns, encodeColumns } from './price-codec.ts';
import { assembleColumns, LONGEST_BATCH_ROWS, PRICE_COLUMN_COUNTS } from './price-columns.ts';
import type { PriceColumns, PriceKind } from './price-columns.ts';

const DAY_MS = 86_400_000;
const int32 = fc.integer({ min: -2_147_483_648, max: 2_147_483_647 });
const usualPrice = fc.integer({ min: 100_000, max: 150_000 });
const anyTime = fc.maxSafeInteger().filter((at) => Math.abs(at) < 8.64e15);
const usualTime = fc.integer({ min: 1.3e12, max: 1.3e12 + DAY_MS });

function batchOf(kind: PriceKind): fc.Arbitrary<PriceColumns> {
  const row = fc.tuple(
    fc.oneof(anyTime, usualTime),
    fc.array(fc.oneof(int32, usualPrice), {
      minLength: PRICE_COLUMN_COUNTS[kind],
      maxLength: PRICE_COLUMN_COUNTS[kind],
    }),
  );
  return fc.array(row, { minLength: 1, maxLength: 30 }).map((rows) => {
    const times = Float64Array.from(rows, ([at]) => at);
    const prices = Array.from({ length: PRICE_COLUMN_COUNTS[kind] }, (_, column) =>
      Int32Array.from(rows, ([, points]) => points[column] ?? 0),
    );
    return assembleColumns(kind, times, prices);
  });
}

/** Quotes one second apart whose bid goes up and down a little. */
function someQuotes(rows: number): PriceColumns {
  const times = Float64Array.from({ length: rows }, (_, row) => 1.3e12 + row * 1000);
  const bid = Int32Array.from({ length: rows }, (_, row) => 138_000 + ((row * 7919) % 13));
  return { kind: 'quotes', times, bid, ask: bid.map((points) => points + 12) };
}

describe('A chunk', () => {
  it.each(['quotes', 'candles'] as const)('gives back exactly the %s that were put in', (kind) => {
    fc.assert(
      fc.property(batchOf(kind), (columns) => {
        expect(decodeColumns(encodeColumns(columns))).toEqual(columns);
      }),
    );
  });

  it('keeps gaps that are longer than an Int32 of milliseconds, forwards and backwards', () => {
    const times = Float64Array.from([0, 30 * DAY_MS, 30 * DAY_MS + 1, 8.6e15, -8.6e15, -1]);
    const prices = new Int32Array(times.length).fill(5);
    const columns: PriceColumns = { kind: 'quotes', times, bid: prices, ask: prices };

    expect(decodeColumns(encodeColumns(columns)).times).toEqual(times);
  });

  it('is read from the middle of a larger buffer, as a database driver gives it', () => {
    const chunk = encodeColumns(someQuotes(100));
    const buffer = new Uint8Array(chunk.length + 10);
    buffer.set(chunk, 3);

    expect(decodeColumns(buffer.subarray(3, 3 + chunk.length))).toEqual(someQuotes(100));
  });

  it('holds ten thousand rows in a small part of their size', () => {
    const columns = someQuotes(LONGEST_BATCH_ROWS);

    expect(decodeColumns(encodeColumns(columns))).toEqual(columns);
    expect(encodeColumns(columns).length).toBeLessThan((LONGEST_BATCH_ROWS * 16) / 10);
  });

  it.each([0, LONGEST_BATCH_ROWS + 1])('is not made of %i rows', (rows) => {
    expect(() => encodeColumns(someQuotes(rows))).toThrow(InvariantError);
  });

  it('is not made of times between milliseconds', () => {
    const one = new Int32Array(1);
    const columns: PriceColumns = { kind: 'quotes', times: Float64Array.of(0.5), bid: one, ask: one };

    expect(() => encodeColumns(columns)).toThrow(InvariantError);
  });

  it('gives wrong prices for no changed byte: it is refused, or the byte meant nothing', () => {
    const columns = someQuotes(40);
    const chunk = encodeColumns(columns);
    let refused = 0;
    for (let position = 0; position < chunk.length; position += 1) {
      const changed = Uint8Array.from(chunk);
      changed[position] = (changed[position] ?? 0) ^ 0x10;
      const outcome = outcomeOf(changed);
      if (outcome instanceof Problem) refused += 1;
      else expect(outcome).toEqual(columns);
    }
    expect(refused).toBeGreaterThan(chunk.length - 5);
  });

  it.each([
    { name: 'nothing', chunk: new Uint8Array(0), message: /its version is missing, known is 1/ },
    { name: 'another version', chunk: Uint8Array.of(9, 1, 2), message: /its version is 9, known is 1/ },
    { name: 'no zstd', chunk: Uint8Array.of(1, 1, 2, 3, 4, 5), message: /damaged/ },
    { name: 'half a chunk', chunk: encodeColumns(someQuotes(500)).subarray(0, 60), message: /damaged/ },
  ])('that is $name is refused with the remedy', ({ chunk, message }) => {
    const outcome = outcomeOf(chunk);

    expect(outcome).toBeInstanceOf(Problem);
    expect(outcome).toMatchObject({ type: 'internal-error', message: expect.stringMatching(message) });
    expect(outcome).toMatchObject({ message: expect.stringContaining('import it again') });
  });
});

function outcomeOf(chunk: Uint8Array): unknown {
  try {
    return decodeColumns(chunk);
  } catch (error) {
    return error;
  }
}
