import { describe, expect, it } from 'vitest';
import { TestAccount } from './testing/account.ts';
import type { OrderTerms } from '../domain/order.ts';

const BUY: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1_000,
  timeInForce: 'FOK',
};

/** After Tuesday, 5 March 2024. */
const SATURDAY = Date.UTC(2024, 2, 9, 12);

function start(): TestAccount {
  const account = new TestAccount();
  account.quote(0, 110_000);
  return account;
}

const preview = ({ engine }: TestAccount, terms: Partial<OrderTerms> = {}) =>
  engine.preview({ terms: { ...BUY, ...terms } });

describe('a preview', () => {
  it('names all that stops an order on a weekend', () => {
    const account = start();
    account.engine.step({ type: 'clock', at: SATURDAY, pricesAliveAt: 0 });

    const { denials, isMarketOpen } = preview(account);

    expect(isMarketOpen).toBe(false);
    expect(denials.map(({ code }) => code)).toEqual(['market-closed', 'stale-quote']);
  });

  it.each<[string, Partial<OrderTerms>, readonly string[]]>([
    [
      'no more than that the instrument does not exist',
      { instrument: 'EUR_XXX', units: 0 },
      ['instrument-unknown'],
    ],
    ['nothing of a price where there is no quote', { instrument: 'GBP_USD', stopLoss: 1 }, ['no-quote']],
    ['a reason once', { units: 0 }, ['units-invalid']],
    [
      'no wrong side where price and distance contradict each other',
      { stopLoss: 120_000, stopLossDistance: 100 },
      ['price-and-distance'],
    ],
  ])('names %s', (_, terms, codes) => {
    expect(preview(start(), terms).denials.map(({ code }) => code)).toEqual(codes);
  });

  it.each<[string, Partial<OrderTerms>, number]>([
    ['at the ask when it buys', {}, 110_010],
    ['at the bid when it sells', { side: 'sell' }, 110_000],
    ['at its price where a limit waits', { orderType: 'limit', price: 109_000 }, 109_000],
    ['at the market where a limit is beyond it', { orderType: 'limit', price: 110_500 }, 110_010],
    ['at its price where a stop waits', { orderType: 'stop', price: 110_500 }, 110_500],
    ['at the market where a stop is passed', { orderType: 'stop', price: 109_000 }, 110_010],
  ])('fills %s', (_, terms, price) => {
    const timeInForce = terms.orderType === undefined ? 'FOK' : 'GTC';

    expect(preview(start(), { timeInForce, ...terms }).fill?.price).toBe(price);
  });

  it('takes the nearer of stop loss and trailing distance for the loss at the stop', () => {
    const account = start();

    expect(preview(account).lossAtStop).toBeUndefined();
    // 1,000 units lose 200, then 100 points
    expect(preview(account, { stopLossDistance: 200 }).lossAtStop).toBe(20_000);
    expect(preview(account, { stopLossDistance: 200, trailingDistance: 100 }).lossAtStop).toBe(10_000);
  });

  it('needs nothing for an order that only reduces, and says when there is nothing to reduce', () => {
    const { denials, margin, ceilings } = preview(start(), { side: 'sell', positionFill: 'REDUCE_ONLY' });

    expect(denials.map(({ code }) => code)).toEqual(['position-unknown']);
    expect(margin?.needed).toBe(0);
    expect(ceilings).toEqual([]);
  });

  it('has no effects', () => {
    const account = start();
    const before = account.engine.saveState();

    preview(account);

    expect(account.engine.saveState()).toEqual(before);
    expect(account.quote(1, 110_000)).toEqual([]);
  });
});
