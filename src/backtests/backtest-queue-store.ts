/** The queue of backtests: the table itself, claimed row by row, with a session lock that shows whether its runner is alive. */

import { selectBacktests, toBacktest } from './backtest-store.ts';
import { writeReport } from './backtest-report-store.ts';
import { appendToJournal } from '../journal/journal-store.ts';
import { inTransaction, queryBuilder } from '../persistence/query-builder.ts';
import { AdvisoryLocks } from '../process/advisory-locks.ts';
import type { JournalEntry } from '../core/domain/journal-entry.ts';
import type { BacktestReport } from './backtest-report-store.ts';
import type { StoredBacktest } from './backtest-store.ts';
import type { Orm } from '../persistence/orm.ts';
import type { QueryBuilder } from '../persistence/query-builder.ts';

/** The key of our advisory locks on backtests. The value spells `btst`. */
const BACKTEST_LOCK = 0x62747374;

const OWNER_DISABLED = 'An administrator disabled its owner.';

/** A backtest that this process runs. `startedAt` (UTC ms) is the claim: once another process claims it, our writes are refused. */
export interface ClaimedBacktest extends StoredBacktest {
  readonly startedAt: number;
}

/**
 * Takes backtests from the queue and records how they end. When this process dies, its locks are released, and the next process that polls
 * puts its backtests back into the queue.
 */
export class BacktestQueue {
  readonly #orm: Orm;
  readonly #locks: AdvisoryLocks;
  readonly #held = new Set<string>();

