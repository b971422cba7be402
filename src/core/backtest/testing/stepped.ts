import type { Backtest } from '../run-backtest.ts';
import type { PriceTaker } from '../price-cursor.ts';

/** Hands a run each price before an instant (UTC ms) by itself, on the plain path. */
export function stepped(backtest: Backtest, until: number): PriceTaker {
  return {
    passQuote: (quote, travel) => backtest.passQuote(quote, travel),
    passQuotes: ({ instrument, rows: { times, bid, ask }, before }, from) => {
      let row = from;
      for (; (times[row] ?? Infinity) < Math.min(before, until); row += 1)
        backtest.passQuote(
          { instrument, at: times[row] ?? 0, bid: bid[row] ?? 0, ask: ask[row] ?? 0 },
          'jump',
        );
      return row;
    },
    passQuietCandles: (_, from) => from,
  };
}
