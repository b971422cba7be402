/** Decides what a run does, and refuses the whole of it when a part of it may not be done. */
import { hasToAdopt } from '../state/adopt-squash.ts';
import { loadEntries } from '../state/load-migrations.ts';
import { isFirstRunOver, waitingContracts } from '../state/migration-state.ts';
import { assertNoStop } from '../state/skew.ts';
import { assertRequirements, assertReversible, isPlain, planDown, planUp } from './migration-plan.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigratorLog } from '../migrator-settings.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { Query } from '../connect/query.ts';
import type { Selection } from '../state/selection.ts';

export interface RunWanted {
  readonly method: 'up' | 'down';
  readonly selection: Selection;
  readonly state: MigrationState;
  readonly query: Query;
  /** Whether contracts that nothing requires and nothing prevents run too. */
  readonly runsContracts: boolean;
  readonly log: MigratorLog;
}

/** Most starts need nothing of it. */
const refuseContracts = () => import('./refuse-contracts.ts');

/** Whether there may be something to do; what it is, is decided under the lock. */
export async function hasWork(wanted: RunWanted): Promise<boolean> {
  const { method, selection, state } = wanted;
  if (hasToAdopt(state)) return true;
  if (method === 'down') return planDown(state, selection).length > 0;
  if (isFirstRunOver(state)) return true;
  const due = planUp(state, selection);
  return due.length > 0 || (await optionalContracts(wanted, due)).length > 0;
}

/** Returns what to run, in order. Asks the database what prevents contracts; called under the lock. */
export async function planRun(wanted: RunWanted, folder: string): Promise<readonly ManifestEntry[]> {
  const { method, state, selection, query } = wanted;
  if (method === 'down') {
    const back = planDown(state, selection);
    const names = back.map(({ name }) => name);
    assertReversible(await loadEntries(folder, names));
    return back;
  }
  // What is due is judged when its turn comes, because what runs before it may remove what prevents it now.
  const due = planUp(state, selection);
  assertNoStop(state, due);
  const optional = await optionalContracts(wanted, due);
  const plan = state.pending.filter((entry) => due.includes(entry) || optional.includes(entry));
  assertRequirements(state, plan);
  if (!isPlain(selection)) await (await refuseContracts()).refuseContracts(query, state, plan);
  return plan;
}

/** Contracts that nothing requires, where the run is to do them. Without anything else to do, only what can run now is worth a run. */
async function optionalContracts(
  { state, selection, query, runsContracts, log }: RunWanted,
  due: readonly ManifestEntry[],
): Promise<readonly ManifestEntry[]> {
  if (!runsContracts || !isPlain(selection)) return [];
  const waiting = waitingContracts(state);
  if (due.length > 0 || waiting.length === 0) return waiting;
  const { judgeContracts } = await refuseContracts();
  const { free, blocked } = await judgeContracts(query, state, waiting, 'wait');
  for (const { entry, obstacles } of blocked)
    log.info({ contract: entry.name, obstacles }, 'a contract waits');
  return free;
}
