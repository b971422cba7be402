/** The backfills that migrations have asked for: how far each is, and what people do with them. */
import { queryBuilder } from '../../../persistence/query-builder.ts';
import type { BACKFILL_STATES } from '../../../entities/backfill-job.ts';
import type { Orm } from '../../../persistence/orm.ts';

export type BackfillState = (typeof BACKFILL_STATES)[number];

/** A backfill as stored. Times are UTC ms. */
export interface StoredBackfill {
  readonly name: string;
  readonly table: string;
  readonly state: BackfillState;
  /** Rows that were changed, and rows that the table has according to PostgreSQL's statistics. */
  readonly rowsDone: number;
  readonly rowsEstimate: number | null;
  readonly batchSize: number;
  /** Why it failed, or what it waits for. */
  readonly error: string | null;
  readonly heartbeatAt: number | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
}

/** Backfills in the database. They are made by migrations and carried out by {@link claimBackfill}. */
export class BackfillStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /** Returns all of them, oldest first. */
  async list(): Promise<StoredBackfill[]> {
    const rows = await this.#select().orderBy('created_at').orderBy('name').execute();
    return rows.map(toBackfill);
  }

  async find(name: string): Promise<StoredBackfill | undefined> {
    const row = await this.#select().where('name', '=', name).executeTakeFirst();
    return row && toBackfill(row);
  }

  /** Returns the names of those that somebody should work on, oldest first; one that says `running` may have lost its worker. */
  async unfinished(): Promise<string[]> {
    const rows = await this.#select()
      .where('state', 'in', ['pending', 'running'])
      .orderBy('created_at')
      .orderBy('name')
      .execute();
    return rows.map(({ name }) => name);
  }

  /** Holds it up after the batch that runs; false when it is neither pending nor running. */
  pause(name: string): Promise<boolean> {
    return this.#move(name, ['pending', 'running'], 'paused');
  }

  /** Lets it go on where it was held up; false when it is not paused. */
  resume(name: string): Promise<boolean> {
    return this.#move(name, ['paused'], 'pending');
  }

  /** Has it tried again from the first row; false when it has not failed. */
  retry(name: string): Promise<boolean> {
    return this.#move(name, ['failed'], 'pending');
  }

  async #move(name: string, from: readonly BackfillState[], to: 'paused' | 'pending'): Promise<boolean> {
    const result = await queryBuilder(this.#orm)
      .updateTable('backfill_jobs')
      .set((eb) => ({
        state: to,
        error: null,
        updated_at: eb.fn<Date>('now'),
        ...(from.includes('failed') && { cursor: null }),
      }))
      .where('name', '=', name)
      .where('state', 'in', from)
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  #select() {
    return queryBuilder(this.#orm)
      .selectFrom('backfill_jobs')
      .select([
        'name',
        'table_name',
        'state',
        'rows_done',
        'rows_estimate',
        'batch_size',
        'error',
        'heartbeat_at',
        'started_at',
        'completed_at',
      ]);
  }
}

interface Row {
  readonly name: string;
  readonly table_name: string;
  readonly state: BackfillState;
  readonly rows_done: number;
  readonly rows_estimate: number | null;
  readonly batch_size: number;
  readonly error: string | null;
  readonly heartbeat_at: Date | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
}

function toBackfill(row: Row): StoredBackfill {
  return {
    name: row.name,
    table: row.table_name,
    state: row.state,
    rowsDone: row.rows_done,
    rowsEstimate: row.rows_estimate,
    batchSize: row.batch_size,
    error: row.error,
    heartbeatAt: row.heartbeat_at?.getTime() ?? null,
    startedAt: row.started_at?.getTime() ?? null,
    completedAt: row.completed_at?.getTime() ?? null,
  };
}
