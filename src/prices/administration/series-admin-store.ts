/** Price series of everyone, in the database, as administrators see and change them. */

import { inTransaction, queryBuilder, readBuilder } from '../../persistence/query-builder.ts';
import { peopleNamed } from '../../people/user-store.ts';
import { isUsed } from '../series/price-series-store.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** A series of anyone. Without an owner it is shared by all. `bytes` are its prices as they are stored. */
export interface AdministeredSeries {
  readonly id: string;
  readonly userId: string | null;
  readonly username: string | null;
  readonly accountId: string | null;
  readonly instrument: string;
  readonly kind: 'quotes' | 'candles';
  readonly source: string;
  readonly rows: number;
  readonly bytes: number;
  readonly createdAt: Date;
}

export class SeriesAdminStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** A page of the series, of people whose address or username has a text in it, or of all with the shared ones; newest first. */
  async list(search: string | undefined, page: PageRequest): Promise<readonly AdministeredSeries[]> {
    const db = readBuilder(this.#orm);
    let query = select(db);
    if (search !== undefined) query = query.where('users.id', 'in', peopleNamed(db, search));
    if (page.before !== undefined) query = query.where('price_series.id', '<', page.before);
    return (await query.orderBy('price_series.id', 'desc').limit(page.limit).execute()).map(toSeries);
  }

  async find(seriesId: string): Promise<AdministeredSeries | undefined> {
    const row = await select(queryBuilder(this.#orm))
      .where('price_series.id', '=', seriesId)
      .executeTakeFirst();
    return row && toSeries(row);
  }

  /** Gives a series another source, if it is as `precondition` wants it; false when there is no such series any more. */
  rename(
    seriesId: string,
    source: string,
    precondition?: Precondition<AdministeredSeries>,
  ): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const before = await select(db)
        .where('price_series.id', '=', seriesId)
        .forUpdate('price_series')
        .executeTakeFirst();
      if (!before) return false;
      precondition?.(toSeries(before));
      await db.updateTable('price_series').set({ source }).where('id', '=', seriesId).execute();
      return true;
    });
  }

  /** Removes a series with its prices. Returns why not when there is none, or a backtest runs or ran on it, which must stay repeatable. */
  delete(seriesId: string): Promise<'deleted' | 'not-found' | 'in-use'> {
    return inTransaction(this.#orm, async (db) => {
      const series = await db
        .selectFrom('price_series')
        .select('id')
        .where('id', '=', seriesId)
        .forUpdate()
        .executeTakeFirst();
      if (!series) return 'not-found';
      if (await isUsed(db, seriesId)) return 'in-use';
      await db.deleteFrom('price_series').where('id', '=', seriesId).execute();
      return 'deleted';
    });
  }
}

function select(db: QueryBuilder) {
  return db
    .selectFrom('price_series')
    .leftJoin('users', 'users.id', 'price_series.user_id')
    .select((is) => [
      'price_series.id as id',
      'price_series.user_id as userId',
      'users.username as username',
      'price_series.account_id as accountId',
      'price_series.instrument as instrument',
      'price_series.kind as kind',
      'price_series.source as source',
      'price_series.rows as rows',
      'price_series.created_at as createdAt',
      is
        .selectFrom('price_chunks')
        .select(({ fn }) => fn.sum<string>(fn<number>('octet_length', ['price_chunks.data'])).as('bytes'))
        .whereRef('price_chunks.series_id', '=', 'price_series.id')
        .as('bytes'),
    ])
    .where((is) =>
      // What is still being imported from a file is not there yet; what a broker or a recording fills is.
      is.or([
        is('price_series.rows', '>', 0),
        is('price_series.account_id', 'is not', null),
        is.exists(
          is
            .selectFrom('price_imports')
            .select('price_imports.id')
            .whereRef('price_imports.series_id', '=', 'price_series.id'),
        ),
      ]),
    );
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

function toSeries(row: Row): AdministeredSeries {
  return { ...row, bytes: Number(row.bytes ?? 0) };
}
