/** The synthetic market: the same for the same seed, consistent between pairs, and about as lively as a real one. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { PAPER_INSTRUMENTS } from '../../core/domain/paper-instruments.ts';
import type { Currency, Instrument } from '../../core/domain/instrument.ts';
import { midPoints } from '../../core/domain/quote.ts';
import { syntheticMid, syntheticQuote } from './synthetic-market.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEDNESDAY_15_00 = Date.UTC(2026, 0, 7, 15);

const anyTime = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) });
const anySeed = fc.nat(4_294_967_295);
const anyInstrument = fc.constantFrom(...PAPER_INSTRUMENTS.list);

const spreadAt = (instrument: Instrument, at: number, seed = 1): number => {
  const { bid, ask } = syntheticQuote(instrument, at, seed);
  return ask - bid;
};

/** The root mean square of the relative changes over `durationMs` at many times. */
function volatility(instrument: Instrument, startAt: number, durationMs: number, samples: number): number {
  let squares = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const at = startAt + sample * 7 * DAY_MS;
    squares += Math.log(syntheticMid(instrument, at + durationMs, 3) / syntheticMid(instrument, at, 3)) ** 2;
  }
  return Math.sqrt(squares / samples);
}

describe('A synthetic quote', () => {
  it('is the same whenever and in whatever order it is asked for', () => {
    const at = (index: number): number => WEDNESDAY_15_00 + index * 250;
    const forwards = Array.from({ length: 50 }, (_, index) => syntheticQuote(EUR_USD, at(index), 7));

    const backwards = Array.from({ length: 50 }, (_, index) => syntheticQuote(EUR_USD, at(49 - index), 7));

    expect(backwards.toReversed()).toEqual(forwards);
  });

  it('stays what it is, so that a restart of another version continues with the same prices', () => {
    expect(syntheticQuote(EUR_USD, WEDNESDAY_15_00, 1)).toEqual({
      instrument: 'EUR_USD',
      at: WEDNESDAY_15_00,
      bid: 115_439,
      ask: 115_452,
    });
  });

  it('is another one for another seed', () => {
    const bids = [1, 2, 3, 4_294_967_295].map((seed) => syntheticQuote(EUR_USD, WEDNESDAY_15_00, seed).bid);

    expect(new Set(bids).size).toBe(4);
  });

  it('is in whole points, with bid below ask, at any time of any instrument', () => {
    fc.assert(
      fc.property(anyInstrument, anyTime, anySeed, (instrument, at, seed) => {
        const quote = syntheticQuote(instrument, at, seed);

        expect(quote).toMatchObject({ instrument: instrument.name, at });
        expect(Number.isInteger(quote.bid) && Number.isInteger(quote.ask)).toBe(true);
        expect(quote.bid).toBeGreaterThan(0);
        expect(quote.ask).toBeGreaterThan(quote.bid);
      }),
    );
  });

  it('agrees with the other two sides of every triangle within rounding', () => {
    const threeCurrencies = fc.shuffledSubarray([...ACCOUNT_CURRENCIES], { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(threeCurrencies, anyTime, anySeed, ([a, b, c], at, seed) => {
        const round = rate(a, b, at, seed) * rate(b, c, at, seed) * rate(c, a, at, seed);

        // Half a point of rounding on each of three sides; a point is at most 1/50,000 of the lowest price.
        expect(Math.abs(round - 1)).toBeLessThan(3 / 50_000);
      }),
    );
  });

  it('stays within a quarter of its usual level over the years', () => {
    for (let month = 0; month < 240; month += 1) {
      const mid = syntheticMid(EUR_USD, Date.UTC(2015, month, 3), 11) / 100_000;
      expect(mid).toBeGreaterThan(1.1 * 0.75);
      expect(mid).toBeLessThan(1.1 / 0.75);
    }
  });

  it.each(['EUR_USD', 'USD_JPY', 'GBP_CHF'])('of %s moves by about 0.6 %% a day', (name) => {
    const daily = volatility(PAPER_INSTRUMENTS.named(name), WEDNESDAY_15_00, DAY_MS, 300);

    expect(daily).toBeGreaterThan(0.0045);
    expect(daily).toBeLessThan(0.0075);
  });

  it('moves with the root of time, from a minute to a week', () => {
    const perDay = (durationMs: number): number =>
      volatility(EUR_USD, WEDNESDAY_15_00, durationMs, 300) / Math.sqrt(durationMs / DAY_MS);

    for (const durationMs of [60_000, HOUR_MS, 8 * HOUR_MS]) {
      expect(perDay(durationMs)).toBeGreaterThan(0.004);
      expect(perDay(durationMs)).toBeLessThan(0.008);
    }
  });

  it('opens on Sunday with a gap that is smaller than two days would make', () => {
    const fridayClose = Date.UTC(2026, 0, 9, 22);
    const gap = volatility(EUR_USD, fridayClose, 48 * HOUR_MS, 200);

    expect(gap).toBeGreaterThan(0.0005);
    expect(gap).toBeLessThan(0.004);
  });
});

describe('The synthetic spread', () => {
  it('is about 12 points for EUR_USD while London and New York are at work', () => {
    for (let minute = 0; minute < 60; minute += 1) {
      const spread = spreadAt(EUR_USD, WEDNESDAY_15_00 + minute * 60_000);
      expect(spread).toBeGreaterThanOrEqual(10);
      expect(spread).toBeLessThanOrEqual(14);
    }
  });

  it('is wider on crosses', () => {
    expect(spreadAt(PAPER_INSTRUMENTS.named('GBP_NZD'), WEDNESDAY_15_00)).toBeGreaterThan(20);
  });

  it.each([
    { season: 'winter', rollOver: Date.UTC(2026, 0, 7, 22) },
    { season: 'summer', rollOver: Date.UTC(2026, 6, 8, 21) },
  ])('is widest around 17:00 New York, in $season', ({ rollOver }) => {
    const spread = (minutes: number): number => spreadAt(EUR_USD, rollOver + minutes * 60_000);

    expect(spread(-60)).toBeLessThan(16);
    expect(spread(-1)).toBeGreaterThan(45);
    expect(spread(0)).toBeGreaterThan(45);
    expect(spread(20)).toBeGreaterThan(30);
    expect(spread(60)).toBeLessThan(24);
  });

  it('is rough before the close on Friday, and not on Thursday', () => {
    const widest = (closing: number): number =>
      Math.max(
        ...Array.from({ length: 200 }, (_, second) => spreadAt(EUR_USD, closing - HOUR_MS - second * 1000)),
      );

    expect(widest(Date.UTC(2026, 0, 9, 22))).toBeGreaterThan(25);
    expect(widest(Date.UTC(2026, 0, 8, 22))).toBeLessThan(16);
  });
});

/** The price of one unit of `base` in `quote`, from the quote of whichever of the two pairs exists. */
function rate(base: Currency | undefined, quote: Currency | undefined, at: number, seed: number): number {
  const straight = PAPER_INSTRUMENTS.find(`${base}_${quote}`);
  if (straight !== undefined)
    return midPoints(syntheticQuote(straight, at, seed)) / 10 ** straight.pricePrecision;
  return 1 / rate(quote, base, at, seed);
}
