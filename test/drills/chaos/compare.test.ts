/** The drill finds what is not the same here and at the broker. */
import { describe, expect, it } from 'vitest';
import { FAULT_SCHEMAS } from '../../../src/brokers/simulator/faults/fault.ts';
import { isAbsence } from './absence.ts';
import { ordersOf } from './broker-record.ts';
import { compareMoney, comparePositions, compareTrades } from './compare-account.ts';
import { compareOrders, compareRequests } from './compare-orders.ts';
import { kindsNotMet } from './faults-met.ts';
import { compareJournal } from './follower.ts';
import { countTrading, tradingNotMet } from './trading-met.ts';
import type { BrokerTransaction } from './broker-record.ts';
import type { OrderRow } from './compare-orders.ts';
import type { KeyedRequest } from './keyed-requests.ts';

const ORDER = { id: '3', type: 'MARKET_ORDER', clientExtensions: { id: 'a' } };
const FILL = { id: '4', type: 'ORDER_FILL', orderID: '3', units: '-100', price: '1.15323' };
const LOG: readonly BrokerTransaction[] = [ORDER, FILL];
const ROW: OrderRow = {
  id: 'a',
  brokerOrderId: '3',
  createdBy: 'person',
  type: 'market',
  status: 'filled',
  reasonCode: null,
  filledUnits: 100,
  averagePrice: '1.15323',
  leaseUntil: null,
};

function requestAnswered(status: number, text: string): KeyedRequest {
  const call = { method: 'POST', path: '/orders', idempotencyKey: 'k' } as const;
  const answer = { status, text, servedBy: '', durationMs: 0 };
  return { kind: 'market', call, attempts: 1, isUnderWay: false, answer };
}

describe('the comparison of orders', () => {
  const compare = (rows: readonly OrderRow[], log = LOG): readonly string[] =>
    compareOrders(rows, ordersOf(log), { isLeased: false });

  it('finds nothing where all is the same', () => {
    expect(compare([ROW])).toEqual([]);
    expect(compareRequests([requestAnswered(201, '{"id":"a"}')], [ROW])).toEqual([]);
  });

  it('finds an order that was sent twice, and one that is not here', () => {
    expect(compare([ROW], [...LOG, { ...ORDER, id: '5' }])).toEqual([
      'order a is 2 times at the broker: 3, 5',
      "the broker's MARKET_ORDER 5 is 0 orders here",
    ]);
  });

  it('finds an order that is lost', () => {
    expect(compare([{ ...ROW, status: 'accepted' }], [])).toEqual([
      'market order a (3) is accepted, and not at the broker',
    ]);
    expect(compareRequests([requestAnswered(201, '{"id":"b"}')], [ROW])).toEqual([
      'market k was answered with order b, which is not listed',
      "market order a (filled) is no request's answer",
    ]);
  });

  it('finds another state, size or price, and one that is rejected here but filled there', () => {
    expect(compare([{ ...ROW, status: 'accepted', filledUnits: 0, averagePrice: null }])).toHaveLength(3);
    const rejected = { ...ROW, status: 'rejected', brokerOrderId: null };
    expect(compare([rejected])).toContain('market order a (no number) is rejected, and filled at the broker');
  });

  it('finds an answer that should not have been given', () => {
    expect(compareRequests([requestAnswered(400, 'no')], [])).toEqual(['market k was answered 400: no']);
  });
});

describe('the comparison of entries that are leased', () => {
  const [FIRST_END, LAST_END] = ['2026-01-06T12:05:00.000000000Z', '2026-01-06T12:06:00.000000000Z'];
  const placed = { id: '3', type: 'LIMIT_ORDER', price: '1.15', units: '1', clientExtensions: { id: 'a' } };
  const renewal = [
    {
      id: '4',
      type: 'ORDER_CANCEL',
      orderID: '3',
      replacedByOrderID: '5',
      reason: 'CLIENT_REQUEST_REPLACED',
    },
    { ...placed, id: '5', replacesOrderID: '3', gtdTime: LAST_END },
  ];
  const log = [{ ...placed, gtdTime: FIRST_END }, ...renewal];
  const resting = {
    ...ROW,
    type: 'limit',
    status: 'accepted',
    filledUnits: 0,
    averagePrice: null,
    leaseUntil: '2026-01-06T12:06:00.000Z',
  };
  const compare = (row: OrderRow, lines: readonly BrokerTransaction[], isLeased = true): readonly string[] =>
    compareOrders([row], ordersOf(lines), { isLeased });

  it('takes a renewal for the order that it renews', () => {
    expect(compare(resting, log)).toEqual([]);
    expect(ordersOf(log).get('3')).toMatchObject({ renewals: 1 });
  });

  it('finds an entry that is twice at the broker, and a renewal that asks for something else', () => {
    const twice = 'order a is 2 times at the broker: 3, 5';
    expect(compare(resting, log.toSpliced(1, 1))).toContain(twice);
    expect(
      compare(
        resting,
        log.map((line) => (line.id === '5' ? { ...line, units: '2' } : line)),
      ),
    ).toContain(twice);
  });

  it('finds a lease that has ended on one side only', () => {
    const lapse = { id: '6', type: 'ORDER_CANCEL', orderID: '5', reason: 'TIME_IN_FORCE_EXPIRED' };
    const name = 'limit order a (3) is';

    expect(compare({ ...resting, status: 'expired' }, [...log, lapse])).toEqual([]);
    expect(compare({ ...resting, status: 'expired' }, log)).toEqual([
      `${name} expired, and accepted at the broker`,
    ]);
    expect(compare({ ...resting, status: 'cancelled' }, [...log, lapse])).toEqual([
      `${name} cancelled, and expired at the broker`,
    ]);
    expect(compare(resting, [...log, lapse])).toContain(`${name} accepted, and expired at the broker`);
  });

  it('finds another end, no lease where there must be one, and one where there must be none', () => {
    expect(compare({ ...resting, leaseUntil: '2026-01-06T12:05:00.000Z' }, log)).toEqual([
      'limit order a (3) ends 2026-01-06T12:05:00.000Z here, and 2026-01-06T12:06:00.000Z at the broker',
    ]);
    expect(compare({ ...resting, leaseUntil: null }, [placed])).toEqual([
      'limit order a (3) ends never at the broker',
    ]);
    expect(compare(resting, log, false)).toEqual([
      'limit order a (3) ends 2026-01-06T12:06:00.000Z at the broker',
    ]);
  });
});

