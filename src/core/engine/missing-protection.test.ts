/** What the engine does when a position lacks the protection that was asked for. */

import { describe, expect, it } from 'vitest';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { OrderRequest, OrderTerms, ProtectionRequest } from '../domain/order.ts';
import type { Effect } from './effect.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

const buy: OrderRequest = {
  id: 'p-0',
  terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 10_000, timeInForce: 'FOK' },
  decidedAt: 0,
};

/** An account with position number 4: 10,000 EUR_USD bought at 1.10010. */
function startLong(): TestAccount {
  const account = new TestAccount();
  account.quote(0, 110_000);
  account.show(account.log.acceptAndFill(buy, 110_010));
  return account;
}

function protect({ engine }: TestAccount, change: Partial<ProtectionRequest>): readonly Effect[] {
  const request = { brokerPositionId: 4, decidedAt: engine.at, ...change };
  return engine.step({ type: 'protection-requested', request });
}

/** A protective order by itself, as a person places one. */
function place(account: TestAccount, terms: Partial<OrderTerms>, replaces?: number): OrderRequest {
  const request: OrderRequest = {
    id: 'p-1',
    protects: 4,
    replaces,
    terms: {
      instrument: 'EUR_USD',
      orderType: 'stop_loss',
      side: 'sell',
      units: 10_000,
      timeInForce: 'GTC',
      ...terms,
    },
    decidedAt: 0,
  };
  const [sent] = only(account.engine.step({ type: 'order-requested', request }), 'submit-order');
  expect(sent).toBeDefined();
  return sent?.request ?? request;
}

const changesOf = (effects: readonly Effect[]): ProtectionRequest[] =>
  only(effects, 'change-protection').map(({ request }) => request);

describe('a change of protection that the log does not show', () => {
  it.each<[Partial<ProtectionRequest>]>([
    [{ stopLoss: 109_000 }],
    [{ takeProfit: 111_000 }],
    [{ trailingDistance: 500 }],
    [{ stopLossDistance: 500 }],
  ])('%j is asked for again ten seconds later, once', (change) => {
    const account = startLong();
    expect(changesOf(protect(account, change))).toMatchObject([change]);

    expect(account.quote(9 * SECOND, 110_000)).toEqual([]);
    expect(changesOf(account.quote(10 * SECOND, 110_000))).toMatchObject([
      { brokerPositionId: 4, ...change, decidedAt: TEN_O_CLOCK + 10 * SECOND },
    ]);
    expect(account.quote(11 * SECOND, 110_000)).toEqual([]);
  });

  it('is asked for again less and less often, at the least every hour', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });

    const askedAt: number[] = [];
    for (let at = SECOND; at < 5 * HOUR; at += SECOND)
      if (account.quote(at, 110_000).length > 0) askedAt.push(at / SECOND);

    expect(askedAt).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 8_720, 12_320, 15_920]);
  });

  it('is asked for again where the log shows that it was rejected', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    const terms = { ...buy.terms, orderType: 'stop_loss', side: 'sell', price: 109_000 } as const;
    const head = { id: 5, batchId: 5, at: TEN_O_CLOCK, brokerPositionId: 4 };
    account.show([{ ...head, type: 'order-rejected', terms, reason: 'pending-orders-exceeded' }]);

    expect(changesOf(account.quote(10 * SECOND, 110_000))).toMatchObject([{ stopLoss: 109_000 }]);
  });

  it('is not asked for again once the log shows it', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    account.show(account.log.protect(4, { orderType: 'stop_loss', price: 109_000 }));

    expect(account.quote(HOUR, 108_000)).toEqual([]);
  });

  it('is not asked for again once the log showed it and that it was cancelled', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    const [created] = account.log.protect(4, { orderType: 'stop_loss', price: 109_000 });
    account.show(created ? [created] : []);
    const head = { id: 6, batchId: 6, at: TEN_O_CLOCK };
    account.show([{ ...head, type: 'order-cancelled', orderId: 5, reason: 'client-request' }]);

    expect(account.engine.ledger.openPositions.get(4)?.stopLoss).toBeUndefined();
    expect(account.quote(HOUR, 110_000)).toEqual([]);
  });

  it('is not asked for again where the one before still stands, as when it was to be replaced', () => {
    const account = startLong();
    account.show(account.log.protect(4, { orderType: 'stop_loss', price: 109_000 }));
    protect(account, { stopLoss: 109_500 });

    expect(account.quote(HOUR, 109_200)).toEqual([]);
  });

  it('is not asked for again once its position is gone', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    account.show(account.log.close({ id: 'c', brokerPositionId: 4, decidedAt: 0 }, 110_000));

    expect(account.quote(HOUR, 108_000)).toEqual([]);
    expect(
      account.engine.skimmableUntil('EUR_USD', account.engine.at),
      'nothing is waited for',
    ).toBeGreaterThan(0);
  });

  it('is not asked for again when it was taken back, nor beside a newer wish', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000, takeProfit: 111_000, trailingDistance: 500 });
    protect(account, { stopLoss: null, takeProfit: 112_000 });

    expect(changesOf(account.quote(10 * SECOND, 110_000))).toEqual([
      { brokerPositionId: 4, trailingDistance: 500, decidedAt: TEN_O_CLOCK + 10 * SECOND },
      { brokerPositionId: 4, takeProfit: 112_000, decidedAt: TEN_O_CLOCK + 10 * SECOND },
    ]);
  });

  it('is not asked for again while a close of the position is on its way', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    const request = { id: 'c', brokerPositionId: 4, decidedAt: TEN_O_CLOCK };
    account.engine.step({ type: 'close-requested', request });

    expect(account.quote(10 * SECOND, 110_000)).toEqual([]);
    account.engine.step({ type: 'request-refused', requestId: 'c' });
    expect(changesOf(account.quote(11 * SECOND, 110_000))).toMatchObject([{ stopLoss: 109_000 }]);
  });

  it('needs a quote of its own instrument', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });

    expect(account.quote(20 * SECOND, 125_000, { instrument: 'GBP_USD' })).toEqual([]);
  });

  it.each([
    ['a stop loss', { stopLoss: 109_000 }, 109_000],
    ['a take profit', { takeProfit: 111_000 }, 111_000],
  ] as const)('closes the position where the market has passed %s', (_case, change, bid) => {
    const account = startLong();
    protect(account, change);
    account.quote(10 * SECOND, 110_000);

    expect(account.quote(11 * SECOND, bid)).toMatchObject([
      { type: 'close-position', request: { brokerPositionId: 4 } },
    ]);
    expect(account.quote(40 * SECOND, bid), 'the close is on its way').toEqual([]);
  });

  it('is asked to be closed again sooner than by a kill where that close fails, at the least every minute', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });

    const askedAt: number[] = [];
    for (let at = 10 * SECOND; at < 300 * SECOND; at += SECOND)
      for (const { request } of only(account.quote(at, 109_000), 'close-position')) {
        account.engine.step({ type: 'request-refused', requestId: request.id });
        askedAt.push(at / SECOND);
      }

    expect(askedAt).toEqual([10, 20, 40, 80, 140, 200, 260]);
  });

  it('closes a short position by the ask', () => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    account.show(account.log.acceptAndFill({ ...buy, terms: { ...buy.terms, side: 'sell' } }, 110_000));
    protect(account, { stopLoss: 111_000 });

    expect(only(account.quote(10 * SECOND, 110_980), 'close-position')).toEqual([]);
    expect(account.quote(11 * SECOND, 110_990)).toMatchObject([{ type: 'close-position' }]);
  });

  it('is left to a kill', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    account.engine.step({ type: 'kill' });

    expect(account.quote(20 * SECOND, 108_000)).toEqual([]);
  });

  it('is asked for again for a strategy, in whose view it is not', () => {
    const account = startLong();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    const log = account.log;
    account.show(log.acceptAndFill({ ...buy, id: 'e-0', strategyId: 's' }, 110_010));
    strategy.answerToQuote = [{ type: 'modify', brokerPositionId: 6, stopLoss: 109_000 }];
    expect(changesOf(account.quote(SECOND, 110_000))).toMatchObject([{ brokerPositionId: 6 }]);

    expect(changesOf(account.quote(11 * SECOND, 110_000))).toMatchObject([
      { brokerPositionId: 6, stopLoss: 109_000 },
    ]);
  });
});

