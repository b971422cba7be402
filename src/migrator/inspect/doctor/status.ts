/** Everything that a database and this version know of each other's migrations, read at once. Writes nothing. */
import { contractObstacles } from '../../run/plan/contract-gate.ts';
import { missingRequirements } from '../../run/plan/migration-plan.ts';
import { openContracts } from '../../run/state/migration-state.ts';
import { BackfillStore } from '../../upkeep/backfills/backfill-store.ts';
import { readLockSessions } from './lock-sessions.ts';
import { viewMigrations } from './migration-views.ts';
import { orWhyNot, readInvalidIndexes, readServerFacts } from './side-tables.ts';
import type { Query } from '../../run/connect/query.ts';
import type { Comparison, Reader } from './reader.ts';

const UNKNOWN = 'whether something still needs what it removes is not visible to this user';

export type DatabaseStatus = Awaited<ReturnType<typeof readStatus>>;

/** Reads the status of one database. */
export async function readStatus({ query, compare }: Reader) {
  const server = await readServerFacts(query);
  const comparison = await compare();
  const backfills = await orWhyNot(() => new BackfillStore(query).list());
  return {
    server,
    /** The newest migration that this version has. */
    head: comparison.manifest.head,
    migrations: viewMigrations(comparison, await readObstacles(query, comparison)),
    /** What is wrong between the files and the manifest. */
    installationFaults: comparison.faults,
    backfills: typeof backfills === 'string' ? [] : backfills,
    invalidIndexes: await readInvalidIndexes(query),
    lock: await readLockSessions(query),
    /** What this user may not see. */
    notVisible: backfills === 'hidden' ? ['backfill_jobs'] : [],
  };
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
