/** The risk rules: each looks at one thing and answers with its denial, or with undefined. */

import { durationNumber, moneyNumber, pipsNumber, priceNumber, unitsNumber } from '../domain/denial.ts';
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
import type { Denial, DenialNumbers } from '../domain/denial.ts';
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
  facts.instrument(terms.instrument) ? undefined : { code: 'instrument-unknown', field: 'instrument' };

// Sums of units are exact for so many digits after the point.
const denyFinerUnits: RiskRule = (terms, facts) => {
  const { unitsPrecision = Infinity } = facts.instrument(terms.instrument) ?? {};
  return unitsPrecision > MOST_UNITS_PRECISION
    ? { code: 'instrument-not-supported', field: 'instrument' }
    : undefined;
};

const denyForbiddenInstrument: RiskRule = (terms, { limits }) =>
  limits.allowedInstruments?.includes(terms.instrument) === false
    ? { code: 'instrument-not-allowed', field: 'instrument' }
    : undefined;

const denyInvalidUnits: RiskRule = (terms, facts) => {
  const instrument = facts.instrument(terms.instrument);
  return instrument && isUnits(instrument, terms.units)
    ? undefined
    : { code: 'units-invalid', field: 'units', numbers: { units: unitsNumber(terms.units) } };
};

const denyTooFewUnits: RiskRule = (terms, facts) => {
  const { minimumUnits = 0 } = facts.instrument(terms.instrument) ?? {};
  if (terms.units >= minimumUnits) return undefined;
  const numbers = { units: unitsNumber(terms.units), least: unitsNumber(minimumUnits) };
  return { code: 'units-invalid', field: 'units', numbers };
};

const denyTooManyUnits: RiskRule = (terms, facts) => {
  const { maximumOrderUnits = 0 } = facts.instrument(terms.instrument) ?? {};
  const most = Math.min(maximumOrderUnits, facts.limits.maxOrderUnits ?? Infinity);
  if (terms.units <= most) return undefined;
  const numbers = { units: unitsNumber(terms.units), limit: unitsNumber(most) };
  return { code: 'order-units-exceeded', field: 'units', numbers };
};

const PRICE_FIELDS = [
  'price',
  'priceBound',
  'stopLoss',
  'takeProfit',
  'stopLossDistance',
  'takeProfitDistance',
] as const;

const denyInvalidPrices: RiskRule = (terms) => {
  const { orderType, price, priceBound } = terms;
  if ((orderType !== 'market') !== (price !== undefined)) return { code: 'price-invalid', field: 'price' };
  if (priceBound !== undefined && orderType === 'limit')
    return { code: 'price-invalid', field: 'priceBound' };
  for (const field of PRICE_FIELDS) {
    const value = terms[field];
    if (value !== undefined && !isWhole(value)) return { code: 'price-invalid', field };
  }
  return undefined;
};

const denyInvalidTimeInForce: RiskRule = ({ orderType, timeInForce }) =>
  TIMES_IN_FORCE_OF[orderType].includes(timeInForce)
    ? undefined
    : { code: 'time-in-force-invalid', field: 'timeInForce' };

const denyInvalidTrigger: RiskRule = ({ orderType, triggerCondition = 'DEFAULT' }) =>
  orderType === 'market' && triggerCondition !== 'DEFAULT'
    ? { code: 'trigger-condition-invalid', field: 'triggerCondition' }
    : undefined;

const denyLongTag: RiskRule = ({ tag = '', comment = '' }) => {
  if (tag.length > LONGEST_TAG) return { code: 'tag-invalid', field: 'tag' };
  return comment.length > LONGEST_TAG ? { code: 'tag-invalid', field: 'comment' } : undefined;
};

const denyInvalidGroup: RiskRule = ({ orderType, ocoGroup }) => {
  if (ocoGroup === undefined) return undefined;
  const isNamed = ocoGroup.length > 0 && ocoGroup.length <= LONGEST_OCO_GROUP;
  return isNamed && isOcoType(orderType) ? undefined : { code: 'oco-group-invalid', field: 'ocoGroup' };
};

// The broker rejects an order more, and cancels an entry that would open a position more.
const denyTooManyOrders: RiskRule = ({ orderType }, facts, replaces) => {
  const isOneMore = orderType !== 'market' && replaces === undefined;
  return isOneMore && facts.room().orders < 1 ? { code: 'pending-orders-exceeded' } : undefined;
};

const denyTooManyPositions: RiskRule = (terms, facts) => {
  if (terms.orderType !== 'market' || facts.room().positions >= 1) return undefined;
  return facts.opensUnits(terms) ? { code: 'open-positions-exceeded' } : undefined;
};

const denyPriceAndDistance: RiskRule = ({ takeProfit, takeProfitDistance, stopLoss, stopLossDistance }) => {
  if (takeProfit !== undefined && takeProfitDistance !== undefined)
    return { code: 'price-and-distance', field: 'takeProfitDistance' };
  return stopLoss !== undefined && stopLossDistance !== undefined
    ? { code: 'price-and-distance', field: 'stopLossDistance' }
    : undefined;
};

const denyInvalidExpiry: RiskRule = ({ timeInForce, expiresAt }, { at }) => {
  const isValid = timeInForce === 'GTD' ? expiresAt !== undefined && expiresAt > at : expiresAt === undefined;
  if (isValid) return undefined;
  const isPast = timeInForce === 'GTD' && expiresAt !== undefined;
  const numbers = isPast ? { late: durationNumber(at - expiresAt) } : undefined;
  return { code: 'expiry-invalid', field: 'expiresAt', numbers };
};

