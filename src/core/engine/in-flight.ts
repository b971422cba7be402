/** The requests that were sent and whose end the broker's log has not shown yet. */

import { InvariantError } from '../shared/assert.ts';
import { isCloseOut } from '../domain/order.ts';
import { closingSide } from '../domain/position.ts';
import { addUnits } from '../domain/units.ts';
import type { PositionSide } from '../domain/position.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../domain/order.ts';

/**
 * Orders and closes in flight, by id. An unknown outcome leaves a request here for as long as it takes: what may have
 * reached the broker counts as if it had.
 */
export class InFlight {
  readonly #ordersById = new Map<string, OrderRequest>();
  readonly #closesById = new Map<string, CloseRequest>();
  /** Those whose answer was lost. The others are still being answered. */
  readonly #unknownIds = new Set<string>();
  /** When renewals of leases were last asked for (UTC ms), by the broker number of their order. They have no end of their own. */
  readonly renewalsAskedAt = new Map<number, number>();

  /** Adds a request; InvariantError when its id is in flight already, because the same request must never be sent twice. */
  add(request: OrderRequest | CloseRequest): void {
    const { id } = request;
    if (this.has(id)) throw new InvariantError(`a new id was wanted, ${id} is in flight`);
    if ('brokerPositionId' in request) this.#closesById.set(id, request);
    else this.#ordersById.set(id, request);
  }

  hasOrder(id: string): boolean {
    return this.#ordersById.has(id);
  }

  /** What an order in flight asks for; undefined when none has this id. */
  termsOf(id: string): OrderTerms | undefined {
    return this.#ordersById.get(id)?.terms;
  }

  /** Whether a request with this id is in flight. */
  has(id: string): boolean {
    return this.#ordersById.has(id) || this.#closesById.has(id);
  }

  /** Whether nothing is in flight. */
  get isEmpty(): boolean {
    return this.#ordersById.size === 0 && this.#closesById.size === 0;
  }

  /** Takes note that a request's answer was lost, and returns the request; undefined when it is not in flight any more. */
  noteUnknown(id: string): OrderRequest | CloseRequest | undefined {
    const request = this.#ordersById.get(id) ?? this.#closesById.get(id);
    if (request) this.#unknownIds.add(id);
    return request;
  }

  /** The orders in flight, in the order in which they were sent. */
  orders(): Iterable<OrderRequest> {
    return this.#ordersById.values();
  }

  /** The ids of the orders that would rest, but for those that take the place of a resting one. */
  *idsThatWouldRest(): Generator<string, void, undefined> {
    for (const { id, terms, replaces } of this.#ordersById.values())
      if (terms.orderType !== 'market' && replaces === undefined) yield id;
  }

  /** The closes in flight, in the order in which they were sent. */
  closes(): Iterable<CloseRequest> {
    return this.#closesById.values();
  }

  /** The units of a position that closes in flight ask for; Infinity when one of them asks for all. */
  unitsClosing(brokerPositionId: number): number {
    let sum = 0;
    for (const close of this.#closesById.values()) {
      if (close.brokerPositionId === brokerPositionId) sum = addUnits(sum, close.units ?? Infinity);
    }
    return sum;
  }

  /** Whether a close of (part of) this position is in flight. */
  isClosing(brokerPositionId: number): boolean {
    return this.unitsClosing(brokerPositionId) > 0;
  }

  /** Whether a close of (part of) this position is in flight whose answer may still come. */
  isCloseUnanswered(brokerPositionId: number): boolean {
    for (const { id, brokerPositionId: closing } of this.#closesById.values()) {
      if (closing === brokerPositionId && !this.#unknownIds.has(id)) return true;
    }
    return false;
  }

  /** Whether a close-out of (part of) the net position of this side is in flight. */
  isClosingOut(instrument: string, side: PositionSide): boolean {
    for (const { terms } of this.#ordersById.values()) {
      if (isCloseOut(terms) && terms.instrument === instrument && terms.side === closingSide(side))
        return true;
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
    this.#unknownIds.delete(id);
    return request;
  }
}

function isAnyOf(requests: ReadonlyMap<string, OrderRequest | CloseRequest>, strategyId: string): boolean {
  for (const request of requests.values()) {
    if (request.strategyId === strategyId) return true;
  }
  return false;
}
