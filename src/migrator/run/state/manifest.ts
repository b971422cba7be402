/**
 * The list of migrations that this version of the server was made with, `manifest.json` beside them. It distinguishes a whole
 * installation from one with files missing, and makes two branches that both add a migration conflict in git.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type from 'typebox';
import { Value } from 'typebox/value';
import { MigratorFailure } from '../../failure.ts';
import { compiledCheck } from './compiled-check.ts';
import { fileOf } from './entry-name.ts';
import { loadMigrations } from './load-migrations.ts';
import { PHASES } from '../migration.ts';
import type { Static } from 'typebox';
import type { LoadedMigration, MigrationFile } from './load-migrations.ts';

const MANIFEST_FILE = 'manifest.json';

const Entry = Type.Object({
  name: Type.String(),
  /** SHA-256 of what it does. */
  checksum: Type.String(),
  /** The checksums under which older versions recorded it, the oldest first. */
  formerly: Type.Optional(Type.Array(Type.String())),
  /** SHA-256 of the text of its file. */
  text: Type.String(),
  phase: Type.Enum(PHASES),
  transactional: Type.Boolean(),
  replaces: Type.Optional(Type.Array(Type.String())),
  requires: Type.Optional(Type.Array(Type.String())),
  backfills: Type.Optional(Type.Array(Type.String())),
  stop: Type.Optional(Type.Object({ after: Type.String(), version: Type.String(), reason: Type.String() })),
});

/** One migration, as the manifest holds it: a file's, or one step of several. */
export type ManifestEntry = Readonly<Static<typeof Entry>>;

/** The part of an entry that must stay as it is once others have it. */
export const SharedEntrySchema = Type.Pick(Entry, [
  'name',
  'checksum',
  'replaces',
  'requires',
  'backfills',
  'stop',
]);

const ManifestSchema = Type.Object({
  migrations: Type.Array(Entry),
  head: Type.Union([Type.String(), Type.Null()]),
});
const isManifest = compiledCheck(ManifestSchema);

/** What must stay as it is once others have an entry. */
export interface SharedEntry {
  readonly name: string;
  readonly checksum: string;
  readonly requires?: readonly string[] | undefined;
  readonly backfills?: readonly string[] | undefined;
  readonly replaces?: readonly string[] | undefined;
  readonly stop?: ManifestEntry['stop'] | undefined;
}

/** What decides when an entry may run, and what it stands for. */
type Conditions = Omit<SharedEntry, 'name' | 'checksum'>;

/** The migrations in order, and the name of the last. */
export type Manifest = Readonly<Static<typeof ManifestSchema>>;

/** Reads the manifest of a folder; MigratorFailure `installation-incomplete` when it is missing, empty or not one. */
export async function readManifest(folder: string): Promise<Manifest> {
  const parsed = parseJson(await manifestFileOf(folder));
  if (isManifest(parsed) && parsed.migrations.length > 0) return parsed;
  throw new MigratorFailure(
    'installation-incomplete',
    `${join(folder, MANIFEST_FILE)} is missing, lists not one migration, or is no manifest. The installation is not whole; nothing was changed. ` +
      'Install this version again; where migrations are written, "npm run db -- make --merge" makes the manifest.',
  );
}

/**
 * Returns the manifest that the files of a folder make. What no file makes, the former checksums, is taken over from what is listed.
 * MigratorFailure `command-invalid` for one that states no phase.
 */
export async function makeManifest(folder: string): Promise<Manifest> {
  const formerly = formerChecksums(await readEntryLines(folder));
  const migrations = (await loadMigrations(folder)).map((each) => entryOf(each, formerly.get(each.name)));
  return { migrations, head: migrations.at(-1)?.name ?? null };
}

/** Writes the manifest that the files of a folder make, unless it is there already, and returns it. One who reads it meanwhile finds it whole. */
export async function writeManifest(folder: string): Promise<Manifest> {
  const manifest = await makeManifest(folder);
  const text = manifestText(manifest);
  if (text === (await manifestFileOf(folder))) return manifest;
  const file = join(folder, MANIFEST_FILE);
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, file);
  return manifest;
}

