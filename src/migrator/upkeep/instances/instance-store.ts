/** The running copies of the server in the database, by the database's clock. */
import { MigratorFailure } from '../../failure.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { passFence } from '../../run/session/migration-lock.ts';
import { literal } from '../../run/connect/sql-text.ts';
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';
import type { Database } from '../../run/connect/query.ts';

export type Entering = 'entered' | 'contract-runs' | 'no-table';

/** A copy of the server. */
export interface Instance {
  readonly id: string;
  readonly version: string;
  /** The newest migration that this copy's code was made with. */
  readonly migrationsHead: string;
  readonly host: string;
  readonly pid: number;
}

/** The table of copies. Its readers decide which copies are gone. */
export class InstanceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Enters this copy before it serves. `contract-runs`: a contract looked for copies before this one was there; `no-table`: the
   * schema is older than the table. MigratorFailure `database-refused` where this user may not write it.
   */
  async enter(instance: Instance): Promise<Entering> {
    try {
      return await this.#database.transaction(async (query) => {
        if (!(await passFence(query))) return 'contract-runs';
        await query(entry(instance));
        return 'entered';
      });
    } catch (error) {
      if (sqlStateOf(error) === UNDEFINED_TABLE) return 'no-table';
      if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      throw new MigratorFailure(
        'database-refused',
        'The user of DATABASE_URL may not write app_instances, so a contract would not see this copy and could remove what it ' +
          'uses. Grant it select, insert, update and delete on all tables, as docs/migrations.md describes.',
        {},
        { cause: error },
      );
    }
  }

  /** Records that this copy runs; one that was taken for gone is entered again. */
  async beat(instance: Instance): Promise<void> {
    await this.#database.query(entry(instance));
  }

  /** Records that this copy has stopped in order. */
  async markStopped(id: string): Promise<void> {
    await this.#database.query(`update app_instances set stopped_at = now() where id = ${literal(id)}`);
  }

  /** Removes the copies that were not seen for so long, and returns how many. */
  async removeUnseenFor(ms: number): Promise<number> {
    const rows = await this.#database.query(
      `delete from app_instances where last_seen_at < now() - ${ms} * interval '1 ms' returning id`,
    );
    return rows.length;
  }
}

/** One that was entered before is entered again. */
function entry({ id, version, migrationsHead, host, pid }: Instance): string {
  const values = [literal(id), literal(version), literal(migrationsHead), literal(host), pid].join(', ');
  return `insert into app_instances (id, version, migrations_head, host, pid) values (${values})
    on conflict (id) do update set last_seen_at = now(), stopped_at = null`;
}
