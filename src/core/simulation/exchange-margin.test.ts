/** Margin: orders that are too large, and the closeout. */

import { describe, expect, it } from 'vitest';
import { Exchange } from './exchange.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const COSTS = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005, financing: false };

/** An account of 100 dollars that sees EUR_USD at 1.10000/1.10010: 1000 units bind 36.63 dollars, and their spread takes 0.10. */
function openExchange(hedging = false): Exchange {
  const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging });
  exchange.openAccount(1_000_000, MONDAY_NOON);
  quoteAt(exchange, 110_000, 110_010);
  return exchange;
}

function quoteAt(
  exchange: Exchange,
  bid: number,
  ask: number,
  instrument = 'EUR_USD',
): readonly Transaction[] {
  return exchange.onQuote({ instrument, at: MONDAY_NOON, bid, ask });
}

const trade = (
  exchange: Exchange,
  side: OrderSide,
  units: number,
  instrument = 'EUR_USD',
): readonly Transaction[] =>
  exchange.submitOrder({
    id: 'a',
    decidedAt: MONDAY_NOON,
    terms: { instrument, orderType: 'market', side, units, timeInForce: 'FOK' },
  });

const openUnits = (exchange: Exchange): readonly number[] =>
  [...exchange.ledger.openPositions.values()].map((position) => position.openUnits);

describe('an order that opens', () => {
  it('is cancelled when it needs more margin than there is', () => {
    const exchange = openExchange();

    expect(trade(exchange, 'buy', 2_723)).toMatchObject([
      { type: 'order-created' },
      { type: 'order-cancelled', reason: 'insufficient-margin' },
    ]);
    expect(trade(exchange, 'buy', 2_722)[1]).toMatchObject({ type: 'order-filled' });
  });

  it('needs its commission as well', () => {
    // A cent for 1000 units, so that one unit less fits.
    const costs = { ...COSTS, commissionPerMillion: 100_000 };
    const exchange = new Exchange({ currency: 'USD', costs, hedging: false });
    exchange.openAccount(1_000_000, MONDAY_NOON);
    quoteAt(exchange, 110_000, 110_010);

    expect(trade(exchange, 'buy', 2_722)[1]).toMatchObject({ reason: 'insufficient-margin' });
    expect(trade(exchange, 'buy', 2_721)[1]).toMatchObject({ type: 'order-filled' });
  });

  it('counts what others have bound, and the open result', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 1_500);
    expect(trade(exchange, 'buy', 1_230)[1]).toMatchObject({ reason: 'insufficient-margin' });

    quoteAt(exchange, 110_500, 110_510);

    expect(trade(exchange, 'buy', 1_230)[1]).toMatchObject({ type: 'order-filled' });
  });

  it('may turn the account round when only the difference needs margin', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 2_000);

    expect(trade(exchange, 'sell', 4_000)[1]).toMatchObject({ type: 'order-filled', openedUnits: 2_000 });
    expect(trade(exchange, 'buy', 5_000)[1]).toMatchObject({ reason: 'insufficient-margin' });
  });

  it('always passes when it reduces', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 2_700);
    quoteAt(exchange, 108_500, 108_510);
    expect(exchange.snapshot().marginAvailable).toBe(0);

    expect(trade(exchange, 'sell', 100)[1]).toMatchObject({ type: 'order-filled' });
    expect(trade(exchange, 'buy', 1)[1]).toMatchObject({ reason: 'insufficient-margin' });
  });

  it('is free on the smaller side of a hedged instrument', () => {
    const exchange = openExchange(true);
    trade(exchange, 'buy', 2_700);

    expect(trade(exchange, 'sell', 2_700)[1]).toMatchObject({ type: 'order-filled' });
    expect(trade(exchange, 'sell', 100)[1]).toMatchObject({ reason: 'insufficient-margin' });
  });
});

