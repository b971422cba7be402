/** Stories drawn at random of what clients ask of the v20 simulator: half of the requests make sense, the rest hardly. */
import * as fc from 'fast-check';
import { ACCOUNT } from './v20-simulator.ts';
import type { RunningSimulator, V20Answer } from './v20-simulator.ts';

/** Something that happens: a request, whose answer is returned, or a price. */
export type Step = (running: RunningSimulator) => Promise<V20Answer | undefined>;

/** An id as a path has it, when the request is sent. */
type Specifier = (running: RunningSimulator) => string;

const { constantFrom, oneof, option, record, tuple } = fc;

const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  option(values, { nil: undefined, freq: 2 });

/** One of what is there, mostly; otherwise an id of something else, or of nothing. */
const drawnId = (idsOf: (running: RunningSimulator) => readonly number[]): fc.Arbitrary<Specifier> =>
  oneof(
    {
      weight: 4,
      arbitrary: fc.nat(20).map((index): Specifier => {
        return (running) => {
          const ids = idsOf(running);
          return String(ids[index % Math.max(1, ids.length)] ?? 1);
        };
      }),
    },
    {
      weight: 1,
      arbitrary: constantFrom('@a', '@b', '@%C3%A4%2F%C3%B6', '0', '3', '4', '-1', 'x', '9'.repeat(18)).map(
        (text): Specifier =>
          () =>
            text,
      ),
    },
  );

const ledgerOf = ({ simulator }: RunningSimulator): { openOrders: number[]; openTrades: number[] } => {
  const ledger = simulator.account(ACCOUNT)?.book.ledger;
  return {
    openOrders: [...(ledger?.openOrders.keys() ?? [])],
    openTrades: [...(ledger?.openPositions.keys() ?? [])],
  };
};
const orderId = drawnId((running) => ledgerOf(running).openOrders);
const tradeId = drawnId((running) => ledgerOf(running).openTrades);

// Few ids and values, so that requests meet what earlier ones made.
const clientId = constantFrom('a', 'b', 'ä/ö');
const extensions = optional(record({ id: optional(clientId), tag: optional(constantFrom('t', '')) }));
const timeInForce = constantFrom('GTC', 'GTC', 'GFD');
const gtd = { timeInForce: 'GTD', gtdTime: '2026-01-06T13:00:00Z' };
const price = constantFrom('1.1', '1.09', '1.0995', '1.101', '1.11', '1.05', '1.2');
const distance = constantFrom('0.002', '0.01', '0.0005', '0.1');
const triggerCondition = optional(constantFrom('DEFAULT', 'INVERSE', 'BID', 'ASK', 'MID'));
const lifetime = oneof(record({ timeInForce }), fc.constant(gtd), fc.constant({}));

const priced = tuple(record({ price, clientExtensions: extensions }), lifetime).map(
  (parts) => Object.assign({}, ...parts) as object,
);
const distant = tuple(record({ distance, clientExtensions: extensions }), lifetime).map(
  (parts) => Object.assign({}, ...parts) as object,
);

const market = record({
  type: constantFrom('MARKET'),
  instrument: constantFrom('EUR_USD', 'EUR_USD', 'USD_JPY'),
  units: constantFrom('1000', '-1000', '3000', '-3000', '600000', '-1500000'),
  timeInForce: optional(constantFrom('FOK', 'IOC')),
  positionFill: optional(constantFrom('DEFAULT', 'OPEN_ONLY', 'REDUCE_ONLY', 'REDUCE_FIRST')),
  clientExtensions: extensions,
  tradeClientExtensions: extensions,
  stopLossOnFill: optional(distant),
  trailingStopLossOnFill: optional(distant),
});

/** Parts of a unit, whose sums are not those of doubles. */
const gold = tuple(market, constantFrom('0.1', '0.2', '-0.1', '-0.3', '0.7', '12.5')).map(
  ([order, units]) => ({
    ...order,
    instrument: 'XAU_USD',
    units,
  }),
);

