/** How long market orders take: from passing the risk rules to being sent, and from there to being filled. */

import { isOrderOpen } from '../core/domain/order-lifecycle.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { ProjectedOrder } from '../core/domain/projection.ts';

/** What an order has come to: recorded and about to be sent, or filled and recorded as such. */
export type OrderStage = 'sent' | 'filled';

/** Gets each stage with the time that it took (s). */
export type OrderStageListener = (stage: OrderStage, seconds: number) => void;

/** The clock of one account's market orders. What rests has no time in which it should fill. */
export class OrderTimes {
  readonly #onStage: OrderStageListener;
  readonly #sentAtMs = new Map<string, number>();

  constructor(onStage: OrderStageListener) {
    this.#onStage = onStage;
  }

  /** An order is recorded that passed the rules at `acceptedAtMs` (of the process's clock), and is sent now. */
  sent(id: string, { orderType }: OrderTerms, acceptedAtMs: number): void {
    if (orderType !== 'market') return;
    const now = performance.now();
    this.#sentAtMs.set(id, now);
    this.#onStage('sent', (now - acceptedAtMs) / 1_000);
  }

  /** Orders have changed, as is recorded now. */
  changed(orders: readonly ProjectedOrder[]): void {
    for (const { id, order } of orders) {
      const sentAtMs = this.#sentAtMs.get(id);
      if (sentAtMs === undefined || isOrderOpen(order.status)) continue;
      this.#sentAtMs.delete(id);
      if (order.status === 'filled') this.#onStage('filled', (performance.now() - sentAtMs) / 1_000);
    }
  }

  /** An order never reached the broker. */
  forget(id: string): void {
    this.#sentAtMs.delete(id);
  }
}
