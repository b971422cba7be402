/** The server: reads settings, starts, and stops at a signal. */

import { startServer } from './compose.ts';
import { readConfig } from './config.ts';
import { logLastFailure } from './last-failure.ts';
import { createLog, terminalStream } from './log.ts';
import { aborted, stopSignal } from './stop-signal.ts';
import { givePoolWay } from '../process/background-thread.ts';
import { exitCodeOf, isExplained } from '../process/exit-code.ts';
import { MigratorFailure } from '../migrator/index.ts';
import type { StartOptions } from './compose.ts';
import type { Config } from './config.ts';

/** Runs the server until a signal or a failure ends it, and the process with it. */
export async function serve(): Promise<void> {
  try {
    await serveAsSet();
  } catch (error) {
    // Only settings fail before there is a log to write to.
    process.stderr.write(`${isExplained(error) ? error.message : String(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
  // What is still open now, such as an attempt to connect without an answer, would only delay the end.
  process.exit();
}

async function serveAsSet(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog({
    level: config.LOG_LEVEL,
    stream: process.stdout.isTTY ? await terminalStream(process.stdout) : undefined,
  });
  logLastFailure(log);
  process.exitCode = await serveUntilEnded(config, { log, signal: stopSignal() });
}

/** Serves until a signal or a failure ends it, which is logged; returns the exit code. */
export async function serveUntilEnded(config: Config, options: StartOptions): Promise<number> {
  try {
    await serveUntilStopped(config, options);
    return 0;
  } catch (error) {
    // Stopped while starting: no failure, unless a migration had to be cancelled.
    const isInterrupted = error instanceof MigratorFailure && error.type === 'migration-interrupted';
    if (options.signal.aborted && !isInterrupted) return 0;
    options.log.fatal({ err: error }, 'the server could not continue');
    return exitCodeOf(error);
  }
}

async function serveUntilStopped(config: Config, options: StartOptions): Promise<void> {
  const { log, signal } = options;
  const server = await startServer(config, options);
  if (!server) return;
  await givePoolWay();
  log.info({ address: server.address, docs: `${server.address}/api/docs`, ...server.running }, 'ready');
  // A server that failed does not stop in order: what it would still write is made for another schema.
  await Promise.race([aborted(signal), server.failed]);
  log.info({}, 'stopping');
  await server[Symbol.asyncDispose]();
  log.info({}, 'stopped');
}
