/** Everything that a database and this version know of each other's migrations, read in one go. Writes nothing. */
import { contractObstacles } from '../../run/plan/contract-gate.ts';
import { missingRequirements } from '../../run/plan/migration-plan.ts';
import { openContracts } from '../../run/state/migration-state.ts';
import { orWhyNot, rowsOf } from './ask.ts';
import { readLockSessions } from './lock-sessions.ts';
import { viewMigrations } from './migration-views.ts';
import { openReader } from './reader.ts';
import { readInvalidIndexes } from './schema-faults.ts';
import { readServerFacts } from './server-facts.ts';
import { readBackfills, readLastFailure } from './side-tables.ts';
import type { Answer } from './ask.ts';
import type { LockSessions } from './lock-sessions.ts';
import type { MigrationView } from './migration-views.ts';
import type { Query } from '../../run/connect/query.ts';
import type { Comparison, ReaderSettings } from './reader.ts';
import type { InvalidIndex } from './schema-faults.ts';
import type { ServerFacts } from './server-facts.ts';
import type { AttemptRow, BackfillRow } from './side-tables.ts';

const UNKNOWN = 'whether something still needs what it takes away is not visible to this user';

export interface DatabaseStatus {
  readonly server: ServerFacts;
  /** The newest migration that this version has. */
  readonly head: string | null;
  readonly migrations: readonly MigrationView[];
  /** What is wrong between the files and the manifest. */
  readonly installationFaults: readonly string[];
  readonly backfills: readonly BackfillRow[];
  readonly invalidIndexes: readonly InvalidIndex[];
  readonly lock: LockSessions;
  readonly lastFailure: AttemptRow | null;
  /** What this user may not see. */
  readonly notVisible: readonly string[];
}

/** Reads the status of one database. */
export async function readStatus(settings: ReaderSettings): Promise<DatabaseStatus> {
  const reader = openReader(settings);
  try {
    const { query } = reader;
    const server = await readServerFacts(query);
    const comparison = await reader.compare();
    const backfills = await readBackfills(query);
    const failures = await readLastFailure(query);
    return {
      server,
      head: comparison.manifest.head,
      migrations: viewMigrations(comparison, await readObstacles(query, comparison)),
      installationFaults: comparison.faults,
      backfills: rowsOf(backfills),
      invalidIndexes: await readInvalidIndexes(query),
      lock: await readLockSessions(query),
      lastFailure: rowsOf(failures)[0] ?? null,
      notVisible: [...hidden('backfill_jobs', backfills), ...hidden('migration_attempts', failures)],
    };
  } finally {
    await reader.close();
  }
}

/** The obstacles of the contracts that have not run, by name. What the gate may not see is an obstacle too. */
export async function readObstacles(
  query: Query,
  comparison: Comparison,
): Promise<Map<string, readonly string[]>> {
  const obstacles = new Map<string, readonly string[]>();
  for (const entry of openContracts(comparison)) {
    const requires = missingRequirements(comparison, entry);
    const said = await orWhyNot(() => contractObstacles(query, { ...entry, requires }));
    obstacles.set(entry.name, typeof said === 'string' ? [UNKNOWN] : said);
  }
  return obstacles;
}

function hidden(table: string, answer: Answer<object>): string[] {
  return answer === 'hidden' ? [table] : [];
}
