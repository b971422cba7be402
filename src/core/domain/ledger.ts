/** The ledger: the one projection of a transaction log to orders, positions, trades and balance, in every mode. */

import { assert, present, unreachable } from '../shared/assert.ts';
import { roundHalfAway } from '../shared/decimal.ts';
import { closeLots } from './ledger-closing.ts';
import { isOrderOpen } from './order-lifecycle.ts';
import { positionSideOf } from './position.ts';
import type { Costs } from './ledger-closing.ts';
import type { OrderCreator, OrderTerms, OrderType, Protection } from './order.ts';
import type { OrderStatus } from './order-lifecycle.ts';
import type { Position } from './position.ts';
import type { Trade } from './trade.ts';
import type {
  DividendAdjusted,
  FinancingCharged,
  OrderCancelled,
  OrderCreated,
  OrderFilled,
  OrderRejected,
  Transaction,
} from './transaction.ts';

/** An order of the broker's log. `orderId` is its number there; prices are points, times UTC ms. */
export interface LedgerOrder {
  readonly orderId: number;
  readonly clientOrderId?: string | undefined;
  readonly strategyId?: string | undefined;
  readonly createdBy: OrderCreator;
  readonly terms: OrderTerms;
  /** Where a trailing stop stood when it was created, if the log says so. */
  readonly trailingLevel?: number | undefined;
  readonly status: OrderStatus;
  readonly filledUnits: number;
  /** What its fills were paid on average, in whole points; `filledCost` is their sum of units times points. */
  readonly averagePrice?: number | undefined;
  readonly filledCost?: number | undefined;
  /** The position that a protective or closing order concerns, and when that was opened. */
  readonly brokerPositionId?: number | undefined;
  readonly positionOpenedAt?: number | undefined;
  /** The order whose place it took, and the one that took its own. */
  readonly replaces?: number | undefined;
  readonly replacedBy?: number | undefined;
  readonly reasonCode?: string | undefined;
  readonly createdAt: number;
  readonly filledAt?: number | undefined;
  readonly cancelledAt?: number | undefined;
}

/** What one transaction changed: the new state of each order and position it touched, and the trades it made. */
export interface LedgerChange {
  readonly transaction: Transaction;
  readonly orders: readonly LedgerOrder[];
  readonly positions: readonly Position[];
  readonly trades: readonly Trade[];
}

type Changed = Omit<LedgerChange, 'transaction'>;

const NO_CHANGE: Changed = { orders: [], positions: [], trades: [] };

const PROTECTION_OF: Partial<Record<OrderType, keyof Protection>> = {
  take_profit: 'takeProfit',
  stop_loss: 'stopLoss',
  trailing_stop: 'trailingDistance',
};

/** The state of one account after the transactions applied so far. Holds open orders and open positions only. */
export class Ledger {
  readonly #ordersById = new Map<number, LedgerOrder>();
  readonly #positionsById = new Map<number, Position>();
  #currency = '';
  #balance = 0;
  #marginRate = 0;
  #lastTransactionId = 0;

  /** The account's currency; empty before the account was opened. */
  get currency(): string {
    return this.#currency;
  }

  /** The balance in ten-thousandths: what was paid in, and every result booked. */
  get balance(): number {
    return this.#balance;
  }

  /** The least part of a position's value that binds as margin, whatever its instrument: 0 while the account sets none. */
  get marginRate(): number {
    return this.#marginRate;
  }

  /** The number of the newest transaction applied; 0 at the start. */
  get lastTransactionId(): number {
    return this.#lastTransactionId;
  }

  /** The orders that rest at the broker, by their number, oldest first. */
  get openOrders(): ReadonlyMap<number, LedgerOrder> {
    return this.#ordersById;
  }

  /** The open lots, by their number, oldest first. */
  get openPositions(): ReadonlyMap<number, Position> {
    return this.#positionsById;
  }

