/** `boot`: from the start of the process to the answer of `/readyz`, against the same without looking at migrations. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { compareTimes } from './benchmark.ts';
import { quietLog, withDatabase } from './bench-database.ts';
import { project } from '../src/server/schema.ts';
import { openPlainConnection, prepareSchema } from '../src/migrator/index.ts';
import type { ChildProcess } from 'node:child_process';
import type { Benchmark } from './benchmark.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const POLL_MS = 5;
const LONGEST_BOOT_MS = 60_000;

/** Starts the server, waits until it is ready, and stops it; only the way to ready is of interest, but stopping is short. */
async function bootOnce(databaseUrl: string, migrations: 'auto' | 'off'): Promise<void> {
  const port = await freePort();
  const server = startProcess({ DATABASE_URL: databaseUrl, PORT: String(port), MIGRATIONS: migrations });
  const exited = once(server, 'exit');
  try {
    await whenReady(`http://127.0.0.1:${port}/readyz`, () => server.exitCode !== null);
  } finally {
    // How it would stop is not measured.
    server.kill('SIGKILL');
    await exited;
  }
}

/** Lets the server end by itself once: then it keeps the code that it has compiled, as on every machine where it has run before. */
async function keepCompiledCode(databaseUrl: string): Promise<void> {
  await once(startProcess({ DATABASE_URL: databaseUrl, MIGRATIONS: 'only' }), 'exit');
}

function startProcess(settings: Readonly<Record<string, string>>): ChildProcess {
  const env = { ...process.env, HOST: '127.0.0.1', LOG_LEVEL: 'silent', ...settings };
  return spawn(process.execPath, [MAIN], { env, stdio: 'ignore' });
}

async function whenReady(url: string, hasEnded: () => boolean): Promise<void> {
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
      const boots = await compareTimes(
        () => bootOnce(databaseUrl, 'auto'),
        () => bootOnce(databaseUrl, 'off'),
      );
      const check = await compareTimes(
        async () => void (await prepareSchema({ ...project, databaseUrl, mode: 'auto', log: quietLog })),
        () => connectOnce(databaseUrl),
      );
      const [checkMs, connectMs] = [check.value.toFixed(1), check.baselineValue.toFixed(1)];
      return {
        ...boots,
        notes: [
          `finding nothing to migrate takes ${checkMs} ms (wanted: 60 at most), connecting alone ${connectMs} ms`,
        ],
      };
    }),
};

/** What any question to the database costs that opens a connection for it. */
async function connectOnce(databaseUrl: string): Promise<void> {
  const connection = openPlainConnection(databaseUrl);
  await connection.query('select 1');
  await connection.close();
}
