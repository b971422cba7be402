/** The chunks of price histories: opaque bytes here, in order of time. */

import type { QueryBuilder } from '../../persistence/query-builder.ts';

/** One chunk: the times of its first and last row (UTC ms), how many there are, and the encoded columns. */
export interface PriceChunk {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly rows: number;
  readonly data: Uint8Array;
}

/** A stretch of time: `from` included, `until` excluded. */
export interface PricePeriod {
  readonly from: number;
  readonly until: number;
}

/** Chunks read by one query: some hundred kilobytes, so that reading is quick and little waits in memory. */
const CHUNKS_A_READ = 16;

/** In which order chunks are read. */
export type ChunkOrder = 'oldest-first' | 'newest-first';

/** The chunks of a series that hold rows of a range, in that order; the next ones are read while the caller works on these. */
export async function* readChunks(
  db: QueryBuilder,
  seriesId: string,
  range: PricePeriod,
  order: ChunkOrder,
): AsyncGenerator<PriceChunk, void, undefined> {
  let after = order === 'oldest-first' ? -1 : BEYOND_ORDINALS;
  const readSome = (): Promise<readonly OrdinalRow[]> => readRows(db, seriesId, range, { order, after });
  let reading = readSome();
  for (;;) {
    const rows = await reading;
    const last = rows.at(-1);
    if (!last) return;
    after = last.ordinal;
    const isFull = rows.length === CHUNKS_A_READ;
    reading = isFull ? readSome() : Promise.resolve([]);
    // A caller that stops in the middle leaves this read behind, and its failure without a handler.
    reading.catch(() => undefined);
    for (const row of rows) yield toChunk(row);
    if (!isFull) return;
  }
}

/** More than the column holds. */
const BEYOND_ORDINALS = 2_147_483_647;

async function readRows(
  db: QueryBuilder,
  seriesId: string,
  { from, until }: PricePeriod,
  { order, after }: { readonly order: ChunkOrder; readonly after: number },
): Promise<readonly OrdinalRow[]> {
  const isForward = order === 'oldest-first';
  return db
    .selectFrom('price_chunks')
    .select(['ordinal', 'starts_at', 'ends_at', 'rows', 'data'])
    .where('series_id', '=', seriesId)
    .where('ordinal', isForward ? '>' : '<', after)
    .where('ends_at', '>=', new Date(from))
    .where('starts_at', '<', new Date(until))
    .orderBy('ordinal', isForward ? 'asc' : 'desc')
    .limit(CHUNKS_A_READ)
    .execute();
}

/** Returns a chunk as the table has it. */
export function chunkColumns({ startsAt, endsAt, rows, data }: PriceChunk) {
  return {
    starts_at: new Date(startsAt),
    ends_at: new Date(endsAt),
    rows,
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  };
}

interface ChunkRow {
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly rows: number;
  readonly data: Uint8Array;
}

interface OrdinalRow extends ChunkRow {
  readonly ordinal: number;
}

function toChunk({ starts_at, ends_at, rows, data }: ChunkRow): PriceChunk {
  return { startsAt: starts_at.getTime(), endsAt: ends_at.getTime(), rows, data };
}
