import { describe, expect, it } from 'vitest';
import { judgeClose, judgeCloseOut, judgeOrder, judgeProtection, judgeProtective } from './risk-gate.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { describeDenial } from '../domain/denial-text.ts';
import { NOTHING_BOOKED } from '../domain/testing/nothing-booked.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Position } from '../domain/position.ts';
import type { RiskFacts } from './risk-facts.ts';

// A Tuesday in the middle of the market's week.
const NOON = Date.UTC(2024, 2, 5, 12);

const BUY: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1_000,
  timeInForce: 'FOK',
};
const SELL: OrderTerms = { ...BUY, side: 'sell' };
const BUY_LIMIT: OrderTerms = { ...BUY, orderType: 'limit', price: 109_000, timeInForce: 'GTC' };
const SELL_STOP: OrderTerms = { ...SELL, orderType: 'stop', price: 109_000, timeInForce: 'GTC' };

const FACTS: RiskFacts = {
  at: NOON,
  limits: {},
  maximumQuoteAgeMs: 30_000,
  isHalted: false,
  equityDenial: () => undefined,
  instrument: (name) => PAPER_INSTRUMENTS.find(name),
  isMarketOpen: () => true,
  quoteOf: (instrument) => ({ instrument, at: NOON, bid: 110_000, ask: 110_012 }),
  quoteAgeMs: () => 0,
  exposure: ({ units }) => ({ before: 0, after: units }),
  opensUnits: () => true,
  hasConversion: () => true,
  valuationGap: () => undefined,
  countLimits: { pendingOrders: 10, openPositions: 10 },
  room: () => ({ orders: 1, positions: 1 }),
  currencyExposure: () => [],
  grossExposure: () => ({ before: 0, after: 0 }),
  possiblePositions: () => 0,
  entryDenial: () => undefined,
  marginAvailable: () => 100_000_000,
  marginNeed: () => 100_000_000,
};

type Denied = [sentence: string, code: DenialCode, terms: OrderTerms, facts?: Partial<RiskFacts>];

