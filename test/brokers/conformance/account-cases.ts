/** The account: its log, its streams, its settings and its history. */
import { expect } from 'vitest';
import { until } from '../../support/until.ts';
import { transactionsOf } from './bench.ts';
import type { ConformanceCase } from './conformance-case.ts';

export const ACCOUNT_CASES: readonly ConformanceCase[] = [
  {
    name: 'a log that says the same as the answers',
    run: async (bench) => {
      const answers = [
        ...transactionsOf(await bench.submit({ stopLoss: 109_000 })),
        ...transactionsOf(await bench.submit({ orderType: 'limit', price: 109_000 })),
        ...transactionsOf(await bench.submit({ side: 'sell', units: 300 })),
      ];

      expect(await bench.log()).toEqual(answers);
    },
  },
  {
    name: 'the account as it is: currency, balance, what is open',
    run: async (bench) => {
      const position = await bench.opened({ tag: 'mine', takeProfit: 111_000 });
      const { account, money } = await bench.venue.broker.snapshot();

      expect(account).toMatchObject({
        currency: 'USD',
        balance: 1_000_000_000,
        positions: [
          { brokerPositionId: position, side: 'long', openUnits: 1_000, entryPrice: 110_010, tag: 'mine' },
        ],
        orders: [{ brokerPositionId: position, terms: { orderType: 'take_profit', price: 111_000 } }],
      });
      expect(money).toMatchObject({ nav: 999_999_000, unrealizedPnl: -1_000, isMarginCalled: false });
    },
  },
  {
    name: 'interest at 17:00 New York, booked on the balance and on each position',
    run: async (bench) => {
      const position = await bench.opened({ units: 100_000 });
      const end = (await bench.log()).at(-1)?.id ?? 0;
      bench.venue.market.clock(Date.UTC(2026, 0, 6, 22, 0, 1));
      const [charged] = await bench.log(end);

      expect(charged).toMatchObject({ type: 'financing-charged', charges: [{ brokerPositionId: position }] });
      if (charged?.type !== 'financing-charged') throw new Error('interest was expected');
      expect(charged.amount).toBeLessThan(0);
      expect(charged.balance).toBe(1_000_000_000 + charged.amount);
    },
  },
  {
    name: 'prices as they come',
    run: async (bench) => {
      const reports = await bench.venue.listen();
      bench.quote(110_200);
      await until('the price is reported', () => {
        bench.venue.passStreams();
        return reports.quotes.some(({ bid }) => bid === 110_200);
      });

      expect(reports.quotes.find(({ bid }) => bid === 110_200)).toMatchObject({
        instrument: 'EUR_USD',
        ask: 110_210,
      });
    },
  },
  {
    name: 'what the broker does by itself, as it happens',
    run: async (bench) => {
      await bench.waiting({ price: 109_000 });
      const end = (await bench.log()).at(-1)?.id ?? 0;
      const reports = await bench.venue.listen();
      bench.quote(108_980);
      await until('the fill is reported', () => {
        bench.venue.passStreams();
        return reports.logEnd > end;
      });

      expect(await bench.log(end)).toMatchObject([{ type: 'order-filled', reason: 'limit' }]);
    },
  },
  {
    name: 'a least margin rate of the account, unless it would close positions out',
    run: async (bench) => {
      const { broker } = bench.venue;
      expect(await broker.setMarginRate(0.05)).toBe(true);
      expect((await bench.log()).at(-1)).toMatchObject({ type: 'account-configured', marginRate: 0.05 });
      await bench.opened({ units: 1_500_000 });

      expect(await broker.setMarginRate(0.5)).toBe(false);
    },
  },
];
