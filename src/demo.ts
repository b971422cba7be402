/** `npm run demo`: a server of its own with a trader, a paper account, strategies that trade, and a backtest; prints what happens. */

import { join } from 'node:path';
import { startServer } from './server/compose.ts';
import { readConfig } from './server/config.ts';
import { DemoClient } from './server/demo/demo-client.ts';
import { newTrader, runDemo } from './server/demo/demo-story.ts';
import { exitCodeOf } from './process/exit-code.ts';
import { createLog, terminalStream } from './server/log.ts';
import { removeEmbeddedPostgres } from './persistence/embedded-postgres/remove.ts';
import { aborted, stopSignal } from './server/stop-signal.ts';
import type { Config } from './server/config.ts';
import type { DemoTrader } from './server/demo/demo-story.ts';

/** A Monday, so that the market is open whenever the demo runs; ten minutes of market pass in a second. */
const MARKET = { seed: 7, startsAt: Date.UTC(2026, 0, 5, 8) } as const;
const FEED = `synthetic?seed=${MARKET.seed}&speed=600&start=${new Date(MARKET.startsAt).toISOString()}&interval=50`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function demo(): Promise<void> {
  const settings = readConfig({ LOG_LEVEL: 'warn', ...process.env, PAPER_FEED: FEED });
  // A folder of its own, because it is removed at the end.
  const config = { ...settings, DATA_DIRECTORY: join(settings.DATA_DIRECTORY, 'demo') };
  const signal = stopSignal();
  print('Starting PostgreSQL and the server …');
  try {
    await show(config, signal);
  } finally {
    // A demo leaves nothing behind; a database that it was given stays.
    if (config.DATABASE_URL === undefined) await removeEmbeddedPostgres(config.DATA_DIRECTORY);
  }
}

async function show(config: Config, signal: AbortSignal): Promise<void> {
  const log = createLog({ level: config.LOG_LEVEL, stream: await terminalStream(process.stderr) });
  const server = await startServer(config, { log, signal });
  if (!server) return;
  try {
    const trader = newTrader();
    await runDemo(new DemoClient(server.address), trader, MARKET, { print, signal });
    if (!signal.aborted) printAddresses(server.address, trader);
    await aborted(signal);
    print('\nStopping …');
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

function printAddresses(address: string, { email, password }: DemoTrader): void {
  print('');
  print(`The server continues trading at ${address}`);
  print(`  API        ${address}/api/docs`);
  print(`  WebSocket  ${address.replace(/^http/, 'ws')}/ws`);
  print(`  sign in    ${email}  ${password}`);
  print("Ctrl-C stops it and removes the demo's data.");
}

demo().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = exitCodeOf(error);
});
