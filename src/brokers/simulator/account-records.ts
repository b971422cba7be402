/** What an account book keeps of each order, trade and position. */

import type { LedgerOrder } from '../../core/domain/ledger.ts';
import type { ProtectiveOrderType } from '../../core/domain/order.ts';
import type { Position } from '../../core/domain/position.ts';
import type { OrderCreated } from '../../core/domain/transaction.ts';
import type { ClientExtensions, OrderDetails } from './order-details.ts';

/** An order in its newest state. `trades` are the lots that it opened, reduced and closed. */
export interface OrderRecord {
  order: LedgerOrder;
  details: OrderDetails;
  readonly reason: OrderCreated['reason'];
  fillId?: number;
  cancelId?: number;
  openedTradeId?: number;
  reducedTradeId?: number;
  readonly closedTradeIds: number[];
}

/** One closing of (a part of) a trade; the price in points. */
interface TradeClosing {
  readonly transactionId: number;
  readonly units: number;
  readonly price: number;
}

/** A trade, which is our position, in its newest state. */
export interface TradeRecord {
  position: Position;
  clientExtensions: ClientExtensions | undefined;
  /** Ten-thousandths that it bound as it opened. */
  readonly initialMargin: number;
  readonly closings: TradeClosing[];
  /** The newest protective order of each type, open or not. */
  readonly orderIds: Partial<Record<ProtectiveOrderType, number>>;
  /** Ten-thousandths of its financing that were dividends. */
  dividends: number;
  /** The transaction that says that a margin closeout had to leave it open. */
  delayedBy?: number;
}

/** What one side of a position brought over all time, in ten-thousandths. */
export interface SideSums {
  realizedPnl: number;
  financing: number;
  dividends: number;
}

/** What trading an instrument brought over all time. */
export interface PositionRecord {
  readonly instrument: string;
  readonly long: SideSums;
  readonly short: SideSums;
  commission: number;
  /** The newest transaction that changed it. */
  changedBy: number;
}
