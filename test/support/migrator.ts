/** Migrators for tests, on the real migrations or on those of a fixture. */
import { MikroORM } from '@mikro-orm/postgresql';
import { entities } from '../../src/entities/index.ts';
import { Migrator } from '../../src/persistence/migrator/migrator.ts';
import { migratorOptions } from '../../src/persistence/migrator/migrator-options.ts';
import { assert } from '../../src/shared/assert.ts';

/** Opens what the command line opens, without its words; `folder` puts other migrations in place of the real ones. */
export async function openMigrator(databaseUrl: string, folder?: string) {
  const options = migratorOptions(databaseUrl);
  const paths = folder === undefined ? {} : { path: folder, pathTs: folder };
  const orm = await MikroORM.init({
    ...options,
    entities: [...entities],
    migrations: { ...options.migrations, ...paths, silent: true },
  });
  const { migrator } = orm;
  assert(
    migrator instanceof Migrator,
    `the migrator was ${migrator.constructor.name} of MikroORM, without our guards`,
  );
  migrator.configureLock({ log: () => undefined });
  return orm;
}
