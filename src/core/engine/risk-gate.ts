/** The risk gate: whether an order, a close or a change of protection may go to the broker. The first denial wins. */

import { openingSide } from '../domain/position.ts';
import {
  isStopLossBeyond,
  isTakeProfitBeyond,
  isTrailingDistance,
  isWhole,
  RISK_RULES,
} from './risk-rules.ts';
import type { DenialCode } from '../domain/denial.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { OrderTerms, ProtectionRequest } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { RiskFacts } from './risk-rules.ts';

/** Returns why an order for new exposure is denied, or undefined when it may go. One that it replaces does not count any more. */
export function judgeOrder(terms: OrderTerms, facts: RiskFacts, replaces?: number): DenialCode | undefined {
  for (const rule of RISK_RULES) {
    const denial = rule(terms, facts, replaces);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** Returns why a close is denied. Nothing but the position itself is looked at: closing is allowed when all else is not. */
export function judgeClose(
  position: Position | undefined,
  units: number | undefined,
  isBeingClosed: boolean,
): DenialCode | undefined {
  if (!position) return 'position-unknown';
  if (isBeingClosed) return 'close-in-progress';
  if (units === undefined) return undefined;
  if (!isWhole(units)) return 'units-invalid';
  return units > position.openUnits ? 'close-units-exceed-position' : undefined;
}

/** The market of a position: its instrument if the account has it, and the newest price if it is fresh. */
export interface PositionMarket {
  readonly instrument: Instrument | undefined;
  readonly quote: Quote | undefined;
}

/**
 * Returns why a change of protection is denied: a price that would end the position at once is a mistake. Without a fresh quote
 * the sides cannot be judged, and protecting a position is not made to wait for prices.
 */
export function judgeProtection(
  position: Position | undefined,
  request: Omit<ProtectionRequest, 'decidedAt'>,
  { instrument, quote }: PositionMarket,
): DenialCode | undefined {
  if (!position) return 'position-unknown';
  const { takeProfit, stopLoss, trailingDistance } = request;
  if (![takeProfit, stopLoss].every((price) => price == null || isWhole(price))) return 'price-invalid';
  if (trailingDistance != null && !isTrailingDistance(instrument, trailingDistance))
    return 'trailing-distance-invalid';
  if (!quote) return undefined;
  const side = openingSide(position.side);
  const exitPrice = side === 'buy' ? quote.bid : quote.ask;
  if (stopLoss != null && !isStopLossBeyond(side, stopLoss, exitPrice)) return 'stop-loss-on-wrong-side';
  if (takeProfit != null && !isTakeProfitBeyond(side, takeProfit, exitPrice))
    return 'take-profit-on-wrong-side';
  return undefined;
}
