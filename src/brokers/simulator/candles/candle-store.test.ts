import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRANULARITIES } from '../../../core/domain/candle.ts';
import { SECOND_MS } from '../../../core/domain/trading-calendar.ts';
import { alignedSpan, alignmentOf } from './candle-alignment.ts';
import { CandleStore } from './candle-store.ts';
import type { Quote } from '../../../core/domain/quote.ts';
import type { CandleAlignment } from './candle-alignment.ts';

const NOON = Date.UTC(2026, 0, 6, 12);

function alignment(hour: number, zone: string): CandleAlignment {
  const found = alignmentOf(hour, 5, zone);
  if (!found) throw new Error(`no zone ${zone}`);
  return found;
}

const quote = (at: number, bid: number, ask: number): Quote => ({ instrument: 'EUR_USD', at, bid, ask });

/** Quotes that come from a moment to three days apart. */
const courses = fc
  .array(
    fc.record({
      waitMs: fc.oneof(fc.nat(20 * SECOND_MS), fc.nat(3 * 86_400_000)),
      bid: fc.integer({ min: 100_000, max: 120_000 }),
      spread: fc.integer({ min: 0, max: 50 }),
    }),
    { minLength: 1, maxLength: 200 },
  )
  .map((steps) => {
    let at = NOON;
    return steps.map(({ waitMs, bid, spread }) => quote((at += waitMs), bid, bid + spread));
  });

/** The candles by the plain definition: the quotes of each span, taken one span at a time. */
function plainCandles(
  quotes: readonly Quote[],
  granularity: (typeof GRANULARITIES)[number],
  chosen: CandleAlignment,
) {
  const groups = Map.groupBy(quotes, ({ at }) => alignedSpan(granularity, at, chosen).startsAt);
  const ohlc = (prices: readonly number[]) => [
    prices[0],
    Math.max(...prices),
    Math.min(...prices),
    prices.at(-1),
  ];
  return [...groups].map(([startsAt, group]) => ({
    startsAt,
    endsAt: alignedSpan(granularity, startsAt, chosen).endsAt,
    volume: group.length,
    bid: ohlc(group.map(({ bid }) => bid)),
    ask: ohlc(group.map(({ ask }) => ask)),
    twiceMid: ohlc(group.map(({ bid, ask }) => bid + ask)),
  }));
}

describe('the store of candles', () => {
  it('has none of an instrument that it has seen no quote of', () => {
    expect(new CandleStore().candles('EUR_USD', 'M1', alignment(17, 'America/New_York'))).toEqual([]);
  });

  it('gives the candles that the quotes of each span make, whatever the granularity and alignment', () => {
    fc.assert(
      fc.property(
        courses,
        fc.constantFrom(...GRANULARITIES),
        fc.nat(23),
        fc.constantFrom('America/New_York', 'Asia/Kathmandu'),
        fc.nat(200),
        (quotes, granularity, hour, zone, known) => {
          const chosen = alignment(hour, zone);
          const store = new CandleStore(() => quotes.slice(0, known));
          for (const shown of quotes.slice(known)) store.add(shown);

          expect(store.candles('EUR_USD', granularity, chosen)).toEqual(
            plainCandles(quotes, granularity, chosen),
          );
        },
      ),
    );
  });

  it('counts a late quote in the newest candle', () => {
    const store = new CandleStore();
    store.add(quote(NOON, 110_000, 110_010));
    store.add(quote(NOON + 5_000, 110_020, 110_030));
    store.add(quote(NOON + 4_999, 110_050, 110_060));

    const candles = store.candles('EUR_USD', 'S5', alignment(17, 'America/New_York'));

    expect(candles.map(({ startsAt, volume, bid }) => [startsAt - NOON, volume, bid[3]])).toEqual([
      [0, 1, 110_000],
      [5_000, 2, 110_050],
    ]);
  });

  it('drops the oldest short candles and keeps what longer ones are made of', () => {
    const store = new CandleStore();
    for (let index = 0; index < 25_000; index += 1) store.add(quote(NOON + index * 5_000, 110_000, 110_010));
    const newYork = alignment(17, 'America/New_York');
    const short = store.candles('EUR_USD', 'S5', newYork);

    expect(short.length).toBeGreaterThanOrEqual(9_000);
    expect(short.length).toBeLessThanOrEqual(10_000);
    expect(short.at(-1)?.startsAt).toBe(NOON + 24_999 * 5_000);
    expect(store.candles('EUR_USD', 'H1', newYork).reduce((sum, { volume }) => sum + volume, 0)).toBe(25_000);
  });

  it('asks for the past of an instrument once, and only when its candles are wanted', () => {
    const asked: string[] = [];
    const store = new CandleStore((instrumentName) => {
      asked.push(instrumentName);
      return [quote(NOON - 60_000, 100_000, 100_010)];
    });
    store.add(quote(NOON, 110_000, 110_010));
    expect(asked).toEqual([]);

    const newYork = alignment(17, 'America/New_York');
    store.candles('EUR_USD', 'M1', newYork);
    const candles = store.candles('EUR_USD', 'M1', newYork);

    expect(asked).toEqual(['EUR_USD']);
    expect(candles.map(({ startsAt }) => startsAt)).toEqual([NOON - 60_000, NOON]);
  });
});
