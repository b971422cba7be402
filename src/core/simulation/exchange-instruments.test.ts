/** Results and margin of all kinds of instruments and account currencies, against fractions of whole numbers. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { Exchange } from './exchange.ts';
import type { OrderFilled } from '../domain/transaction.ts';

const TUESDAY_NOON = Date.UTC(2024, 2, 5, 12);
const HALF_PERCENT = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 };

/** Where prices start, in points; each test moves them by up to a fifth. */
const PRICES: Readonly<Record<string, number>> = {
  XAU_USD: 2_400_000,
  XAU_EUR: 2_200_000,
  XAG_USD: 2_800_000,
  EUR_USD: 109_000,
  GBP_USD: 127_000,
  NZD_USD: 61_000,
  USD_JPY: 150_000,
  EUR_JPY: 163_000,
  USD_CHF: 90_000,
  USD_SEK: 1_050_000,
  EUR_SEK: 1_150_000,
  USD_PLN: 400_000,
  EUR_PLN: 432_000,
  USD_HUF: 360_000,
  ZAR_JPY: 8_100,
  AUD_JPY: 98_000,
};

/** The instrument that is traded, the account's currency, and the prices that convert the quote currency to it. */
const CASES: readonly (readonly [traded: string, currency: string, way: readonly string[]])[] = [
  ['XAU_USD', 'USD', []],
  ['XAU_USD', 'EUR', ['1/EUR_USD']],
  ['XAU_USD', 'JPY', ['USD_JPY']],
  ['XAU_EUR', 'JPY', ['EUR_JPY']],
  ['XAG_USD', 'CHF', ['USD_CHF']],
  ['USD_JPY', 'JPY', []],
  ['USD_JPY', 'USD', ['1/USD_JPY']],
  ['USD_SEK', 'USD', ['1/USD_SEK']],
  ['USD_SEK', 'EUR', ['1/EUR_SEK']],
  ['USD_SEK', 'GBP', ['1/USD_SEK', '1/GBP_USD']],
  ['EUR_PLN', 'NZD', ['1/USD_PLN', '1/NZD_USD']],
  ['USD_HUF', 'JPY', ['1/USD_HUF', 'USD_JPY']],
  ['ZAR_JPY', 'AUD', ['1/AUD_JPY']],
];

/** A fraction of whole numbers; the second is positive. */
type Fraction = readonly [numerator: bigint, denominator: bigint];

const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
const powerOfTen = (places: number): bigint => 10n ** BigInt(places);
const precisionOf = (name: string): number => PAPER_INSTRUMENTS.named(name).pricePrecision;

interface Prices {
  readonly bid: number;
  readonly ask: number;
}

function middle(name: string, { bid, ask }: Prices): Fraction {
  return [BigInt(bid + ask), 2n * powerOfTen(precisionOf(name))];
}

function conversion(way: readonly string[], prices: ReadonlyMap<string, Prices>): Fraction {
  return way.reduce<Fraction>(
    (rate, step) => {
      const name = step.replace('1/', '');
      const [over, under] = middle(name, prices.get(name) ?? { bid: 0, ask: 0 });
      return times(rate, step === name ? [over, under] : [under, over]);
    },
    [1n, 1n],
  );
}

const sizeOf = (number: bigint): bigint => (number < 0n ? -number : number);

/**
 * Whether an amount is the fraction, rounded to whole ten-thousandths. A rate is a double of 53 bits, and a few of them are multiplied: an
 * amount may be off by a part in 2^49 before it is rounded, which can tip a half over.
 */
function isRounded(amount: number, [numerator, denominator]: Fraction): boolean {
  const twiceDifference = 2n * sizeOf(BigInt(amount) * denominator - numerator);
  return twiceDifference <= denominator + (sizeOf(numerator) >> 48n) + 1n;
}

