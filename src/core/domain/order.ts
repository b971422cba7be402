/** Orders: what they ask for and in which states they can be. */

import type { Signal } from './signal.ts';

export const ORDER_SIDES = ['buy', 'sell'] as const;
export type OrderSide = (typeof ORDER_SIDES)[number];

/** The order types that concern no position in particular. */
export const ENTRY_ORDER_TYPES = ['market', 'limit', 'stop', 'market_if_touched'] as const;
export type EntryOrderType = (typeof ENTRY_ORDER_TYPES)[number];

/** The order types that protect a position; the broker makes them when the position opens or is changed, or on request. */
export const PROTECTIVE_ORDER_TYPES = ['take_profit', 'stop_loss', 'trailing_stop'] as const;
export type ProtectiveOrderType = (typeof PROTECTIVE_ORDER_TYPES)[number];

export const ORDER_TYPES = [...ENTRY_ORDER_TYPES, ...PROTECTIVE_ORDER_TYPES] as const;
export type OrderType = (typeof ORDER_TYPES)[number];

/** Good till cancelled, good till a date, good for the day (until 17:00 New York), fill or kill, immediate or cancel. */
export const TIMES_IN_FORCE = ['GTC', 'GTD', 'GFD', 'FOK', 'IOC'] as const;
export type TimeInForce = (typeof TIMES_IN_FORCE)[number];

/** The times in force that each type may have. Source: OANDA v20. */
export const TIMES_IN_FORCE_OF: Readonly<Record<OrderType, readonly TimeInForce[]>> = {
  market: ['FOK', 'IOC'],
  limit: TIMES_IN_FORCE,
  stop: TIMES_IN_FORCE,
  market_if_touched: ['GTC', 'GTD', 'GFD'],
  take_profit: ['GTC', 'GTD', 'GFD'],
  stop_loss: ['GTC', 'GTD', 'GFD'],
  trailing_stop: ['GTC', 'GTD', 'GFD'],
};

/**
 * The price that triggers an order which waits. DEFAULT: the one that it would fill at (a buy the ask, a sell the bid); INVERSE: the
 * other side. Whatever triggers it, it fills at its own side. Source: OANDA v20.
 */
export const TRIGGER_CONDITIONS = ['DEFAULT', 'INVERSE', 'BID', 'ASK', 'MID'] as const;
export type TriggerCondition = (typeof TRIGGER_CONDITIONS)[number];

/** What a fill may do to positions. DEFAULT: REDUCE_FIRST on a netting account, OPEN_ONLY on a hedging one. Source: OANDA v20. */
export const POSITION_FILLS = ['DEFAULT', 'OPEN_ONLY', 'REDUCE_FIRST', 'REDUCE_ONLY'] as const;
export type PositionFill = (typeof POSITION_FILLS)[number];

/** The longest tag or comment of an order, in characters. Source: OANDA v20, client extensions. */
export const LONGEST_TAG = 128;

/** The longest name of a group of orders of which one cancels the others, in characters. */
export const LONGEST_OCO_GROUP = 64;

/** Who asked for an order; `external` is another program, or a person at the broker. */
export const ORDER_CREATORS = ['strategy', 'person', 'broker', 'external'] as const;
export type OrderCreator = (typeof ORDER_CREATORS)[number];

/** Protection of a position: prices in points; the trailing distance too. */
export interface Protection {
  readonly takeProfit?: number | undefined;
  readonly stopLoss?: number | undefined;
  readonly trailingDistance?: number | undefined;
}

/** Protection by distance, in points from the price at which the entry fills; each instead of its price. */
export interface ProtectionDistances {
  readonly takeProfitDistance?: number | undefined;
  readonly stopLossDistance?: number | undefined;
}

/** How long a protective order is good for; `expiresAt` is UTC ms, for GTD. */
export interface Lifetime {
  readonly timeInForce: TimeInForce;
  readonly expiresAt?: number | undefined;
}

/** The lifetimes of protective orders that are made together with something else. What is left out is good till cancelled. */
export type ProtectionLifetimes = Readonly<Partial<Record<ProtectiveOrderType, Lifetime>>>;

