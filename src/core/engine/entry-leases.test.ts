/** Leases of entries that rest, and their renewal. The broker here takes no renewals: a test says what its log shows of them. */

import { beforeEach, describe, expect, it } from 'vitest';
import { LockStep } from '../backtest/testing/lock-step.ts';
import { TEN_O_CLOCK } from './testing/account.ts';
import type { Lifetime, OrderTerms } from '../domain/order.ts';

const MINUTE_MS = 60_000;
const LIMIT = { side: 'buy', units: 1_000, price: 109_500 } as const;

let account: LockStep;

beforeEach(() => {
  account = open(TEN_O_CLOCK);
});

function open(startsAt: number): LockStep {
  const opened = new LockStep({ limits: { entryLeaseMinutes: 60 }, startsAt, balance: 1_000_000_000 });
  opened.quote(110_000);
  return opened;
}

const resting = () => [...account.engine.ledger.openOrders.values()];
const leaseOf = (terms: Partial<OrderTerms>): number | undefined => {
  account.order({ ...LIMIT, ...terms });
  return resting().at(-1)?.terms.leaseUntil;
};
const renewals = () =>
  account.notes.flatMap((effect) => (effect.type === 'renew-order' ? [effect.request] : []));
const pass = (minutes: number): void => account.clock(account.engine.at + minutes * MINUTE_MS);

/** The broker's log shows that the newest renewal took effect. */
function showRenewal(): void {
  const { terms, replaces = 0 } = renewals().at(-1) ?? { terms: resting()[0]?.terms };
  const id = account.engine.ledger.lastTransactionId + 1;
  const leaseUntil = terms?.leaseUntil;
  const lifetime: Lifetime =
    leaseUntil === undefined ? { timeInForce: 'GTC' } : { timeInForce: 'GTD', expiresAt: leaseUntil };
  const head = { id, batchId: id, at: account.engine.at };
  account.engine.absorb([
    { ...head, type: 'other', brokerType: 'ORDER_RENEWAL', reissues: replaces, lifetime },
  ]);
}

describe('an entry that is sent', () => {
  it('has a lease beside the time in force that was asked for', () => {
    expect(leaseOf({})).toBe(TEN_O_CLOCK + 60 * MINUTE_MS);
    expect(resting()[0]?.terms).toMatchObject({ timeInForce: 'GTC' });
  });

  it.each([
    ['ends before', { timeInForce: 'GTD', expiresAt: TEN_O_CLOCK + 59 * MINUTE_MS }, undefined],
    [
      'ends later',
      { timeInForce: 'GTD', expiresAt: TEN_O_CLOCK + 61 * MINUTE_MS },
      TEN_O_CLOCK + 60 * MINUTE_MS,
    ],
    ['is good for the day', { timeInForce: 'GFD' }, TEN_O_CLOCK + 60 * MINUTE_MS],
    ['is a stop', { orderType: 'stop', price: 110_500 }, TEN_O_CLOCK + 60 * MINUTE_MS],
  ] as const)('that %s has the earlier end', (_what, terms, lease) => {
    expect(leaseOf(terms)).toBe(lease);
  });

  it('has none where the account has no limit, and where it protects a position', () => {
    account.order({ side: 'buy', units: 1_000, stopLoss: 109_000 });
    expect(resting().map(({ terms }) => terms.leaseUntil)).toEqual([undefined]);

    account.engine.setLimits({});
    expect(leaseOf({})).toBeUndefined();
  });

  it('keeps its lease over the weekend until an hour after the opening', () => {
    // Friday 8 March 2024, 16:30 in New York, still in winter time; on Sunday the clocks are an hour ahead.
    account = open(Date.UTC(2024, 2, 8, 21, 30));

    expect(leaseOf({})).toBe(Date.UTC(2024, 2, 10, 21, 3) + 60 * MINUTE_MS);
    pass(24 * 60);
    expect(renewals()).toEqual([]);
  });
});

