/** The SQL of a migration without running it, and without a database. */
import type { AbstractSqlDriver, Configuration } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import type { MigrationClass } from '../migration.ts';

/** A migration by its name, loaded. */
export interface RenderedMigration {
  readonly name: string;
  readonly migrationClass: MigrationClass;
}

/**
 * Returns the statements that one direction of a migration collects. Undefined for a migration that asks the database
 * while it runs (`this.execute`), or its driver or configuration: its SQL is known only then.
 */
export async function renderSql(
  { name, migrationClass }: RenderedMigration,
  direction: 'up' | 'down',
): Promise<string[] | undefined> {
  const migration = new migrationClass(SILENT as AbstractSqlDriver, SILENT as Configuration);
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

const SILENT = new Proxy(
  {},
  {
    get: () => {
      throw ASKS_DATABASE;
    },
  },
);