/** What an order asks for. Prices are points, units positive and such as the instrument has, `expiresAt` UTC ms (for GTD). What is left out is DEFAULT. */
export interface OrderTerms extends Protection, ProtectionDistances {
  readonly instrument: string;
  readonly orderType: OrderType;
  readonly side: OrderSide;
  readonly units: number;
  /** The trigger of an order that waits; absent for market orders and trailing stops, and where a distance gives it. */
  readonly price?: number | undefined;
  /** The worst price at which a market, stop or market-if-touched order may fill. */
  readonly priceBound?: number | undefined;
  readonly timeInForce: TimeInForce;
  readonly expiresAt?: number | undefined;
  /** Until when the broker keeps an entry that rests (UTC ms) unless its lease is renewed; absent where `timeInForce` alone says it. */
  readonly leaseUntil?: number | undefined;
  readonly protectionLifetimes?: ProtectionLifetimes | undefined;
  readonly triggerCondition?: TriggerCondition | undefined;
  readonly positionFill?: PositionFill | undefined;
  /** What a strategy knows its order and position by, or a word of the person's who asked; the broker keeps it with the order. */
  readonly tag?: string | undefined;
  /** A remark of the person's who asked. */
  readonly comment?: string | undefined;
  /** The group of which one order cancels the others when it fills, in whole or in part. Ours: the broker does not know it. */
  readonly ocoGroup?: string | undefined;
}

/** An order that passed risk and has an id: `id` is our row's id and the client order id at the broker. */
export interface OrderRequest {
  readonly id: string;
  readonly terms: OrderTerms;
  /** The strategy that asked for it; absent when a person did. */
  readonly strategyId?: string | undefined;
  /** The broker's number of the resting order whose place it takes in one step, so that never both can fill. */
  readonly replaces?: number | undefined;
  /** Whether it takes its own place, under its own id: the order stays the same, with another `leaseUntil` and what has not filled yet. */
  readonly isRenewal?: boolean | undefined;
  /** The position that a protective order is for. */
  readonly protects?: number | undefined;
  /** What the strategy saw when it asked for it; not known of what waited over a restart. */
  readonly signal?: Signal | undefined;
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
  /** As in {@link OrderRequest}. */
  readonly signal?: Signal | undefined;
  readonly decidedAt: number;
}

/**
 * A request to close the net position of an instrument, all of it or `units` of it, the oldest lots first. `side` is needed where
 * a hedging account is long and short.
 */
export interface CloseOutRequest {
  readonly id: string;
  readonly instrument: string;
  readonly side?: 'long' | 'short' | undefined;
  readonly units?: number | undefined;
  readonly decidedAt: number;
}

/** A request to change a position's protection: undefined leaves a part as it is, null removes it. Prices in points. */
export interface ProtectionRequest {
  readonly brokerPositionId: number;
  readonly takeProfit?: number | null | undefined;
  readonly stopLoss?: number | null | undefined;
  readonly trailingDistance?: number | null | undefined;
  /** Instead of `stopLoss`: points from the present price, the ask for a long position and the bid for a short one. */
  readonly stopLossDistance?: number | undefined;
  readonly lifetimes?: ProtectionLifetimes | undefined;
  readonly decidedAt: number;
}

/** Returns whether the order protects a position. */
export function isProtective<T extends Pick<OrderTerms, 'orderType'>>(
  terms: T,
): terms is T & { readonly orderType: ProtectiveOrderType } {
  return (PROTECTIVE_ORDER_TYPES as readonly OrderType[]).includes(terms.orderType);
}

/** Returns whether a fill of the order may open anything: it protects nothing, and may do more than reduce. */
export function mayOpen(terms: Pick<OrderTerms, 'orderType' | 'positionFill'>): boolean {
  return !isProtective(terms) && terms.positionFill !== 'REDUCE_ONLY';
}

/** Returns whether an order of this type can be one of a group of which one cancels the others: it waits, and protects nothing. */
export function isOcoType(orderType: OrderType): boolean {
  return orderType !== 'market' && !isProtective({ orderType });
}

/** Returns whether the order closes (part of) a net position at once. */
export function isCloseOut({ orderType, positionFill }: OrderTerms): boolean {
  return orderType === 'market' && positionFill === 'REDUCE_ONLY';
}

/** Returns whether a fill closes what is open on the other side before it opens anything. */
export function reducesFirst({ positionFill }: Pick<OrderTerms, 'positionFill'>, hedging: boolean): boolean {
  if (positionFill === 'REDUCE_FIRST' || positionFill === 'REDUCE_ONLY') return true;
  return positionFill !== 'OPEN_ONLY' && !hedging;
}

/** Returns the prices of the protection that an entry brings along when it fills at `price`. */
export function protectionAt(terms: OrderTerms, price: number): Pick<Protection, 'takeProfit' | 'stopLoss'> {
  const { takeProfitDistance, stopLossDistance } = terms;
  const better = terms.side === 'buy' ? 1 : -1;
  return {
    takeProfit: takeProfitDistance === undefined ? terms.takeProfit : price + better * takeProfitDistance,
    stopLoss: stopLossDistance === undefined ? terms.stopLoss : price - better * stopLossDistance,
  };
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
