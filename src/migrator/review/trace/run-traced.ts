/** Runs one direction of a migration and looks at the tables after each of its statements. */
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import { statementText } from '../../run/execute/run-migration.ts';
import { splitStatements } from '../sql/parse-sql.ts';
import type { QueryResult } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { Query } from '../../run/connect/query.ts';
import type { MigrationReport, StatementReport } from '../migration-report.ts';
import type { TableWatch } from './table-watch.ts';

/** A transaction that was begun and whose end is up to us. */
type OpenTransaction = Awaited<ReturnType<ReturnType<MikroORM['driver']['getConnection']>['begin']>>;

export interface TracedRun {
  readonly orm: MikroORM;
  readonly migration: LoadedMigration;
  readonly direction: 'up' | 'down';
  readonly watch: TableWatch;
  /** The transaction to run in; undefined runs each statement for itself. */
  readonly transaction: OpenTransaction | undefined;
}

/** Runs it to its end or to the statement that fails, which is reported and not thrown. */
export async function runTraced(run: TracedRun): Promise<MigrationReport> {
  const { orm, migration: loaded, direction, watch, transaction } = run;
  const { name, phase, transactional } = loaded;
  const statements: StatementReport[] = [];
  const migration = new loaded.migrationClass(orm.driver, orm.config);
  if (transaction !== undefined) migration.setTransactionContext(transaction);
  let current: string | undefined;
  const trace = async <Result>(sql: string, work: () => Promise<Result>): Promise<Result> => {
    current = sql;
    const startedAt = performance.now();
    const result = await work();
    const durationMs = performance.now() - startedAt;
    statements.push({ sql, durationMs, ...(await watch.look(queryIn(orm, transaction))), ...rowsOf(result) });
    current = undefined;
    return result;
  };
  const execute = migration.execute.bind(migration);
  migration.execute = (sql, params) => trace(statementText(sql), () => execute(sql, params));
  try {
    await migration[direction]();
    for (const query of migration.getQueries()) {
      // One text may hold several statements; each is looked at.
      const parts = typeof query === 'string' ? await splitStatements(query) : [query];
      for (const part of parts)
        await trace(statementText(part), () =>
          orm.driver.execute<QueryResult>(part, undefined, 'run', transaction),
        );
    }
    return { name, phase, transactional, statements };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      name,
      phase,
      transactional,
      statements,
      failure: { message, sqlState: sqlStateOf(error), sql: current },
    };
  }
}

/** Runs it as a run does: in a transaction of its own that is committed, or without any. */
export async function runMigration(run: Omit<TracedRun, 'transaction'>): Promise<MigrationReport> {
  const { orm, migration, watch } = run;
  if (!migration.transactional) return runTraced({ ...run, transaction: undefined });
  const connection = orm.driver.getConnection();
  const transaction = await connection.begin();
  const trace = await runTraced({ ...run, transaction });
  await (trace.failure === undefined ? connection.commit(transaction) : connection.rollback(transaction));
  // What the transaction held is released.
  await watch.look(queryIn(orm, undefined));
  return trace;
}

/** Returns a query in the transaction, or outside of any. */
export function queryIn(orm: MikroORM, transaction: OpenTransaction | undefined): Query {
  return (sql) => orm.driver.execute(sql, undefined, 'all', transaction);
}

function rowsOf(result: unknown): { rows?: number } {
  if (typeof result !== 'object' || result === null || !('affectedRows' in result)) return {};
  return typeof result.affectedRows === 'number' ? { rows: result.affectedRows } : {};
}
