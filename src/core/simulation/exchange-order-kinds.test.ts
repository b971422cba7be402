/** Orders to be touched, orders that protect a position by themselves, distances, trigger conditions, position fills, and the day's end. */

import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import type { OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Transaction } from '../domain/transaction.ts';
import type { Travel } from './exchange.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
// In winter 17:00 in New York is 22:00 UTC.
const MONDAY_END = Date.UTC(2024, 0, 8, 22);

let exchange: Exchange;
let ids = 0;

/** An account of 10,000 dollars that sees EUR_USD at 1.10000/1.10010. */
function open(hedging: boolean): void {
  exchange = new Exchange({ currency: 'USD', costs: DEFAULT_COSTS, hedging });
  exchange.openAccount(100_000_000, MONDAY_NOON);
  quote(110_000);
}

beforeEach(() => open(false));

function quote(bid: number, ask = bid + 10, travel: Travel = 'jump'): readonly Transaction[] {
  return exchange.onQuote({ instrument: 'EUR_USD', at: MONDAY_NOON, bid, ask }, travel);
}

function submit(terms: Partial<OrderTerms>, rest: Partial<OrderRequest> = {}): readonly Transaction[] {
  const defaults = {
    instrument: 'EUR_USD',
    orderType: 'market',
    side: 'buy',
    units: 1_000,
    timeInForce: terms.orderType === undefined ? 'FOK' : 'GTC',
  } as const;
  return exchange.submitOrder({
    id: `o${(ids += 1)}`,
    decidedAt: 0,
    terms: { ...defaults, ...terms },
    ...rest,
  });
}

const lots = (): readonly string[] =>
  [...exchange.ledger.openPositions.values()].map(({ side, openUnits }) => `${side} ${openUnits}`);

describe('an order to be touched that is placed inside a candle', () => {
  it.each([
    ['buy', 'BID', 109_990, 109_985, 110_020, 110_025],
    ['buy', 'DEFAULT', 109_990, 109_960, 109_970, 109_990],
    ['sell', 'ASK', 110_030, 110_000, 110_035, 109_995],
    ['sell', 'MID', 110_020, 110_030, 110_040, 110_015],
  ] as const)(
    'to %s by %s fills at its end, at the market where it was triggered',
    (side, triggerCondition, price, bid, ask, fillPrice) => {
      quote(110_000, 110_010, 'continuous');
      submit({ orderType: 'market_if_touched', side, price, triggerCondition });

      expect(quote(bid, ask, 'closing')).toMatchObject([{ type: 'order-filled', price: fillPrice }]);
    },
  );
});

describe('an order to be touched', () => {
  it.each([
    ['buy below the market, as a limit does', 'buy', 109_000, 108_980, 108_990],
    ['buy above the market, as a stop does', 'buy', 111_000, 111_000, 111_010],
    ['sell above the market, as a limit does', 'sell', 111_000, 111_000, 111_000],
    ['sell below the market, as a stop does', 'sell', 109_000, 108_990, 108_990],
  ] as const)('waits to %s, and fills at the market', (_case, side, price, bid, fillPrice) => {
    expect(submit({ orderType: 'market_if_touched', side, price })).toHaveLength(1);
    expect(quote(110_000)).toEqual([]);

    expect(quote(bid)).toMatchObject([
      { type: 'order-filled', reason: 'market_if_touched', price: fillPrice },
    ]);
  });

  it('waits from where it began, after a restart too', () => {
    submit({ orderType: 'market_if_touched', price: 109_000 });
    const log = exchange.ledger.openOrders;
    const created = [...log.values()][0];

    expect(created).toMatchObject({ initialPrice: 110_010 });
  });

  it('is cancelled where the market is beyond its bound', () => {
    submit({ orderType: 'market_if_touched', price: 111_000, priceBound: 111_005 });

    expect(quote(111_000)).toMatchObject([{ type: 'order-cancelled', reason: 'bounds-violated' }]);
  });

  it('cannot be made without a price to begin from', () => {
    expect(submit({ orderType: 'market_if_touched', instrument: 'GBP_USD', price: 125_000 })).toMatchObject([
      { type: 'order-rejected', reason: 'price-unknown' },
    ]);
  });

  it.each(['FOK', 'IOC'] as const)('is never %s', (timeInForce) => {
    expect(submit({ orderType: 'market_if_touched', price: 109_000, timeInForce })).toMatchObject([
      { reason: 'time-in-force-invalid' },
    ]);
  });

  it('gets no better price than its own at the close of the candle that it was placed in', () => {
    quote(110_100, undefined, 'continuous');
    submit({ orderType: 'market_if_touched', price: 109_500 });

    expect(quote(109_000, undefined, 'closing')).toMatchObject([{ type: 'order-filled', price: 109_500 }]);
  });
});