  /**
   * Applies the next transaction of the log and returns what it changed; InvariantError when its number is not above the last.
   * Numbers may be missing: whether all that there is was read, only the reader of the log can know.
   */
  apply(transaction: Transaction): LedgerChange {
    assert(
      transaction.id > this.#lastTransactionId,
      `a transaction after ${this.#lastTransactionId} was expected, was ${transaction.id}`,
    );
    const { orders, positions, trades } = this.#change(transaction);
    this.#lastTransactionId = transaction.id;
    return { transaction, orders, positions, trades };
  }

  #change(transaction: Transaction): Changed {
    switch (transaction.type) {
      case 'account-opened':
        this.#currency = transaction.currency;
        return NO_CHANGE;
      case 'funds-transferred':
        return this.#book(transaction.amount, transaction.balance);
      case 'financing-charged':
      case 'dividend-adjusted':
        return this.#bookHolding(transaction);
      case 'other':
        this.#balance = transaction.balance ?? this.#balance;
        return NO_CHANGE;
      case 'order-created':
        return this.#createOrder(transaction);
      case 'order-rejected':
        return this.#rejectOrder(transaction);
      case 'order-cancelled':
        return this.#cancelOrder(transaction);
      case 'order-filled':
        return this.#fillOrder(transaction);
      case 'account-configured':
        this.#marginRate = transaction.marginRate ?? this.#marginRate;
        return NO_CHANGE;
      case 'margin-call-changed':
      case 'closure-delayed':
      case 'cancel-rejected':
        return NO_CHANGE;
      default:
        return unreachable(transaction);
    }
  }

  /** The log states the balance after each booking: a sum that differs means that we missed or misread something. */
  #book(amount: number, statedBalance: number): Changed {
    this.#balance += amount;
    assert(
      this.#balance === statedBalance,
      `a balance of ${this.#balance} was expected, the log says ${statedBalance}`,
    );
    return NO_CHANGE;
  }

  /** The balance moves at once; each position keeps what it brought until a trade takes its share. */
  #bookHolding({ amount, charges, balance }: FinancingCharged | DividendAdjusted): Changed {
    this.#book(amount, balance);
    const positions = charges.map((charge) => {
      const { brokerPositionId } = charge;
      const position = present(
        this.#positionsById.get(brokerPositionId),
        `open position ${brokerPositionId}`,
      );
      const charged: Position = {
        ...position,
        financing: position.financing + charge.amount,
        accruedFinancing: position.accruedFinancing + charge.amount,
      };
      this.#positionsById.set(brokerPositionId, charged);
      return charged;
    });
    return { orders: [], positions, trades: [] };
  }

  #createOrder(created: OrderCreated): Changed {
    const order: LedgerOrder = {
      orderId: created.id,
      clientOrderId: created.clientOrderId,
      strategyId: created.strategyId,
      createdBy: creatorOf(created),
      terms: created.terms,
      trailingLevel: created.trailingLevel,
      status: 'accepted',
      filledUnits: 0,
      brokerPositionId: created.brokerPositionId,
      positionOpenedAt: this.#openedAt(created.brokerPositionId),
      replaces: created.replaces,
      createdAt: created.at,
    };
    this.#ordersById.set(order.orderId, order);
    return { orders: [order], positions: this.#protect(order, protectionValue(order.terms)), trades: [] };
  }

  /** A rejected order is never open; the number of its rejection is the only one that it has. */
  #rejectOrder({ id, at, terms, reason, ...whose }: OrderRejected): Changed {
    if (terms === undefined) return NO_CHANGE;
    const { clientOrderId, strategyId, brokerPositionId } = whose;
    const order: LedgerOrder = {
      orderId: id,
      clientOrderId,
      strategyId,
      createdBy: creatorOf({ ...whose, reason: 'client' }),
      terms,
      status: 'rejected',
      filledUnits: 0,
      brokerPositionId,
      positionOpenedAt: this.#openedAt(brokerPositionId),
      reasonCode: reason,
      createdAt: at,
    };
    return { orders: [order], positions: [], trades: [] };
  }

  #cancelOrder(cancelled: OrderCancelled): Changed {
    const order = this.#openOrder(cancelled.orderId);
    this.#ordersById.delete(order.orderId);
    const closed: LedgerOrder = {
      ...order,
      status: cancelled.reason === 'expired' ? 'expired' : 'cancelled',
      reasonCode: cancelled.reason,
      replacedBy: cancelled.replacedBy,
      cancelledAt: cancelled.at,
    };
    return { orders: [closed], positions: this.#protect(order, undefined), trades: [] };
  }

  #fillOrder(fill: OrderFilled): Changed {
    const order = this.#openOrder(fill.orderId);
    const filled = fillOf(order, fill);
    if (isOrderOpen(filled.status)) this.#ordersById.set(filled.orderId, filled);
    else this.#ordersById.delete(filled.orderId);
    const closing = closeLots(fill, order.strategyId, this.#positionsById);
    for (const position of closing.positions) this.#keep(position);
    const opened = fill.openedUnits > 0 ? [openPosition(fill, order, closing)] : [];
    for (const position of opened) this.#keep(position);
    this.#book(closing.realizedPnl + closing.financing - fill.commission, fill.balance);
    return { orders: [filled], positions: [...closing.positions, ...opened], trades: closing.trades };
  }

  #openedAt(brokerPositionId: number | undefined): number | undefined {
    return brokerPositionId === undefined ? undefined : this.#positionsById.get(brokerPositionId)?.openedAt;
  }

  #openOrder(orderId: number): LedgerOrder {
    return present(this.#ordersById.get(orderId), `open order ${orderId}`);
  }

  #keep(position: Position): void {
    if (position.openUnits > 0) this.#positionsById.set(position.brokerPositionId, position);
    else this.#positionsById.delete(position.brokerPositionId);
  }

  /** A protective order that comes or goes changes what protects its position, if that is still open. */
  #protect(order: LedgerOrder, value: number | undefined): readonly Position[] {
    const part = PROTECTION_OF[order.terms.orderType];
    const position =
      order.brokerPositionId === undefined ? undefined : this.#positionsById.get(order.brokerPositionId);
    if (part === undefined || position === undefined) return [];
    const changed: Position = { ...position, [part]: value };
    this.#positionsById.set(position.brokerPositionId, changed);
    return [changed];
  }
}

