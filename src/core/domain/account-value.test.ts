import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountValue } from './account-value.ts';
import { PAPER_INSTRUMENTS } from './paper-instruments.ts';
import { NOTHING_BOOKED } from './testing/nothing-booked.ts';
import type { Position } from './position.ts';
import type { Quote } from './quote.ts';

const quote = (instrument: string, bid: number, ask: number): Quote => ({ instrument, at: 0, bid, ask });

const lot = (
  brokerPositionId: number,
  lotOf: Pick<Position, 'instrument' | 'side' | 'openUnits' | 'entryPrice'>,
): Position => ({
  brokerPositionId,
  orderId: brokerPositionId,
  initialUnits: 1_000_000,
  ...NOTHING_BOOKED,
  openedAt: 0,
  ...lotOf,
});

const longEuro = lot(1, { instrument: 'EUR_USD', side: 'long', openUnits: 1_000, entryPrice: 110_000 });

describe('AccountValue', () => {
  it('is worth nothing without positions', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });

    expect(value.unrealizedPnl()).toBe(0);
    expect(value.marginUsed()).toBe(0);
    expect(value.atMiddle()).toEqual({ gains: 0, losses: 0, gross: 0 });
  });

  it('knows no rate and no middle value without prices', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setPosition(lot(1, { instrument: 'USD_JPY', side: 'long', openUnits: 1_000, entryPrice: 150_000 }));

    expect(value.rateOf('JPY')).toBeUndefined();
    expect(value.bookingRate(PAPER_INSTRUMENTS.named('USD_JPY'), true)).toBeUndefined();
    expect(value.marginFor(PAPER_INSTRUMENTS.named('EUR_USD'), { long: 1, short: 0 })).toBeUndefined();
    expect(value.atMiddle()).toBeUndefined();
    expect(value.unrealizedPnl()).toBe(0);
  });

  it('says why what is open cannot be valued, until it is closed or has its prices', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    const cross = lot(1, { instrument: 'EUR_GBP', side: 'long', openUnits: 1_000, entryPrice: 88_000 });
    const foreign = lot(2, { instrument: 'EUR_XXX', side: 'long', openUnits: 1_000, entryPrice: 88_000 });
    expect(value.gap()).toBeUndefined();

    value.setPosition(cross);
    value.setPosition(foreign);
    expect(value.gap()).toBe('instrument-unknown');
    value.setPosition({ ...foreign, openUnits: 0 });
    expect(value.gap()).toBe('no-quote');
    value.setQuote(quote('EUR_GBP', 88_000, 88_010));
    expect(value.gap()).toBe('no-conversion-price');
    value.setQuote(quote('GBP_USD', 125_000, 125_010));
    expect(value.gap()).toBeUndefined();
  });

  it('values longs at the bid and shorts at the ask', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('EUR_USD', 110_010, 110_030));
    value.setPosition(longEuro);
    expect(value.unrealizedPnl()).toBe(1_000);

    value.setPosition(lot(2, { instrument: 'EUR_USD', side: 'short', openUnits: 500, entryPrice: 110_000 }));

    expect(value.unrealizedPnl()).toBe(1_000 - 1_500);
    expect(value.openUnits('EUR_USD')).toEqual({ long: 1_000, short: 500 });
  });

  it('forgets a position that is closed', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('EUR_USD', 110_010, 110_030));
    value.setPosition(longEuro);

    value.setPosition({ ...longEuro, openUnits: 0 });

    expect(value.unrealizedPnl()).toBe(0);
    expect(value.openUnits('EUR_USD')).toEqual({ long: 0, short: 0 });
  });

  it('converts gains at less and losses at more than the middle rate', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('USD_JPY', 149_990, 150_010));
    value.setPosition(lot(1, { instrument: 'USD_JPY', side: 'long', openUnits: 1_000, entryPrice: 149_890 }));
    const gain = value.unrealizedPnl();
    value.setPosition(lot(1, { instrument: 'USD_JPY', side: 'long', openUnits: 1_000, entryPrice: 150_090 }));
    const loss = value.unrealizedPnl();

    // 1000 units × 0.100 yen is 100 yen, two thirds of a dollar at 150.
    expect(gain).toBeCloseTo((1_000_000 / 150) * 0.995, 6);
    expect(loss).toBeCloseTo((-1_000_000 / 150) * 1.005, 6);
  });

  it('does not let a gain offset a loss before both are converted', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('USD_JPY', 150_000, 150_000));
    value.setPosition(lot(1, { instrument: 'USD_JPY', side: 'long', openUnits: 1_000, entryPrice: 149_900 }));
    value.setPosition(lot(2, { instrument: 'USD_JPY', side: 'long', openUnits: 1_000, entryPrice: 150_100 }));

    expect(value.unrealizedPnl()).toBeCloseTo((-1_000_000 / 150) * 0.01, 6);
  });

  it('converts EUR_GBP through GBP_USD alone', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('EUR_GBP', 86_000, 86_020));
    value.setQuote(quote('GBP_USD', 125_000, 125_020));
    value.setPosition(lot(1, { instrument: 'EUR_GBP', side: 'long', openUnits: 1_000, entryPrice: 85_900 }));

    expect(value.rateOf('GBP')).toBe(1.2501);
    expect(value.unrealizedPnl()).toBeCloseTo(10_000 * 1.2501 * 0.995, 6);
    expect(value.marginUsed()).toBeCloseTo(1_000 * 0.8601 * 1.2501 * 0.0333 * 10_000, 4);
  });

  it('takes a more direct way to convert as soon as that has a price', () => {
    const value = new AccountValue({ currency: 'JPY', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('GBP_USD', 125_000, 125_000));
    value.setQuote(quote('USD_JPY', 150_000, 150_000));
    const bridged = value.rateOf('GBP');

    value.setQuote(quote('GBP_JPY', 190_000, 190_000));

    expect(bridged).toBe(187.5);
    expect(value.rateOf('GBP')).toBe(190);
  });

  it('takes a less direct way while its prices are more than five seconds newer', () => {
    const value = new AccountValue({ currency: 'JPY', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    const at = (name: string, bid: number, time: number): void =>
      value.setQuote({ ...quote(name, bid, bid), at: time });
    at('GBP_JPY', 190_000, 0);
    at('GBP_USD', 125_000, 5_001);
    at('USD_JPY', 150_000, 5_000);
    expect(value.rateOf('GBP')).toBe(190);
    expect(value.quotesOfRate('GBP')?.map(({ instrument }) => instrument)).toEqual(['GBP_JPY']);

    at('USD_JPY', 150_000, 5_001);
    expect(value.rateOf('GBP')).toBe(187.5);
    expect(value.quotesOfRate('GBP')?.map(({ instrument }) => instrument)).toEqual(['GBP_USD', 'USD_JPY']);
    at('GBP_JPY', 191_000, 5_002);
    expect(value.rateOf('GBP')).toBe(191);
  });

  it('knows by how much another way to convert would give more or less', () => {
    const value = new AccountValue({ currency: 'JPY', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('GBP_JPY', 190_000, 190_000));
    value.rateOf('GBP');
    expect(value.conversionGap()).toBe(0);

    value.setQuote(quote('GBP_USD', 125_000, 125_000));
    value.setQuote(quote('USD_JPY', 150_000, 150_000));
    value.rateOf('GBP');
    expect(value.conversionGap()).toBeCloseTo(190 / 187.5 - 1, 12);

    value.setQuote(quote('GBP_JPY', 180_000, 180_000));
    expect(value.conversionGap()).toBeCloseTo(187.5 / 180 - 1, 12);
  });

  it('binds margin for the larger side, at the middle price', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('EUR_USD', 110_000, 110_020));
    value.setPosition(longEuro);
    value.setPosition(lot(2, { instrument: 'EUR_USD', side: 'short', openUnits: 400, entryPrice: 110_000 }));

    expect(value.marginUsed()).toBeCloseTo(1_000 * 1.1001 * 0.0333 * 10_000, 4);
  });

  it('values at middle prices what gains, what loses, and all units', () => {
    const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
    value.setQuote(quote('EUR_USD', 110_000, 110_020));
    value.setPosition(longEuro);
    value.setPosition(lot(2, { instrument: 'EUR_USD', side: 'short', openUnits: 400, entryPrice: 110_000 }));

    expect(value.atMiddle()).toEqual({ gains: 1_000, losses: 400, gross: 1_400 * 11_001 });
  });

  it('gives the same sums, to the last bit, in whatever order it learnt of positions and prices', () => {
    const positions = [
      lot(1, { instrument: 'USD_JPY', side: 'long', openUnits: 1_234, entryPrice: 149_877 }),
      lot(2, { instrument: 'EUR_GBP', side: 'short', openUnits: 777, entryPrice: 86_113 }),
      lot(3, { instrument: 'AUD_CHF', side: 'long', openUnits: 5_551, entryPrice: 58_321 }),
    ];
    const quotes = [
      quote('USD_JPY', 150_001, 150_012),
      quote('EUR_GBP', 86_007, 86_019),
      quote('AUD_CHF', 58_003, 58_017),
      quote('GBP_USD', 125_001, 125_011),
      quote('USD_CHF', 88_001, 88_013),
    ];
    const valueOf = (order: readonly (() => void)[]): void => order.forEach((step) => step());
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const sums = [[0, 1, 2, 3, 4, 5, 6, 7], order].map((indexes) => {
          const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
          const steps = [
            ...positions.map((position) => () => value.setPosition(position)),
            ...quotes.map((newest) => () => value.setQuote(newest)),
          ];
          valueOf(indexes.flatMap((index) => steps[index] ?? []));
          return [value.unrealizedPnl(), value.marginUsed(), value.atMiddle()];
        });

        expect(sums[1]).toEqual(sums[0]);
      }),
    );
  });
});
