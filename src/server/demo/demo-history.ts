/** Price history for the demo's backtest: minute candles of the synthetic market, as a trader would upload them. */

import { setImmediate as turn } from 'node:timers/promises';
import { formatPrice } from '../../core/domain/instrument.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/domain/trading-calendar.ts';
import { isMarketOpen } from '../../core/domain/trading-hours.ts';
import { syntheticQuote } from '../../prices/feeds/synthetic-market.ts';
import type { Instrument } from '../../core/domain/instrument.ts';
import type { Quote } from '../../core/domain/quote.ts';

const HEADER = 'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close';

/** A candle is made of this many quotes. */
const QUOTES_PER_CANDLE = 6;

/**
 * Returns a CSV file of candles from `from` to `until` (UTC ms), without the hours in which the market is closed. It is made in the process of
 * the server, which has its turn between any two hours: its transactions must not wait for a whole month.
 */
export async function syntheticHistory(
  instrument: Instrument,
  span: { readonly from: number; readonly until: number },
  seed: number,
): Promise<string> {
  const lines = [HEADER];
  for (let at = span.from; at < span.until; at += MINUTE_MS) {
    if (at % HOUR_MS === 0) await turn();
    if (isMarketOpen(instrument.tradingHours, at)) lines.push(candleLine(instrument, at, seed));
  }
  return `${lines.join('\n')}\n`;
}

function candleLine(instrument: Instrument, startsAt: number, seed: number): string {
  const step = MINUTE_MS / QUOTES_PER_CANDLE;
  const quotes = Array.from({ length: QUOTES_PER_CANDLE }, (_, index) =>
    syntheticQuote(instrument, startsAt + index * step, seed),
  );
  const prices = [...side(quotes, ({ bid }) => bid), ...side(quotes, ({ ask }) => ask)];
  return [new Date(startsAt).toISOString(), ...prices.map((points) => formatPrice(instrument, points))].join(
    ',',
  );
}

/** Open, high, low and close of one side. */
function side(quotes: readonly Quote[], priceOf: (quote: Quote) => number): number[] {
  const prices = quotes.map(priceOf);
  return [prices[0] ?? 0, Math.max(...prices), Math.min(...prices), prices.at(-1) ?? 0];
}
