/** The risk rules: each looks at one thing and answers with the code of its denial, or with undefined. */

import { pointsPerPip } from '../domain/instrument.ts';
import {
  isOcoType,
  LONGEST_OCO_GROUP,
  LONGEST_TAG,
  protectionAt,
  TIMES_IN_FORCE_OF,
} from '../domain/order.ts';
import { isUnits, MOST_UNITS_PRECISION } from '../domain/units.ts';
import { ACCOUNT_RULES } from './account-rules.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { OrderSide, OrderTerms } from '../domain/order.ts';
import type { RiskFacts, RiskRule } from './risk-facts.ts';

/** Returns whether a price or a distance is a whole number of points, at least one. */
export function isWhole(steps: number): boolean {
  return Number.isSafeInteger(steps) && steps >= 1;
}

/** Returns whether a trailing distance in points is one that the instrument allows; none is when there is no such instrument. */
export function isTrailingDistance(instrument: Instrument | undefined, points: number): boolean {
  return (
    instrument !== undefined &&
    isWhole(points) &&
    points >= instrument.minimumTrailingPoints &&
    points <= instrument.maximumTrailingPoints
  );
}

/** Returns whether a stop loss would only end a position of this side after the price got worse than `reference`. */
export function isStopLossBeyond(side: OrderSide, stopLoss: number, reference: number): boolean {
  return side === 'buy' ? stopLoss < reference : stopLoss > reference;
}

/** Returns whether a take profit would only end a position of this side after the price got better than `reference`. */
export function isTakeProfitBeyond(side: OrderSide, takeProfit: number, reference: number): boolean {
  return side === 'buy' ? takeProfit > reference : takeProfit < reference;
}

/** Where the order would fill: its own price, or for a market order the ask when it buys and the bid when it sells. */
function referencePrice(terms: OrderTerms, facts: RiskFacts): number {
  if (terms.price !== undefined) return terms.price;
  const quote = facts.quoteOf(terms.instrument);
  return (terms.side === 'buy' ? quote?.ask : quote?.bid) ?? Number.NaN;
}

/** Where a position would close at once: a market order's stop inside the spread ends it as it opens. That of a later fill is unknown. */
function closingPrice(terms: OrderTerms, facts: RiskFacts): number {
  if (terms.price !== undefined) return terms.price;
  const quote = facts.quoteOf(terms.instrument);
  return (terms.side === 'buy' ? quote?.bid : quote?.ask) ?? Number.NaN;
}

const denyUnknownInstrument: RiskRule = (terms, facts) =>
  facts.instrument(terms.instrument) ? undefined : 'instrument-unknown';

// Sums of units are exact for so many digits after the point.
const denyFinerUnits: RiskRule = (terms, facts) => {
  const { unitsPrecision = Infinity } = facts.instrument(terms.instrument) ?? {};
  return unitsPrecision > MOST_UNITS_PRECISION ? 'instrument-not-supported' : undefined;
};

const denyForbiddenInstrument: RiskRule = (terms, { limits }) =>
  limits.allowedInstruments?.includes(terms.instrument) === false ? 'instrument-not-allowed' : undefined;

const denyInvalidUnits: RiskRule = (terms, facts) => {
  const instrument = facts.instrument(terms.instrument);
  return instrument && isUnits(instrument, terms.units) ? undefined : 'units-invalid';
};

const denyTooFewUnits: RiskRule = (terms, facts) => {
  const { minimumUnits = 0 } = facts.instrument(terms.instrument) ?? {};
  return terms.units < minimumUnits ? 'units-invalid' : undefined;
};

const denyTooManyUnits: RiskRule = (terms, facts) => {
  const { maximumOrderUnits = 0 } = facts.instrument(terms.instrument) ?? {};
  const most = Math.min(maximumOrderUnits, facts.limits.maxOrderUnits ?? Infinity);
  return terms.units > most ? 'order-units-exceeded' : undefined;
};

