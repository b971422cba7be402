/** Applies migrations and says so, each after its commit. */
import { contractObstacles } from '../run/plan/contract-gate.ts';
import { missingRequirements } from '../run/plan/migration-plan.ts';
import { isFresh, waitingContracts } from '../run/state/migration-state.ts';
import { isFirstRunOver } from '../run/plan/plan-run.ts';
import { skewFault } from '../run/state/skew.ts';
import { MigratorFailure } from '../failure.ts';
import { backUpFirst, tellEach } from './migrate-run.ts';
import type { Comparison } from '../inspect/doctor/reader.ts';
import type { Query } from '../run/connect/query.ts';
import type { CommandRun } from './declare-command.ts';
import type { MigratePlan } from './migrate-plan.ts';
import type { BackupMode } from './migrate-run.ts';
import type { OperatorMigrator } from './operator-migrator.ts';

/** What going forward and going back both work with. */
export interface MigrateWork {
  readonly backupMode: BackupMode;
  readonly run: CommandRun;
  readonly comparison: Comparison;
  /** Asks and cannot write. */
  readonly query: Query;
  readonly opened: OperatorMigrator;
}

/** Prints the plan, and carries it out. */
export async function applyMigrations({ entries }: MigratePlan, work: MigrateWork): Promise<void> {
  const { run, comparison, opened, backupMode } = work;
  const fault = skewFault(comparison, run.context.policy);
  if (fault !== undefined) throw fault;
  const waiting = waitingContracts(comparison).filter((entry) => !entries.includes(entry));
  const isDone = entries.length === 0 && comparison.adoptable.length === 0 && !isFirstRunOver(comparison);
  if (isDone) run.say('Nothing is pending.\n');
  else {
    await refuseObstructed(work, entries);
    for (const { name, phase } of entries) run.say(`will apply ${name} (${phase})\n`);
    if (!isFresh(comparison)) await backUpFirst(run, opened, backupMode);
    tellEach(opened.migrator, run, 'applied');
    const done = await opened.migrator.up({ migrations: entries.map(({ name }) => name) });
    run.say(done.length === 0 ? 'Nothing was left to apply.\n' : `${done.length} applied.\n`);
  }
  for (const { name } of waiting)
    run.say(`waits: ${name} is a contract; see manage db migrate --contract, or name it.\n`);
}

/** A contract that is asked for by name still takes nothing away that somebody needs. */
async function refuseObstructed(
  { comparison, query }: MigrateWork,
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
