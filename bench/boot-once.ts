/** One start of the server, as a process of its own. */

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './benchmark.ts';
import { freePort } from './free-port.ts';
import { endedProcessorMs, processorMsOf, startNode } from './processes.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const POLL_MS = 5;
const LONGEST_BOOT_MS = 60_000;

/** Milliseconds from the start of the process to the first answer of each, and what the processor took until then. */
export interface Boot {
  readonly liveMs: number;
  readonly readyMs: number;
  readonly processorMs: number;
}

/** Where its code comes from, when it is not the sources. */
export interface Loading {
  readonly preload?: string;
  readonly compileCache?: string;
}

export interface BootOptions extends Loading {
  readonly migrations?: 'auto' | 'off';
}

/** Starts the server, waits until it is ready, and stops it; only the way to ready is of interest, but stopping is short. */
export async function bootOnce(databaseUrl: string, how: BootOptions = {}): Promise<Boot> {
  const { migrations = 'auto', ...loading } = how;
  const port = await freePort();
  const settings = {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    MIGRATIONS: migrations,
    ...cacheOf(loading),
  };
  const [processorBefore, startedAt] = [endedProcessorMs(), performance.now()];
  const server = startNode(wordsOf(loading), settings);
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
export async function keepCompiledCode(databaseUrl: string, how: Loading = {}): Promise<void> {
  await processorMsOf(wordsOf(how), { DATABASE_URL: databaseUrl, MIGRATIONS: 'only', ...cacheOf(how) });
}

function wordsOf({ preload }: Loading): readonly string[] {
  return preload === undefined ? [MAIN] : ['--import', preload, MAIN];
}

function cacheOf({ compileCache }: Loading): Readonly<Record<string, string>> {
  return compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache };
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

/** Returns the median of one of its times. The first boot only warmed up. */
export function medianOf([, ...boots]: readonly Boot[], time: keyof Boot): number {
  return median(boots.map((boot) => boot[time]));
}
