/** Runs migrations in a scratch database, which no one else uses: without locks, transactions or a table of what was run. */
import { MigratorFailure } from '../../failure.ts';
import { openBareOrm } from '../../run/connect/plain-connection.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';

/** Runs these migrations up, in this order; `onDone` is awaited after each. MigratorFailure `migration-failed` names one that cannot run. */
export async function replayMigrations(
  databaseUrl: string,
  migrations: readonly LoadedMigration[],
  onDone: (migration: LoadedMigration) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const orm = openBareOrm({ databaseUrl, purpose: 'scratch' });
  try {
    for (const migration of migrations) {
      await replayOne(orm, migration);
      await onDone(migration);
    }
  } finally {
    await orm.close(true);
  }
}

async function replayOne(orm: MikroORM, { name, migrationClass }: LoadedMigration): Promise<void> {
  try {
    const migration = new migrationClass(orm.driver, orm.config);
    await migration.up();
    for (const statement of migration.getQueries()) await orm.driver.execute(statement);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigratorFailure(
      'migration-failed',
      `${name}.ts cannot run on an empty scratch database after those before it: ${reason}`,
      { migration: name },
      { cause },
    );
  }
}
