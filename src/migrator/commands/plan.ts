/** `db migrate --plan` and `--try`: what a migration would do to this database, and whom it would keep waiting. */
import { tryPlan } from '../review/trace/try-plan.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { traceText } from './lint-text.ts';
import { choosePlan } from './migrate-plan.ts';
import { withReader } from './operator-migrator.ts';
import { makePlan } from './plan-report.ts';
import { planText } from './plan-text.ts';
import { traceOnScratch } from './trace-on-scratch.ts';
import type { MigrationTrace } from '../review/trace/migration-trace.ts';
import type { CommandRun } from './declare-command.ts';

/** Prints the plan. Nothing is run. */
export async function showPlan(run: CommandRun): Promise<void> {
  const report = await makePlan(run);
  run.report(report, planText(report));
}

/** Runs what `db migrate` would run, on a scratch database or on the copy at this address, and prints what each statement did. */
export async function tryMigrations(run: CommandRun, copyUrl: string | undefined): Promise<void> {
  const { context } = run;
  const { direction, entries } = await withReader(context, async (reader) =>
    choosePlan(await reader.compare(), run),
  );
  const names = entries.map(({ name }) => name);
  if (names.length === 0) return run.say('Nothing is pending.\n');
  if (copyUrl === undefined && direction === 'down')
    throw misuse('Nothing was run: the way back is tried on a copy with rows of yours. Name it: --copy URL.');
  const migrations =
    copyUrl === undefined
      ? ((await traceOnScratch(context, names))?.migrations ?? [])
      : await tryPlan({
          copyUrl,
          servedUrl: await context.databaseUrl(),
          isProduction: context.policy.isProduction,
          folder: context.project.folder,
          direction,
          names,
        });
  run.report({ direction, migrations }, traceText({ migrations }));
  throwFailure(migrations);
}

/** What was tried is told; a script must still see that it cannot be carried out. */
function throwFailure(migrations: readonly MigrationTrace[]): void {
  const failed = migrations.find(({ failure }) => failure !== undefined);
  if (failed?.failure === undefined) return;
  const { message, sqlState } = failed.failure;
  const code = sqlState === undefined ? '' : ` with SQLSTATE ${sqlState}`;
  throw new MigratorFailure(
    'migration-failed',
    `${failed.name} fails${code}: ${message}. The database of this server was not touched. Mend it before it is migrated.`,
    { migration: failed.name },
  );
}
