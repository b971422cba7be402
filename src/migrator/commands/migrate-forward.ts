/** Applies migrations and says so, each after its commit. */
import { hasToAdopt } from '../run/state/adopt-squash.ts';
import { isFresh, waitingContracts } from '../run/state/migration-state.ts';
import { isFirstRunOver } from '../run/plan/has-work.ts';
import { refuseContracts } from '../run/plan/refuse-contracts.ts';
import { assertNoStop } from '../run/plan/required-stop.ts';
import { skewFault } from '../run/state/skew.ts';
import { joinSteps } from './migration-names.ts';
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
export async function applyMigrations({ entries, target }: MigratePlan, work: MigrateWork): Promise<void> {
  const { run, comparison, opened, backupMode, query } = work;
  const fault = skewFault(comparison, run.context.policy);
  if (fault !== undefined) throw fault;
  const waiting = waitingContracts(comparison).filter((entry) => !entries.includes(entry));
  const isDone = entries.length === 0 && !hasToAdopt(comparison) && !isFirstRunOver(comparison);
  if (isDone) run.say('Nothing is pending.\n');
  else {
    assertNoStop(comparison, entries);
    // Without a target each is judged when its turn comes, as at a start.
    if (target !== undefined) await refuseContracts(query, comparison, entries);
    for (const { name, phase } of entries) run.say(`will apply ${name} (${phase})\n`);
    if (!isFresh(comparison)) await backUpFirst(run, opened, backupMode);
    tellEach(opened.migrator, run, 'applied');
    const migrations = target === undefined ? undefined : entries.map(({ name }) => name);
    const done = await opened.migrator.up(migrations && { migrations });
    run.say(done.length === 0 ? 'Nothing was left to apply.\n' : `${done.length} applied.\n`);
  }
  for (const names of joinSteps(waiting.map(({ name }) => name))) {
    const [what, them] = names.includes(', ') ? ['are contracts', 'them'] : ['is a contract', 'it'];
    run.say(`waits: ${names} ${what}; see manage db migrate --contract, or name ${them}.\n`);
  }
}
