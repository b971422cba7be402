/** What the ledger makes of a fill that opens. */

import type { Costs } from './ledger-closing.ts';
import type { LedgerOrder } from './ledger-order.ts';
import { positionSideOf } from './position.ts';
import type { Position } from './position.ts';
import type { OrderFilled } from './transaction.ts';

/** Returns the position that a fill opened: its costs are those of the fill that the lots it closed did not spend. */
export function openedPosition(fill: OrderFilled, order: LedgerOrder, spent: Costs): Position {
  return {
    brokerPositionId: fill.id,
    orderId: order.orderId,
    strategyId: order.strategyId,
    tag: order.terms.tag,
    instrument: fill.instrument,
    side: positionSideOf(fill.side),
    initialUnits: fill.openedUnits,
    openUnits: fill.openedUnits,
    entryPrice: fill.price,
    entrySpreadCost: fill.spreadCost - spent.spreadCost,
    entrySlippageCost: fill.slippageCost - spent.slippageCost,
    entryCommission: fill.commission - spent.commission,
    realizedPnl: 0,
    financing: 0,
    accruedFinancing: 0,
    openedAt: fill.at,
    // Has its place from the start, as with orders.
    closedAt: undefined,
  };
}
