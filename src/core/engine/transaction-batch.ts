/** What one atomic group of transactions came to: the last state of each order, and the fills with whom they concern. */

import { isOrderOpen } from '../domain/order-lifecycle.ts';
import type { LedgerChange, LedgerOrder } from '../domain/ledger.ts';
import type { OrderFilled } from '../domain/transaction.ts';

/** A fill and the strategies whose order it filled or whose positions it closed. */
export interface NotedFill {
  readonly fill: OrderFilled;
  readonly strategyIds: ReadonlySet<string>;
}

/** How a request ended, by its id; `resting` orders have settled too. */
export interface Settlement {
  readonly id: string;
  readonly outcome: 'done' | 'failed';
}

/**
 * Collects one group, so that it is judged as a whole: a limit order that is accepted and at once cancelled has failed, and
 * a strategy that hears of its fill already sees the protection that came with it.
 */
export class TransactionBatch {
  readonly #ordersById = new Map<number, LedgerOrder>();
  readonly #rejectedIds: string[] = [];
  readonly #fills: NotedFill[] = [];

  note({ transaction, orders, positions }: LedgerChange): void {
    for (const order of orders) this.#ordersById.set(order.orderId, order);
    // A rejection that states what was asked for is among the orders.
    if (
      transaction.type === 'order-rejected' &&
      orders.length === 0 &&
      transaction.clientOrderId !== undefined
    )
      this.#rejectedIds.push(transaction.clientOrderId);
    if (transaction.type !== 'order-filled') return;
    const strategyIds = new Set<string>();
    for (const { strategyId } of orders) if (strategyId !== undefined) strategyIds.add(strategyId);
    for (const { strategyId } of positions) if (strategyId !== undefined) strategyIds.add(strategyId);
    this.#fills.push({ fill: transaction, strategyIds });
  }

  get orders(): Iterable<LedgerOrder> {
    return this.#ordersById.values();
  }

  /** The last state of one of its orders. */
  order(orderId: number): LedgerOrder | undefined {
    return this.#ordersById.get(orderId);
  }

  get fills(): readonly NotedFill[] {
    return this.#fills;
  }

  /** The requests that this group settled. */
  settlements(): readonly Settlement[] {
    const settlements = this.#rejectedIds.map((id): Settlement => ({ id, outcome: 'failed' }));
    for (const order of this.#ordersById.values()) {
      const settlement = settlementOf(order);
      if (settlement) settlements.push(settlement);
    }
    return settlements;
  }
}

function settlementOf({
  clientOrderId: id,
  status,
  terms,
  filledUnits,
}: LedgerOrder): Settlement | undefined {
  if (id === undefined) return undefined;
  // A market order that is open is still on its way: its next fill or its cancellation follows.
  if (isOrderOpen(status)) return terms.orderType === 'market' ? undefined : { id, outcome: 'done' };
  // What filled in part did what was possible.
  return { id, outcome: filledUnits > 0 ? 'done' : 'failed' };
}
