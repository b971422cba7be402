/** Configured strategies, always asked for by owner unless the server itself asks. */

import { UniqueConstraintViolationException } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Problem } from '../../core/shared/problem.ts';
import { StrategyRecord } from '../../entities/index.ts';
import { appendToJournal } from '../../journal/journal-store.ts';
import { instantFrom } from '../../persistence/column-values.ts';
import { assertRoomForStrategy } from '../accounts/account-room-store.ts';
import { queryBuilder, readBuilder } from '../../persistence/query-builder.ts';
import { isStrategyActive } from '../../core/domain/strategy-lifecycle.ts';
import type { JournalEntry } from '../../core/domain/journal-entry.ts';
import type { StrategyStatus } from '../../core/domain/strategy-lifecycle.ts';
import type { StrategyHold } from '../administration/hold.ts';
import { storedParameters } from '../../core/strategies/registry.ts';
import type { StrategyParameters } from '../../core/strategies/strategy.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { QueryBuilder } from '../../persistence/query-builder.ts';
import type { PageRequest } from '../../persistence/page.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** A strategy as stored. Times are UTC ms. */
export interface StoredStrategy {
  readonly id: string;
  readonly accountId: string;
  readonly userId: string;
  readonly name: string;
  readonly strategyType: string;
  readonly parameters: StrategyParameters;
  readonly parametersVersion: number;
  readonly instrument: string;
  readonly status: StrategyStatus;
  readonly statusReason: string | undefined;
  /** What an administrator wants of it. */
  readonly hold: StrategyHold | undefined;
  readonly startedAt: number | undefined;
  readonly stoppedAt: number | undefined;
  readonly createdAt: number;
}

/** What a new strategy needs; its parameters are checked. */
export interface NewStrategy {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly strategyType: string;
  readonly parameters: StrategyParameters;
  readonly parametersVersion: number;
  readonly instrument: string;
}

/** What may change while a strategy is stopped. */
export interface StrategyChanges {
  readonly name?: string | undefined;
  readonly parameters?: StrategyParameters | undefined;
}

/** A change of status from a status that was seen; `reason` says why or how. */
export interface StatusChange {
  readonly from: StrategyStatus;
  readonly to: StrategyStatus;
  readonly reason?: string | undefined;
}