describe('an order that protects a position by itself', () => {
  const protects = 4;
  const sell = { side: 'sell', units: 1_000 } as const;

  beforeEach(() => {
    submit({});
  });

  it.each<[Partial<OrderTerms>, object]>([
    [{ orderType: 'stop_loss', price: 109_000 }, { stopLoss: 109_000 }],
    [{ orderType: 'take_profit', price: 111_000 }, { takeProfit: 111_000 }],
    [{ orderType: 'trailing_stop', trailingDistance: 500 }, { trailingDistance: 500 }],
    // From the ask, 110010.
    [{ orderType: 'stop_loss', stopLossDistance: 510 }, { stopLoss: 109_500 }],
  ])('%j is the protection of its position', (terms, protection) => {
    expect(submit({ ...sell, ...terms }, { protects })).toMatchObject([
      { type: 'order-created', reason: 'client', brokerPositionId: protects, clientOrderId: `o${ids}` },
    ]);
    expect(exchange.ledger.openPositions.get(protects)).toMatchObject(protection);
  });

  it('closes it', () => {
    submit({ ...sell, orderType: 'stop_loss', price: 109_000 }, { protects });

    expect(quote(108_900)).toMatchObject([{ type: 'order-filled', reason: 'stop_loss', price: 108_900 }]);
    expect(lots()).toEqual([]);
  });

  it.each([1, 999, 1_001])('protects all of it, though it names %i units', (units) => {
    submit({ ...sell, orderType: 'stop_loss', price: 109_000, units }, { protects });

    expect([...exchange.ledger.openOrders.values()]).toMatchObject([{ terms: { units: 1_000 } }]);
    expect(quote(108_900)).toMatchObject([{ type: 'order-filled', units: 1_000 }]);
  });

  it.each<[string, Partial<OrderTerms>, number | undefined, string]>([
    ['no position', {}, undefined, 'position-unknown'],
    ['a position that is not there', {}, 99, 'position-unknown'],
    ['the wrong side', { side: 'buy' }, protects, 'position-unknown'],
    ['another instrument', { instrument: 'GBP_USD' }, protects, 'position-unknown'],
    ['a price and a distance', { stopLossDistance: 100 }, protects, 'price-and-distance'],
    ['a position fill', { positionFill: 'REDUCE_ONLY' }, protects, 'position-fill-invalid'],
    ['FOK', { timeInForce: 'FOK' }, protects, 'time-in-force-invalid'],
    [
      'a distance that leaves no price',
      { price: undefined, stopLossDistance: 200_000 },
      protects,
      'price-invalid',
    ],
  ])('is rejected with %s', (_case, terms, position, reason) => {
    const stop = { ...sell, orderType: 'stop_loss', price: 109_000, ...terms } as const;

    expect(submit(stop, { protects: position })).toMatchObject([{ type: 'order-rejected', reason }]);
  });

  it('is rejected beside another of its type, and may replace that', () => {
    submit({ ...sell, orderType: 'stop_loss', price: 109_000 }, { protects });
    const stop = { ...sell, orderType: 'stop_loss', price: 109_500 } as const;

    expect(submit(stop, { protects })).toMatchObject([{ reason: 'protection-exists' }]);
    expect(submit(stop, { protects, replaces: 5 })).toMatchObject([
      { type: 'order-cancelled', reason: 'replaced' },
      { type: 'order-created', reason: 'replacement', replaces: 5 },
    ]);
    expect(exchange.ledger.openPositions.get(protects)).toMatchObject({ stopLoss: 109_500 });
  });

  it('may be set by distance with the others', () => {
    exchange.changeProtection({ brokerPositionId: protects, stopLossDistance: 110, decidedAt: 0 });

    expect(exchange.ledger.openPositions.get(protects)).toMatchObject({ stopLoss: 109_900 });
  });
});

