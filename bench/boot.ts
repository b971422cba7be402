/** `boot`: from the start of the process to the answer of `/readyz`, against the same without looking at migrations. */

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { compareTimes, median } from './benchmark.ts';
import { quietLog, withDatabase } from './bench-database.ts';
import { endedProcessorMs, processorMsOf, startNode } from './processes.ts';
import { project } from '../src/server/schema.ts';
import { openPlainConnection, prepareSchema } from '../src/migrator/index.ts';
import type { Benchmark } from './benchmark.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const POLL_MS = 5;
const LONGEST_BOOT_MS = 60_000;

/** Milliseconds from the start of the process to the first answer of each, and what the processor took until then. */
interface Boot {
  readonly liveMs: number;
  readonly readyMs: number;
  readonly processorMs: number;
}

/** Starts the server, waits until it is ready, and stops it; only the way to ready is of interest, but stopping is short. */
async function bootOnce(databaseUrl: string, migrations: 'auto' | 'off'): Promise<Boot> {
  const port = await freePort();
  const settings = { DATABASE_URL: databaseUrl, PORT: String(port), MIGRATIONS: migrations };
  const [processorBefore, startedAt] = [endedProcessorMs(), performance.now()];
  const server = startNode([MAIN], settings);
  const exited = once(server, 'exit');
  let [liveMs, readyMs] = [NaN, NaN];
  try {
    await whenAnswered(`http://127.0.0.1:${port}/livez`, () => server.exitCode !== null);
    liveMs = performance.now() - startedAt;
    await whenAnswered(`http://127.0.0.1:${port}/readyz`, () => server.exitCode !== null);
    readyMs = performance.now() - startedAt;
  } finally {
    // How it would stop is not measured.
    server.kill('SIGKILL');
    await exited;
  }
  return { liveMs, readyMs, processorMs: endedProcessorMs() - processorBefore };
}

/** Lets the server end by itself once: then it keeps the code that it has compiled, as on every machine where it has run before. */
async function keepCompiledCode(databaseUrl: string): Promise<void> {
  await processorMsOf([MAIN], { DATABASE_URL: databaseUrl, MIGRATIONS: 'only' });
}

async function whenAnswered(url: string, hasEnded: () => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST_BOOT_MS;
  while (performance.now() < deadline && !hasEnded()) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return;
    await sleep(POLL_MS);
  }
  throw new Error('The server did not become ready.');
}

export const BOOT: Benchmark = {
  name: 'boot',
  unit: 'ms',
  baseline: 'MIGRATIONS=off',
  target: { atMost: 1.15 },
  measure: () =>
    withDatabase(async (databaseUrl) => {
      await keepCompiledCode(databaseUrl);
      const boots: Boot[] = [];
      const bareMs: number[] = [];
      const ready = await compareTimes(
        async () => void boots.push(await bootOnce(databaseUrl, 'auto')),
        async () => {
          await bootOnce(databaseUrl, 'off');
        },
      );
      for (let round = 0; round < boots.length; round += 1) bareMs.push(await processorMsOf(['--eval', '0']));
      const [live, cost] = [medianOf(boots, 'liveMs'), medianOf(boots, 'processorMs')];
      const check = await compareTimes(
        async () => void (await prepareSchema({ ...project, databaseUrl, mode: 'auto', log: quietLog })),
        () => connectOnce(databaseUrl),
      );
      const [checkMs, connectMs] = [check.value.toFixed(1), check.baselineValue.toFixed(1)];
      return {
        ...ready,
        notes: [
          `to /livez ${live.toFixed(0)} ms; ${cost} ms of processor to /readyz, ${(cost / median(bareMs)).toFixed(1)} times node --eval 0`,
          `finding nothing to migrate takes ${checkMs} ms (wanted: 60 at most), connecting alone ${connectMs} ms`,
        ],
      };
    }),
};

/** Returns the median of one of its times. The first boot only warmed up. */
function medianOf([, ...boots]: readonly Boot[], time: keyof Boot): number {
  return median(boots.map((boot) => boot[time]));
}

/** What any question to the database costs that opens a connection for it. */
async function connectOnce(databaseUrl: string): Promise<void> {
  const connection = openPlainConnection(databaseUrl);
  await connection.query('select 1');
  await connection.close();
}
