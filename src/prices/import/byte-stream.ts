/** The plain bytes of a file that may be gzipped, up to a limit. */

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Problem } from '../../core/shared/problem.ts';

/** No file may be larger than this when unpacked: a year of quotes of one instrument is about 1 GB, and a small gzip file can hold anything. */
const LARGEST_FILE_BYTES = 4 * 1024 ** 3;
/** Prices pack to a tenth at best, and each row costs time: what packs to less than a fiftieth repeats the same row to keep the server busy. */
const MOST_UNPACKED = { bytesOfByte: 50, bytesOfAny: 16 * 1024 ** 2 } as const;

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const UNPACKED_CHUNK_BYTES = 256 * 1024;

/** Yields the bytes of `source`, unpacked when they start as gzip does. Throws Problem when they break off or are too many. */
export async function* plainBytes(
  source: AsyncIterable<Uint8Array>,
  largestBytes: number = LARGEST_FILE_BYTES,
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0;
  const packed = { bytes: 0 };
  for await (const chunk of unpacked(counted(source, packed))) {
    total += chunk.length;
    if (total > largestBytes) throw tooLarge(largestBytes);
    if (total > MOST_UNPACKED.bytesOfAny + packed.bytes * MOST_UNPACKED.bytesOfByte) throw tooDense();
    yield chunk;
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  packed: { bytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of source) {
    packed.bytes += piece.length;
    yield piece;
  }
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  try {
    while (head.length < GZIP_MAGIC.length) {
      const next = await chunks.next();
      if (next.done === true) break;
      head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
    }
    const rest = continued(head, chunks);
    const isGzip = GZIP_MAGIC.every((byte, index) => head[index] === byte);
    yield* isGzip ? gunzipped(rest) : rest;
  } finally {
    await chunks.return?.();
  }
}

async function* continued(
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
}

async function* gunzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES });
  // The pipeline hands an error of either end to the loop below, so there is nothing left to do here.
  pipeline(Readable.from(source, { objectMode: false }), gunzip, () => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (error) {
    throw isZlibError(error) ? damaged(error) : error;
  }
}

function isZlibError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function damaged(error: Error & { readonly code: string }): Problem {
  const found = error.code === 'Z_BUF_ERROR' ? 'breaks off in the middle' : `is damaged (${error.message})`;
  const detail = `The gzip data ${found}; send the whole file again.`;
  return new Problem('price-data-invalid', detail, {}, { cause: error });
}

function tooDense(): Problem {
  const detail = `The gzip data unpacks to more than ${MOST_UNPACKED.bytesOfByte} times its size, as no prices do; send the file as it is.`;
  return new Problem('price-data-invalid', detail);
}

function tooLarge(largestBytes: number): Problem {
  const detail = `The file holds more than ${largestBytes} bytes when unpacked; split it into several.`;
  return new Problem('price-data-invalid', detail, { largestBytes });
}
