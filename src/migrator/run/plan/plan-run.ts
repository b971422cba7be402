/** Decides what a run does, and refuses the whole of it when a part of it may not be done. */
import { loadEntries } from '../state/load-migrations.ts';
import { assertRequirements, assertReversible, isPlain, planDown, planUp } from './migration-plan.ts';
import { optionalContracts } from './optional-contracts.ts';
import { refuseContracts } from './refuse-contracts.ts';
import { assertNoStop } from './required-stop.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { WorkWanted } from './has-work.ts';

export interface RunWanted extends WorkWanted {
  readonly folder: string;
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

async function planWayDown({ state, selection, folder }: RunWanted): Promise<readonly ManifestEntry[]> {
  const plan = planDown(state, selection);
  const names = plan.map(({ name }) => name);
  assertReversible(await loadEntries(folder, names));
  return plan;
}
