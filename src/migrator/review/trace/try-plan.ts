/** Tries what a run would do, on the database itself, in one transaction that is rolled back. */
import assert from 'node:assert/strict';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { endWhenClientIsGone } from '../../run/session/migration-lock.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { queryIn, runTraced } from './run-traced.ts';
import { TableWatch } from './table-watch.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { MigrationTrace, StatementFailure } from './migration-trace.ts';

/** A statement that waits longer for a table lets the others pass and is told as failed, because everybody queues behind it. */
const LOCK_TIMEOUT_MS = 2_000;

export interface PlanRequest {
  readonly orm: MikroORM;
  readonly folder: string;
  readonly direction: 'up' | 'down';
  /** In the order in which they run. */
  readonly names: readonly string[];
}

/** One migration of a plan. */
export interface PlannedMigration extends MigrationTrace {
  readonly outcome: 'tried' | 'failed' | 'not tried';
  /** Why it was not tried. */
  readonly note?: string;
  /** Its statements; undefined for one that asks the database while it runs and was not tried. */
  readonly sql: readonly string[] | undefined;
}

/** Returns the migrations with their SQL, and runs nothing. */
export async function listPlan({ orm, folder, direction, names }: PlanRequest): Promise<PlannedMigration[]> {
  const migrations = await loadInOrder(folder, names);
  return Promise.all(migrations.map((migration) => listed(orm, migration, { direction })));
}

/**
 * Runs the migrations that a transaction can hold, one after the other, and rolls everything back. It takes the real locks
 * while it runs, and gives up a lock that it does not get within 2 s. What cannot be tried is listed with the reason. Of a
 * failure the migrations after it are not tried.
 */
export async function tryPlan({ orm, folder, direction, names }: PlanRequest): Promise<PlannedMigration[]> {
  const migrations = await loadInOrder(folder, names);
  // The locks are real: whoever loses patience with a long statement must not leave it behind.
  await endWhenClientIsGone(queryIn(orm, undefined));
  const connection = orm.driver.getConnection();
  const transaction = await connection.begin();
  try {
    const query = queryIn(orm, transaction);
    await query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const watch = await TableWatch.begin(query);
    const planned: PlannedMigration[] = [];
    for (const migration of migrations) {
      const obstacle = whyNotTried(migration, planned);
      if (obstacle !== undefined) {
        planned.push(await listed(orm, migration, { direction, note: obstacle }));
        continue;
      }
      const trace = await runTraced({ orm, migration, direction, watch, transaction });
      planned.push(judged(trace, planned));
    }
    return planned;
  } finally {
    await connection.rollback(transaction);
  }
}

async function loadInOrder(folder: string, names: readonly string[]): Promise<LoadedMigration[]> {
  const loaded = new Map((await loadMigrations(folder)).map((migration) => [migration.name, migration]));
  return names.map((name) => {
    const migration = loaded.get(name);
    assert(migration !== undefined, `a planned migration has a file, and ${name} has none`);
    return migration;
  });
}

async function listed(
  orm: MikroORM,
  migration: LoadedMigration,
  { direction, note }: { readonly direction: 'up' | 'down'; readonly note?: string },
): Promise<PlannedMigration> {
  const { name, phase, transactional } = migration;
  const sql = await renderSql(migration, direction, orm);
  const about = { name, phase, transactional, statements: [], outcome: 'not tried', sql } as const;
  return note === undefined ? about : { ...about, note };
}

const OUTSIDE = 'it runs outside of a transaction, so it cannot be rolled back';

function whyNotTried(
  { transactional }: LoadedMigration,
  before: readonly PlannedMigration[],
): string | undefined {
  if (!transactional) return OUTSIDE;
  const broken = before.find((each) => each.failure !== undefined);
  return broken && `${broken.name} before it did not run to its end`;
}

function judged(trace: MigrationTrace, before: readonly PlannedMigration[]): PlannedMigration {
  const sql = [
    ...trace.statements.map((statement) => statement.sql),
    ...(trace.failure?.sql === undefined ? [] : [trace.failure.sql]),
  ];
  if (trace.failure === undefined) return { ...trace, outcome: 'tried', sql };
  const excuse = excuseOf(trace.failure, before);
  return excuse === undefined
    ? { ...trace, outcome: 'failed', sql }
    : { ...trace, outcome: 'not tried', note: `${excuse} (${trace.failure.message})`, sql };
}

/** SQLSTATEs of what only fails because several migrations share one transaction here. */
const ONLY_TOGETHER = new Map([
  ['55P04', 'it uses an enum value that an earlier migration of the plan adds'],
  ['55006', 'an earlier migration of the plan changed rows whose checks come at the end of a transaction'],
]);
/** Class 42 names what is not there: a table, a column, an index. */
const UNKNOWN_NAME = /^42/;

function excuseOf(
  { sqlState = '' }: StatementFailure,
  before: readonly PlannedMigration[],
): string | undefined {
  if (before.length === 0) return undefined;
  const outside = before.find(({ transactional }) => !transactional);
  if (outside !== undefined && UNKNOWN_NAME.test(sqlState))
    return `it seems to need ${outside.name}, which was not tried`;
  return ONLY_TOGETHER.get(sqlState);
}
