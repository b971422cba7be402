/** Removes what a squash stands for, once every database has the squash or all of it. */
import { rm } from 'node:fs/promises';
import { MigratorFailure } from '../../failure.ts';
import { fileOf } from '../../run/state/entry-name.ts';
import { readInstallation } from '../../run/state/installation.ts';
import { writeManifest } from '../../run/state/manifest.ts';
import { resolveName } from '../../run/state/selection.ts';
import type { MigrationFile } from '../../run/state/load-migrations.ts';

/**
 * Removes the originals' files and makes the manifest again; returns their names. A file of which the squash stands for some steps only
 * stays, and the steps are not run where the squash is. The squash continues naming them, so that a database that has them still records
 * the squash in their place. MigratorFailure `command-invalid` for what is no squash.
 */
export async function finishSquash(folder: string, wanted: string): Promise<string[]> {
  const { manifest, files } = await readInstallation(folder);
  const names = manifest.migrations.map((entry) => entry.name);
  const name = resolveName(names, wanted);
  const replaces = manifest.migrations.find((entry) => entry.name === name)?.replaces ?? [];
  const needed = new Set(names.filter((entry) => !replaces.includes(entry)).map(fileOf));
  const originals = files.filter((file) => replaces.some((each) => fileOf(each) === file.name));
  const removed = originals.filter((file) => !needed.has(file.name));
  if (removed.length === 0) {
    throw new MigratorFailure('command-invalid', `Nothing was done: ${whyNot(name, replaces, originals)}.`);
  }
  for (const { path } of removed) await rm(path);
  await writeManifest(folder);
  return removed.map((original) => original.name);
}

function whyNot(name: string, replaces: readonly string[], originals: readonly MigrationFile[]): string {
  if (replaces.length === 0) return `${name} is no squash`;
  if (originals.length === 0) return `the originals of ${name} are gone already`;
  return `${originals.map((file) => `${file.name}.ts`).join(', ')} also holds steps that ${name} does not stand for`;
}
