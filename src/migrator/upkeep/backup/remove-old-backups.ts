/** Removes the oldest backups of a database from a folder, so that the newest remain. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { forgetBackup } from './backup-record.ts';
import { backupFilePrefix } from './make-backup.ts';

/** What was broken off is removed when it cannot be under way any more. */
const BROKEN_OFF_AFTER_MS = 24 * 60 * 60_000;

export interface OldBackups {
  readonly databaseUrl: string;
  readonly directory: string;
  /** How many remain. */
  readonly keep: number;
}

/** Removes them with their records, and parts that a process which died left; returns the files. What is there of other databases stays. */
export async function removeOldBackups({
  databaseUrl,
  directory,
  keep,
}: OldBackups): Promise<readonly string[]> {
  const folder = resolve(directory);
  const prefix = backupFilePrefix(databaseUrl);
  const ofDatabase = (await readdir(folder)).filter(
    (name) => name.startsWith(prefix) && /^\d{8}T\d{9}Z\.dump(\.part)?$/.test(name.slice(prefix.length)),
  );
  // Sorted by name they are sorted by time.
  const whole = ofDatabase.filter((name) => name.endsWith('.dump')).toSorted();
  const old = whole.slice(0, Math.max(0, whole.length - keep)).map((name) => join(folder, name));
  for (const location of old) {
    await rm(location, { force: true });
    await forgetBackup(databaseUrl, location);
  }
  for (const name of ofDatabase.filter((each) => each.endsWith('.part'))) {
    const part = join(folder, name);
    const { mtimeMs } = await stat(part);
    if (Date.now() - mtimeMs > BROKEN_OFF_AFTER_MS) await rm(part, { force: true });
  }
  return old;
}
