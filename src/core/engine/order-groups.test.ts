/** Groups of orders of which one cancels the others. */

import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Effect } from './effect.ts';

let account: TestAccount;

beforeEach(() => {
  account = new TestAccount();
  account.quote(0, 110_000);
});

/** Asks for an order of 1,000 units that waits, in the group `pair` unless said otherwise. */
function ask(id: string, terms: Partial<OrderTerms> = {}): { request: OrderRequest; effects: Effect[] } {
  const request: OrderRequest = {
    id,
    terms: {
      instrument: 'EUR_USD',
      orderType: 'limit',
      side: 'buy',
      units: 1_000,
      price: 109_000,
      timeInForce: 'GTC',
      ocoGroup: 'pair',
      ...terms,
    },
    decidedAt: TEN_O_CLOCK,
  };
  return { request, effects: [...account.engine.step({ type: 'order-requested', request })] };
}

/** Asks for an order and shows that it rests. */
function rest(id: string, terms: Partial<OrderTerms> = {}): void {
  account.show(account.log.accept(ask(id, terms).request));
}

const restingIds = () => [...account.engine.ledger.openOrders.values()].map(({ orderId }) => orderId);
const cancelled = (effects: readonly Effect[]) =>
  only(effects, 'cancel-order').map(({ brokerOrderId }) => brokerOrderId);
const denied = (effects: readonly Effect[]) => only(effects, 'deny').map(({ code }) => code);

describe('when an order of a group fills', () => {
  it('the others are cancelled at once, and orders of other groups and of none stay', () => {
    rest('one');
    rest('other', { orderType: 'stop', price: 111_000 });
    const [, other] = restingIds();
    rest('elsewhere', { ocoGroup: 'another' });
    rest('alone', { ocoGroup: undefined });

    expect(cancelled(account.show(account.log.fill('one', 109_000)))).toEqual([other]);
  });

  it('one whose cancel came to nothing is cancelled again', () => {
    rest('one');
    rest('other');
    const [, other = 0] = restingIds();
    account.show(account.log.fill('one', 109_000));

    const again = account.engine.step({ type: 'cancel-unconfirmed', brokerOrderId: other });

    expect(cancelled(again)).toEqual([other]);
  });

  it('one that is still on its way is cancelled when it rests', () => {
    rest('one');
    const { request } = ask('late');
    account.show(account.log.fill('one', 109_000));

    const effects = account.show(account.log.accept(request));

    expect(cancelled(effects)).toEqual(restingIds());
  });

  it('in part, the others are cancelled too, and it stays', () => {
    rest('one');
    rest('other');
    const [one, other] = restingIds();
    const [fill] = account.log.fill('one', 109_000);
    const part = { ...fill, units: 400, openedUnits: 400, remainingUnits: 600 } as Transaction;

    expect(cancelled(account.show([part]))).toEqual([other]);
    expect(restingIds()).toContain(one);
  });

  it('no other may be added: its name is used up', () => {
    rest('one');
    account.show(account.log.fill('one', 109_000));

    expect(denied(ask('more').effects)).toEqual(['oco-group-filled']);
    expect(denied(ask('new', { ocoGroup: 'next' }).effects)).toEqual([]);
  });

  it('a second one that fills before its cancel arrives is reported, and is not the first', () => {
    rest('one');
    rest('other');
    const first = account.engine.absorb(account.log.fill('one', 109_000));

    const second = account.engine.absorb(account.log.fill('other', 109_000));

    expect(first.filledTwice).toEqual([]);
    expect(second.filledTwice).toMatchObject([{ clientOrderId: 'other' }]);
  });

  it('a second one that fills in parts is reported once', () => {
    rest('one');
    rest('other');
    account.show(account.log.fill('one', 109_000));
    const [fill] = account.log.fill('other', 109_000);
    const part = { ...fill, units: 500, openedUnits: 500, remainingUnits: 500 } as Transaction;
    const { id } = part;

    const parts = [part, { ...part, id: id + 1, batchId: id + 1, remainingUnits: 0 }];

    expect(parts.map((filled) => account.engine.absorb([filled]).filledTwice.length)).toEqual([1, 0]);
  });

  it('the others are cancelled after a restart that came before their cancel', () => {
    rest('one');
    rest('other');
    rest('alone', { ocoGroup: undefined });
    const [, other] = restingIds();
    account.log.fill('one', 109_000);
    const { transactions } = account.log;
    account = new TestAccount();
    account.engine.absorb(transactions);

    expect(cancelled(account.engine.effectsOfRestart([]))).toEqual([other]);
  });
});