const resting = tuple(
  record({
    type: constantFrom('LIMIT', 'STOP', 'MARKET_IF_TOUCHED'),
    instrument: constantFrom('EUR_USD'),
    units: constantFrom('1000', '-1000', '2000', '-2000'),
    price,
    triggerCondition,
    clientExtensions: extensions,
    tradeClientExtensions: extensions,
    takeProfitOnFill: optional(priced),
    stopLossOnFill: optional(distant),
  }),
  lifetime,
).map(([order, life]) => ({ ...order, ...life }));

const dependent = oneof(
  record({ type: constantFrom('TAKE_PROFIT', 'STOP_LOSS'), price, triggerCondition }),
  record({ type: constantFrom('STOP_LOSS', 'TRAILING_STOP_LOSS'), distance, clientExtensions: extensions }),
);

/** Fields of the right names, with values of which many are wrong. */
const wildPart = option(
  record(
    {
      price: constantFrom('1.1', '1.000001', '0', -1, 'low', null, {}),
      distance: constantFrom('0.01', '0.000001', '5', '-1', ''),
      timeInForce: constantFrom('GTC', 'GTD', 'FOK', 'DAY', 1),
      gtdTime: constantFrom('2020-01-01T00:00:00Z', '1767790800', 'soon'),
      clientExtensions: constantFrom({}, { id: 'x'.repeat(129) }, { id: 'a' }, [], 'text'),
      guaranteed: constantFrom(true, false, 'yes'),
    },
    { requiredKeys: [] },
  ),
  { nil: null },
);
const wild = record(
  {
    type: constantFrom('MARKET', 'LIMIT', 'STOP', 'TAKE_PROFIT', 'GUARANTEED_STOP_LOSS', 'FIXED_PRICE'),
    instrument: constantFrom('EUR_USD', 'GBP_USD', 'NO_PAIR', '', 7),
    units: constantFrom('100', '-90000000', '0', 'ALL', '0.1', '1e3', '999999999999', null),
    price: constantFrom('1.1', '1.000001', '0', -1, 'low'),
    priceBound: constantFrom('1.1', '1.05', '0', 'x'),
    distance: constantFrom('0.01', '-1'),
    tradeID: constantFrom('1', '4', 'x', 4),
    clientTradeID: constantFrom('a', 'zz'),
    timeInForce: constantFrom('GTC', 'GTD', 'FOK', 'DAY'),
    gtdTime: constantFrom('2020-01-01T00:00:00Z', 'soon'),
    triggerCondition: constantFrom('ASK', 'NEVER'),
    positionFill: constantFrom('REDUCE_ONLY', 'ANY'),
    clientExtensions: constantFrom({ id: 'a' }, { tag: 'x'.repeat(129) }, null),
    takeProfitOnFill: wildPart,
    stopLossOnFill: wildPart,
    trailingStopLossOnFill: wildPart,
    guaranteedStopLossOnFill: wildPart,
  },
  { requiredKeys: ['type'] },
);

const closing = optional(constantFrom('ALL', 'ALL', '100', '700', '0.1', 'NONE', '0', '-5', '1.5'));
const change = oneof(
  { weight: 3, arbitrary: optional(priced) },
  { weight: 1, arbitrary: wildPart },
  { weight: 1, arbitrary: fc.constant(null) },
);

const sent =
  (method: string, pathOf: Specifier, body?: unknown): Step =>
  (running) =>
    running.send(method, `/{A}/${pathOf(running)}`, body);

const onOrder = (method: string, action: string, body: fc.Arbitrary<unknown>): fc.Arbitrary<Step> =>
  tuple(orderId, body).map(([id, value]) =>
    sent(method, (running) => `orders/${id(running)}${action}`, value),
  );
const onTrade = (action: string, body: fc.Arbitrary<unknown>): fc.Arbitrary<Step> =>
  tuple(tradeId, body).map(([id, value]) =>
    sent('PUT', (running) => `trades/${id(running)}${action}`, value),
  );
const at = (path: string): Specifier => {
  return () => path;
};

const create = (order: fc.Arbitrary<object>): fc.Arbitrary<Step> =>
  order.map((one) => sent('POST', at('orders'), { order: one }));

const created = oneof(
  { weight: 3, arbitrary: market },
  { weight: 2, arbitrary: gold },
  { weight: 4, arbitrary: resting },
  { weight: 3, arbitrary: wild },
);

