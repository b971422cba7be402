/** Positions: what protects them, and how they end. */
import { expect } from 'vitest';
import { transactionsOf } from './bench.ts';
import type { ConformanceCase } from './conformance-case.ts';

export const POSITION_CASES: readonly ConformanceCase[] = [
  {
    name: 'an entry with a take profit, a stop loss and a trailing stop',
    run: async (bench) => {
      const answer = transactionsOf(
        await bench.submit({ takeProfit: 111_000, stopLoss: 109_000, trailingDistance: 200 }),
      );

      expect(answer.slice(2)).toMatchObject([
        {
          type: 'order-created',
          reason: 'on-fill',
          brokerPositionId: answer[1]?.id,
          terms: { orderType: 'take_profit', side: 'sell', units: 1_000, price: 111_000 },
        },
        { terms: { orderType: 'stop_loss', price: 109_000 } },
        { terms: { orderType: 'trailing_stop', trailingDistance: 200 } },
      ]);
    },
  },
  {
    name: 'an entry with protection by distance from its fill',
    run: async (bench) => {
      const answer = transactionsOf(await bench.submit({ takeProfitDistance: 500, stopLossDistance: 300 }));

      expect(answer.slice(2)).toMatchObject([
        { terms: { orderType: 'take_profit', price: 110_510 } },
        { terms: { orderType: 'stop_loss', price: 109_710 } },
      ]);
    },
  },
  {
    name: 'take profit, stop loss and trailing stop that fill, and end the rest',
    run: async (bench) => {
      await bench.submit({ stopLoss: 109_900, takeProfit: 111_000 });
      const end = (await bench.log()).at(-1)?.id ?? 0;
      bench.quote(109_880);

      expect(await bench.log(end)).toMatchObject([
        {
          type: 'order-filled',
          reason: 'stop_loss',
          price: 109_880,
          closed: [{ units: 1_000, realizedPnl: -13_000 }],
        },
        { type: 'order-cancelled', reason: 'linked-position-closed' },
      ]);
      const second = await bench.opened({ trailingDistance: 100 });
      bench.quote(110_200);
      bench.quote(110_090);
      const trailed = (await bench.log(second)).at(-1);
      expect(trailed).toMatchObject({
        type: 'order-filled',
        reason: 'trailing_stop',
        closed: [{ brokerPositionId: second }],
      });
    },
  },
  {
    name: 'setting, moving and removing what protects a position',
    run: async (bench) => {
      const position = await bench.opened();
      expect(transactionsOf(await bench.protect(position, { stopLoss: 109_000 }))).toMatchObject([
        {
          type: 'order-created',
          brokerPositionId: position,
          terms: { orderType: 'stop_loss', price: 109_000 },
        },
      ]);
      const moved = transactionsOf(await bench.protect(position, { stopLoss: 109_500, takeProfit: 111_000 }));
      expect(moved.map(({ type }) => type).toSorted()).toEqual([
        'order-cancelled',
        'order-created',
        'order-created',
      ]);
      expect(transactionsOf(await bench.protect(position, { takeProfit: null }))).toMatchObject([
        { type: 'order-cancelled', reason: 'client-request' },
      ]);
    },
  },
  {
    name: 'a stop loss by distance from the present price',
    run: async (bench) => {
      const position = await bench.opened();

      expect(transactionsOf(await bench.protect(position, { stopLossDistance: 200 }))).toMatchObject([
        { type: 'order-created', terms: { orderType: 'stop_loss', price: 109_810 } },
      ]);
    },
  },
  {
    name: 'protective orders of their own, one of a kind for each position',
    run: async (bench) => {
      const position = await bench.opened();
      const profit = { orderType: 'take_profit', side: 'sell', price: 111_000 } as const;
      expect(transactionsOf(await bench.submit(profit, { protects: position }))).toMatchObject([
        { type: 'order-created', clientOrderId: 'o2', brokerPositionId: position },
      ]);

      expect(transactionsOf(await bench.submit(profit, { protects: position }))).toMatchObject([
        { type: 'order-rejected', reason: 'protection-exists', clientOrderId: 'o3' },
      ]);
    },
  },
  {
    name: 'closing a position in part and in whole, with its result to the ten-thousandth',
    run: async (bench) => {
      const position = await bench.opened();
      bench.quote(110_100);
      const part = transactionsOf(await bench.close(position, { units: 400 }));
      expect(part).toMatchObject([
        {
          type: 'order-created',
          reason: 'close',
          brokerPositionId: position,
          terms: { side: 'sell', units: 400 },
        },
        {
          type: 'order-filled',
          reason: 'close',
          closed: [{ brokerPositionId: position, units: 400, realizedPnl: 3_600 }],
        },
      ]);

      const rest = transactionsOf(await bench.close(position));
      expect(rest.at(-1)).toMatchObject({
        closed: [{ units: 600, realizedPnl: 5_400 }],
        balance: 1_000_009_000,
      });
    },
  },
  {
    name: 'results in another currency, converted as OANDA does',
    run: async (bench) => {
      const position = await bench.opened({ instrument: 'USD_JPY', units: 10_000 });
      bench.venue.market.publish('USD_JPY', 150_500, 150_510);
      const closed = transactionsOf(await bench.close(position)).at(-1);

      // 4,900 yen at 150.505 less half a percent.
      expect(closed).toMatchObject({ closed: [{ realizedPnl: 323_943 }] });
    },
  },
  {
    name: 'a close without our id: it is known by its position',
    lacking: { paper: 'the log has our id' },
    run: async (bench, broker) => {
      const position = await bench.opened();
      const [created] = transactionsOf(await bench.close(position));

      expect(created).toMatchObject({
        type: 'order-created',
        clientOrderId: broker === 'paper' ? 'close' : undefined,
      });
    },
  },
  {
    name: 'a rejection of closing more than there is, or what is not there',
    run: async (bench) => {
      const position = await bench.opened();
      expect(transactionsOf(await bench.close(position, { units: 1_001 }))).toMatchObject([
        { type: 'order-rejected', reason: 'close-units-exceed-position' },
      ]);

      expect(transactionsOf(await bench.close(9_999))).toMatchObject([
        { type: 'order-rejected', reason: 'position-unknown' },
      ]);
    },
  },
];