const DENIED: Denied[] = [
  [
    'an order that waits beside as many as there may be',
    'pending-orders-exceeded',
    BUY_LIMIT,
    { room: () => ({ orders: 0, positions: 1 }) },
  ],
  [
    'a market order that opens a position more than there may be',
    'open-positions-exceeded',
    BUY,
    { room: () => ({ orders: 1, positions: 0 }) },
  ],
  [
    'a position more than the account allows',
    'open-positions-exceeded',
    BUY_LIMIT,
    { limits: { maxOpenPositions: 2 }, possiblePositions: () => 2 },
  ],
  [
    'more of a currency than the account allows',
    'currency-exposure-exceeded',
    BUY,
    {
      limits: { maxCurrencyExposure: 100 },
      currencyExposure: () => [
        { currency: 'EUR', before: 0, after: 100 },
        { currency: 'USD', before: 100, after: 101 },
      ],
    },
  ],
  [
    'a ceiling of currencies that cannot be valued',
    'no-conversion-price',
    BUY,
    { limits: { maxCurrencyExposure: 100 }, currencyExposure: () => undefined },
  ],
  [
    'more than the account may hold in all',
    'exposure-exceeded',
    BUY,
    { limits: { maxExposure: 100 }, grossExposure: () => ({ before: 0, after: 101 }) },
  ],
  [
    'a ceiling of the account that cannot be valued',
    'no-conversion-price',
    BUY,
    { limits: { maxExposure: 100 }, grossExposure: () => undefined },
  ],
  ['a market order of a group', 'oco-group-invalid', { ...BUY, ocoGroup: 'pair' }],
  ['an instrument that does not exist', 'instrument-unknown', { ...BUY, instrument: 'EUR_XXX' }],
  [
    'an instrument that is not allowed',
    'instrument-not-allowed',
    BUY,
    { limits: { allowedInstruments: ['USD_JPY'] } },
  ],
  [
    'any instrument when none is allowed',
    'instrument-not-allowed',
    BUY,
    { limits: { allowedInstruments: [] } },
  ],
  ['no units', 'units-invalid', { ...BUY, units: 0 }],
  ['negative units', 'units-invalid', { ...BUY, units: -1_000 }],
  ['a part of a unit', 'units-invalid', { ...BUY, units: 1.5 }],
  ['units that are no number', 'units-invalid', { ...BUY, units: Number.NaN }],
  ['endless units', 'units-invalid', { ...BUY, units: Infinity }],
  ['more units than the account allows', 'order-units-exceeded', BUY, { limits: { maxOrderUnits: 999 } }],
  ['more units than the instrument allows', 'order-units-exceeded', { ...BUY, units: 100_000_001 }],
  ['a tag that is too long', 'tag-invalid', { ...BUY, tag: 'x'.repeat(129) }],
  ['a market order that waits', 'time-in-force-invalid', { ...BUY, timeInForce: 'GTC' }],
  [
    'a market order until a date',
    'time-in-force-invalid',
    { ...BUY, timeInForce: 'GTD', expiresAt: NOON + 1 },
  ],
  [
    'an order to be touched that may not wait',
    'time-in-force-invalid',
    { ...BUY_LIMIT, orderType: 'market_if_touched', timeInForce: 'FOK' },
  ],
  ['a market order for the day', 'time-in-force-invalid', { ...BUY, timeInForce: 'GFD' }],
  ['a stop loss by price and distance', 'price-and-distance', { ...BUY, stopLoss: 1, stopLossDistance: 1 }],
  [
    'a take profit by price and distance',
    'price-and-distance',
    { ...BUY, takeProfit: 1, takeProfitDistance: 1 },
  ],
  ['a distance of nothing', 'price-invalid', { ...BUY, stopLossDistance: 0 }],
  ['a stop loss within the spread', 'stop-loss-on-wrong-side', { ...BUY, stopLossDistance: 12 }],
  ['a stop loss below all prices', 'stop-loss-on-wrong-side', { ...BUY, stopLossDistance: 110_012 }],
  ['a take profit below all prices', 'take-profit-on-wrong-side', { ...SELL, takeProfitDistance: 110_000 }],
  ['a market order that waits for a price', 'trigger-condition-invalid', { ...BUY, triggerCondition: 'MID' }],
  ['a market order with a price', 'price-invalid', { ...BUY, price: 110_000 }],
  ['a limit order without a price', 'price-invalid', { ...BUY_LIMIT, price: undefined }],
  ['a stop order without a price', 'price-invalid', { ...SELL_STOP, price: undefined }],
  ['a limit order with a bound', 'price-invalid', { ...BUY_LIMIT, priceBound: 109_000 }],
  ['a price between two points', 'price-invalid', { ...BUY_LIMIT, price: 109_000.5 }],
  ['a price of nothing', 'price-invalid', { ...BUY_LIMIT, price: 0 }],
  ['a bound between two points', 'price-invalid', { ...BUY, priceBound: 110_020.5 }],
  ['a stop loss between two points', 'price-invalid', { ...BUY, stopLoss: 109_000.5 }],
  ['a negative take profit', 'price-invalid', { ...SELL, takeProfit: -1 }],
  ['an order until a date without one', 'expiry-invalid', { ...BUY_LIMIT, timeInForce: 'GTD' }],
  ['an order until now', 'expiry-invalid', { ...BUY_LIMIT, timeInForce: 'GTD', expiresAt: NOON }],
  ['an order until cancelled with a date', 'expiry-invalid', { ...BUY_LIMIT, expiresAt: NOON + 1 }],
  ['a trailing stop that is too close', 'trailing-distance-invalid', { ...BUY, trailingDistance: 49 }],
  ['a trailing stop that is too far', 'trailing-distance-invalid', { ...BUY, trailingDistance: 100_001 }],
  ['a trailing stop between two points', 'trailing-distance-invalid', { ...BUY, trailingDistance: 60.5 }],
  [
    'an order after the daily loss',
    'daily-loss-exceeded',
    BUY,
    { equityDenial: () => ({ code: 'daily-loss-exceeded' }) },
  ],
  ['an order on a halted account', 'account-halted', BUY, { isHalted: true }],
  ['a market order on a weekend', 'market-closed', BUY, { isMarketOpen: () => false }],
  ['a resting order on a weekend', 'market-closed', BUY_LIMIT, { isMarketOpen: () => false }],
  ['an order before the first price', 'no-quote', BUY, { quoteOf: () => undefined }],
  ['an order on an old price', 'stale-quote', BUY, { quoteAgeMs: () => 30_001 }],
  ['a stop loss of a long at the ask', 'stop-loss-on-wrong-side', { ...BUY, stopLoss: 110_012 }],
  ['a stop loss of a short at the bid', 'stop-loss-on-wrong-side', { ...SELL, stopLoss: 110_000 }],
  ['a stop loss of a long inside the spread', 'stop-loss-on-wrong-side', { ...BUY, stopLoss: 110_005 }],
  ['a stop loss of a short inside the spread', 'stop-loss-on-wrong-side', { ...SELL, stopLoss: 110_005 }],
  ['a stop loss above a buy limit', 'stop-loss-on-wrong-side', { ...BUY_LIMIT, stopLoss: 109_000 }],
  ['a stop loss below a sell stop', 'stop-loss-on-wrong-side', { ...SELL_STOP, stopLoss: 108_999 }],
  ['a take profit of a long at the ask', 'take-profit-on-wrong-side', { ...BUY, takeProfit: 110_012 }],
  ['a take profit of a short at the bid', 'take-profit-on-wrong-side', { ...SELL, takeProfit: 110_000 }],
  ['a take profit below a buy limit', 'take-profit-on-wrong-side', { ...BUY_LIMIT, takeProfit: 108_999 }],
  ['a take profit above a sell stop', 'take-profit-on-wrong-side', { ...SELL_STOP, takeProfit: 109_000 }],
  ['a spread that is too wide', 'spread-too-wide', BUY, { limits: { maxSpreadPoints: 11 } }],
  [
    'a position that is too large',
    'position-units-exceeded',
    BUY,
    { limits: { maxPositionUnits: 5_000 }, exposure: () => ({ before: 4_999, after: 5_001 }) },
  ],
  ['an order whose result cannot be converted', 'no-conversion-price', BUY, { hasConversion: () => false }],
  ['an order while the equity is not known', 'no-quote', BUY, { valuationGap: () => 'no-quote' }],
  ['an order whose margin cannot be converted', 'no-conversion-price', BUY, { marginNeed: () => undefined }],
  [
    'an order that needs more margin than there is',
    'insufficient-margin',
    BUY,
    { marginNeed: () => 100_000_001 },
  ],
];

