/** Requested backtests: what each is to run, and its progress. */

import { ForeignKeyConstraintViolationException } from '@mikro-orm/postgresql';
import { BacktestRecord, BacktestSeriesRecord } from '../entities/index.ts';
import { formatMoney } from '../core/domain/money.ts';
import { instantFrom, moneyFrom } from '../persistence/column-values.ts';
import { assertRoom } from '../people/administration/person-room-store.ts';
import { queryBuilder, readBuilder } from '../persistence/query-builder.ts';
import { storedParameters } from '../core/strategies/registry.ts';
import type { StrategyParameters } from '../core/strategies/strategy.ts';
import type { Currency } from '../core/domain/instrument.ts';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Orm } from '../persistence/orm.ts';
import type { PageRequest } from '../persistence/page.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

export type BacktestStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A backtest to be run. Money in ten-thousandths, times UTC ms; `until` is excluded. */
export interface NewBacktest {
  readonly id: string;
  readonly userId: string;
  readonly strategyType: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly instrument: string;
  readonly seriesId: string;
  /** The series of the other instruments, by name. */
  readonly otherSeries: Readonly<Record<string, string>>;
  readonly from: number;
  readonly until: number;
  readonly initialBalance: number;
  readonly currency: Currency;
  /** What the account charges and allows, as plain data. */
  readonly terms: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Of everything that decides the result. */
  readonly specHash: string;
  readonly engineVersion: string;
}

/** A backtest as stored. */
export interface StoredBacktest extends NewBacktest {
  readonly status: BacktestStatus;
  /** From 0 to 1. */
  readonly progress: number;
  /** Why it failed. */
  readonly error: string | undefined;
  readonly quotes: number;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly completedAt: number | undefined;
}

/** Which backtests of a user to list. */
export interface BacktestFilter {
  readonly status?: BacktestStatus | undefined;
  readonly specHash?: string | undefined;
}

const UNFINISHED: readonly BacktestStatus[] = ['queued', 'running'];

