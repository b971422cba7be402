/** Examines a database: every check in order, none of which keeps the others from being made. Writes nothing. */
import { MigratorFailure } from '../../failure.ts';
import { INSUFFICIENT_PRIVILEGE } from '../../run/connect/sql-states.ts';
import { checkIdleTransactions, checkSight, checkTransactions, checkWaits } from './activity-checks.ts';
import { fail, warn } from './finding.ts';
import {
  checkAttempts,
  checkBackfills,
  checkBackup,
  checkInstallation,
  checkLock,
  checkMigrations,
} from './migration-checks.ts';
import { checkConstraints, checkIndexes, checkKeys } from './schema-checks.ts';
import { checkConnection, checkDurability, checkRights, checkServer } from './server-checks.ts';
import { sqlStateOf } from '../../run/execute/migration-failure.ts';
import type { Check, Examination, Finding, NamedFinding } from './finding.ts';

const CHECKS: Readonly<Record<string, Check>> = {
  connection: checkConnection,
  server: checkServer,
  rights: checkRights,
  installation: checkInstallation,
  migrations: checkMigrations,
  lock: checkLock,
  attempts: checkAttempts,
  backfills: checkBackfills,
  backup: checkBackup,
  indexes: checkIndexes,
  constraints: checkConstraints,
  'primary keys': checkKeys,
  sight: checkSight,
  transactions: checkTransactions,
  'idle transactions': checkIdleTransactions,
  waits: checkWaits,
  durability: checkDurability,
};

/** Returns what each check found, in order. */
export async function examine(examination: Examination): Promise<NamedFinding[]> {
  const all: NamedFinding[] = [];
  // One after the other: they share one session.
  for (const [check, run] of Object.entries(CHECKS)) {
    const findings = await run(examination).catch(findingOf);
    all.push(...findings.map((finding) => ({ check, ...finding })));
  }
  return all;
}

/** A check that could not be made is a finding too. */
function findingOf(error: unknown): Finding[] {
  // Its sentence says what to do, too.
  if (error instanceof MigratorFailure) return [{ verdict: 'fail', said: error.message }];
  const reason = error instanceof Error ? error.message : String(error);
  return sqlStateOf(error) === INSUFFICIENT_PRIVILEGE
    ? [warn(`not visible to this user: ${reason}`, 'Grant it, or use a user that may see it.')]
    : [fail(`could not be examined: ${reason}`, 'See what the server logs about it.')];
}
