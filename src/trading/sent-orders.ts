/**
 * Which orders of a broker's log are ours: those that we recorded before we sent them, each once. Other programs may give any client
 * id to their orders, and an id may come again at OANDA once its order is gone: such an id never leads to a row or a strategy of ours.
 */

import { isProtective } from '../core/domain/order.ts';
import type { OrderTerms } from '../core/domain/order.ts';
import type { OrderCreated, OrderRejected, Transaction } from '../core/domain/transaction.ts';

/** An order that was recorded as submitted, under its client id. */
export interface SentOrder {
  readonly id: string;
  readonly terms: OrderTerms;
  readonly strategyId?: string | undefined;
  /** The position that it closes. */
  readonly brokerPositionId?: number | undefined;
}

/** The orders of one account that its log has not shown yet. One that should never have arrived is awaited all the same. */
export class SentOrders {
  readonly #awaitedById = new Map<string, SentOrder>();

  add(order: SentOrder): void {
    this.#awaitedById.set(order.id, order);
  }

  /** A close never reached the broker: one of the same position that the log shows later is another's. */
  forgetClose(id: string): void {
    const sent = this.#awaitedById.get(id);
    if (sent?.brokerPositionId !== undefined && !isProtective(sent.terms)) this.#awaitedById.delete(id);
  }

  /**
   * Returns the next transactions of the log as they are recorded: with our ids where they are ours, and without any other. `answerTo` is the
   * request that they answer, if they do.
   */
  claim(transactions: readonly Transaction[], answerTo?: string): readonly Transaction[] {
    return transactions.map((transaction) => this.#claim(transaction, answerTo));
  }

  #claim(transaction: Transaction, answerTo: string | undefined): Transaction {
    if (transaction.type === 'order-created') return this.#claimCreated(transaction, answerTo);
    return transaction.type === 'order-rejected' ? this.#claimRejected(transaction, answerTo) : transaction;
  }

  #claimCreated(created: OrderCreated, answerTo: string | undefined): OrderCreated {
    const own = this.#take(created.clientOrderId) ?? this.#takeClose(created, answerTo);
    if (!own) return { ...created, clientOrderId: undefined, strategyId: undefined };
    const { ocoGroup, timeInForce, expiresAt, leaseUntil } = own.terms;
    // A broker knows neither groups nor leases. An order that took the place of a strategy's is that strategy's.
    const terms = {
      ...created.terms,
      ...(ocoGroup !== undefined && { ocoGroup }),
      ...(leaseUntil !== undefined && { timeInForce, expiresAt, leaseUntil }),
    };
    return { ...created, clientOrderId: own.id, terms, strategyId: own.strategyId ?? created.strategyId };
  }

  #claimRejected(rejected: OrderRejected, answerTo: string | undefined): OrderRejected {
    const own = this.#take(rejected.clientOrderId) ?? this.#takeClose(rejected, answerTo);
    if (!own) return { ...rejected, clientOrderId: undefined, strategyId: undefined };
    const { terms, strategyId, brokerPositionId } = own;
    return { ...rejected, clientOrderId: own.id, terms, strategyId, brokerPositionId };
  }

  /**
   * OANDA takes no client id with the closing of a trade: the order that its log shows for it has none. It is ours when we await a close
   * of that position: the one that this answers, else the first of as many units before any other.
   */
  #takeClose(order: OrderCreated | OrderRejected, answerTo: string | undefined): SentOrder | undefined {
    const { clientOrderId, brokerPositionId, terms } = order;
    if (clientOrderId !== undefined || brokerPositionId === undefined) return undefined;
    if (order.type === 'order-created' ? order.reason !== 'close' : terms && isProtective(terms))
      return undefined;
    const closes = [...this.#awaitedById.values()].filter(
      (awaited) => awaited.brokerPositionId === brokerPositionId && !isProtective(awaited.terms),
    );
    const own =
      closes.find(({ id }) => id === answerTo) ??
      closes.find((close) => close.terms.units === terms?.units) ??
      closes[0];
    return this.#take(own?.id);
  }

  #take(clientOrderId: string | undefined): SentOrder | undefined {
    const own = clientOrderId === undefined ? undefined : this.#awaitedById.get(clientOrderId);
    if (own) this.#awaitedById.delete(own.id);
    return own;
  }
}
