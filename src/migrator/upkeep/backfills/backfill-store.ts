/** The backfills that migrations have asked for: their progress, and what people do with them. */
import { literal } from '../../run/connect/sql-text.ts';
import type { Query } from '../../run/connect/query.ts';

type BackfillState = 'pending' | 'running' | 'paused' | 'done' | 'failed';

/** A backfill as stored. Times are UTC ms. */
export interface StoredBackfill {
  readonly name: string;
  readonly table: string;
  readonly state: BackfillState;
  /** Rows that were changed, and rows that the table has according to PostgreSQL's statistics. */
  readonly rowsDone: number;
  readonly rowsEstimate: number | null;
  /** Why it failed, or what it waits for. */
  readonly error: string | null;
  readonly heartbeatAt: number | null;
}

/** Backfills in the database. They are made by migrations and carried out by {@link claimBackfill}. */
export class BackfillStore {
  readonly #query: Query;

  constructor(query: Query) {
    this.#query = query;
  }

  /** Returns all of them, oldest first. */
  async list(): Promise<StoredBackfill[]> {
    return this.#select('true');
  }

  async find(name: string): Promise<StoredBackfill | undefined> {
    const [found] = await this.#select(`name = ${literal(name)}`);
    return found;
  }

  /** Returns the names of those to work on, oldest first; one that says `running` may have lost its worker. */
  async unfinished(): Promise<string[]> {
    const rows = await this.#select(`state in ('pending', 'running')`);
    return rows.map(({ name }) => name);
  }

  /** Holds it up after the batch that runs; false when it is neither pending nor running. */
  pause(name: string): Promise<boolean> {
    return this.#move(name, `state in ('pending', 'running')`, `state = 'paused'`);
  }

  /** Lets it continue where it was held up; false when it is not paused. */
  resume(name: string): Promise<boolean> {
    return this.#move(name, `state = 'paused'`, `state = 'pending'`);
  }

  /** Has it tried again from the first row; false when it has not failed. */
  retry(name: string): Promise<boolean> {
    return this.#move(name, `state = 'failed'`, `state = 'pending', cursor = null`);
  }

  async #move(name: string, condition: string, change: string): Promise<boolean> {
    const rows = await this.#query(
      `update backfill_jobs set ${change}, error = null, updated_at = now()
        where name = ${literal(name)} and ${condition} returning name`,
    );
    return rows.length === 1;
  }

  /** Columns under the names of {@link StoredBackfill}. */
  #select(condition: string): Promise<StoredBackfill[]> {
    return this.#query<StoredBackfill>(
      `select name, table_name as "table", state, rows_done as "rowsDone", rows_estimate as "rowsEstimate", error,
              (extract(epoch from heartbeat_at) * 1000)::bigint as "heartbeatAt"
         from backfill_jobs where ${condition} order by created_at, name`,
    );
  }
}
