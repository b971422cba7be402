/**
 * The broker's transaction log in our words. It is the truth of an account: orders, positions, trades and balance are its projection.
 * Ids are whole numbers that rise within an account, some may be missing; an order's broker id is the id of the transaction that created it,
 * a position's id that of the fill that opened it (as at OANDA).
 */

import type { Lifetime, OrderSide, OrderTerms, Protection } from './order.ts';
import type { Position } from './position.ts';
import type { CancelReason, ExitReason, RejectReason, TransferReason } from './transaction-reasons.ts';

/** What every transaction has: its number, the number of the first of its atomic group, and when it happened (UTC ms). */
export interface TransactionHead {
  readonly id: number;
  readonly batchId: number;
  readonly at: number;
}

export interface AccountOpened extends TransactionHead {
  readonly type: 'account-opened';
  readonly currency: string;
}

/** An open position as the broker shows it where our log of the account begins; what protects it are its orders. */
export type AdoptedPosition = Omit<Position, keyof Protection | 'orderId' | 'strategyId' | 'closedAt'>;

/** An order that rests where our log of the account begins. */
export interface AdoptedOrder {
  readonly orderId: number;
  readonly terms: OrderTerms;
  readonly createdAt: number;
  readonly brokerPositionId?: number | undefined;
  readonly trailingLevel?: number | undefined;
  /** The price that a market-if-touched order watched when it was created: on which side of it its own is says what it waits for. */
  readonly initialPrice?: number | undefined;
  /** What it filled already, and the average price in points. */
  readonly filledUnits?: number | undefined;
  readonly averagePrice?: number | undefined;
}

/**
 * Our log of an account begins here: it stands for all the broker's transactions up to its own number, which is the broker's last at
 * that time. What is open belongs to no strategy; money is whole ten-thousandths.
 */
export interface AccountAdopted extends TransactionHead {
  readonly type: 'account-adopted';
  readonly currency: string;
  readonly balance: number;
  /** As in {@link AccountConfigured}; left out when the broker states none. */
  readonly marginRate?: number | undefined;
  readonly positions: readonly AdoptedPosition[];
  readonly orders: readonly AdoptedOrder[];
}

export interface FundsTransferred extends TransactionHead {
  readonly type: 'funds-transferred';
  readonly amount: number;
  readonly balance: number;
  /** Logs from before this was kept leave it out. */
  readonly reason?: TransferReason | undefined;
}

/** What holding one open position brought: negative when it was paid. Ten-thousandths of the account's currency. */
export interface PositionCharge {
  readonly brokerPositionId: number;
  readonly amount: number;
}

/** What holding the open positions brought: booked on the balance at once, and carried by the positions until trades close them. */
interface HoldingBooked extends TransactionHead {
  readonly amount: number;
  readonly charges: readonly PositionCharge[];
  /** The balance after this booking. */
  readonly balance: number;
}

/** The interest of one day, at OANDA at 17:00 New York. */
export interface FinancingCharged extends HoldingBooked {
  readonly type: 'financing-charged';
}

/** What a position in a share or index gets or pays for a dividend. */
export interface DividendAdjusted extends HoldingBooked {
  readonly type: 'dividend-adjusted';
}

/**
 * The account's settings at the broker changed: what is left out stayed as it was. A margin rate of 0.05 is a leverage of 20: no
 * instrument binds less. One of 0 leaves the instruments their own.
 */
export interface AccountConfigured extends TransactionHead {
  readonly type: 'account-configured';
  readonly alias?: string | undefined;
  readonly marginRate?: number | undefined;
}

/** The broker warns that margin is short, warns again, or takes the warning back. A closeout has transactions of its own. */
export interface MarginCallChanged extends TransactionHead {
  readonly type: 'margin-call-changed';
  readonly state: 'entered' | 'extended' | 'exited';
}

/** A margin closeout met a closed market: the broker closes these positions once it opens. */
export interface ClosureDelayed extends TransactionHead {
  readonly type: 'closure-delayed';
  readonly brokerPositionIds: readonly number[];
}

/** What a transaction is called that only renews the lease of an order that rests. */
export const LEASE_RENEWAL = 'LEASE_RENEWAL';

/** A transaction that we have no use for, under the name that the broker has for its type. A balance that it states holds from then on. */
export interface OtherTransaction extends TransactionHead {
  readonly type: 'other';
  readonly brokerType: string;
  readonly balance?: number | undefined;
  /** The order that the broker continues under this transaction's number, after it filled in part or was renewed; here it keeps the number it had first. */
  readonly reissues?: number | undefined;
  /** How long that order is good for at the broker from then on, where that changed. */
  readonly lifetime?: Lifetime | undefined;
}

export interface OrderCreated extends TransactionHead {
  readonly type: 'order-created';
  readonly terms: OrderTerms;
  /** Our row's id; absent for orders that the broker made itself or that came from elsewhere. */
  readonly clientOrderId?: string | undefined;
  readonly strategyId?: string | undefined;
  /** Where a trailing stop stands as it is created, in points. Logs from before this was kept, and other brokers', leave it out. */
  readonly trailingLevel?: number | undefined;
  /** The price that a market-if-touched order watches, in points, as it is created: from there it waits for its own. */
  readonly initialPrice?: number | undefined;
  readonly reason: 'client' | 'close' | 'on-fill' | 'replacement' | 'margin-closeout';
  /** The order whose place it took. */
  readonly replaces?: number | undefined;
  /** The order that filled in part and ended, of which this is the rest; only a simulated broker says so. */
  readonly restOf?: number | undefined;
  /** The position that a protective or closing order concerns. */
  readonly brokerPositionId?: number | undefined;
}

export interface OrderRejected extends TransactionHead {
  readonly type: 'order-rejected';
  readonly clientOrderId?: string | undefined;
  readonly strategyId?: string | undefined;
  /** What was asked for, if it could be an order at all. Logs from before this was kept leave it out. */
  readonly terms?: OrderTerms | undefined;
  /** The position that the order was to close. */
  readonly brokerPositionId?: number | undefined;
  readonly reason: RejectReason;
  /** The broker's own name of a reason that is `other` here. */
  readonly brokerReason?: string | undefined;
}

export interface OrderCancelled extends TransactionHead {
  readonly type: 'order-cancelled';
  readonly orderId: number;
  readonly clientOrderId?: string | undefined;
  readonly reason: CancelReason;
  /** The broker's own name of a reason that is `other` here. */
  readonly brokerReason?: string | undefined;
  /** The order that took its place. */
  readonly replacedBy?: number | undefined;
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
  /** Financing that is booked with this fill; what was charged day by day is on the balance already and not in it. */
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
  /** Units that the order may still fill; when there are none, or they are left out, this fill ends it. */
  readonly remainingUnits?: number | undefined;
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
  | AccountAdopted
  | FundsTransferred
  | FinancingCharged
  | DividendAdjusted
  | AccountConfigured
  | MarginCallChanged
  | ClosureDelayed
  | OtherTransaction
  | OrderCreated
  | OrderRejected
  | OrderCancelled
  | CancelRejected
  | OrderFilled;
