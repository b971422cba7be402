/** Opens the guarded migrator for one database; the server at start and every command get theirs here. */
import { MikroORM } from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import { Migrator } from './migrator.ts';
import { migratorOptions } from './migrator-options.ts';
import type { EntitySchema } from '@mikro-orm/core';
import type { Project } from './project.ts';

export interface OpenSettings extends Project {
  readonly databaseUrl: string;
}

/** The migrator and the ORM that carries it; anyone who opens it closes it. */
export interface OpenedMigrator {
  readonly orm: MikroORM;
  readonly migrator: Migrator;
  readonly close: () => Promise<void>;
}

/** Opens it without connecting; the first question does. Migrations are SQL, so it needs no entities. */
export function openMigrator(settings: OpenSettings): OpenedMigrator {
  return openWith(settings, []);
}

/** Opens it with the entities of the project, as anyone who compares them with a schema needs it. */
export async function openMigratorWithEntities(settings: OpenSettings): Promise<OpenedMigrator> {
  const entities = await settings.entities?.();
  assert(entities !== undefined, 'a project whose entities are compared gives them');
  return openWith(settings, entities);
}

function openWith(
  { databaseUrl, ...project }: OpenSettings,
  entities: readonly EntitySchema[],
): OpenedMigrator {
  const options = migratorOptions(databaseUrl, project);
  const orm = new MikroORM({
    ...options,
    entities: [...entities],
    discovery: { warnWhenNoEntities: false },
    migrations: { ...options.migrations, silent: true },
  });
  const { migrator } = orm;
  assert(
    migrator instanceof Migrator,
    `the migrator was ${migrator.constructor.name} of MikroORM, without our guards`,
  );
  return { orm, migrator, close: () => orm.close(true) };
}
