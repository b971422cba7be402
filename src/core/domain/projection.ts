/** The rows that an account's transaction log projects to, with ids that are pure functions of the log. */

import { present } from '../shared/assert.ts';
import { derivedId } from './ids.ts';
import type { LedgerChange, LedgerOrder } from './ledger.ts';
import type { Position } from './position.ts';
import type { Trade } from './trade.ts';

/** The newest state of an order, its row's id and that of the row of the position it concerns. */
export interface ProjectedOrder {
  readonly id: string;
  readonly positionId: string | undefined;
  readonly order: LedgerOrder;
}

/** The newest state of a position and its row's id. The opening order is there when the position opens, and never changes. */
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

/** Returns the rows of an account that these changes of its ledger make, in the order of its log. */
export function projectChanges(accountId: string, changes: readonly LedgerChange[]): Projection {
  const orders = new Map<string, ProjectedOrder>();
  const positions = new Map<string, ProjectedPosition>();
  const trades: ProjectedTrade[] = [];
  for (const change of changes) {
    for (const order of change.orders) projectOrder(accountId, order, orders);
    for (const position of change.positions) projectPosition(accountId, position, change, positions);
    for (const trade of change.trades) trades.push(projectTrade(accountId, trade, change));
  }
  return { orders: [...orders.values()], positions: [...positions.values()], trades };
}

/** Returns the id of a position's row. */
export function positionRowId(
  accountId: string,
  { brokerPositionId, openedAt }: Pick<Position, 'brokerPositionId' | 'openedAt'>,
): string {
  return derivedId(accountId, 'position', brokerPositionId, openedAt);
}

/** An order that we asked for has the id we gave it; those that the broker made get one from the log. */
export function orderRowId(accountId: string, { clientOrderId, orderId, createdAt }: LedgerOrder): string {
  return clientOrderId ?? derivedId(accountId, 'order', orderId, createdAt);
}

function projectOrder(accountId: string, order: LedgerOrder, rows: Map<string, ProjectedOrder>): void {
  const id = orderRowId(accountId, order);
  const { brokerPositionId, positionOpenedAt: openedAt } = order;
  const isOfPosition = brokerPositionId !== undefined && openedAt !== undefined;
  const positionId = isOfPosition ? positionRowId(accountId, { brokerPositionId, openedAt }) : undefined;
  rows.set(id, { id, positionId, order });
}

function projectPosition(
  accountId: string,
  position: Position,
  change: LedgerChange,
  rows: Map<string, ProjectedPosition>,
): void {
  const id = positionRowId(accountId, position);
  const opening = change.orders.find((order) => order.orderId === position.orderId);
  const openingOrderId = rows.get(id)?.openingOrderId ?? (opening && orderRowId(accountId, opening));
  rows.set(id, { id, openingOrderId, position });
}

function projectTrade(accountId: string, trade: Trade, change: LedgerChange): ProjectedTrade {
  const closing = present(
    change.orders.find((order) => order.orderId === trade.closingOrderId),
    `closing order ${trade.closingOrderId}`,
  );
  return {
    id: derivedId(accountId, `trade-${trade.brokerPositionId}`, trade.transactionId, trade.closedAt),
    positionId: positionRowId(accountId, trade),
    closingOrderId: orderRowId(accountId, closing),
    trade,
  };
}