const PASSED: [sentence: string, terms: OrderTerms, facts?: Partial<RiskFacts>][] = [
  ['a plain market order', BUY],
  [
    'a market order that may fill in part, with a bound',
    { ...SELL, timeInForce: 'IOC', priceBound: 109_990 },
  ],
  ['a limit order until cancelled', BUY_LIMIT],
  ['a stop order until a date', { ...SELL_STOP, timeInForce: 'GTD', expiresAt: NOON + 1 }],
  ['an allowed instrument', BUY, { limits: { allowedInstruments: ['USD_JPY', 'EUR_USD'] } }],
  ['as many units as the account allows', BUY, { limits: { maxOrderUnits: 1_000 } }],
  ['a price that is as old as allowed', BUY, { quoteAgeMs: () => 30_000 }],
  ['a spread as wide as allowed', BUY, { limits: { maxSpreadPoints: 12 } }],
  [
    'a position as large as allowed',
    BUY,
    { limits: { maxPositionUnits: 5_000 }, exposure: () => ({ before: 0, after: 5_000 }) },
  ],
  [
    'an order that makes too large a position no larger',
    BUY,
    { limits: { maxPositionUnits: 5_000 }, exposure: () => ({ before: 7_000, after: 7_000 }) },
  ],
  ['an order that needs all the margin', BUY, { marginAvailable: () => 100_000_000 }],
  [
    'an order that frees margin on an account that has none',
    BUY,
    { marginAvailable: () => 0, marginNeed: () => 0 },
  ],
  [
    'protection of a long one point away',
    { ...BUY, stopLoss: 109_999, takeProfit: 110_013, trailingDistance: 50 },
  ],
  ['a trailing stop as far as allowed', { ...BUY, trailingDistance: 100_000 }],
  ['protection of a short one point away', { ...SELL, stopLoss: 110_013, takeProfit: 109_999 }],
  ['protection around the price of a limit order', { ...BUY_LIMIT, stopLoss: 108_999, takeProfit: 109_001 }],
  ['protection around the price of a stop order', { ...SELL_STOP, stopLoss: 109_001, takeProfit: 108_999 }],
];

