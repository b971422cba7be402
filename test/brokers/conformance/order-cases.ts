/** Orders: how each kind is accepted, filled, replaced and ended. */
import { expect } from 'vitest';
import { transactionsOf } from './bench.ts';
import type { ConformanceCase } from './conformance-case.ts';

const HOUR_MS = 3_600_000;

export const ORDER_CASES: readonly ConformanceCase[] = [
  {
    name: 'market orders, with our id, a tag and a comment',
    run: async (bench) => {
      const answer = transactionsOf(await bench.submit({ tag: 'cross', comment: 'by hand' }));

      expect(answer).toMatchObject([
        {
          type: 'order-created',
          clientOrderId: 'o1',
          reason: 'client',
          terms: { side: 'buy', units: 1_000, tag: 'cross', comment: 'by hand' },
        },
        {
          type: 'order-filled',
          clientOrderId: 'o1',
          price: 110_010,
          openedUnits: 1_000,
          bid: 110_000,
          ask: 110_010,
          spreadCost: 500,
        },
      ]);
    },
  },
  {
    name: 'parts of units, of instruments that have them',
    run: async (bench) => {
      bench.venue.market.publish('XAU_USD', 4_000_000, 4_000_500);
      const position = await bench.opened({ instrument: 'XAU_USD', units: 0.3 });
      const closed = transactionsOf(await bench.close(position, { units: 0.1 })).at(-1);

      expect(closed).toMatchObject({ closed: [{ units: 0.1, realizedPnl: -500 }] });
      const { account } = await bench.venue.broker.snapshot();
      expect(account.positions).toMatchObject([{ initialUnits: 0.3, openUnits: 0.2 }]);
    },
  },
  {
    name: 'market orders that reduce what is open on the other side first, the oldest first',
    run: async (bench) => {
      const first = await bench.opened({ units: 300 });
      const second = await bench.opened({ units: 300 });
      const answer = transactionsOf(await bench.submit({ side: 'sell', units: 400 }));

      expect(answer.at(-1)).toMatchObject({
        type: 'order-filled',
        openedUnits: 0,
        closed: [
          { brokerPositionId: first, units: 300, realizedPnl: -300 },
          { brokerPositionId: second, units: 100, realizedPnl: -100 },
        ],
      });
    },
  },
  {
    name: 'long and short at once on a hedging account',
    hedging: true,
    run: async (bench) => {
      await bench.opened();
      await bench.opened({ side: 'sell' });

      const { account, hedging } = await bench.venue.broker.snapshot();
      expect(hedging).toBe(true);
      expect(account.positions.map(({ side }) => side).toSorted()).toEqual(['long', 'short']);
    },
  },
  {
    name: 'orders that only reduce, or only open',
    hedging: true,
    run: async (bench) => {
      const position = await bench.opened();
      await bench.opened({ side: 'sell', units: 200, positionFill: 'OPEN_ONLY' });
      const answer = transactionsOf(
        await bench.submit({ side: 'sell', units: 400, positionFill: 'REDUCE_ONLY' }),
      );

      expect(answer.at(-1)).toMatchObject({
        openedUnits: 0,
        closed: [{ brokerPositionId: position, units: 400 }],
      });
    },
  },
  {
    name: 'limit orders, filled at the price or better',
    run: async (bench) => {
      const order = await bench.waiting({ price: 109_950 });
      bench.quote(109_930);

      expect(await bench.log(order)).toMatchObject([
        { type: 'order-filled', orderId: order, price: 109_940, reason: 'limit' },
      ]);
    },
  },
  {
    name: 'stop orders',
    run: async (bench) => {
      const order = await bench.waiting({ orderType: 'stop', price: 110_100 });
      bench.quote(110_050);
      expect(await bench.log(order)).toEqual([]);
      bench.quote(110_120);

      expect(await bench.log(order)).toMatchObject([
        { type: 'order-filled', orderId: order, price: 110_130, reason: 'stop' },
      ]);
    },
  },
  {
    name: 'market-if-touched orders',
    run: async (bench) => {
      const order = await bench.waiting({ orderType: 'market_if_touched', price: 109_900 });
      bench.quote(109_880);

      expect(await bench.log(order)).toMatchObject([
        { type: 'order-filled', orderId: order, price: 109_890, reason: 'market_if_touched' },
      ]);
    },
  },
  {
    name: 'triggers by the other side or the middle of the price',
    run: async (bench) => {
      const order = await bench.waiting({ orderType: 'stop', price: 110_100, triggerCondition: 'INVERSE' });
      bench.quote(110_095);
      expect(await bench.log(order)).toEqual([]);
      bench.quote(110_100);

      expect(await bench.log(order)).toMatchObject([
        { type: 'order-filled', orderId: order, price: 110_110 },
      ]);
    },
  },
  {
    name: 'orders that end by themselves at a time',
    run: async (bench) => {
      const { market } = bench.venue;
      const order = await bench.waiting({ timeInForce: 'GTD', expiresAt: market.marketTime() + HOUR_MS });
      market.clock(market.marketTime() + 2 * HOUR_MS);

      expect(await bench.log(order)).toMatchObject([
        { type: 'order-cancelled', orderId: order, reason: 'expired' },
      ]);
    },
  },
  {
    name: 'a worst price, beyond which nothing fills',
    run: async (bench) => {
      const answer = transactionsOf(await bench.submit({ priceBound: 110_005 }));

      expect(answer.at(-1)).toMatchObject({ type: 'order-cancelled', reason: 'bounds-violated' });
    },
  },
  {
    name: 'replacing an order in one step',
    run: async (bench) => {
      const order = await bench.waiting({ price: 109_000 });
      const answer = transactionsOf(
        await bench.submit({ orderType: 'limit', price: 109_100 }, { replaces: order }),
      );

      const created = answer.find(({ type }) => type === 'order-created');
      expect(answer).toMatchObject([
        { type: 'order-cancelled', orderId: order, reason: 'replaced', replacedBy: created?.id },
        {
          type: 'order-created',
          clientOrderId: 'o2',
          replaces: order,
          reason: 'replacement',
          terms: { price: 109_100 },
        },
      ]);
    },
  },
  {
    name: 'cancelling an order, once',
    run: async (bench) => {
      const { broker, market } = bench.venue;
      const order = await bench.waiting({});
      const cancel = () => broker.cancelOrder(order, market.marketTime());

      expect(transactionsOf(await cancel())).toMatchObject([
        { type: 'order-cancelled', orderId: order, reason: 'client-request' },
      ]);
      expect(transactionsOf(await cancel())).toMatchObject([{ type: 'cancel-rejected', orderId: order }]);
    },
  },
  {
    name: 'a rejection that leaves its mark in the log: parts of units where there are none',
    run: async (bench) => {
      const answer = transactionsOf(await bench.submit({ units: 0.5 }));

      expect(answer).toMatchObject([{ type: 'order-rejected', clientOrderId: 'o1' }]);
      expect(answer).toHaveLength(1);
    },
  },
  {
    name: 'no more than the margin allows',
    run: async (bench) => {
      const answer = transactionsOf(await bench.submit({ units: 90_000_000 }));

      expect(answer.at(-1)).toMatchObject({ type: 'order-cancelled', reason: 'insufficient-margin' });
    },
  },
  {
    name: 'no fill while the market is closed',
    run: async (bench) => {
      const { market } = bench.venue;
      // Saturday.
      market.clock(Date.UTC(2026, 0, 10, 12));
      const answer = transactionsOf(await bench.submit());

      expect(answer.at(-1)).toMatchObject({ type: 'order-cancelled', reason: 'market-halted' });
    },
  },
];
