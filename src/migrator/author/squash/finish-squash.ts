/** Removes what a squash stands for, once every database has the squash or all of it. */
import { rm } from 'node:fs/promises';
import { MigratorFailure } from '../../failure.ts';
import { readInstallation } from '../../run/state/installation.ts';
import { writeManifest } from '../../run/state/manifest.ts';
import { resolveName } from '../../run/state/selection.ts';

/**
 * Removes the originals' files and makes the manifest anew; returns their names. The squash goes on naming them, so that a database
 * that has them still records the squash in their place. MigratorFailure `command-invalid` for what is no squash.
 */
export async function finishSquash(folder: string, wanted: string): Promise<string[]> {
  const { manifest, files } = await readInstallation(folder);
  const name = resolveName(
    files.map((file) => file.name),
    wanted,
  );
  const replaces = manifest.migrations.find((entry) => entry.name === name)?.replaces ?? [];
  const originals = files.filter((file) => replaces.includes(file.name));
  if (originals.length === 0) {
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was done: ${replaces.length === 0 ? `${name} is no squash` : `the originals of ${name} are gone already`}.`,
    );
  }
  for (const { path } of originals) await rm(path);
  await writeManifest(folder);
  return originals.map((original) => original.name);
}