describe('judgeOrder', () => {
  it.each(DENIED)('denies %s (%s)', (_, code, terms, facts = {}) => {
    expect(judgeOrder(terms, { ...FACTS, ...facts })?.code).toBe(code);
  });

  it.each(PASSED)('lets %s pass', (_, terms, facts = {}) => {
    expect(judgeOrder(terms, { ...FACTS, ...facts })).toBeUndefined();
  });

  it('names the field and the numbers that a denial rests on', () => {
    const facts: RiskFacts = { ...FACTS, marginNeed: () => 8_124_000.2, marginAvailable: () => 3_102_000 };
    const context = { currency: 'USD', instrument: PAPER_INSTRUMENTS.named('EUR_USD'), instantText: String };
    const shown = (denial: Denial | undefined) => denial && describeDenial(denial, context);

    expect(shown(judgeOrder(BUY, facts))).toEqual({
      code: 'insufficient-margin',
      field: 'units',
      facts: { needed: { value: '812.4001', unit: 'USD' }, available: { value: '310.2000', unit: 'USD' } },
      sentence:
        "The order needs more than the account's marginAvailable. Needed 812.4001 USD, available 310.2000 USD. Order fewer units, or close something first.",
    });
    expect(shown(judgeOrder({ ...BUY, stopLossDistance: 12 }, FACTS))).toMatchObject({
      field: 'stopLossDistance',
      facts: {
        stopLoss: { value: '1.10000', unit: 'EUR_USD' },
        bid: { value: '1.10000' },
        ask: { value: '1.10012' },
      },
    });
    expect(shown(judgeOrder(BUY, { ...FACTS, limits: { maxSpreadPoints: 11 } }))).toMatchObject({
      field: 'instrument',
      facts: { spread: { value: '1.2', unit: 'pips' }, limit: { value: '1.1', unit: 'pips' } },
    });
    expect(shown(judgeOrder({ ...BUY, priceBound: 1.5 }, FACTS))?.field).toBe('priceBound');
  });

  it('answers with the first of several reasons: the order itself before the state of the account', () => {
    const facts = { ...FACTS, isHalted: true, isMarketOpen: () => false };

    expect(judgeOrder({ ...BUY, units: 0 }, facts)?.code).toBe('units-invalid');
    expect(judgeOrder(BUY, facts)?.code).toBe('account-halted');
  });
});

const LONG: Position = {
  brokerPositionId: 4,
  orderId: 3,
  instrument: 'EUR_USD',
  side: 'long',
  initialUnits: 1_000,
  openUnits: 600,
  entryPrice: 110_000,
  ...NOTHING_BOOKED,
  openedAt: NOON,
};

describe('an order that only reduces', () => {
  const REDUCE: OrderTerms = { ...SELL, positionFill: 'REDUCE_ONLY' };
  const HOPELESS: RiskFacts = {
    ...FACTS,
    isMarketOpen: () => false,
    isHalted: true,
    equityDenial: () => ({ code: 'daily-loss-exceeded' }),
    quoteOf: () => undefined,
    limits: { maxOrderUnits: 1, allowedInstruments: [] },
  };

  it('passes when all else is denied', () => {
    expect(judgeOrder(REDUCE, HOPELESS)).toBeUndefined();
    expect(judgeOrder({ ...SELL_STOP, positionFill: 'REDUCE_ONLY' }, HOPELESS)).toBeUndefined();
  });

  it('must make sense all the same', () => {
    expect(judgeOrder({ ...REDUCE, units: 0 }, HOPELESS)?.code).toBe('units-invalid');
    expect(judgeOrder({ ...REDUCE, price: 1 }, HOPELESS)?.code).toBe('price-invalid');
  });

  it.each([
    [0, false, 'position-unknown'],
    [1_000, true, 'close-in-progress'],
    [999, false, 'close-units-exceed-position'],
    [1_000, false, undefined],
  ] as const)(
    'at the market, with %s units open (being closed: %s): %s',
    (openUnits, isBeingClosed, code) => {
      expect(judgeCloseOut(REDUCE, { openUnits, isBeingClosed })?.code).toBe(code);
    },
  );
});

