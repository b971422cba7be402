/** An account at OANDA behind the broker port: what is sent, and what comes of every answer. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OandaConnections } from '../../../src/brokers/open-broker.ts';
import { openOandaBroker } from '../../../src/brokers/oanda/oanda-broker.ts';
import { breaks, html, json, ScriptedOanda, TOKEN } from '../../support/scripted-oanda.ts';
import type { Broker } from '../../../src/brokers/broker.ts';
import type { OrderTerms } from '../../../src/core/domain/order.ts';
import type { Transaction } from '../../../src/core/domain/transaction.ts';

const PATH = '/v3/accounts/101-004-1435156-001';
const POST = `POST ${PATH}/orders`;
const SINCE = `GET ${PATH}/transactions/sinceid`;
const TIME = '2026-01-06T12:00:00.000000000Z';

const EUR_USD = {
  name: 'EUR_USD',
  type: 'CURRENCY',
  displayName: 'EUR/USD',
  pipLocation: -4,
  displayPrecision: 5,
  tradeUnitsPrecision: 0,
  minimumTradeSize: '1',
  maximumTrailingStopDistance: '1.00000',
  minimumTrailingStopDistance: '0.00050',
  maximumPositionSize: '0',
  maximumOrderUnits: '100000000',
  marginRate: '0.0333',
  financing: {
    longRate: '-0.0055',
    shortRate: '0.0012',
    financingDaysOfWeek: [
      { dayOfWeek: 'MONDAY', daysCharged: 1 },
      { dayOfWeek: 'WEDNESDAY', daysCharged: 3 },
    ],
  },
};
const XAU_USD = {
  ...EUR_USD,
  name: 'XAU_USD',
  type: 'METAL',
  tradeUnitsPrecision: 1,
  minimumTradeSize: '0.1',
};

const MARKET: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'sell',
  units: 100,
  timeInForce: 'FOK',
};

function wire(id: number, type: string, fields: object = {}) {
  return { id: String(id), batchID: '10', time: TIME, type, ...fields };
}

const CREATED = wire(10, 'MARKET_ORDER', {
  instrument: 'EUR_USD',
  units: '-100',
  timeInForce: 'FOK',
  clientExtensions: { id: 'o1' },
});
const FILLED = wire(11, 'ORDER_FILL', {
  orderID: '10',
  instrument: 'EUR_USD',
  units: '-100',
  price: '1.10000',
  accountBalance: '1000.0000',
  tradeOpened: { tradeID: '11', units: '-100' },
});
const STOP = wire(12, 'STOP_LOSS_ORDER', {
  tradeID: '11',
  price: '1.20000',
  timeInForce: 'GTC',
  reason: 'ON_FILL',
});

let oanda: ScriptedOanda;
let broker: Broker;

beforeEach(async () => {
  oanda = await ScriptedOanda.start();
  oanda.always(
    `GET ${PATH}/instruments`,
    json(200, { instruments: [EUR_USD, XAU_USD], lastTransactionID: '9' }),
  );
  oanda.always(`GET ${PATH}/pricing`, json(200, { prices: [], time: '2026-01-06T12:10:00.000000000Z' }));
  broker = await open();
});
afterEach(async () => {
  await broker.close();
  await oanda.close();
});

function open(log: readonly Transaction[] = []): Promise<Broker> {
  const times = { requestMs: 60_000, readAgain: { firstMs: 1, longestMs: 2 }, refusedAgainMs: 1 };
  const connections = new OandaConnections({ practiceUrl: oanda.url, times });
  const account = {
    environment: 'practice',
    token: TOKEN,
    brokerAccountId: '101-004-1435156-001',
    log,
  } as const;
  return openOandaBroker(account, connections);
}

const submit = (
  terms: Partial<OrderTerms> = {},
  rest: { readonly replaces?: number; readonly protects?: number } = {},
) => broker.submitOrder({ id: 'o1', terms: { ...MARKET, ...terms }, decidedAt: 0, ...rest });

const lastBody = () => oanda.arrived.at(-1)?.body;

describe('closing more than the largest order', () => {
  const LARGE = { units: 100_000_001, positionFill: 'REDUCE_ONLY' } as const;
  const CLOSE = `PUT ${PATH}/positions/EUR_USD/close`;

  it('closes the position instead, under our id, on the one side', async () => {
    oanda.next(
      CLOSE,
      json(200, {
        longOrderCreateTransaction: { ...CREATED, reason: 'POSITION_CLOSEOUT', positionFill: 'REDUCE_ONLY' },
        longOrderFillTransaction: { ...FILLED, tradeOpened: undefined },
        relatedTransactionIDs: ['10', '11'],
      }),
    );

    const answer = await submit(LARGE);

    expect(lastBody()).toEqual({
      longUnits: '100000001',
      longClientExtensions: { id: 'o1' },
      shortUnits: 'NONE',
    });
    expect(answer).toMatchObject({
      outcome: 'answered',
      transactions: [{ type: 'order-created', clientOrderId: 'o1' }, { type: 'order-filled' }],
    });
  });

  it('closes what is short by a purchase', async () => {
    oanda.next(CLOSE, json(404, { errorMessage: 'no such position' }));

    expect(await submit({ ...LARGE, side: 'buy' })).toMatchObject({ outcome: 'refused' });
    expect(lastBody()).toMatchObject({ shortUnits: '100000001', longUnits: 'NONE' });
  });

  it.each([
    ['that is not too large', { ...LARGE, units: 100_000_000 }],
    ['with a worst price, which a position close has not', { ...LARGE, priceBound: 109_000 }],
    ['that may open something', { units: LARGE.units }],
  ])('is an order for one %s', async (_what, terms) => {
    oanda.next(POST, json(400, { errorMessage: 'no' }));
    await submit(terms);

    expect(lastBody()).toMatchObject({ order: { type: 'MARKET' } });
  });
});

describe('an account at OANDA', () => {
  it('offers the instruments that OANDA lists', () => {
    expect(broker.instruments.named('EUR_USD')).toEqual({
      name: 'EUR_USD',
      base: 'EUR',
      quote: 'USD',
      pricePrecision: 5,
      pipLocation: -4,
      unitsPrecision: 0,
      minimumUnits: 1,
      maximumOrderUnits: 100_000_000,
      maximumPositionUnits: undefined,
      marginRate: 0.0333,
      minimumTrailingPoints: 50,
      maximumTrailingPoints: 100_000,
      financing: { longRate: -0.0055, shortRate: 0.0012, daysCharged: [0, 1, 0, 3, 0, 0, 0] },
      tradingHours: 'forex',
    });
    expect(broker.instruments.named('XAU_USD')).toMatchObject({
      unitsPrecision: 1,
      minimumUnits: 0.1,
      tradingHours: 'metals',
    });
  });

  it.each([
    ['a market order', {}, { type: 'MARKET', units: '-100', instrument: 'EUR_USD', timeInForce: 'FOK' }],
    [
      'parts of units and all protection by distance',
      {
        instrument: 'XAU_USD',
        side: 'buy',
        units: 0.3,
        takeProfitDistance: 500,
        stopLossDistance: 250,
        trailingDistance: 60,
      },
      {
        units: '0.3',
        takeProfitOnFill: { distance: '0.00500' },
        stopLossOnFill: { distance: '0.00250' },
        trailingStopLossOnFill: { distance: '0.00060' },
      },
    ],
    [
      'an order that waits',
      {
        orderType: 'stop',
        timeInForce: 'GTD',
        expiresAt: Date.parse(TIME),
        price: 109_000,
        priceBound: 108_950,
        triggerCondition: 'MID',
        positionFill: 'REDUCE_ONLY',
        takeProfit: 100_000,
        stopLoss: 120_000,
      },
      {
        type: 'STOP',
        timeInForce: 'GTD',
        gtdTime: '2026-01-06T12:00:00.000Z',
        price: '1.09000',
        priceBound: '1.08950',
        triggerCondition: 'MID',
        positionFill: 'REDUCE_ONLY',
        takeProfitOnFill: { price: '1.00000' },
        stopLossOnFill: { price: '1.20000' },
      },
    ],
  ] as const)('sends %s as decimal text', async (_what, terms, order) => {
    await submit(terms);

    expect(lastBody()).toMatchObject({ order });
  });

  it('gives an order and its trade our id, and the tag and comment of who asked', async () => {
    await submit({ tag: 'cross', comment: 'by hand' });

    const extensions = { id: 'o1', tag: 'cross', comment: 'by hand' };
    expect(lastBody()).toMatchObject({
      order: { clientExtensions: extensions, tradeClientExtensions: extensions },
    });
  });

  it('replaces an order in one step, and sends an order that protects with its trade', async () => {
    await submit({ orderType: 'limit', timeInForce: 'GTC', price: 111_000 }, { replaces: 7 });
    expect(oanda.arrived.at(-1)).toMatchObject({ method: 'PUT', path: `${PATH}/orders/7` });

    await submit({ orderType: 'take_profit', timeInForce: 'GTC', price: 111_000 }, { protects: 11 });
    expect(oanda.arrived.at(-1)).toMatchObject({ method: 'POST', path: `${PATH}/orders` });
    expect(lastBody()).toEqual({
      order: {
        type: 'TAKE_PROFIT',
        tradeID: '11',
        price: '1.11000',
        timeInForce: 'GTC',
        clientExtensions: { id: 'o1' },
      },
    });
  });

  it('closes a trade, in whole or in part, and cancels an order', async () => {
    await broker.closePosition({ id: 'c', brokerPositionId: 11, decidedAt: 0 });
    expect(oanda.arrived.at(-1)).toMatchObject({ path: `${PATH}/trades/11/close`, body: { units: 'ALL' } });
    await broker.closePosition({ id: 'c', brokerPositionId: 11, units: 40, decidedAt: 0 });
    expect(lastBody()).toEqual({ units: '40' });
    await broker.cancelOrder(12, 0);
    expect(oanda.arrived.at(-1)).toMatchObject({ method: 'PUT', path: `${PATH}/orders/12/cancel` });
  });

  it('changes what protects a trade: null removes, what is left out stays', async () => {
    oanda.next(POST, json(201, { orderCreateTransaction: CREATED, orderFillTransaction: FILLED }));
    await submit();
    await broker.changeProtection({
      brokerPositionId: 11,
      stopLoss: 120_000,
      takeProfit: null,
      decidedAt: 0,
    });
    expect(lastBody()).toEqual({ stopLoss: { price: '1.20000' }, takeProfit: null });
    await broker.changeProtection({
      brokerPositionId: 11,
      stopLossDistance: 250,
      trailingDistance: 60,
      decidedAt: 0,
    });
    expect(lastBody()).toEqual({
      stopLoss: { distance: '0.00250' },
      trailingStopLoss: { distance: '0.00060' },
    });
    const before = oanda.arrived.length;

    expect(await broker.changeProtection({ brokerPositionId: 99, stopLoss: 1, decidedAt: 0 })).toMatchObject({
      outcome: 'refused',
      reason: 'position-unknown',
    });
    expect(oanda.arrived).toHaveLength(before);
  });
});

describe('an answer', () => {
  it('has the transactions of the request in order', async () => {
    oanda.next(
      POST,
      json(201, {
        orderFillTransaction: FILLED,
        orderCreateTransaction: CREATED,
        relatedTransactionIDs: ['10', '11'],
        lastTransactionID: '11',
      }),
    );

    expect(await submit()).toMatchObject({
      outcome: 'answered',
      transactions: [
        { id: 10, type: 'order-created', clientOrderId: 'o1' },
        { id: 11, type: 'order-filled', openedUnits: 100 },
      ],
    });
  });

  it('is completed from the log where it only names numbers', async () => {
    const body = {
      orderCreateTransaction: CREATED,
      orderFillTransaction: FILLED,
      relatedTransactionIDs: ['10', '11', '12'],
    };
    oanda.next(POST, json(201, body));
    const foreign = wire(13, 'TRANSFER_FUNDS', { amount: '1', accountBalance: '1001' });
    oanda.next(SINCE, json(200, { transactions: [CREATED, FILLED, STOP, foreign], lastTransactionID: '13' }));

    const answer = await submit();

    expect(answer).toMatchObject({
      outcome: 'answered',
      transactions: [{ id: 10 }, { id: 11 }, { id: 12, type: 'order-created' }],
    });
    expect(oanda.arrived.at(-1)?.query.get('id')).toBe('9');
  });

  it('is unknown when the log lacks what it names', async () => {
    oanda.next(POST, json(201, { orderCreateTransaction: CREATED, relatedTransactionIDs: ['10', '11'] }));
    oanda.next(SINCE, json(200, { transactions: [CREATED], lastTransactionID: '10' }));

    expect(await submit()).toMatchObject({ outcome: 'unknown' });
  });

  it.each([
    [
      'a rejection',
      json(400, {
        orderRejectTransaction: wire(10, 'MARKET_ORDER_REJECT', {
          rejectReason: 'UNITS_INVALID',
          instrument: 'EUR_USD',
          units: '-100',
          clientExtensions: { id: 'o1' },
        }),
        errorCode: 'UNITS_INVALID',
        errorMessage: 'Order units specified are invalid',
      }),
      {
        outcome: 'answered',
        transactions: [{ type: 'order-rejected', reason: 'units-invalid', clientOrderId: 'o1' }],
      },
    ],
    [
      'an error without a transaction',
      json(400, { errorMessage: "Invalid value specified for 'order.instrument'" }),
      {
        outcome: 'refused',
        reason: 'request-invalid',
        detail: "Invalid value specified for 'order.instrument'",
      },
    ],
    ['429', json(429, {}), { outcome: 'refused', reason: 'rate-limited' }],
    ['401', json(401, {}), { outcome: 'refused', reason: 'access-refused' }],
    ['a gateway', html(502), { outcome: 'unknown' }],
    ['nothing', breaks, { outcome: 'unknown' }],
    ['success without a transaction', json(201, {}), { outcome: 'unknown' }],
    [
      'a transaction that cannot be read',
      json(201, { orderFillTransaction: { ...FILLED, accountBalance: null } }),
      { outcome: 'unknown' },
    ],
  ])('is, of %s, what certainly happened, and sent once', async (_what, answer, expected) => {
    oanda.next(POST, answer);

    expect(await submit()).toMatchObject(expected);
    expect(oanda.count(POST)).toBe(1);
  });

  it('of a cancel that came too late is the rejection', async () => {
    const rejection = wire(14, 'ORDER_CANCEL_REJECT', { orderID: '12', rejectReason: 'ORDER_DOESNT_EXIST' });
    oanda.next(
      `PUT ${PATH}/orders/12/cancel`,
      json(404, { orderCancelRejectTransaction: rejection, errorCode: 'ORDER_DOESNT_EXIST' }),
    );

    expect(await broker.cancelOrder(12, 0)).toMatchObject({
      outcome: 'answered',
      transactions: [{ type: 'cancel-rejected', orderId: 12 }],
    });
  });
});

describe('the log', () => {
  it('is read to the end that OANDA states, page by page', async () => {
    oanda.next(
      SINCE,
      json(200, { transactions: [CREATED], lastTransactionID: '12' }),
      json(200, { transactions: [FILLED, STOP], lastTransactionID: '12' }),
    );

    expect((await broker.transactionsSince(9)).map(({ id }) => id)).toEqual([10, 11, 12]);
    expect(oanda.arrived.at(-1)?.query.get('id')).toBe('10');
  });

  it('is read again where an answer was cut short', async () => {
    oanda.next(
      SINCE,
      json(200, { transactions: [], lastTransactionID: '12' }),
      json(200, { transactions: [CREATED], lastTransactionID: '12' }),
      json(200, { transactions: [], lastTransactionID: '12' }),
      json(200, { transactions: [FILLED, STOP], lastTransactionID: '12' }),
    );

    expect((await broker.transactionsSince(9)).map(({ id }) => id)).toEqual([10, 11, 12]);
    expect(oanda.count(SINCE)).toBe(4);
  });

  it.each([
    ['ends too early', json(200, { transactions: [], lastTransactionID: '12' })],
    ['brings only what is known', json(200, { transactions: [wire(9, 'OTHER')], lastTransactionID: '12' })],
  ])('is not there when it %s', async (_what, answer) => {
    oanda.always(SINCE, answer);

    await expect(broker.transactionsSince(9)).rejects.toMatchObject({ type: 'broker-unreachable' });
  });

  it('with a transaction that cannot be read fails with its number and type', async () => {
    oanda.always(
      SINCE,
      json(200, { transactions: [CREATED, { ...FILLED, orderID: null }], lastTransactionID: '11' }),
    );

    await expect(broker.transactionsSince(9)).rejects.toMatchObject({
      type: 'broker-transaction-unreadable',
      message: expect.stringMatching(/transaction 11 \(ORDER_FILL\): .*orderID/),
      facts: { transactionId: 11, brokerType: 'ORDER_FILL' },
    });
  });

  it('begins with the account as it is, with its trades and orders', async () => {
    oanda.always(`GET ${PATH}`, json(200, ACCOUNT));

    expect(await broker.transactionsSince(0)).toEqual([
      {
        type: 'account-adopted',
        id: 42,
        batchId: 42,
        at: expect.any(Number),
        currency: 'USD',
        balance: 1_000_274_556,
        marginRate: 0.02,
        positions: [
          expect.objectContaining({
            brokerPositionId: 30,
            instrument: 'EUR_USD',
            side: 'short',
            initialUnits: 200,
            openUnits: 150,
            entryPrice: 110_000,
            realizedPnl: 5_000,
            financing: -11,
            accruedFinancing: -11,
            openedAt: Date.parse(TIME),
          }),
        ],
        orders: [
          expect.objectContaining({
            orderId: 31,
            brokerPositionId: 30,
            trailingLevel: 110_100,
            terms: expect.objectContaining({
              orderType: 'trailing_stop',
              side: 'buy',
              units: 150,
              trailingDistance: 100,
            }),
          }),
          expect.objectContaining({
            orderId: 33,
            initialPrice: 110_000,
            terms: expect.objectContaining({
              orderType: 'market_if_touched',
              side: 'buy',
              units: 10,
              price: 109_000,
            }),
          }),
        ],
      },
    ]);
    expect(await broker.snapshot()).toMatchObject({
      hedging: false,
      alias: 'Primary',
      money: {
        nav: 1_000_274_556,
        marginUsed: 4_400,
        marginCloseoutPercent: 14_923,
        isMarginCalled: false,
        lastTransactionId: 42,
      },
    });
  });
});

describe('candles', () => {
  it('are the newest complete ones, from as many pages as it takes', async () => {
    const candle = (minute: number, complete = true) => ({
      time: new Date(Date.UTC(2026, 0, 6, 12, minute)).toISOString(),
      volume: 7,
      complete,
      bid: { o: '1.10000', h: '1.10020', l: '1.09990', c: '1.10010' },
      ask: { o: '1.10010', h: '1.10030', l: '1.10000', c: '1.10020' },
    });
    oanda.next(
      `GET ${PATH}/instruments/EUR_USD/candles`,
      json(200, { candles: [candle(4), candle(5), candle(6, false)] }),
      json(200, { candles: [candle(1), candle(2)] }),
    );

    const candles = await broker.candles({
      instrument: 'EUR_USD',
      granularity: 'M1',
      count: 3,
      until: Date.UTC(2026, 0, 6, 12, 6),
    });

    expect(candles.map(({ startsAt }) => new Date(startsAt).getUTCMinutes())).toEqual([2, 4, 5]);
    expect(candles[0]).toMatchObject({
      bidOpen: 110_000,
      bidHigh: 110_020,
      askLow: 110_000,
      askClose: 110_020,
      quotes: 7,
    });
    const [first, second] = oanda.arrived.filter(({ path }) => path.endsWith('/candles'));
    expect(Object.fromEntries(first?.query ?? [])).toEqual({
      price: 'BA',
      granularity: 'M1',
      count: '5',
      to: '2026-01-06T12:06:00.000Z',
    });
    expect(second?.query.get('to')).toBe('2026-01-06T12:04:00.000Z');
  });

  it('come by the page from a time on, those that have ended apart', async () => {
    const candle = (minute: number, complete: boolean) => ({
      time: new Date(Date.UTC(2026, 0, 6, 11, minute)).toISOString(),
      volume: 7,
      complete,
      bid: { o: '1.10000', h: '1.10020', l: '1.09990', c: '1.10010' },
      ask: { o: '1.10010', h: '1.10030', l: '1.10000', c: '1.10020' },
    });
    const path = `GET ${PATH}/instruments/EUR_USD/candles`;
    oanda.next(path, json(200, { candles: [candle(58, true), candle(59, false)] }));
    const wish = { instrument: 'EUR_USD', granularity: 'M1', count: 2 } as const;

    const page = await broker.candlePage({ ...wish, from: Date.UTC(2026, 0, 6, 11, 58) });

    expect(page).toMatchObject({ complete: [{ bidOpen: 110_000 }], unfinished: { bidClose: 110_010 } });
    expect(Object.fromEntries(oanda.arrived.at(-1)?.query ?? [])).toEqual({
      price: 'BA',
      granularity: 'M1',
      count: '2',
      from: '2026-01-06T11:58:00.000Z',
    });
  });

  it('of the future are none, and OANDA is not asked: it would refuse', async () => {
    const before = oanda.arrived.length;

    const page = await broker.candlePage({
      instrument: 'EUR_USD',
      granularity: 'M1',
      count: 2,
      from: broker.marketTime() + 60_000,
    });

    expect(page).toEqual({ complete: [], unfinished: undefined });
    expect(oanda.arrived.length).toBe(before);
  });

  it('up to now are asked for without an end: OANDA refuses one that is in its future', async () => {
    oanda.next(`GET ${PATH}/instruments/EUR_USD/candles`, json(200, { candles: [] }));

    const candles = await broker.candles({
      instrument: 'EUR_USD',
      granularity: 'M1',
      count: 3,
      until: broker.marketTime(),
    });

    expect(candles).toEqual([]);
    expect(oanda.arrived.at(-1)?.query.has('to')).toBe(false);
  });
});

describe('the leverage', () => {
  const PATCH = `PATCH ${PATH}/configuration`;

  it('is changed, and refused where it would close positions out', async () => {
    oanda.next(
      PATCH,
      json(200, { clientConfigureTransaction: wire(10, 'CLIENT_CONFIGURE', { marginRate: '0.05' }) }),
      json(400, {
        clientConfigureRejectTransaction: wire(11, 'CLIENT_CONFIGURE_REJECT'),
        errorCode: 'MARGIN_RATE_WOULD_TRIGGER_CLOSEOUT',
      }),
      json(400, {
        clientConfigureRejectTransaction: wire(12, 'CLIENT_CONFIGURE_REJECT'),
        errorCode: 'MARGIN_RATE_INVALID',
      }),
    );

    expect(await broker.setMarginRate(0.05)).toBe(true);
    expect(lastBody()).toEqual({ marginRate: '0.05' });
    expect(await broker.setMarginRate(1 / 30)).toBe(false);
    expect(lastBody()).toEqual({ marginRate: '0.033333' });
    await expect(broker.setMarginRate(0.9)).rejects.toThrow('MARGIN_RATE_INVALID');
    await expect(broker.setMarginRate(0)).rejects.toMatchObject({ type: 'conflict' });
  });
});

const ACCOUNT = {
  account: {
    id: '101-004-1435156-001',
    alias: 'Primary',
    currency: 'USD',
    balance: '100027.4556',
    hedgingEnabled: false,
    marginRate: '0.02',
    NAV: '100027.4556',
    unrealizedPL: '0.0000',
    marginUsed: '0.4400',
    marginAvailable: '100027.0156',
    marginCloseoutPercent: '0.14923',
    resettablePLTime: '0',
    lastTransactionID: '42',
    trades: [
      {
        id: '30',
        instrument: 'EUR_USD',
        price: '1.10000',
        openTime: TIME,
        state: 'OPEN',
        initialUnits: '-200',
        currentUnits: '-150',
        realizedPL: '0.5000',
        financing: '-0.0011',
        dividendAdjustment: '0.0000',
        trailingStopLossOrderID: '31',
      },
    ],
    positions: [],
    orders: [
      {
        id: '31',
        createTime: TIME,
        type: 'TRAILING_STOP_LOSS',
        tradeID: '30',
        distance: '0.00100',
        timeInForce: 'GTC',
        triggerCondition: 'DEFAULT',
        state: 'PENDING',
        trailingStopValue: '1.10100',
      },
      {
        id: '33',
        createTime: TIME,
        type: 'MARKET_IF_TOUCHED',
        instrument: 'EUR_USD',
        units: '10',
        price: '1.09000',
        initialMarketPrice: '1.10000',
        timeInForce: 'GTC',
        positionFill: 'DEFAULT',
        partialFill: 'DEFAULT_FILL',
        state: 'PENDING',
      },
    ],
  },
  lastTransactionID: '42',
};
