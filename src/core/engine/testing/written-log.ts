/** A broker's log that a test writes by hand: consecutive numbers, balances that add up, one batch for each call. */

import { PAPER_INSTRUMENTS } from '../../domain/paper-instruments.ts';
import { Ledger } from '../../domain/ledger.ts';
import { bookMoney, pointsValue } from '../../domain/money.ts';
import { oppositeSide } from '../../domain/order.ts';
import { directionOf, openingSide } from '../../domain/position.ts';
import { present } from '../../shared/assert.ts';
import type { Currency } from '../../domain/instrument.ts';
import type { LedgerOrder } from '../../domain/ledger.ts';
import type { CloseRequest, OrderRequest, OrderTerms } from '../../domain/order.ts';
import type { Transaction, TransactionHead } from '../../domain/transaction.ts';
import type { CancelReason, RejectReason } from '../../domain/transaction-reasons.ts';

type Body = Transaction extends infer T
  ? T extends Transaction
    ? Omit<T, keyof TransactionHead>
    : never
  : never;

/** Fills are free of costs and happen at the price that is given; the account must be in the instrument's quote currency. */
export class WrittenLog {
  readonly ledger = new Ledger();
  readonly transactions: Transaction[] = [];
  #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  /** What is written from now on happens at `at`. */
  setTime(at: number): void {
    this.#at = at;
  }

