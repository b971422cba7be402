/** A made-up forex market: every quote of every instrument at any time, as a pure function of seed, instrument and time. */

import type { Currency, Instrument } from '../../core/domain/instrument.ts';
import type { Quote } from '../../core/domain/quote.ts';
import { DAY_MS, HOUR_MS } from '../../core/domain/trading-calendar.ts';
import { syntheticCurrency, walkOf } from './synthetic-currencies.ts';
import { fractalNoise } from './synthetic-noise.ts';
import { syntheticSpreadPoints } from './synthetic-spread.ts';

// Every currency walks by itself, the dollar too; a pair is the difference of two walks and so moves by about 0.6 % a day.
const DAILY_CHANGE = 0.006 / Math.SQRT2;

/**
 * Returns the middle price of an instrument at a time (UTC ms) in points, unrounded. All pairs come from one strength per currency,
 * so that EUR_JPY is EUR_USD times USD_JPY at every instant.
 */
export function syntheticMid(instrument: Instrument, at: number, seed: number): number {
  const price = dollarValue(instrument.base, at, seed) / dollarValue(instrument.quote, at, seed);
  return price * 10 ** instrument.pricePrecision;
}

/** Returns the quote of an instrument at a time (UTC ms). Bid is below ask. Whether the market is open is not its concern. */
export function syntheticQuote(instrument: Instrument, at: number, seed: number): Quote {
  const spread = syntheticSpreadPoints(instrument, at, seed);
  const bid = Math.round(syntheticMid(instrument, at, seed) - spread / 2);
  return { instrument: instrument.name, at, bid, ask: bid + spread };
}

function dollarValue(currency: Currency, at: number, seed: number): number {
  const walk = fractalNoise({ seed, stream: walkOf(currency) }, walkedMs(at));
  return syntheticCurrency(currency).dollars * Math.exp(DAILY_CHANGE * walk);
}

// The 47 hours that lie between Friday's close and Sunday's opening in summer and in winter: Friday 22:00 to Sunday 21:00 UTC.
const CLOSED_MS = 47 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const SOME_SUNDAY_OPENING = Date.UTC(2000, 0, 2, 21);
const WEEKEND_SLOWNESS = 16;

/**
 * Returns how far the walks have come at `at`: as far as the clock, but sixteen times slower over the weekend,
 * when little happens. Otherwise every week would open with a gap of two days' movement.
 */
function walkedMs(at: number): number {
  const weeks = Math.floor((at - SOME_SUNDAY_OPENING) / WEEK_MS);
  const intoWeek = at - SOME_SUNDAY_OPENING - weeks * WEEK_MS;
  const open = WEEK_MS - CLOSED_MS;
  const walkedThisWeek = Math.min(intoWeek, open) + Math.max(0, intoWeek - open) / WEEKEND_SLOWNESS;
  return weeks * (open + CLOSED_MS / WEEKEND_SLOWNESS) + walkedThisWeek;
}
