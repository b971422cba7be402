/** The one table of a strategy's states and which may follow which. */

export const STRATEGY_STATUSES = [
  'stopped',
  'starting',
  'running',
  'paused',
  'draining',
  'stopping',
  'failed',
] as const;
export type StrategyStatus = (typeof STRATEGY_STATUSES)[number];

/** The states in which a strategy holds its account and instrument; at most one strategy may. */
export const ACTIVE_STRATEGY_STATUSES = [
  'starting',
  'running',
  'paused',
  'draining',
  'stopping',
] as const satisfies readonly StrategyStatus[];

/** How a strategy stops: its positions stay, are closed, or are its own to close before it is stopped. */
export const STOP_MODES = ['keep', 'close', 'drain'] as const;
export type StopMode = (typeof STOP_MODES)[number];

const NEXT: Record<StrategyStatus, readonly StrategyStatus[]> = {
  stopped: ['starting'],
  starting: ['running', 'stopping', 'stopped', 'failed'],
  running: ['paused', 'draining', 'stopping', 'failed'],
  paused: ['running', 'draining', 'stopping', 'failed'],
  draining: ['stopping', 'failed'],
  stopping: ['stopped', 'failed'],
  failed: ['starting', 'stopped'],
};

/** Starting, pausing, draining and stopping are a person's; all else follows by itself. */
const REQUESTED: ReadonlySet<StrategyStatus> = new Set(['starting', 'paused', 'draining', 'stopping']);

/** Returns the states that a person can request of a strategy in state `from`; none while it is stopping. */
export function requestableStatuses(from: StrategyStatus): readonly StrategyStatus[] {
  // `running` follows `starting` too, but a person resumes only what is paused.
  return NEXT[from].filter((to) => REQUESTED.has(to) || (to === 'running' && from === 'paused'));
}

/** Returns whether a strategy in state `from` may go to state `to`. */
export function canStrategyBecome(from: StrategyStatus, to: StrategyStatus): boolean {
  return NEXT[from].includes(to);
}

/** Returns whether a strategy in this state holds its account and instrument. */
export function isStrategyActive(status: StrategyStatus): boolean {
  return (ACTIVE_STRATEGY_STATUSES as readonly StrategyStatus[]).includes(status);
}
