/** `manage simulator`: OANDA's v20 API on this machine, to test any client of it against. */

import { parseDepth } from '../../backtests/terms/depth-values.ts';
import { isAccountId, ladderDepth, openSimulator } from '../../brokers/open-simulator.ts';
import { misuse } from '../../commands/command.ts';
import { defineCommand, flag, value, values as several } from '../../commands/define-command.ts';
import { ACCOUNT_CURRENCIES } from '../../core/domain/instrument.ts';
import { formatMoney, parseMoney } from '../../core/domain/money.ts';
import { bucketsError } from '../../core/simulation/depth.ts';
import { StartFailure } from '../../core/shared/start-failure.ts';
import { parseFeedSpec } from '../../prices/feeds/feed-spec.ts';
import { readConfig } from '../config.ts';
import { aborted, stopSignal } from '../stop-signal.ts';
import { openSimulatorMarket } from './simulator-market.ts';
import type { AccountSpec } from '../../brokers/open-simulator.ts';
import type { Values } from '../../commands/define-command.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { Depth } from '../../core/simulation/depth.ts';
import type { FeedSpec } from '../../prices/feeds/feed-spec.ts';

const DEFAULT_PORT = 8450;
const DEFAULT_ACCOUNT = '101-004-1435156-001';
/** Of OANDA's shape: 32 digits, a dash, 32 digits. */
const EXAMPLE_TOKEN = '0123456789abcdef0123456789abcdef-0123456789abcdef0123456789abcdef';
/** Plain HTTP without a password worth the name does not belong on a network. */
const HOST = '127.0.0.1';

const OPTIONS = {
  port: value(String(DEFAULT_PORT), 'the port on 127.0.0.1; 0 chooses a free one'),
  feed: value('synthetic', 'where prices come from: synthetic, or replay:FILE; as PAPER_FEED'),
  speed: value('1', 'how many times faster than the clock prices come'),
  account: several(DEFAULT_ACCOUNT, 'the id of an account; given several times, there are several'),
  currency: value('USD', 'the currency of the accounts'),
  balance: value('100000', 'what each account starts with'),
  hedging: flag('accounts may be long and short at once'),
  depth: value(
    'ladder',
    'how much the market takes at which price: ladder, as the prices show it, or buckets as JSON; any size fills when left out',
  ),
  'hedging-account': several(
    DEFAULT_ACCOUNT,
    'the id of a further account, which may be, whatever the others may',
  ),
  'margin-rate': value('0.05', 'the least margin rate of the accounts; 0.05 is a leverage of 20'),
} as const;

type Given = Values<typeof OPTIONS>;

export const simulatorCommand = defineCommand({
  name: 'simulator',
  about:
    "Answers OANDA's v20 API on 127.0.0.1 until it is stopped. Needs no database and keeps nothing. See docs/simulator.md.",
  options: OPTIONS,
  needs: 'nothing',
  async run({ values, io }) {
    const accounts = accountsFrom(values);
    const port = portFrom(values.port ?? String(DEFAULT_PORT));
    const spec = feedFrom(values);
    const token = readConfig(process.env).SIMULATOR_TOKEN;
    const market = await openSimulatorMarket(spec).catch((error: unknown) => {
      throw aboutFeed(error);
    });
    const { hub: prices, instruments, history } = market;
    const depth = depthFrom(values.depth, instruments);
    const simulator = await openSimulator({
      accounts,
      prices,
      instruments,
      history,
      depth,
      token,
      host: HOST,
      port,
    }).catch((error: unknown) => {
      throw isPortTaken(error) ? misuse(`Port ${port} is in use; choose another one with --port.`) : error;
    });
    const signal = stopSignal();
    market.start(() => io.stdout.write('The recording is over: no price will follow.\n'));
    io.stdout.write(usage(simulator.url, accounts, token));
    await aborted(signal);
    await market.stop();
    await simulator.close();
  },
});