describe("the account's own margin rate", () => {
  /** 100 dollars, and 2,000 of USD_JPY bought and valued at one price: at a rate of 0.05 they bind all of it, exactly. */
  function boundWhole(): { readonly exchange: Exchange; readonly log: readonly Transaction[] } {
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    const log = [...exchange.openAccount(1_000_000, MONDAY_NOON)];
    quoteAt(exchange, 150_000, 150_000, 'USD_JPY');
    log.push(...(exchange.setMarginRate(0.05, MONDAY_NOON) ?? []));
    log.push(...trade(exchange, 'buy', 2_000, 'USD_JPY'));
    expect(exchange.snapshot()).toMatchObject({ nav: 1_000_000, marginUsed: 1_000_000 });
    return { exchange, log };
  }

  it('makes the call due where the margin is exactly the equity, and the closeout where it is twice that', () => {
    const { exchange } = boundWhole();

    expect(quoteAt(exchange, 150_000, 150_000, 'USD_JPY')).toMatchObject([{ state: 'entered' }]);
    exchange.transferFunds(-500_000, MONDAY_NOON);
    expect(quoteAt(exchange, 150_000, 150_000, 'USD_JPY')).toMatchObject([
      { type: 'order-created', reason: 'margin-closeout' },
      { type: 'order-filled' },
      { state: 'exited' },
    ]);
  });

  it('is not set where that would close positions out, and nothing changes', () => {
    const { exchange } = boundWhole();

    expect(exchange.setMarginRate(0.1, MONDAY_NOON)).toBeUndefined();
    expect(exchange.snapshot()).toMatchObject({ marginUsed: 1_000_000 });
    expect(exchange.setMarginRate(0.0999, MONDAY_NOON)).toMatchObject([{ type: 'account-configured' }]);
    expect(exchange.snapshot()).toMatchObject({ marginUsed: 1_998_000 });
  });

  it('is not set while a price is missing that would show whether it may be', () => {
    const { log } = boundWhole();
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    exchange.replay(log);

    expect(exchange.setMarginRate(0.04, MONDAY_NOON)).toBeUndefined();
    quoteAt(exchange, 150_000, 150_000, 'USD_JPY');
    expect(exchange.setMarginRate(0.04, MONDAY_NOON)).toMatchObject([{ marginRate: 0.04 }]);
  });
});

