/** What a fill books: result, conversion, costs and balance. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { CostModel } from './costs.ts';
import type { Currency } from '../domain/instrument.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

/** An account of 10,000 units of a currency. */
function openExchange(currency: Currency = 'USD', costs: Partial<CostModel> = {}): Exchange {
  const exchange = new Exchange({ currency, costs: { ...DEFAULT_COSTS, ...costs }, hedging: false });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  return exchange;
}

const quoteAt = (exchange: Exchange, instrument: string, bid: number, ask: number): readonly Transaction[] =>
  exchange.onQuote({ instrument, at: MONDAY_NOON, bid, ask });

const trade = (
  exchange: Exchange,
  instrument: string,
  side: OrderSide,
  units: number,
): readonly Transaction[] =>
  exchange.submitOrder({
    id: 'a',
    decidedAt: MONDAY_NOON,
    terms: { instrument, orderType: 'market', side, units, timeInForce: 'FOK' },
  });

describe('a fill', () => {
  it('is cancelled when no price says what the quote currency is worth', () => {
    const exchange = openExchange();
    quoteAt(exchange, 'EUR_GBP', 86_000, 86_020);

    expect(trade(exchange, 'EUR_GBP', 'buy', 1_000)).toMatchObject([
      { type: 'order-created' },
      { type: 'order-cancelled', reason: 'no-conversion-price' },
    ]);
  });

  it('books a result in the account currency as it is', () => {
    const exchange = openExchange();
    quoteAt(exchange, 'EUR_USD', 105_725, 105_735);
    trade(exchange, 'EUR_USD', 'sell', 2_500);
    quoteAt(exchange, 'EUR_USD', 105_764, 105_774);

    // 2500 × 0.00049 dollars lost; half of a pip of spread on 2500 units is 0.125 dollars.
    expect(trade(exchange, 'EUR_USD', 'buy', 2_500)[1]).toMatchObject({
      closed: [{ brokerPositionId: 4, units: 2_500, realizedPnl: -12_250, financing: 0, conversionCost: 0 }],
      commission: 0,
      spreadCost: 1_250,
      slippageCost: 0,
      balance: 100_000_000 - 12_250,
    });
  });

  it.each([
    // At 150.110 in the middle: 90 yen gained are 0.59956 dollars, booked at half a percent less; a loss at as much more.
    ['buy', 150_100, 150_120, 5_966, 5_996 - 5_966],
    ['sell', 150_100, 150_120, -8_704, -8_660 + 8_704],
  ] as const)(
    'converts the yen of a %s of USD_JPY by its own price',
    (side, bid, ask, realizedPnl, conversionCost) => {
      const exchange = openExchange();
      quoteAt(exchange, 'USD_JPY', 149_990, 150_010);
      trade(exchange, 'USD_JPY', side, 1_000);
      quoteAt(exchange, 'USD_JPY', bid, ask);

      const [, fill] = exchange.closePosition({ id: 'c', brokerPositionId: 4, decidedAt: MONDAY_NOON });

      expect(fill).toMatchObject({
        closed: [{ realizedPnl, conversionCost }],
        // 10 points on 1000 units are 10 yen.
        spreadCost: 666,
        balance: 100_000_000 + realizedPnl,
      });
    },
  );

  it('converts the pounds of EUR_GBP through GBP_USD', () => {
    const exchange = openExchange();
    quoteAt(exchange, 'GBP_USD', 124_990, 125_010);
    quoteAt(exchange, 'EUR_GBP', 86_000, 86_020);
    trade(exchange, 'EUR_GBP', 'buy', 1_000);
    quoteAt(exchange, 'EUR_GBP', 86_130, 86_150);

    // 1.10 pounds gained are 1.375 dollars in the middle.
    expect(exchange.closePosition({ id: 'c', brokerPositionId: 4, decidedAt: MONDAY_NOON })[1]).toMatchObject(
      {
        closed: [{ realizedPnl: 13_681, conversionCost: 69 }],
        spreadCost: 1_250,
      },
    );
  });

  it('needs no conversion when the account has the quote currency, whatever that is', () => {
    const exchange = openExchange('JPY');
    quoteAt(exchange, 'USD_JPY', 149_990, 150_010);
    trade(exchange, 'USD_JPY', 'buy', 10);
    quoteAt(exchange, 'USD_JPY', 150_110, 150_130);

    expect(exchange.closePosition({ id: 'c', brokerPositionId: 4, decidedAt: MONDAY_NOON })[1]).toMatchObject(
      {
        closed: [{ realizedPnl: 10_000, conversionCost: 0 }],
      },
    );
  });

  it('rounds the result once for each lot', () => {
    const exchange = openExchange();
    quoteAt(exchange, 'EUR_USD', 110_000, 110_010);
    trade(exchange, 'EUR_USD', 'buy', 1);
    trade(exchange, 'EUR_USD', 'buy', 1);
    quoteAt(exchange, 'EUR_USD', 110_015, 110_025);

    // 5 points on one unit are half a ten-thousandth, which is booked as one.
    expect(trade(exchange, 'EUR_USD', 'sell', 2)[1]).toMatchObject({
      closed: [{ realizedPnl: 1 }, { realizedPnl: 1 }],
      balance: 100_000_002,
    });
  });

  it('charges a commission at either end', () => {
    // 35 dollars a million.
    const exchange = openExchange('USD', { commissionPerMillion: 350_000 });
    quoteAt(exchange, 'EUR_USD', 110_000, 110_000);

    expect(trade(exchange, 'EUR_USD', 'buy', 1_001)[1]).toMatchObject({
      commission: 350,
      balance: 100_000_000 - 350,
    });
    expect(trade(exchange, 'EUR_USD', 'sell', 1_001)[1]).toMatchObject({
      commission: 350,
      balance: 100_000_000 - 700,
    });
  });

  it('states what slippage cost', () => {
    const exchange = openExchange('USD', { slippagePoints: 4 });
    quoteAt(exchange, 'EUR_USD', 110_000, 110_010);

    expect(trade(exchange, 'EUR_USD', 'buy', 1_000)[1]).toMatchObject({ price: 110_014, slippageCost: 400 });
  });
});

describe('the snapshot', () => {
  it('shows balance, open result and margin', () => {
    const exchange = openExchange();
    quoteAt(exchange, 'EUR_USD', 110_000, 110_010);
    trade(exchange, 'EUR_USD', 'buy', 10_000);
    quoteAt(exchange, 'EUR_USD', 110_100, 110_120);

    // Margin: 10,000 × 1.1011 × 0.0333 = 366.6663 dollars.
    expect(exchange.snapshot()).toEqual({
      at: MONDAY_NOON,
      balance: 100_000_000,
      unrealizedPnl: 90_000,
      nav: 100_090_000,
      marginUsed: 3_666_663,
      marginAvailable: 100_090_000 - 3_666_663,
      isMarginCalled: false,
      marginCloseoutPercent: 1_832,
      lastTransactionId: 4,
    });
    expect(exchange.equity).toBe(100_090_000);
  });

  it('never shows less than no margin available', () => {
    const exchange = openExchange();
    quoteAt(exchange, 'EUR_USD', 110_000, 110_010);
    trade(exchange, 'EUR_USD', 'buy', 200_000);
    quoteAt(exchange, 'EUR_USD', 108_000, 108_010);

    expect(exchange.snapshot()).toMatchObject({ nav: 100_000_000 - 40_200_000, marginAvailable: 0 });
  });
});
