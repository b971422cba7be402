/** All orders, trades and positions that an account ever had: the exchange keeps only what is open. */

import { Ledger } from '../../core/domain/ledger.ts';
import { isProtective } from '../../core/domain/order.ts';
import { present } from '../../core/shared/assert.ts';
import { detailsOfRest, ON_FILL } from './order-details.ts';
import type { LedgerChange, LedgerOrder } from '../../core/domain/ledger.ts';
import type { Position, PositionSide } from '../../core/domain/position.ts';
import type {
  DividendAdjusted,
  FinancingCharged,
  OrderCancelled,
  OrderCreated,
  OrderFilled,
  Transaction,
} from '../../core/domain/transaction.ts';
import type { OrderRecord, PositionRecord, TradeRecord } from './account-records.ts';
import type { OrderDetails } from './order-details.ts';

/** Follows a log. Records are found by the number of the transaction that made them, oldest first. */
export class AccountBook {
  readonly ledger = new Ledger();
  readonly ordersById = new Map<number, OrderRecord>();
  readonly tradesById = new Map<number, TradeRecord>();
  readonly positionsByInstrument = new Map<string, PositionRecord>();

  /** Takes in the next transaction. `details` are those of an order that a client asked for; `marginOf` what a new trade binds. */
  apply(
    transaction: Transaction,
    details: OrderDetails | undefined,
    marginOf: (position: Position) => number,
  ): LedgerChange {
    const change = this.ledger.apply(transaction);
    for (const position of change.positions) this.#keepPosition(position, marginOf);
    for (const order of change.orders) {
      const known = this.ordersById.get(order.orderId);
      if (known) known.order = order;
    }
    if (transaction.type === 'order-created') this.#create(transaction, details);
    else if (transaction.type === 'order-cancelled') this.#cancel(transaction);
    else if (transaction.type === 'order-filled') this.#fill(transaction, change);
    else if (transaction.type === 'financing-charged' || transaction.type === 'dividend-adjusted')
      this.#charge(transaction);
    else if (transaction.type === 'closure-delayed')
      for (const id of transaction.brokerPositionIds) this.trade(id).delayedBy = transaction.id;
    return change;
  }

  /** Returns an order that there is. */
  order(id: number): OrderRecord {
    return present(this.ordersById.get(id), `order ${id}`);
  }

  /** Returns the order that waits under a specifier: its number, or `@` and the id that the client gave it. */
  pendingOrder(specifier: string): OrderRecord | undefined {
    if (!specifier.startsWith('@')) {
      const id = numberOf(specifier);
      return this.ledger.openOrders.has(id) ? this.ordersById.get(id) : undefined;
    }
    for (const id of this.ledger.openOrders.keys()) {
      const record = this.order(id);
      if (record.details.clientExtensions?.id === specifier.slice(1)) return record;
    }
    return undefined;
  }

  /** Returns whether an order that waits, other than this one, has the id that a client gives. */
  isOrderIdTaken(clientId: string | undefined, by: OrderRecord | undefined): boolean {
    const holder = clientId === undefined ? undefined : this.pendingOrder(`@${clientId}`);
    return holder !== undefined && holder !== by;
  }

  /** Returns the open trade under a specifier, as `pendingOrder` does. */
  openTrade(specifier: string): TradeRecord | undefined {
    if (!specifier.startsWith('@')) {
      const id = numberOf(specifier);
      return this.ledger.openPositions.has(id) ? this.tradesById.get(id) : undefined;
    }
    for (const id of this.ledger.openPositions.keys()) {
      const trade = this.trade(id);
      if (trade.clientExtensions?.id === specifier.slice(1)) return trade;
    }
    return undefined;
  }

  /** Returns a trade that there is. */
  trade(id: number): TradeRecord {
    return present(this.tradesById.get(id), `trade ${id}`);
  }

