/** Keeps the newest backups of a database in a directory and removes the older ones. */
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import assert from 'node:assert/strict';
import { forgetBackup } from './backup-record.ts';
import { isBackupFileOf } from './make-backup.ts';

export interface Rotation {
  readonly databaseUrl: string;
  readonly directory: string;
  /** How many stay; at least one. */
  readonly keep: number;
}

/** Removes what is beyond `keep`, with its record, and returns the files. Files of other names are not touched. */
export async function rotateBackups({ databaseUrl, directory, keep }: Rotation): Promise<string[]> {
  assert(keep >= 1, `a rotation that keeps ${keep} backups would leave none`);
  const files = (await readdir(directory)).filter((file) => isBackupFileOf(databaseUrl, file)).sort();
  const old = files.slice(0, -keep).map((file) => join(resolve(directory), file));
  for (const file of old) {
    await rm(file);
    await forgetBackup(databaseUrl, file);
  }
  return old;
}
