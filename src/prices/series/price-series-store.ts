/** Price histories. A series belongs to one user or is shared by all. */

import type { Granularity } from '../../core/domain/candle.ts';
import { assert } from '../../core/shared/assert.ts';
import { instantDate, instantFrom } from '../../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { chunkColumns, readChunks } from './price-chunks.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { ChunkOrder, PriceChunk, PricePeriod } from './price-chunks.ts';

/** What a new series is. No owner: it is shared. Candles have a granularity, quotes have none. */
export interface NewPriceSeries {
  readonly id: string;
  readonly userId: string | undefined;
  readonly instrument: string;
  /** Where the prices came from: a file's name. */
  readonly source: string;
}

/** What is known of a series when all of its prices have been seen. */
export interface PriceSeriesEnd {
  readonly kind: 'quotes' | 'candles';
  readonly granularity: Granularity | undefined;
  readonly skippedRows: number;
}

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
}

/** Takes the chunks of one series, in order of time. */
export type ChunkWriter = (chunk: PriceChunk) => Promise<void>;

/** Series of one instrument that are compared: more are no choice that anyone can follow. */
const MOST_LOOKED_AT = 200;
/** While a file is uploaded slowly, its transaction waits for it longer than any other may wait. */
const IMPORT_IDLE_TIMEOUT = `set local idle_in_transaction_session_timeout = '2min'`;

export class PriceSeriesStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Stores a series and all chunks that `write` hands over, in one transaction: when `write` throws, nothing was stored.
   * Returns the series.
   */
  async import(
    series: NewPriceSeries,
    write: (chunk: ChunkWriter) => Promise<PriceSeriesEnd>,
  ): Promise<StoredPriceSeries> {
    const { id } = series;
    const row = await this.#orm.em.fork().transactional(async (em) => {
      await em.execute(IMPORT_IDLE_TIMEOUT);
      const db = em.getKysely();
      // The kind is known at the end of the file only; until the commit no one sees this value.
      await db.insertInto('price_series').values(newSeriesRow(series)).execute();
      const span = new SeriesSpan();
      const end = await write(async (chunk) => {
        await db
          .insertInto('price_chunks')
          .values({ series_id: id, ordinal: span.add(chunk), ...chunkColumns(chunk) })
          .execute();
      });
      return await db
        .updateTable('price_series')
        .set({ ...span.columns(), ...endColumns(end) })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
    });
    return toSeries(row);
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
    let query = visibleTo(userId, queryBuilder(this.#orm));
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

  /** The chunks of a series that hold rows of a range, in order of time or against it. */
  chunks(
    seriesId: string,
    range: PricePeriod,
    order: ChunkOrder = 'oldest-first',
  ): AsyncGenerator<PriceChunk, void, undefined> {
    return readChunks(this.#orm, seriesId, range, order);
  }
}

/** Adds up what the chunks of a new series cover. */
class SeriesSpan {
  #chunks = 0;
  #rows = 0;
  #startsAt: number | undefined;
  #endsAt: number | undefined;

  /** Takes note of the next chunk and returns its ordinal. */
  add({ startsAt, endsAt, rows }: PriceChunk): number {
    assert(
      startsAt >= (this.#endsAt ?? startsAt),
      `a chunk from ${this.#endsAt} on was expected, it starts at ${startsAt}`,
    );
    this.#startsAt ??= startsAt;
    this.#endsAt = endsAt;
    this.#rows += rows;
    this.#chunks += 1;
    return this.#chunks - 1;
  }

  columns() {
    return { rows: this.#rows, starts_at: instantDate(this.#startsAt), ends_at: instantDate(this.#endsAt) };
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

/** Returns a new series as the table has it. */
export function newSeriesRow({ id, userId, instrument, source }: NewPriceSeries) {
  return {
    id,
    user_id: userId ?? null,
    instrument,
    source: source.slice(0, LONGEST_SOURCE),
    kind: 'quotes' as const,
  };
}

/** As the column has it. */
const LONGEST_SOURCE = 255;

function endColumns({ kind, granularity, skippedRows }: PriceSeriesEnd) {
  return { kind, granularity: granularity ?? null, skipped_rows: skippedRows };
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
  };
}
