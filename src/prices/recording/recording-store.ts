/** Recorded quotes as stored: a series for each account and instrument, and what is missing in it. */

import { randomUUIDv7 } from 'node:crypto';
import { present } from '../../core/shared/assert.ts';
import { openMarketMs } from '../../core/domain/trading-calendar.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { appendChunk } from '../series/growing-series.ts';
import { chunkColumns } from '../series/price-chunks.ts';
import { isUsed } from '../series/price-series-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PriceChunk } from '../series/price-chunks.ts';
import type { GapReason, SeenGap } from './open-recording.ts';

/** Whose quotes are recorded. */
export interface RecordedAccount {
  readonly accountId: string;
  readonly userId: string;
}

/** A batch of quotes: the chunk that grows, its ordinal if a part of it is stored, and what is missing in it. */
export interface RecordedBatch extends RecordedAccount {
  readonly instrument: string;
  readonly chunk: PriceChunk;
  readonly ordinal: number | undefined;
  readonly gaps: readonly SeenGap[];
}

/** A time without quotes in a series, in UTC ms: from the last quote before it to the first one after it. */
export interface PriceGap {
  readonly from: number;
  readonly until: number;
  readonly reason: GapReason;
}

/** The newest ones are what anyone looks at. */
const MOST_GAPS = 500;

export class RecordingStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores a batch and returns the ordinal of its chunk; undefined, and nothing is stored, when it does not follow what the series has. */
  async store(batch: RecordedBatch): Promise<number | undefined> {
    return inTransaction(this.#orm, async (db) => {
      const series = await findOrCreate(db, batch);
      const ordinal =
        batch.ordinal === undefined
          ? await appendChunk(db, series.id, batch.chunk)
          : await growChunk(db, series.id, batch);
      if (ordinal === undefined) return undefined;
      await addGaps(db, series, batch.gaps);
      return ordinal;
    });
  }

  /** The series of an account's quotes of an instrument. */
  async findSeriesId(accountId: string, instrument: string): Promise<string | undefined> {
    const row = await queryBuilder(this.#orm)
      .selectFrom('price_series')
      .select('id')
      .where('account_id', '=', accountId)
      .where('instrument', '=', instrument)
      .executeTakeFirst();
    return row?.id;
  }

  /** The newest gaps of a series that end after a time, oldest first. */
  async gapsOf(seriesId: string, after = 0): Promise<readonly PriceGap[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('price_gaps')
      .select(['starts_at', 'ends_at', 'reason'])
      .where('series_id', '=', seriesId)
      .where('ends_at', '>', new Date(after))
      .orderBy('starts_at', 'desc')
      .limit(MOST_GAPS)
      .execute();
    return rows
      .map((row) => ({ from: row.starts_at.getTime(), until: row.ends_at.getTime(), reason: row.reason }))
      .toReversed();
  }

  /**
   * Removes quotes that are older than so long now (UTC ms), and a series of which none is left; unless a backtest runs or ran on the
   * series. The newest quote is as old as its storing, whatever the time of its market: those of a replay may be of past years.
   * Returns how many quotes it removed.
   */
  async removeOlderThan(keptMs: number, now: number, signal?: AbortSignal): Promise<number> {
    const recorded = await queryBuilder(this.#orm)
      .selectFrom('price_series')
      .select(['id', 'ends_at', 'updated_at'])
      .where('account_id', 'is not', null)
      .where('rows', '>', 0)
      .execute();
    let removed = 0;
    for (const { id, ends_at: endsAt, updated_at: storedAt } of recorded) {
      signal?.throwIfAborted();
      if (!endsAt) continue;
      const keptBeforeLastMs = keptMs - (now - storedAt.getTime());
      const before = new Date(endsAt.getTime() - keptBeforeLastMs);
      removed += await inTransaction(this.#orm, (db) => shorten(db, id, before));
    }
    return removed;
  }
}

interface LockedSeries {
  readonly id: string;
  readonly endsAt: number | undefined;
}

async function findOrCreate(
  db: QueryBuilder,
  { accountId, userId, instrument }: RecordedBatch,
): Promise<LockedSeries> {
  const find = () =>
    db
      .selectFrom('price_series')
      .select(['id', 'ends_at'])
      .where('account_id', '=', accountId)
      .where('instrument', '=', instrument)
      .forUpdate()
      .executeTakeFirst();
  let row = await find();
  if (!row) {
    const created = {
      id: randomUUIDv7(),
      user_id: userId,
      account_id: accountId,
      instrument,
      source: 'recorded',
      kind: 'quotes' as const,
    };
    await db
      .insertInto('price_series')
      .values(created)
      .onConflict((conflict) => conflict.columns(['account_id', 'instrument']).doNothing())
      .execute();
    row = present(await find(), 'the series that was just stored');
  }
  return { id: row.id, endsAt: instantFrom(row.ends_at) };
}

/** Stores the chunk in the place of its former part, if that is still the last one of the series; undefined when it is not. */
async function growChunk(
  db: QueryBuilder,
  seriesId: string,
  { ordinal = 0, chunk }: RecordedBatch,
): Promise<number | undefined> {
  const last = await db
    .selectFrom('price_chunks')
    .select(['ordinal', 'rows', 'starts_at'])
    .where('series_id', '=', seriesId)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.ordinal !== ordinal || last.starts_at.getTime() !== chunk.startsAt) return undefined;
  await db
    .updateTable('price_chunks')
    .set(chunkColumns(chunk))
    .where('series_id', '=', seriesId)
    .where('ordinal', '=', ordinal)
    .execute();
  await db
    .updateTable('price_series')
    .set(({ eb }) => ({
      rows: eb('rows', '+', chunk.rows - last.rows),
      ends_at: new Date(chunk.endsAt),
      updated_at: new Date(),
    }))
    .where('id', '=', seriesId)
    .execute();
  return ordinal;
}

async function addGaps(
  db: QueryBuilder,
  { id, endsAt }: LockedSeries,
  gaps: readonly SeenGap[],
): Promise<void> {
  const rows = gaps.flatMap(({ from = endsAt, until, reason }) => {
    // Nothing is missing in closed hours, or before the first quote of all.
    if (from === undefined || openMarketMs(from, until) === 0) return [];
    return { series_id: id, starts_at: new Date(from), ends_at: new Date(until), reason };
  });
  if (rows.length === 0) return;
  await db
    .insertInto('price_gaps')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['series_id', 'starts_at']).doNothing())
    .execute();
}

