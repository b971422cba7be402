/** The prices of the v20 simulator: a feed, its hub, and what was before it. */

import { Instruments } from '../../core/domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import { DAY_MS, MINUTE_MS } from '../../core/domain/trading-calendar.ts';
import { isMarketOpen, lastOpenInstantBefore } from '../../core/domain/trading-hours.ts';
import { openPriceFeed } from '../../prices/feeds/open-price-feed.ts';
import { SYSTEM_CLOCK } from '../../prices/feeds/price-feed.ts';
import { PriceHub } from '../../prices/feeds/price-hub.ts';
import { syntheticQuote } from '../../prices/feeds/synthetic-market.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { FeedSpec, SyntheticFeedSpec } from '../../prices/feeds/feed-spec.ts';
import type { PriceFeed } from '../../prices/feeds/price-feed.ts';

/** How far back the candles of the synthetic market go, from a quote each minute. */
const HISTORY_DAYS = 30;

export interface SimulatorMarket {
  readonly hub: PriceHub;
  readonly instruments: Instruments;
  /** The quotes of an instrument before the market began. */
  readonly history: (instrumentName: string) => Iterable<Quote>;
  /** Begins to deliver prices; `onEnd` is called after the last one of a recording. */
  start(onEnd: () => void): void;
  stop(): Promise<void>;
}

/** Opens the market; of an instrument that does not trade at this hour it has the last price. */
export async function openSimulatorMarket(spec: FeedSpec): Promise<SimulatorMarket> {
  const feed = await openPriceFeed(spec, SYSTEM_CLOCK);
  const hub = new PriceHub(feed);
  const startAt = feed.marketTime();
  if (spec.type === 'synthetic') showLastPrices(hub, spec, startAt);
  return {
    hub,
    instruments: new Instruments(feed.instruments.map((name) => PAPER_INSTRUMENTS.named(name))),
    history: (name) => (spec.type === 'synthetic' ? quotesBefore(spec, name, startAt) : []),
    start: (onEnd) => startFeed(feed, hub, onEnd),
    stop: () => feed.stop(),
  };
}

function startFeed(feed: PriceFeed, hub: PriceHub, onEnd: () => void): void {
  feed.start({
    onQuote: (quote) => hub.publishQuote(quote),
    onClock: (at, pricesAliveAt) => hub.publishClock(at, pricesAliveAt),
    nextClockAt: () => Infinity,
    settled: () => undefined,
    onEnd,
  });
}

function showLastPrices(hub: PriceHub, { seed }: SyntheticFeedSpec, startAt: number): void {
  for (const instrument of PAPER_INSTRUMENTS.list) {
    if (isMarketOpen(instrument.tradingHours, startAt)) continue;
    hub.publishQuote(
      syntheticQuote(instrument, lastOpenInstantBefore(instrument.tradingHours, startAt), seed),
    );
  }
}

function* quotesBefore({ seed }: SyntheticFeedSpec, name: string, startAt: number): Iterable<Quote> {
  const instrument = PAPER_INSTRUMENTS.named(name);
  const firstAt = Math.floor((startAt - HISTORY_DAYS * DAY_MS) / MINUTE_MS) * MINUTE_MS;
  for (let at = firstAt; at < startAt; at += MINUTE_MS)
    if (isMarketOpen(instrument.tradingHours, at)) yield syntheticQuote(instrument, at, seed);
}
