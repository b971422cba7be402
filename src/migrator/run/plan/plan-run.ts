/** Decides what a run does, and refuses the whole of it when a part of it may not be done. */
import { closeFence } from '../session/contract-fence.ts';
import { loadEntries } from '../state/load-migrations.ts';
import { assertRequirements, assertReversible, planDown, planUp } from './migration-plan.ts';
import { FIRST_RUN_NOTE, isFresh } from '../state/migration-state.ts';
import { refuseContracts } from './refuse-contracts.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { Query } from '../connect/query.ts';
import type { Selection } from '../state/selection.ts';

export interface RunWanted {
  readonly method: 'up' | 'down';
  readonly selection: Selection;
  readonly state: MigrationState;
  readonly folder: string;
  readonly query: Query;
  readonly signal: AbortSignal | undefined;
}

/** Returns what to run, in order. Asks the database what contracts stand against; called under the lock. */
export async function planRun(wanted: RunWanted): Promise<readonly ManifestEntry[]> {
  return wanted.method === 'up' ? planWayUp(wanted) : planWayDown(wanted);
}

async function planWayUp({ state, selection, query }: RunWanted): Promise<readonly ManifestEntry[]> {
  const plan = planUp(state, selection);
  assertRequirements(state, plan);
  if (!isFresh(state)) await refuseContracts(query, plan);
  return plan;
}

/**
 * Lets no copy of the server begin to serve unseen until the session ends, and looks once more which ones live, where a contract is
 * planned. Called just before the first change: copies that start wait for it, and a backup before it may take long.
 */
export async function shutOutCopies(
  plan: readonly ManifestEntry[],
  { method, state, query, signal }: Pick<RunWanted, 'method' | 'state' | 'query' | 'signal'>,
): Promise<void> {
  const takesAway = method === 'up' && !isFresh(state) && plan.some(({ phase }) => phase === 'contract');
  if (!takesAway) return;
  await closeFence(query, signal);
  await refuseContracts(query, plan);
}

async function planWayDown({ state, selection, folder }: RunWanted): Promise<readonly ManifestEntry[]> {
  const plan = planDown(state, selection);
  const names = plan.map(({ name }) => name);
  assertReversible(await loadEntries(folder, names));
  return plan;
}

/** Whether there may be something to do; what it is, is decided under the lock. */
export function hasWork({
  method,
  selection,
  state,
}: Pick<RunWanted, 'method' | 'selection' | 'state'>): boolean {
  if (state.adoptable.length > 0) return true;
  if (method === 'down') return planDown(state, selection).length > 0;
  return planUp(state, selection).length > 0 || isFirstRunOver(state);
}

/** Whether a first run has done everything, or a person the rest of it, and did not come to say so. */
export function isFirstRunOver({ tracked, pending }: MigrationState): boolean {
  return pending.length === 0 && tracked.some(({ note }) => note === FIRST_RUN_NOTE);
}
