/** What an account holds: it may not be closed while it holds anything. */

import { ACTIVE_STRATEGY_STATUSES } from '../core/domain/strategy-lifecycle.ts';
import type { LiveAccountParts } from './live-account-parts.ts';

/** Why the account cannot be closed, if it cannot. */
export async function reasonToStayOpen(parts: LiveAccountParts): Promise<string | undefined> {
  const busy = await reasonToStayConnected(parts);
  if (busy !== undefined) return busy;
  const { openPositions, openOrders } = parts.engine.ledger;
  if (openPositions.size > 0) return 'The account has open positions. Close them first.';
  if (openOrders.size > 0) return 'Orders of the account rest at the broker. Cancel them first.';
  return undefined;
}

/** Why the account cannot be left as it is, if it cannot. */
export async function reasonToStayConnected({
  account,
  dependencies,
  engine,
  loop,
}: LiveAccountParts): Promise<string | undefined> {
  const active = await dependencies.strategies.inStatuses(account.id, ACTIVE_STRATEGY_STATUSES);
  if (active.length > 0) return 'Strategies are active on the account. Stop them first.';
  if (engine.hasInFlight || !loop.isAnswered)
    return 'The broker is still answering a request of the account. Try again when that has ended.';
  return undefined;
}