const denyInvalidPrices: RiskRule = (terms) => {
  const { orderType, price, priceBound, stopLoss, takeProfit, stopLossDistance, takeProfitDistance } = terms;
  const wantsPrice = orderType !== 'market';
  const isComplete =
    wantsPrice === (price !== undefined) && (priceBound === undefined || orderType !== 'limit');
  const prices = [price, priceBound, stopLoss, takeProfit, stopLossDistance, takeProfitDistance];
  return isComplete && prices.every((points) => points === undefined || isWhole(points))
    ? undefined
    : 'price-invalid';
};

const denyInvalidTimeInForce: RiskRule = ({ orderType, timeInForce }) =>
  TIMES_IN_FORCE_OF[orderType].includes(timeInForce) ? undefined : 'time-in-force-invalid';

const denyInvalidTrigger: RiskRule = ({ orderType, triggerCondition = 'DEFAULT' }) =>
  orderType === 'market' && triggerCondition !== 'DEFAULT' ? 'trigger-condition-invalid' : undefined;

const denyLongTag: RiskRule = ({ tag = '', comment = '' }) =>
  Math.max(tag.length, comment.length) > LONGEST_TAG ? 'tag-invalid' : undefined;

const denyInvalidGroup: RiskRule = ({ orderType, ocoGroup }) => {
  if (ocoGroup === undefined) return undefined;
  const isNamed = ocoGroup.length > 0 && ocoGroup.length <= LONGEST_OCO_GROUP;
  return isNamed && isOcoType(orderType) ? undefined : 'oco-group-invalid';
};

// The broker rejects an order more, and cancels an entry that would open a position more.
const denyTooManyOrders: RiskRule = ({ orderType }, facts, replaces) => {
  const isOneMore = orderType !== 'market' && replaces === undefined;
  return isOneMore && facts.room().orders < 1 ? 'pending-orders-exceeded' : undefined;
};

const denyTooManyPositions: RiskRule = (terms, facts) => {
  if (terms.orderType !== 'market' || facts.room().positions >= 1) return undefined;
  return facts.opensUnits(terms) ? 'open-positions-exceeded' : undefined;
};

const denyPriceAndDistance: RiskRule = ({ takeProfit, takeProfitDistance, stopLoss, stopLossDistance }) =>
  (takeProfit !== undefined && takeProfitDistance !== undefined) ||
  (stopLoss !== undefined && stopLossDistance !== undefined)
    ? 'price-and-distance'
    : undefined;

const denyInvalidExpiry: RiskRule = ({ timeInForce, expiresAt }, { at }) => {
  const isValid = timeInForce === 'GTD' ? expiresAt !== undefined && expiresAt > at : expiresAt === undefined;
  return isValid ? undefined : 'expiry-invalid';
};

const denyInvalidTrailingDistance: RiskRule = ({ instrument, trailingDistance }, facts) =>
  trailingDistance === undefined || isTrailingDistance(facts.instrument(instrument), trailingDistance)
    ? undefined
    : 'trailing-distance-invalid';

const denyAfterDailyLoss: RiskRule = (_, facts) =>
  facts.isDailyLossReached() ? 'daily-loss-exceeded' : undefined;

const denyWhenHalted: RiskRule = (_, { isHalted }) => (isHalted ? 'account-halted' : undefined);

// Resting orders too: an order that waits out a weekend fills at its gap, with no one watching.
const denyWhenClosed: RiskRule = ({ instrument }, facts) =>
  facts.isMarketOpen(instrument) ? undefined : 'market-closed';

const denyWithoutQuote: RiskRule = (terms, facts) =>
  facts.quoteOf(terms.instrument) ? undefined : 'no-quote';

const denyStaleQuote: RiskRule = (terms, facts) =>
  facts.quoteAgeMs(terms.instrument) > facts.maximumQuoteAgeMs ? 'stale-quote' : undefined;

