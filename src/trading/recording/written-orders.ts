/** The rows of people's orders as they were just written: they are answered with these, without reading them again. */

import { orderFrom } from '../orders/order-store.ts';
import { orderRow, ownOrderRow } from '../projection-rows.ts';
import { NEWEST_OF_ORDER } from './newest-state.ts';
import type { Projection } from '../../core/domain/projection.ts';
import type { ReadOrderRow, StoredOrder } from '../orders/order-store.ts';
import type { OwnOrder, RowSubject } from '../projection-rows.ts';

/** The rows of orders that are on their way. */
export class WrittenOrders {
  readonly #rowsById = new Map<string, ReadOrderRow>();

  /** An order of this account was recorded at this time (UTC ms). */
  recorded(accountId: string, order: OwnOrder, createdAt: number): void {
    this.#rowsById.set(order.id, {
      ...ownOrderRow(accountId, order),
      broker_order_id: null,
      replaced_by: null,
      average_price: null,
      filled_at: null,
      cancelled_at: null,
      created_at: new Date(createdAt),
      price_precision: order.pricePrecision,
      opened_position_id: null,
      replaces_order_id: null,
      replaced_by_order_id: null,
    });
  }

  /** What the log came to was recorded. */
  takeIn(subject: RowSubject, { orders, positions }: Projection): void {
    for (const projected of orders) {
      const { id } = projected;
      const before = this.#rowsById.get(id);
      if (!before) continue;
      const row = orderRow(subject, projected);
      const newest = Object.fromEntries(NEWEST_OF_ORDER.map((name) => [name, row[name]]));
      const opened = positions
        .filter(({ openingOrderId }) => openingOrderId === id)
        .map((opening) => opening.id);
      const [first = before.opened_position_id] = opened.toSorted();
      this.#rowsById.set(id, { ...before, ...newest, opened_position_id: first });
    }
  }

  /** Returns an order and forgets it; undefined when it must be read: it was not written here, or its row names other orders. */
  take(orderId: string): StoredOrder | undefined {
    const row = this.#rowsById.get(orderId);
    this.#rowsById.delete(orderId);
    return row?.replaces === null && row.replaced_by === null ? orderFrom(row) : undefined;
  }
}