export class BacktestStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Puts a backtest at the end of the queue; false when a series of it is not there any more. Throws `limit-reached` when its owner has
   * `most` that are not finished.
   */
  async create(backtest: NewBacktest, most: number): Promise<boolean> {
    try {
      await this.#orm.em.fork().transactional((em) => this.#create(em, backtest, most));
      return true;
    } catch (error) {
      if (error instanceof ForeignKeyConstraintViolationException) return false;
      throw error;
    }
  }

  async #create(em: SqlEntityManager, backtest: NewBacktest, most: number): Promise<void> {
    const { userId } = backtest;
    const db = em.getKysely();
    await assertRoom(db, { userId, name: 'unfinishedBacktests', most }, () => countUnfinishedOf(db, userId));
    em.create(BacktestRecord, {
      id: backtest.id,
      user: backtest.userId,
      strategyType: backtest.strategyType,
      parameters: backtest.parameters,
      instrument: backtest.instrument,
      series: backtest.seriesId,
      startsAt: new Date(backtest.from),
      endsAt: new Date(backtest.until),
      initialBalance: formatMoney(backtest.initialBalance),
      currency: backtest.currency,
      terms: backtest.terms,
      seed: backtest.seed,
      specHash: backtest.specHash,
      engineVersion: backtest.engineVersion,
    });
    for (const [instrument, series] of Object.entries(backtest.otherSeries))
      em.create(BacktestSeriesRecord, { backtest: backtest.id, instrument, series });
  }

  /** The backtest with this id if it belongs to this user. */
  async findOf(userId: string, backtestId: string): Promise<StoredBacktest | undefined> {
    const row = await this.#select()
      .where('user_id', '=', userId)
      .where('id', '=', backtestId)
      .executeTakeFirst();
    return row && toBacktest(row);
  }

  /** The backtest with this id, no matter who owns it. */
  async find(backtestId: string): Promise<StoredBacktest | undefined> {
    const row = await this.#select().where('id', '=', backtestId).executeTakeFirst();
    return row && toBacktest(row);
  }

  /** A page of a user's backtests, newest first. */
  async listOf(
    userId: string,
    filter: BacktestFilter,
    page: PageRequest,
  ): Promise<readonly StoredBacktest[]> {
    let query = selectBacktests(readBuilder(this.#orm)).where('user_id', '=', userId);
    if (filter.status !== undefined) query = query.where('status', '=', filter.status);
    if (filter.specHash !== undefined) query = query.where('spec_hash', '=', filter.specHash);
    if (page.before !== undefined) query = query.where('id', '<', page.before);
    return (await query.orderBy('id', 'desc').limit(page.limit).execute()).map(toBacktest);
  }

  /** Cancels a user's backtest that is not finished; its runner notices at the next step. Returns whether it was cancelled. */
  async cancelOf(userId: string, backtestId: string): Promise<boolean> {
    const cancelled = await queryBuilder(this.#orm)
      .updateTable('backtests')
      .set({ status: 'cancelled', completed_at: new Date(), updated_at: new Date() })
      .where('id', '=', backtestId)
      .where('user_id', '=', userId)
      .where('status', 'in', UNFINISHED)
      .executeTakeFirst();
    return cancelled.numUpdatedRows > 0n;
  }

  /** Removes a user's backtest with its report. Returns whether there was one. */
  async deleteOf(userId: string, backtestId: string): Promise<boolean> {
    const deleted = await queryBuilder(this.#orm)
      .deleteFrom('backtests')
      .where('id', '=', backtestId)
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return deleted.numDeletedRows > 0n;
  }

  #select() {
    return selectBacktests(queryBuilder(this.#orm));
  }
}

async function countUnfinishedOf(db: QueryBuilder, userId: string): Promise<number> {
  const { count } = await db
    .selectFrom('backtests')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('status', 'in', UNFINISHED)
    .executeTakeFirstOrThrow();
  return count;
}

/**
 * Selects stored backtests with the series of their other instruments. An old row may still have its terms in `costs`, the former name
 * of the column, until the backfill of `terms` is done. Read through `to_jsonb`, the query also runs once that column is gone.
 */
export function selectBacktests(db: QueryBuilder) {
  return db
    .selectFrom('backtests')
    .selectAll('backtests')
    .select(({ fn, table, val }) => {
      const row = fn('to_jsonb', [table('backtests')]);
      const former = fn<BacktestRecord['terms']>('jsonb_extract_path', [row, val('costs')]);
      return fn.coalesce('terms', former).as('terms');
    })
    .select((is) =>
      is
        .selectFrom('backtest_series')
        // Null where there are none.
        .select(({ fn }) =>
          fn<Readonly<Record<string, string>> | null>('jsonb_object_agg', ['instrument', 'series_id']).as(
            'series',
          ),
        )
        .whereRef('backtest_series.backtest_id', '=', 'backtests.id')
        .as('other_series'),
    );
}

type BacktestRow = Awaited<ReturnType<ReturnType<typeof selectBacktests>['execute']>>[number];

export function toBacktest(row: BacktestRow): StoredBacktest {
  return {
    id: row.id,
    userId: row.user_id,
    strategyType: row.strategy_type,
    parameters: storedParameters(row.strategy_type, row.parameters as StrategyParameters),
    instrument: row.instrument,
    seriesId: row.series_id,
    otherSeries: row.other_series ?? {},
    from: row.starts_at.getTime(),
    until: row.ends_at.getTime(),
    initialBalance: moneyFrom(row.initial_balance),
    currency: row.currency,
    terms: row.terms,
    seed: row.seed,
    specHash: row.spec_hash,
    engineVersion: row.engine_version,
    status: row.status,
    progress: Number(row.progress),
    error: row.error ?? undefined,
    quotes: row.quotes,
    createdAt: row.created_at.getTime(),
    startedAt: instantFrom(row.started_at),
    completedAt: instantFrom(row.completed_at),
  };
}