describe('a renewal', () => {
  beforeEach(() => void account.order(LIMIT));

  it('is asked for when a third of the lease is over, for the same order, and not before', () => {
    pass(19);
    expect(renewals()).toEqual([]);
    pass(1);

    const [order] = resting();
    expect(renewals()).toMatchObject([
      {
        id: order?.clientOrderId,
        replaces: order?.orderId,
        isRenewal: true,
        terms: { timeInForce: 'GTC', units: 1_000, leaseUntil: TEN_O_CLOCK + 80 * MINUTE_MS },
      },
    ]);
  });

  it('is asked for again half a minute later while the log does not show it', () => {
    pass(20);
    pass(0.4);
    expect(renewals()).toHaveLength(1);
    pass(0.1);

    expect(renewals()).toHaveLength(2);
  });

  it('that the log shows moves the lease of the order, and is due again a third of it later', () => {
    pass(20);
    showRenewal();
    expect(resting()).toMatchObject([
      { clientOrderId: 'p-1', terms: { timeInForce: 'GTC', leaseUntil: TEN_O_CLOCK + 80 * MINUTE_MS } },
    ]);

    pass(19);
    expect(renewals()).toHaveLength(1);
    pass(1);
    expect(renewals()).toHaveLength(2);
  });

  it('counts neither as an order sent nor as one that may open a position', () => {
    account.engine.setLimits({ entryLeaseMinutes: 60, maxOrdersPerMinute: 1, maxTradesPerDay: 2 });
    pass(20);
    showRenewal();
    account.quote(110_000);

    expect(account.order({ ...LIMIT, price: 109_400 })).toEqual(['order-created']);
  });

  it('gives an order its own end back when that comes before the end of a new lease', () => {
    account.order({ ...LIMIT, timeInForce: 'GTD', expiresAt: TEN_O_CLOCK + 70 * MINUTE_MS });
    pass(20);

    expect(renewals()[1]?.terms).toMatchObject({
      timeInForce: 'GTD',
      expiresAt: TEN_O_CLOCK + 70 * MINUTE_MS,
      leaseUntil: undefined,
    });
  });

  it('takes the lease away when the limit is removed, and gives one when it is set', () => {
    account.engine.setLimits({});
    pass(0);
    expect(renewals().map(({ terms }) => terms.leaseUntil)).toEqual([undefined]);
    const id = account.engine.ledger.lastTransactionId + 1;
    account.engine.absorb([
      {
        id,
        batchId: id,
        at: account.engine.at,
        type: 'other',
        brokerType: 'ORDER_RENEWAL',
        reissues: resting()[0]?.orderId,
        lifetime: { timeInForce: 'GTC' },
      },
    ]);
    expect(resting()[0]?.terms.leaseUntil).toBeUndefined();

    pass(1);
    account.engine.setLimits({ entryLeaseMinutes: 5 });
    pass(0);
    expect(renewals().at(-1)?.terms.leaseUntil).toBe(TEN_O_CLOCK + 6 * MINUTE_MS);
  });

  it('is not asked for while a replacement of the order is on its way', () => {
    const [order] = resting();
    const terms = { ...(order?.terms ?? raise()), price: 109_400 };
    const request = { id: 'new', terms, replaces: order?.orderId, decidedAt: account.engine.at };
    account.engine.step({ type: 'order-requested', request });
    pass(20);

    expect(renewals()).toEqual([]);
  });

  it('is not asked for once the order is to be cancelled, and a cancel that it overtook is sent again', () => {
    pass(20);
    const effects = account.engine.step({ type: 'cancel-requested', orderId: 'p-1' });
    expect(effects).toMatchObject([{ type: 'cancel-order', brokerOrderId: resting()[0]?.orderId }]);
    pass(5);
    expect(renewals()).toHaveLength(1);

    const id = account.engine.ledger.lastTransactionId + 1;
    const lifetime = { timeInForce: 'GTD', expiresAt: TEN_O_CLOCK + 80 * MINUTE_MS } as const;
    const reissues = resting()[0]?.orderId;
    const renewed = {
      id,
      batchId: id,
      at: account.engine.at,
      type: 'other',
      brokerType: 'R',
      reissues,
      lifetime,
    } as const;
    expect(account.engine.absorb([renewed]).effects).toMatchObject([
      { type: 'cancel-order', brokerOrderId: reissues },
    ]);
  });

  it('is never asked for of an order that was to be cancelled before it was due', () => {
    account.engine.step({ type: 'cancel-requested', orderId: 'p-1' });
    pass(20);

    expect(resting()).toHaveLength(1);
    expect(renewals()).toEqual([]);
  });

  it('that gives an order its first lease and overtakes its cancel leaves the order to be cancelled', () => {
    account.engine.setLimits({});
    pass(0);
    showRenewal();
    expect(resting()[0]?.terms.leaseUntil).toBeUndefined();
    pass(1);
    account.engine.setLimits({ entryLeaseMinutes: 60 });
    pass(0);
    expect(renewals()).toHaveLength(2);
    account.engine.step({ type: 'cancel-requested', orderId: 'p-1' });

    // The answer to the renewal was lost, so the cancel was not sent: nothing is known of it a few seconds later.
    const brokerOrderId = resting()[0]?.orderId ?? raise();
    expect(account.engine.step({ type: 'cancel-unconfirmed', brokerOrderId })).toMatchObject([
      { type: 'cancel-order', brokerOrderId },
    ]);
    pass(1);
    expect(renewals()).toHaveLength(2);
  });

  it('leaves ten at a time', () => {
    for (let count = 0; count < 14; count += 1) account.order({ ...LIMIT, units: 1 });
    pass(20);
    expect(renewals()).toHaveLength(10);
    pass(0.02);

    expect(new Set(renewals().map(({ replaces }) => replaces)).size).toBe(15);
  });
});

function raise(): never {
  throw new Error('no order rests');
}