const requests: fc.Arbitrary<Step> = oneof(
  { weight: 8, arbitrary: create(created) },
  {
    weight: 3,
    arbitrary: tuple(tradeId, dependent).map(
      ([id, order]): Step =>
        (running) =>
          running.send('POST', '/{A}/orders', { order: { ...order, tradeID: id(running) } }),
    ),
  },
  {
    weight: 3,
    arbitrary: onOrder(
      'PUT',
      '',
      oneof(resting, wild).map((order) => ({ order })),
    ),
  },
  { weight: 2, arbitrary: onOrder('PUT', '/cancel', fc.constant(undefined)) },
  {
    weight: 2,
    arbitrary: onOrder(
      'PUT',
      '/clientExtensions',
      record({ clientExtensions: extensions, tradeClientExtensions: extensions }),
    ),
  },
  { weight: 2, arbitrary: onTrade('/clientExtensions', record({ clientExtensions: extensions })) },
  {
    weight: 3,
    arbitrary: onTrade(
      '/orders',
      record({
        takeProfit: change,
        stopLoss: change,
        trailingStopLoss: oneof(optional(distant), fc.constant(null)),
      }),
    ),
  },
  { weight: 2, arbitrary: onTrade('/close', record({ units: closing })) },
  {
    weight: 1,
    arbitrary: tuple(
      constantFrom('EUR_USD', 'EUR_USD', 'XAU_USD', 'USD_JPY', 'GBP_USD', 'NO_PAIR'),
      record({ longUnits: closing, shortUnits: closing }),
    ).map(([name, body]) => sent('PUT', at(`positions/${name}/close`), body)),
  },
  {
    weight: 1,
    arbitrary: record({
      alias: optional(constantFrom('mine', '')),
      marginRate: optional(constantFrom('0.03', '0.5', '0', '9')),
    }).map((body) => sent('PATCH', at('configuration'), body)),
  },
  { weight: 1, arbitrary: oneof(onOrder('PUT', '', fc.jsonValue()), onTrade('/orders', fc.jsonValue())) },
  { weight: 1, arbitrary: fc.jsonValue().map((order) => sent('POST', at('orders'), { order })) },
  {
    weight: 1,
    arbitrary: tuple(
      constantFrom(
        'orders',
        'trades',
        'transactions',
        'transactions/idrange',
        'transactions/sinceid',
        'changes',
      ),
      fc.webQueryParameters(),
    ).map(([path, query]) => sent('GET', at(`${path}?${query}`))),
  },
);

const prices: fc.Arbitrary<Step> = record({
  name: constantFrom('EUR_USD', 'EUR_USD', 'USD_JPY', 'XAU_USD'),
  // Sometimes a leap that no margin stands.
  move: oneof(
    { weight: 9, arbitrary: fc.integer({ min: -900, max: 900 }) },
    { weight: 1, arbitrary: fc.integer({ min: -30_000, max: 30_000 }) },
  ),
  // Sometimes past the end of a day, which is charged.
  waitMs: oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 60_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 86_400_000 }) },
  ),
}).map(({ name, move, waitMs }): Step => {
  return async ({ market: source }) => {
    const last = source.latestQuotes().find((quote) => quote.instrument === name);
    const bid = Math.max(1_000, (last?.bid ?? 0) + move);
    source.publish(name, bid, bid + 10, source.marketTime() + waitMs);
    return undefined;
  };
});

const goldPrice: Step = async ({ market: source }) => {
  source.publish('XAU_USD', 2_600_000, 2_600_300);
  return undefined;
};

/** Stories of 11 to 41 steps. They begin with orders that make sense, so that later requests find something. */
export const V20_STORIES: fc.Arbitrary<readonly Step[]> = tuple(
  fc.array(create(oneof(market, gold, resting)), { minLength: 4, maxLength: 4 }),
  fc.array(oneof({ weight: 3, arbitrary: requests }, { weight: 1, arbitrary: prices }), {
    minLength: 6,
    maxLength: 36,
    size: 'max',
  }),
).map(([first, rest]) => [goldPrice, ...first, ...rest]);
