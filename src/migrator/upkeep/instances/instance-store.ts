/** The running copies of the server in the database, by the database's clock. */
import { AppError } from '../../../shared/app-error.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { passFence } from '../../run/session/contract-fence.ts';
import { queryBuilder } from '../../../persistence/query-builder.ts';
import { INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE } from '../../run/connect/sql-states.ts';
import type { Orm } from '../../../persistence/orm.ts';

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

/** The table of copies. What no longer beats is judged by whoever reads it. */
export class InstanceStore {
  readonly #orm: Orm;

  constructor(orm: Orm) {
    this.#orm = orm;
  }

  /**
   * Enters this copy before it serves. `contract-runs`: a contract looked for copies before this one was there; `no-table`: the
   * schema is older than the table. AppError `database-refused` where this user may not write it.
   */
  async enter(instance: Instance): Promise<Entering> {
    try {
      return await this.#enter(instance);
    } catch (error) {
      if (sqlStateOf(error) === UNDEFINED_TABLE) return 'no-table';
      if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
      throw new AppError(
        'database-refused',
        'The user of DATABASE_URL may not write app_instances, so a contract would not see this copy and could take away what it ' +
          'uses. Grant it select, insert, update and delete on all tables, as docs/migrations.md tells.',
        {},
        { cause: error },
      );
    }
  }

  async #enter({ id, version, migrationsHead, host, pid }: Instance): Promise<Entering> {
    return this.#orm.em.fork().transactional(async (em) => {
      if (!(await passFence((sql) => em.execute(sql)))) return 'contract-runs';
      await em
        .getKysely()
        .insertInto('app_instances')
        .values({ id, version, migrations_head: migrationsHead, host, pid })
        .execute();
      return 'entered';
    });
  }

  /** Says that this copy lives; one that was thought gone is entered again. */
  async beat({ id, version, migrationsHead, host, pid }: Instance): Promise<void> {
    await queryBuilder(this.#orm)
      .insertInto('app_instances')
      .values({ id, version, migrations_head: migrationsHead, host, pid })
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((eb) => ({ last_seen_at: eb.fn<Date>('now'), stopped_at: null })),
      )
      .execute();
  }

  /** Says that this copy has stopped in order. */
  async markStopped(id: string): Promise<void> {
    await queryBuilder(this.#orm)
      .updateTable('app_instances')
      .set((eb) => ({ stopped_at: eb.fn<Date>('now') }))
      .where('id', '=', id)
      .execute();
  }

  /** Removes the copies that nobody has seen for so long, and returns how many. */
  async removeUnseenFor(ms: number): Promise<number> {
    const rows = await this.#orm.em
      .fork()
      .execute<object[]>(
        `delete from app_instances where last_seen_at < now() - ? * interval '1 ms' returning id`,
        [ms],
      );
    return rows.length;
  }
}
