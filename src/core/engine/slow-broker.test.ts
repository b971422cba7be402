/** What holds while requests and answers are on their way, in whatever order they arrive. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayedAccount } from '../backtest/testing/delayed-account.ts';
import { sumUnits } from '../domain/units.ts';
import type { OrderTerms } from '../domain/order.ts';

const CEILING = 100_000;

type Placed = Pick<OrderTerms, 'side' | 'units'> & Partial<OrderTerms>;

function place(account: DelayedAccount, terms: Placed, protects?: number): void {
  const isAtMarket = terms.price === undefined;
  const request = {
    id: account.newId(),
    terms: {
      instrument: 'EUR_USD',
      orderType: isAtMarket ? 'market' : 'limit',
      timeInForce: isAtMarket ? 'FOK' : 'GTC',
      ...terms,
    } as const,
    protects,
    decidedAt: account.engine.at,
  };
  account.ask({ type: 'order-requested', request });
}

function closeOldest(account: DelayedAccount): void {
  const [brokerPositionId] = account.engine.ledger.openPositions.keys();
  if (brokerPositionId === undefined) return;
  const request = { id: account.newId(), brokerPositionId, decidedAt: account.engine.at };
  account.ask({ type: 'close-requested', request });
}

describe('the position ceiling', () => {
  it('holds when the stop of the other side fills before the order that turns the position round', () => {
    const account = new DelayedAccount({ limits: { maxPositionUnits: CEILING } });
    account.quote(110_000);
    place(account, { side: 'buy', units: 10_211, stopLoss: 109_900 });
    account.settle();

    place(account, { side: 'sell', units: 110_211 });
    account.quote(109_800);
    account.settle();

    expect(account.codes).toEqual(['position-units-exceeded']);
    expect(account.positions).toEqual([]);
  });

  const side = fc.constantFrom('buy' as const, 'sell' as const);
  const index = fc.nat(9);
  const act = fc.oneof(
    fc.record({
      type: fc.constant('order' as const),
      side,
      units: fc.integer({ min: 20_000, max: 200_000 }),
      away: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined, freq: 2 }),
      stopLossDistance: fc.option(fc.integer({ min: 20, max: 300 }), { nil: undefined }),
    }),
    fc.record({ type: fc.constant('move' as const), points: fc.integer({ min: -400, max: 400 }) }),
    fc.record({ type: fc.constant('close' as const) }),
    fc.record({ type: fc.constant('close elsewhere' as const) }),
    fc.record({ type: fc.constant('arrive' as const), index }),
    fc.record({ type: fc.constant('show' as const) }),
    fc.record({ type: fc.constant('settle' as const) }),
  );

  it.each([true, false])('holds in whatever order requests and answers arrive (hedging %s)', (hedging) => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 80 }), (acts) => {
        const account = new DelayedAccount({ limits: { maxPositionUnits: CEILING }, hedging });
        let bid = 110_000;
        account.quote(bid);
        for (const step of acts) {
          switch (step.type) {
            case 'order': {
              const { away, ...order } = step;
              const price = away === undefined ? undefined : bid + (step.side === 'buy' ? -away : 10 + away);
              place(account, { ...order, price, ...(price !== undefined && { orderType: 'limit' }) });
              break;
            }
            case 'move':
              account.quote((bid += step.points));
              break;
            case 'close':
              closeOldest(account);
              break;
            case 'close elsewhere': {
              const [brokerPositionId] = account.exchange.ledger.openPositions.keys();
              if (brokerPositionId === undefined) break;
              const close = { id: account.newId(), brokerPositionId, decidedAt: account.engine.at };
              account.atBroker((exchange) => exchange.closePosition(close));
              break;
            }
            case 'arrive':
              account.arrive(step.index);
              break;
            case 'show':
              account.show();
              break;
            case 'settle':
              account.settle();
              break;
          }
          expect(sumUnits(account.positions.map(({ openUnits }) => openUnits))).toBeLessThanOrEqual(CEILING);
        }
      }),
      { numRuns: 200 },
    );
  });
});
