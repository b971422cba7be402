/** `db migrate --plan` and `--try`: what a migration would do to this database, and what it would block. */
import { tryOnCopy, tryOnScratch } from '../review/trace/try-plan.ts';
import { planStatically } from '../review/static-plan.ts';
import { reportText } from '../review/migration-report.ts';
import { leftoversOf } from '../run/plan/contract-gate.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { assertRequirements, assertReversible } from '../run/plan/migration-plan.ts';
import { waitingContracts } from '../run/state/migration-state.ts';
import { pidAtConnect } from '../run/connect/backend-pid.ts';
import { preflight } from '../run/plan/preflight.ts';
import { judgeContracts } from '../run/plan/refuse-contracts.ts';
import { assertNoStop, skewFault, skewWarnings } from '../run/state/skew.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { choosePlan } from './migrate-plan.ts';
import { withMigrator, withReader } from './operator-migrator.ts';
import { effectiveNames } from '../run/state/squash-rows.ts';
import type { MigrationReport } from '../review/migration-report.ts';
import type { CommandRun } from './declare-command.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { Query } from '../run/connect/query.ts';
import type { MigratePlan } from './migrate-plan.ts';

/** Prints the plan, and runs nothing. What `db migrate` would refuse is refused here, with the same message. */
export async function showPlan(run: CommandRun): Promise<void> {
  const { context, report } = run;
  await withMigrator(run, async ({ migrator, orm, databaseUrl }) => {
    const query: Query = (sql) => orm.driver.execute(sql);
    const state = await migrator.state();
    const fault = skewFault(state, context.policy);
    if (fault !== undefined) throw fault;
    await preflight({ query, pidAtConnect: () => pidAtConnect(orm.driver) });
    const plan = choosePlan(state, run);
    const { direction, entries } = plan;
    const loaded = new Map((await loadMigrations(context.project.folder)).map((each) => [each.name, each]));
    const migrations = entries.flatMap(({ name }) => loaded.get(name) ?? []);
    if (direction === 'down') assertReversible(migrations);
    else {
      assertNoStop(state, entries);
      assertRequirements(state, entries);
    }
    const applied = effectiveNames(state).flatMap((name) => loaded.get(name) ?? []);
    const planned = await planStatically({ applied, migrations, direction, query });
    const warnings = [...skewNotes(state), ...(await obstacleNotes(query, state, plan))];
    const waiting = waitingContracts(state)
      .filter((entry) => !entries.includes(entry))
      .map(({ name }) => name);
    const database = decodeURIComponent(new URL(databaseUrl).pathname.slice(1));
    const start = `On database "${database}" db migrate would ${direction === 'up' ? 'apply' : 'revert'}`;
    const text = [
      entries.length === 0
        ? `${start} nothing.\n`
        : `${start} ${entries.length}. Nothing was run; this follows from the SQL of the migrations, and the numbers of rows are PostgreSQL's estimates.\n` +
          `\n${reportText(planned)}`,
      ...(waiting.length === 0
        ? []
        : [`\nWaiting until asked for (db migrate --contract): ${waiting.join(', ')}\n`]),
      ...warnings.map((warning) => `\nNote: ${warning}.\n`),
    ];
    report({ database, direction, migrations: planned, waiting, warnings }, text.join(''));
  });
}

function skewNotes(state: MigrationState): string[] {
  const adopted = state.adoptable.map(
    ({ name }) => `${name} is recorded without being run: what it stands for is applied`,
  );
  const skewed = skewWarnings(state).map(
    ({ fields, message }) => `${message} (${Object.values(fields).flat().join(', ')})`,
  );
  return [...adopted, ...skewed];
}

async function obstacleNotes(query: Query, state: MigrationState, plan: MigratePlan): Promise<string[]> {
  if (plan.direction === 'down') return [];
  // Without a target it does what a start does, which finishes the backfills that it needs.
  const leftovers = plan.target === undefined ? 'finish' : await leftoversOf(query);
  const { blocked } = await judgeContracts(query, state, plan.entries, leftovers);
  return blocked.map(({ entry, obstacles }) => `${entry.name} would be refused now: ${obstacles.join('; ')}`);
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
  const { folder } = context.project;
  const databaseUrl = await context.databaseUrl();
  const ahead = new Set(state.ahead.map(({ name }) => name));
  const migrations = await (copyUrl === undefined
    ? tryOnScratch({
        databaseUrl,
        folder,
        applied: effectiveNames(state).filter((name) => !ahead.has(name)),
        names,
      })
    : tryOnCopy({ copyUrl, servedUrl: databaseUrl, folder, direction, names }));
  run.report({ direction, migrations }, reportText(migrations));
  throwFailure(migrations);
}

/** A script must see that what was tried cannot be carried out. */
function throwFailure(migrations: readonly MigrationReport[]): void {
  const failed = migrations.find(({ failure }) => failure !== undefined);
  if (failed?.failure === undefined) return;
  const { message, sqlState } = failed.failure;
  const code = sqlState === undefined ? '' : ` with SQLSTATE ${sqlState}`;
  throw new MigratorFailure(
    'migration-failed',
    `${failed.name} fails${code}: ${message}. The database of this server was not touched. Fix it before it is migrated.`,
    { migration: failed.name },
  );
}
