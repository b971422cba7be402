import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureTradeCourse } from './trade-course.ts';
import { measureTrades } from './trades.ts';
import type { PerformanceTrade } from './trades.ts';

const trade = (netPnl: number, more: Partial<PerformanceTrade> = {}): PerformanceTrade => ({
  openedAt: 0,
  closedAt: 1_000,
  netPnl,
  initialRisk: null,
  mae: null,
  mfe: null,
  tradedNotional: 0,
  pipValue: null,
  ...more,
});

const money = fc.integer({ min: -1_000_000, max: 1_000_000 });

describe('measureTrades', () => {
  it('has nothing but counts to say about no trades', () => {
    const { trades, wins, losses, breakEvens, maxConsecutiveWins, maxConsecutiveLosses, ...rest } =
      measureTrades([]);

    expect([trades, wins, losses, breakEvens, maxConsecutiveWins, maxConsecutiveLosses]).toEqual([
      0, 0, 0, 0, 0, 0,
    ]);
    expect(Object.values(rest).filter((value) => value !== null)).toEqual([]);
  });

  it('leaves what needs a loss undefined after a single win', () => {
    expect(measureTrades([trade(500)])).toMatchObject({
      trades: 1,
      wins: 1,
      losses: 0,
      winRate: 1,
      expectancy: 500,
      averageWin: 500,
      largestWin: 500,
      maxConsecutiveWins: 1,
      profitFactor: null,
      payoff: null,
      averageLoss: null,
      largestLoss: null,
      expectancyRatio: null,
      kelly: null,
      systemQuality: null,
    });
  });

  it('measures wins against losses and leaves break-evens out of both', () => {
    // Two wins of 300 in the mean, two losses of 200, and one trade of less than half a cent.
    const found = measureTrades([400, -100, 49, 200, -300].map((netPnl) => trade(netPnl)));

    expect(found).toMatchObject({
      trades: 5,
      wins: 2,
      losses: 2,
      breakEvens: 1,
      winRate: 0.5,
      profitFactor: 1.5,
      payoff: 1.5,
      averageWin: 300,
      averageLoss: -200,
      largestWin: 400,
      largestLoss: -300,
      expectancyRatio: 0.25,
      // (400 − 100 + 49 + 200 − 300) / 5 = 49.8
      expectancy: 50,
    });
    expect(found.kelly).toBeCloseTo(0.5 - 0.5 / 1.5, 12);
  });

  it.each([
    [49, 'breakEvens'],
    [-49, 'breakEvens'],
    [50, 'wins'],
    [-50, 'losses'],
  ] as const)('counts a result of %s ten-thousandths among the %s', (netPnl, name) => {
    expect(measureTrades([trade(netPnl)])[name]).toBe(1);
  });

  it('measures results by what was first at risk, over the trades with a stop', () => {
    const found = measureTrades([
      trade(2_000, { initialRisk: 1_000 }),
      trade(-1_000, { initialRisk: 1_000 }),
      trade(5_000),
    ]);

    expect(found.expectancyR).toBe(0.5);
  });

  it('gives the system quality of all trades, and of R multiples as if there were at most 100', () => {
    const trades = Array.from({ length: 400 }, (_, index) =>
      trade(index % 2 === 0 ? 3_000 : -1_000, { initialRisk: 1_000 }),
    );

    const found = measureTrades(trades);

    // Mean 1 and deviation 2 in R, but for n − 1.
    const quality = 1 / (2 * Math.sqrt(400 / 399));
    expect(found.systemQuality).toBeCloseTo(20 * quality, 9);
    expect(found.systemQualityR).toBeCloseTo(10 * quality, 9);
    expect(measureTrades(trades.slice(0, 29)).systemQuality).toBeNull();
    expect(measureTrades(trades.slice(0, 30)).systemQuality).not.toBeNull();
  });

  it('counts runs through break-evens', () => {
    const results = [100, 100, 0, 100, -100, 100, -100, 10, -100];

    expect(measureTrades(results.map((netPnl) => trade(netPnl)))).toMatchObject({
      maxConsecutiveWins: 3,
      maxConsecutiveLosses: 2,
    });
  });

  it('puts every trade among wins, losses or break-evens, and gains among the right ones', () => {
    fc.assert(
      fc.property(fc.array(money, { maxLength: 50 }), (results) => {
        const found = measureTrades(results.map((netPnl) => trade(netPnl)));

        expect(found.wins + found.losses + found.breakEvens).toBe(results.length);
        expect(found.maxConsecutiveWins).toBeLessThanOrEqual(found.wins);
        expect(found.averageWin ?? 50).toBeGreaterThanOrEqual(50);
        expect(found.averageLoss ?? -50).toBeLessThanOrEqual(-50);
        if (found.profitFactor !== null && found.payoff !== null) {
          expect(found.profitFactor).toBeCloseTo((found.payoff * found.wins) / found.losses, 6);
        }
      }),
    );
  });

  it('copes with more trades than a function call has arguments', () => {
    const found = measureTrades(
      Array.from({ length: 300_000 }, (_, index) => trade(index % 2 === 0 ? 60 : -70)),
    );

    expect(found).toMatchObject({ largestWin: 60, largestLoss: -70, maxConsecutiveWins: 1 });
  });
});

describe('measureTradeCourse', () => {
  it('is undefined throughout without trades and without days', () => {
    expect(Object.values(measureTradeCourse([], [])).filter((value) => value !== null)).toEqual([]);
  });

  it('gives holding times of all, of wins and of losses', () => {
    const found = measureTradeCourse(
      [
        trade(100, { openedAt: 0, closedAt: 10 }),
        trade(100, { openedAt: 5, closedAt: 25 }),
        trade(-100, { openedAt: 0, closedAt: 90 }),
      ],
      [],
    );

    expect(found).toMatchObject({
      averageHoldingMs: 40,
      medianHoldingMs: 20,
      averageWinHoldingMs: 15,
      medianWinHoldingMs: 15,
      averageLossHoldingMs: 90,
      medianLossHoldingMs: 90,
    });
  });

  it('gives excursions in money, pips and R over the trades that know them', () => {
    const found = measureTradeCourse(
      [
        trade(3_000, { mae: -1_000, mfe: 5_000, pipValue: 1_000, initialRisk: 2_000 }),
        trade(-2_000, { mae: -3_000, mfe: 1_000, pipValue: 500 }),
        trade(700),
      ],
      [],
    );

    expect(found).toMatchObject({
      averageMae: -2_000,
      averageMaePips: -3.5,
      averageMaeR: -0.5,
      averageMfe: 3_000,
      averageMfePips: 3.5,
      averageMfeR: 2.5,
      averageGiveBack: 2_500,
    });
  });

  it('turns over the notional of both ends against mean equity and days', () => {
    const trades = [trade(0, { tradedNotional: 4_000 }), trade(0, { tradedNotional: 8_000 })];

    // 12,000 over a mean of 1,500 is 8 in two days.
    expect(measureTradeCourse(trades, [1_000, 2_000]).turnoverPerDay).toBe(4);
  });
});
