/** Goes forward or back to where a person said, or forward to all that is due. */
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { applyMigrations } from './migrate-forward.ts';
import { revertMigrations } from './migrate-back.ts';
import { choosePlan } from './migrate-plan.ts';
import { isPlace } from './migration-names.ts';
import { fileOf } from '../run/state/entry-name.ts';
import { withMigrator, withReader } from './operator-migrator.ts';
import type { Comparison } from '../inspect/doctor/reader.ts';
import type { CommandRun } from './declare-command.ts';
import type { MigratePlan } from './migrate-plan.ts';
import type { BackupMode } from './migrate-run.ts';

/** Prints the plan, and carries it out. */
export async function migrateTo(run: CommandRun, backupMode: BackupMode): Promise<void> {
  await withMigrator(run, (opened) =>
    withReader(run.context, async (reader) => {
      const comparison = await reader.compare();
      refuseIncomplete(comparison);
      const plan = choosePlan(comparison, run);
      const work = { run, backupMode, comparison, query: reader.query, opened };
      if (plan.direction === 'up') return applyMigrations(plan, work);
      refuseAgreedPlace(run, plan);
      return revertMigrations(plan, work);
    }),
  );
}

/** Nobody is asked, and rows are at stake: in production it has to be said which migration is meant. */
function refuseAgreedPlace(run: CommandRun, { entries, target }: MigratePlan): void {
  const place = run.words.find((word) => isPlace(fileOf(word)));
  if (place === undefined || !run.isAgreed || entries.length === 0 || !run.context.policy.isProduction)
    return;
  throw misuse(
    `Nothing was done: ${place} is a place in the order, which may be another migration's in another version. ` +
      `With --yes in production, name it: ${target}.`,
  );
}

function refuseIncomplete({ faults }: Comparison): void {
  if (faults.length === 0) return;
  throw new MigratorFailure(
    'installation-incomplete',
    `The installation is not whole: ${faults.join('; ')}. Nothing was changed. Install this version again; ` +
      'where migrations are written, "npm run db -- check" signs those that only you have.',
  );
}
