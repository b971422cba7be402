/** `manage backtest`: runs a backtest on stored prices and prints its report. */

import { parseArgs } from 'node:util';
import { CURRENCIES } from '../../core/domain/instrument.ts';
import { parseMoney } from '../../core/domain/money.ts';
import { parseUtcTime } from '../../prices/import/csv-fields.ts';
import { openOrm } from '../../persistence/orm.ts';
import { PriceSeriesStore } from '../../prices/series/price-series-store.ts';
import { planBacktest } from '../plan-backtest.ts';
import { runStoredBacktest } from '../run-stored-backtest.ts';
import { backtestJson } from './backtest-json.ts';
import { backtestText } from './backtest-text.ts';
import { misuse, runCommand } from '../../commands/command.ts';
import { ProgressBar } from '../../commands/progress-bar.ts';
import { quietLog } from '../../commands/quiet-log.ts';
import { countText } from '../../commands/text.ts';
import type { StrategyFailure } from '../../core/backtest/run-notes.ts';
import type { Currency } from '../../core/domain/instrument.ts';
import type { BacktestRequest } from '../plan-backtest.ts';
import type { CommandContext, CommandIo } from '../../commands/command.ts';

const USAGE = `Usage: manage backtest --strategy ema_cross --instrument EUR_USD [options]

  --series ID         the price series; the newest of the instrument when left out
  --from, --to TIME   2014-05-01 or 2014-05-01T12:00:00Z (UTC); --to is excluded; the whole series when left out
  --parameters JSON   such as '{"fast": 5, "slow": 20}'; what is left out has its default
  --currency USD      the account's currency: base or quote of the instrument
  --balance 10000     what the account starts with
  --hedging           the account may be long and short at once
  --json              the whole report for machines, the same bytes at each run
`;

const OPTIONS = {
  strategy: { type: 'string' },
  instrument: { type: 'string' },
  series: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  parameters: { type: 'string' },
  currency: { type: 'string' },
  balance: { type: 'string' },
  hedging: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parseValues>;

/** Runs the command and returns its exit code. */
export function runBacktest(
  argv: readonly string[],
  io: CommandIo,
  context: CommandContext,
): Promise<number> {
  return runCommand(io, async () => {
    const values = parseValues(argv);
    if (values.help === true) return void io.stdout.write(USAGE);
    await backtest(requestFrom(values), values.json === true ? backtestJson : backtestText, { io, context });
  });
}

function parseValues(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS }).values;
}

async function backtest(
  request: BacktestRequest,
  describe: typeof backtestText,
  { io, context }: { readonly io: CommandIo; readonly context: CommandContext },
): Promise<void> {
  const bar = new ProgressBar(io.stderr, request.strategyType);
  const orm = openOrm({ databaseUrl: context.databaseUrl, poolSize: 2, log: quietLog });
  try {
    const store = new PriceSeriesStore(orm);
    const plan = await planBacktest(store, request, undefined);
    const result = await runStoredBacktest(store, plan, ({ progress, quotes }) =>
      bar.update(progress, `${countText(quotes)} quotes`),
    );
    bar.clear();
    if (result.strategyFailure) throw strategyError(request.strategyType, result.strategyFailure);
    io.stdout.write(describe(plan.spec, result));
  } finally {
    bar.clear();
    await orm.close(true);
  }
}

/** Of a run whose strategy threw no report is printed: it would look like one of a strategy that did nothing. */
function strategyError(strategyType: string, { at, reason, stack = reason }: StrategyFailure): Error {
  const message = `${strategyType} failed at ${new Date(at).toISOString()}, market time; there is no report`;
  // The command prints the stack of what is no failure of its own: here it is the strategy's.
  return Object.assign(new Error(message), { stack: `${message}.\n${stack}` });
}

function requestFrom({ strategy, instrument, series, ...values }: Values): BacktestRequest {
  if (strategy === undefined) throw misuse('A strategy type is wanted, such as --strategy ema_cross.');
  if (instrument === undefined) throw misuse('The instrument is wanted, such as --instrument EUR_USD.');
  return {
    strategyType: strategy,
    instrument,
    seriesId: series === undefined ? undefined : seriesIdFrom(series),
    parameters: values.parameters === undefined ? {} : parametersFrom(values.parameters),
    from: values.from === undefined ? undefined : timeFrom('--from', values.from),
    until: values.to === undefined ? undefined : timeFrom('--to', values.to),
    currency: values.currency === undefined ? undefined : currencyFrom(values.currency),
    initialBalance: values.balance === undefined ? undefined : balanceFrom(values.balance),
    hedging: values.hedging === true,
  };
}

function seriesIdFrom(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw misuse(`--series wants the id that import-prices printed, was ${text}.`);
}

function parametersFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw misuse(`--parameters wants a JSON object, was ${text}.`);
  }
}

function timeFrom(option: string, text: string): number {
  const at = parseUtcTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined)
    throw misuse(`${option} wants a time such as 2014-05-01 or 2014-05-01T12:00:00Z, was ${text}.`);
  return at;
}

function currencyFrom(text: string): Currency {
  const currency = CURRENCIES.find((known) => known === text);
  if (currency === undefined) throw misuse(`--currency wants one of ${CURRENCIES.join(', ')}, was ${text}.`);
  return currency;
}

function balanceFrom(text: string): number {
  const money = parseMoney(text);
  if (money === undefined || money <= 0)
    throw misuse(`--balance wants an amount above 0 such as 10000, was ${text}.`);
  return money;
}
