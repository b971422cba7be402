/** What very many open lots cost, counted in looks at a lot and not in time: quotes come without end, fills are few. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from '../simulation/costs.ts';
import { Engine } from '../engine/engine.ts';
import { Exchange } from '../simulation/exchange.ts';
import { NOTHING_BOOKED } from '../domain/testing/nothing-booked.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { AccountAdopted, AdoptedPosition } from '../domain/transaction.ts';

const TUESDAY_NOON = Date.UTC(2024, 0, 9, 12);
const LOTS = 500;
const BID = 110_000;

/** Long lots of EUR_USD that count how often their instrument or their units are read. */
class CountedLots {
  looks = 0;
  readonly adopted: AccountAdopted;

  constructor(count: number) {
    const positions = Array.from({ length: count }, (_, index) => this.#lot(index + 1));
    const head = { id: count, batchId: count, at: TUESDAY_NOON } as const;
    this.adopted = {
      ...head,
      type: 'account-adopted',
      currency: 'USD',
      balance: 1_000_000_0000,
      positions,
      orders: [],
    };
  }

  /** Returns how many looks at lots an action takes. */
  looksOf(action: () => unknown): number {
    const before = this.looks;
    action();
    return this.looks - before;
  }

  #lot(brokerPositionId: number): AdoptedPosition {
    const look = (): void => {
      this.looks += 1;
    };
    return {
      brokerPositionId,
      side: 'long',
      initialUnits: 100,
      entryPrice: BID,
      ...NOTHING_BOOKED,
      openedAt: TUESDAY_NOON,
      get instrument() {
        look();
        return 'EUR_USD';
      },
      get openUnits() {
        look();
        return 100;
      },
    };
  }
}

function quoteAt(second: number, bid: number) {
  return { instrument: 'EUR_USD', at: TUESDAY_NOON + second * 1_000, bid, ask: bid + 10 };
}

function exchangeWith(lots: CountedLots): Exchange {
  const exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging: false });
  exchange.replay([lots.adopted]);
  exchange.onQuote(quoteAt(0, BID));
  return exchange;
}

function engineWith(lots: CountedLots, limits: RiskLimits): Engine {
  const engine = new Engine({
    currency: 'USD',
    limits,
    conversionMarkup: 0,
    hedging: false,
    newId: () => 'a',
  });
  engine.absorb([lots.adopted]);
  engine.step({ type: 'quote', quote: quoteAt(0, BID) });
  return engine;
}

describe('a quote', () => {
  it('makes the exchange look at no lot, while the margin is not near', () => {
    const lots = new CountedLots(LOTS);
    const exchange = exchangeWith(lots);
    exchange.submitOrder({
      id: 'o',
      terms: {
        instrument: 'EUR_USD',
        orderType: 'trailing_stop',
        side: 'sell',
        units: 1,
        trailingDistance: 500,
        timeInForce: 'GTC',
      },
      protects: LOTS,
      decidedAt: TUESDAY_NOON + 1_000,
    });
    exchange.onQuote(quoteAt(2, BID));
    // The trailing stop follows each of them, so that none is passed over.
    const looks = lots.looksOf(() => {
      for (let second = 3; second < 100; second += 1) exchange.onQuote(quoteAt(second, BID + second * 5));
    });
    expect(looks).toBe(0);
    expect(exchange.saveState().trailingLevels).toMatchObject([{ level: BID + 99 * 5 - 500 }]);
  });

  it.each<[string, RiskLimits]>([
    ['no limit', {}],
    ['limits on losses', { maxDailyLoss: 500_000_0000, maxWeeklyLoss: 500_000_0000 }],
    ['a target', { profitTarget: { equity: 2_000_000_0000, positions: 'close' } }],
  ])('makes an engine with %s look at no lot', (_, limits) => {
    const lots = new CountedLots(LOTS);
    const engine = engineWith(lots, limits);
    const looks = lots.looksOf(() => {
      for (let second = 1; second < 100; second += 1)
        engine.step({ type: 'quote', quote: quoteAt(second, BID + (second % 7)) });
    });
    expect(looks).toBe(0);
    expect(engine.isHalted).toBe(false);
  });
});

describe('closing one lot', () => {
  it.each([LOTS, 2 * LOTS])(
    'of %i looks at each a few times, and at none for each of the others',
    (count) => {
      const lots = new CountedLots(count);
      const exchange = exchangeWith(lots);
      const looks = lots.looksOf(() =>
        exchange.closePosition({ id: 'c', brokerPositionId: 7, decidedAt: TUESDAY_NOON + 1_000 }),
      );
      expect(exchange.ledger.openPositions.size).toBe(count - 1);
      expect(looks).toBeGreaterThan(0);
      expect(looks).toBeLessThan(5 * count);
    },
  );
});
