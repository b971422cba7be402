/** `import-csv`: a price file parsed into columns, against counting its line breaks byte by byte. */

import { PAPER_INSTRUMENTS } from '../src/core/domain/paper-instruments.ts';
import { PriceCsvReader } from '../src/prices/import/price-csv-reader.ts';
import { compareRates } from './benchmark.ts';
import { walkCandles } from './prices.ts';
import type { Benchmark } from './benchmark.ts';

const CANDLES = 300_000;
const SPREAD = 12;
/** As a file is read. */
const PIECE_BYTES = 1024 * 1024;
const MEGABYTE = 1_000_000;
const NEWLINE = 0x0a;
const HEADER = 'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close\n';

function candleFile(): Buffer {
  const { times, ...candles } = walkCandles(CANDLES, SPREAD);
  const { bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose } = candles;
  const columns = [bidOpen, bidHigh, bidLow, bidClose, askOpen, askHigh, askLow, askClose];
  const lines = Array.from(times, (at, row) => {
    const prices = columns.map((column) => ((column[row] ?? 0) / 100_000).toFixed(5));
    return `${new Date(at).toISOString().replace('.000Z', 'Z')},${prices.join()}\n`;
  });
  return Buffer.from(HEADER + lines.join(''));
}

function piecesOf(file: Buffer): readonly Uint8Array[] {
  const count = Math.ceil(file.length / PIECE_BYTES);
  return Array.from({ length: count }, (_, index) =>
    file.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
}

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}

function countLines(pieces: readonly Uint8Array[]): number {
  let lines = 0;
  for (const piece of pieces) {
    for (let index = 0; index < piece.length; index += 1) if (piece[index] === NEWLINE) lines += 1;
  }
  return lines;
}

export const IMPORT_CSV: Benchmark = {
  name: 'import-csv',
  unit: 'MB/s',
  baseline: 'counting its line breaks',
  target: { atLeast: 0.5 },
  measure: async () => {
    const file = candleFile();
    const pieces = piecesOf(file);
    const megabytes = file.length / MEGABYTE;
    let rows = 0;
    let lines = 0;
    const measurement = await compareRates(
      async () => {
        rows = 0;
        const reader = new PriceCsvReader(stream(pieces), { instrument: PAPER_INSTRUMENTS.named('EUR_USD') });
        for await (const { times } of reader) rows += times.length;
        return megabytes;
      },
      () => {
        lines = countLines(pieces);
        return megabytes;
      },
    );
    return { ...measurement, notes: [`${megabytes.toFixed(1)} MB with ${rows} rows in ${lines} lines`] };
  },
};
