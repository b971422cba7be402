/**
 * Turns batches of prices into compressed chunks of bytes and back.
 *
 * A chunk is one version byte and a zstd frame with a checksum. The frame holds, little-endian as every machine this runs on:
 * six Int32 (kind, rows, escaped times, 0, and the first time as a Float64), one Int32 column of time steps in ms, the price
 * columns as Int32 differences, and the escaped times as Float64. Prices move little from row to row, so the differences are
 * small numbers, which zstd packs well; a row that does not fit wraps around and wraps back.
 */

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import { decodePrices, encodePrices } from './price-differences.ts';
import { assembleColumns, LONGEST_BATCH_ROWS, PRICE_COLUMN_COUNTS, priceColumnsOf } from './price-columns.ts';
import type { PriceColumns, PriceKind } from './price-columns.ts';

const VERSION = 1;
const KINDS: readonly PriceKind[] = ['quotes', 'candles'];
const HEAD_INTS = 6;
const INT_BYTES = 4;
const TIME_BYTES = 8;
const FIRST_TIME_OFFSET = 16;

/** A time step that does not fit an Int32 (24 days) is written as this, and the time itself at the end. */
const ESCAPED = -2_147_483_648;
const LARGEST_STEP = 2_147_483_647;

const COMPRESSION = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
} as const;
const MOST_BODY_BYTES =
  HEAD_INTS * INT_BYTES + LONGEST_BATCH_ROWS * ((1 + PRICE_COLUMN_COUNTS.candles) * INT_BYTES + TIME_BYTES);
/** Most chunks are unpacked to fewer times their size, and so into one buffer; others take several, which are put together. */
const USUAL_RATIO = 4;
const LEAST_BUFFER_BYTES = 4_096;

/** Returns a batch of 1 to 10,000 rows as a chunk. Times must be whole milliseconds; nothing else is checked or changed. */
export function encodeColumns(columns: PriceColumns): Uint8Array {
  const rows = columns.times.length;
  assert(
    rows >= 1 && rows <= LONGEST_BATCH_ROWS,
    `1 to ${LONGEST_BATCH_ROWS} rows were expected, were ${rows}`,
  );
  const { steps, escaped } = encodeTimes(columns.times);
  const prices = encodePrices(columns.kind, priceColumnsOf(columns));
  const head = new Int32Array(HEAD_INTS);
  head.set([KINDS.indexOf(columns.kind), rows, escaped.length]);
  new DataView(head.buffer).setFloat64(FIRST_TIME_OFFSET, columns.times[0] ?? 0, true);
  const parts = [head, steps, ...prices, Float64Array.from(escaped)];
  const body = Buffer.concat(
    parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength)),
  );
  return Buffer.concat([Uint8Array.of(VERSION), zstdCompressSync(body, COMPRESSION)]);
}

/** Returns the batch that a chunk holds; throws Problem 'internal-error' when the chunk is damaged or of an unknown version. */
export function decodeColumns(chunk: Uint8Array): PriceColumns {
  if (chunk[0] !== VERSION) throw damaged(`its version is ${chunk[0] ?? 'missing'}, known is ${VERSION}`);
  const body = decompress(chunk.subarray(1));
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.byteLength < HEAD_INTS * INT_BYTES) throw damaged(`it holds only ${body.byteLength} bytes`);
  const kind = KINDS[view.getInt32(0, true)];
  const rows = view.getInt32(INT_BYTES, true);
  const escaped = view.getInt32(2 * INT_BYTES, true);
  if (kind === undefined || rows < 1 || escaped < 0) throw damaged('its head makes no sense');
  const escapesAt = (HEAD_INTS + rows * (1 + PRICE_COLUMN_COUNTS[kind])) * INT_BYTES;
  if (body.byteLength !== escapesAt + escaped * TIME_BYTES)
    throw damaged(`its length does not fit its ${rows} rows`);
  const column = (index: number): Int32Array =>
    new Int32Array(body.buffer, body.byteOffset + (HEAD_INTS + rows * index) * INT_BYTES, rows);
  const escapes = Array.from({ length: escaped }, (_, index) =>
    view.getFloat64(escapesAt + index * TIME_BYTES, true),
  );
  const times = decodeTimes(view.getFloat64(FIRST_TIME_OFFSET, true), column(0), escapes);
  const differences = Array.from({ length: PRICE_COLUMN_COUNTS[kind] }, (_, index) => column(index + 1));
  return assembleColumns(kind, times, decodePrices(kind, differences));
}

function encodeTimes(times: Float64Array): {
  readonly steps: Int32Array;
  readonly escaped: readonly number[];
} {
  const steps = new Int32Array(times.length);
  const escaped: number[] = [];
  let previous = times[0] ?? 0;
  for (let row = 0; row < times.length; row += 1) {
    const at = times[row] ?? 0;
    assert(Number.isSafeInteger(at), `a whole number of milliseconds was expected, was ${at}`);
    const step = at - previous;
    const fits = Math.abs(step) <= LARGEST_STEP;
    steps[row] = fits ? step : ESCAPED;
    if (!fits) escaped.push(at);
    previous = at;
  }
  return { steps, escaped };
}

function decodeTimes(first: number, steps: Int32Array, escapes: readonly number[]): Float64Array {
  const times = new Float64Array(steps.length);
  let at = first;
  let nextEscape = 0;
  for (let row = 0; row < steps.length; row += 1) {
    const step = steps[row] ?? 0;
    if (step === ESCAPED) at = escapes[nextEscape++] ?? at;
    else at += step;
    times[row] = at;
  }
  return times;
}

/** Unpacks to where Int32 columns can be laid over it. The garbage of large buffers is dear: each collection marks all that lives. */
function decompress(frame: Uint8Array): Uint8Array {
  try {
    const chunkSize = Math.max(LEAST_BUFFER_BYTES, frame.length * USUAL_RATIO);
    const body = zstdDecompressSync(frame, { maxOutputLength: MOST_BODY_BYTES, chunkSize });
    return body.byteOffset % INT_BYTES === 0 ? body : new Uint8Array(body);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error), error);
  }
}

function damaged(found: string, cause?: unknown): Problem {
  const detail = `A chunk of stored prices is damaged: ${found}. Delete the series and import it again.`;
  return new Problem('internal-error', detail, {}, { cause });
}
