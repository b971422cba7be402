/** Moves the migrations of one branch behind those of another, after a merge. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseSchema } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { nextTimestamps, timestampOf } from './timestamps.ts';
import { writeSnapshot } from './snapshot.ts';
import { listMigrationFiles } from '../../run/state/load-migrations.ts';
import { fileOf } from '../../run/state/entry-name.ts';
import { git, readManifestAt } from '../../review/lint/base-manifest.ts';
import { writeManifest } from '../../run/state/manifest.ts';
import type { MigrationFile } from '../../run/state/load-migrations.ts';

export interface RebaseRequest {
  readonly folder: string;
  /** The migrations that move; the rest is the other branch's and stays. */
  readonly own: readonly string[];
  /** The schema of the records as they are now, both branches' together. */
  readonly target: DatabaseSchema;
  readonly nowAt: number;
}

/** A migration and the name it gets. */
export interface Restamp {
  readonly from: string;
  readonly to: string;
}

/** Returns which migrations would get which names; none when all of them are behind the others already. Changes nothing. */
export async function planRebase({ folder, own, nowAt }: Omit<RebaseRequest, 'target'>): Promise<Restamp[]> {
  const names = (await listMigrationFiles(folder)).map(({ name }) => name);
  const moving = names.filter((name) => own.includes(name));
  const others = names.filter((name) => !own.includes(name));
  const head = timestampOf(others.at(-1) ?? '') ?? '';
  const times = moving.map((name) => timestampOf(name) ?? '');
  const isBehind = times.every((time) => time > head) && new Set(times).size === times.length;
  if (isBehind) return [];
  const timestamps = nextTimestamps(others, moving.length, nowAt);
  return moving.map((from, index) => {
    const words = from.replace(/^Migration(\d{14}_?)?/, '');
    return { from, to: `Migration${timestamps[index]}${words === '' ? '' : `_${words}`}` };
  });
}

/** Gives the files their names, and makes snapshot and manifest again. MigratorFailure `command-invalid` while a file is in conflict. */
export async function rebaseMigrations(request: RebaseRequest): Promise<Restamp[]> {
  const { folder, target } = request;
  const files = await listMigrationFiles(folder);
  await refuseConflicts(files);
  const restamps = await planRebase(request);
  // Others of the branch may name one in `requires`.
  await restamp(
    files.filter(({ name }) => request.own.includes(name)),
    restamps,
  );
  await writeSnapshot(folder, target);
  await writeManifest(folder);
  return restamps;
}

/** All are read before one is written: the new name of one may be the old name of another. */
async function restamp(files: readonly MigrationFile[], restamps: readonly Restamp[]): Promise<void> {
  const newNames = new Map(restamps.map(({ from, to }) => [from, to]));
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
  const written = new Set<string>();
  for (const [index, { name, path }] of files.entries()) {
    const text = (texts[index] ?? '').replaceAll(/\w+/g, (found) => newNames.get(found) ?? found);
    const newPath = join(dirname(path), `${newNames.get(name) ?? name}.ts`);
    await writeFile(newPath, text);
    written.add(newPath);
  }
  for (const { path } of files) if (!written.has(path)) await rm(path);
}

async function refuseConflicts(files: readonly MigrationFile[]): Promise<void> {
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
  const open = files.filter((_, index) => /^<{7} /m.test(texts[index] ?? ''));
  if (open.length === 0) return;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was done: ${open.map(({ name }) => `${name}.ts`).join(', ')} still has conflict markers of git. Settle them first.`,
  );
}

/** The branch that others work from, by default. */
const MAIN_BRANCHES = ['main', 'origin/main'];

/** The migrations that other branches have. */
export interface OtherBranches {
  readonly references: readonly string[];
  readonly names: ReadonlySet<string>;
}

/**
 * Reads the names of the migrations at `onto`, or at the main branch, its own and the server's copy of it together: either may be the
 * newer one. MigratorFailure `command-invalid` when git knows none.
 */
export async function migrationsElsewhere(folder: string, onto: string | undefined): Promise<OtherBranches> {
  const current = await git(folder, 'symbolic-ref', '--quiet', '--short', 'HEAD').catch(() => '');
  const wanted = onto === undefined ? MAIN_BRANCHES.filter((branch) => branch !== current.trim()) : [onto];
  const references: string[] = [];
  const names = new Set<string>();
  for (const reference of wanted) {
    const manifest = await readManifestAt(folder, reference);
    if (manifest !== undefined) references.push(reference);
    for (const { name } of manifest?.migrations ?? []) names.add(fileOf(name));
  }
  if (references.length > 0) return { references, names };
  throw new MigratorFailure(
    'command-invalid',
    `git knows no branch "${onto ?? 'main'}" besides this one with a manifest in it. Pass --onto BRANCH, or name your migrations with --own.`,
  );
}
