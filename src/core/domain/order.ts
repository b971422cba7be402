/** Orders: what they ask for and in which states they can be. */

export const ORDER_SIDES = ['buy', 'sell'] as const;
export type OrderSide = (typeof ORDER_SIDES)[number];

/** The order types that a strategy or a person may ask for. */
export const ENTRY_ORDER_TYPES = ['market', 'limit', 'stop'] as const;
export type EntryOrderType = (typeof ENTRY_ORDER_TYPES)[number];

/** The order types that protect a position; the broker makes them when the position opens or is changed. */
export const PROTECTIVE_ORDER_TYPES = ['take_profit', 'stop_loss', 'trailing_stop'] as const;
export type ProtectiveOrderType = (typeof PROTECTIVE_ORDER_TYPES)[number];

export const ORDER_TYPES = [...ENTRY_ORDER_TYPES, ...PROTECTIVE_ORDER_TYPES] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** Good till cancelled, good till a date, fill or kill, immediate or cancel. */
export const TIMES_IN_FORCE = ['GTC', 'GTD', 'FOK', 'IOC'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** Who asked for an order. */
export const ORDER_CREATORS = ['strategy', 'person', 'broker'] as const;
export type OrderCreator = (typeof ORDER_CREATORS)[number];

/** Protection of a position: prices in points; the trailing distance too. */
export interface Protection {
  readonly takeProfit?: number | undefined;
  readonly stopLoss?: number | undefined;
  readonly trailingDistance?: number | undefined;
}

/** What an order asks for. Prices are points, units whole and positive, `expiresAt` UTC ms (for GTD). */
export interface OrderTerms extends Protection {
  readonly instrument: string;
  readonly orderType: OrderType;
  readonly side: OrderSide;
  readonly units: number;
  /** The trigger of a limit or stop order and of the protective ones; absent for market orders and trailing stops. */
  readonly price?: number | undefined;
  /** The worst price at which a market or stop order may fill. */
  readonly priceBound?: number | undefined;
  readonly timeInForce: TimeInForce;
  readonly expiresAt?: number | undefined;
  /** What a strategy knows its order and position by; a person's orders have none. */
  readonly tag?: string | undefined;
}

/** An order that passed risk and has an id: `id` is our row's id and the client order id at the broker. */
export interface OrderRequest {
  readonly id: string;
  readonly terms: OrderTerms;
  /** The strategy that asked for it; absent when a person did. */
  readonly strategyId?: string | undefined;
  /** The broker's number of the resting order whose place it takes in one step, so that never both can fill. */
  readonly replaces?: number | undefined;
  /** When it was decided, in UTC ms of the account's market. It reaches the market no earlier. */
  readonly decidedAt: number;
}

/** A request to close a position, all of it or `units` of it, under a client order id of its own. */
export interface CloseRequest {
  readonly id: string;
  readonly brokerPositionId: number;
  readonly units?: number | undefined;
  readonly strategyId?: string | undefined;
  /** The tag of the intent that asked for it; the broker does not see it. */
  readonly tag?: string | undefined;
  readonly decidedAt: number;
}

/** A request to change a position's protection: undefined leaves a part as it is, null removes it. Prices in points. */
export interface ProtectionRequest {
  readonly brokerPositionId: number;
  readonly takeProfit?: number | null | undefined;
  readonly stopLoss?: number | null | undefined;
  readonly trailingDistance?: number | null | undefined;
  readonly decidedAt: number;
}

/** Returns whether an order may take the place of a resting one: another type, side or instrument makes it another order. */
export function isReplacementFor(terms: OrderTerms, replaced: OrderTerms): boolean {
  return (
    terms.instrument === replaced.instrument &&
    terms.orderType === replaced.orderType &&
    terms.side === replaced.side
  );
}

/** Returns the other side. */
export function oppositeSide(side: OrderSide): OrderSide {
  return side === 'buy' ? 'sell' : 'buy';
}
