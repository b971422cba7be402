/** Price histories. A series belongs to one user or is shared by all. */

import type { Granularity } from '../../core/domain/candle.ts';
import { present } from '../../core/shared/assert.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { newSeriesRow } from './new-series.ts';
import { readChunks, readVersions } from './price-chunks.ts';
import { decodeColumns } from './price-codec.ts';
import { assertRoomForPrices } from './price-room-store.ts';
import { importStaged, removeStaged } from './staged-series.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { ChunkWriter, NewPriceSeries, PriceSeriesEnd } from './new-series.ts';
import type { ChunkOrder, ChunkVersion, PricePeriod, ReadChunk } from './price-chunks.ts';
import type { PriceColumns } from './price-columns.ts';
import type { PriceReader } from './price-reader.ts';

/** A series as stored. Times are UTC ms: of the first and the last row, 0 while there is none. */
export interface StoredPriceSeries {
  readonly id: string;
  readonly userId: string | undefined;
  readonly instrument: string;
  readonly kind: 'quotes' | 'candles';
  readonly granularity: Granularity | undefined;
  readonly source: string;
  readonly rows: number;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly skippedRows: number;
  readonly createdAt: number;
  /** The account whose quotes it records; undefined for what was imported. */
  readonly accountId: string | undefined;
  /** The SHA-256 of the file that it was imported from, in hex; undefined of what came otherwise, or was imported before digests were kept. */
  readonly fileDigest?: string | undefined;
}

/** Series of one instrument that are compared: more are no choice that anyone can follow. */
const MOST_LOOKED_AT = 200;

export class PriceSeriesStore implements PriceReader {
  readonly #orm: Orm;
  readonly #readWith: (orm: Orm) => QueryBuilder;

  /** Lists and prices are read with `readWith`: `readBuilder` for what people read, so that it takes nothing that trading needs. */
  constructor(orm: Orm, readWith = queryBuilder) {
    this.#orm = orm;
    this.#readWith = readWith;
  }

