/** The backup before a change of the schema. */
import { ensureBackup } from '../../persistence/backup/backup-gate.ts';
import type { MigrateRun } from './migrate-run.ts';

/** Wants a fresh backup as the settings say, and tells which one it is. */
export async function backUpFirst({
  io,
  config,
  databaseUrl,
  backupMode,
  opened,
}: MigrateRun): Promise<void> {
  const outcome = await ensureBackup({
    databaseUrl,
    mode: backupMode,
    maxAgeMs: config.BACKUP_MAX_AGE_MINUTES * 60_000,
    directory: config.BACKUP_DIRECTORY,
    signal: opened.signal,
    log: { info: () => undefined, warn: () => undefined },
  });
  switch (outcome.kind) {
    case 'off':
      return;
    case 'fresh':
    case 'made':
      io.stdout.write(`backup: ${outcome.location}\n`);
      return;
    case 'none':
      io.stderr.write(`Going on without a fresh backup: ${outcome.reason}.\n`);
  }
}
