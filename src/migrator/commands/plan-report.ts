/** Asks a database what `db migrate` would do to it. */
import { inWords } from '../run/connect/access-failure.ts';
import { contractObstacles } from '../run/plan/contract-gate.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { assertRequirements, assertReversible, missingRequirements } from '../run/plan/migration-plan.ts';
import { isFresh, waitingContracts } from '../run/state/migration-state.ts';
import { openMigrator } from '../run/open-migrator.ts';
import { preflight } from '../run/plan/preflight.ts';
import { skewFault, skewWarnings } from '../run/state/skew.ts';
import { queryIn } from '../review/trace/run-traced.ts';
import { listPlan, tryPlan } from '../review/trace/try-plan.ts';
import { choosePlan } from './migrate-plan.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { Query } from '../run/connect/query.ts';
import type { PlannedMigration } from '../review/trace/try-plan.ts';
import type { MigratePlan } from './migrate-plan.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandRun } from './declare-command.ts';

/** What a plan tells. */
export interface PlanReport {
  readonly database: string;
  readonly direction: 'up' | 'down';
  /** Whether the migrations were run and rolled back, and not only listed. */
  readonly isTried: boolean;
  readonly migrations: readonly PlannedMigration[];
  /** Contracts that a run without their names leaves alone. */
  readonly waiting: readonly string[];
  readonly warnings: readonly string[];
}

/** Makes the plan. What `db migrate` would refuse is refused here, in the same words. */
export async function makePlan(
  run: CommandRun,
  { isTried }: { readonly isTried: boolean },
): Promise<PlanReport> {
  const { context } = run;
  const { folder } = context.project;
  const databaseUrl = await context.databaseUrl();
  const opened = openMigrator({ ...context.project, databaseUrl });
  const { orm, migrator } = opened;
  try {
    const query = queryIn(orm, undefined);
    const state = await migrator.state();
    refuseWhatMigrateRefuses(state, context);
    await preflight(query);
    const plan = choosePlan(state, run);
    const names = plan.entries.map(({ name }) => name);
    await refusePlan(state, plan, folder);
    const request = { orm, folder, direction: plan.direction, names };
    return {
      database: decodeURIComponent(new URL(databaseUrl).pathname.slice(1)),
      direction: plan.direction,
      isTried,
      migrations: await (isTried ? tryPlan(request) : listPlan(request)),
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
  if (plan.direction === 'up') return assertRequirements(state, plan.entries);
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
  if (plan.direction === 'down' || isFresh(state)) return [];
  const contracts = plan.entries.filter(({ phase }) => phase === 'contract');
  // What runs before it is not in its way; that the order is right was looked at before.
  const names = plan.entries.map(({ name }) => name);
  const told: string[] = [];
  for (const entry of contracts) {
    const requires = missingRequirements(state, entry, names);
    const obstacles = await contractObstacles(query, { ...entry, requires });
    if (obstacles.length > 0) told.push(`${entry.name} would be refused now: ${obstacles.join('; ')}`);
  }
  return told;
}