  /**
   * Stores a series and all chunks that `write` hands over, or nothing when it throws; see {@link importStaged}. Throws `limit-reached`
   * when its owner has more than `mostMegabytes` then.
   */
  async import(
    series: NewPriceSeries,
    mostMegabytes: number,
    write: (chunk: ChunkWriter) => Promise<PriceSeriesEnd>,
  ): Promise<StoredPriceSeries> {
    const { userId } = series;
    const assertRoom = (db: QueryBuilder): Promise<void> =>
      userId === undefined ? Promise.resolve() : assertRoomForPrices(db, userId, mostMegabytes);
    // Before the file is read, and once more with all of it.
    await inTransaction(this.#orm, assertRoom);
    await importStaged(this.#orm, newSeriesRow(series), { write, assertRoom });
    return present(await this.find(series.id), `the series ${series.id}`);
  }

  /** Removes what imports left behind that began before a time and were killed, and returns how many there were. */
  async removeUnfinished(before: number): Promise<number> {
    return removeStaged(this.#orm, before);
  }

  /** The series with this id if it is this user's own or shared. */
  async findFor(userId: string, seriesId: string): Promise<StoredPriceSeries | undefined> {
    const row = await visibleTo(userId, queryBuilder(this.#orm))
      .where('id', '=', seriesId)
      .executeTakeFirst();
    return row && toSeries(row);
  }

  /** The series with this id, no matter who owns it. */
  async find(seriesId: string): Promise<StoredPriceSeries | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('price_series')
      .selectAll()
      .where('id', '=', seriesId)
      .executeTakeFirst();
    return row && toSeries(row);
  }

  /** A page of the series that a user may use, newest first. */
  async listFor(
    userId: string,
    instrument: string | undefined,
    page: PageRequest,
  ): Promise<readonly StoredPriceSeries[]> {
    let query = visibleTo(userId, this.#readWith(this.#orm)).where((is) =>
      // What is still being imported from a file is not there yet; what a broker or a recording fills is.
      is.or([
        is('rows', '>', 0),
        is('account_id', 'is not', null),
        is.exists(
          is
            .selectFrom('price_imports')
            .select('price_imports.id')
            .whereRef('price_imports.series_id', '=', 'price_series.id'),
        ),
      ]),
    );
    if (instrument !== undefined) query = query.where('instrument', '=', instrument);
    if (page.before !== undefined) query = query.where('id', '<', page.before);
    return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(toSeries);
  }

  /** The newest series of an instrument that a user may use, or of all when no user is named; recorded ones come last. */
  async newestOf(instrument: string, userId?: string): Promise<StoredPriceSeries | undefined> {
    const db = queryBuilder(this.#orm);
    const all = userId === undefined ? db.selectFrom('price_series').selectAll() : visibleTo(userId, db);
    const row = await all
      .where('instrument', '=', instrument)
      .where('rows', '>', 0)
      .orderBy((is) => is('account_id', 'is not', null))
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && toSeries(row);
  }

  /** The newest series of an instrument that a user may use, or of all, newest first; a few hundred at most. */
  async allOf(instrument: string, userId?: string): Promise<readonly StoredPriceSeries[]> {
    const db = queryBuilder(this.#orm);
    const all = userId === undefined ? db.selectFrom('price_series').selectAll() : visibleTo(userId, db);
    const rows = await all
      .where('instrument', '=', instrument)
      .where('rows', '>', 0)
      .orderBy('id', 'desc')
      .limit(MOST_LOOKED_AT)
      .execute();
    return rows.map(toSeries);
  }

  /** Removes a user's own series. Returns why not when there is none, or a backtest ran on it, which must stay repeatable. */
  async deleteOf(userId: string, seriesId: string): Promise<'deleted' | 'not-found' | 'in-use'> {
    return inTransaction(this.#orm, async (db) => {
      const own = await db
        .selectFrom('price_series')
        .select('id')
        .where('id', '=', seriesId)
        .where('user_id', '=', userId)
        .forUpdate()
        .executeTakeFirst();
      if (!own) return 'not-found';
      if (await isUsed(db, seriesId)) return 'in-use';
      await db.deleteFrom('price_series').where('id', '=', seriesId).execute();
      return 'deleted';
    });
  }

  /** The chunks of a series that hold rows of a range, in order of time or against it; those after an ordinal when one is given. */
  chunks(
    seriesId: string,
    range: PricePeriod,
    order: ChunkOrder = 'oldest-first',
    after?: number,
  ): AsyncGenerator<ReadChunk, void, undefined> {
    return readChunks(this.#readWith(this.#orm), seriesId, range, { order, after });
  }

  /** The versions of the first of these chunks, in order of time. */
  versions(seriesId: string, range: PricePeriod, most: number): Promise<readonly ChunkVersion[]> {
    return readVersions(this.#readWith(this.#orm), seriesId, range, most);
  }

  async *columns(seriesId: string, range: PricePeriod): AsyncGenerator<PriceColumns, void, undefined> {
    for await (const { data } of this.chunks(seriesId, range)) yield decodeColumns(data);
  }
}

/** Returns whether a backtest runs or ran on a series, as the prices of its instrument or of another one. */
export async function isUsed(db: QueryBuilder, seriesId: string): Promise<boolean> {
  const tables = ['backtests', 'backtest_series'] as const;
  for (const table of tables) {
    const row = await db
      .selectFrom(table)
      .select('series_id')
      .where('series_id', '=', seriesId)
      .limit(1)
      .executeTakeFirst();
    if (row) return true;
  }
  return false;
}

function visibleTo(userId: string, db: QueryBuilder) {
  return db
    .selectFrom('price_series')
    .selectAll()
    .where((is) => is.or([is('user_id', '=', userId), is('user_id', 'is', null)]));
}

type SeriesRow = Awaited<ReturnType<ReturnType<typeof visibleTo>['execute']>>[number];

function toSeries(row: SeriesRow): StoredPriceSeries {
  return {
    id: row.id,
    userId: row.user_id ?? undefined,
    instrument: row.instrument,
    kind: row.kind,
    granularity: row.granularity ?? undefined,
    source: row.source,
    rows: row.rows,
    startsAt: instantFrom(row.starts_at) ?? 0,
    endsAt: instantFrom(row.ends_at) ?? 0,
    skippedRows: row.skipped_rows,
    createdAt: row.created_at.getTime(),
    accountId: row.account_id ?? undefined,
    fileDigest: row.file_digest ?? undefined,
  };
}
