/** Price series that grow at their end, chunk by chunk. */

import { instantFrom } from '../../persistence/column-values.ts';
import { chunkColumns } from './price-chunks.ts';
import { newSeriesRow } from './new-series.ts';
import type { Granularity } from '../../core/domain/candle.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PriceChunk } from './price-chunks.ts';
import type { NewPriceSeries } from './new-series.ts';

/** A series without a price yet. */
export interface EmptySeries extends NewPriceSeries {
  readonly granularity: Granularity | undefined;
}

/** Stores a series that is empty for now. */
export async function createSeries(db: QueryBuilder, series: EmptySeries): Promise<void> {
  const { granularity } = series;
  const kind = granularity === undefined ? 'quotes' : 'candles';
  await db
    .insertInto('price_series')
    .values({ ...newSeriesRow(series), kind, granularity: granularity ?? null })
    .execute();
}

/** Locks a series until the transaction ends, before anything that hangs on it. */
export async function lockSeries(db: QueryBuilder, seriesId: string): Promise<void> {
  await db.selectFrom('price_series').select('id').where('id', '=', seriesId).forUpdate().execute();
}

/**
 * Adds a chunk at the end of a series, in the caller's transaction, and returns its ordinal; undefined when the series is gone, or the
 * chunk begins before that end: it was added before.
 */
export async function appendChunk(
  db: QueryBuilder,
  seriesId: string,
  chunk: PriceChunk,
): Promise<number | undefined> {
  const series = await db
    .selectFrom('price_series')
    .select(['kind', 'rows', 'starts_at', 'ends_at'])
    .where('id', '=', seriesId)
    .forUpdate()
    .executeTakeFirst();
  if (!series) return undefined;
  const endsAt = instantFrom(series.ends_at) ?? -Infinity;
  // Two quotes may have the same time, two candles may not.
  if (chunk.startsAt < endsAt || (chunk.startsAt === endsAt && series.kind === 'candles')) return undefined;
  const last = await db
    .selectFrom('price_chunks')
    .select('ordinal')
    .where('series_id', '=', seriesId)
    .orderBy('ordinal', 'desc')
    .limit(1)
    .executeTakeFirst();
  const ordinal = last === undefined ? 0 : last.ordinal + 1;
  await db
    .insertInto('price_chunks')
    .values({ series_id: seriesId, ordinal, ...chunkColumns(chunk) })
    .execute();
  await db
    .updateTable('price_series')
    .set({
      rows: series.rows + chunk.rows,
      starts_at: series.starts_at ?? new Date(chunk.startsAt),
      ends_at: new Date(chunk.endsAt),
      updated_at: new Date(),
    })
    .where('id', '=', seriesId)
    .execute();
  return ordinal;
}
