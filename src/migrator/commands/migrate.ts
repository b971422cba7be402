/** `db:migrate`: brings the database forward to this version, or forward or back to one migration. */
import { parseArgs } from 'node:util';
import { misuse } from './io.ts';
import { applyMigrations } from './migrate-forward.ts';
import { choosePlan } from './migrate-plan.ts';
import { revertMigrations } from './migrate-back.ts';
import { BACKUP_MODES } from './migrate-run.ts';
import { withMigrator } from './operator-migrator.ts';
import type { BackupMode } from './migrate-run.ts';
import { openReader } from '../inspect/doctor/reader.ts';
import { MigratorFailure } from '../failure.ts';
import type { Comparison } from '../inspect/doctor/reader.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:migrate [NAME | zero] [--yes] [--backup MODE]

Without a name, applies what a start would apply, and says which contracts wait. With a name, goes forward to that
migration when it is pending, and back to it when it is applied, which reverts all that was applied after it; zero reverts
everything. The plan is printed first. Going back deletes: what and how many rows is told, and it asks for the database's
name. A name is whole, its number, or the words behind it.

  --yes           do not ask before going back
  --backup MODE   off, auto or required, in place of BACKUP_BEFORE_MIGRATE
`;

const OPTIONS = {
  yes: { type: 'boolean' },
  backup: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const migrateCommand: DatabaseCommand = {
  summary: 'apply what is due, or go forward or back to one migration',
  django: 'migrate',
  run: runMigrate,
};

async function runMigrate(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const [target, ...more] = positionals;
  if (more.length > 0)
    throw misuse(`db:migrate goes to one migration, and was given ${positionals.join(' ')}.`);
  const backupMode = modeOf(values.backup ?? context.backup.mode);
  const databaseUrl = await context.databaseUrl();
  const isAgreed = values.yes === true;
  await withMigrator({ io, context, databaseUrl }, async (opened) => {
    const reader = openReader({ ...context.project, databaseUrl });
    try {
      const comparison = await reader.compare();
      const run = { io, context, databaseUrl, comparison, query: reader.query, backupMode, isAgreed, opened };
      refuseIncomplete(comparison);
      const plan = choosePlan(comparison, target);
      if (plan.direction === 'up') await applyMigrations(plan, run);
      else await revertMigrations(plan, run);
    } finally {
      await reader.close();
    }
  });
  return 0;
}

function modeOf(text: string): BackupMode {
  const mode = BACKUP_MODES.find((known) => known === text);
  if (mode === undefined) throw misuse(`--backup is ${BACKUP_MODES.join(', ')}, and was "${text}".`);
  return mode;
}

function refuseIncomplete({ faults }: Comparison): void {
  if (faults.length === 0) return;
  throw new MigratorFailure(
    'installation-incomplete',
    `The installation is not whole: ${faults.join('; ')}. Nothing was changed. Install this version again; ` +
      'where migrations are written, "npm run db:check -- --write" makes the manifest.',
  );
}
