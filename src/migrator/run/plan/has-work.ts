/** Whether a run has anything to do. Most starts ask this and nothing else. */
import { hasToAdopt } from '../state/adopt-squash.ts';
import { FIRST_RUN_NOTE } from '../state/migration-state.ts';
import { planDown, planUp } from './migration-plan.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { ContractsWanted } from './optional-contracts.ts';

export interface WorkWanted extends ContractsWanted {
  readonly method: 'up' | 'down';
}

/** Whether there may be something to do; what it is, is decided under the lock. */
export async function hasWork(wanted: WorkWanted): Promise<boolean> {
  const { method, selection, state } = wanted;
  if (hasToAdopt(state)) return true;
  if (method === 'down') return planDown(state, selection).length > 0;
  if (isFirstRunOver(state)) return true;
  const due = planUp(state, selection);
  if (due.length > 0 || !wanted.runsContracts) return due.length > 0;
  const { optionalContracts } = await import('./optional-contracts.ts');
  return (await optionalContracts(wanted, due)).length > 0;
}

/** Whether a first run has done everything, or a person the rest of it, and did not come to say so. */
export function isFirstRunOver({ tracked, pending }: MigrationState): boolean {
  return pending.length === 0 && tracked.some(({ note }) => note === FIRST_RUN_NOTE);
}
