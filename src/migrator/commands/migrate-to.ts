/** Goes forward or back to where a person said, or forward to all that is due. */
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { applyMigrations } from './migrate-forward.ts';
import { revertMigrations } from './migrate-back.ts';
import { choosePlan } from './migrate-plan.ts';
import { isPlace } from './migration-names.ts';
import { withMigrator, withReader } from './operator-migrator.ts';
import type { Comparison } from '../inspect/doctor/reader.ts';
import type { CommandRun } from './declare-command.ts';
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
      if (run.isAgreed && run.words.some(isPlace))
        throw misuse(
          `Nothing was done: ${run.words.at(-1)} is a place, at which another migration stands after a squash or a merge. ` +
            `With --yes, name it: ${plan.target}.`,
        );
      return revertMigrations(plan, work);
    }),
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
