import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candleSpan } from '../domain/candle.ts';
import { tradingDayEnd } from '../domain/trading-calendar.ts';
import { isMarketOpen } from '../domain/trading-hours.ts';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { Candle, Granularity } from '../domain/candle.ts';
import type { Quote } from '../domain/quote.ts';
import type { StrategyView } from '../strategies/strategy.ts';

const MINUTE = 60_000;
const instrument = 'EUR_USD';

function start(...granularities: readonly Granularity[]): {
  account: TestAccount;
  strategy: ScriptedStrategy;
} {
  const account = new TestAccount();
  const strategy = new ScriptedStrategy(...granularities);
  account.attach(strategy);
  return { account, strategy };
}

/** Feeds a quote as a driver must: the ends of candles come first. */
function drive(account: TestAccount, quote: Quote): void {
  const { engine } = account;
  while (engine.nextClockAt <= quote.at) {
    engine.step({ type: 'clock', at: engine.nextClockAt, pricesAliveAt: engine.nextClockAt });
  }
  engine.step({ type: 'quote', quote });
}

/** The candle of a span by definition. */
function candleOf(granularity: Granularity, quotes: readonly Quote[]): Candle {
  const bids = quotes.map(({ bid }) => bid);
  const asks = quotes.map(({ ask }) => ask);
  return {
    instrument,
    granularity,
    ...candleSpan(granularity, quotes[0]?.at ?? 0),
    bidOpen: bids[0] ?? 0,
    bidHigh: Math.max(...bids),
    bidLow: Math.min(...bids),
    bidClose: bids.at(-1) ?? 0,
    askOpen: asks[0] ?? 0,
    askHigh: Math.max(...asks),
    askLow: Math.min(...asks),
    askClose: asks.at(-1) ?? 0,
    quotes: quotes.length,
  };
}

describe('a candle', () => {
  it('is given to the strategy at its end, with the prices of its quotes', () => {
    const { account, strategy } = start('M1');
    account.clock(0);
    account.quote(1_000, 110_000, { ask: 110_015 });
    account.quote(2_000, 110_040, { ask: 110_050 });
    account.quote(3_000, 109_990, { ask: 110_020 });
    account.quote(59_999, 110_010, { ask: 110_020 });

    expect(account.engine.nextClockAt).toBe(TEN_O_CLOCK + MINUTE);
    expect(strategy.candles).toEqual([]);
    account.clock(MINUTE);

    expect(account.engine.nextClockAt).toBe(tradingDayEnd(TEN_O_CLOCK));
    expect(strategy.candles).toEqual([
      {
        instrument,
        granularity: 'M1',
        startsAt: TEN_O_CLOCK,
        endsAt: TEN_O_CLOCK + MINUTE,
        bidOpen: 110_000,
        bidHigh: 110_040,
        bidLow: 109_990,
        bidClose: 110_010,
        askOpen: 110_015,
        askHigh: 110_050,
        askLow: 110_015,
        askClose: 110_020,
        quotes: 4,
      },
    ]);
  });

  it('is shown before the quote that came after it', () => {
    const { account, strategy } = start('M1');
    account.clock(0);
    account.quote(1_000, 110_000);
    const bids: (number | undefined)[] = [];
    Object.assign(strategy, {
      onCandle: (candle: Candle, view: StrategyView) => {
        bids.push(candle.bidClose, view.quote?.bid);
        return [];
      },
    });

    account.quote(MINUTE + 5_000, 120_000);

    expect(bids).toEqual([110_000, 110_000]);
  });

  it.each([
    ['a clock event', (account: TestAccount) => account.clock(MINUTE)],
    [
      'a later quote, when the clock event was left out',
      (account: TestAccount) => account.quote(MINUTE + 5_000, 110_000),
    ],
  ])('is decided on at its end when it is closed by %s', (_, close) => {
    const { account, strategy } = start('M1');
    account.clock(0);
    account.quote(45_000, 110_000);
    strategy.answerToCandle = [{ type: 'open', side: 'long', size: { units: 1 }, orderType: 'market' }];

    const [submitted] = only(close(account), 'submit-order');

    expect(submitted?.request.decidedAt).toBe(TEN_O_CLOCK + MINUTE);
  });

  it('that started before the strategy was attached is not given to it', () => {
    const { account, strategy } = start('M1', 'M5');
    account.quote(45_000, 110_000);
    for (let minute = 1; minute <= 10; minute += 1) account.quote(minute * MINUTE, 110_000 + minute);
    account.clock(10 * MINUTE);

    expect(strategy.candles.filter(({ granularity }) => granularity === 'M1')).toHaveLength(9);
    expect(
      strategy.candles.filter(({ granularity }) => granularity === 'M5').map(({ bidOpen }) => bidOpen),
    ).toEqual([110_005]);
  });

  it('is whole when a clock event came before its start', () => {
    const { account, strategy } = start('M1');
    account.clock(0);
    account.quote(30_000, 110_000);
    account.clock(MINUTE);

    expect(strategy.candles).toHaveLength(1);
  });

  it('does not exist for a span without a quote', () => {
    const { account, strategy } = start('M1');
    account.clock(0);
    account.quote(1, 110_000);
    for (let minute = 1; minute <= 5; minute += 1) account.clock(minute * MINUTE);
    account.quote(5 * MINUTE, 110_005);
    account.clock(6 * MINUTE);

    expect(strategy.candles.map(({ startsAt }) => (startsAt - TEN_O_CLOCK) / MINUTE)).toEqual([0, 5]);
  });

  it('never comes twice: a quote that is late counts for the next', () => {
    const { account, strategy } = start('M1');
    account.clock(0);
    account.quote(1, 110_000);
    account.clock(MINUTE);
    account.quote(MINUTE - 10, 110_100);
    account.quote(MINUTE + 10, 110_200);
    account.clock(2 * MINUTE);

    expect(
      strategy.candles.map(({ startsAt, bidOpen }) => [(startsAt - TEN_O_CLOCK) / MINUTE, bidOpen]),
    ).toEqual([
      [0, 110_000],
      [1, 110_100],
    ]);
  });

  it('that ends with a longer one comes first', () => {
    const { account, strategy } = start('M5', 'M1');
    account.clock(0);
    account.quote(4.5 * MINUTE, 110_000);
    account.clock(5 * MINUTE);

    expect(strategy.candles.map(({ granularity }) => granularity)).toEqual(['M1', 'M5']);
  });

  it('goes to those who subscribed to its instrument and granularity', () => {
    const { account, strategy } = start('M1');
    const [other, longer] = [new ScriptedStrategy('M1'), new ScriptedStrategy('M5')];
    account.attach(other, 'other', 'USD_JPY');
    account.attach(longer, 'longer');
    account.clock(0);
    account.quote(1, 110_000);
    account.quote(2, 150_000, { instrument: 'USD_JPY' });
    account.clock(MINUTE);

    expect(strategy.candles.map((candle) => candle.instrument)).toEqual(['EUR_USD']);
    expect(other.candles.map((candle) => candle.instrument)).toEqual(['USD_JPY']);
    expect(longer.candles).toEqual([]);
  });

  it('is shared: a strategy attached in its middle gets it when another had it built from the start', () => {
    const { account } = start('M5');
    account.clock(0);
    account.quote(1, 110_000);
    account.clock(MINUTE);
    const second = new ScriptedStrategy('M5');
    account.attach(second, 'second');
    account.clock(5 * MINUTE);

    expect(second.candles).toHaveLength(1);
  });
});

