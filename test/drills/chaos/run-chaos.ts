/** One run of the drill, on a database that is there: trades while everything goes wrong, then compares. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsence, stayAway } from './absence.ts';
import { compareAll } from './compare-all.ts';
import { Draw } from './draw.ts';
import { countsWith, kindsNotMet } from './faults-met.ts';
import { armFaults } from './fault-source.ts';
import { Follower } from './follower.ts';
import { MARKET_SPEED } from './pace.ts';
import { reportFigures } from './report-figures.ts';
import { ServerLives } from './server-lives.ts';
import { SimulatorControl } from './simulator-control.ts';
import { Trader } from './trader.ts';
import { countTrading, tradingNotMet } from './trading-met.ts';
import type { OrderRow } from './compare-orders.ts';
import type { ChaosOptions } from './options.ts';
import type { Disturbances } from './report-figures.ts';
import type { EndedAccount } from './trading-met.ts';

/** Most lives end in the middle of trading: so many requests have been answered, or all that it may be asked are made, and this long after. */
const ANSWERED = { least: 1, most: 12 } as const;
const AFTER_ANSWER_MS = { least: 0, most: 300 } as const;
/** The others end whatever it does by then, perhaps before it is ready; and each ends after the longest. */
const SHORT_LIFE_MS = { least: 0, most: 2_500 } as const;
const LONGEST_LIFE_MS = 12_000;
const SHORT_LIVES_PERCENT = 25;
/** A key that was being worked on is free, and what became of a lost request is known, after some seconds. */
const SETTLED_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 250;
const LOOK_MS = 20;

/** Ends the database now and then, and returns how it did. */
export type DatabaseEnds = (draw: Draw) => Promise<'restart' | 'kill' | undefined>;

export interface ChaosParts {
  readonly options: ChaosOptions;
  readonly databaseUrl: string;
  readonly dataDirectory: string;
  readonly endDatabase?: DatabaseEnds;
  /** Rejects when the run is to end before its time. */
  readonly interrupted?: Promise<never>;
  readonly say: (text: string) => void;
}

interface Stage extends ChaosParts {
  readonly draw: Draw;
  readonly simulator: SimulatorControl;
  readonly lives: ServerLives;
  readonly trader: Trader;
  readonly followers: readonly Follower[];
  /** Ends trading and faults. */
  readonly end: AbortController;
}

/** Returns how what the server shows differs from what the broker and the journal say, each difference a line. */
export async function runChaos(parts: ChaosParts): Promise<readonly string[]> {
  const { options, databaseUrl, dataDirectory, interrupted, say } = parts;
  const startedAt = performance.now();
  await using simulator = await SimulatorControl.start(options.seed, MARKET_SPEED);
  await using lives = new ServerLives({
    DATABASE_URL: databaseUrl,
    DATA_DIRECTORY: dataDirectory,
    OANDA_PRACTICE_URL: simulator.url,
    BACKUP_BEFORE_MIGRATE: 'off',
  });
  const draw = new Draw(options.seed);
  const trader = new Trader(draw, simulator);
  const address = await lives.begin();
  await trader.join(address);
  await using following = new AsyncDisposableStack();
  const followers = ['first', 'second'].map((name) => following.use(new Follower(name, draw, trader.token)));
  const end = new AbortController();
  const stage: Stage = { ...parts, draw, simulator, lives, trader, followers, end };
  serverIsAt(stage, address);

  const disturbed = disturb(stage);
  const disturbances = await (interrupted ? Promise.race([disturbed, interrupted]) : disturbed).finally(() =>
    end.abort(),
  );
  await settle(stage);
  const differences = [
    ...(await trader.faults()),
    ...(await compareAll({ trader, simulator, databaseUrl, followers })),
  ];
  const accounts = await endedAccounts(stage);
  serverIsGone(stage);
  const faults = countsWith(
    simulator.counts,
    accounts.flatMap(({ log }) => log),
  );
  const counts = countTrading(accounts, disturbances);
  const ms = performance.now() - startedAt;
  reportFigures({
    trader,
    accounts,
    lives,
    followers,
    faults,
    counts,
    disturbances,
    kills: options.kills,
    ms,
    say,
  });
  return [...differences, ...kindsNotMet(faults, options), ...tradingNotMet(counts, options)];
}