describe('protection by distance', () => {
  it.each([
    ['buy', 110_010, { stopLoss: 109_910, takeProfit: 110_210 }],
    ['sell', 110_000, { stopLoss: 110_100, takeProfit: 109_800 }],
  ] as const)('of a %s counts from the price of the fill', (side, _fill, protection) => {
    submit({ side, stopLossDistance: 100, takeProfitDistance: 200 });

    expect(exchange.ledger.openPositions.get(4)).toMatchObject(protection);
  });

  it.each([
    [{ stopLossDistance: 10 }, 'stop-loss-on-wrong-side'],
    [{ stopLossDistance: 110_010 }, 'stop-loss-on-wrong-side'],
  ])('%j cancels the entry: it would close at once, or never', (terms, reason) => {
    expect(submit(terms)[1]).toMatchObject({ type: 'order-cancelled', reason });
  });

  it.each([
    { stopLoss: 109_000, stopLossDistance: 100 },
    { takeProfit: 111_000, takeProfitDistance: 100 },
  ])('is rejected beside a price: %j', (terms) => {
    expect(submit(terms)).toMatchObject([{ reason: 'price-and-distance' }]);
  });
});

describe('a trigger condition', () => {
  // A stop to buy at 110100 fills at the ask, whatever triggers it.
  it.each([
    ['DEFAULT', 110_090, 110_100],
    ['ASK', 110_090, 110_100],
    ['INVERSE', 110_100, 110_110],
    ['BID', 110_100, 110_110],
    ['MID', 110_095, 110_105],
  ] as const)('%s says which price triggers a stop', (triggerCondition, bid, fillPrice) => {
    submit({ orderType: 'stop', price: 110_100, triggerCondition });

    expect(quote(bid - 1)).toEqual([]);
    expect(quote(bid)).toMatchObject([{ type: 'order-filled', price: fillPrice }]);
  });

  it('says which price a trailing stop follows', () => {
    submit({});
    submit(
      { orderType: 'trailing_stop', side: 'sell', trailingDistance: 100, triggerCondition: 'MID' },
      { protects: 4 },
    );
    quote(110_200);

    // The best middle price was 110205: the stop is at 110105.
    expect(quote(110_101)).toEqual([]);
    expect(quote(110_100)).toMatchObject([{ reason: 'trailing_stop', price: 110_100 }]);
  });

  it('never makes a limit fill at worse than its price', () => {
    submit({ orderType: 'limit', price: 109_900, triggerCondition: 'BID' });

    expect(quote(109_891)).toEqual([]);
    expect(quote(109_890)).toMatchObject([{ price: 109_900 }]);
  });

  it.each(['BID', 'MID', 'INVERSE'] as const)(
    'lets a limit fill inside a candle where its own side of the market gets to its price (%s)',
    (triggerCondition) => {
      submit({ orderType: 'limit', price: 109_900, triggerCondition });

      expect(quote(109_800, undefined, 'continuous')).toMatchObject([{ price: 109_900, ask: 109_900 }]);
    },
  );

  it('is met inside a candle where the path passes it', () => {
    submit({ orderType: 'stop', price: 110_100, triggerCondition: 'MID' });

    expect(quote(110_300, undefined, 'continuous')).toMatchObject([{ price: 110_105 }]);
  });

  it.each(['DEFAULT', 'INVERSE', 'MID'] as const)(
    'gives an order of a candle no better price at its end than it had at the trigger (%s)',
    (triggerCondition) => {
      quote(110_000, 110_100, 'continuous');
      submit({ orderType: 'market_if_touched', price: 109_900, triggerCondition });

      const [fill] = quote(109_700, 109_800, 'closing');

      const ask = { DEFAULT: 109_900, INVERSE: 110_000, MID: 109_950 }[triggerCondition];
      expect(fill).toMatchObject({ type: 'order-filled', price: ask });
    },
  );

  it.each([
    ['DEFAULT', 110_200],
    ['INVERSE', 110_300],
    ['MID', 110_250],
  ] as const)('takes the spread for no slippage (%s)', (triggerCondition, ask) => {
    const triggering = { orderType: 'stop', price: 110_200, triggerCondition } as const;
    submit(triggering);
    submit({ ...triggering, units: 2_000 });

    const atTrigger = quote(ask - 100, ask);
    submit({ ...triggering, price: 110_400 });
    const beyond = quote(ask + 107, ask + 207);

    expect(atTrigger).toMatchObject([{ slippageCost: 0 }, { slippageCost: 0 }]);
    // Seven points on 1,000 units.
    expect(beyond).toMatchObject([{ price: ask + 207, slippageCost: 700 }]);
  });

  it('of the middle price is met exactly inside a candle', () => {
    submit({ orderType: 'stop', price: 110_101, triggerCondition: 'MID' });

    const [fill] = quote(110_200, 110_231, 'continuous');

    expect(fill).toMatchObject({ slippageCost: 0 });
    expect(fill?.type === 'order-filled' && fill.bid + fill.ask).toBe(220_202);
  });

  it('is nothing for a market order', () => {
    expect(submit({ triggerCondition: 'MID' })).toMatchObject([{ reason: 'trigger-condition-invalid' }]);
  });
});

