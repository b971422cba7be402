/**
 * `npm run drill:chaos [-- --kills N --orders N --seed N]`: a server that trades at the v20 simulator is killed again and again while faults
 * happen to its requests and streams. Ends with 0 only if at the end every order is at the broker once, and all is here as it is there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareAll } from './chaos/compare-all.ts';
import { Draw } from './chaos/draw.ts';
import { armFaults } from './chaos/fault-source.ts';
import { readOptions } from './chaos/options.ts';
import { reportFigures } from './chaos/report-figures.ts';
import { ServerLives } from './chaos/server-lives.ts';
import { SimulatorControl } from './chaos/simulator-control.ts';
import { Trader } from './chaos/trader.ts';
import { startDrillServer } from './drill-database.ts';
import { inDrillFolder } from './drill-folder.ts';
import { interrupted, runDrill, say } from './say.ts';
import type { ChaosOptions } from './chaos/options.ts';
import type { DrillServer } from './drill-database.ts';

/** How long the server lives: some lives are over before it is ready. */
const LIFE_MS = { least: 300, most: 9_000 } as const;
const POSTGRES_RESTARTS_PERCENT = 15;
/** A key that was being worked on is free after a minute, and what became of a lost request is known after a minute. */
const SETTLED_WITHIN_MS = 240_000;
const LOOK_AGAIN_MS = 500;

interface Stage {
  readonly options: ChaosOptions;
  readonly draw: Draw;
  readonly simulator: SimulatorControl;
  readonly postgres: DrillServer;
  readonly lives: ServerLives;
  readonly trader: Trader;
  /** Ends trading and faults. */
  readonly end: AbortController;
}

async function chaos(folder: string): Promise<boolean> {
  const options = readOptions(process.argv.slice(2));
  const startedAt = performance.now();
  await using simulator = await SimulatorControl.start(options.seed);
  await using postgres = await startDrillServer(`${folder}/database`);
  await using lives = new ServerLives({
    DATABASE_URL: await postgres.createDatabase('drill'),
    DATA_DIRECTORY: `${folder}/data`,
    OANDA_PRACTICE_URL: simulator.url,
    BACKUP_BEFORE_MIGRATE: 'off',
  });
  const draw = new Draw(options.seed);
  const trader = new Trader(draw, simulator);
  const end = new AbortController();
  const stage: Stage = { options, draw, simulator, postgres, lives, trader, end };

  const address = await lives.begin();
  await trader.join(address);
  trader.serverIsAt(address);
  const restarts = await Promise.race([disturb(stage), interrupted()]).finally(() => end.abort());
  await settle(stage);
  const differences = await compareAll(trader, simulator);
  trader.serverIsGone();
  reportFigures({
    trader,
    simulator,
    lives,
    restarts,
    kills: options.kills,
    ms: performance.now() - startedAt,
  });
  for (const difference of differences) say(`DIFFERENT: ${difference}`);
  say(
    differences.length === 0 ? 'All is here as it is at the broker.' : `${differences.length} differences.`,
  );
  return differences.length === 0;
}

/** Trades while the server is killed and faults happen. Returns how often PostgreSQL was restarted. */
async function disturb({ options, draw, simulator, postgres, lives, trader, end }: Stage): Promise<number> {
  const perLife = Math.ceil(options.orders / (options.kills + 1));
  trader.mayMake(perLife);
  const trading = trader.trade(options.orders, end.signal);
  const faults = armFaults(simulator, draw, end.signal);
  // They are awaited below; when the drill is interrupted, what they meet no longer matters.
  for (const running of [trading, faults]) running.catch(() => undefined);
  let restarts = 0;
  for (let kill = 1; kill <= options.kills; kill += 1) {
    await sleep(draw.whole(LIFE_MS.least, LIFE_MS.most));
    if (draw.chance(POSTGRES_RESTARTS_PERCENT)) {
      restarts += 1;
      await postgres.restart();
      await sleep(draw.whole(0, LIFE_MS.most));
    }
    trader.serverIsGone();
    await lives.end();
    if (end.signal.aborted) break;
    if (draw.chance(50)) await simulator.removeAll();
    trader.mayMake(perLife * (kill + 1));
    const isAwaited = draw.chance(80);
    const ready = lives.begin().then((address) => trader.serverIsAt(address));
    if (isAwaited) await ready;
    else await Promise.race([ready, sleep(draw.whole(0, 2_000))]);
    ready.catch(() => undefined);
    say(
      `kill ${kill}: ${trader.requests.all.length} requests, ${trader.requests.unanswered.length} without an answer`,
    );
  }
  await trading;
  end.abort();
  await faults;
  return restarts;
}

/** No more faults, a last start, and time until every request has its answer and the account says what the broker says. */
async function settle({ simulator, lives, trader }: Stage): Promise<void> {
  trader.serverIsGone();
  await lives.end();
  await simulator.removeAll();
  trader.serverIsAt(await lives.begin());
  const until = performance.now() + SETTLED_WITHIN_MS;
  while (performance.now() < until) {
    if ((await trader.repeatUnanswered()) && (await trader.isSettled())) return;
    await sleep(LOOK_AGAIN_MS);
  }
  say('It is not settled in time.');
}

await runDrill(() => inDrillFolder('chaos', chaos));