const drawn = fc.record({
  unitSteps: fc.integer({ min: 1, max: 50_000 }),
  side: fc.constantFrom('buy', 'sell'),
  moves: fc.array(fc.double({ min: 0.8, max: 1.2, noNaN: true }), { minLength: 4, maxLength: 4 }),
  spreads: fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 4, maxLength: 4 }),
} as const);

describe.each(CASES)('%s in an account in %s', (traded, currency, way) => {
  const names = [...new Set([traded, ...way.map((step) => step.replace('1/', ''))])];

  it('books results and binds margin to the last digit', () => {
    fc.assert(
      fc.property(drawn, drawn, (opening, closing) => {
        const exchange = new Exchange({ currency, costs: HALF_PERCENT, hedging: false });
        exchange.openAccount(4_000_000_000_000_000, TUESDAY_NOON);
        const show = ({ moves, spreads }: typeof opening): ReadonlyMap<string, Prices> => {
          const prices = names.map((name, index) => {
            const bid = Math.max(1, Math.round((PRICES[name] ?? 0) * (moves[index] ?? 1)));
            return [name, { bid, ask: bid + (spreads[index] ?? 0) }] as const;
          });
          for (const [instrument, price] of prices)
            exchange.onQuote({ instrument, at: TUESDAY_NOON, ...price });
          return new Map(prices);
        };
        const { unitSteps, side } = opening;
        const { unitsPrecision } = PAPER_INSTRUMENTS.named(traded);
        const units = unitSteps / 10 ** unitsPrecision;
        const size: Fraction = [BigInt(unitSteps), powerOfTen(unitsPrecision)];
        const terms = { instrument: traded, orderType: 'market', side, units, timeInForce: 'FOK' } as const;

        const before = show(opening);
        exchange.submitOrder({ id: 'a', terms, decidedAt: TUESDAY_NOON });
        const [position] = exchange.ledger.openPositions.values();
        const rate = times(middle(traded, before.get(traded) ?? { bid: 0, ask: 0 }), conversion(way, before));
        const marginRate: Fraction = [
          BigInt(Math.round(PAPER_INSTRUMENTS.named(traded).marginRate * 10_000)),
          1n,
        ];
        const isBase = PAPER_INSTRUMENTS.named(traded).base === currency;
        const margin = times(size, times(isBase ? [1n, 1n] : rate, marginRate));
        expect(isRounded(exchange.snapshot().marginUsed, margin)).toBe(true);

        const after = show(closing);
        const closed = exchange.closePosition({
          id: 'b',
          brokerPositionId: position?.brokerPositionId ?? 0,
          decidedAt: TUESDAY_NOON,
        });
        const fill = closed.find((entry): entry is OrderFilled => entry.type === 'order-filled');
        const entryPrice = position?.entryPrice ?? 0;
        const { bid, ask } = after.get(traded) ?? { bid: 0, ask: 0 };
        const points = side === 'buy' ? bid - entryPrice : entryPrice - ask;
        const isConverted = way.length > 0;
        const markup: Fraction = isConverted ? [points >= 0 ? 995n : 1_005n, 1_000n] : [1n, 1n];
        const result = times(
          times(size, [BigInt(points) * 10_000n, powerOfTen(precisionOf(traded))]),
          times(conversion(way, after), markup),
        );
        const booked = fill?.closed[0]?.realizedPnl ?? Number.NaN;
        expect(isRounded(booked, result)).toBe(true);
        if (!isConverted) expect(BigInt(booked) * result[1]).toBe(nearest(result) * result[1]);
        expect(fill?.balance).toBe(4_000_000_000_000_000 + booked);
      }),
      { numRuns: 200 },
    );
  });
});

/** The fraction as a whole number, halves away from zero. */
function nearest([numerator, denominator]: Fraction): bigint {
  const size = sizeOf(numerator);
  const whole = (2n * size + denominator) / (2n * denominator);
  return numerator < 0n ? -whole : whole;
}