describe('judgeProtective', () => {
  const QUOTE = { instrument: 'EUR_USD', at: NOON, bid: 110_000, ask: 110_012 };
  const STOP: OrderTerms = {
    ...SELL,
    units: 600,
    orderType: 'stop_loss',
    price: 109_000,
    timeInForce: 'GTC',
  };
  const FACTS_OF_LONG = {
    position: LONG,
    protection: [],
    instrument: PAPER_INSTRUMENTS.find('EUR_USD'),
    quote: QUOTE,
  };

  it.each<[string, DenialCode, Partial<OrderTerms>]>([
    ['of the side of its position', 'position-unknown', { side: 'buy' }],
    ['of another instrument', 'position-unknown', { instrument: 'GBP_USD' }],
    ['without a price', 'price-invalid', { price: undefined }],
    ['by price and distance', 'price-and-distance', { stopLossDistance: 100 }],
    [
      'that is a take profit by distance',
      'price-invalid',
      { orderType: 'take_profit', stopLossDistance: 100 },
    ],
    ['that fills positions in its own way', 'position-fill-invalid', { positionFill: 'DEFAULT' }],
    ['that may not wait', 'time-in-force-invalid', { timeInForce: 'IOC' }],
    ['beyond the price', 'stop-loss-on-wrong-side', { price: 110_000 }],
    ['within the spread', 'stop-loss-on-wrong-side', { price: undefined, stopLossDistance: 12 }],
    ['below all prices', 'stop-loss-on-wrong-side', { price: undefined, stopLossDistance: 110_012 }],
    [
      'that trails too close',
      'trailing-distance-invalid',
      { orderType: 'trailing_stop', price: undefined, trailingDistance: 49 },
    ],
  ])('denies an order %s (%s)', (_, code, terms) => {
    expect(judgeProtective({ terms: { ...STOP, ...terms } }, FACTS_OF_LONG)?.code).toBe(code);
  });

  it('denies an order of no position', () => {
    expect(judgeProtective({ terms: STOP }, { ...FACTS_OF_LONG, position: undefined })?.code).toBe(
      'position-unknown',
    );
  });

  it('lets one pass, by price, by distance or trailing', () => {
    const byDistance = { ...STOP, price: undefined, stopLossDistance: 13 };
    const trailing = { ...STOP, price: undefined, orderType: 'trailing_stop', trailingDistance: 50 } as const;
    for (const terms of [STOP, byDistance, trailing])
      expect(judgeProtective({ terms }, FACTS_OF_LONG)).toBeUndefined();
  });
});

describe('judgeClose', () => {
  const EURO = PAPER_INSTRUMENTS.named('EUR_USD');

  it.each([
    ['a position that is not there', 'position-unknown', undefined, undefined, false],
    ['a position that is being closed', 'close-in-progress', LONG, undefined, true],
    ['no units', 'units-invalid', LONG, 0, false],
    ['a part of a unit', 'units-invalid', LONG, 0.5, false],
    ['more units than are open', 'close-units-exceed-position', LONG, 601, false],
  ] as const)('denies closing %s', (_, code, position, units, isBeingClosed) => {
    expect(judgeClose(position, units, { instrument: EURO, isBeingClosed })?.code).toBe(code);
  });

  it.each([undefined, 1, 600])('lets %s units pass', (units) => {
    expect(judgeClose(LONG, units, { instrument: EURO, isBeingClosed: false })).toBeUndefined();
  });
});

describe('judgeProtection', () => {
  const QUOTE = { instrument: 'EUR_USD', at: NOON, bid: 110_000, ask: 110_012 };
  const MARKET = { instrument: PAPER_INSTRUMENTS.find('EUR_USD'), quote: QUOTE };
  const SHORT: Position = { ...LONG, side: 'short' };

  it.each([
    ['of a position that is not there', 'position-unknown', undefined, { stopLoss: 109_000 }],
    ['at a price between two points', 'price-invalid', LONG, { stopLoss: 109_000.5 }],
    ['at a price of nothing', 'price-invalid', LONG, { takeProfit: 0 }],
    ['that trails too close', 'trailing-distance-invalid', LONG, { trailingDistance: 49 }],
    ['of a long with its stop loss at the bid', 'stop-loss-on-wrong-side', LONG, { stopLoss: 110_000 }],
    ['of a short with its stop loss at the ask', 'stop-loss-on-wrong-side', SHORT, { stopLoss: 110_012 }],
    ['of a long with its take profit at the bid', 'take-profit-on-wrong-side', LONG, { takeProfit: 110_000 }],
    [
      'of a short with its take profit at the ask',
      'take-profit-on-wrong-side',
      SHORT,
      { takeProfit: 110_012 },
    ],
  ] as const)('denies protection %s', (_, code, position, change) => {
    expect(judgeProtection(position, { brokerPositionId: 4, ...change }, MARKET)?.code).toBe(code);
  });

  it.each([
    ['of a long one point away', LONG, { stopLoss: 109_999, takeProfit: 110_001, trailingDistance: 50 }],
    ['of a short one point away', SHORT, { stopLoss: 110_013, takeProfit: 110_011 }],
    ['that is removed', LONG, { stopLoss: null, takeProfit: null, trailingDistance: null }],
  ] as const)('lets protection pass %s', (_, position, change) => {
    expect(judgeProtection(position, { brokerPositionId: 4, ...change }, MARKET)).toBeUndefined();
  });

  it('does not judge sides by a price that is not there', () => {
    expect(
      judgeProtection(LONG, { brokerPositionId: 4, stopLoss: 120_000 }, { ...MARKET, quote: undefined }),
    ).toBeUndefined();
  });
});
