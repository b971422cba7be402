/** Runs one migration once: in its own transaction, or as the one statement that PostgreSQL refuses inside one. */
import type { Transaction } from '@mikro-orm/core';
import type { AbstractSqlDriver, Configuration } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { runOutsideTransaction } from './concurrent-index.ts';
import {
  AS_OURSELVES,
  confirmLock,
  LOCK_IS_OURS,
  lostLock,
  restoreSession,
} from '../session/migration-lock.ts';
import { renderSql } from './render-sql.ts';
import type { LoadedMigration } from '../state/load-migrations.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { Query } from '../connect/query.ts';

export interface Run {
  readonly migration: LoadedMigration;
  readonly method: 'up' | 'down';
  readonly driver: AbstractSqlDriver;
  readonly config: Configuration;
  readonly log: MigratorLog;
  readonly lockTimeoutMs: number;
  readonly statementLimitMs: number;
  readonly signal: AbortSignal | undefined;
  /** Writes or deletes the row; in the transaction, if there is one. */
  readonly record: (tx?: Transaction) => Promise<void>;
  /** Called with each statement before it runs. */
  readonly onStatement: (statement: string | undefined) => void;
}

/** Runs it and records it. When it throws, a transactional migration has changed nothing. */
export async function runMigration(run: Run): Promise<void> {
  // What the one before has set for its session, or a pause in which the connection was replaced, is not met by this one.
  await restoreSession((sql) => run.driver.execute(sql), run);
  if (run.migration.transactional) await runInTransaction(run);
  else await runAlone(run);
}

async function runInTransaction(run: Run): Promise<void> {
  const { migration, method, config, driver, signal, record, onStatement } = run;
  const observed = observeStatements(driver, onStatement);
  await driver.getConnection().transactional(async (tx) => {
    // Asked inside the transaction, because only a transaction keeps its connection whatever happens.
    const [lock] = await driver.execute<{ is_ours: boolean }[]>(
      `select ${LOCK_IS_OURS} as is_ours`,
      [],
      'all',
      tx,
    );
    if (lock?.is_ours !== true) throw lostLock();
    const instance = new migration.migrationClass(observed, config);
    instance.setTransactionContext(tx);
    await instance[method]();
    for (const statement of instance.getQueries()) {
      signal?.throwIfAborted();
      await observed.execute(statement, undefined, 'all', tx);
    }
    signal?.throwIfAborted();
    onStatement(undefined);
    // The user that the migration became may lack the right to record it.
    await driver.execute(AS_OURSELVES, [], 'run', tx);
    await record(tx);
  });
}

/** It waits for others up to the limit of any statement, and blocks no one: PostgreSQL's concurrent statements are made for that. */
async function runAlone(run: Run): Promise<void> {
  const { migration, method, driver, log, signal, record, onStatement } = run;
  const statements = await renderSql(migration, method);
  const [statement] = statements ?? [];
  if (statement === undefined || statements?.length !== 1) {
    throw new MigratorFailure(
      'migration-failed',
      `A migration outside of a transaction is exactly one statement, added by addSql; here there are ${statements?.length ?? 'some that it runs itself'}. ` +
        'Nothing of it was run.',
    );
  }
  const query: Query = (sql) => driver.execute(sql);
  // It may be a try after a pause, in which the connection was replaced.
  await confirmLock(query);
  onStatement(statement);
  signal?.throwIfAborted();
  await query('set lock_timeout = 0');
  try {
    const runStatement = async (): Promise<void> => void (await driver.execute(statement));
    await runOutsideTransaction(statement, { query, run: runStatement, log, migration: migration.name });
  } finally {
    // On a connection that was lost this fails, and the statement's own failure is the one to report.
    await restoreSession(query, run).catch(() => undefined);
  }
  onStatement(undefined);
  await record();
}

/** The driver, except that it reports each statement; a migration that queries the database itself goes through it too. */
function observeStatements(
  driver: AbstractSqlDriver,
  onStatement: (statement: string) => void,
): AbstractSqlDriver {
  return new Proxy(driver, {
    get(target, property): unknown {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      if (property !== 'execute') return value.bind(target);
      return (...parts: Parameters<AbstractSqlDriver['execute']>) => {
        onStatement(statementText(parts[0]));
        return target.execute(...parts);
      };
    },
  });
}

/** Returns the text of what a migration hands to the driver. */
export function statementText(statement: Parameters<AbstractSqlDriver['execute']>[0]): string {
  if (typeof statement === 'string') return statement;
  return 'toRaw' in statement ? statement.toRaw().sql : statement.sql;
}
