/** Which prices convert, and what happens when they are old. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { TEN_O_CLOCK } from './testing/account.ts';

const MINUTE = 60_000;
const JPY = { instrument: 'USD_JPY' };

/** A euro account that is long 100,000 USD_JPY, with every price that converts yen: EUR_JPY, or EUR_USD and USD_JPY. */
function startInEuros(): LockStep {
  const account = new LockStep({ currency: 'EUR', conversionMarkup: 0 });
  account.quote(160_000, { instrument: 'EUR_JPY' });
  account.quote(110_000);
  account.quote(145_000, JPY);
  account.order({ ...JPY, side: 'buy', units: 100_000 });
  return account;
}

describe('a conversion', () => {
  it('goes by fresh bridges when the direct pair is stale, on both sides', () => {
    const account = startInEuros();
    const at = TEN_O_CLOCK + 37 * 60 * MINUTE;
    account.quote(110_000, { at });
    account.quote(150_000, { ...JPY, at });

    // The result is 100,000 units by 4.990 yen.
    const expected = Math.round((100_000 * 4.99 * 10_000) / (1.10005 * 150.005));
    expect(account.engine.snapshot().unrealizedPnl).toBe(expected);
    expect(account.exchange.snapshot().unrealizedPnl).toBe(expected);
    expect(account.order({ ...JPY, side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
  });

  it('goes by the direct pair again with its next price', () => {
    const account = startInEuros();
    const at = TEN_O_CLOCK + 60 * MINUTE;
    account.quote(110_000, { at });
    account.quote(150_000, { ...JPY, at });
    account.quote(161_000, { instrument: 'EUR_JPY', at });

    const expected = Math.round((100_000 * 4.99 * 10_000) / 161.005);
    expect(account.engine.snapshot().unrealizedPnl).toBe(expected);
    expect(account.exchange.snapshot().unrealizedPnl).toBe(expected);
  });

  it('is denied by name when all ways are stale, until one of them has new prices', () => {
    const account = new LockStep({ currency: 'EUR' });
    account.quote(160_000, { instrument: 'EUR_JPY' });
    account.quote(110_000);
    const at = TEN_O_CLOCK + MINUTE;
    account.quote(150_000, { ...JPY, at });

    expect(account.order({ ...JPY, side: 'buy', units: 1_000 })).toEqual(['no-conversion-price']);

    account.quote(110_000, { at });
    expect(account.order({ ...JPY, side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
  });

  it('holds as long as the price stream shows life', () => {
    const account = new LockStep({ currency: 'EUR' });
    account.quote(160_000, { instrument: 'EUR_JPY' });
    account.quote(150_000, { ...JPY, at: TEN_O_CLOCK + MINUTE });
    account.clock(TEN_O_CLOCK + MINUTE + 1);

    expect(account.order({ ...JPY, side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
  });
});

describe('an order while the equity is old', () => {
  it('is denied when a position has no fresh price, or none to convert its result by', () => {
    const account = startInEuros();
    const at = TEN_O_CLOCK + MINUTE;

    account.quote(110_000, { at });
    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['stale-quote']);

    account.quote(145_000, { ...JPY, at });
    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
  });
});

describe('the margin closeout', () => {
  it('comes with the quote that makes another way of conversion the fresher one', () => {
    const account = new LockStep({ currency: 'EUR', balance: 50_000_000, conversionMarkup: 0 });
    account.quote(160_000, { instrument: 'EUR_JPY' });
    account.quote(110_000);
    account.quote(145_000, JPY);
    account.order({ ...JPY, side: 'buy', units: 150_000 });
    const at = TEN_O_CLOCK + 10 * MINUTE;
    account.quote(142_100, { ...JPY, at });
    expect(account.positions).toEqual(['long 150000']);

    // EUR_USD has not moved, but with it yen are 156.3 to the euro; by the old price of EUR_JPY they were 160.
    account.quote(110_000, { at });
    expect(account.positions).toEqual([]);
  });
});
