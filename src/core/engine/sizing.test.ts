import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { pointsValue } from '../domain/money.ts';
import { Portfolio } from './portfolio.ts';
import { unitsOf } from './sizing.ts';
import { WrittenLog } from './testing/written-log.ts';

const EUR_USD = PAPER_INSTRUMENTS.named('EUR_USD');
const USD_JPY = PAPER_INSTRUMENTS.named('USD_JPY');

/** A portfolio with this many ten-thousandths of US dollars. */
function portfolioOf(balance: number, markup = 0): Portfolio {
  const portfolio = new Portfolio({ currency: 'USD', markup, instruments: PAPER_INSTRUMENTS });
  for (const transaction of new WrittenLog(0).open('USD', balance)) portfolio.apply(transaction);
  return portfolio;
}

describe('unitsOf', () => {
  it('takes whole units as they are', () => {
    expect(unitsOf({ units: 1_234 }, EUR_USD, portfolioOf(0))).toBe(1_234);
  });

  it.each([
    // 1 % of 10,000 is 100 dollars; 200 points of a unit are 0.002 dollars.
    ['risks the part of equity over the stop distance', 100_000_000, 0.01, 200, 50_000],
    ['rounds down', 100_000_000, 0.01, 300, 33_333],
    ['gives one unit when the risk just allows it', 20, 1, 200, 1],
  ])('%s', (_, balance, riskFraction, stopDistance, units) => {
    expect(unitsOf({ riskFraction, stopDistance }, EUR_USD, portfolioOf(balance))).toBe(units);
  });

  it('rounds down to the parts of a unit that the instrument has', () => {
    const gold = { ...PAPER_INSTRUMENTS.named('XAU_USD'), unitsPrecision: 1, minimumUnits: 0.1 };
    // A move of 10 dollars costs 10 dollars an ounce; 1 % of 1,000 dollars is 10, of 370 is 3.7, of 9 is 0.09.
    const sizeOf = (balance: number) =>
      unitsOf({ riskFraction: 0.01, stopDistance: 10_000 }, gold, portfolioOf(balance));

    expect([10_000_000, 3_700_000, 3_799_999].map(sizeOf)).toEqual([1, 0.3, 0.3]);
    expect(sizeOf(90_000)).toMatchObject({ code: 'size-too-small', numbers: { least: { value: 0.1 } } });
  });

  it.each([
    ['less than a unit', 19, 1, 200],
    ['an empty account', 0, 0.01, 200],
    ['no risk', 100_000_000, 0, 200],
    ['a negative distance', 100_000_000, 0.01, -200],
  ])('has no size for %s', (_, balance, riskFraction, stopDistance) => {
    expect(unitsOf({ riskFraction, stopDistance }, EUR_USD, portfolioOf(balance))).toMatchObject({
      code: 'size-too-small',
    });
  });

  it('has no size without a price to convert the loss by', () => {
    expect(unitsOf({ riskFraction: 0.01, stopDistance: 200 }, USD_JPY, portfolioOf(100_000_000))).toEqual({
      code: 'no-conversion-price',
    });
  });

  it('has no size while the equity is not known', () => {
    const portfolio = portfolioOf(100_000_000);
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 1,
      timeInForce: 'FOK',
    } as const;
    const log = new WrittenLog(0);
    log.open('USD', 100_000_000);
    for (const transaction of log.acceptAndFill({ id: 'p-1', terms, decidedAt: 0 }, 110_000))
      portfolio.apply(transaction);

    expect(unitsOf({ riskFraction: 0.01, stopDistance: 200 }, EUR_USD, portfolio)).toEqual({
      code: 'no-quote',
    });
  });

  it('converts the loss as it would be booked, at the middle price and worse by the markup', () => {
    const portfolio = portfolioOf(100_000_000, 0.005);
    portfolio.value.setQuote({ instrument: 'USD_JPY', at: 0, bid: 149_990, ask: 150_010 });

    // 100 dollars ÷ (200 points of a thousandth yen ÷ 150 yen a dollar × 1.005)
    const units = unitsOf({ riskFraction: 0.01, stopDistance: 200 }, USD_JPY, portfolio);

    expect(units).toBe(Math.floor(100 / (0.2 / 150) / 1.005));
  });

  it('never risks more than was asked for, and would with one unit more', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000, max: 1_000_000_000 }),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 5_000 }),
        (balance, riskFraction, stopDistance) => {
          const units = unitsOf({ riskFraction, stopDistance }, EUR_USD, portfolioOf(balance));
          if (typeof units !== 'number') return;
          const risk = balance * riskFraction;
          expect(pointsValue(EUR_USD, units, stopDistance, 1)).toBeLessThanOrEqual(risk * (1 + 1e-12));
          expect(pointsValue(EUR_USD, units + 1, stopDistance, 1)).toBeGreaterThan(risk * (1 - 1e-12));
        },
      ),
    );
  });
});
