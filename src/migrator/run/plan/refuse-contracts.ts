/** Stops a run that would take away what is still needed. */
import { MigratorFailure } from '../../failure.ts';
import { contractObstacles } from './contract-gate.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { Query } from '../connect/query.ts';

/** Throws `contract-refused` when something stands in the way of one of the planned contracts; nothing was done then. */
export async function refuseContracts(query: Query, plan: readonly ManifestEntry[]): Promise<void> {
  for (const entry of plan.filter(({ phase }) => phase === 'contract')) {
    // What it requires is applied or comes before it in the plan; that was looked at before.
    const obstacles = await contractObstacles(query, { ...entry, requires: [] });
    if (obstacles.length === 0) continue;
    throw new MigratorFailure(
      'contract-refused',
      `${entry.name} takes away what is still needed: ${obstacles.join('; ')}. Nothing was done.`,
      { migration: entry.name, obstacles },
    );
  }
}
