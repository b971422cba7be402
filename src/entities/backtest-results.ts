/** The report of a backtest: one column a metric, null where a metric is undefined. */
import { defineEntity, p } from '@mikro-orm/core';
import { BacktestSchema } from './backtest.ts';
import { createdAt, id, jsonObject, money, updatedAt, wholeNumber } from './columns.ts';
import type { ClosedMarketCounts } from '../core/domain/closed-market-counts.ts';

const ratio = () => p.double().strictNullable();
const amount = () => money().strictNullable();
const count = () => p.integer().strictNullable();
const durationMs = () => wholeNumber().strictNullable();

export const BacktestResultsSchema = defineEntity({
  name: 'BacktestResultsRecord',
  tableName: 'backtest_results',
  properties: {
    id: id(),
    // A report is deleted with its backtest.
    backtest: p.oneToOne(BacktestSchema).owner().ref().deleteRule('cascade'),

    finalBalance: amount(),
    finalEquity: amount(),
    netProfit: amount(),
    totalReturn: ratio(),
    cagr: ratio(),
    arithmeticAnnualReturn: ratio(),
    volatility: ratio(),
    marketChange: ratio(),

    sharpe: ratio(),
    sharpeStandardError: ratio(),
    probabilisticSharpe: ratio(),
    deflatedSharpe: ratio(),
    sortino: ratio(),

    maxDrawdown: ratio(),
    maxDrawdownMoney: amount(),
    maxBalanceDrawdown: ratio(),
    maxBalanceDrawdownMoney: amount(),
    averageDrawdown: ratio(),
    drawdownDurationMs: durationMs(),
    drawdownDurationPeriods: count(),
    // True when the longest drawdown was not recovered before the end.
    drawdownIsOpen: p.boolean().strictNullable(),
    recoveryTimeMs: durationMs(),
    calmar: ratio(),
    calmar36Months: ratio().fieldName('calmar_36_months'),
    mar: ratio(),
    ulcerIndex: ratio(),
    martin: ratio(),
    painIndex: ratio(),
    recoveryFactor: ratio(),

    tradeCount: count(),
    winCount: count(),
    lossCount: count(),
    breakEvenCount: count(),
    profitFactor: ratio(),
    winRate: ratio(),
    payoff: ratio(),
    expectancyMoney: amount(),
    expectancyR: ratio(),
    expectancyRatio: ratio(),
    sqn: ratio(),
    // The same with the number of trades capped at 100, as its author has it.
    sqn100: ratio().fieldName('sqn_100'),
    kelly: ratio(),
    maxConsecutiveWins: count(),
    maxConsecutiveLosses: count(),

    exposure: ratio(),
    turnover: ratio(),
    averageHoldingMs: durationMs(),
    medianHoldingMs: durationMs(),
    averageWinHoldingMs: durationMs(),
    medianWinHoldingMs: durationMs(),
    averageLossHoldingMs: durationMs(),
    medianLossHoldingMs: durationMs(),
    averageMae: amount(),
    averageMfe: amount(),
    worstMae: amount(),
    bestMfe: amount(),
    averageGiveBack: amount(),

    skew: ratio(),
    excessKurtosis: ratio(),
    var95: ratio().fieldName('var_95'),
    var95Normal: ratio().fieldName('var_95_normal'),
    cvar95: ratio().fieldName('cvar_95'),
    omega: ratio(),
    tailRatio: ratio(),
    gainToPain: ratio(),
    stability: ratio(),
    kRatio: ratio(),

    // Gross profit less the lines below is the net profit.
    grossProfit: amount(),
    spreadCost: amount(),
    commission: amount(),
    financing: amount(),
    slippage: amount(),
    conversionCost: amount(),
    deniedOrders: p.integer().default(0).check('denied_orders >= 0'),
    // How many of them each rule denied, by its code, and how many the exchange cancelled, by its reason; null in reports made
    // before this was kept.
    denials: p.json<Readonly<Record<string, number>>>().strictNullable(),
    cancellations: p.json<Readonly<Record<string, number>>>().strictNullable(),
    // Entries and exits that met a closed market, by what became of them; null likewise.
    closedMarket: p.json<ClosedMarketCounts>().strictNullable(),

    // Periods a year, risk-free rate, day boundary and the other choices behind the numbers.
    metricsConventions: jsonObject(),
    // At most 2,000 points, open result included.
    equity: p.json<readonly unknown[]>(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
});

export class BacktestResultsRecord extends BacktestResultsSchema.class {}
BacktestResultsSchema.setClass(BacktestResultsRecord);