describe('an order by itself that was to protect a position', () => {
  it.each<[Partial<OrderTerms>, Partial<ProtectionRequest>]>([
    [{ price: 109_000 }, { stopLoss: 109_000 }],
    [{ orderType: 'take_profit', price: 111_000 }, { takeProfit: 111_000 }],
    [{ orderType: 'trailing_stop', trailingDistance: 500 }, { trailingDistance: 500 }],
    [{ stopLossDistance: 400 }, { stopLossDistance: 400 }],
  ])('%j and was rejected is asked for again at the next quote', (terms, change) => {
    const account = startLong();
    place(account, terms);
    account.show(account.log.reject('p-1', 'close-units-exceed-position'));

    expect(changesOf(account.quote(SECOND, 110_000))).toMatchObject([change]);
    expect(account.quote(2 * SECOND, 110_000)).toEqual([]);
  });

  it('and was refused is asked for again, or the position closed', () => {
    const account = startLong();
    place(account, { price: 109_000 });
    account.engine.step({ type: 'request-refused', requestId: 'p-1' });

    expect(account.quote(SECOND, 108_990)).toMatchObject([{ type: 'close-position' }]);
  });

  it('is in flight for as long as its outcome is unknown', () => {
    const account = startLong();
    place(account, { price: 109_000 });
    account.engine.step({ type: 'outcome-unknown', requestId: 'p-1' });

    expect(account.quote(HOUR, 110_000)).toEqual([]);
  });

  it('gives way to a change that came after it', () => {
    const account = startLong();
    place(account, { price: 109_000 });
    protect(account, { stopLoss: 109_500 });
    account.show(account.log.reject('p-1', 'not-received'));

    expect(account.quote(SECOND, 110_000)).toEqual([]);
    expect(changesOf(account.quote(10 * SECOND, 110_000))).toMatchObject([{ stopLoss: 109_500 }]);
  });

  it('and that a person cancelled on its way is not asked for again', () => {
    const account = startLong();
    place(account, { price: 109_000 });
    account.engine.step({ type: 'cancel-requested', orderId: 'p-1' });
    account.show(account.log.reject('p-1', 'not-received'));

    expect(account.quote(SECOND, 110_000)).toEqual([]);
  });

  it('is cancelled as soon as it rests when a person cancelled it on its way', () => {
    const account = startLong();
    const request = place(account, { price: 109_000 });
    account.engine.step({ type: 'cancel-requested', orderId: 'p-1' });

    expect(account.show(account.log.accept(request))).toMatchObject([
      { type: 'cancel-order', brokerOrderId: 5 },
    ]);
  });
});

