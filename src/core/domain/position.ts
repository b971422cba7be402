/** Positions: open lots, each opened by one fill. */

import type { OrderSide, Protection } from './order.ts';
import type { Quote } from './quote.ts';

export const POSITION_SIDES = ['long', 'short'] as const;
export type PositionSide = (typeof POSITION_SIDES)[number];

/**
 * One lot. `brokerPositionId` is the number of the fill that opened it (OANDA's trade id). Prices are points, money is
 * ten-thousandths of the account's currency. `entrySpreadCost`, `entrySlippageCost` and `entryCommission` are what the
 * entry of the units that are still open cost; closing units takes their share along. `financing` is all that holding the lot
 * brought, dividends too; `accruedFinancing` the part of it that the open units carry and no trade has yet.
 */
export interface Position extends Protection {
  readonly brokerPositionId: number;
  /** The order that opened it; not known of one that was open before our log of the account begins. */
  readonly orderId?: number | undefined;
  readonly strategyId?: string | undefined;
  /** The tag of the order that opened it. */
  readonly tag?: string | undefined;
  readonly instrument: string;
  readonly side: PositionSide;
  readonly initialUnits: number;
  readonly openUnits: number;
  readonly entryPrice: number;
  readonly entrySpreadCost: number;
  readonly entrySlippageCost: number;
  readonly entryCommission: number;
  readonly realizedPnl: number;
  readonly financing: number;
  readonly accruedFinancing: number;
  readonly openedAt: number;
  readonly closedAt?: number | undefined;
}

/** Returns 1 for long and −1 for short: the factor by which a rising price pays. */
export function directionOf(side: PositionSide): 1 | -1 {
  return side === 'long' ? 1 : -1;
}

/** Returns the price in points at which a position of this side closes: the bid for a long one, the ask for a short one. */
export function exitPriceAt(side: PositionSide, { bid, ask }: Pick<Quote, 'bid' | 'ask'>): number {
  return side === 'long' ? bid : ask;
}

/** Returns the side of the order that opens a position of this side. */
export function openingSide(side: PositionSide): OrderSide {
  return side === 'long' ? 'buy' : 'sell';
}

/** Returns the side of the order that closes a position of this side. */
export function closingSide(side: PositionSide): OrderSide {
  return side === 'long' ? 'sell' : 'buy';
}

/** Returns the side of the position that an order of this side opens. */
export function positionSideOf(side: OrderSide): PositionSide {
  return side === 'buy' ? 'long' : 'short';
}
