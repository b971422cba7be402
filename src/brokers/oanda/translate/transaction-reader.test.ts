import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../../core/domain/paper-instruments.ts';
import { TransactionReader } from './transaction-reader.ts';
import { Unreadable } from './unreadable.ts';

const AT = Date.parse('2026-09-23T12:00:00.123Z');
const HEAD = { time: '2026-09-23T12:00:00.123456789Z', userID: 1435156, accountID: '101-004-1435156-001' };

/** A transaction as OANDA writes it. */
function raw(id: number, type: string, fields: object, batchId = id) {
  return { id: String(id), batchID: String(batchId), type, ...HEAD, ...fields };
}

const MARKET_ORDER = raw(6360, 'MARKET_ORDER', {
  instrument: 'EUR_USD',
  units: '-1500',
  timeInForce: 'FOK',
  positionFill: 'DEFAULT',
  reason: 'CLIENT_ORDER',
  takeProfitOnFill: { price: '1.05000', timeInForce: 'GTC' },
  stopLossOnFill: { distance: '0.00250', timeInForce: 'GTC', triggerMode: 'TOP_OF_BOOK' },
  clientExtensions: { id: 'order-1', tag: 'cross', comment: 'by hand' },
});
const FILL = raw(
  6361,
  'ORDER_FILL',
  {
    orderID: '6360',
    clientOrderID: 'order-1',
    instrument: 'EUR_USD',
    units: '-1500',
    requestedUnits: '-1500',
    price: '1.05735',
    fullVWAP: '1.05735',
    fullPrice: {
      closeoutBid: '1.05720',
      closeoutAsk: '1.05765',
      timestamp: HEAD.time,
      bids: [{ price: '1.05735', liquidity: '250000.0' }],
      asks: [{ price: '1.05750', liquidity: '250000.0' }],
    },
    reason: 'MARKET_ORDER',
    pl: '0.0000',
    financing: '0.0000',
    commission: '0.0150',
    guaranteedExecutionFee: '0.0000',
    accountBalance: '100028.4317',
    halfSpreadCost: '0.1125',
    tradeOpened: { tradeID: '6361', units: '-1500', price: '1.05735', initialMarginRequired: '31.7' },
  },
  6360,
);

/** Reads transactions one by one, as each is there. */
function newReader() {
  const reader = new TransactionReader(PAPER_INSTRUMENTS, []);
  return { lots: reader.lots, read: (transaction: unknown) => reader.read([transaction])[0] };
}

