/** Reads the folder of migrations: which files there are, what each states about itself, and its checksum. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MigratorFailure } from '../../failure.ts';
import { Migration } from '../migration.ts';
import type { LintWaivers, Phase, RequiredStop } from '../migration.ts';

/** A file of the folder, unread: enough to compare it with the manifest. */
export interface MigrationFile {
  readonly name: string;
  readonly path: string;
  readonly checksum: string;
}

/** The class of a migration, as the migrator makes it. */
export type MigrationClass = Omit<typeof Migration, 'prototype'> &
  (new (...parts: ConstructorParameters<typeof Migration>) => Migration);

/** A migration with what it states about itself. Its `up` has not run. */
export interface LoadedMigration extends MigrationFile {
  readonly migrationClass: MigrationClass;
  readonly phase: Phase | undefined;
  readonly transactional: boolean;
  readonly irreversible: string | undefined;
  readonly replaces: readonly string[];
  readonly requires: readonly string[];
  readonly backfills: readonly string[];
  readonly stop: RequiredStop | undefined;
  readonly lint: LintWaivers;
}

/** Returns the migrations of a folder in the order of their names, each with the checksum of its text. */
export async function listMigrationFiles(folder: string): Promise<MigrationFile[]> {
  const files = (await readdir(folder)).filter((file) => /^[^.].*(?<!\.d)\.ts$/.test(file)).sort();
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      return { name: file.replace(/\.ts$/, ''), path, checksum: checksumOf(await readFile(path, 'utf8')) };
    }),
  );
}

/** Imports one migration. */
export async function loadMigration(file: MigrationFile): Promise<LoadedMigration> {
  const exported: unknown = await import(pathToFileURL(file.path).href);
  const migrationClass = Object.values(Object(exported) as object).find(isMigrationClass);
  if (migrationClass === undefined) {
    throw new MigratorFailure(
      'installation-incomplete',
      `${file.path} exports no migration: a class that extends the Migration of src/migrator/recipes.ts was wanted.`,
    );
  }
  const { phase, transactional, irreversible, replaces = [], requires = [], backfills = [] } = migrationClass;
  const { stop, lint = { allow: {} } } = migrationClass;
  return {
    ...file,
    migrationClass,
    phase,
    transactional,
    irreversible,
    replaces,
    requires,
    backfills,
    stop,
    lint,
  };
}

/** Imports all migrations of a folder, in order. */
export async function loadMigrations(folder: string): Promise<LoadedMigration[]> {
  const files = await listMigrationFiles(folder);
  return Promise.all(files.map((file) => loadMigration(file)));
}

/** The text counts, not the line ends that git may have changed. */
function checksumOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

function isMigrationClass(value: unknown): value is MigrationClass {
  return typeof value === 'function' && value.prototype instanceof Migration;
}
