/** Decides what a run does, and refuses the whole of it when a part of it may not be done. */
import { loadEntries } from '../state/load-migrations.ts';
import { hasToAdopt } from '../state/adopt-squash.ts';
import { contractObstacles } from './contract-gate.ts';
import {
  assertRequirements,
  assertReversible,
  isPlain,
  missingRequirements,
  planDown,
  planUp,
} from './migration-plan.ts';
import { FIRST_RUN_NOTE, waitingContracts } from '../state/migration-state.ts';
import { refuseContracts } from './refuse-contracts.ts';
import { assertNoStop } from './required-stop.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { Query } from '../connect/query.ts';
import type { Selection } from '../state/selection.ts';

export interface RunWanted {
  readonly method: 'up' | 'down';
  readonly selection: Selection;
  readonly state: MigrationState;
  readonly folder: string;
  readonly query: Query;
  /** Whether contracts run too that nothing requires and nothing stands in the way of. */
  readonly runsContracts: boolean;
  readonly log: MigratorLog;
}

/** Returns what to run, in order. Asks the database what contracts stand against; called under the lock. */
export async function planRun(wanted: RunWanted): Promise<readonly ManifestEntry[]> {
  return wanted.method === 'up' ? planWayUp(wanted) : planWayDown(wanted);
}

/** What is due is judged when its turn comes, for what runs before it may take out of the way what is in its way now. */
async function planWayUp(wanted: RunWanted): Promise<readonly ManifestEntry[]> {
  const { state, selection, query } = wanted;
  const due = planUp(state, selection);
  assertNoStop(state, due);
  const optional = await optionalContracts(wanted, due);
  const plan = state.pending.filter((entry) => due.includes(entry) || optional.includes(entry));
  assertRequirements(state, plan);
  if (!isPlain(selection)) await refuseContracts(query, state, plan);
  return plan;
}

/** Without anything else to do, only what can run now is worth a run. */
async function optionalContracts(
  { state, selection, query, runsContracts, log }: Omit<RunWanted, 'folder'>,
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

async function planWayDown({ state, selection, folder }: RunWanted): Promise<readonly ManifestEntry[]> {
  const plan = planDown(state, selection);
  const names = plan.map(({ name }) => name);
  assertReversible(await loadEntries(folder, names));
  return plan;
}

/** Whether there may be something to do; what it is, is decided under the lock. */
export async function hasWork(wanted: Omit<RunWanted, 'folder'>): Promise<boolean> {
  const { method, selection, state } = wanted;
  if (hasToAdopt(state)) return true;
  if (method === 'down') return planDown(state, selection).length > 0;
  if (isFirstRunOver(state)) return true;
  const due = planUp(state, selection);
  return due.length > 0 || (await optionalContracts(wanted, due)).length > 0;
}

/** Whether a first run has done everything, or a person the rest of it, and did not come to say so. */
export function isFirstRunOver({ tracked, pending }: MigrationState): boolean {
  return pending.length === 0 && tracked.some(({ note }) => note === FIRST_RUN_NOTE);
}
