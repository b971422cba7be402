/** The SQL of a migration without running it. */
import type { AbstractSqlDriver, Configuration } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import type { MigrationClass } from '../migration.ts';

/** What MikroORM hands a migration. */
export interface MigrationParts {
  readonly driver: AbstractSqlDriver;
  readonly config: Configuration;
}

/** A migration by its name, loaded. */
export interface RenderedMigration {
  readonly name: string;
  readonly migrationClass: MigrationClass;
}

/**
 * Returns the statements that one direction of a migration collects. Undefined for a migration that asks the database
 * while it runs (`this.execute`): its SQL is known only then.
 */
export async function renderSql(
  { name, migrationClass }: RenderedMigration,
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

const SILENT = new Proxy(
  {},
  {
    get: () => {
      throw ASKS_DATABASE;
    },
  },
);

/** Where there is no ORM. Anyone who uses the driver or the configuration asks, too: what such a one runs is known only then. */
export const WITHOUT_DATABASE: MigrationParts = {
  driver: SILENT as AbstractSqlDriver,
  config: SILENT as Configuration,
};
