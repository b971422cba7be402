/** How large a position may become, and how many positions and orders there may be, where an entry fills. */

import { addUnits } from '../domain/units.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { CancelReason } from '../domain/transaction-reasons.ts';
import type { FillPlan } from './fill-plan.ts';
import type { SimulatedAccount } from './simulated-account.ts';

/**
 * Returns why an entry that opens units may not fill, or undefined when it may.
 * Source: OANDA v20, cancel reasons POSITION_SIZE_EXCEEDED, OPEN_TRADES_ALLOWED_EXCEEDED and PENDING_ORDERS_ALLOWED_EXCEEDED.
 */
export function exceededLimit(
  { ledger, value, countLimits }: SimulatedAccount,
  { orderId, terms }: Pick<LedgerOrder, 'orderId' | 'terms'>,
  plan: FillPlan,
): CancelReason | undefined {
  const { openPositions, openOrders } = ledger;
  const { maximumPositionUnits = Infinity } = value.instruments.named(terms.instrument);
  const { long, short } = value.openUnits(terms.instrument);
  const sameSide = terms.side === 'buy' ? long : short;
  if (addUnits(sameSide, plan.openedUnits) > maximumPositionUnits) return 'position-units-exceeded';
  const closed = plan.closings.filter(({ position, units }) => units === position.openUnits);
  if (openPositions.size - closed.length + 1 > countLimits.openPositions) return 'open-positions-exceeded';
  let pending = protectionCount(terms);
  if (openOrders.size + pending <= countLimits.pendingOrders) return undefined;
  // The order itself and what protects the positions that it closes are gone by then.
  const closedIds = new Set(closed.map(({ position }) => position.brokerPositionId));
  for (const order of openOrders.values()) {
    const isGone = order.brokerPositionId !== undefined && closedIds.has(order.brokerPositionId);
    if (order.orderId !== orderId && !isGone) pending += 1;
  }
  return pending > countLimits.pendingOrders ? 'pending-orders-exceeded' : undefined;
}

function protectionCount(terms: OrderTerms): number {
  const takesProfit = terms.takeProfit !== undefined || terms.takeProfitDistance !== undefined;
  const stopsLoss = terms.stopLoss !== undefined || terms.stopLossDistance !== undefined;
  return Number(takesProfit) + Number(stopsLoss) + Number(terms.trailingDistance !== undefined);
}