/** One line a migration, so that a change of two branches is seen as two lines; the head is the line that conflicts. */
export function manifestText({ migrations, head }: Manifest): string {
  const lines = migrations.map((entry) => `    ${JSON.stringify(entry)}`);
  return `{\n  "migrations": [\n${lines.join(',\n')}\n  ],\n  "head": ${JSON.stringify(head)}\n}\n`;
}

/** Returns what is wrong between the files and the manifest, one sentence each; empty when the installation is whole. */
export function manifestFaults(manifest: Manifest, files: readonly MigrationFile[]): string[] {
  const listed = new Map(manifest.migrations.map(({ name, text }) => [fileOf(name), text]));
  const head = manifest.migrations.at(-1)?.name ?? null;
  return [
    ...missingFiles(manifest, files).map((name) => `${name}.ts is missing: the manifest lists it`),
    ...files.filter(({ name }) => !listed.has(name)).map(({ name }) => `${name}.ts is not in the manifest`),
    ...files
      .filter(({ name, text }) => listed.has(name) && listed.get(name) !== text)
      .map(({ name }) => `${name}.ts is not the file that the manifest was made with: it was edited`),
    ...(manifest.head === head
      ? []
      : [`the manifest's head is ${manifest.head}, its last migration ${head}`]),
  ];
}

/** Returns the files that the manifest lists and that are not there, without `.ts`. */
export function missingFiles(
  { migrations }: Pick<Manifest, 'migrations'>,
  files: readonly Pick<MigrationFile, 'name'>[],
): string[] {
  const found = new Set(files.map(({ name }) => name));
  return [...new Set(migrations.map(({ name }) => fileOf(name)))].filter((name) => !found.has(name));
}

/** Whether a checksum is one under which this version, or one before it, knows the entry. */
export function isKnownAs(
  { checksum, formerly = [] }: Pick<ManifestEntry, 'checksum' | 'formerly'>,
  other: string,
): boolean {
  return other === checksum || formerly.includes(other);
}

/** Returns the conditions of an entry as one text, which can be compared; its checksum is of what it does only. */
export function conditionsOf({ requires = [], backfills = [], replaces = [], stop }: Conditions): string {
  return JSON.stringify({ requires, backfills, replaces, stop });
}

function entryOf(migration: LoadedMigration, formerly: readonly string[] | undefined): ManifestEntry {
  const { name, checksum, text, phase, transactional, replaces, requires, backfills, stop } = migration;
  if (phase === undefined) {
    throw new MigratorFailure(
      'command-invalid',
      `${name}.ts states no phase: add "static override readonly phase = 'expand'" (or 'data', or 'contract').`,
    );
  }
  return {
    name,
    checksum,
    ...(formerly !== undefined && { formerly: [...formerly] }),
    text,
    phase,
    transactional,
    ...(replaces.length > 0 && { replaces: [...replaces] }),
    ...(requires.length > 0 && { requires: [...requires] }),
    ...(backfills.length > 0 && { backfills: [...backfills] }),
    ...(stop !== undefined && { stop: { ...stop } }),
  };
}

/**
 * Returns the lines of the entries by name, of whatever the manifest is: a merge may have left two versions of the list in one file, and
 * an older version may have written it.
 */
export async function readEntryLines(folder: string): Promise<Map<string, string>> {
  const lines = (await manifestFileOf(folder)).split('\n').map((line) => line.trim().replace(/,$/, ''));
  return new Map(
    lines.flatMap((line) => {
      const parsed = parseJson(line);
      return Value.Check(Named, parsed) ? [[parsed.name, line] as const] : [];
    }),
  );
}

const Named = Type.Object({ name: Type.String(), formerly: Type.Optional(Type.Array(Type.String())) });

function formerChecksums(lines: ReadonlyMap<string, string>): Map<string, readonly string[] | undefined> {
  return new Map([...lines].map(([name, line]) => [name, Value.Parse(Named, JSON.parse(line)).formerly]));
}

/** Empty where there is none. */
async function manifestFileOf(folder: string): Promise<string> {
  return readFile(join(folder, MANIFEST_FILE), 'utf8').catch(() => '');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
