/** The report of a backtest for people: a table and a small chart. */

import { netResult } from '../../core/domain/trade.ts';
import { plotEquity } from './equity-plot.ts';
import { countText, durationText, moneyText, percentText, ratioText, timeText } from '../../commands/text.ts';
import type { BacktestResult } from '../../core/backtest/backtest-result.ts';
import type { BacktestSpec } from '../../core/backtest/backtest-spec.ts';
import type { SignalCounts } from '../../core/domain/closed-market-counts.ts';
import type { ReportedRun } from './backtest-json.ts';
import type { PerformanceReport } from '../../core/backtest/performance.ts';

/** A label, a value, and a remark. */
type Row = readonly [label: string, value: string, remark?: string];

/** With the scale beside it the drawing fits a terminal of eighty columns. */
const PLOT_SIZE = { columns: 64, lines: 8 } as const;

/** Returns the report as lines of text. */
export function backtestText({ spec, series }: ReportedRun, result: BacktestResult): string {
  const tables = inColumns([resultRows(spec, result), costRows(spec, result), riskRows(result)]);
  const plot = plotEquity(result.equityCurve, PLOT_SIZE);
  const paragraphs = [
    [...heading(spec, result), ...otherPrices(series)],
    ...tables,
    plot,
    notes(result),
  ].filter((lines) => lines.length > 0);
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function heading(
  { strategyType, instrument, parameters }: BacktestSpec,
  { startsAt, endsAt, quotes, engineVersion }: BacktestResult,
): string[] {
  const settings = Object.entries(parameters).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [
    `${strategyType} on ${instrument}, ${timeText(startsAt)} to ${timeText(endsAt)}`,
    `${countText(quotes)} quotes, engine ${engineVersion}, ${settings.join(' ')}`,
  ];
}

/** With more than one instrument it is said which prices were used. */
function otherPrices(series: ReportedRun['series']): string[] {
  if (series.length < 2) return [];
  return [`prices: ${series.map(({ instrument, id }) => `${instrument} ${id}`).join(', ')}`];
}

function resultRows(
  { currency }: BacktestSpec,
  { metrics, equity, openPositions, openPnl }: BacktestResult,
): Row[] {
  const open =
    openPositions === 0
      ? ''
      : `${moneyText(openPnl)} of it in ${openPositions} open ${openPositions === 1 ? 'position' : 'positions'}`;
  return [
    ['Net profit', `${moneyText(metrics.netProfit)} ${currency}`, percentText(metrics.totalReturn)],
    ['End equity', `${moneyText(equity)} ${currency}`, open],
    [
      'Trades',
      countText(metrics.trades),
      `${metrics.wins} won, ${metrics.losses} lost, ${metrics.breakEvens} even`,
    ],
    [
      'Win rate',
      percentText(metrics.winRate),
      `profit factor ${ratioText(metrics.profitFactor)}, payoff ${ratioText(metrics.payoff)}`,
    ],
    ['Average trade', moneyOrDash(metrics.expectancy), `held ${durationText(metrics.averageHoldingMs)}`],
  ];
}

/** What the prices gave, and what each cost took of it: the lines add up. */
function costRows({ currency }: BacktestSpec, { metrics }: BacktestResult): Row[] {
  const { gross, spread, slippage, commission, financing, conversion, net } = metrics.costs;
  return [
    ['Gross profit', `${moneyText(gross)} ${currency}`],
    ['− Spread', moneyText(spread)],
    ['− Slippage', moneyText(slippage)],
    ['− Commission', moneyText(commission)],
    ['− Financing', moneyText(financing)],
    ['− Conversion', moneyText(conversion)],
    ['= Net profit', `${moneyText(net)} ${currency}`],
  ];
}

function riskRows({ metrics }: BacktestResult): Row[] {
  return [
    [
      'Max drawdown',
      percentText(metrics.maxDrawdown),
      `${moneyText(metrics.maxDrawdownMoney)}, longest ${durationText(metrics.longestDrawdownMs)}`,
    ],
    ['Sharpe', ratioText(metrics.sharpe), sharpeRemark(metrics)],
    ['Sortino', ratioText(metrics.sortino), `Calmar ${ratioText(metrics.calmar)}`],
    ['Volatility', percentText(metrics.volatility), `CAGR ${percentText(metrics.cagr)}`],
    [
      'Exposure',
      percentText(metrics.exposure),
      `the instrument itself moved ${percentText(metrics.marketChange)}`,
    ],
  ];
}

/** Without its conventions a Sharpe ratio cannot be compared with another program's. */
function sharpeRemark({
  sharpe,
  sharpeLow95,
  sharpeHigh95,
  dailyReturns,
  conventions,
}: PerformanceReport): string {
  const { periodsPerYear, riskFreeRate } = conventions;
  const terms = `${periodsPerYear} days a year, days end 17:00 New York, risk-free ${percentText(riskFreeRate)}, ${dailyReturns} days`;
  if (sharpe === null) return `undefined below 30 days or without variation; ${terms}`;
  return `95 %: ${ratioText(sharpeLow95)} to ${ratioText(sharpeHigh95)}; ${terms}`;
}

function notes({ denials, cancellations, closedMarket, halts, trades }: BacktestResult): string[] {
  const denied = countsText(denials);
  const cancelled = countsText(cancellations);
  const worst = trades.toSorted((a, b) => netResult(a) - netResult(b))[0];
  return [
    ...(worst
      ? [
          `Worst trade: ${moneyText(netResult(worst))}, closed ${timeText(worst.closedAt)} (${worst.exitReason}).`,
        ]
      : []),
    ...(denied === '' ? [] : [`Denied orders: ${denied}.`]),
    ...(cancelled === '' ? [] : [`Cancelled by the exchange: ${cancelled}.`]),
    ...closedMarketNote('Entries', closedMarket.entries),
    ...closedMarketNote('Exits', closedMarket.exits),
    ...halts.map(({ at, code }) => `Halted ${timeText(at)}: ${code}.`),
  ];
}

function closedMarketNote(what: string, { signals, filled, ...others }: SignalCounts): string[] {
  if (signals === 0) return [];
  const rest = Object.entries(others)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `, ${countText(count)} ${name}`);
  return [
    `${what} met by a closed market: ${countText(signals)}, ${countText(filled)} filled after it opened${rest.join('')}.`,
  ];
}

function countsText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${countText(count)} ${name}`)
    .join(', ');
}

function moneyOrDash(money: number | null): string {
  return money === null ? '–' : moneyText(money);
}

/** Returns the tables as lines; all of them share their columns. */
function inColumns(tables: readonly (readonly Row[])[]): readonly (readonly string[])[] {
  const rows = tables.flat();
  const labels = Math.max(...rows.map(([label]) => label.length));
  const values = Math.max(...rows.map(([, value]) => value.length));
  const line = ([label, value, remark = '']: Row) =>
    `  ${label.padEnd(labels)}  ${value.padStart(values)}  ${remark}`.trimEnd();
  return tables.map((table) => table.map(line));
}
