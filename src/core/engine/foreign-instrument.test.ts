/** An account has the instruments of its broker: the name of any other is answered, and never ends the engine. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { Instruments } from '../domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { DEFAULT_COSTS } from '../simulation/costs.ts';
import { Exchange } from '../simulation/exchange.ts';
import { only, TestAccount } from './testing/account.ts';
import type { OrderTerms } from '../domain/order.ts';

const EURO_ONLY = new Instruments([PAPER_INSTRUMENTS.named('EUR_USD')]);

const BUY: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1,
  timeInForce: 'FOK',
};

describe('an engine', () => {
  it('denies an order in an instrument that the account does not have, and takes no price of it', () => {
    const account = new LockStep({ instruments: EURO_ONLY });
    account.quote(110_000);
    account.quote(2_400_000, { instrument: 'XAU_USD', ask: 2_400_350 });

    expect(account.order({ instrument: 'XAU_USD', side: 'buy', units: 1 })).toEqual(['instrument-unknown']);
    expect(account.engine.quoteOf('XAU_USD')).toBeUndefined();
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['order-created', 'order-filled']);
  });

  it('denies new exposure while the log holds a position that it cannot value', () => {
    const account = new TestAccount({ instruments: EURO_ONLY });
    const gold = { id: 'g', terms: { ...BUY, instrument: 'XAU_USD' }, decidedAt: 0 };
    account.show(account.log.acceptAndFill(gold, 2_400_000));
    account.quote(1_000, 110_000);

    const request = { id: 'a', terms: BUY, decidedAt: account.engine.at };
    const effects = account.engine.step({ type: 'order-requested', request });

    expect(only(effects, 'deny').map(({ code }) => code)).toEqual(['instrument-unknown']);
  });
});

describe('an instrument that is traded in finer parts of a unit than can be added exactly', () => {
  it('is denied by name', () => {
    const gold = { ...PAPER_INSTRUMENTS.named('XAU_USD'), unitsPrecision: 7 };
    const account = new LockStep({ instruments: new Instruments([gold]) });
    account.quote(2_400_000, { instrument: 'XAU_USD' });

    expect(account.order({ ...BUY, instrument: 'XAU_USD' })).toEqual(['instrument-not-supported']);
  });
});

describe('the most units of a position that the broker states', () => {
  it('hold besides the limit of the account', () => {
    const instruments = new Instruments([
      { ...PAPER_INSTRUMENTS.named('EUR_USD'), maximumPositionUnits: 1_000 },
    ]);
    const account = new LockStep({ instruments, limits: { maxPositionUnits: 5_000 } });
    account.quote(110_000);

    expect(account.order({ side: 'buy', units: 1_001 })).toEqual(['position-units-exceeded']);
    expect(account.order({ side: 'buy', units: 1_000 })).toEqual(['order-created', 'order-filled']);
  });
});

describe('a limit of the spread', () => {
  it.each([
    // A pip of EUR_USD is ten points; with another digit in its prices it is a hundred.
    [5, 25],
    [6, 250],
  ])('is in pips, whatever the points: %s decimals', (pricePrecision, widest) => {
    const euro = { ...PAPER_INSTRUMENTS.named('EUR_USD'), pricePrecision };
    const account = new LockStep({ instruments: new Instruments([euro]), limits: { maxSpreadPoints: 25 } });
    const bid = 11 * 10 ** (pricePrecision - 1);

    account.quote(bid, { ask: bid + widest + 1 });
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['spread-too-wide']);
    account.quote(bid, { ask: bid + widest });
    expect(account.order({ side: 'buy', units: 1 })).toEqual(['order-created', 'order-filled']);
  });
});

describe('an exchange', () => {
  it('rejects an order in an instrument that it does not trade', () => {
    const exchange = new Exchange({
      currency: 'USD',
      costs: DEFAULT_COSTS,
      hedging: false,
      instruments: EURO_ONLY,
    });
    const at = Date.UTC(2024, 2, 5, 12);
    exchange.openAccount(1_000_000, at);
    exchange.onQuote({ instrument: 'XAU_USD', at, bid: 2_400_000, ask: 2_400_350 });
    const terms = { ...BUY, instrument: 'XAU_USD' };

    expect(exchange.submitOrder({ id: 'a', terms, decidedAt: at })).toMatchObject([
      { type: 'order-rejected', reason: 'instrument-unknown' },
    ]);
  });
});
