/** What OANDA could send, wrong in one or more places: it is read as it says, or refused as unreadable, and never guessed. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCandles } from '../../../src/brokers/oanda/translate/candle.ts';
import { readSnapshot } from '../../../src/brokers/oanda/translate/account-snapshot.ts';
import { readInstruments } from '../../../src/brokers/oanda/translate/instrument.ts';
import { readPriceLine, readPricingTime } from '../../../src/brokers/oanda/translate/price.ts';
import { readTransactionLine } from '../../../src/brokers/oanda/translate/transaction-line.ts';
import { TransactionReader } from '../../../src/brokers/oanda/translate/transaction-reader.ts';
import { Unreadable } from '../../../src/brokers/oanda/translate/unreadable.ts';
import { JsonLines } from '../../../src/brokers/oanda/streams/json-lines.ts';
import { PAPER_INSTRUMENTS } from '../../../src/core/domain/paper-instruments.ts';
import { hostileBody, nearlyOf } from '../../support/requests/hostile-values.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_129);
const RUNS = { seed: SEED, numRuns: 500 };

const TIME = '2026-09-23T12:00:00.123456789Z';
const HEAD = { id: '6361', batchID: '6360', time: TIME, userID: 1, accountID: '101-004-1435156-001' };
const TRADE = { tradeID: '6361', units: '-1500', price: '1.05735' };

const TRANSACTIONS: readonly object[] = [
  {
    ...HEAD,
    type: 'LIMIT_ORDER',
    instrument: 'EUR_USD',
    units: '-1500',
    price: '1.05735',
    timeInForce: 'GTD',
    gtdTime: TIME,
    positionFill: 'DEFAULT',
    reason: 'CLIENT_ORDER',
    takeProfitOnFill: { price: '1.05000', timeInForce: 'GTC' },
    stopLossOnFill: { distance: '0.00250', timeInForce: 'GTC' },
    trailingStopLossOnFill: { distance: '0.00250', timeInForce: 'GTC' },
    clientExtensions: { id: 'order-1', tag: 'cross', comment: 'by hand' },
  },
  {
    ...HEAD,
    type: 'ORDER_FILL',
    orderID: '6360',
    instrument: 'EUR_USD',
    units: '-1500',
    price: '1.05735',
    fullPrice: { bids: [{ price: '1.05735' }], asks: [{ price: '1.05750' }] },
    reason: 'MARKET_ORDER',
    pl: '0.0000',
    financing: '0.0000',
    commission: '0.0150',
    accountBalance: '100028.4317',
    halfSpreadCost: '0.1125',
    tradeOpened: TRADE,
    tradesClosed: [{ ...TRADE, tradeID: '6300', realizedPL: '1.5', financing: '-0.1' }],
  },
  { ...HEAD, type: 'ORDER_CANCEL', orderID: '6360', reason: 'CLIENT_REQUEST' },
  {
    ...HEAD,
    type: 'TRANSFER_FUNDS',
    amount: '100.0000',
    fundingReason: 'CLIENT_FUNDING',
    accountBalance: '1.5',
  },
  {
    ...HEAD,
    type: 'DAILY_FINANCING',
    financing: '-0.5',
    accountBalance: '99.5',
    positionFinancings: [
      {
        instrument: 'EUR_USD',
        financing: '-0.5',
        openTradeFinancings: [{ tradeID: '1', financing: '-0.5' }],
      },
    ],
  },
  { ...HEAD, type: 'CLIENT_CONFIGURE', alias: 'x', marginRate: '0.05' },
  { ...HEAD, type: 'A_TYPE_OF_TOMORROW', accountBalance: '1.0' },
];

const PRICE = {
  type: 'PRICE',
  time: TIME,
  instrument: 'EUR_USD',
  tradeable: true,
  bids: [{ price: '1.05735', liquidity: 1 }],
  asks: [{ price: '1.05750', liquidity: 1 }],
};

const ACCOUNT = {
  account: {
    id: '101-004-1435156-001',
    alias: 'mine',
    currency: 'USD',
    hedgingEnabled: false,
    balance: '100.0',
    marginRate: '0.05',
    NAV: '100.0',
    unrealizedPL: '0.0',
    marginUsed: '0.0',
    marginAvailable: '100.0',
    marginCloseoutPercent: '0.0',
    trades: [
      {
        id: '1',
        instrument: 'EUR_USD',
        price: '1.1',
        openTime: TIME,
        initialUnits: '10',
        currentUnits: '10',
        state: 'OPEN',
        realizedPL: '0',
        financing: '0',
      },
    ],
    orders: [
      {
        id: '2',
        type: 'LIMIT',
        instrument: 'EUR_USD',
        units: '10',
        price: '1.0',
        timeInForce: 'GTC',
        createTime: TIME,
        state: 'PENDING',
      },
    ],
  },
  lastTransactionID: '7',
};

const SIDE = { o: '1.1', h: '1.2', l: '1.0', c: '1.1' };
const CANDLES = { candles: [{ complete: true, volume: 5, time: TIME, bid: SIDE, ask: SIDE }] };
const INSTRUMENTS = {
  instruments: [
    {
      name: 'EUR_USD',
      type: 'CURRENCY',
      displayName: 'EUR/USD',
      pipLocation: -4,
      displayPrecision: 5,
      tradeUnitsPrecision: 0,
      minimumTradeSize: '1',
      maximumOrderUnits: '100000000',
      maximumPositionSize: '0',
      minimumTrailingStopDistance: '0.00050',
      maximumTrailingStopDistance: '1.00000',
      marginRate: '0.0333',
    },
  ],
};

/** Messages that are wrong in up to three places. */
const wrongly = (message: unknown) => nearlyOf(nearlyOf(nearlyOf(fc.constant(message))));

