/** The backup before a change of the schema. */
import { ensureBackup } from '../upkeep/backup/backup-gate.ts';
import { quietLog } from './io.ts';
import type { MigrateRun } from './migrate-run.ts';

/** Wants a fresh backup as the settings say, and tells which one it is. */
export async function backUpFirst({
  io,
  context,
  databaseUrl,
  backupMode,
  opened,
}: Pick<MigrateRun, 'io' | 'context' | 'databaseUrl' | 'backupMode' | 'opened'>): Promise<void> {
  const outcome = await ensureBackup({
    databaseUrl,
    ...context.backup,
    mode: backupMode,
    signal: opened.signal,
    log: quietLog,
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