/** Removes the chunks that end before that time, and returns how many quotes they held. When the series last grew stays as it is: the age of its quotes counts from it. */
async function shorten(db: QueryBuilder, seriesId: string, before: Date): Promise<number> {
  await db.selectFrom('price_series').select('id').where('id', '=', seriesId).forUpdate().executeTakeFirst();
  if (await isUsed(db, seriesId)) return 0;
  const chunks = await db
    .deleteFrom('price_chunks')
    .where('series_id', '=', seriesId)
    .where('ends_at', '<', before)
    .returning('rows')
    .execute();
  if (chunks.length === 0) return 0;
  const removed = chunks.reduce((sum, { rows }) => sum + rows, 0);
  const first = await db
    .selectFrom('price_chunks')
    .select('starts_at')
    .where('series_id', '=', seriesId)
    .orderBy('ordinal')
    .limit(1)
    .executeTakeFirst();
  if (!first) {
    await db.deleteFrom('price_series').where('id', '=', seriesId).execute();
    return removed;
  }
  await db
    .updateTable('price_series')
    .set(({ eb }) => ({
      rows: eb('rows', '-', removed),
      starts_at: first.starts_at,
    }))
    .where('id', '=', seriesId)
    .execute();
  await db.deleteFrom('price_gaps').where('series_id', '=', seriesId).where('ends_at', '<', before).execute();
  return removed;
}