/** Reads what there is of each account, here and at the broker. */
function endedAccounts({ trader, simulator }: Stage): Promise<readonly EndedAccount[]> {
  return Promise.all(
    trader.accounts.map(async ({ id, brokerAccountId, hedging }) => ({
      hedging,
      orders: await trader.readAll<OrderRow>(`/orders?accountId=${id}`),
      log: await simulator.log(brokerAccountId),
    })),
  );
}

/** Trades while the server is killed and faults happen. */
async function disturb(stage: Stage): Promise<Disturbances> {
  const { options, draw, simulator, endDatabase, lives, trader, followers, end, say } = stage;
  const perLife = Math.ceil(options.orders / (options.kills + 1));
  trader.mayMake(perLife);
  const trading = trader.trade(options.orders, end.signal);
  const faults = armFaults(simulator, draw, end.signal);
  // They are awaited below; when the drill is interrupted, what they meet no longer matters.
  for (const running of [trading, faults]) running.catch(() => undefined);
  const disturbances = { restart: 0, kill: 0, absences: 0, lapsesWhileAway: 0 };
  for (let kill = 1; kill <= options.kills; kill += 1) {
    await live(draw, trader);
    const ending = await endDatabase?.(draw);
    if (ending) disturbances[ending] += 1;
    if (draw.chance(30)) draw.oneOf(followers).breakOff();
    serverIsGone(stage);
    await lives.end();
    if (end.signal.aborted) break;
    if (isAbsence(kill, options)) {
      disturbances.absences += 1;
      disturbances.lapsesWhileAway += await stayAway(simulator, draw);
    }
    if (draw.chance(50)) await simulator.removeAll();
    trader.mayMake(perLife * (kill + 1));
    const isAwaited = draw.chance(80);
    const ready = lives.begin().then((address) => serverIsAt(stage, address));
    if (isAwaited) await ready;
    else await Promise.race([ready, sleep(draw.whole(0, 2_000))]);
    ready.catch(() => undefined);
    const { all, unanswered } = trader.requests;
    say(`kill ${kill}: ${all.length} requests, ${unanswered.length} without an answer`);
  }
  await trading;
  end.abort();
  await faults;
  return disturbances;
}

/** Lets the server live until it is to be killed. */
async function live(draw: Draw, trader: Trader): Promise<void> {
  if (draw.chance(SHORT_LIVES_PERCENT)) {
    await sleep(draw.whole(SHORT_LIFE_MS.least, SHORT_LIFE_MS.most));
    return;
  }
  const answered = trader.requests.answered + draw.whole(ANSWERED.least, ANSWERED.most);
  const until = performance.now() + LONGEST_LIFE_MS;
  const isDue = (): boolean => trader.requests.answered >= answered || trader.hasMadeAll;
  while (!isDue() && performance.now() < until) await sleep(LOOK_MS);
  await sleep(draw.whole(AFTER_ANSWER_MS.least, AFTER_ANSWER_MS.most));
}

/** No more faults, a last start, and time until every request has its answer and the accounts say what the broker says. */
async function settle(stage: Stage): Promise<void> {
  const { simulator, lives, trader, say } = stage;
  serverIsGone(stage);
  await lives.end();
  await simulator.removeAll();
  serverIsAt(stage, await lives.beginLast());
  const until = performance.now() + SETTLED_WITHIN_MS;
  while (performance.now() < until) {
    if ((await trader.repeatUnanswered()) && (await trader.isSettled())) return;
    await sleep(LOOK_AGAIN_MS);
  }
  say('It is not settled in time.');
}

function serverIsAt({ trader, followers }: Stage, address: string): void {
  trader.serverIsAt(address);
  for (const follower of followers) follower.serverIsAt(address);
}

function serverIsGone({ trader, followers }: Stage): void {
  trader.serverIsGone();
  for (const follower of followers) follower.serverIsAt(undefined);
}
