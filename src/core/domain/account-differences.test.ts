import { describe, expect, it } from 'vitest';
import { accountDifferences } from './account-differences.ts';
import { adoptionOf } from './adoption.ts';
import { Ledger } from './ledger.ts';
import { NOTHING_BOOKED } from './testing/nothing-booked.ts';
import type { AccountAdopted, AdoptedOrder, AdoptedPosition } from './transaction.ts';

const LOT: AdoptedPosition = {
  brokerPositionId: 7,
  instrument: 'EUR_USD',
  side: 'long',
  initialUnits: 1_000,
  openUnits: 600,
  entryPrice: 110_000,
  ...NOTHING_BOOKED,
  openedAt: 5,
};
const LIMIT: AdoptedOrder = {
  orderId: 8,
  createdAt: 6,
  terms: {
    instrument: 'EUR_USD',
    orderType: 'limit',
    side: 'buy',
    units: 500,
    price: 109_000,
    timeInForce: 'GTC',
  },
};
const STOP_LOSS: AdoptedOrder = {
  orderId: 9,
  createdAt: 6,
  brokerPositionId: 7,
  terms: {
    instrument: 'EUR_USD',
    orderType: 'stop_loss',
    side: 'sell',
    units: 600,
    price: 108_000,
    timeInForce: 'GTC',
  },
};
const TRAILING: AdoptedOrder = {
  ...STOP_LOSS,
  orderId: 10,
  terms: { ...STOP_LOSS.terms, orderType: 'trailing_stop', price: undefined, trailingDistance: 500 },
  trailingLevel: 109_500,
};
const ACCOUNT: AccountAdopted = {
  id: 20,
  batchId: 20,
  at: 100,
  type: 'account-adopted',
  currency: 'EUR',
  balance: 12_345_6789,
  positions: [LOT],
  orders: [LIMIT, STOP_LOSS, TRAILING],
};

function ledgerOf(account: AccountAdopted): Ledger {
  const ledger = new Ledger();
  ledger.apply(account);
  return ledger;
}

const changed = <T extends object>(thing: T, change: Partial<T>): T => ({ ...thing, ...change });
const priced = (order: AdoptedOrder, price: number) => changed(order, { terms: { ...order.terms, price } });

describe('an order that filled in part', () => {
  it('is the same where the broker continues what is left of it under another number', () => {
    const ledger = ledgerOf({ ...ACCOUNT, orders: [{ ...LIMIT, filledUnits: 200, averagePrice: 109_000 }] });
    ledger.apply({ id: 21, batchId: 21, at: 101, type: 'other', brokerType: 'ORDER_REISSUE', reissues: 8 });
    const rest = { ...LIMIT, orderId: 21, terms: { ...LIMIT.terms, units: 300 } };
    const stated = { ...ACCOUNT, id: 21, orders: [rest] };

    expect(accountDifferences(ledger, stated)).toEqual([]);
    expect(accountDifferences(ledger, { ...stated, orders: [LIMIT] })).toHaveLength(2);
  });
});

describe('the differences of an account', () => {
  it.each<[string, Partial<AccountAdopted>, string]>([
    [
      'another balance, by the smallest amount',
      { balance: 12_345_6788 },
      'the balance is 12345.6788 at the broker, 12345.6789 here',
    ],
    ['a position that is gone', { positions: [] }, 'position 7 is not at the broker, long 600 EUR_USD here'],
    [
      'one that we do not know',
      { positions: [LOT, changed(LOT, { brokerPositionId: 11, side: 'short' })] },
      'position 11 is short 600 EUR_USD at the broker, not here',
    ],
    [
      'other units',
      { positions: [changed(LOT, { openUnits: 599 })] },
      'position 7 is long 599 EUR_USD at the broker, long 600 EUR_USD here',
    ],
    [
      'an order that is gone',
      { orders: [STOP_LOSS, TRAILING] },
      'order 8 is not at the broker, limit buy 500 EUR_USD at 109000 points here',
    ],
    [
      'a stop at another price',
      { orders: [LIMIT, priced(STOP_LOSS, 107_999), TRAILING] },
      'order 9 is stop_loss at 107999 points at the broker, stop_loss at 108000 points here',
    ],
    [
      'a trailing stop at another distance',
      {
        orders: [
          LIMIT,
          STOP_LOSS,
          changed(TRAILING, { terms: { ...TRAILING.terms, trailingDistance: 400 } }),
        ],
      },
      'order 10 is trailing_stop by 400 points at the broker, trailing_stop by 500 points here',
    ],
  ])('are %s', (_what, stated, sentence) => {
    expect(accountDifferences(ledgerOf(ACCOUNT), { ...ACCOUNT, ...stated })).toEqual([sentence]);
  });

  it('are not looked for at another transaction than that of the ledger', () => {
    expect(() => accountDifferences(ledgerOf(ACCOUNT), { ...ACCOUNT, id: 21 })).toThrow(
      /at transaction 20 was expected, was at 21/,
    );
  });

  it('are none in what the log does not state: where a stop trails, units of protection, the order of a list', () => {
    const stated = {
      ...ACCOUNT,
      orders: [
        changed(TRAILING, { trailingLevel: 109_700 }),
        changed(STOP_LOSS, { terms: { ...STOP_LOSS.terms, units: 1 } }),
        LIMIT,
      ],
    };

    expect(accountDifferences(ledgerOf(ACCOUNT), stated)).toEqual([]);
  });

  it('are none between a ledger and what it comes to', () => {
    const ledger = ledgerOf(ACCOUNT);

    expect(accountDifferences(ledger, adoptionOf(ledger, 200))).toEqual([]);
  });
});