describe('a position fill', () => {
  it('REDUCE_ONLY closes the oldest lots first, as a close, and opens nothing', () => {
    submit({ units: 1_000 });
    submit({ units: 2_000 });

    expect(submit({ side: 'sell', units: 1_500, positionFill: 'REDUCE_ONLY' })).toMatchObject([
      { type: 'order-created' },
      {
        type: 'order-filled',
        reason: 'close',
        openedUnits: 0,
        closed: [
          { brokerPositionId: 4, units: 1_000 },
          { brokerPositionId: 6, units: 500 },
        ],
      },
    ]);
    expect(lots()).toEqual(['long 1500']);
  });

  it('REDUCE_ONLY fills no more than there is to reduce', () => {
    submit({ units: 1_000 });
    submit({ side: 'sell', units: 5_000, positionFill: 'REDUCE_ONLY' });

    expect(lots()).toEqual([]);
  });

  it('REDUCE_ONLY is cancelled when there is nothing to reduce', () => {
    expect(submit({ positionFill: 'REDUCE_ONLY' })[1]).toMatchObject({ reason: 'position-gone' });
    submit({});
    expect(submit({ positionFill: 'REDUCE_ONLY' })[1]).toMatchObject({ reason: 'position-gone' });
  });

  it('OPEN_ONLY is cancelled on a netting account that is open the other way', () => {
    submit({});

    expect(submit({ side: 'sell', positionFill: 'OPEN_ONLY' })[1]).toMatchObject({
      type: 'order-cancelled',
      reason: 'opposite-position-open',
    });
    expect(submit({ positionFill: 'OPEN_ONLY' })[1]).toMatchObject({ type: 'order-filled' });
  });

  it('OPEN_ONLY opens beside the other side on a hedging account', () => {
    open(true);
    submit({});

    expect(submit({ side: 'sell', units: 400, positionFill: 'OPEN_ONLY' })[1]).toMatchObject({
      openedUnits: 400,
      closed: [],
    });
    expect(lots()).toEqual(['long 1000', 'short 400']);
  });

  it('REDUCE_FIRST closes before it opens on a hedging account, which only opens by default', () => {
    open(true);
    submit({});
    submit({ side: 'sell', units: 400 });
    expect(lots()).toEqual(['long 1000', 'short 400']);

    submit({ side: 'sell', units: 1_500, positionFill: 'REDUCE_FIRST' });
    expect(lots()).toEqual(['short 400', 'short 500']);
  });
});

describe('an order for the day', () => {
  it('expires at 17:00 in New York', () => {
    submit({ orderType: 'limit', price: 109_000, timeInForce: 'GFD' });

    expect(exchange.onClock(MONDAY_END - 1)).toEqual([]);
    expect(exchange.onClock(MONDAY_END)).toMatchObject([
      { type: 'order-cancelled', reason: 'expired', at: MONDAY_END },
    ]);
  });
});

describe('a tag and a comment', () => {
  it('stay with the order, and are no longer than 128 characters', () => {
    const words = { tag: 'grid', comment: 'third of three' };

    expect(submit(words)[0]).toMatchObject({ terms: words });
    expect(submit({ tag: 'x'.repeat(129) })).toMatchObject([{ reason: 'client-tag-invalid' }]);
    expect(submit({ comment: 'x'.repeat(129) })).toMatchObject([{ reason: 'client-comment-invalid' }]);
  });
});
