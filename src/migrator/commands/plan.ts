/** `db migrate --plan` and `--try`: what a migration would do to this database, and whom it would keep waiting. */
import { tryOnCopy, tryOnScratch } from '../review/trace/try-plan.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { traceText } from './lint-text.ts';
import { choosePlan } from './migrate-plan.ts';
import { withReader } from './operator-migrator.ts';
import { makePlan } from './plan-report.ts';
import { planText } from './plan-text.ts';
import { effectiveNames } from '../run/state/squash-rows.ts';
import type { MigrationTrace } from '../review/trace/run-traced.ts';
import type { CommandRun } from './declare-command.ts';

/** Prints the plan. Nothing is run. */
export async function showPlan(run: CommandRun): Promise<void> {
  const report = await makePlan(run);
  run.report(report, planText(report));
}

/** Runs what `db migrate` would run, on a scratch database or on the copy at this address, and prints what each statement did. */
export async function tryMigrations(run: CommandRun, copyUrl: string | undefined): Promise<void> {
  const { context } = run;
  if (context.policy.isProduction)
    throw misuse(
      'Nothing was run: a trial takes every lock and changes every row that the migrations do, which is not for production. ' +
        '"manage db migrate --plan" runs nothing.',
    );
  const { state, direction, entries } = await withReader(context, async (reader) => {
    const compared = await reader.compare();
    return { state: compared, ...choosePlan(compared, run) };
  });
  const names = entries.map(({ name }) => name);
  if (names.length === 0) return run.say('Nothing is pending.\n');
  if (copyUrl === undefined && direction === 'down')
    throw misuse('Nothing was run: the way back is tried on a copy with rows of yours. Name it: --copy URL.');
  const { project } = context;
  const { folder } = project;
  const databaseUrl = await context.databaseUrl();
  const ahead = new Set(state.ahead.map(({ name }) => name));
  const migrations = await (copyUrl === undefined
    ? tryOnScratch({
        settings: { ...project, databaseUrl },
        folder,
        applied: effectiveNames(state).filter((name) => !ahead.has(name)),
        names,
      })
    : tryOnCopy({ copyUrl, servedUrl: databaseUrl, folder, direction, names }));
  run.report({ direction, migrations }, traceText(migrations));
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