  constructor(orm: Orm, databaseUrl: string) {
    this.#orm = orm;
    this.#locks = new AdvisoryLocks({
      databaseUrl,
      key: BACKTEST_LOCK,
      purpose: 'auto-forex backtests',
    });
  }

  /**
   * Takes the oldest queued backtest of the person who was served least recently, so that everyone has their turn however many one of them
   * queued; undefined when every one is being taken elsewhere.
   */
  async claimNext(): Promise<ClaimedBacktest | undefined> {
    let locked: string | undefined;
    try {
      return await inTransaction(this.#orm, async (db) => {
        const id = (await nextInTurn(db, 'waiting')) ?? (await nextInTurn(db, 'any'));
        // The lock comes first: a row that says `running` while no one holds its lock looks like an orphan.
        if (id === undefined || !(await this.#lock(id))) return undefined;
        locked = id;
        return await markRunning(db, id);
      });
    } catch (error) {
      if (locked !== undefined) await this.#unlock(locked);
      throw error;
    }
  }

  /** Records its progress (from 0 to 1). Returns false when it is no longer ours: cancelled, removed or taken over. */
  async progress(claim: ClaimedBacktest, progress: number, quotes: number): Promise<boolean> {
    return update(queryBuilder(this.#orm), claim, { progress, quotes });
  }

  /** Records the report and that it is completed, all or nothing. Returns false when it is no longer ours. */
  async complete(claim: ClaimedBacktest, report: BacktestReport): Promise<boolean> {
    return this.#orm.em.fork().transactional(async (em) => {
      const done = await em
        .getKysely()
        .updateTable('backtests')
        .set({
          status: 'completed',
          progress: 1,
          quotes: report.quotes,
          completed_at: new Date(),
          updated_at: new Date(),
        })
        .where('id', '=', claim.id)
        .where('status', '=', 'running')
        .where('started_at', '=', new Date(claim.startedAt))
        .executeTakeFirst();
      if (done.numUpdatedRows === 0n) return false;
      await writeReport(em, claim, report);
      await appendToJournal(em.getKysely(), [completedEntry(claim)]);
      return true;
    });
  }

  /** Records that it failed, and why. Returns false when it is no longer ours. */
  async fail(claim: ClaimedBacktest, error: string): Promise<boolean> {
    return inTransaction(this.#orm, async (db) => {
      const isOurs = await update(db, claim, { status: 'failed', error, completed_at: new Date() });
      if (isOurs) await appendToJournal(db, [failedEntry(claim, error)]);
      return isOurs;
    });
  }

  /** Puts a claimed backtest back where it was in the queue. */
  async giveBack(claim: ClaimedBacktest): Promise<void> {
    const columns = { status: 'queued', started_at: null, progress: 0, quotes: 0 } as const;
    await update(queryBuilder(this.#orm), claim, columns);
    await this.release(claim);
  }

  /** Releases the lock of a finished backtest. */
  async release({ id }: ClaimedBacktest): Promise<void> {
    await this.#unlock(id);
  }

  /** Cancels what disabled people have queued or running, and says why; a runner notices at the next step. Returns how many there were. */
  async cancelOfDisabled(): Promise<number> {
    const now = new Date();
    const db = queryBuilder(this.#orm);
    const disabled = db.selectFrom('users').select('id').where('is_active', '=', false);
    const cancelled = await db
      .updateTable('backtests')
      .set({ status: 'cancelled', error: OWNER_DISABLED, completed_at: now, updated_at: now })
      .where('status', 'in', ['queued', 'running'])
      .where('user_id', 'in', disabled)
      .executeTakeFirst();
    return Number(cancelled.numUpdatedRows);
  }

  /** Puts every backtest that says `running` and whose runner is gone back into the queue. Returns how many there were. */
  async requeueOrphans(): Promise<number> {
    const running = await queryBuilder(this.#orm)
      .selectFrom('backtests')
      .select('id')
      .where('status', '=', 'running')
      .execute();
    let count = 0;
    for (const { id } of running) {
      if (this.#held.has(id) || !(await this.#lock(id))) continue;
      count += await this.#requeue(id);
      await this.#unlock(id);
    }
    return count;
  }

  /** Ends the connection, and with it every lock. */
  async close(): Promise<void> {
    await this.#locks.close();
  }

  async #lock(id: string): Promise<boolean> {
    if (!(await this.#locks.take(id))) return false;
    this.#held.add(id);
    return true;
  }

  async #unlock(id: string): Promise<void> {
    this.#held.delete(id);
    await this.#locks.release(id);
  }

  async #requeue(id: string): Promise<number> {
    const requeued = await queryBuilder(this.#orm)
      .updateTable('backtests')
      .set({ status: 'queued', started_at: null, progress: 0, quotes: 0, updated_at: new Date() })
      .where('id', '=', id)
      .where('status', '=', 'running')
      .executeTakeFirst();
    return Number(requeued.numUpdatedRows);
  }
}

/** Writes to a backtest that is ours; false when it is not any more. */
async function update(db: QueryBuilder, claim: ClaimedBacktest, columns: ClaimedColumns): Promise<boolean> {
  const updated = await db
    .updateTable('backtests')
    .set({ ...columns, updated_at: new Date() })
    .where('id', '=', claim.id)
    .where('status', '=', 'running')
    .where('started_at', '=', new Date(claim.startedAt))
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}

function completedEntry({ id, userId, strategyType, instrument }: ClaimedBacktest): JournalEntry {
  return {
    category: 'system',
    type: 'backtest-completed',
    severity: 'info',
    description: `The backtest of ${strategyType} on ${instrument} is completed.`,
    userId,
    details: { backtestId: id, strategyType, instrument },
  };
}

function failedEntry({ id, userId, strategyType, instrument }: ClaimedBacktest, error: string): JournalEntry {
  return {
    category: 'system',
    type: 'backtest-failed',
    severity: 'warning',
    description: `The backtest of ${strategyType} on ${instrument} failed: ${error}`,
    userId,
    details: { backtestId: id, strategyType, instrument },
  };
}

/**
 * Returns the next backtest, locked. While another copy of the server takes one of a person, theirs is the turn of the others: `waiting`
 * leaves that person out, and `any` is for when there is no one else.
 */
async function nextInTurn(db: QueryBuilder, people: 'waiting' | 'any'): Promise<string | undefined> {
  const locked = people === 'waiting' ? (['backtests', 'users'] as const) : (['backtests'] as const);
  const row = await db
    .selectFrom('backtests')
    .innerJoin('users', 'users.id', 'backtests.user_id')
    .select('backtests.id')
    .where('backtests.status', '=', 'queued')
    .where('users.is_active', '=', true)
    .orderBy('users.backtest_served_at', (order) => order.asc().nullsFirst())
    .orderBy('backtests.id')
    .limit(1)
    .forNoKeyUpdate(locked)
    .skipLocked()
    .executeTakeFirst();
  return row?.id;
}

async function markRunning(db: QueryBuilder, id: string): Promise<ClaimedBacktest> {
  const startedAt = new Date();
  await db
    .updateTable('backtests')
    .set({ status: 'running', started_at: startedAt, progress: 0, quotes: 0, updated_at: startedAt })
    .where('id', '=', id)
    .execute();
  const row = await selectBacktests(db).where('id', '=', id).executeTakeFirstOrThrow();
  await db
    .updateTable('users')
    .set({ backtest_served_at: startedAt })
    .where('id', '=', row.user_id)
    .execute();
  return { ...toBacktest(row), startedAt: startedAt.getTime() };
}

/** What a runner writes while a backtest is its own. */
interface ClaimedColumns {
  readonly status?: 'failed' | 'queued';
  readonly error?: string;
  readonly progress?: number;
  readonly quotes?: number;
  readonly started_at?: null;
  readonly completed_at?: Date;
}
