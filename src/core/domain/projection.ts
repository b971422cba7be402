/** The rows that an account's transaction log projects to, with ids that are pure functions of the log. */

import { present } from '../shared/assert.ts';
import { derivedId } from './ids.ts';
import { Ledger } from './ledger.ts';
import type { LedgerChange, LedgerOrder } from './ledger.ts';
import type { Position } from './position.ts';
import type { Trade } from './trade.ts';
import type { Transaction } from './transaction.ts';

/** The newest state of an order, its row's id and that of the position it concerns. */
export interface ProjectedOrder {
  readonly id: string;
  readonly positionId: string | undefined;
  readonly order: LedgerOrder;
}

/** The newest state of a position and its row's id. The opening order is told when the position opens, and never changes. */
export interface ProjectedPosition {
  readonly id: string;
  readonly openingOrderId: string | undefined;
  readonly position: Position;
}

/** A trade with its row's id and those of its position and closing order. */
export interface ProjectedTrade {
  readonly id: string;
  readonly positionId: string;
  readonly closingOrderId: string;
  readonly trade: Trade;
}

/** What a stretch of the log changed: each row once, in its newest state. */
export interface Projection {
  readonly orders: readonly ProjectedOrder[];
  readonly positions: readonly ProjectedPosition[];
  readonly trades: readonly ProjectedTrade[];
}

/** Projects one account's log as it grows. */
export class AccountProjection {
  readonly #accountId: string;
  readonly ledger = new Ledger();

  constructor(accountId: string) {
    this.#accountId = accountId;
  }

  /** Applies the next transactions and returns the rows they change; InvariantError when one is not the next. */
  project(transactions: readonly Transaction[]): Projection {
    const orders = new Map<string, ProjectedOrder>();
    const positions = new Map<string, ProjectedPosition>();
    const trades: ProjectedTrade[] = [];
    for (const transaction of transactions) {
      const change = this.ledger.apply(transaction);
      for (const order of change.orders) this.#projectOrder(order, orders);
      for (const position of change.positions) this.#projectPosition(position, change, positions);
      for (const trade of change.trades) trades.push(this.#projectTrade(trade, change));
    }
    return { orders: [...orders.values()], positions: [...positions.values()], trades };
  }

  /** Returns the row id of an open position by its number at the broker. */
  rowIdOfPosition(brokerPositionId: number): string | undefined {
    const position = this.ledger.openPositions.get(brokerPositionId);
    return position && this.#rowIdOfPosition(brokerPositionId, position.openedAt);
  }

  #projectOrder(order: LedgerOrder, rows: Map<string, ProjectedOrder>): void {
    const id = this.#rowIdOfOrder(order);
    const { brokerPositionId, positionOpenedAt } = order;
    const isOfPosition = brokerPositionId !== undefined && positionOpenedAt !== undefined;
    const positionId = isOfPosition ? this.#rowIdOfPosition(brokerPositionId, positionOpenedAt) : undefined;
    rows.set(id, { id, positionId, order });
  }

  #projectPosition(position: Position, change: LedgerChange, rows: Map<string, ProjectedPosition>): void {
    const id = this.#rowIdOfPosition(position.brokerPositionId, position.openedAt);
    const opening = change.orders.find((order) => order.orderId === position.orderId);
    const openingOrderId = rows.get(id)?.openingOrderId ?? (opening && this.#rowIdOfOrder(opening));
    rows.set(id, { id, openingOrderId, position });
  }

  #projectTrade(trade: Trade, change: LedgerChange): ProjectedTrade {
    const closing = present(
      change.orders.find((order) => order.orderId === trade.closingOrderId),
      `closing order ${trade.closingOrderId}`,
    );
    return {
      id: derivedId(this.#accountId, `trade-${trade.brokerPositionId}`, trade.transactionId, trade.closedAt),
      positionId: this.#rowIdOfPosition(trade.brokerPositionId, trade.openedAt),
      closingOrderId: this.#rowIdOfOrder(closing),
      trade,
    };
  }

  /** An order that we asked for has the id we gave it; those that the broker made get one from the log. */
  #rowIdOfOrder(order: LedgerOrder): string {
    return order.clientOrderId ?? derivedId(this.#accountId, 'order', order.orderId, order.createdAt);
  }

  #rowIdOfPosition(brokerPositionId: number, openedAt: number): string {
    return derivedId(this.#accountId, 'position', brokerPositionId, openedAt);
  }
}
