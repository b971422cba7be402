/** Applies migrations and says so, each after its commit. */
import { contractObstacles } from '../run/plan/contract-gate.ts';
import { missingRequirements } from '../run/plan/migration-plan.ts';
import { isFresh, waitingContracts } from '../run/state/migration-state.ts';
import { isFirstRunOver } from '../run/plan/plan-run.ts';
import { skewFault } from '../run/state/skew.ts';
import { MigratorFailure } from '../failure.ts';
import { backUpFirst } from './migrate-backup.ts';
import { tellEach } from './migrate-progress.ts';
import type { MigrateRun } from './migrate-run.ts';
import type { MigratePlan } from './migrate-plan.ts';

/** Prints the plan, and carries it out. */
export async function applyMigrations({ entries }: MigratePlan, run: MigrateRun): Promise<void> {
  const { io, comparison, context } = run;
  const fault = skewFault(comparison, context.policy);
  if (fault !== undefined) throw fault;
  const waiting = waitingContracts(comparison).filter((entry) => !entries.includes(entry));
  const isDone = entries.length === 0 && comparison.adoptable.length === 0 && !isFirstRunOver(comparison);
  if (isDone) io.stdout.write('Nothing is pending.\n');
  else {
    await refuseObstructed(run, entries);
    for (const { name, phase } of entries) io.stdout.write(`will apply ${name} (${phase})\n`);
    if (!isFresh(comparison)) await backUpFirst(run);
    await apply(
      run,
      entries.map(({ name }) => name),
    );
  }
  for (const { name } of waiting)
    io.stdout.write(`waits: ${name} is a contract; see manage db:contract, or name it.\n`);
}

/** A contract that is asked for by name still takes nothing away that somebody needs. */
async function refuseObstructed(
  { comparison, query }: MigrateRun,
  entries: MigratePlan['entries'],
): Promise<void> {
  if (isFresh(comparison)) return;
  for (const [position, entry] of entries.entries()) {
    if (entry.phase !== 'contract') continue;
    const before = entries.slice(0, position).map(({ name }) => name);
    const requires = missingRequirements(comparison, entry, before);
    const obstacles = await contractObstacles(query, { ...entry, requires });
    if (obstacles.length > 0)
      throw new MigratorFailure(
        'contract-refused',
        `Nothing was done: ${entry.name} is a contract and may not run yet: ${obstacles.join('; ')}.`,
      );
  }
}

async function apply({ io, opened: { migrator } }: MigrateRun, migrations: string[]): Promise<void> {
  tellEach(migrator, io, 'applied');
  const done = await migrator.up({ migrations });
  io.stdout.write(done.length === 0 ? 'Nothing was left to apply.\n' : `${done.length} applied.\n`);
}
