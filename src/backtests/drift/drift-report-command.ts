/** `manage drift-report`: what a strategy did on a day, beside a backtest on the quotes recorded that day. */

import { formatMoney } from '../../core/domain/money.ts';
import { Problem } from '../../core/shared/problem.ts';
import { misuse } from '../../commands/command.ts';
import { defineCommand, flag, required } from '../../commands/define-command.ts';
import { countText, numberOf, timeText } from '../../commands/text.ts';
import { JournalStore } from '../../journal/journal-store.ts';
import { RecordingStore } from '../../prices/recording/recording-store.ts';
import { PriceSeriesStore } from '../../prices/series/price-series-store.ts';
import { AccountStore } from '../../trading/accounts/account-store.ts';
import { EquityStore } from '../../trading/equity/equity-store.ts';
import { OrderStore } from '../../trading/orders/order-store.ts';
import { PositionStore } from '../../trading/positions/position-store.ts';
import { StrategyStore } from '../../trading/strategies/strategy-store.ts';
import { TradeStore } from '../../trading/trades/trade-store.ts';
import { driftReport } from './drift-report.ts';
import { driftView } from './drift-view.ts';
import type { DriftReport, DriftSide } from './drift-report.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

export const driftReportCommand = defineCommand({
  name: 'drift-report',
  about: 'Compares what a strategy did on a trading day with a backtest on the quotes recorded that day.',
  options: {
    strategy: required('ID', 'the strategy'),
    date: required('2026-03-02', 'the trading day, which ends at 17:00 New York on that date'),
    json: flag('the whole report, as the API gives it'),
  },
  needs: 'database',
  async run({ values, io, openOrm }) {
    if (!ID.test(values.strategy))
      throw misuse('--strategy must be the id of a strategy, as GET /strategies lists it.');
    if (!DATE.test(values.date)) throw misuse('--date must be a date such as 2026-03-02.');
    const orm = await openOrm();
    const stores = {
      strategies: new StrategyStore(orm),
      accounts: new AccountStore(orm),
      equity: new EquityStore(orm),
      priceSeries: new PriceSeriesStore(orm),
      recordings: new RecordingStore(orm),
      orders: new OrderStore(orm),
      positions: new PositionStore(orm),
      trades: new TradeStore(orm),
      journal: new JournalStore(orm),
    };
    const strategy = await stores.strategies.find(values.strategy);
    if (!strategy) throw new Problem('not-found', `There is no strategy ${values.strategy}.`);
    const report = await driftReport(stores, strategy, values.date);
    io.stdout.write(
      values.json === true ? `${JSON.stringify(driftView(report), null, 2)}\n` : textOf(report),
    );
  },
});

function textOf(report: DriftReport): string {
  const { strategy, from, until, quotes, gaps, expected, real, parts, account } = report;
  const lines = [
    `${strategy.strategyType} on ${strategy.instrument}, ${timeText(from)} to ${timeText(until)}: ${countText(quotes)} recorded quotes`,
    ...(gaps.length === 0 ? [] : [`Times without quotes: ${gaps.length}`]),
    `Backtest   ${sideText(expected, account.currency)}`,
    `Real       ${sideText(real, account.currency)}`,
    `Difference ${formatMoney(real.result - expected.result)} ${account.currency}`,
    ...parts.map(
      ({ cause, code, amount }) =>
        `  ${formatMoney(amount).padStart(14)}  ${cause}${code === undefined ? '' : ` (${code})`}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function sideText({ result, trades, openPositions }: DriftSide, currency: string): string {
  return `${formatMoney(result)} ${currency} in ${numberOf(trades, 'trade')}, ${numberOf(openPositions, 'position')} open at the end`;
}
