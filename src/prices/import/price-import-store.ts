/** Imports of candles from brokers that people ask for: made, found and kept up to date. */

import { Problem } from '../../core/shared/problem.ts';
import { inTransaction, queryBuilder } from '../../persistence/query-builder.ts';
import { createSeries } from '../series/growing-series.ts';
import { assertRoomForPrices } from '../series/price-room-store.ts';
import { selectImports, toImport } from './stored-price-import.ts';
import type { Precondition } from '../../http/preconditions.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { NewPriceImport, StoredPriceImport } from './stored-price-import.ts';

export class PriceImportStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Stores an import with its empty series. Throws `conflict` while another import of the person runs, and `limit-reached` when the series
   * is a person's own and they have `mostMegabytes` of prices.
   */
  async create(
    {
      id,
      userId,
      seriesOwnerId,
      accountId,
      instrument,
      granularity,
      from,
      until,
      keepsUpToDate,
    }: NewPriceImport,
    mostMegabytes: number,
  ): Promise<void> {
    await inTransaction(this.#orm, async (db) => {
      if (seriesOwnerId !== undefined) await assertRoomForPrices(db, seriesOwnerId, mostMegabytes);
      await createSeries(db, { id, userId: seriesOwnerId, instrument, source: 'OANDA', granularity });
      const row = {
        id,
        user_id: userId,
        account_id: accountId,
        series_id: id,
        starts_at: new Date(from),
        ends_at: new Date(until),
        status: 'running' as const,
        keeps_up_to_date: keepsUpToDate,
      };
      const inserted = await db
        .insertInto('price_imports')
        .values(row)
        .onConflict((conflict) => conflict.column('user_id').where('status', '=', 'running').doNothing())
        .executeTakeFirst();
      if (inserted.numInsertedOrUpdatedRows !== 1n) throw await alreadyRunning(db, userId);
    });
  }

  async find(id: string): Promise<StoredPriceImport | undefined> {
    const row = await selectImports(queryBuilder(this.#orm))
      .where('price_imports.id', '=', id)
      .executeTakeFirst();
    return row && toImport(row);
  }

  /** The import of a person that runs, if there is one. */
  async findRunningOf(userId: string): Promise<StoredPriceImport | undefined> {
    const row = await selectImports(queryBuilder(this.#orm))
      .where('price_imports.user_id', '=', userId)
      .where('price_imports.status', '=', 'running')
      .executeTakeFirst();
    return row && toImport(row);
  }

  /** Whether a person's is kept up to date from now on; false when they have none that fills this series. */
  keep(
    userId: string,
    id: string,
    keepsUpToDate: boolean,
    precondition?: Precondition<StoredPriceImport>,
  ): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const before = await selectImports(db)
        .where('price_imports.user_id', '=', userId)
        .where('price_imports.id', '=', id)
        .forUpdate('price_imports')
        .executeTakeFirst();
      if (!before) return false;
      precondition?.(toImport(before));
      await db
        .updateTable('price_imports')
        .set({ keeps_up_to_date: keepsUpToDate, updated_at: new Date() })
        .where('id', '=', id)
        .execute();
      return true;
    });
  }

  /** The imports that fill these series. */
  async ofSeries(seriesIds: readonly string[]): Promise<readonly StoredPriceImport[]> {
    if (seriesIds.length === 0) return [];
    const rows = await selectImports(queryBuilder(this.#orm))
      .where('price_imports.series_id', 'in', seriesIds)
      .execute();
    return rows.map(toImport);
  }
}

/** The problem of a person who wants a second import. What is kept up to date was wanted: they are not to delete it for this. */
async function alreadyRunning(db: QueryBuilder, userId: string): Promise<Problem> {
  const running = await db
    .selectFrom('price_imports')
    .select(['series_id', 'topped_up_at'])
    .where('user_id', '=', userId)
    .where('status', '=', 'running')
    .executeTakeFirst();
  const detail = running?.topped_up_at
    ? `What OANDA has had since is being added to a series of yours (${running.series_id}). Try again in a minute.`
    : 'Another import of yours is running. Wait for its end, or delete the price series that it fills.';
  return new Problem('conflict', detail);
}
