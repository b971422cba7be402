/** The chunks of price histories: opaque bytes here, in order of time. */

import type { QueryBuilder } from '../../persistence/query-builder.ts';

/** One chunk: the times of its first and last row (UTC ms), how many there are, and the encoded columns. */
export interface PriceChunk {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly rows: number;
  readonly data: Uint8Array;
}

/** A chunk as it was read: its place in the series, and which of its versions it is. */
export interface ReadChunk extends PriceChunk, ChunkVersion {}

/**
 * Which version of a chunk the table has. Equal ones, read on one connection, are of equal bytes: whatever changes a row, and whoever does it, makes
 * another version of it. Compare them within hours: the numbers of transactions come again after four thousand million.
 */
export interface ChunkVersion {
  readonly ordinal: number;
  readonly version: string;
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

/** Where reading begins: after the chunk with this ordinal in that order, or with the first. */
interface ReadPlace {
  readonly order: ChunkOrder;
  readonly after: number | undefined;
}

/** The chunks of a series that hold rows of a range, in that order; the next ones are read while the caller works on these. */
export async function* readChunks(
  db: QueryBuilder,
  seriesId: string,
  range: PricePeriod,
  { order, after: before }: ReadPlace,
): AsyncGenerator<ReadChunk, void, undefined> {
  let after = before ?? (order === 'oldest-first' ? -1 : BEYOND_ORDINALS);
  const readSome = (): Promise<readonly ChunkRow[]> => readRows(db, seriesId, range, { order, after });
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

/** The number of the transaction that wrote a row, which PostgreSQL keeps with each; no record has it. */
const WRITER = 'xmin' as 'ordinal';

/** The versions of the first chunks of a series that hold rows of a range, in order of time, as they all are at one moment. */
export async function readVersions(
  db: QueryBuilder,
  seriesId: string,
  range: PricePeriod,
  most: number,
): Promise<readonly ChunkVersion[]> {
  return selectChunks(db, seriesId, range).orderBy('ordinal').limit(most).execute();
}

async function readRows(
  db: QueryBuilder,
  seriesId: string,
  range: PricePeriod,
  { order, after }: ReadPlace & { readonly after: number },
): Promise<readonly ChunkRow[]> {
  const isForward = order === 'oldest-first';
  return selectChunks(db, seriesId, range)
    .select(['starts_at', 'ends_at', 'rows', 'data'])
    .where('ordinal', isForward ? '>' : '<', after)
    .orderBy('ordinal', isForward ? 'asc' : 'desc')
    .limit(CHUNKS_A_READ)
    .execute();
}

/** Selects the chunks that hold rows of a range, with the version of each: a server that was restored or has crashed may count its transactions again, but in no session that was open before. */
function selectChunks(db: QueryBuilder, seriesId: string, { from, until }: PricePeriod) {
  return db
    .selectFrom('price_chunks')
    .select([
      'ordinal',
      (is) =>
        is
          .fn<string>('concat', [is.ref(WRITER), is.fn('pg_postmaster_start_time'), is.fn('pg_backend_pid')])
          .as('version'),
    ])
    .where('series_id', '=', seriesId)
    .where('ends_at', '>=', new Date(from))
    .where('starts_at', '<', new Date(until));
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

interface ChunkRow extends ChunkVersion {
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly rows: number;
  readonly data: Uint8Array;
}

function toChunk({ ordinal, version, starts_at, ends_at, rows, data }: ChunkRow): ReadChunk {
  return { ordinal, version, startsAt: starts_at.getTime(), endsAt: ends_at.getTime(), rows, data };
}
