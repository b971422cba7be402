/** How much can be traded at which price: the ladder that v20 shows with every price. */

import { wirePrice } from '../wire/decimals.ts';
import type { Instrument } from '../../../core/domain/instrument.ts';
import type { Instruments } from '../../../core/domain/instruments.ts';
import type { Quote } from '../../../core/domain/quote.ts';
import type { Bucket, Depth } from '../../../core/simulation/depth.ts';

/** A bucket as it is answered. */
export interface WireBucket {
  readonly price: string;
  readonly liquidity: number;
}

/** Both sides of the market, best prices first, and the prices at which positions are closed when a side is empty. */
export interface Ladder {
  readonly bids: readonly WireBucket[];
  readonly asks: readonly WireBucket[];
  readonly closeoutBid: string;
  readonly closeoutAsk: string;
}

/** A side of the market that no one trades on. */
export type Side = 'bids' | 'asks';

// As recorded from 2022 to 2024: a tenth of a pip from bucket to bucket, the last gap twice that.
const MAJORS: readonly Bucket[] = [
  { units: 1_000_000, pointsWorse: 0 },
  { units: 2_000_000, pointsWorse: 1 },
  { units: 2_000_000, pointsWorse: 2 },
  { units: 5_000_000, pointsWorse: 4 },
];
const EXOTICS: readonly Bucket[] = [{ units: 250_000, pointsWorse: 0 }];
const METALS: readonly Bucket[] = [
  { units: 1_000, pointsWorse: 0 },
  { units: 4_000, pointsWorse: 50 },
];

const MAJOR_CURRENCIES = new Set(['EUR', 'GBP', 'AUD', 'NZD', 'USD', 'CAD', 'CHF', 'JPY']);
const METAL_CURRENCIES = new Set(['XAU', 'XAG']);

function bucketsOf({ base, quote }: Instrument): readonly Bucket[] {
  if (METAL_CURRENCIES.has(base)) return METALS;
  return MAJOR_CURRENCIES.has(base) && MAJOR_CURRENCIES.has(quote) ? MAJORS : EXOTICS;
}

/** Returns how much OANDA's ladders take of each instrument. */
export function ladderDepth(instruments: Instruments): Depth {
  return Object.fromEntries(instruments.list.map((instrument) => [instrument.name, bucketsOf(instrument)]));
}

/** Returns the ladder of a quote: of the depth that orders meet, or of OANDA's where they meet none. The closeout prices are those of the deepest buckets, whether they are there or not. */
export function ladderOf(
  instrument: Instrument,
  { bid, ask }: Quote,
  { emptySides, depth }: { readonly emptySides: ReadonlySet<Side>; readonly depth: Depth | undefined },
): Ladder {
  const buckets = depth?.[instrument.name] ?? bucketsOf(instrument);
  const deepest = buckets.at(-1)?.pointsWorse ?? 0;
  const side = (name: Side, best: number, direction: 1 | -1): readonly WireBucket[] =>
    emptySides.has(name)
      ? []
      : buckets.map(({ units, pointsWorse }) => ({
          price: wirePrice(instrument, best + direction * pointsWorse),
          liquidity: units,
        }));
  return {
    bids: side('bids', bid, -1),
    asks: side('asks', ask, 1),
    closeoutBid: wirePrice(instrument, bid - deepest),
    closeoutAsk: wirePrice(instrument, ask + deepest),
  };
}

/** Returns by how many points the average price of so many units is worse than the best; units that no one offers get the last price. */
export function averagePointsWorse(instrument: Instrument, units: number): number {
  let [left, sum] = [units, 0];
  const buckets = bucketsOf(instrument);
  for (const [index, bucket] of buckets.entries()) {
    const taken = index === buckets.length - 1 ? left : Math.min(left, bucket.units);
    sum += taken * bucket.pointsWorse;
    left -= taken;
  }
  return sum / units;
}
