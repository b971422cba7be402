/** Contracts that nothing requires, and that a run does because it was told to run them. */
import { waitingContracts } from '../state/migration-state.ts';
import { contractObstacles } from './contract-gate.ts';
import { isPlain, missingRequirements } from './migration-plan.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { Query } from '../connect/query.ts';
import type { Selection } from '../state/selection.ts';

export interface ContractsWanted {
  readonly selection: Selection;
  readonly state: MigrationState;
  readonly query: Query;
  /** Whether contracts run too that nothing requires and nothing stands in the way of. */
  readonly runsContracts: boolean;
  readonly log: MigratorLog;
}

/** Without anything else to do, only what can run now is worth a run. */
export async function optionalContracts(
  { state, selection, query, runsContracts, log }: ContractsWanted,
  due: readonly ManifestEntry[],
): Promise<readonly ManifestEntry[]> {
  if (!runsContracts || !isPlain(selection)) return [];
  const waiting = waitingContracts(state);
  if (due.length > 0) return waiting;
  const free: ManifestEntry[] = [];
  for (const entry of waiting) {
    const requires = missingRequirements(
      state,
      entry,
      free.map(({ name }) => name),
    );
    const obstacles = await contractObstacles(query, { ...entry, requires });
    if (obstacles.length === 0) free.push(entry);
    else log.info({ contract: entry.name, obstacles }, 'a contract waits');
  }
  return free;
}
