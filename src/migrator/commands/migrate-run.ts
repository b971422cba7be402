/** What going forward, going back and contracts have in common: the backup before, and a line for each step that is done. */
import { ensureBackup } from '../upkeep/backup/backup-gate.ts';
import { quietLog } from './io.ts';
import { spanText } from './text.ts';
import type { Comparison } from '../inspect/doctor/reader.ts';
import type { Query } from '../run/connect/query.ts';
import type { CommandRun } from './declare-command.ts';
import type { OperatorMigrator } from './operator-migrator.ts';
import type { Migrator } from '../run/migrator.ts';

/** What going forward and going back both work with. */
export interface MigrateWork {
  readonly run: CommandRun;
  readonly comparison: Comparison;
  /** Read only. */
  readonly query: Query;
  readonly opened: OperatorMigrator;
}

/** Requires a fresh backup as the settings say, and prints which one it is. */
export async function backUpFirst(
  { io, context, say }: CommandRun,
  { databaseUrl, signal }: Pick<OperatorMigrator, 'databaseUrl' | 'signal'>,
): Promise<void> {
  const outcome = await ensureBackup({ databaseUrl, ...context.backup, signal, log: quietLog });
  if (outcome.kind === 'fresh' || outcome.kind === 'made') say(`backup: ${outcome.location}\n`);
  if (outcome.kind === 'none') io.stderr.write(`Continuing without a fresh backup: ${outcome.reason}.\n`);
}

const EVENTS = {
  applied: { before: 'migrating', after: 'migrated' },
  reverted: { before: 'reverting', after: 'reverted' },
} as const;

/** From now on prints a line for each migration. */
export function printEach(migrator: Migrator, { say }: CommandRun, verb: keyof typeof EVENTS): void {
  let startedAt = 0;
  const { before, after } = EVENTS[verb];
  migrator.on(before, () => {
    startedAt = performance.now();
  });
  // Called after the commit: each migration is a transaction of its own.
  migrator.on(after, ({ name }) => say(`${verb} ${name} in ${spanText(performance.now() - startedAt)}\n`));
}
