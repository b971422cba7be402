/** Opens the guarded migrator for one database; the server at start and every command get theirs here. */
import { MikroORM } from '@mikro-orm/postgresql';
import { assert } from '../../shared/assert.ts';
import { entities } from '../../entities/index.ts';
import { Migrator } from './migrator.ts';
import { migratorOptions } from './migrator-options.ts';

export interface OpenSettings {
  readonly databaseUrl: string;
  /** Other migrations than the server's own. */
  readonly folder?: string;
  /** Whether the records are needed, as they are to compare them with a schema. Migrations are SQL, and start faster without. */
  readonly withEntities?: boolean;
}

/** The migrator and the ORM that carries it; whoever opens it closes it. */
export interface OpenedMigrator {
  readonly orm: MikroORM;
  readonly migrator: Migrator;
  readonly close: () => Promise<void>;
}

/** Opens it without connecting; the first question does. */
export function openMigrator({ databaseUrl, folder, withEntities = false }: OpenSettings): OpenedMigrator {
  const options = migratorOptions(databaseUrl);
  const paths = folder === undefined ? {} : { path: folder, pathTs: folder };
  const orm = new MikroORM({
    ...options,
    entities: withEntities ? [...entities] : [],
    discovery: { warnWhenNoEntities: false },
    migrations: { ...options.migrations, ...paths, silent: true },
  });
  const { migrator } = orm;
  assert(
    migrator instanceof Migrator,
    `the migrator was ${migrator.constructor.name} of MikroORM, without our guards`,
  );
  return { orm, migrator, close: () => orm.close(true) };
}
