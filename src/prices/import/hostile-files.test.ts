/** Price files that are wrong in a few places, in pieces of any size: read as they say, or refused with the reason. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { Problem } from '../../core/shared/problem.ts';
import { inPieces } from '../../../test/support/price-files.ts';
import { hostileText } from '../../../test/support/requests/hostile-values.ts';
import { PriceCsvReader } from './price-csv-reader.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_129);
const instrument = PAPER_INSTRUMENTS.named('EUR_USD');
const START = Date.UTC(2024, 0, 3);

const quoteRow = (second: number) => `${new Date(START + second * 1_000).toISOString()},1.10000,1.10010`;
const candleRow = (minute: number) =>
  `${new Date(START + minute * 60_000).toISOString()},1.1,1.2,1.0,1.1,1.1001,1.2001,1.0001,1.1001`;
const FILES = [
  ['time,bid,ask', quoteRow],
  ['time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close', candleRow],
] as const;

interface Change {
  readonly row: number;
  readonly field: number;
  readonly value: string;
  readonly isRow: boolean;
}

/** A file with some fields or rows replaced, its line ends, and perhaps compressed or cut off. */
const files = fc
  .record({
    file: fc.constantFrom(...FILES),
    rows: fc.integer({ min: 0, max: 6 }),
    changes: fc.array(
      fc.record<Change>({ row: fc.nat(7), field: fc.nat(9), value: hostileText, isRow: fc.boolean() }),
      { maxLength: 3 },
    ),
    end: fc.constantFrom('\n', '\r\n', '\r', ''),
    isZipped: fc.boolean(),
    cut: fc.option(fc.nat(200), { freq: 4, nil: undefined }),
  })
  .map(({ file: [header, rowAt], rows, changes, end, isZipped, cut }) => {
    const lines = [header, ...Array.from({ length: rows }, (_, row) => rowAt(row))];
    for (const { row, field, value, isRow } of changes) {
      const fields = (lines[row] ?? '').split(',');
      fields[field] = value;
      lines[row] = isRow ? value : fields.join();
    }
    const text = Buffer.from(lines.join(end));
    const bytes = isZipped ? gzipSync(text) : text;
    return cut === undefined ? bytes : bytes.subarray(0, cut);
  });

/** Returns what is read, or why the file is refused; anything else is thrown. */
async function outcome(bytes: Uint8Array, size: number, skipBad: boolean): Promise<unknown> {
  const reader = new PriceCsvReader(inPieces(bytes, size), { instrument, skipBad });
  const rows: number[][] = [];
  try {
    for await (const columns of reader)
      for (const [row, at] of columns.times.entries())
        rows.push([
          at,
          ...Object.values(columns).flatMap((list) =>
            Array.isArray(list) || ArrayBuffer.isView(list)
              ? [Number((list as unknown as number[])[row])]
              : [],
          ),
        ]);
    return rows;
  } catch (error) {
    if (error instanceof Problem) return `${error.type} ${error.message}`;
    throw error;
  }
}

it('are read or refused, in pieces of any size alike', async () => {
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (bytes, size, skipBad) => {
      const whole = await outcome(bytes, 1 << 20, skipBad);

      const inParts = await outcome(bytes, size, skipBad);
      // Of a compressed file that is cut off, as much is judged as could be unpacked of its last piece.
      if (!Array.isArray(whole))
        for (const refusal of [whole, inParts]) expect(refusal).toMatch(/^price-data-invalid /);
      else {
        expect(inParts).toEqual(whole);
        for (const [index, row] of whole.entries()) {
          expect(row.every((value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0)).toBe(true);
          expect(row[0]).toBeGreaterThan(index === 0 ? 0 : whole[index - 1][0]);
        }
      }
    }),
    { seed: SEED, numRuns: 600 },
  );
});
