/** The risk gate: whether an order, a close or a change of protection may go to the broker. The first denial wins. */

import { mayOpen, TIMES_IN_FORCE_OF } from '../domain/order.ts';
import { closingSide, openingSide } from '../domain/position.ts';
import { FINEST_UNITS, isUnits } from '../domain/units.ts';
import {
  isStopLossBeyond,
  isTakeProfitBeyond,
  isTrailingDistance,
  isWhole,
  stopLossDenial,
  takeProfitDenial,
  trailingDistanceDenial,
} from './protection-levels.ts';
import { bothDenial, priceDenial, unitsDenial } from './form-rules.ts';
import { FORM_RULES, RISK_RULES } from './risk-rules.ts';
import { positionNumber, priceNumber, unitsNumber } from '../domain/denial.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { LedgerOrder } from '../domain/ledger.ts';
import type { OrderRequest, OrderTerms, ProtectionRequest } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { RiskFacts } from './risk-facts.ts';

/** Returns why an order for new exposure is denied, or undefined when it may go. One that it replaces does not count any more. */
export function judgeOrder(terms: OrderTerms, facts: RiskFacts, replaces?: number): Denial | undefined {
  for (const rule of mayOpen(terms) ? RISK_RULES : FORM_RULES) {
    const denial = rule(terms, facts, replaces);
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/** What cannot be judged once another rule has denied: a side without a price, a margin without a quote. */
const MOOT_AFTER: Partial<Record<DenialCode, readonly DenialCode[]>> = {
  'no-quote': [
    'stale-quote',
    'stop-loss-on-wrong-side',
    'take-profit-on-wrong-side',
    'no-conversion-price',
    'insufficient-margin',
  ],
  'price-invalid': ['stop-loss-on-wrong-side', 'take-profit-on-wrong-side'],
  'price-and-distance': ['stop-loss-on-wrong-side', 'take-profit-on-wrong-side'],
};

/** Returns every reason for which an order is denied, in the order in which the rules are asked; none when it may go. */
export function judgeFully(terms: OrderTerms, facts: RiskFacts): readonly Denial[] {
  const denials: Denial[] = [];
  for (const rule of mayOpen(terms) ? RISK_RULES : FORM_RULES) {
    const denial = rule(terms, facts);
    if (denial === undefined) continue;
    // Nothing more can be said of what does not exist.
    if (denial.code === 'instrument-unknown') return [denial];
    const isMoot = denials.some(
      ({ code }) => code === denial.code || MOOT_AFTER[code]?.includes(denial.code) === true,
    );
    if (!isMoot) denials.push(denial);
  }
  return denials;
}

/** The instrument of a position, if the account has it, and whether (part of) the position is being closed. */
export interface CloseFacts {
  readonly instrument: Instrument | undefined;
  readonly isBeingClosed: boolean;
}

/** Returns why a close is denied. Nothing but the position itself is looked at: closing is allowed when all else is not. */
export function judgeClose(
  position: Position | undefined,
  units: number | undefined,
  { instrument, isBeingClosed }: CloseFacts,
): Denial | undefined {
  if (!position) return { code: 'position-unknown', field: 'positionId' };
  if (isBeingClosed) return { code: 'close-in-progress', field: 'positionId' };
  if (units === undefined) return undefined;
  // A position may be in an instrument that is offered no more.
  if (!isUnits(instrument ?? FINEST_UNITS, units)) return unitsDenial(units, instrument);
  return units > position.openUnits ? tooManyToClose(units, position.openUnits) : undefined;
}

function tooManyToClose(units: number, open: number): Denial {
  return {
    code: 'close-units-exceed-position',
    field: 'units',
    numbers: { units: unitsNumber(units), open: unitsNumber(open) },
  };
}

/** The market of a position: its instrument if the account has it, and the newest price if it is fresh. */
export interface PositionMarket {
  readonly instrument: Instrument | undefined;
  readonly quote: Quote | undefined;
}

/** What is open on the side that a close-out closes, and what of it is being closed. */
export interface CloseOutFacts {
  readonly openUnits: number;
  readonly isBeingClosed: boolean;
}

/** Returns why closing a net position is denied; like any close it is allowed when all else is not. */
export function judgeCloseOut(
  { units }: OrderTerms,
  { openUnits, isBeingClosed }: CloseOutFacts,
): Denial | undefined {
  if (openUnits === 0) return { code: 'position-unknown', field: 'instrument' };
  if (isBeingClosed) return { code: 'close-in-progress', field: 'instrument' };
  return units > openUnits ? tooManyToClose(units, openUnits) : undefined;
}

/** What a protective order meets: its position, the orders that protect that already, and the market. */
export interface ProtectiveFacts extends PositionMarket {
  readonly position: Position | undefined;
  readonly protection: readonly LedgerOrder[];
}

/** Returns why a protective order of its own is denied. It is judged as the change of protection that it comes to. */
export function judgeProtective(
  { terms, replaces }: Pick<OrderRequest, 'terms' | 'replaces'>,
  { position, protection, ...market }: ProtectiveFacts,
): Denial | undefined {
  const { orderType, side, instrument, timeInForce, price, stopLossDistance, trailingDistance } = terms;
  if (!position || position.instrument !== instrument || closingSide(position.side) !== side)
    return { code: 'position-unknown', field: 'positionId' };
  const isTaken = protection.some(
    (order) => order.terms.orderType === orderType && order.orderId !== replaces,
  );
  if (isTaken)
    return {
      code: 'protection-exists',
      field: 'type',
      numbers: { position: positionNumber(position.brokerPositionId) },
    };
  if (terms.positionFill !== undefined) return { code: 'position-fill-invalid', field: 'positionFill' };
  if (terms.ocoGroup !== undefined) return { code: 'oco-group-invalid', field: 'ocoGroup' };
  if (!TIMES_IN_FORCE_OF[orderType].includes(timeInForce))
    return { code: 'time-in-force-invalid', field: 'timeInForce' };
  const isByDistance = orderType === 'stop_loss' && stopLossDistance !== undefined;
  const level = orderType === 'trailing_stop' ? trailingDistance : (price ?? stopLossDistance);
  if (level === undefined) return priceDenial('price', undefined);
  if (stopLossDistance !== undefined && !isByDistance)
    return priceDenial('stopLossDistance', stopLossDistance);
  const { brokerPositionId } = position;
  const denial = judgeProtection(
    position,
    {
      brokerPositionId,
      takeProfit: orderType === 'take_profit' ? price : undefined,
      stopLoss: orderType === 'stop_loss' ? price : undefined,
      stopLossDistance,
      trailingDistance: orderType === 'trailing_stop' ? trailingDistance : undefined,
    },
    market,
  );
  // The level of an order of its own is its price.
  const isOfPrice = denial?.field === 'takeProfit' || denial?.field === 'stopLoss';
  return denial && isOfPrice ? { ...denial, field: 'price' } : denial;
}

/**
 * Returns why a change of protection is denied: a price that would end the position at once is a mistake. Without a fresh quote
 * the sides cannot be judged, and protecting a position is not made to wait for prices.
 */
export function judgeProtection(
  position: Position | undefined,
  request: Omit<ProtectionRequest, 'decidedAt'>,
  { instrument, quote }: PositionMarket,
): Denial | undefined {
  if (!position) return { code: 'position-unknown', field: 'positionId' };
  const { takeProfit, stopLoss, stopLossDistance, trailingDistance } = request;
  if (stopLoss != null && stopLossDistance !== undefined)
    return bothDenial('stopLossDistance', stopLoss, stopLossDistance);
  for (const field of PROTECTION_PRICES) {
    const level = request[field];
    if (level != null && !isWhole(level)) return priceDenial(field, level);
  }
  if (trailingDistance != null && !isTrailingDistance(instrument, trailingDistance))
    return trailingDistanceDenial(instrument, trailingDistance);
  if (!quote) return undefined;
  const side = openingSide(position.side);
  const exitPrice = side === 'buy' ? quote.bid : quote.ask;
  const market = { bid: priceNumber(quote.bid), ask: priceNumber(quote.ask) };
  if (stopLoss != null && !isStopLossBeyond(side, stopLoss, exitPrice))
    return stopLossDenial('stopLoss', { stopLoss: priceNumber(stopLoss), ...market });
  // From the ask of a long position: a distance within the spread would end it at once, and one of the whole price never would.
  const spread = quote.ask - quote.bid;
  if (side === 'buy' && stopLossDistance !== undefined && stopLossDistance >= quote.ask)
    return stopLossDenial('stopLossDistance', {
      distance: priceNumber(stopLossDistance),
      ...market,
    });
  if (stopLossDistance !== undefined && stopLossDistance <= spread)
    return stopLossDenial('stopLossDistance', {
      distance: priceNumber(stopLossDistance),
      ...market,
      spread: priceNumber(spread),
    });
  if (takeProfit != null && !isTakeProfitBeyond(side, takeProfit, exitPrice))
    return takeProfitDenial('takeProfit', {
      takeProfit: priceNumber(takeProfit),
      ...market,
    });
  return undefined;
}

const PROTECTION_PRICES = ['takeProfit', 'stopLoss', 'stopLossDistance'] as const;