const READERS: readonly (readonly [string, unknown, (raw: unknown) => unknown])[] = [
  ...TRANSACTIONS.map((raw): [string, unknown, (raw: unknown) => unknown] => [
    `a transaction ${'type' in raw ? String(raw.type) : ''}`,
    raw,
    (wrong) => new TransactionReader(PAPER_INSTRUMENTS, []).read([wrong]),
  ]),
  ['a price', PRICE, (raw) => readPriceLine(raw, PAPER_INSTRUMENTS)],
  ['the time of prices', { time: TIME }, readPricingTime],
  ['a line of transactions', { type: 'HEARTBEAT', time: TIME, lastTransactionID: '7' }, readTransactionLine],
  ['an account', ACCOUNT, (raw) => readSnapshot(raw, PAPER_INSTRUMENTS, 0)],
  ['candles', CANDLES, (raw) => readCandles(raw, PAPER_INSTRUMENTS.named('EUR_USD'), 'M1')],
  ['instruments', INSTRUMENTS, readInstruments],
];

/** Returns the numbers in what was read that no account can count with. */
function uncountable(value: unknown): readonly unknown[] {
  if (typeof value === 'number')
    return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? [] : [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(uncountable) : [];
}

describe('a message of OANDA', () => {
  it.each(READERS)('that is wrong is read or refused, and nothing else: %s', (_what, message, read) => {
    expect(() => read(message)).not.toThrow();
    fc.assert(
      fc.property(wrongly(message), (wrong) => {
        // As it comes over the wire.
        const raw: unknown = JSON.parse(JSON.stringify(wrong) ?? 'null');
        try {
          expect(uncountable(read(raw))).toEqual([]);
        } catch (error) {
          if (!(error instanceof Unreadable)) throw error;
        }
      }),
      RUNS,
    );
  });

  it.each([1e21, 1e300, '9'.repeat(25), 1e-30])('has no amount that is taken for another: %s', (amount) => {
    const read = () => new TransactionReader(PAPER_INSTRUMENTS, []).read([{ ...TRANSACTIONS[3], amount }]);

    if (amount === 1e-30) expect(read()).toMatchObject([{ amount: 0 }]);
    else expect(read).toThrow(Unreadable);
  });

  it('is a line of JSON, or the stream ends', () => {
    fc.assert(
      fc.property(fc.array(hostileBody, { maxLength: 4 }), fc.integer({ min: 1, max: 9 }), (lines, size) => {
        const bytes = Buffer.from(lines.join('\n'));
        const taken = new JsonLines();
        try {
          for (let start = 0; start < bytes.length; start += size)
            taken.take(bytes.subarray(start, start + size));
        } catch (error) {
          if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
        }
      }),
      { ...RUNS, numRuns: 200 },
    );
  });
});
