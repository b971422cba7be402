/** The steps of the demo: a trader, an account, two strategies that trade, and what its venue has to show. */

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { formatMoney } from '../../core/domain/money.ts';
import { assert } from '../../core/shared/assert.ts';
import { moneyOf, WithId } from './demo-client.ts';
import { DemoConsole } from './demo-console.ts';
import type { DemoClient } from './demo-client.ts';

/** Who the demo trades as. */
export interface DemoTrader {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

/** Where lines are printed, and what ends the demo early. */
export interface Stage {
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Where the demo trades, and what it shows there beside trades. */
export interface DemoVenue extends AsyncDisposable {
  /** What the server must be set to. */
  readonly settings: Readonly<Record<string, string>>;
  /** The account as the trader asks for it, and what is printed of it. */
  readonly account: object;
  readonly title: string;
  /** The part after the trades. */
  finish(client: DemoClient, accountId: string, stage: Stage): Promise<void>;
}

/** The strategies trade minute candles: at the demo's speed that is a decision every few seconds. */
const STRATEGIES = [
  {
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
    parameters: { granularity: 'M1', fast: 5, slow: 13, units: 20_000 },
  },
  {
    strategyType: 'donchian_breakout',
    instrument: 'USD_JPY',
    parameters: { granularity: 'M1', lookback: 15, exitLookback: 7, units: 20_000 },
  },
] as const;

export const INITIAL_BALANCE = '100000.0000';
/** What the demo wants to have shown before its last part, and how long it watches for it. */
const WANTED = { fills: 4, trades: 3 } as const;
const WATCH_MS = 60_000;

const Account = Type.Object({ money: Type.Object({ balance: Type.String() }) });
const Trades = Type.Object({ items: Type.Array(Type.Object({ result: Type.String() })) });

/** Returns a new trader with random names. */
export function newTrader(): DemoTrader {
  const username = `demo-${randomBytes(3).toString('hex')}`;
  return { username, email: `${username}@example.com`, password: randomBytes(9).toString('base64url') };
}

/** Runs the whole demo. */
export async function runDemo(
  client: DemoClient,
  trader: DemoTrader,
  venue: DemoVenue,
  stage: Stage,
): Promise<void> {
  const { print, signal } = stage;
  await client.signIn(trader);
  const account = await client.call('POST', '/accounts', WithId, { json: venue.account });
  print(`${venue.title} Strategies:`);
  for (const strategy of STRATEGIES) await startStrategy(client, account.id, strategy, print);
  print('');
  const screen = new DemoConsole(print);
  const instruments = STRATEGIES.map(({ instrument }) => instrument);
  const stopFollowing = await client.follow(
    [
      { channel: 'account', accountId: account.id },
      { channel: 'quotes', accountId: account.id, instruments },
    ],
    (frame) => screen.show(frame),
  );
  await watch(screen, signal);
  stopFollowing();
  await settleUp(client, account.id, print);
  await venue.finish(client, account.id, stage);
}

async function startStrategy(
  client: DemoClient,
  accountId: string,
  { strategyType, instrument, parameters }: (typeof STRATEGIES)[number],
  print: (line: string) => void,
): Promise<void> {
  const json = { accountId, name: `${strategyType} on ${instrument}`, strategyType, instrument, parameters };
  const { id } = await client.call('POST', '/strategies', WithId, { json });
  await client.call('POST', `/strategies/${id}/start`, WithId);
  print(`  ${strategyType} on ${instrument}, ${parameters.granularity} candles, ${parameters.units} units`);
}

async function watch(screen: DemoConsole, signal: AbortSignal): Promise<void> {
  const until = Date.now() + WATCH_MS;
  const isDone = (): boolean => screen.shown.fills >= WANTED.fills && screen.shown.trades >= WANTED.trades;
  while (!isDone() && Date.now() < until && !signal.aborted) await sleep(100);
  assert(signal.aborted || screen.shown.trades > 0, 'the demo saw no trade; please report this');
}

/** Shows that the account's money is what was paid in and what the trades brought. */
async function settleUp(client: DemoClient, accountId: string, print: (line: string) => void): Promise<void> {
  for (;;) {
    const { items } = await client.call('GET', `/trades?accountId=${accountId}&limit=500`, Trades);
    const { money } = await client.call('GET', `/accounts/${accountId}`, Account);
    const results = items.reduce((sum, { result }) => sum + moneyOf(result), 0);
    // Trading continues: a trade between the two answers is in one of them only.
    if (moneyOf(INITIAL_BALANCE) + results !== moneyOf(money.balance)) continue;
    print('');
    print(
      `${INITIAL_BALANCE} paid in, ${formatMoney(results)} from ${items.length} trades: the balance is ${money.balance} USD.`,
    );
    return;
  }
}
