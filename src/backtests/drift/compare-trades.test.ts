import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { netResult } from '../../core/domain/trade.ts';
import { compareTrades } from './compare-trades.ts';
import type { ComparedTrade, RealTrade } from './compare-trades.ts';

const NOON = Date.UTC(2026, 2, 2, 12);

const trade = (changes: Partial<ComparedTrade> = {}): ComparedTrade => ({
  instrument: 'EUR_USD',
  side: 'long',
  units: 1_000,
  entryPrice: 110_000,
  exitPrice: 110_100,
  realizedPnl: 10_000,
  financing: 0,
  commission: 0,
  spreadCost: 1_000,
  slippageCost: 0,
  conversionCost: 0,
  exitReason: 'market',
  openedAt: NOON,
  closedAt: NOON + 600_000,
  ...changes,
});
const real = (changes: Partial<RealTrade> = {}): RealTrade => ({
  ...trade(),
  isManualExit: false,
  ...changes,
});

const REASONS = {
  ofMissing: () => ({ cause: 'denied', code: 'spread-too-wide' }) as const,
  ofAdditional: () => ({ cause: 'not-expected', code: undefined }) as const,
};
const parts = (expected: readonly ComparedTrade[], made: readonly RealTrade[]) =>
  compareTrades(expected, made, REASONS).map((pair) =>
    pair.parts.map(({ cause, amount }) => [cause, amount]),
  );

describe('trades that are compared', () => {
  it('have no difference when they are the same', () => {
    expect(parts([trade()], [real()])).toEqual([[]]);
  });

  it.each<[string, Partial<ComparedTrade>, Partial<RealTrade>, [string, number][]]>([
    ['the spread', {}, { spreadCost: 1_500, realizedPnl: 9_500 }, [['spread', -500]]],
    ['slippage', {}, { slippageCost: 200, realizedPnl: 9_800 }, [['slippage', -200]]],
    ['slippage that was better', { slippageCost: 100 }, { realizedPnl: 10_100 }, [['slippage', 100]]],
    [
      'costs',
      {},
      { commission: 30, financing: -20 },
      [
        ['financing', -20],
        ['commission', -30],
      ],
    ],
    ['the price', {}, { exitPrice: 110_120, realizedPnl: 12_000 }, [['price', 2_000]]],
    [
      'the size',
      {},
      { units: 500, realizedPnl: 5_000, spreadCost: 500 },
      [
        ['spread', 500],
        ['units', -5_500],
      ],
    ],
    ['how it ended', {}, { exitReason: 'stop-loss', realizedPnl: -4_000 }, [['exit', -14_000]]],
    [
      'a person',
      {},
      { exitReason: 'client', realizedPnl: 4_000, isManualExit: true },
      [['manual-exit', -6_000]],
    ],
  ])('differ by %s', (_what, expected, made, differences) => {
    expect(parts([trade(expected)], [real(made)])).toEqual([differences]);
  });

  it('are of the same decision at the same side and within two minutes; the others have a reason', () => {
    const made = [real({ side: 'short' }), real({ openedAt: NOON + 121_000 })];

    const pairs = compareTrades([trade()], made, REASONS);

    expect(
      pairs.map(({ expected, real: one, parts: [first] }) => [expected?.side, one?.side, first]),
    ).toEqual([
      ['long', undefined, { cause: 'denied', code: 'spread-too-wide', amount: -10_000 }],
      [undefined, 'short', { cause: 'not-expected', code: undefined, amount: 10_000 }],
      [undefined, 'long', { cause: 'not-expected', code: undefined, amount: 10_000 }],
    ]);
  });

  it('that closed in parts are paired by when each part closed', () => {
    const [early, late] = [NOON + 60_000, NOON + 120_000];

    expect(
      parts(
        [trade({ closedAt: early }), trade({ closedAt: late, realizedPnl: 7_000 })],
        [real({ closedAt: late, realizedPnl: 7_000 }), real({ closedAt: early })],
      ),
    ).toEqual([[], []]);
  });

  it('have parts that add up to the whole difference, whatever they are', () => {
    const money = fc.integer({ min: -1_000_000, max: 1_000_000 });
    const any = fc
      .record({
        side: fc.constantFrom('long' as const, 'short' as const),
        units: fc.integer({ min: 1, max: 3 }),
        realizedPnl: money,
        financing: money,
        commission: money,
        spreadCost: money,
        slippageCost: money,
        conversionCost: money,
        exitReason: fc.constantFrom('market', 'stop-loss'),
        openedAt: fc.integer({ min: 0, max: 600_000 }),
        isManualExit: fc.boolean(),
      })
      .map((changes) => real(changes));
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), fc.array(any, { maxLength: 12 }), (expected, made) => {
        const pairs = compareTrades(expected, made, REASONS);

        const sum = (trades: readonly ComparedTrade[]) =>
          trades.reduce((all, one) => all + netResult(one), 0);
        const named = pairs.flatMap((pair) => pair.parts).reduce((all, { amount }) => all + amount, 0);
        expect(named).toBe(sum(made) - sum(expected));
        expect(pairs.flatMap((pair) => pair.expected ?? [])).toHaveLength(expected.length);
        expect(pairs.flatMap((pair) => pair.real ?? [])).toHaveLength(made.length);
      }),
    );
  });
});
