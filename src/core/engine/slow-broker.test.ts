/** What holds while requests and answers are on their way, in whatever order they arrive. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayedAccount } from '../backtest/testing/delayed-account.ts';
import { sumUnits } from '../domain/units.ts';
import { closingSide } from '../domain/position.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';

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

/** The market reaches a stop that never arrived, and the close in its place is refused. */
const REFUSED_CLOSE = [
  { type: 'open', side: 'buy' },
  { type: 'arrive and show', index: 0 },
  { type: 'order', away: 1, index: 0 },
  { type: 'move', points: -1 },
  { type: 'lose', index: 0 },
  { type: 'move', points: 0 },
  { type: 'lose', index: 0 },
] as const;

describe('a stop loss that was asked for', () => {
  const index = fc.nat(9);
  const act = fc.oneof(
    fc.record({ type: fc.constant('open' as const), side: fc.constantFrom('buy' as const, 'sell' as const) }),
    fc.record({ type: fc.constant('arrive and show' as const), index }),
    fc.record({ type: fc.constantFrom('change' as const, 'order' as const), away: fc.nat(400), index }),
    fc.record({ type: fc.constant('close part' as const), units: fc.integer({ min: 1, max: 9_999 }), index }),
    fc.record({ type: fc.constant('move' as const), points: fc.integer({ min: -60, max: 60 }) }),
    fc.record({ type: fc.constantFrom('arrive' as const, 'lose' as const), index }),
    fc.record({ type: fc.constant('show' as const) }),
  );

  it('protects its position in the end, or the position is closed, whatever was rejected or lost', () => {
    let protectedCount = 0;
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 60 }), (acts) => {
        const account = new DelayedAccount({ hedging: true });
        const wanted = new Set<number>();
        let bid = 110_000;
        account.quote(bid);
        for (const step of acts) {
          const open = [...account.engine.ledger.openPositions.values()];
          const position = 'index' in step ? open[step.index % Math.max(open.length, 1)] : undefined;
          if (step.type === 'open') place(account, { side: step.side, units: 10_000 });
          else if (step.type === 'move') account.quote((bid += step.points));
          else if (step.type === 'arrive') account.arrive(step.index);
          else if (step.type === 'lose') account.lose(step.index);
          else if (step.type === 'show') account.show();
          else if (step.type === 'arrive and show') {
            account.arrive(step.index);
            account.show();
          } else if (position && step.type === 'close part')
            account.ask({
              type: 'close-requested',
              request: { ...position, id: account.newId(), units: step.units, decidedAt: 0 },
            });
          else if (position && (step.type === 'change' || step.type === 'order')) {
            const level = position.side === 'long' ? bid - step.away : bid + 10 + step.away;
            const deniedCount = account.codes.length;
            protect(account, position, step.type, level);
            if (account.codes.length === deniedCount) wanted.add(position.brokerPositionId);
          }
        }
        for (let round = 0; round < 4; round += 1) {
          account.settle();
          account.quote(bid, 10_000);
        }
        account.settle();
        for (const { brokerPositionId, stopLoss } of account.positions) {
          if (!wanted.has(brokerPositionId)) continue;
          protectedCount += 1;
          expect(stopLoss, `the stop loss of position ${brokerPositionId}`).toBeDefined();
        }
      }),
      { numRuns: 300, examples: [[[...REFUSED_CLOSE]]] },
    );
    expect(protectedCount, 'the histories protect positions').toBeGreaterThan(100);
  });
});

function protect(
  account: DelayedAccount,
  { brokerPositionId, side }: Position,
  by: 'change' | 'order',
  stopLoss: number,
): void {
  const decidedAt = account.engine.at;
  if (by === 'change') {
    account.ask({ type: 'protection-requested', request: { brokerPositionId, stopLoss, decidedAt } });
    return;
  }
  const terms = { orderType: 'stop_loss', side: closingSide(side), units: 1, price: stopLoss } as const;
  place(account, terms, brokerPositionId);
}
