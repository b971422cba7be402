/** How wide the synthetic market's spread is: by instrument, by the hour in New York, and with some randomness. */

import type { Currency, Instrument } from '../../core/domain/instrument.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  newYorkOffsetMs,
  SECOND_MS,
  tradingDayStart,
  tradingWeekStart,
} from '../../core/domain/trading-calendar.ts';
import { hashText } from '../../core/shared/prng.ts';
import { syntheticCurrency } from './synthetic-currencies.ts';
import { uniform } from './synthetic-noise.ts';

const CROSS_FACTOR = 1.3; // a pair without the dollar is made of two trades against it

const QUIET_FACTOR = 1.5; // while neither London nor New York is at work
const ROLL_OVER_FACTOR = 4; // added at 17:00 New York itself, when banks close their books
const ROLL_OVER_MS = 45 * MINUTE_MS; // how long before and after that it is felt
const CLOSING_FACTOR = 3; // added at the end of the week, at most
const CLOSING_MS = 2 * HOUR_MS;
const JITTER = 0.15;
const JITTER_MS = SECOND_MS;

/** Returns the spread in whole points, at least 1. It changes every second. */
export function syntheticSpreadPoints(instrument: Instrument, at: number, seed: number): number {
  const shares = spreadShare(instrument.base, instrument) + spreadShare(instrument.quote, instrument);
  const isCross = instrument.base !== 'USD' && instrument.quote !== 'USD';
  const random = uniform(seed, hashText(instrument.name), Math.floor(at / JITTER_MS));
  const factor = sessionFactor(at) + rollOverFactor(at) + closingFactor(at) * random;
  return Math.max(
    1,
    Math.round(shares * (isCross ? CROSS_FACTOR : 1) * factor * (1 + JITTER * (2 * random - 1))),
  );
}

/** What a currency adds to the spread of a pair, in points. */
function spreadShare(currency: Currency, { base, quote, pricePrecision }: Instrument): number {
  const { spreadPoints = 0, spreadPart = 0 } = syntheticCurrency(currency);
  if (spreadPart === 0) return spreadPoints;
  const price = syntheticCurrency(base).dollars / syntheticCurrency(quote).dollars;
  return spreadPart * price * 10 ** pricePrecision;
}

/** 1 from the London morning (3:00 in New York) to the New York close, more in the night between. */
function sessionFactor(at: number): number {
  const hour = Math.floor((((at + newYorkOffsetMs(at)) % DAY_MS) + DAY_MS) / HOUR_MS) % 24;
  return hour >= 3 && hour < 17 ? 1 : QUIET_FACTOR;
}

/** Rises to its full height at 17:00 New York and falls again. */
function rollOverFactor(at: number): number {
  const sinceLast = at - tradingDayStart(at);
  const distance = Math.min(sinceLast, DAY_MS - sinceLast);
  return ROLL_OVER_FACTOR * Math.max(0, 1 - Math.abs(distance) / ROLL_OVER_MS);
}

/** Rises over the last two hours before Friday 17:00 New York. */
function closingFactor(at: number): number {
  // The week is asked for a moment after the closing hours would have ended, so that Friday's close is the one that comes.
  const close = tradingWeekStart(at + CLOSING_MS);
  const remaining = close - at;
  return remaining > 0 && remaining <= CLOSING_MS ? CLOSING_FACTOR * (1 - remaining / CLOSING_MS) : 0;
}
