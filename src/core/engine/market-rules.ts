/** The risk rules about an order in its account and its market: halts, prices, positions, margin. */

import {
  countNumber,
  durationNumber,
  instantNumber,
  moneyNumber,
  pipsNumber,
  unitsNumber,
} from '../domain/denial.ts';
import { pointsPerPip, TENTHS_PER_PIP } from '../domain/instrument.ts';
import { nextOpenInstant } from '../domain/trading-hours.ts';
import type { Denial } from '../domain/denial.ts';
import type { TradingHoursName } from '../domain/instrument.ts';
import type { RiskFacts, RiskRule } from './risk-facts.ts';

export const denyByEquity: RiskRule = (_, facts) => facts.equityDenial();

export const denyWhenHalted: RiskRule = (_, { isHalted }) =>
  isHalted ? { code: 'account-halted' } : undefined;

// Resting orders too: an order that waits out a weekend fills at its gap, with no one watching.
export const denyWhenClosed: RiskRule = ({ instrument }, facts) =>
  facts.isMarketOpen(instrument)
    ? undefined
    : closedDenial(facts, facts.instrument(instrument)?.tradingHours);

function closedDenial({ at }: RiskFacts, hours: TradingHoursName = 'forex'): Denial {
  const numbers = { marketTime: instantNumber(at), opensAt: instantNumber(nextOpenInstant(hours, at)) };
  return { code: 'market-closed', field: 'instrument', numbers };
}

export const denyWithoutQuote: RiskRule = (terms, facts) =>
  facts.quoteOf(terms.instrument) ? undefined : { code: 'no-quote', field: 'instrument' };

export const denyStaleQuote: RiskRule = (terms, facts) => {
  const age = facts.quoteAgeMs(terms.instrument);
  if (age <= facts.maximumQuoteAgeMs) return undefined;
  const numbers = { age: durationNumber(age), limit: durationNumber(facts.maximumQuoteAgeMs) };
  return { code: 'stale-quote', field: 'instrument', numbers };
};

export const denyWideSpread: RiskRule = (terms, facts) => {
  const quote = facts.quoteOf(terms.instrument);
  const instrument = facts.instrument(terms.instrument);
  const { maxSpreadPoints = Infinity } = facts.limits;
  if (!quote || !instrument) return undefined;
  const spread = ((quote.ask - quote.bid) * TENTHS_PER_PIP) / pointsPerPip(instrument);
  if (spread <= maxSpreadPoints) return undefined;
  const numbers = { spread: pipsNumber(spread), limit: pipsNumber(maxSpreadPoints) };
  return { code: 'spread-too-wide', field: 'instrument', numbers };
};

// An order counts at its full size, also where it would reduce: only a close, or an order that may only reduce, is sure to open nothing.
export const denyLargePosition: RiskRule = (terms, facts, replaces) => {
  const { before, after } = facts.exposure(terms, replaces);
  const { maximumPositionUnits = Infinity } = facts.instrument(terms.instrument) ?? {};
  const most = Math.min(maximumPositionUnits, facts.limits.maxPositionUnits ?? Infinity);
  if (after <= most || after <= before) return undefined;
  const numbers = { before: unitsNumber(before), after: unitsNumber(after), limit: unitsNumber(most) };
  return { code: 'position-units-exceeded', field: 'units', numbers };
};

// The broker rejects an order more, and cancels an entry that would open a position more.
export const denyTooManyOrders: RiskRule = ({ orderType }, facts, replaces) => {
  const isOneMore = orderType !== 'market' && replaces === undefined;
  if (!isOneMore || facts.room().orders >= 1) return undefined;
  const { pendingOrders } = facts.countLimits;
  const numbers = {
    orders: countNumber(pendingOrders - facts.room().orders),
    limit: countNumber(pendingOrders),
  };
  return { code: 'pending-orders-exceeded', numbers };
};

export const denyTooManyPositions: RiskRule = (terms, facts) => {
  if (terms.orderType !== 'market' || facts.room().positions >= 1) return undefined;
  if (!facts.opensUnits(terms)) return undefined;
  const { openPositions } = facts.countLimits;
  return positionsDenial(openPositions - facts.room().positions, openPositions);
};

/** Returns the denial of a position more than the account may have. */
export function positionsDenial(positions: number, limit: number): Denial {
  const numbers = { positions: countNumber(positions), limit: countNumber(limit) };
  return { code: 'open-positions-exceeded', numbers };
}

export const denyWithoutConversion: RiskRule = (terms, facts) =>
  facts.hasConversion(terms.instrument) ? undefined : { code: 'no-conversion-price', field: 'instrument' };

export const denyUnknownEquity: RiskRule = (_, facts) => {
  const code = facts.valuationGap();
  return code === undefined ? undefined : { code };
};

export const denyInsufficientMargin: RiskRule = (terms, facts) => {
  const needed = facts.marginNeed(terms);
  if (needed === undefined) return { code: 'no-conversion-price', field: 'instrument' };
  if (needed <= 0) return undefined;
  const available = facts.marginAvailable();
  if (needed <= available) return undefined;
  const numbers = { needed: moneyNumber(Math.ceil(needed)), available: moneyNumber(available) };
  return { code: 'insufficient-margin', field: 'units', numbers };
};