function usage(url: string, accounts: readonly AccountSpec[], token: string | undefined): string {
  const rows = accounts.map(
    ({ id, balance, currency, hedging }) =>
      `  account  ${id}  ${formatMoney(balance)} ${currency}, ${hedging ? 'hedging' : 'netting'}\n`,
  );
  const [first] = accounts;
  const shown = token === undefined ? EXAMPLE_TOKEN : '$SIMULATOR_TOKEN';
  return [
    `The v20 simulator is ready at ${url}\n`,
    ...rows,
    `  token    ${token === undefined ? `any of OANDA's shape, such as ${shown}` : 'the one of SIMULATOR_TOKEN'}\n`,
    `  faults   ${url}/simulator/faults\n`,
    `  try      curl -H "Authorization: Bearer ${shown}" "${url}/v3/accounts/${first?.id}/pricing?instruments=EUR_USD"\n`,
  ].join('');
}

function accountsFrom({
  account,
  currency: name = 'USD',
  balance: amount = '100000',
  ...given
}: Given): AccountSpec[] {
  const hedging = given['hedging-account'] ?? [];
  const ids = [...(account ?? (hedging.length > 0 ? [] : [DEFAULT_ACCOUNT])), ...hedging];
  const wrong = ids.find((id) => !isAccountId(id));
  if (wrong !== undefined) throw misuse(`--account needs an id such as ${DEFAULT_ACCOUNT}, was ${wrong}.`);
  if (new Set(ids).size < ids.length)
    throw misuse('--account and --hedging-account name the same account twice.');
  const currency = ACCOUNT_CURRENCIES.find((known) => known === name);
  if (!currency) throw misuse(`--currency needs one of ${ACCOUNT_CURRENCIES.join(', ')}, was ${name}.`);
  const balance = parseMoney(amount);
  if (balance === undefined || balance <= 0)
    throw misuse(`--balance needs an amount above 0 such as 100000, was ${amount}.`);
  const marginRate = marginRateFrom(given['margin-rate']);
  const isHedging = (id: string): boolean => given.hedging === true || hedging.includes(id);
  return ids.map((id) => ({ id, currency, balance, marginRate, hedging: isHedging(id) }));
}

function depthFrom(text: string | undefined, instruments: Instruments): Depth | undefined {
  if (text === undefined) return undefined;
  if (text === 'ladder') return ladderDepth(instruments);
  const depth = parseDepth(text);
  const example = '{"EUR_USD": [{"units": 1000000, "pipsWorse": "0"}]}';
  if (!depth) throw misuse(`--depth needs ladder, or buckets by instrument such as ${example}, was ${text}.`);
  for (const [name, buckets] of Object.entries(depth)) {
    if (!instruments.find(name)) throw misuse(`--depth names ${name}, which the feed has no prices of.`);
    const error = bucketsError(buckets);
    if (error !== undefined) throw misuse(`--depth: ${name} ${error}.`);
  }
  return depth;
}

function marginRateFrom(text: string | undefined): number {
  if (text === undefined) return 0;
  const rate = /^\d(\.\d{1,4})?$/.test(text) ? Number(text) : NaN;
  if (rate > 0 && rate <= 1) return rate;
  throw misuse(`--margin-rate needs a number above 0, at most 1, such as 0.05, was ${text}.`);
}

function portFrom(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw misuse(`--port needs a number from 0 to 65535, was ${text}.`);
}

function feedFrom({ feed = 'synthetic', speed }: Given): FeedSpec {
  const text = speed === undefined ? feed : `${feed}${feed.includes('?') ? '&' : '?'}speed=${speed}`;
  const spec = parsedFeed(text);
  // In lock-step a recording would be over before a client has asked for anything.
  if (spec.type === 'replay' && spec.speed === 'max') throw misuse('--speed needs a number, was max.');
  return spec;
}

function parsedFeed(text: string): FeedSpec {
  try {
    return parseFeedSpec(text);
  } catch (error) {
    throw aboutFeed(error);
  }
}

/** What names PAPER_FEED is about the options here. */
function aboutFeed(error: unknown): unknown {
  if (!(error instanceof StartFailure)) return error;
  const found = error.facts.errors?.[0]?.detail ?? error.message;
  return misuse(`--feed or --speed is not right: ${found.replace(/\.$/, '')}.`);
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