describe('the comparison of an account', () => {
  const trade = {
    id: '4',
    instrument: 'EUR_USD',
    price: '1.15323',
    currentUnits: '-60',
    stopLossOrderID: '5',
  };
  const account = {
    balance: '99999.9948',
    lastTransactionID: '7',
    trades: [trade],
    orders: [{ id: '5', type: 'STOP_LOSS', price: '1.16000' }],
  };
  const row = {
    brokerPositionId: '4',
    side: 'short',
    openUnits: 60,
    entryPrice: '1.15323',
    stopLoss: '1.16000',
    takeProfit: null,
    trailingDistance: null,
    external: false,
  };

  it('finds other units, a stop loss that is missing, and what is open on one side only', () => {
    expect(comparePositions([row], account)).toEqual([]);
    expect(comparePositions([{ ...row, openUnits: 100 }], account)).toEqual([
      'position 4: units is -100 here and -60 at the broker',
    ]);
    expect(comparePositions([{ ...row, stopLoss: null }], { ...account, orders: [] })).toEqual([
      'position 4 has no stop loss at the broker',
    ]);
    expect(comparePositions([{ ...row, takeProfit: '1.1', trailingDistance: '0.1' }], account)).toEqual([
      'position 4: take profit is 1.1 here and null at the broker',
      'position 4: trailing distance is 0.1 here and null at the broker',
    ]);
    expect(comparePositions([], account)).toEqual(['position 4 is open at the broker only']);
    expect(comparePositions([row], { ...account, trades: [] })).toEqual(['position 4 is open here only']);
  });

  it('finds a trade that is missing here, and one too many', () => {
    const closing = {
      tradeID: '4',
      units: '40',
      price: '1.15310',
      realizedPL: '-0.0052',
      financing: '0.0000',
    };
    const log = [{ ...FILL, id: '7', tradeReduced: closing }];
    const closed = {
      brokerTransactionId: '7',
      positionId: 'p',
      units: 40,
      exitPrice: '1.15310',
      realizedPnl: '-0.0052',
    };
    expect(compareTrades([closed], log)).toEqual([]);
    expect(compareTrades([], log)).toHaveLength(1);
    expect(compareTrades([closed, closed], log)).toHaveLength(1);
  });

  it('finds money that differs by the smallest amount', () => {
    const ledger = [{ transactionId: '7', amount: '99999.9948', balance: '99999.9948' }];
    expect(compareMoney('99999.9948', ledger, account)).toEqual([]);
    expect(compareMoney('99999.9949', ledger, account)).toEqual([
      'balance is 99999.9949 here and 99999.9948 at the broker',
    ]);
  });
});

describe('the comparison of what clients were sent', () => {
  it('finds an entry that did not come, one that came twice, and one that is none', () => {
    expect(compareJournal([1, 3, 2], [1, 2, 3], 'a client')).toEqual([]);
    expect(compareJournal([1, 3, 3, 4], [1, 2, 3], 'a client')).toEqual([
      'a client was not sent entry 2 of the journal',
      'a client was sent entry 3 of the journal 2 times',
      'a client was sent entry 4, which the journal does not have',
    ]);
  });
});

describe('what leases and strategies did', () => {
  it('must have happened in a long run', () => {
    const accounts = [{ hedging: true, orders: [{ ...ROW, createdBy: 'strategy' }], log: [] }];
    const counts = countTrading(accounts, { lapsesWhileAway: 2 });

    expect(tradingNotMet(counts, { kills: 200 })).toEqual([
      'there were no renewals of leases',
      'there were no leases that ended',
      'there were no orders of strategies on the netting account',
    ]);
    expect(tradingNotMet(counts, { kills: 5 })).toEqual([]);
  });

  it('has its absences spread over the kills', () => {
    const absences = (kills: number, count: number): readonly number[] =>
      Array.from({ length: kills }, (_, index) => index + 1).filter((kill) =>
        isAbsence(kill, { kills, absences: count }),
      );

    expect(absences(6, 2)).toEqual([3, 6]);
    expect(absences(3, 0)).toEqual([]);
  });
});

describe('the faults that happened', () => {
  const all = new Map(Object.keys(FAULT_SCHEMAS).map((kind) => [kind, { armed: 1, happened: 1 }]));
  const met = new Map([...all, ['closed-hidden', { armed: 1, happened: 0 }]]);

  it('must be of every kind in a long run', () => {
    const { 'read-lag': _lag, ...others } = Object.fromEntries(met);

    expect(kindsNotMet(met, { kills: 200 })).toEqual([]);
    expect(kindsNotMet(new Map(Object.entries(others)), { kills: 200 })).toEqual([
      'the fault read-lag has met no request',
    ]);
    expect(kindsNotMet(new Map(), { kills: 5 })).toEqual([]);
    expect(kindsNotMet(all, { kills: 5 })).toEqual(['the server read what closed-hidden hides']);
  });
});