  #keepPosition(position: Position, marginOf: (position: Position) => number): void {
    const known = this.tradesById.get(position.brokerPositionId);
    if (known) {
      known.position = position;
      return;
    }
    const opening = position.orderId === undefined ? undefined : this.ordersById.get(position.orderId);
    this.tradesById.set(position.brokerPositionId, {
      position,
      clientExtensions: opening?.details.tradeClientExtensions,
      initialMargin: marginOf(position),
      closings: [],
      orderIds: {},
      dividends: 0,
    });
  }

  #create({ id, reason, brokerPositionId, restOf }: OrderCreated, given: OrderDetails | undefined): void {
    const order = present(this.ledger.openOrders.get(id), `open order ${id}`);
    const { terms } = order;
    const details = restOf === undefined ? given : detailsOfRest(this.order(restOf).details);
    this.ordersById.set(id, {
      order,
      details: this.#ownDetails(order, reason) ?? details ?? {},
      reason,
      closedTradeIds: [],
    });
    if (isProtective(terms) && brokerPositionId !== undefined)
      this.trade(brokerPositionId).orderIds[terms.orderType] = id;
  }

  /** What an order has that no request asked for by itself; undefined where the request says it. */
  #ownDetails(order: LedgerOrder, reason: OrderCreated['reason']): OrderDetails | undefined {
    if (reason === 'on-fill') return this.#onFillDetails(order);
    if (reason !== 'margin-closeout') return undefined;
    const { brokerPositionId = 0 } = order;
    const trade = this.tradesById.get(brokerPositionId);
    if (trade?.delayedBy === undefined) return { marginCloseout: { reason: 'MARGIN_CHECK_VIOLATION' } };
    return {
      delayedTradeClose: {
        tradeID: String(brokerPositionId),
        clientTradeID: trade.clientExtensions?.id,
        sourceTransactionID: String(trade.delayedBy),
      },
    };
  }

  /** A protective order of an entry has the extensions that the entry's request named for it. */
  #onFillDetails({ terms, brokerPositionId = 0 }: LedgerOrder): OrderDetails | undefined {
    const { orderId = 0 } = this.trade(brokerPositionId).position;
    const details = this.ordersById.get(orderId)?.details;
    if (!details || !isProtective(terms)) return undefined;
    const onFill = details[ON_FILL[terms.orderType]];
    return { clientExtensions: onFill?.clientExtensions, distance: onFill?.distance };
  }

  /** A trade that closes keeps the orders that ended with it; one that lives on does not keep what is gone. */
  #cancel({ id, orderId, reason }: OrderCancelled): void {
    const record = this.order(orderId);
    record.cancelId = id;
    const { brokerPositionId, terms } = record.order;
    if (brokerPositionId === undefined || reason === 'linked-position-closed') return;
    const { orderIds } = this.trade(brokerPositionId);
    if (isProtective(terms) && orderIds[terms.orderType] === orderId) delete orderIds[terms.orderType];
  }

  #fill(fill: OrderFilled, { trades, positions }: LedgerChange): void {
    const record = this.order(fill.orderId);
    record.fillId = fill.id;
    if (fill.openedUnits > 0) record.openedTradeId = fill.id;
    for (const { brokerPositionId, openUnits } of positions) {
      if (brokerPositionId === fill.id) continue;
      if (openUnits === 0) record.closedTradeIds.push(brokerPositionId);
      else record.reducedTradeId = brokerPositionId;
    }
    const position = this.#positionOf(fill.instrument, fill.id);
    position.commission += fill.commission;
    for (const { brokerPositionId, side, units, exitPrice, realizedPnl } of trades) {
      this.trade(brokerPositionId).closings.push({ transactionId: fill.id, units, price: exitPrice });
      position[side].realizedPnl += realizedPnl;
    }
    for (const { brokerPositionId, financing } of fill.closed)
      position[this.#sideOf(brokerPositionId)].financing += financing;
  }

  #charge({ type, id, charges }: FinancingCharged | DividendAdjusted): void {
    for (const { brokerPositionId, amount } of charges) {
      const trade = this.trade(brokerPositionId);
      const side = this.#positionOf(trade.position.instrument, id)[trade.position.side];
      if (type === 'financing-charged') side.financing += amount;
      else {
        side.dividends += amount;
        trade.dividends += amount;
      }
    }
  }

  #sideOf(brokerPositionId: number): PositionSide {
    return this.trade(brokerPositionId).position.side;
  }

  #positionOf(instrument: string, changedBy: number): PositionRecord {
    const known = this.positionsByInstrument.get(instrument) ?? {
      instrument,
      long: { realizedPnl: 0, financing: 0, dividends: 0 },
      short: { realizedPnl: 0, financing: 0, dividends: 0 },
      commission: 0,
      changedBy,
    };
    known.changedBy = changedBy;
    this.positionsByInstrument.set(instrument, known);
    return known;
  }
}

/** Returns the number that a specifier is, or 0, which nothing has. */
function numberOf(specifier: string): number {
  return /^\d{1,15}$/.test(specifier) ? Number(specifier) : 0;
}
