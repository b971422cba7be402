/**
 * The broker's transaction log in our words. It is the truth of an account: orders, positions, trades and balance are its projection.
 * Ids are consecutive whole numbers from 1 within an account; an order's broker id is the id of the transaction that created it,
 * a position's id that of the fill that opened it (as at OANDA).
 */

import type { OrderSide, OrderTerms } from './order.ts';

/** What every transaction has: its number, the number of the first of its atomic group, and when it happened (UTC ms). */
export interface TransactionHead {
  readonly id: number;
  readonly batchId: number;
  readonly at: number;
}

export const ORDER_CANCEL_REASONS = [
  'client-request',
  'replaced',
  'expired',
  'linked-position-closed',
  'market-halted',
  'insufficient-margin',
  'bounds-violated',
  'no-liquidity',
  'stop-loss-on-wrong-side',
  'take-profit-on-wrong-side',
  'position-gone',
  'no-conversion-price',
] as const;
/** Why the broker cancelled an order it had accepted. */
export type CancelReason = (typeof ORDER_CANCEL_REASONS)[number];

export const ORDER_REJECT_REASONS = [
  'instrument-unknown',
  'units-invalid',
  'price-invalid',
  'price-missing',
  'expiry-invalid',
  'time-in-force-invalid',
  'trailing-distance-invalid',
  'client-order-id-taken',
  'position-unknown',
  'close-units-exceed-position',
  'not-received',
] as const;
/** Why the broker refused to take an order. `not-received`: its log shows that the order never reached it. */
export type RejectReason = (typeof ORDER_REJECT_REASONS)[number];

export const EXIT_REASONS = [
  'market',
  'limit',
  'stop',
  'take_profit',
  'stop_loss',
  'trailing_stop',
  'close',
  'margin_closeout',
] as const;
/** What kind of fill ended a position. */
export type ExitReason = (typeof EXIT_REASONS)[number];

export interface AccountOpened extends TransactionHead {
  readonly type: 'account-opened';
  readonly currency: string;
}

export interface FundsTransferred extends TransactionHead {
  readonly type: 'funds-transferred';
  readonly amount: number;
  readonly balance: number;
}

export interface OrderCreated extends TransactionHead {
  readonly type: 'order-created';
  readonly terms: OrderTerms;
  /** Our row's id; absent for orders that the broker made itself or that came from elsewhere. */
  readonly clientOrderId?: string | undefined;
  readonly strategyId?: string | undefined;
  /** Where a trailing stop stands as it is created, in points. Logs from before this was kept, and other brokers', leave it out. */
  readonly trailingLevel?: number | undefined;
  readonly reason: 'client' | 'close' | 'on-fill' | 'replacement' | 'margin-closeout';
  /** The position that a protective or closing order concerns. */
  readonly brokerPositionId?: number | undefined;
}

export interface OrderRejected extends TransactionHead {
  readonly type: 'order-rejected';
  readonly clientOrderId?: string | undefined;
  readonly reason: RejectReason;
}

export interface OrderCancelled extends TransactionHead {
  readonly type: 'order-cancelled';
  readonly orderId: number;
  readonly clientOrderId?: string | undefined;
  readonly reason: CancelReason;
}

export interface CancelRejected extends TransactionHead {
  readonly type: 'cancel-rejected';
  readonly orderId: number;
}

/** The part of a fill that closed (part of) a position. Money in ten-thousandths of the account's currency. */
export interface ClosedLot {
  readonly brokerPositionId: number;
  readonly units: number;
  readonly realizedPnl: number;
  readonly financing: number;
  readonly conversionCost: number;
}

export interface OrderFilled extends TransactionHead {
  readonly type: 'order-filled';
  readonly orderId: number;
  readonly clientOrderId?: string | undefined;
  readonly instrument: string;
  readonly side: OrderSide;
  readonly units: number;
  /** Points. */
  readonly price: number;
  /** The quote that was in force, in points. */
  readonly bid: number;
  readonly ask: number;
  readonly reason: ExitReason;
  /** Units of the position that this fill opened; its id is this transaction's. */
  readonly openedUnits: number;
  readonly closed: readonly ClosedLot[];
  readonly commission: number;
  /** Half the spread for all units, and fill against expected price (positive costs). */
  readonly spreadCost: number;
  readonly slippageCost: number;
  /** The balance after this fill. */
  readonly balance: number;
}

/** One entry of the log. */
export type Transaction =
  | AccountOpened
  | FundsTransferred
  | OrderCreated
  | OrderRejected
  | OrderCancelled
  | CancelRejected
  | OrderFilled;
