/** Goes forward or back to where a person said, or forward to all that is due. */
import { hasToAdopt } from '../run/state/adopt-squash.ts';
import { fileOf } from '../run/state/entry-name.ts';
import { isFirstRunOver, waitingContracts } from '../run/state/migration-state.ts';
import { refuseContracts } from '../run/plan/refuse-contracts.ts';
import { refuseFaults } from '../run/state/installation.ts';
import { assertNoStop, skewFault } from '../run/state/skew.ts';
import { hasContent } from '../upkeep/backup/backup-gate.ts';
import { misuse } from './io.ts';
import { revertMigrations } from './migrate-back.ts';
import { choosePlan } from './migrate-plan.ts';
import { isPlace, joinSteps } from './migration-names.ts';
import { backUpFirst, printEach } from './migrate-run.ts';
import { withMigrator, withReader } from './operator-migrator.ts';
import type { CommandRun } from './declare-command.ts';
import type { MigratePlan } from './migrate-plan.ts';
import type { MigrateWork } from './migrate-run.ts';

/** Prints the plan, and carries it out. */
export async function migrateTo(run: CommandRun): Promise<void> {
  await withMigrator(run, (opened) =>
    withReader(run.context, async (reader) => {
      const comparison = await reader.compare();
      refuseFaults(comparison.folder, comparison.faults);
      const plan = choosePlan(comparison, run);
      const work = { run, comparison, query: reader.query, opened };
      if (plan.direction === 'up') return applyMigrations(plan, work);
      refuseAgreedPlace(run, plan);
      return revertMigrations(plan, work);
    }),
  );
}

async function applyMigrations({ entries, target }: MigratePlan, work: MigrateWork): Promise<void> {
  const { run, comparison, opened, query } = work;
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
    if (await hasContent(comparison, query)) await backUpFirst(run, opened);
    printEach(opened.migrator, run, 'applied');
    const migrations = target === undefined ? undefined : entries.map(({ name }) => name);
    const done = await opened.migrator.up(migrations && { migrations });
    run.say(done.length === 0 ? 'Nothing was left to apply.\n' : `${done.length} applied.\n`);
  }
  for (const names of joinSteps(waiting.map(({ name }) => name)))
    run.say(`waits: ${names}, until manage db migrate --contract, or by name.\n`);
}

/** No question is asked and rows may be lost, so in production the migration has to be named. */
function refuseAgreedPlace(run: CommandRun, { entries, target }: MigratePlan): void {
  const place = run.words.find((word) => isPlace(fileOf(word)));
  if (place === undefined || !run.isAgreed || entries.length === 0 || !run.context.policy.isProduction)
    return;
  throw misuse(
    `Nothing was done: ${place} is a place in the order, which may be another migration's in another version. ` +
      `With --yes in production, name it: ${target}.`,
  );
}
