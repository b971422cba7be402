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

/** The migrator and the ORM that carries it; its opener closes it. */
export interface OpenedMigrator {
  readonly orm: MikroORM;
  readonly migrator: Migrator;
  readonly close: () => Promise<void>;
}

/**
 * Opens it without connecting; the first question does. Migrations are SQL, so it needs no entities, except for comparing them with a
 * schema.
 */
export function openMigrator(
  { databaseUrl, ...project }: OpenSettings,
  entities: readonly EntitySchema[] = [],
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

/** Does work with an open migrator, and closes it. */
export async function onMigrator<Result>(
  settings: OpenSettings,
  work: (opened: OpenedMigrator) => Promise<Result>,
  entities?: Parameters<typeof openMigrator>[1],
): Promise<Result> {
  const opened = openMigrator(settings, entities);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