describe('an entry that filled without the protection that it was to bring along', () => {
  const fill = (terms: Partial<OrderTerms>, createdBy: Partial<OrderRequest> = {}): TestAccount => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    account.show(
      account.log.acceptAndFill({ ...buy, ...createdBy, terms: { ...buy.terms, ...terms } }, 110_010),
    );
    return account;
  };

  it.each<[Partial<OrderTerms>, Partial<ProtectionRequest>]>([
    [{ stopLoss: 109_000 }, { stopLoss: 109_000 }],
    [{ stopLossDistance: 500 }, { stopLoss: 109_510 }],
    [{ takeProfit: 111_000 }, { takeProfit: 111_000 }],
    [{ trailingDistance: 500 }, { trailingDistance: 500 }],
  ])('%j leads to a change ten seconds later', (terms, change) => {
    const account = fill(terms);

    expect(account.quote(9 * SECOND, 110_000)).toEqual([]);
    expect(changesOf(account.quote(10 * SECOND, 110_000))).toMatchObject([
      { brokerPositionId: 4, ...change },
    ]);
  });

  it('leads to none when the log shows it a little later', () => {
    const account = fill({ stopLoss: 109_000 });
    account.show(account.log.protect(4, { orderType: 'stop_loss', price: 109_000 }));

    expect(account.quote(HOUR, 108_000)).toEqual([]);
  });

  it('leads to none, and nothing is waited for, when it was made together with the fill', () => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    const request = { ...buy, terms: { ...buy.terms, stopLoss: 109_000 } };
    const filled = account.log.acceptAndFill(request, 110_010);
    const stop = account.log.protect(4, { orderType: 'stop_loss', price: 109_000 });
    account.show([...filled, ...stop].map((entry) => ({ ...entry, batchId: 3 })));

    expect(account.engine.skimmableUntil('EUR_USD', account.engine.at)).toBeGreaterThan(0);
  });

  it('leads to a change at the first quote when it filled while the server was down', () => {
    const log = fill({ stopLoss: 109_000 }).log.transactions;
    const after = new TestAccount();
    after.engine.absorb(log);

    expect(changesOf(after.quote(HOUR, 110_000))).toMatchObject([{ stopLoss: 109_000 }]);
  });

  it('is not ours to protect when another program placed it', () => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    account.show(account.log.fillElsewhere({ ...buy.terms, stopLoss: 109_000 }, 110_010));

    expect(account.quote(HOUR, 108_000)).toEqual([]);
  });
});

describe('after a restart', () => {
  const restarted = (before: TestAccount): TestAccount => {
    const after = new TestAccount();
    after.engine.absorb(before.log.transactions);
    after.engine.restoreState(before.engine.saveState());
    return after;
  };

  it('what an entry lacks that filled after the state was saved is asked for', () => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    const saved = account.engine.saveState();
    account.quote(60 * SECOND, 110_000);
    account.log.acceptAndFill({ ...buy, terms: { ...buy.terms, stopLoss: 109_000 } }, 110_010);
    const after = new TestAccount();
    after.engine.absorb(account.log.transactions);
    after.engine.restoreState(saved);

    expect(changesOf(after.quote(80 * SECOND, 110_000))).toMatchObject([{ stopLoss: 109_000 }]);
  });

  it('what was not in the log is asked for at the first quote', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    protect(account, { trailingDistance: 500 });

    expect(changesOf(restarted(account).quote(SECOND, 110_000))).toMatchObject([
      { stopLoss: 109_000 },
      { trailingDistance: 500 },
    ]);
  });

  it('what an entry lacked is not when it was taken back before', () => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    account.show(account.log.acceptAndFill({ ...buy, terms: { ...buy.terms, stopLoss: 109_000 } }, 110_010));
    account.quote(SECOND, 110_000);
    protect(account, { stopLoss: null });

    expect(restarted(account).quote(HOUR, 108_000)).toEqual([]);
  });

  it('what is in the log is not', () => {
    const account = startLong();
    protect(account, { stopLoss: 109_000 });
    const state = account.engine.saveState();
    account.log.protect(4, { orderType: 'stop_loss', price: 109_000 });
    const after = new TestAccount();
    after.engine.absorb(account.log.transactions);
    after.engine.restoreState(state);

    expect(after.quote(SECOND, 110_000)).toEqual([]);
  });
});
