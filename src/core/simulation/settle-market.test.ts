/** After a request the candles that move nothing are known at once, but for what the next quote has to do whatever it is. */

import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import type { QuoteRows } from '../domain/quote.ts';
import type { ExchangeOptions } from './exchange.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const COSTS = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0, financing: false };
const BALANCE = 10_000_0000;

const ROWS: QuoteRows = {
  times: Float64Array.of(MONDAY_NOON + 2_000, MONDAY_NOON + 3_000),
  bid: Int32Array.of(110_001, 110_002),
  ask: Int32Array.of(110_011, 110_012),
};

/** An exchange on which 1,000 euros were just bought, which binds 36.63 dollars of margin. */
function bought(options: Partial<ExchangeOptions> = {}, isInsideCandle = false): Exchange {
  const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false, ...options });
  const quote = { instrument: 'EUR_USD', at: MONDAY_NOON, bid: 110_000, ask: 110_010 };
  exchange.openAccount(BALANCE, MONDAY_NOON);
  exchange.onQuote(quote);
  if (isInsideCandle) exchange.onQuote({ ...quote, at: MONDAY_NOON + 1 }, 'continuous');
  const terms = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1_000 } as const;
  exchange.submitOrder({ id: 'order', terms: { ...terms, timeInForce: 'FOK' }, decidedAt: MONDAY_NOON + 1 });
  return exchange;
}

/** The candles that are passed over, each of one price: that of a row. */
function candlesPassed(exchange: Exchange, { times, bid, ask } = ROWS): number {
  const bids = { bidOpen: bid, bidHigh: bid, bidLow: bid, bidClose: bid };
  const candles = { times, ...bids, askOpen: ask, askHigh: ask, askLow: ask, askClose: ask };
  return exchange.firstUnquietCandle('EUR_USD', candles, { from: 0, to: 2 });
}

describe('the first candle after an order', () => {
  it('is looked at where the margin is short: what the broker does about it is dated by that quote', () => {
    const exchange = bought();
    exchange.transferFunds(-(BALANCE - 20_0000), MONDAY_NOON + 2);

    expect(candlesPassed(exchange)).toBe(0);
  });

  it('is looked at where a margin call has yet to end: the broker dates that by the quote', () => {
    const exchange = bought();
    exchange.transferFunds(-(BALANCE - 20_0000), MONDAY_NOON + 2);
    exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON + 2, bid: 110_000, ask: 110_010 });
    const [position] = exchange.ledger.openPositions.values();
    const brokerPositionId = position?.brokerPositionId ?? 0;
    exchange.closePosition({ id: 'close', brokerPositionId, units: 1_000, decidedAt: MONDAY_NOON + 3 });

    expect(exchange.ledger).toMatchObject({ isMarginCalled: true, openPositions: new Map() });
    expect(candlesPassed(exchange)).toBe(0);
  });

  it('is looked at where it ends a position that was to be closed out and could not be', () => {
    const exchange = bought();
    const pound = { instrument: 'GBP_USD', at: MONDAY_NOON + 2, bid: 125_000, ask: 125_010 };
    exchange.restrictMarket('EUR_USD', { isHalted: true, hasNoBid: false, hasNoAsk: false });
    exchange.transferFunds(-(BALANCE - 5_0000), MONDAY_NOON + 2);
    exchange.onQuote(pound);
    exchange.restrictMarket('EUR_USD', { isHalted: false, hasNoBid: false, hasNoAsk: false });
    exchange.transferFunds(BALANCE, MONDAY_NOON + 2);
    exchange.onQuote(pound);

    expect(exchange.ledger).toMatchObject({ isMarginCalled: false, delayedClosures: { size: 1 } });
    expect(candlesPassed(exchange)).toBe(0);
  });

  it('is looked at inside a candle, whose extremes trailing stops have yet to follow', () => {
    expect(candlesPassed(bought({}, true))).toBe(0);
  });

  it('is looked at on a market with depth, of which an order may wait for more', () => {
    const depth = { EUR_USD: [{ units: 5_000, pointsWorse: 0 }] };

    expect(candlesPassed(bought({ costs: { ...COSTS, depth } }))).toBe(0);
  });

  it('is passed over where it moves nothing', () => {
    expect(candlesPassed(bought())).toBe(2);
  });

  it('is passed over, and one that makes the margin short is not', () => {
    const exchange = bought();
    exchange.transferFunds(-(BALANCE - 60_0000), MONDAY_NOON + 2);

    expect(candlesPassed(exchange, { ...ROWS, bid: Int32Array.of(110_001, 106_000) })).toBe(1);
  });
});