  open(currency: Currency, balance: number): readonly Transaction[] {
    return this.#write([
      { type: 'account-opened', currency },
      { type: 'funds-transferred', amount: balance, balance },
    ]);
  }

  transfer(amount: number): readonly Transaction[] {
    return this.#write([{ type: 'funds-transferred', amount, balance: this.ledger.balance + amount }]);
  }

  /** The order is accepted and rests (or, at the market, is about to fill). */
  accept({ id, terms, strategyId, protects }: OrderRequest): readonly Transaction[] {
    return this.#write([
      {
        type: 'order-created',
        terms,
        clientOrderId: id,
        strategyId,
        brokerPositionId: protects,
        reason: 'client',
      },
    ]);
  }

  /** The broker makes an order that protects all of a position. */
  protect(
    brokerPositionId: number,
    protection: Pick<OrderTerms, 'orderType' | 'price'>,
  ): readonly Transaction[] {
    const position = present(this.ledger.openPositions.get(brokerPositionId), `position ${brokerPositionId}`);
    const terms: OrderTerms = {
      instrument: position.instrument,
      side: oppositeSide(openingSide(position.side)),
      units: position.openUnits,
      timeInForce: 'GTC',
      ...protection,
    };
    return this.#write([{ type: 'order-created', terms, brokerPositionId, reason: 'client' }]);
  }

  /** An accepted order fills: it opens all its units. */
  fill(clientOrderId: string, price: number): readonly Transaction[] {
    return this.#write([this.#filled(this.#orderOf(clientOrderId), price)]);
  }

  /** The order is accepted and fills in one batch. */
  acceptAndFill(request: OrderRequest, price: number): readonly Transaction[] {
    const created = this.accept(request);
    return [...created, ...this.#sameBatch(created, [this.#filled(this.#orderOf(request.id), price)])];
  }

  /** Another program's market order is accepted and fills in one batch. */
  fillElsewhere(terms: OrderTerms, price: number): readonly Transaction[] {
    const created = this.#write([{ type: 'order-created', terms, reason: 'client' }]);
    const order = present([...this.ledger.openOrders.values()].at(-1), 'the order');
    return [...created, ...this.#sameBatch(created, [this.#filled(order, price)])];
  }

  /** The order is accepted and cancelled in one batch. */
  acceptAndCancel(request: OrderRequest, reason: CancelReason): readonly Transaction[] {
    const created = this.accept(request);
    const { orderId } = this.#orderOf(request.id);
    return [...created, ...this.#sameBatch(created, [{ type: 'order-cancelled', orderId, reason }])];
  }

  cancel(clientOrderId: string): readonly Transaction[] {
    const { orderId } = this.#orderOf(clientOrderId);
    return this.#write([{ type: 'order-cancelled', orderId, clientOrderId, reason: 'client-request' }]);
  }

  reject(clientOrderId: string, reason: RejectReason): readonly Transaction[] {
    return this.#write([{ type: 'order-rejected', clientOrderId, reason }]);
  }

  /** The close is accepted and fills in one batch. */
  close(request: CloseRequest, price: number): readonly Transaction[] {
    const created = this.#write([this.#closing(request)]);
    return [...created, ...this.#sameBatch(created, [this.#closed(request, price)])];
  }

  /** The close is accepted and cancelled in one batch: the market has no liquidity, or is shut. */
  cancelClose(request: CloseRequest, reason: CancelReason): readonly Transaction[] {
    const created = this.#write([this.#closing(request)]);
    const { orderId } = this.#orderOf(request.id);
    return [...created, ...this.#sameBatch(created, [{ type: 'order-cancelled', orderId, reason }])];
  }

  #closing({ id, brokerPositionId, units, strategyId }: CloseRequest): Body {
    const position = present(this.ledger.openPositions.get(brokerPositionId), `position ${brokerPositionId}`);
    const terms: OrderTerms = {
      instrument: position.instrument,
      orderType: 'market',
      side: oppositeSide(openingSide(position.side)),
      units: units ?? position.openUnits,
      timeInForce: 'FOK',
    };
    return { type: 'order-created', terms, clientOrderId: id, strategyId, brokerPositionId, reason: 'close' };
  }

  #closed({ id, brokerPositionId, units }: CloseRequest, price: number): Body {
    const position = present(this.ledger.openPositions.get(brokerPositionId), `position ${brokerPositionId}`);
    const closedUnits = units ?? position.openUnits;
    const points = (price - position.entryPrice) * directionOf(position.side);
    const realizedPnl = bookMoney(
      pointsValue(PAPER_INSTRUMENTS.named(position.instrument), closedUnits, points, 1),
    );
    return {
      ...this.#filled(this.#orderOf(id), price),
      reason: 'close',
      openedUnits: 0,
      closed: [{ brokerPositionId, units: closedUnits, realizedPnl, financing: 0, conversionCost: 0 }],
      balance: this.ledger.balance + realizedPnl,
    };
  }

  #filled(
    { orderId, clientOrderId, terms }: LedgerOrder,
    price: number,
  ): Extract<Body, { type: 'order-filled' }> {
    const { instrument, side, units } = terms;
    return {
      type: 'order-filled',
      orderId,
      clientOrderId,
      instrument,
      side,
      units,
      price,
      bid: terms.side === 'buy' ? price - 10 : price,
      ask: terms.side === 'buy' ? price : price + 10,
      reason: 'market',
      openedUnits: units,
      closed: [],
      commission: 0,
      spreadCost: 0,
      slippageCost: 0,
      balance: this.ledger.balance,
    };
  }

  #orderOf(clientOrderId: string): LedgerOrder {
    const orders = [...this.ledger.openOrders.values()];
    return present(
      orders.find((order) => order.clientOrderId === clientOrderId),
      `open order ${clientOrderId}`,
    );
  }

  #sameBatch(first: readonly Transaction[], bodies: readonly Body[]): readonly Transaction[] {
    return this.#write(bodies, first[0]?.batchId);
  }

  #write(bodies: readonly Body[], batchId = this.ledger.lastTransactionId + 1): readonly Transaction[] {
    return bodies.map((body) => {
      const transaction: Transaction = {
        ...body,
        id: this.ledger.lastTransactionId + 1,
        batchId,
        at: this.#at,
      };
      this.ledger.apply(transaction);
      this.transactions.push(transaction);
      return transaction;
    });
  }
}
