/** Reads the folder of migrations: which files there are, what each holds, and what that states about itself. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MigratorFailure } from '../../failure.ts';
import { Migration } from '../migration.ts';
import { entryChecksum, textChecksum } from './checksum.ts';
import { fileOf } from './entry-name.ts';
import { entriesOfClass } from './step-migration.ts';
import type { LintWaivers, MigrationClass, Phase, RequiredStop } from '../migration.ts';
import type { NamedClass } from './step-migration.ts';

/** A file of the folder, not loaded: enough to compare it with the manifest. */
export interface MigrationFile {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  /** SHA-256 of its text. */
  readonly text: string;
}

/** An entry, with what it states about itself: a file's one migration, or one step of several. Its `up` has not run. */
export interface LoadedMigration {
  readonly name: string;
  /** The file that it is in. */
  readonly path: string;
  /** SHA-256 of that file's text. */
  readonly text: string;
  /** SHA-256 of what it does. */
  readonly checksum: string;
  readonly migrationClass: MigrationClass;
  readonly phase: Phase | undefined;
  readonly transactional: boolean;
  readonly irreversible: string | undefined;
  readonly replaces: readonly string[];
  /** What it states, and the step before it in its file. */
  readonly requires: readonly string[];
  readonly backfills: readonly string[];
  readonly stop: RequiredStop | undefined;
  readonly lint: LintWaivers;
}

/** Returns the files of a folder in the order of their names. Imports none. */
export async function listMigrationFiles(folder: string): Promise<MigrationFile[]> {
  const files = (await readdir(folder)).filter((file) => /^[^.].*(?<!\.d)\.ts$/.test(file)).sort();
  return files.map((file) => readMigrationFile(folder, file.replace(/\.ts$/, '')));
}

/** Imports one file and returns its entries in order. */
async function loadFile(file: MigrationFile): Promise<LoadedMigration[]> {
  // A text that was changed since it was imported is another module.
  const exported: unknown = await import(`${pathToFileURL(file.path).href}?text=${file.text}`);
  const migrationClass = Object.values(Object(exported) as object).find(isMigrationClass);
  if (migrationClass === undefined) {
    throw new MigratorFailure(
      'installation-incomplete',
      `${file.path} exports no migration: a class that extends the Migration of src/migrator/recipes.ts was expected.`,
    );
  }
  return Promise.all(entriesOfClass(file.name, migrationClass).map((entry) => describe(file, entry)));
}

/** Imports all files of a folder and returns their entries in order. */
export async function loadMigrations(folder: string): Promise<LoadedMigration[]> {
  const files = await listMigrationFiles(folder);
  return (await Promise.all(files.map(loadFile))).flat();
}

/** Imports the files of these entries only, and returns the entries in the order asked for. MigratorFailure `installation-incomplete` for one that is not there. */
export async function loadEntries(folder: string, names: readonly string[]): Promise<LoadedMigration[]> {
  const files = [...new Set(names.map(fileOf))].map((file) => readMigrationFile(folder, file));
  const loaded = (await Promise.all(files.map(loadFile))).flat();
  const byName = new Map(loaded.map((entry) => [entry.name, entry]));
  return names.map((name) => {
    const entry = byName.get(name);
    if (entry !== undefined) return entry;
    throw new MigratorFailure(
      'installation-incomplete',
      `${fileOf(name)}.ts does not hold ${name}, which the manifest lists. Nothing was done. Install this version again.`,
    );
  });
}

/** Read at once: files so small take a twelfth of the time that promises of them do, and every start reads them all. */
function readMigrationFile(folder: string, name: string): MigrationFile {
  const path = join(folder, `${name}.ts`);
  const source = readFileSync(path, 'utf8');
  return { name, path, source, text: textChecksum(source) };
}

async function describe({ path, source, text }: MigrationFile, entry: NamedClass): Promise<LoadedMigration> {
  const { name, migrationClass, previous } = entry;
  const { phase, transactional, irreversible, replaces = [], requires = [], backfills = [] } = migrationClass;
  return {
    name,
    path,
    text,
    checksum: await entryChecksum(entry, source),
    migrationClass,
    phase,
    transactional,
    irreversible,
    replaces,
    requires: previous === undefined ? requires : [previous, ...requires],
    backfills,
    stop: migrationClass.stop,
    lint: migrationClass.lint ?? { allow: {} },
  };
}

function isMigrationClass(value: unknown): value is MigrationClass {
  return typeof value === 'function' && value.prototype instanceof Migration;
}
