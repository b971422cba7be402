/** Whether the migrations of this installation are all there, as the manifest lists them, and do what it was signed for. */
import { MigratorFailure } from '../../failure.ts';
import { listMigrationFiles, loadEntries } from './load-migrations.ts';
import { manifestFaults, readManifest } from './manifest.ts';
import type { LoadedMigration, MigrationFile } from './load-migrations.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';

export interface Installation {
  readonly manifest: Manifest;
  readonly files: readonly MigrationFile[];
}

/** Reads the manifest and the files, and loads none; MigratorFailure `installation-incomplete` naming everything in which they differ. */
export async function readInstallation(folder: string): Promise<Installation> {
  const manifest = await readManifest(folder);
  const files = await listMigrationFiles(folder);
  const faults = manifestFaults(manifest, files);
  refuseFaults(folder, faults);
  return { manifest, files };
}

/** Throws it for these. */
export function refuseFaults(folder: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  throw new MigratorFailure(
    'installation-incomplete',
    `The migrations in ${folder} are not those that the manifest lists: ${faults.join('; ')}. Nothing was done. ` +
      'Install this version again; where migrations are written, "npm run db -- check" signs those that only you have.',
    { faults },
  );
}

/** A migration that is what its entry says. */
export interface SignedMigration {
  readonly entry: ManifestEntry;
  readonly migration: LoadedMigration;
}

/**
 * Loads what is about to run, in order. MigratorFailure `installation-incomplete` when one of them does not do what the manifest was
 * signed for: its file is the same, so something that it imports was changed.
 */
export async function loadSigned(
  folder: string,
  entries: readonly ManifestEntry[],
): Promise<SignedMigration[]> {
  const loaded = await loadEntries(
    folder,
    entries.map(({ name }) => name),
  );
  const byName = new Map(loaded.map((migration) => [migration.name, migration]));
  const signed = entries.flatMap((entry) => {
    const migration = byName.get(entry.name);
    return migration?.checksum === entry.checksum ? [{ entry, migration }] : [];
  });
  if (signed.length === entries.length) return signed;
  const names = entries.filter((each) => signed.every(({ entry }) => entry !== each)).map(({ name }) => name);
  throw new MigratorFailure(
    'installation-incomplete',
    `${names.join(', ')} would not do what the manifest was made for: a recipe that it uses was changed, or it says something else ` +
      'each time. Nothing was done. Install this version again; where migrations are written, "manage db check" says more.',
    { migrations: names },
  );
}