/** The order after one more fill: it stays open while the fill says that units remain. */
function fillOf(order: LedgerOrder, { units, price, remainingUnits = 0, at }: OrderFilled): LedgerOrder {
  const filledUnits = order.filledUnits + units;
  const filledCost = (order.filledCost ?? 0) + units * price;
  const averagePrice = roundHalfAway(filledCost / filledUnits);
  const sum = { filledUnits, filledCost, averagePrice };
  if (remainingUnits > 0) return { ...order, ...sum, status: 'partially_filled' };
  return { ...order, ...sum, status: 'filled', filledAt: at };
}

/** Who asks for an order through another program is a person to us; protection without an id is the broker's own order. */
function creatorOf(
  created: Pick<OrderCreated, 'clientOrderId' | 'strategyId' | 'reason' | 'brokerPositionId'>,
): OrderCreator {
  const { clientOrderId, strategyId, reason, brokerPositionId } = created;
  if (clientOrderId !== undefined) return strategyId === undefined ? 'person' : 'strategy';
  const isEntry = reason === 'client' && brokerPositionId === undefined;
  return isEntry || reason === 'close' ? 'person' : 'broker';
}

function protectionValue(terms: OrderTerms): number | undefined {
  return terms.orderType === 'trailing_stop' ? terms.trailingDistance : terms.price;
}

function openPosition(fill: OrderFilled, order: LedgerOrder, spent: Costs): Position {
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
  };
}
