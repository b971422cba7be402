/**
 * `npm run demo`: a server of its own with a trader, a paper account, strategies that trade, and a backtest; prints what happens. With
 * `-- --oanda` the account is at a simulator of OANDA instead.
 */

import { join } from 'node:path';
import { startServer } from '../compose.ts';
import { readConfig } from '../config.ts';
import { DemoClient } from './demo-client.ts';
import { newTrader, runDemo } from './demo-story.ts';
import { paperVenue } from './paper-venue.ts';
import { openSimulatorVenue } from './simulator-venue.ts';
import { misuse } from '../../commands/command.ts';
import { exitCodeOf } from '../../process/exit-code.ts';
import { createLog, terminalStream } from '../log.ts';
import { removeEmbeddedPostgres } from '../../persistence/embedded-postgres/remove.ts';
import { aborted, stopSignal } from '../stop-signal.ts';
import type { Config } from '../config.ts';
import type { DemoTrader, DemoVenue } from './demo-story.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs the demo until a signal ends it. What goes wrong is one line on stderr. */
export async function demo(): Promise<void> {
  try {
    await playDemo();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

async function playDemo(): Promise<void> {
  const options = process.argv.slice(2);
  const unknown = options.find((option) => option !== '--oanda');
  if (unknown !== undefined) throw misuse(`The demo has one option, --oanda; was ${unknown}.`);
  const signal = stopSignal();
  const venue = options.length > 0 ? await openSimulatorVenue() : paperVenue();
  const settings = readConfig({ LOG_LEVEL: 'warn', ...process.env, ...venue.settings });
  // A folder of its own, because it is removed at the end.
  const config = { ...settings, DATA_DIRECTORY: join(settings.DATA_DIRECTORY, 'demo') };
  print('Starting PostgreSQL and the server …');
  try {
    await show(config, venue, signal);
  } finally {
    await venue[Symbol.asyncDispose]();
    // A demo leaves nothing behind; a database that it was given stays.
    if (config.DATABASE_URL === undefined) await removeEmbeddedPostgres(config.DATA_DIRECTORY);
  }
}

async function show(config: Config, venue: DemoVenue, signal: AbortSignal): Promise<void> {
  const log = createLog({ level: config.LOG_LEVEL, stream: await terminalStream(process.stderr) });
  const server = await startServer(config, { log, signal });
  if (!server) return;
  try {
    const trader = newTrader();
    await runDemo(new DemoClient(server.address), trader, venue, { print, signal });
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
