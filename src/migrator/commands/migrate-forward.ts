/** Applies migrations and says so, each after its commit. */
import { hasToAdopt } from '../run/state/adopt-squash.ts';
import { isFresh, waitingContracts } from '../run/state/migration-state.ts';
import { isFirstRunOver } from '../run/plan/plan-run.ts';
import { refuseContracts } from '../run/plan/refuse-contracts.ts';
import { assertNoStop } from '../run/plan/required-stop.ts';
import { skewFault } from '../run/state/skew.ts';
import { backUpFirst } from './migrate-backup.ts';
import { tellEach } from './migrate-progress.ts';
import type { MigrateRun } from './migrate-run.ts';
import type { MigratePlan } from './migrate-plan.ts';

/** Prints the plan, and carries it out. */
export async function applyMigrations({ entries, target }: MigratePlan, run: MigrateRun): Promise<void> {
  const { io, comparison, context } = run;
  const fault = skewFault(comparison, context.policy);
  if (fault !== undefined) throw fault;
  const waiting = waitingContracts(comparison).filter((entry) => !entries.includes(entry));
  const isDone = entries.length === 0 && !hasToAdopt(comparison) && !isFirstRunOver(comparison);
  if (isDone) io.stdout.write('Nothing is pending.\n');
  else {
    assertNoStop(comparison, entries);
    // Without a target each is judged when its turn comes, as at a start.
    if (target !== undefined) await refuseContracts(run.query, comparison, entries);
    for (const { name, phase } of entries) io.stdout.write(`will apply ${name} (${phase})\n`);
    if (!isFresh(comparison)) await backUpFirst(run);
    await apply(run, target === undefined ? undefined : entries.map(({ name }) => name));
  }
  for (const { name } of waiting)
    io.stdout.write(`waits: ${name} is a contract; see manage db migrate --contract, or name it.\n`);
}

async function apply(
  { io, opened: { migrator } }: MigrateRun,
  migrations: string[] | undefined,
): Promise<void> {
  tellEach(migrator, io, 'applied');
  const done = await migrator.up(migrations && { migrations });
  io.stdout.write(done.length === 0 ? 'Nothing was left to apply.\n' : `${done.length} applied.\n`);
}