describe('the reader of OANDA transactions', () => {
  it('reads an order with its protection, its tag and our id', () => {
    expect(newReader().read(MARKET_ORDER)).toMatchObject({
      id: 6360,
      batchId: 6360,
      at: AT,
      type: 'order-created',
      reason: 'client',
      clientOrderId: 'order-1',
      terms: {
        instrument: 'EUR_USD',
        orderType: 'market',
        side: 'sell',
        units: 1500,
        timeInForce: 'FOK',
        takeProfit: 105_000,
        stopLossDistance: 250,
        tag: 'cross',
        comment: 'by hand',
      },
    });
  });

  it('reads a fill that opens', () => {
    expect(newReader().read(FILL)).toEqual({
      id: 6361,
      batchId: 6360,
      at: AT,
      type: 'order-filled',
      orderId: 6360,
      clientOrderId: 'order-1',
      instrument: 'EUR_USD',
      side: 'sell',
      units: 1500,
      price: 105_735,
      bid: 105_735,
      ask: 105_750,
      reason: 'market',
      openedUnits: 1500,
      closed: [],
      commission: 150,
      spreadCost: 1125,
      slippageCost: 0,
      balance: 1_000_284_317,
    });
  });

  it('takes instrument, side and units of a protective order from its trade', () => {
    const reader = newReader();
    reader.read(FILL);
    const stop = {
      tradeID: '6361',
      distance: '0.00250',
      timeInForce: 'GTC',
      triggerCondition: 'TRIGGER_DEFAULT',
    };

    expect(reader.read(raw(6362, 'STOP_LOSS_ORDER', { ...stop, reason: 'ON_FILL' }, 6360))).toMatchObject({
      type: 'order-created',
      reason: 'on-fill',
      brokerPositionId: 6361,
      terms: { instrument: 'EUR_USD', orderType: 'stop_loss', side: 'buy', units: 1500, price: 105_985 },
    });
    expect(
      reader.read(raw(6363, 'TRAILING_STOP_LOSS_ORDER', { ...stop, reason: 'CLIENT_ORDER' })),
    ).toMatchObject({
      terms: { orderType: 'trailing_stop', trailingDistance: 250 },
    });
  });

  it('reads a transaction that comes again as it was, though its trade has gone since', () => {
    const reader = newReader();
    reader.read(FILL);
    const stop = raw(6362, 'TAKE_PROFIT_ORDER', { tradeID: '6361', price: '1.05000', timeInForce: 'GTC' });
    const first = reader.read(stop);
    reader.read(raw(6364, 'ORDER_FILL', CLOSING));

    expect(reader.read(stop)).toBe(first);
    expect(() => reader.read({ ...stop, id: '6365' })).toThrow(Unreadable);
  });

  it('reads a fill that closes, with all money on its lots', () => {
    const reader = newReader();
    reader.read(FILL);

    expect(reader.read(raw(6364, 'ORDER_FILL', CLOSING))).toMatchObject({
      side: 'buy',
      reason: 'close',
      openedUnits: 0,
      // The parts are rounded by themselves: what is missing to the fill's own sums is with the last.
      closed: [
        { brokerPositionId: 6361, units: 1500, realizedPnl: -5_850, financing: -11, conversionCost: 29 },
        { brokerPositionId: 6300, units: 500, realizedPnl: -3_901, financing: 0, conversionCost: 0 },
      ],
      balance: 1_000_274_555,
    });
    expect(reader.lots.find(6361)).toBeUndefined();
  });

  it.each([
    ['LINKED_TRADE_CLOSED', { reason: 'linked-position-closed' }],
    ['TIME_IN_FORCE_EXPIRED', { reason: 'expired' }],
    ['FIFO_VIOLATION_SAFEGUARD_VIOLATION', { reason: 'fifo-violated' }],
    ['TRAILING_STOP_LOSS_ON_FILL_GTD_TIMESTAMP_IN_PAST', { reason: 'trailing-stop-expired' }],
    ['SOMETHING_NEW', { reason: 'other', brokerReason: 'SOMETHING_NEW' }],
  ])('reads the cancel reason %s', (reason, expected) => {
    const cancel = raw(9, 'ORDER_CANCEL', { orderID: '7', reason, replacedByOrderID: null });

    expect(newReader().read(cancel)).toMatchObject({ type: 'order-cancelled', orderId: 7, ...expected });
  });

  it.each([
    ['UNITS_LIMIT_EXCEEDED', { reason: 'units-limit-exceeded' }],
    ['UNITS_MIMIMUM_NOT_MET', { reason: 'units-minimum-not-met' }],
    ['UNITS_MINIMUM_NOT_MET', { reason: 'units-minimum-not-met' }],
    ['TAKE_PROFIT_ON_FILL_PRICE_PRECISION_EXCEEDED', { reason: 'price-precision-exceeded' }],
    ['PRICE_DISTANCE_MAXIMUM_EXCEEDED', { reason: 'trailing-distance-maximum-exceeded' }],
    [
      'TRAILING_STOP_LOSS_ON_FILL_PRICE_DISTANCE_MINIMUM_NOT_MET',
      { reason: 'trailing-distance-minimum-not-met' },
    ],
    ['STOP_LOSS_ORDER_WOULD_VIOLATE_FIFO_VIOLATION_SAFEGUARD', { reason: 'fifo-violated' }],
    ['SOMETHING_NEW', { reason: 'other', brokerReason: 'SOMETHING_NEW' }],
  ])('reads the reject reason %s', (rejectReason, expected) => {
    const { clientExtensions, instrument, timeInForce } = MARKET_ORDER as Record<string, unknown>;
    const reject = { clientExtensions, instrument, timeInForce, units: '0.5', rejectReason };

    expect(newReader().read(raw(9, 'MARKET_ORDER_REJECT', reject))).toMatchObject({
      type: 'order-rejected',
      clientOrderId: 'order-1',
      terms: undefined,
      ...expected,
    });
  });

  it('reads money that moves, rounded as OANDA books it', () => {
    const reader = newReader();
    const transfer = {
      amount: '-100.0000500000',
      fundingReason: 'CLIENT_FUNDING',
      accountBalance: '99928.43',
    };

    expect(reader.read(raw(1, 'TRANSFER_FUNDS', transfer))).toMatchObject({
      type: 'funds-transferred',
      amount: -1_000_001,
      reason: 'client',
      balance: 999_284_300,
    });
    expect(reader.read(raw(2, 'DAILY_FINANCING', FINANCING))).toMatchObject({
      type: 'financing-charged',
      amount: -2_211_557,
      charges: [
        { brokerPositionId: 11, amount: -2_211_557 },
        { brokerPositionId: 12, amount: 0 },
      ],
      balance: 997_072_743,
    });
  });

  it('keeps number and balance of what it does not know', () => {
    const unknown = raw(5, 'PROMOTION_PAID', { accountBalance: '12.34000', extra: { a: null } });

    expect(newReader().read(unknown)).toEqual({
      id: 5,
      batchId: 5,
      at: AT,
      type: 'other',
      brokerType: 'PROMOTION_PAID',
      balance: 123_400,
    });
  });

  it('reads ids and amounts as numbers, nulls, older spellings and UNIX times', () => {
    const legacy = {
      id: 7,
      batchID: 7,
      time: '1512446222.248676455',
      type: 'LIMIT_ORDER',
      instrument: 'USD_JPY',
      units: 100,
      price: 110.799,
      timeInForce: 'GTC',
      positionFill: 'POSITION_REDUCE_ONLY',
      triggerCondition: 'TRIGGER_DEFAULT',
      partialFill: 'DEFAULT_FILL',
      stopLossOnFill: null,
      clientExtensions: null,
    };

    expect(newReader().read(legacy)).toMatchObject({
      id: 7,
      at: 1_512_446_222_248,
      clientOrderId: undefined,
      terms: { side: 'buy', units: 100, price: 110_799, positionFill: 'REDUCE_ONLY' },
    });
  });

  it.each([
    ['no number', { ...FILL, id: 'x' }],
    ['no time', { ...FILL, time: 'yesterday' }],
    ['no balance', { ...FILL, accountBalance: undefined }],
    ['an unknown instrument', { ...FILL, instrument: 'DE30_EUR' }],
    ['parts of units of an instrument that has none', { ...FILL, units: '-0.5' }],
  ])('reads no fill with %s', (_what, fill) => {
    expect(() => newReader().read(fill)).toThrow(Unreadable);
  });
});

const CLOSING = {
  orderID: '6363',
  instrument: 'EUR_USD',
  units: '2000',
  price: '1.05774',
  reason: 'MARKET_ORDER_TRADE_CLOSE',
  pl: '-0.9751',
  financing: '-0.0011',
  commission: '0.0000',
  accountBalance: '100027.4555',
  tradesClosed: [
    {
      tradeID: '6361',
      units: '1500',
      price: '1.05774',
      realizedPL: '-0.5850',
      financing: '-0.0011',
      plHomeConversionCost: '-0.0029',
    },
  ],
  tradeReduced: { tradeID: '6300', units: '500', realizedPL: '-0.3900', financing: '0.0000' },
};

const FINANCING = {
  financing: '-221.1557',
  accountBalance: '99707.2743',
  positionFinancings: [
    {
      instrument: 'USD_JPY',
      financing: '-221.1557',
      homeConversionFactors: { gainQuoteHome: null },
      openTradeFinancings: [
        { tradeID: '11', financing: '-221.1557' },
        { tradeID: '12', financing: '0.0000' },
      ],
    },
  ],
};
