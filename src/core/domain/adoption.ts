/** What an account has and holds, in the shape in which a log of ours begins with an account that is older than it. */

import type { Ledger } from './ledger.ts';
import type { AccountAdopted, AdoptedOrder, AdoptedPosition } from './transaction.ts';

/**
 * Returns the account at `at` (UTC ms) as its ledger has it, with the number of the newest transaction. `trailingLevels` says where
 * trailing stops stand now, in points, by their order's number: no log shows that.
 */
export function adoptionOf(
  ledger: Ledger,
  at: number,
  trailingLevels: ReadonlyMap<number, number> = new Map(),
): AccountAdopted {
  const { currency, balance, marginRate, lastTransactionId: id } = ledger;
  const positions = [...ledger.openPositions.values()].map(
    ({ orderId: _order, strategyId: _strategy, closedAt: _closed, ...position }): AdoptedPosition => {
      const { takeProfit: _profit, stopLoss: _loss, trailingDistance: _trailing, ...shown } = position;
      return shown;
    },
  );
  const orders = [...ledger.openOrders.values()].map((order): AdoptedOrder => ({
    orderId: order.orderId,
    terms: order.terms,
    createdAt: order.createdAt,
    brokerPositionId: order.brokerPositionId,
    trailingLevel: trailingLevels.get(order.orderId),
    initialPrice: order.initialPrice,
    filledUnits: order.filledUnits,
    averagePrice: order.averagePrice,
  }));
  return { type: 'account-adopted', id, batchId: id, at, currency, balance, marginRate, positions, orders };
}
