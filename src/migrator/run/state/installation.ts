/** Whether the migrations of this installation are all there, as the manifest lists them. */
import { MigratorFailure } from '../../failure.ts';
import { listMigrationFiles } from './load-migrations.ts';
import { manifestFaults, readManifest } from './manifest.ts';
import type { MigrationFile } from './load-migrations.ts';
import type { Manifest } from './manifest.ts';

export interface Installation {
  readonly manifest: Manifest;
  readonly files: readonly MigrationFile[];
}

/** Reads the manifest and the files; MigratorFailure `installation-incomplete` naming everything in which they differ. */
export async function readInstallation(folder: string): Promise<Installation> {
  const manifest = await readManifest(folder);
  const files = await listMigrationFiles(folder);
  const faults = manifestFaults(manifest, files);
  if (faults.length === 0) return { manifest, files };
  throw new MigratorFailure(
    'installation-incomplete',
    `The migrations in ${folder} are not those that the manifest lists: ${faults.join('; ')}. Nothing was done. ` +
      'Install this version again; where migrations are written, "npm run db -- check" signs those that only you have.',
    { faults },
  );
}