const denyInvalidTrailingDistance: RiskRule = ({ instrument, trailingDistance }, facts) =>
  trailingDistance === undefined || isTrailingDistance(facts.instrument(instrument), trailingDistance)
    ? undefined
    : trailingDistanceDenial(facts.instrument(instrument), trailingDistance);

const denyByEquity: RiskRule = (_, facts) => facts.equityDenial();

const denyWhenHalted: RiskRule = (_, { isHalted }) => (isHalted ? { code: 'account-halted' } : undefined);

// Resting orders too: an order that waits out a weekend fills at its gap, with no one watching.
const denyWhenClosed: RiskRule = ({ instrument }, facts) =>
  facts.isMarketOpen(instrument) ? undefined : { code: 'market-closed', field: 'instrument' };

const denyWithoutQuote: RiskRule = (terms, facts) =>
  facts.quoteOf(terms.instrument) ? undefined : { code: 'no-quote', field: 'instrument' };

const denyStaleQuote: RiskRule = (terms, facts) => {
  const age = facts.quoteAgeMs(terms.instrument);
  if (age <= facts.maximumQuoteAgeMs) return undefined;
  const numbers = { age: durationNumber(age), limit: durationNumber(facts.maximumQuoteAgeMs) };
  return { code: 'stale-quote', field: 'instrument', numbers };
};

const denyStopLossOnWrongSide: RiskRule = (terms, facts) => {
  const { stopLoss } = protectionAt(terms, referencePrice(terms, facts));
  if (stopLoss === undefined) return undefined;
  const reference = closingPrice(terms, facts);
  if (stopLoss > 0 && isStopLossBeyond(terms.side, stopLoss, reference)) return undefined;
  return stopLossDenial(terms.stopLossDistance === undefined ? 'stopLoss' : 'stopLossDistance', {
    stopLoss: priceNumber(stopLoss),
    price: priceNumber(reference),
  });
};

const denyTakeProfitOnWrongSide: RiskRule = (terms, facts) => {
  const reference = referencePrice(terms, facts);
  const { takeProfit } = protectionAt(terms, reference);
  if (takeProfit === undefined) return undefined;
  if (takeProfit > 0 && isTakeProfitBeyond(terms.side, takeProfit, reference)) return undefined;
  return takeProfitDenial(terms.takeProfitDistance === undefined ? 'takeProfit' : 'takeProfitDistance', {
    takeProfit: priceNumber(takeProfit),
    price: priceNumber(reference),
  });
};

// A limit is for all instruments, so its points are tenths of a pip, whatever an instrument's own are.
const LIMIT_POINTS_PER_PIP = 10;

const denyWideSpread: RiskRule = (terms, facts) => {
  const quote = facts.quoteOf(terms.instrument);
  const instrument = facts.instrument(terms.instrument);
  const { maxSpreadPoints = Infinity } = facts.limits;
  if (!quote || !instrument) return undefined;
  const spread = ((quote.ask - quote.bid) * LIMIT_POINTS_PER_PIP) / pointsPerPip(instrument);
  if (spread <= maxSpreadPoints) return undefined;
  const numbers = { spread: pipsNumber(spread), limit: pipsNumber(maxSpreadPoints) };
  return { code: 'spread-too-wide', field: 'instrument', numbers };
};

// An order counts at its full size, also where it would reduce: only a close, or an order that may only reduce, is sure to open nothing.
const denyLargePosition: RiskRule = (terms, facts, replaces) => {
  const { before, after } = facts.exposure(terms, replaces);
  const { maximumPositionUnits = Infinity } = facts.instrument(terms.instrument) ?? {};
  const most = Math.min(maximumPositionUnits, facts.limits.maxPositionUnits ?? Infinity);
  if (after <= most || after <= before) return undefined;
  const numbers = { before: unitsNumber(before), after: unitsNumber(after), limit: unitsNumber(most) };
  return { code: 'position-units-exceeded', field: 'units', numbers };
};

const denyWithoutConversion: RiskRule = (terms, facts) =>
  facts.hasConversion(terms.instrument) ? undefined : { code: 'no-conversion-price', field: 'instrument' };

const denyUnknownEquity: RiskRule = (_, facts) => {
  const code = facts.valuationGap();
  return code === undefined ? undefined : { code };
};

const denyInsufficientMargin: RiskRule = (terms, facts) => {
  const needed = facts.marginNeed(terms);
  if (needed === undefined) return { code: 'no-conversion-price', field: 'instrument' };
  if (needed <= 0) return undefined;
  const available = facts.marginAvailable();
  if (needed <= available) return undefined;
  const numbers = { needed: moneyNumber(Math.ceil(needed)), available: moneyNumber(available) };
  return { code: 'insufficient-margin', field: 'units', numbers };
};

/** Returns the denial of a trailing distance that the instrument does not allow. */
export function trailingDistanceDenial(instrument: Instrument | undefined, distance: number): Denial {
  const limits = instrument && {
    least: priceNumber(instrument.minimumTrailingPoints),
    most: priceNumber(instrument.maximumTrailingPoints),
  };
  const numbers = { distance: priceNumber(distance), ...limits };
  return { code: 'trailing-distance-invalid', field: 'trailingDistance', numbers };
}

/** Returns the denial of a stop loss that would end the position at once. */
export function stopLossDenial(
  field: 'stopLoss' | 'stopLossDistance' | 'price',
  numbers: DenialNumbers,
): Denial {
  return { code: 'stop-loss-on-wrong-side', field, numbers };
}

/** Returns the denial of a take profit that would end the position at once. */
export function takeProfitDenial(
  field: 'takeProfit' | 'takeProfitDistance' | 'price',
  numbers: DenialNumbers,
): Denial {
  return { code: 'take-profit-on-wrong-side', field, numbers };
}

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
  denyByEquity,
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
