/** What stored positions are worth at this moment, where their accounts run here. */

import type { PositionValue } from '../../core/domain/position-value.ts';
import type { AccountSupervisor } from '../account-supervisor.ts';
import type { StoredPosition } from './position-store.ts';

/** Asks running accounts. */
export type RunningAccounts = Pick<AccountSupervisor, 'find'>;

/** Returns what an open position is worth now; undefined when it is closed or that is not known here. */
export function valueOfPosition(
  running: RunningAccounts,
  { accountId, brokerPositionId, closedAt }: StoredPosition,
): PositionValue | undefined {
  return closedAt === undefined ? running.find(accountId)?.valuation.ofPosition(brokerPositionId) : undefined;
}
