/** What keeps an instrument from trading besides its hours: a halt, or a side of the market on which no one trades. */

import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { OrderSide, OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const NONE = { isHalted: false, hasNoBid: false, hasNoAsk: false };

let exchange: Exchange;
let ids = 0;

beforeEach(() => {
  exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: false });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  quote(110_000);
});

function quote(bid: number): readonly Transaction[] {
  return exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid, ask: bid + 10 });
}

/** Returns the last transaction that an order led to. */
function order(side: OrderSide, terms: Partial<OrderTerms> = {}): Transaction | undefined {
  const market = {
    instrument: 'EUR_USD',
    orderType: 'market',
    side,
    units: 1_000,
    timeInForce: 'FOK',
  } as const;
  const request = { id: `o${(ids += 1)}`, terms: { ...market, ...terms }, decidedAt: MONDAY_NOON };
  return exchange.submitOrder(request).at(-1);
}

describe('an instrument that is halted', () => {
  it('fills nothing, and its quotes value nothing, until a quote after the halt', () => {
    order('buy');
    order('buy', { orderType: 'limit', price: 109_500, timeInForce: 'GTC' });
    const { nav } = exchange.snapshot();
    exchange.restrictMarket('EUR_USD', { ...NONE, isHalted: true });

    expect(exchange.isTradable('EUR_USD')).toBe(false);
    expect(order('buy')).toMatchObject({ type: 'order-cancelled', reason: 'market-halted' });
    expect(quote(109_400)).toEqual([]);
    expect(exchange.snapshot().nav).toBe(nav);

    exchange.restrictMarket('EUR_USD', NONE);
    expect(quote(109_400)).toMatchObject([{ type: 'order-filled', reason: 'limit' }]);
  });

  it('leaves others alone', () => {
    exchange.restrictMarket('GBP_USD', { ...NONE, isHalted: true });

    expect(order('buy')).toMatchObject({ type: 'order-filled' });
  });
});

describe.each([
  ['no one asks', { hasNoAsk: true }, 'buy', 'sell'],
  ['no one bids', { hasNoBid: true }, 'sell', 'buy'],
] as const)('a market where %s', (_case, empty, refused, taken) => {
  it('opens nothing on that side, and closes on it', () => {
    exchange.restrictMarket('EUR_USD', { ...NONE, ...empty });

    expect(order(refused)).toMatchObject({ type: 'order-cancelled', reason: 'no-liquidity' });
    expect(order(taken)).toMatchObject({ type: 'order-filled', openedUnits: 1_000 });
    expect(order(refused)).toMatchObject({ type: 'order-filled', openedUnits: 0 });
  });
});
