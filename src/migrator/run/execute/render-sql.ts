/** The SQL of a migration without running it. */
import type { AbstractSqlDriver, Configuration } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import type { LoadedMigration } from '../state/load-migrations.ts';

/** What MikroORM hands a migration. */
export interface MigrationParts {
  readonly driver: AbstractSqlDriver;
  readonly config: Configuration;
}

/**
 * Returns the statements that one direction of a migration collects. Undefined for a migration that asks the database
 * while it runs (`this.execute`): its SQL is known only then.
 */
export async function renderSql(
  { name, migrationClass }: LoadedMigration,
  direction: 'up' | 'down',
  { driver, config }: MigrationParts,
): Promise<string[] | undefined> {
  const migration = new migrationClass(offline(driver), config);
  try {
    await migration[direction]();
  } catch (error) {
    if (error === ASKS_DATABASE) return undefined;
    throw new MigratorFailure(
      'command-invalid',
      `${name}.ts cannot go ${direction}: ${String(error)}`,
      {},
      { cause: error },
    );
  }
  return migration.getQueries().map(String);
}

const ASKS_DATABASE = new Error('this migration asks the database');

/** The driver, except that it runs nothing. */
function offline(driver: AbstractSqlDriver): AbstractSqlDriver {
  return new Proxy(driver, {
    get(target, property): unknown {
      if (property === 'execute') return () => Promise.reject(ASKS_DATABASE);
      return Reflect.get(target, property);
    },
  });
}
