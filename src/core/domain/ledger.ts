/** The ledger: the one projection of a transaction log to orders, positions, trades and balance, in every mode. */

import { assert, InvariantError, present, unreachable } from '../shared/assert.ts';
import { closeLots } from './ledger-closing.ts';
import {
  adoptedOrder,
  cancelledOrder,
  continuedOrder,
  createdOrder,
  filledOrder,
  rejectedOrder,
} from './ledger-order.ts';
import { isOrderOpen } from './order-lifecycle.ts';
import { openedPosition } from './ledger-opening.ts';
import type { LedgerOrder } from './ledger-order.ts';
import type { OrderTerms, OrderType, Protection } from './order.ts';
import type { Position } from './position.ts';
import type { Trade } from './trade.ts';
import type {
  AccountAdopted,
  ClosureDelayed,
  DividendAdjusted,
  FinancingCharged,
  OrderCancelled,
  OrderCreated,
  OrderFilled,
  OrderRejected,
  OtherTransaction,
  Transaction,
} from './transaction.ts';

export type { LedgerOrder };

/** What one transaction changed: the new state of each order and position it touched, and the trades it made. */
export interface LedgerChange {
  readonly transaction: Transaction;
  readonly orders: readonly LedgerOrder[];
  readonly positions: readonly Position[];
  readonly trades: readonly Trade[];
}

type Changed = Omit<LedgerChange, 'transaction'>;

/**
 * A broker may keep more digits of money than it states: result, financing, commission and fee of a booking, and the balance before and
 * after it, are each off by half a ten-thousandth at most.
 */
const ROUNDING = 3;

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
  #isMarginCalled = false;
  readonly #delayedClosures = new Set<number>();
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

  /** Whether the broker warns that margin is short. */
  get isMarginCalled(): boolean {
    return this.#isMarginCalled;
  }

  /** The numbers of the open positions that the broker closes as soon as their market opens. */
  get delayedClosures(): ReadonlySet<number> {
    return this.#delayedClosures;
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
    const { id } = transaction;
    // Not an assert, and neither is that of a booking: it would put its message together each time.
    const lastId = this.#lastTransactionId;
    if (id <= lastId) throw new InvariantError(`a transaction after ${lastId} was expected, was ${id}`);
    const { orders, positions, trades } = this.#change(transaction);
    this.#lastTransactionId = id;
    return { transaction, orders, positions, trades };
  }

  #change(transaction: Transaction): Changed {
    switch (transaction.type) {
      case 'account-opened':
        this.#currency = transaction.currency;
        return NO_CHANGE;
      case 'account-adopted':
        return this.#adopt(transaction);
      case 'funds-transferred':
        return this.#book(transaction.amount, transaction.balance);
      case 'financing-charged':
      case 'dividend-adjusted':
        return this.#bookHolding(transaction);
      case 'other':
        return this.#takeOther(transaction);
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
        this.#isMarginCalled = transaction.state !== 'exited';
        return NO_CHANGE;
      case 'closure-delayed':
        return this.#delayClosures(transaction);
      case 'cancel-rejected':
        return NO_CHANGE;
      default:
        return unreachable(transaction);
    }
  }

  #takeOther({ id, balance, reissues = 0, lifetime }: OtherTransaction): Changed {
    this.#balance = balance ?? this.#balance;
    const order = this.#ordersById.get(reissues);
    if (!order) return NO_CHANGE;
    const continued = continuedOrder(order, id, lifetime);
    this.#ordersById.set(order.orderId, continued);
    return { orders: [continued], positions: [], trades: [] };
  }

  #delayClosures({ brokerPositionIds }: ClosureDelayed): Changed {
    for (const id of brokerPositionIds) if (this.#positionsById.has(id)) this.#delayedClosures.add(id);
    return NO_CHANGE;
  }

  /** The broker lists what is open in an order of its own; here the oldest is first. */
  #adopt({ currency, balance, marginRate = 0, positions, orders }: AccountAdopted): Changed {
    assert(this.#lastTransactionId === 0, 'an account is adopted where its log begins');
    this.#currency = currency;
    this.#balance = balance;
    this.#marginRate = marginRate;
    for (const position of positions.toSorted((a, b) => a.brokerPositionId - b.brokerPositionId))
      this.#keep(position);
    for (const adopted of orders.toSorted((a, b) => a.orderId - b.orderId)) {
      const order = adoptedOrder(adopted, this.#openedAt(adopted.brokerPositionId));
      this.#ordersById.set(order.orderId, order);
      this.#protect(order, protectionValue(order.terms));
    }
    const open = { orders: [...this.#ordersById.values()], positions: [...this.#positionsById.values()] };
    return { ...open, trades: [] };
  }

  /**
   * The log states the balance after each booking: a sum that differs by more than rounding means that we missed or misread something.
   * What it states is the balance.
   */
  #book(amount: number, statedBalance: number): Changed {
    const expected = this.#balance + amount;
    if (!(Math.abs(expected - statedBalance) <= ROUNDING))
      throw new InvariantError(`a balance of ${expected} was expected, the log says ${statedBalance}`);
    this.#balance = statedBalance;
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
    const order = createdOrder(created, this.#openedAt(created.brokerPositionId));
    this.#ordersById.set(order.orderId, order);
    return { orders: [order], positions: this.#protect(order, protectionValue(order.terms)), trades: [] };
  }

  #rejectOrder(rejected: OrderRejected): Changed {
    const order = rejectedOrder(rejected, this.#openedAt(rejected.brokerPositionId));
    return order ? { orders: [order], positions: [], trades: [] } : NO_CHANGE;
  }

  #cancelOrder(cancelled: OrderCancelled): Changed {
    const order = this.#openOrder(cancelled.orderId);
    this.#ordersById.delete(order.orderId);
    const positions = this.#protect(order, undefined);
    return { orders: [cancelledOrder(order, cancelled)], positions, trades: [] };
  }

  #fillOrder(fill: OrderFilled): Changed {
    const order = this.#openOrder(fill.orderId);
    const filled = filledOrder(order, fill);
    if (isOrderOpen(filled.status)) this.#ordersById.set(filled.orderId, filled);
    else this.#ordersById.delete(filled.orderId);
    const closing = closeLots(fill, order.strategyId, this.#positionsById);
    const { positions, trades } = closing;
    if (fill.openedUnits > 0) positions.push(openedPosition(fill, order, closing));
    for (const position of positions) this.#keep(position);
    this.#book(closing.realizedPnl + closing.financing - fill.commission, fill.balance);
    return { orders: [filled], positions, trades };
  }

  #openedAt(brokerPositionId: number | undefined): number | undefined {
    return brokerPositionId === undefined ? undefined : this.#positionsById.get(brokerPositionId)?.openedAt;
  }

  #openOrder(orderId: number): LedgerOrder {
    return present(this.#ordersById.get(orderId), 'open order', orderId);
  }

  #keep(position: Position): void {
    const { brokerPositionId, openUnits } = position;
    if (openUnits > 0) this.#positionsById.set(brokerPositionId, position);
    else {
      this.#positionsById.delete(brokerPositionId);
      this.#delayedClosures.delete(brokerPositionId);
    }
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

function protectionValue(terms: OrderTerms): number | undefined {
  return terms.orderType === 'trailing_stop' ? terms.trailingDistance : terms.price;
}