describe('the candles of any quotes', () => {
  // Steps of up to ten minutes; weekends and both changes of clocks come by when many are joined.
  const step = fc.record({
    waitMs: fc.oneof(
      fc.integer({ min: 0, max: 20_000 }),
      fc.integer({ min: 0, max: 600_000 }),
      fc.constant(40 * 3_600_000),
    ),
    bid: fc.integer({ min: 109_000, max: 111_000 }),
    spread: fc.integer({ min: 0, max: 30 }),
  });
  const starts = [
    TEN_O_CLOCK,
    Date.UTC(2024, 2, 8, 20),
    Date.UTC(2024, 9, 31, 20),
    Date.UTC(2024, 11, 27, 20),
  ];

  it('are the candles by definition, of the quotes of an open market', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Granularity>('S5', 'M1', 'M15', 'H1', 'H4', 'D', 'W', 'M'),
        fc.constantFrom(...starts),
        fc.array(step, { minLength: 1, maxLength: 120 }),
        (granularity, startAt, steps) => {
          const { account, strategy } = start(granularity);
          const watchedFrom = candleSpan(granularity, startAt).endsAt;
          account.engine.step({ type: 'clock', at: startAt, pricesAliveAt: startAt });
          let at = startAt;
          const quotes = steps.map(({ waitMs, bid, spread }): Quote => {
            at += waitMs;
            return { instrument, at, bid, ask: bid + spread };
          });
          for (const quote of quotes) drive(account, quote);

          const ofOpenMarket = quotes.filter((quote) => isMarketOpen('forex', quote.at));
          const bySpan = Map.groupBy(ofOpenMarket, (quote) => candleSpan(granularity, quote.at).startsAt);
          const whole = [...bySpan.entries()].filter(
            ([startsAt]) => startsAt >= watchedFrom || startsAt === startAt,
          );
          const closed = whole
            .map(([, group]) => candleOf(granularity, group))
            .filter(({ endsAt }) => endsAt <= at);
          expect(strategy.candles).toEqual(closed);
        },
      ),
    );
  });
});
