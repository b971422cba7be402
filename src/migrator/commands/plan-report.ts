/** Asks a database what `db migrate` would do to it. */
import { inWords } from '../run/connect/access-failure.ts';
import { leftoversOf } from '../run/plan/contract-gate.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { assertRequirements, assertReversible } from '../run/plan/migration-plan.ts';
import { waitingContracts } from '../run/state/migration-state.ts';
import { openMigrator } from '../run/open-migrator.ts';
import { pidAtConnect } from '../run/connect/backend-pid.ts';
import { preflight } from '../run/plan/preflight.ts';
import { blockedContracts } from '../run/plan/refuse-contracts.ts';
import { assertNoStop } from '../run/plan/required-stop.ts';
import { skewFault, skewWarnings } from '../run/state/skew.ts';
import { queryIn } from '../review/trace/run-traced.ts';
import { planStatically } from '../review/static-plan.ts';
import { choosePlan } from './migrate-plan.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { Query } from '../run/connect/query.ts';
import type { PlannedMigration } from '../review/static-plan.ts';
import type { MigratePlan } from './migrate-plan.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandRun } from './declare-command.ts';

/** What a plan tells. */
export interface PlanReport {
  readonly database: string;
  readonly direction: 'up' | 'down';
  readonly migrations: readonly PlannedMigration[];
  /** Contracts that a run without their names leaves alone. */
  readonly waiting: readonly string[];
  readonly warnings: readonly string[];
}

/** Makes the plan, and runs nothing. What `db migrate` would refuse is refused here, in the same words. */
export async function makePlan(run: CommandRun): Promise<PlanReport> {
  const { context } = run;
  const { folder } = context.project;
  const databaseUrl = await context.databaseUrl();
  const opened = openMigrator({ ...context.project, databaseUrl });
  const { orm, migrator } = opened;
  try {
    const query = queryIn(orm, undefined);
    const state = await migrator.state();
    refuseWhatMigrateRefuses(state, context);
    await preflight({ query, pidAtConnect: () => pidAtConnect(orm.driver) });
    const plan = choosePlan(state, run);
    const names = plan.entries.map(({ name }) => name);
    await refusePlan(state, plan, folder);
    const loaded = new Map((await loadMigrations(folder)).map((migration) => [migration.name, migration]));
    const migrations = names.flatMap((name) => loaded.get(name) ?? []);
    const { direction } = plan;
    const planned = await planStatically({ migrations, direction, parts: orm, query });
    return {
      database: decodeURIComponent(new URL(databaseUrl).pathname.slice(1)),
      direction,
      migrations: planned,
      waiting: waitingContracts(state)
        .map(({ name }) => name)
        .filter((name) => !names.includes(name)),
      warnings: [...tellSkew(state), ...(await tellObstacles(query, state, plan))],
    };
  } catch (error) {
    throw inWords(error, databaseUrl);
  } finally {
    await opened.close();
  }
}

function refuseWhatMigrateRefuses(state: MigrationState, { policy }: DatabaseCommandContext): void {
  const fault = skewFault(state, policy);
  if (fault !== undefined) throw fault;
}

async function refusePlan(state: MigrationState, plan: MigratePlan, folder: string): Promise<void> {
  if (plan.direction === 'up') {
    assertNoStop(state, plan.entries);
    return assertRequirements(state, plan.entries);
  }
  const loaded = await loadMigrations(folder);
  assertReversible(loaded.filter(({ name }) => plan.entries.some((entry) => entry.name === name)));
}

function tellSkew(state: MigrationState): string[] {
  const adopted = state.adoptable.map(
    ({ name }) => `${name} is recorded without being run: what it stands for is applied`,
  );
  const told = skewWarnings(state).map(
    ({ fields, message }) => `${message} (${Object.values(fields).flat().join(', ')})`,
  );
  return [...adopted, ...told];
}

async function tellObstacles(query: Query, state: MigrationState, plan: MigratePlan): Promise<string[]> {
  if (plan.direction === 'down') return [];
  // Without a target it does what a start does, which finishes the backfills that it needs.
  const leftovers = plan.target === undefined ? 'finish' : await leftoversOf(query);
  const blocked = await blockedContracts(query, state, plan.entries, leftovers);
  return blocked.map(({ entry, obstacles }) => `${entry.name} would be refused now: ${obstacles.join('; ')}`);
}
