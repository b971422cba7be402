/** `manage backtest`: runs a backtest on stored prices and prints its report. */

import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { parseMoney } from '../../core/domain/money.ts';
import { parseUtcTime } from '../../prices/import/csv-fields.ts';
import { PriceSeriesStore } from '../../prices/series/price-series-store.ts';
import { planBacktest } from '../plan-backtest.ts';
import { parseDepth } from '../terms/depth-values.ts';
import { runStoredBacktest } from '../run-stored-backtest.ts';
import { backtestJson } from './backtest-json.ts';
import { backtestText } from './backtest-text.ts';
import { misuse } from '../../commands/command.ts';
import { defineCommand, flag, required, value, values as several } from '../../commands/define-command.ts';
import { ProgressBar } from '../../commands/progress-bar.ts';
import { countText } from '../../commands/text.ts';
import type { StrategyFailure } from '../../core/backtest/run-notes.ts';
import type { Currency } from '../../core/domain/instrument.ts';
import type { Depth } from '../../core/simulation/depth.ts';
import type { NamedSeries } from '../choose-series.ts';
import type { BacktestRequest } from '../plan-backtest.ts';
import type { Values } from '../../commands/define-command.ts';

const OPTIONS = {
  strategy: required('ema_cross', 'a strategy type'),
  instrument: required('EUR_USD', 'the instrument'),
  series: several('[NAME=]ID', 'a price series, of another instrument with its name; chosen when left out'),
  from: value('TIME', '2014-05-01 or 2014-05-01T12:00:00Z (UTC); the whole series when left out'),
  to: value('TIME', 'the end, excluded'),
  parameters: value('JSON', `such as '{"fast": 5, "slow": 20}'; what is left out has its default`),
  currency: value('USD', "the account's currency; prices of pairs that convert to it must be stored"),
  balance: value('10000', 'what the account starts with'),
  hedging: flag('the account may be long and short at once'),
  depth: value(
    'JSON',
    `such as '{"EUR_USD": [{"units": 1000000, "pipsWorse": "0"}]}'; any size when left out`,
  ),
  'no-financing': flag('holding positions overnight is not charged, which flatters the result'),
  json: flag('the whole report for machines, the same bytes at each run'),
} as const;

export const backtestCommand = defineCommand({
  name: 'backtest',
  about: 'Runs a backtest on stored prices and prints its report.',
  options: OPTIONS,
  needs: 'database',
  async run({ values, io, openOrm }) {
    const request = requestFrom(values);
    const describe = values.json === true ? backtestJson : backtestText;
    const store = new PriceSeriesStore(await openOrm());
    const bar = new ProgressBar(io.stderr, request.strategyType);
    try {
      const plan = await planBacktest(store, request, undefined);
      const result = await runStoredBacktest(store, plan, ({ progress, quotes }) =>
        bar.update(progress, `${countText(quotes)} quotes`),
      );
      bar.clear();
      if (result.strategyFailure) throw strategyError(request.strategyType, result.strategyFailure);
      io.stdout.write(describe(plan, result));
    } finally {
      bar.clear();
    }
  },
});

/** No report is printed when the strategy threw: it would look like that of a strategy that did nothing. */
function strategyError(strategyType: string, { at, reason, stack = reason }: StrategyFailure): Error {
  const message = `${strategyType} failed at ${new Date(at).toISOString()}, market time; there is no report`;
  // An error that is no StartFailure is printed with its stack: here it is the strategy's.
  return Object.assign(new Error(message), { stack: `${message}.\n${stack}` });
}

function requestFrom({ strategy, instrument, series, ...values }: Values<typeof OPTIONS>): BacktestRequest {
  return {
    strategyType: strategy,
    instrument,
    series: seriesFrom(series ?? [], instrument),
    parameters: values.parameters === undefined ? {} : parametersFrom(values.parameters),
    from: values.from === undefined ? undefined : timeFrom('--from', values.from),
    until: values.to === undefined ? undefined : timeFrom('--to', values.to),
    currency: values.currency === undefined ? undefined : currencyFrom(values.currency),
    initialBalance: values.balance === undefined ? undefined : balanceFrom(values.balance),
    hedging: values.hedging === true,
    costs: {
      ...(values['no-financing'] === true && { financing: false }),
      ...(values.depth !== undefined && { depth: depthOf(values.depth) }),
    },
  };
}

/** An id without a name is that of the instrument of the backtest. */
function seriesFrom(given: readonly string[], instrument: string): NamedSeries {
  const named = new Map<string, string>();
  for (const text of given) {
    const [, name = instrument, id] =
      /^(?:(\w+)=)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.exec(text) ?? [];
    if (id === undefined)
      throw misuse(`--series needs the id that import-prices printed, or GBP_USD=ID, was ${text}.`);
    if (named.has(name)) throw misuse(`--series names two series of ${name}; leave one of them out.`);
    named.set(name, id);
  }
  return Object.fromEntries(named);
}

function parametersFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw misuse(`--parameters needs a JSON object, was ${text}.`);
  }
}

function depthOf(text: string): Depth {
  const depth = parseDepth(text);
  if (depth === undefined)
    throw misuse(
      `--depth needs buckets by instrument, such as {"EUR_USD": [{"units": 1000000, "pipsWorse": "0"}]}, was ${text}.`,
    );
  return depth;
}

function timeFrom(option: string, text: string): number {
  const at = parseUtcTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined)
    throw misuse(`${option} needs a time such as 2014-05-01 or 2014-05-01T12:00:00Z, was ${text}.`);
  return at;
}

function currencyFrom(text: string): Currency {
  const currency = ACCOUNT_CURRENCIES.find((known) => known === text);
  if (currency === undefined)
    throw misuse(`--currency needs one of ${ACCOUNT_CURRENCIES.join(', ')}, was ${text}.`);
  return currency;
}

function balanceFrom(text: string): number {
  const money = parseMoney(text);
  if (money === undefined || money <= 0)
    throw misuse(`--balance needs an amount above 0 such as 10000, was ${text}.`);
  return money;
}