const denyStopLossOnWrongSide: RiskRule = (terms, facts) => {
  const { stopLoss } = protectionAt(terms, referencePrice(terms, facts));
  if (stopLoss === undefined) return undefined;
  const isRight = stopLoss > 0 && isStopLossBeyond(terms.side, stopLoss, closingPrice(terms, facts));
  return isRight ? undefined : 'stop-loss-on-wrong-side';
};

const denyTakeProfitOnWrongSide: RiskRule = (terms, facts) => {
  const reference = referencePrice(terms, facts);
  const { takeProfit } = protectionAt(terms, reference);
  if (takeProfit === undefined) return undefined;
  const isRight = takeProfit > 0 && isTakeProfitBeyond(terms.side, takeProfit, reference);
  return isRight ? undefined : 'take-profit-on-wrong-side';
};

// A limit is for all instruments, so its points are tenths of a pip, whatever an instrument's own are.
const LIMIT_POINTS_PER_PIP = 10;

const denyWideSpread: RiskRule = (terms, facts) => {
  const quote = facts.quoteOf(terms.instrument);
  const instrument = facts.instrument(terms.instrument);
  const { maxSpreadPoints = Infinity } = facts.limits;
  if (!quote || !instrument) return undefined;
  const spread = ((quote.ask - quote.bid) * LIMIT_POINTS_PER_PIP) / pointsPerPip(instrument);
  return spread > maxSpreadPoints ? 'spread-too-wide' : undefined;
};

// An order counts at its full size, also where it would reduce: only a close, or an order that may only reduce, is sure to open nothing.
const denyLargePosition: RiskRule = (terms, facts, replaces) => {
  const { before, after } = facts.exposure(terms, replaces);
  const { maximumPositionUnits = Infinity } = facts.instrument(terms.instrument) ?? {};
  const most = Math.min(maximumPositionUnits, facts.limits.maxPositionUnits ?? Infinity);
  const isTooLarge = after > most && after > before;
  return isTooLarge ? 'position-units-exceeded' : undefined;
};

const denyWithoutConversion: RiskRule = (terms, facts) =>
  facts.hasConversion(terms.instrument) ? undefined : 'no-conversion-price';

const denyUnknownEquity: RiskRule = (_, facts) => facts.valuationGap();

const denyInsufficientMargin: RiskRule = (terms, facts) => {
  const need = facts.marginNeed(terms);
  if (need === undefined) return 'no-conversion-price';
  return need > 0 && need > facts.marginAvailable() ? 'insufficient-margin' : undefined;
};

/** Whether an order that can only reduce makes sense: nothing of the account and its market may hold it up. */
export const FORM_RULES: readonly RiskRule[] = [
  denyUnknownInstrument,
  denyInvalidUnits,
  denyInvalidTimeInForce,
  denyInvalidPrices,
  denyInvalidExpiry,
  denyInvalidTrigger,
  denyLongTag,
  denyInvalidGroup,
];

/** Every rule for new exposure in the order in which they are asked: first the order itself, then the account and its market. */
export const RISK_RULES: readonly RiskRule[] = [
  denyUnknownInstrument,
  denyFinerUnits,
  denyForbiddenInstrument,
  denyInvalidUnits,
  denyTooFewUnits,
  denyTooManyUnits,
  denyInvalidTimeInForce,
  denyPriceAndDistance,
  denyInvalidPrices,
  denyInvalidExpiry,
  denyInvalidTrigger,
  denyLongTag,
  denyInvalidGroup,
  denyInvalidTrailingDistance,
  denyAfterDailyLoss,
  denyWhenHalted,
  denyWhenClosed,
  denyWithoutQuote,
  denyStaleQuote,
  denyStopLossOnWrongSide,
  denyTakeProfitOnWrongSide,
  denyWideSpread,
  denyLargePosition,
  denyTooManyOrders,
  denyTooManyPositions,
  denyWithoutConversion,
  denyUnknownEquity,
  ...ACCOUNT_RULES,
  denyInsufficientMargin,
];
