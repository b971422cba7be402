/** The requests that were sent and whose end the broker's log has not shown yet. */

import { assert } from '../shared/assert.ts';
import type { CloseRequest, OrderRequest } from '../domain/order.ts';

/**
 * Orders and closes in flight, by id. An unknown outcome leaves a request here for as long as it takes: what may have
 * reached the broker counts as if it had.
 */
export class InFlight {
  readonly #ordersById = new Map<string, OrderRequest>();
  readonly #closesById = new Map<string, CloseRequest>();

  /** Adds a request; InvariantError when its id is in flight already, because the same request must never be sent twice. */
  add(request: OrderRequest | CloseRequest): void {
    const { id } = request;
    const isNew = !this.#ordersById.has(id) && !this.#closesById.has(id);
    assert(isNew, `a new id was wanted, ${id} is in flight`);
    if ('brokerPositionId' in request) this.#closesById.set(id, request);
    else this.#ordersById.set(id, request);
  }

  hasOrder(id: string): boolean {
    return this.#ordersById.has(id);
  }

  /** The orders in flight, in the order in which they were sent. */
  orders(): Iterable<OrderRequest> {
    return this.#ordersById.values();
  }

  /** The closes in flight, in the order in which they were sent. */
  closes(): Iterable<CloseRequest> {
    return this.#closesById.values();
  }

  /** Whether a close of (part of) this position is in flight. */
  isClosing(brokerPositionId: number): boolean {
    for (const close of this.#closesById.values()) {
      if (close.brokerPositionId === brokerPositionId) return true;
    }
    return false;
  }

  /** Whether any request of this strategy is in flight. */
  hasAnyOf(strategyId: string): boolean {
    return isAnyOf(this.#ordersById, strategyId) || isAnyOf(this.#closesById, strategyId);
  }

  /** Takes the request with this id out and returns it, or undefined when none is in flight. */
  settle(id: string): OrderRequest | CloseRequest | undefined {
    const request = this.#ordersById.get(id) ?? this.#closesById.get(id);
    this.#ordersById.delete(id);
    this.#closesById.delete(id);
    return request;
  }
}

function isAnyOf(requests: ReadonlyMap<string, OrderRequest | CloseRequest>, strategyId: string): boolean {
  for (const request of requests.values()) {
    if (request.strategyId === strategyId) return true;
  }
  return false;
}
