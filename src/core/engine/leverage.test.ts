/** The account's leverage: a margin rate of its own that risk gate and exchange hold every instrument to. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { DEFAULT_COSTS } from '../simulation/costs.ts';
import { Exchange } from '../simulation/exchange.ts';

const TWENTY_TO_ONE = 0.05;
const PRICE = { ask: 110_000 };

/** 10,000 dollars, and EUR_USD without a spread at 1.10000. */
function account(): LockStep {
  const lockStep = new LockStep();
  lockStep.quote(110_000, PRICE);
  return lockStep;
}

describe('the leverage of an account', () => {
  it('raises what a position binds, for gate and exchange alike', () => {
    const lockStep = account();
    lockStep.order({ side: 'buy', units: 10_000 });
    expect(lockStep.engine.snapshot().marginUsed).toBe(3_663_000);

    expect(lockStep.setMarginRate(TWENTY_TO_ONE)).toBe(true);

    expect(lockStep.engine.snapshot()).toEqual(lockStep.exchange.snapshot());
    expect(lockStep.engine.snapshot().marginUsed).toBe(5_500_000);
  });

  it('lowers no margin rate of an instrument', () => {
    const lockStep = account();
    lockStep.order({ side: 'buy', units: 10_000 });

    lockStep.setMarginRate(0.01);

    expect(lockStep.engine.snapshot().marginUsed).toBe(3_663_000);
  });

  it('denies the order that it makes too large', () => {
    const lockStep = account();
    lockStep.setMarginRate(TWENTY_TO_ONE);

    // 10,000 dollars at 20 to 1 are 181,818 euros.
    expect(lockStep.order({ side: 'buy', units: 181_819 })).toEqual(['insufficient-margin']);
    expect(lockStep.order({ side: 'buy', units: 181_818 })).toEqual(['order-created', 'order-filled']);
  });

  it('is refused where it would close positions out', () => {
    const lockStep = account();
    lockStep.order({ side: 'buy', units: 181_818 });

    // Margin used reaches twice the equity at a rate of 0.1.
    expect(lockStep.setMarginRate(0.1000002)).toBe(false);
    expect(lockStep.engine.snapshot().marginUsed).toBe(66_599_933);
    expect(lockStep.setMarginRate(0.0999)).toBe(true);
    lockStep.quote(110_000, PRICE);
    expect(lockStep.positions).toEqual(['long 181818']);
  });

  it('closes out where the price then reaches it', () => {
    const lockStep = account();
    lockStep.order({ side: 'buy', units: 181_818 });
    lockStep.setMarginRate(0.0999);

    lockStep.quote(109_900, { ask: 109_900 });

    expect(lockStep.positions).toEqual([]);
  });

  it('can be taken back', () => {
    const lockStep = account();
    lockStep.setMarginRate(TWENTY_TO_ONE);
    lockStep.setMarginRate(0);

    expect(lockStep.order({ side: 'buy', units: 250_000 })).toEqual(['order-created', 'order-filled']);
  });

  it('is in the log: an exchange that replays it binds the same', () => {
    const options = { currency: 'USD', costs: DEFAULT_COSTS, hedging: false } as const;
    const at = Date.UTC(2024, 2, 5, 12);
    const quote = { instrument: 'EUR_USD', at, bid: 110_000, ask: 110_000 };
    const exchange = new Exchange(options);
    const log = [...exchange.openAccount(100_000_000, at, TWENTY_TO_ONE), ...exchange.onQuote(quote)];
    const terms = { instrument: 'EUR_USD', orderType: 'market', side: 'buy', timeInForce: 'FOK' } as const;
    log.push(...exchange.submitOrder({ id: 'a', terms: { ...terms, units: 1_000 }, decidedAt: at }));

    const replayed = new Exchange(options);
    replayed.replay(log);
    replayed.onQuote(quote);

    expect(replayed.snapshot()).toEqual(exchange.snapshot());
    expect(replayed.snapshot().marginUsed).toBe(550_000);
  });
});
