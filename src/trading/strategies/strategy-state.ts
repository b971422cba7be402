/** What a strategy remembers: as it is at this moment where it runs, else as it was last stored. */

import { findStrategyType } from '../../core/strategies/registry.ts';
import type { Json } from '../../core/shared/json.ts';
import type { AccountStateStore } from '../account-state-store.ts';
import type { Strategies } from './strategies.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { StoredStrategy } from './strategy-store.ts';

/** The state, and where it comes from; `none` is a strategy that never ran, or last ran with another version of its type. */
export interface StrategyState {
  readonly strategy: StoredStrategy;
  readonly source: 'live' | 'stored' | 'none';
  readonly stateVersion: number | undefined;
  readonly state: Json | undefined;
}

/** What states are read from. */
export interface StrategyStateSources {
  readonly strategies: Strategies;
  readonly supervisor: AccountSupervisor;
  readonly accountStates: AccountStateStore;
}

/** Returns the state of a person's strategy. */
export async function strategyState(
  sources: StrategyStateSources,
  userId: string,
  strategyId: string,
): Promise<StrategyState> {
  const strategy = await sources.strategies.get(userId, strategyId);
  const stateVersion = findStrategyType(strategy.strategyType)?.stateVersion;
  const live = sources.supervisor.find(strategy.accountId)?.strategies.stateOf(strategyId);
  if (live !== undefined) return { strategy, source: 'live', stateVersion, state: live };
  const stored =
    stateVersion === undefined ? undefined : await sources.accountStates.loadMemory(strategyId, stateVersion);
  return { strategy, source: stored === undefined ? 'none' : 'stored', stateVersion, state: stored };
}
