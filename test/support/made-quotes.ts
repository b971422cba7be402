/** Price files made of the synthetic market: the same seed gives the same file. */
import { writeFile } from 'node:fs/promises';
import { formatPrice } from '../../src/core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../../src/core/domain/paper-instruments.ts';
import { isMarketOpen } from '../../src/core/domain/trading-hours.ts';
import { syntheticQuote } from '../../src/prices/feeds/synthetic-market.ts';
import { createPrng } from '../../src/core/shared/prng.ts';

/** Which quotes to make: from `from` to `until` (UTC ms) while the market is open, about so far apart. */
export interface MadeQuotes {
  readonly instrument: string;
  readonly from: number;
  readonly until: number;
  readonly everyMs: number;
  readonly seed: number;
}

/** Returns the quotes as CSV. They come at uneven times, but the first of each minute comes at its very start. */
export function quotesAsCsv({ instrument: name, from, until, everyMs, seed }: MadeQuotes): string {
  const instrument = PAPER_INSTRUMENTS.named(name);
  const random = createPrng(seed);
  const lines = ['time,bid,ask'];
  for (let at = from; at < until; at = nextAt(at, Math.ceil(2 * everyMs * random()))) {
    if (!isMarketOpen(instrument.tradingHours, at)) continue;
    const { bid, ask } = syntheticQuote(instrument, at, seed);
    lines.push(
      [new Date(at).toISOString(), formatPrice(instrument, bid), formatPrice(instrument, ask)].join(),
    );
  }
  return lines.join('\n');
}

/** Writes the file into a folder, under a name that says which instrument it is of, and returns its path. */
export async function writeQuotes(folder: string, quotes: MadeQuotes): Promise<string> {
  const file = `${folder}/${quotes.instrument}-made.csv`;
  await writeFile(file, quotesAsCsv(quotes));
  return file;
}

/** A quote at the end of a candle is where an order of events shows. */
function nextAt(at: number, waitMs: number): number {
  const minuteEndsAt = Math.floor(at / 60_000 + 1) * 60_000;
  return Math.min(at + waitMs, minuteEndsAt);
}