export class StrategyStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Stores a new strategy, stopped; `limit-reached` when its owner has `most` already. */
  async create(
    strategy: NewStrategy,
    { userId, most }: { readonly userId: string; readonly most: number },
  ): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      await assertRoomForStrategy(em.getKysely(), userId, most);
      em.create(StrategyRecord, {
        id: strategy.id,
        account: strategy.accountId,
        name: strategy.name,
        strategyType: strategy.strategyType,
        parameters: { ...strategy.parameters },
        parametersVersion: strategy.parametersVersion,
        instrument: strategy.instrument,
      });
    });
  }

  /** The strategy with this id if it belongs to this user. */
  async findOf(userId: string, strategyId: string): Promise<StoredStrategy | undefined> {
    const row = await selectStrategies(queryBuilder(this.#orm))
      .where('oanda_accounts.user_id', '=', userId)
      .where('strategies.id', '=', strategyId)
      .executeTakeFirst();
    return row && toStrategy(row);
  }

  /** The strategy with this id, no matter who owns it. */
  async find(strategyId: string): Promise<StoredStrategy | undefined> {
    const row = await selectStrategies(queryBuilder(this.#orm))
      .where('strategies.id', '=', strategyId)
      .executeTakeFirst();
    return row && toStrategy(row);
  }

  /** A page of a user's strategies, newest first. */
  async listOf(
    userId: string,
    accountId: string | undefined,
    page: PageRequest,
  ): Promise<readonly StoredStrategy[]> {
    let query = selectStrategies(readBuilder(this.#orm)).where('oanda_accounts.user_id', '=', userId);
    if (accountId !== undefined) query = query.where('strategies.account_id', '=', accountId);
    if (page.before !== undefined) query = query.where('strategies.id', '<', page.before);
    return (await query.orderBy('strategies.id', 'desc').limit(page.limit).execute()).map(toStrategy);
  }

  /** The strategies of an account in these states, oldest first. */
  async inStatuses(
    accountId: string,
    statuses: readonly StrategyStatus[],
  ): Promise<readonly StoredStrategy[]> {
    const rows = await selectStrategies(queryBuilder(this.#orm))
      .where('strategies.account_id', '=', accountId)
      .where('strategies.status', 'in', statuses)
      .orderBy('strategies.id')
      .execute();
    return rows.map(toStrategy);
  }

  /** The strategies of an account that an administrator wants stopped, and that no process has begun to stop. */
  async withStopDue(accountId: string): Promise<readonly StoredStrategy[]> {
    const rows = await selectStrategies(queryBuilder(this.#orm))
      .where('strategies.account_id', '=', accountId)
      .where('strategies.stop_due', 'is not', null)
      .execute();
    return rows.map(toStrategy);
  }

  /** The accounts that have such strategies. */
  async accountsWithStopDue(): Promise<readonly string[]> {
    const rows = await queryBuilder(this.#orm)
      .selectFrom('strategies')
      .select('account_id')
      .distinct()
      .where('stop_due', 'is not', null)
      .execute();
    return rows.map((row) => row.account_id);
  }

  /** Records that a strategy is being stopped as an administrator asked at that time (UTC ms). */
  async stopBegun(strategyId: string, heldAt: number): Promise<void> {
    const held = { id: strategyId, heldAt: new Date(heldAt) };
    await this.#orm.em.fork().nativeUpdate(StrategyRecord, held, { stopDue: null });
  }

  /** Changes name or parameters, if the strategy is not active and is as `precondition` wants it. */
  async change(
    strategyId: string,
    changes: StrategyChanges,
    precondition?: Precondition<StoredStrategy>,
  ): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      const stored = await lockedStrategy(em, strategyId);
      assertNotActive(stored, 'change');
      precondition?.(stored);
      const strategy = await em.findOneOrFail(StrategyRecord, strategyId);
      if (changes.name !== undefined) strategy.name = changes.name;
      if (changes.parameters) strategy.parameters = { ...changes.parameters };
    });
  }

  /** Removes a strategy that is not active; its orders, positions and trades stay. */
  async remove(strategyId: string): Promise<void> {
    await this.#orm.em.fork().transactional(async (em) => {
      assertNotActive(await lockedStrategy(em, strategyId), 'remove');
      await em.nativeDelete(StrategyRecord, { id: strategyId });
    });
  }

  /**
   * Changes the status if it still is `from`, together with the entry that says so, and returns whether it was; one that an administrator
   * holds does not begin to run. Throws the problem `instrument-in-use` when another strategy is active on the account and instrument: the
   * database decides, so two starts at once cannot both win.
   */
  async changeStatus(
    strategyId: string,
    { from, to, reason }: StatusChange,
    entry?: JournalEntry,
  ): Promise<boolean> {
    const columns = {
      status: to,
      statusReason: reason ?? null,
      ...(to === 'starting' ? { startedAt: new Date(), stoppedAt: null } : {}),
      ...(to === 'stopped' || to === 'failed' ? { stoppedAt: new Date() } : {}),
    };
    const begins = to === 'starting' || (from === 'paused' && to === 'running');
    const seen = { id: strategyId, status: from, ...(begins && { heldAt: null }) };
    try {
      return await this.#orm.em.fork().transactional(async (em) => {
        const isChanged = (await em.nativeUpdate(StrategyRecord, seen, columns)) === 1;
        if (isChanged && entry) await appendToJournal(em.getKysely(), [entry]);
        return isChanged;
      });
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw new Problem(
        'instrument-in-use',
        'Another strategy is active on this account and instrument.',
        {},
        { cause: error },
      );
    }
  }
}

/** The strategy, which nothing else changes until the transaction ends: it can neither start nor be removed meanwhile. */
async function lockedStrategy(em: SqlEntityManager, strategyId: string): Promise<StoredStrategy> {
  const row = await selectStrategies(em.getKysely())
    .where('strategies.id', '=', strategyId)
    .forNoKeyUpdate('strategies')
    .executeTakeFirst();
  if (!row) throw new Problem('not-found', 'You have no strategy with this id.');
  return toStrategy(row);
}

/** Throws the problem `conflict` while the strategy is active. */
export function assertNotActive({ status }: StoredStrategy, verb: 'change' | 'remove'): void {
  if (isStrategyActive(status))
    throw new Problem('conflict', `The strategy is ${status}. Stop it before you ${verb} it.`);
}

function selectStrategies(db: QueryBuilder) {
  return db
    .selectFrom('strategies')
    .innerJoin('oanda_accounts', 'oanda_accounts.id', 'strategies.account_id')
    .selectAll('strategies')
    .select('oanda_accounts.user_id');
}

type StrategyRow = Awaited<ReturnType<ReturnType<typeof selectStrategies>['execute']>>[number];

function toStrategy(row: StrategyRow): StoredStrategy {
  return {
    id: row.id,
    accountId: row.account_id,
    userId: row.user_id,
    name: row.name,
    strategyType: row.strategy_type,
    // The service checked them against the type's schema before they were stored.
    parameters: storedParameters(row.strategy_type, row.parameters as StrategyParameters),
    parametersVersion: row.parameters_version,
    instrument: row.instrument,
    status: row.status,
    statusReason: row.status_reason ?? undefined,
    hold:
      row.held_at === null
        ? undefined
        : {
            at: row.held_at.getTime(),
            reason: row.hold_reason ?? undefined,
            stopDue: row.stop_due ?? undefined,
          },
    startedAt: instantFrom(row.started_at),
    stoppedAt: instantFrom(row.stopped_at),
    createdAt: row.created_at.getTime(),
  };
}