describe('the margin closeout', () => {
  it('comes exactly when half the margin used is more than equity at the middle price', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 2_700);
    // 2 × (100 + 2700 × (1.08107 − 1.1001)) = 97.238 dollars against a margin of 97.199; a point lower 97.184 against 97.198.
    expect(quoteAt(exchange, 108_102, 108_112)).toMatchObject([{ type: 'margin-call-changed', id: 5 }]);

    expect(quoteAt(exchange, 108_101, 108_111)).toMatchObject([
      {
        type: 'order-created',
        id: 6,
        batchId: 6,
        reason: 'margin-closeout',
        brokerPositionId: 4,
        terms: { instrument: 'EUR_USD', orderType: 'market', side: 'sell', units: 2_700, timeInForce: 'FOK' },
      },
      {
        type: 'order-filled',
        id: 7,
        batchId: 6,
        reason: 'margin_closeout',
        price: 108_101,
        closed: [{ brokerPositionId: 4 }],
      },
      { type: 'margin-call-changed', id: 8, batchId: 8, state: 'exited' },
    ]);
    expect(exchange.ledger.openPositions.size).toBe(0);
  });

  it('looks at the middle price, so that a wide spread alone closes nothing', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 2_700);

    expect(quoteAt(exchange, 107_000, 113_000)).toEqual([]);
  });

  it('fills resting orders first', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 2_700);
    exchange.changeProtection({ brokerPositionId: 4, stopLoss: 109_000, decidedAt: MONDAY_NOON });

    expect(quoteAt(exchange, 105_000, 105_010)).toMatchObject([
      { type: 'order-filled', reason: 'stop_loss' },
    ]);
  });

  it('closes the largest loss first, with what protects it, and leaves entry orders', () => {
    const exchange = openExchange();
    quoteAt(exchange, 125_000, 125_010, 'GBP_USD');
    trade(exchange, 'buy', 500);
    trade(exchange, 'buy', 1_500);
    trade(exchange, 'sell', 300, 'GBP_USD');
    exchange.changeProtection({ brokerPositionId: 6, takeProfit: 120_000, decidedAt: MONDAY_NOON });
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'limit',
      side: 'buy',
      units: 1,
      price: 90_000,
      timeInForce: 'GTC',
    } as const;
    exchange.submitOrder({ id: 'entry', decidedAt: MONDAY_NOON, terms });

    const transactions = quoteAt(exchange, 105_000, 105_010);

    expect(
      transactions.flatMap((transaction) => (transaction.type === 'order-filled' ? [transaction] : [])),
    ).toMatchObject([
      { closed: [{ brokerPositionId: 6 }] },
      { closed: [{ brokerPositionId: 4 }] },
      { closed: [{ brokerPositionId: 8 }] },
    ]);
    expect(transactions.find(({ type }) => type === 'order-cancelled')).toMatchObject({
      orderId: 9,
      reason: 'linked-position-closed',
    });
    expect([...exchange.ledger.openOrders.values()].map(({ clientOrderId }) => clientOrderId)).toEqual([
      'entry',
    ]);
  });

  it('comes when another price makes the conversion worse', () => {
    const exchange = new Exchange({ currency: 'GBP', costs: COSTS, hedging: false });
    exchange.openAccount(1_000_000, MONDAY_NOON);
    quoteAt(exchange, 125_000, 125_000, 'GBP_USD');
    quoteAt(exchange, 110_000, 110_000);
    trade(exchange, 'buy', 3_400);
    // A loss of 63 dollars is 50 pounds: what is left is just enough for the margin of 98 pounds.
    expect(quoteAt(exchange, 108_150, 108_150)).toMatchObject([{ state: 'entered' }]);

    expect(quoteAt(exchange, 120_000, 120_000, 'GBP_USD')).toMatchObject([
      { type: 'order-created', reason: 'margin-closeout' },
      { type: 'order-filled', reason: 'margin_closeout', instrument: 'EUR_USD' },
      { type: 'margin-call-changed', state: 'exited' },
    ]);
  });

  it('comes when a first price makes another conversion the more direct one', () => {
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    exchange.openAccount(1_000_000, MONDAY_NOON);
    quoteAt(exchange, 110_000, 110_000);
    quoteAt(exchange, 86_000, 86_000, 'EUR_GBP');
    // An order rests where no price is known yet.
    const terms = {
      instrument: 'GBP_USD',
      orderType: 'limit',
      side: 'buy',
      units: 1,
      price: 1,
      timeInForce: 'GTC',
    } as const;
    exchange.submitOrder({ id: 'rests', decidedAt: MONDAY_NOON, terms });
    trade(exchange, 'buy', 2_600, 'EUR_GBP');
    // 20 pounds lost are 25.9 dollars by way of euros, but 40 dollars by GBP_USD, which doubles the margin, too.
    expect(quoteAt(exchange, 85_230, 85_230, 'EUR_GBP')).toMatchObject([{ state: 'entered' }]);

    expect(quoteAt(exchange, 200_000, 200_000, 'GBP_USD')).toMatchObject([
      { type: 'order-created', reason: 'margin-closeout' },
      { type: 'order-filled', instrument: 'EUR_GBP' },
      { type: 'margin-call-changed', state: 'exited' },
    ]);
  });

  it('comes when an unchanged price makes another conversion the fresher one', () => {
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    exchange.openAccount(1_000_000, MONDAY_NOON);
    const quote = (instrument: string, bid: number, afterMs: number): readonly Transaction[] =>
      exchange.onQuote({ instrument, at: MONDAY_NOON + afterMs, bid, ask: bid });
    // A pound is 1.25 dollars by its own price, and 3 by those of the euro: the more direct one counts while it is as fresh.
    quote('GBP_USD', 125_000, 0);
    quote('EUR_USD', 264_000, 0);
    quote('EUR_GBP', 88_000, 0);
    trade(exchange, 'buy', 2_000, 'EUR_GBP');
    quote('EUR_GBP', 86_000, 1);
    expect(quote('EUR_GBP', 86_000, 10_000)).toEqual([]);

    expect(quote('EUR_USD', 264_000, 10_000).slice(0, 2)).toMatchObject([
      { type: 'order-created', reason: 'margin-closeout' },
      { type: 'order-filled', reason: 'margin_closeout' },
    ]);
  });

  it('comes with the next quote when money was taken out', () => {
    const exchange = openExchange();
    trade(exchange, 'buy', 1_000);
    expect(quoteAt(exchange, 110_000, 110_010)).toEqual([]);

    exchange.transferFunds(-900_000, MONDAY_NOON);

    expect(quoteAt(exchange, 110_000, 110_010)).toHaveLength(2);
  });

  it('waits, after a restart, until every price is known', () => {
    const exchange = openExchange();
    quoteAt(exchange, 125_000, 125_010, 'GBP_USD');
    const log = [
      ...new Exchange({ currency: 'USD', costs: COSTS, hedging: false }).openAccount(1_000_000, MONDAY_NOON),
      ...trade(exchange, 'buy', 1_000),
      ...trade(exchange, 'buy', 1_000, 'GBP_USD'),
    ];
    const restarted = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    restarted.replay(log);

    expect(quoteAt(restarted, 100_000, 100_010)).toEqual([]);
    expect(openUnits(restarted)).toEqual([1_000, 1_000]);
    expect(quoteAt(restarted, 125_000, 125_010, 'GBP_USD')).toHaveLength(4);
  });

  it('leaves the prices of a closed market out of account, also when it opens', () => {
    const friday = Date.UTC(2024, 0, 12, 21);
    const sunday = Date.UTC(2024, 0, 14, 22, 3);
    const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
    exchange.openAccount(1_000_000, friday);
    exchange.onQuote({ instrument: 'EUR_USD', at: friday, bid: 110_000, ask: 110_010 });
    exchange.onQuote({ instrument: 'GBP_USD', at: friday, bid: 125_000, ask: 125_010 });
    trade(exchange, 'buy', 1_000);
    trade(exchange, 'buy', 1_000, 'GBP_USD');
    exchange.onQuote({ instrument: 'GBP_USD', at: friday, bid: 125_000, ask: 125_010 });
    exchange.onQuote({ instrument: 'EUR_USD', at: sunday - 1, bid: 90_000, ask: 90_010 });

    const gbpUsd = { instrument: 'GBP_USD', at: sunday, bid: 125_000, ask: 125_010 };
    expect(exchange.onQuote(gbpUsd)).toEqual([]);

    const transactions = exchange.onQuote({ instrument: 'EUR_USD', at: sunday, bid: 90_000, ask: 90_010 });
    expect(transactions.map(({ type }) => type)).toEqual([
      'order-created',
      'order-filled',
      'order-created',
      'order-filled',
    ]);
  });

  it.each([false, true])(
    'looks at what changed in closed hours when the market opens (a quote in between: %s)',
    (hasQuote) => {
      const [friday, sunday] = [Date.UTC(2024, 0, 12, 21), Date.UTC(2024, 0, 14, 22, 3)];
      const exchange = new Exchange({ currency: 'USD', costs: COSTS, hedging: false });
      exchange.openAccount(1_000_000, friday);
      exchange.onQuote({ instrument: 'EUR_USD', at: friday, bid: 110_000, ask: 110_010 });
      trade(exchange, 'buy', 1_000);
      exchange.onQuote({ instrument: 'EUR_USD', at: friday, bid: 110_000, ask: 110_010 });
      exchange.transferFunds(-900_000, sunday - 2);
      if (hasQuote) exchange.onQuote({ instrument: 'EUR_USD', at: sunday - 1, bid: 110_000, ask: 110_010 });

      const transactions = exchange.onQuote({
        instrument: 'EUR_USD',
        at: sunday,
        bid: 110_000,
        ask: 110_010,
      });

      expect(transactions).toMatchObject([
        { type: 'order-created', reason: 'margin-closeout' },
        { type: 'order-filled', reason: 'margin_closeout' },
      ]);
    },
  );
});