describe('an order of unknown outcome', () => {
  it('is cancelled when it rests after a restart, if its group had filled before', () => {
    rest('one');
    const { request } = ask('lost');
    account.log.fill('one', 109_000);
    const { log } = account;
    account = new TestAccount();
    account.engine.absorb(log.transactions);
    account.engine.expectOutcome(request);

    const effects = account.show(log.accept(request));

    expect(cancelled(effects)).toEqual(restingIds());
    expect(restingIds()).toHaveLength(1);
  });
});

describe('a group', () => {
  it('is not over when an order of it is cancelled', () => {
    rest('one');
    rest('other');

    expect(cancelled(account.show(account.log.cancel('one')))).toEqual([]);
    expect(denied(ask('more').effects)).toEqual([]);
  });

  it.each([
    ['a market order', { orderType: 'market', price: undefined, timeInForce: 'FOK' }],
    ['a name that is too long', { ocoGroup: 'x'.repeat(65) }],
    ['no name', { ocoGroup: '' }],
  ] as const)('takes %s for a mistake', (_case, terms) => {
    expect(denied(ask('x', terms).effects)).toEqual(['oco-group-invalid']);
  });

  it("of a strategy is its own, and its name is no person's", () => {
    const steps = new LockStep();
    const strategy = new ScriptedStrategy();
    steps.attach(strategy);
    steps.quote(110_000);
    const entry = { type: 'open', side: 'long', size: { units: 1_000 }, ocoGroup: 'pair' } as const;
    strategy.answerToQuote = [
      { ...entry, orderType: 'limit', price: 109_000 },
      { ...entry, orderType: 'stop', price: 111_000 },
    ];
    steps.quote(110_000);
    steps.order({ side: 'buy', units: 500, price: 108_000, ocoGroup: 'pair' });

    steps.quote(108_990);

    expect(steps.positions).toEqual(['long 1000']);
    expect([...steps.engine.ledger.openOrders.values()]).toMatchObject([{ terms: { units: 500 } }]);
  });

  it('has one fill, or several at one quote that reaches all their prices; the oldest is first', () => {
    const order = fc.record({
      orderType: fc.constantFrom('limit', 'stop', 'market_if_touched'),
      side: fc.constantFrom('buy', 'sell'),
      offset: fc.integer({ min: -60, max: 60 }),
      ocoGroup: fc.constantFrom('a', 'b', 'c'),
    });
    const move = fc.record({
      points: fc.integer({ min: -80, max: 80 }),
      travel: fc.constantFrom('jump', 'continuous', 'closing'),
    });
    const stories = fc.array(fc.oneof(order, move), { minLength: 10, maxLength: 40, size: 'max' });
    let doubles = 0;
    fc.assert(
      fc.property(stories, (story) => {
        const steps = new LockStep({ hedging: true });
        let bid = 110_000;
        let at = TEN_O_CLOCK;
        steps.quote(bid);
        for (const step of story) {
          if ('offset' in step) {
            const { orderType, side, ocoGroup } = step;
            steps.order({ side, units: 100, orderType, price: bid + step.offset, ocoGroup });
          } else {
            bid += step.points;
            at += 1;
            steps.quote(bid, { at, travel: step.travel });
          }
        }

        const groups = new Map(
          steps.log.flatMap((entry) =>
            entry.type === 'order-created' ? [[entry.id, entry.terms.ocoGroup] as const] : [],
          ),
        );
        const fills = steps.log.filter((entry) => entry.type === 'order-filled');
        for (const group of ['a', 'b', 'c']) {
          const [first, ...others] = fills.filter(({ orderId }) => groups.get(orderId) === group);
          for (const other of others) {
            doubles += 1;
            expect([other.at, other.bid, other.ask]).toEqual([first?.at, first?.bid, first?.ask]);
            expect(other.orderId).toBeGreaterThan(first?.orderId ?? Infinity);
          }
        }
      }),
      { numRuns: 200 },
    );
    // The law is not true for want of cases.
    expect(doubles).toBeGreaterThan(0);
  });
});
