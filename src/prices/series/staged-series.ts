/** Importing a series from a file that comes slowly: in short transactions, and not to be seen before it is whole. */

import { randomUUIDv7 } from 'node:crypto';
import { assert } from '../../core/shared/assert.ts';
import { instantDate } from '../../persistence/column-values.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { chunkColumns } from './price-chunks.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PriceChunk } from './price-chunks.ts';
import type { ChunkWriter, newSeriesRow, PriceSeriesEnd } from './new-series.ts';

/** What is imported: `write` hands over the chunks, and `assertRoom` throws when they are too many for their owner. */
export interface StagedImport {
  readonly write: (chunk: ChunkWriter) => Promise<PriceSeriesEnd>;
  readonly assertRoom: (db: QueryBuilder) => Promise<void>;
}

/**
 * Stores a series and all chunks that `write` hands over. No transaction is open while `write` waits for the file: the chunks gather
 * under another series, which is empty to everyone, and become those of the series in the end. When `write` throws, nothing is left. When
 * another request has stored a series with this id meanwhile, it stays as it is.
 */
export async function importStaged(
  orm: Orm,
  series: ReturnType<typeof newSeriesRow>,
  { write, assertRoom }: StagedImport,
): Promise<void> {
  // Of its own for each attempt: one that was killed, or still runs, has nothing to do with the next one.
  const stagedId = randomUUIDv7();
  const db = queryBuilder(orm);
  await db
    .insertInto('price_series')
    .values({ ...series, id: stagedId })
    .execute();
  try {
    const span = new SeriesSpan();
    const end = await write(async (chunk) => {
      await db
        .insertInto('price_chunks')
        .values({ series_id: stagedId, ordinal: span.add(chunk), ...chunkColumns(chunk) })
        .execute();
    });
    await publish(orm, { id: stagedId, assertRoom }, { ...series, ...span.columns(), ...endColumns(end) });
  } catch (error) {
    // Of a database that is away it is removed later, like that of a process that was killed.
    await db
      .deleteFrom('price_series')
      .where('id', '=', stagedId)
      .execute()
      .catch(() => undefined);
    throw error;
  }
}

/** Removes what imports that began before a time left behind because their process was killed; returns how many there were. */
export async function removeStaged(orm: Orm, before: number): Promise<number> {
  const db = queryBuilder(orm);
  const staged = db
    .selectFrom('price_series')
    .leftJoin('price_imports', 'price_imports.series_id', 'price_series.id')
    .select('price_series.id')
    .where('price_series.rows', '=', 0)
    .where('price_series.account_id', 'is', null)
    .where('price_imports.id', 'is', null)
    .where('price_series.created_at', '<', new Date(before));
  const removed = await db.deleteFrom('price_series').where('id', 'in', staged).returning('id').execute();
  return removed.length;
}

/** Some thousand rows change at most, and their prices are not written again. */
async function publish(
  orm: Orm,
  staged: { readonly id: string; readonly assertRoom: StagedImport['assertRoom'] },
  series: ReturnType<typeof newSeriesRow> &
    ReturnType<SeriesSpan['columns']> &
    Pick<ReturnType<typeof endColumns>, 'granularity' | 'skipped_rows' | 'file_digest'>,
): Promise<void> {
  await inTransaction(orm, async (db) => {
    await staged.assertRoom(db);
    const made = await db
      .insertInto('price_series')
      .values(series)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (made) {
      await db
        .updateTable('price_chunks')
        .set({ series_id: series.id })
        .where('series_id', '=', staged.id)
        .execute();
    }
    await db.deleteFrom('price_series').where('id', '=', staged.id).execute();
  });
}

function endColumns({ kind, granularity, skippedRows, fileDigest }: PriceSeriesEnd) {
  return {
    kind,
    granularity: granularity ?? null,
    skipped_rows: skippedRows,
    file_digest: fileDigest ?? null,
  };
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
