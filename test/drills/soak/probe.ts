/** Loaded into the server's process: on SIGUSR2 it logs what memory and event loop have come to since the last time. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { present } from '../../../src/core/shared/assert.ts';
import { PROBE } from './probe-name.ts';

const RESOLUTION_MS = 10;
const NS_PER_MS = 1_000_000;

const collectGarbage = present(globalThis.gc, 'the option --expose-gc');
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

process.on('SIGUSR2', () => {
  const lateMs = (share: number): number => delay.percentile(share) / NS_PER_MS - RESOLUTION_MS;
  const measured = { p99Ms: lateMs(99), p999Ms: lateMs(99.9), longestMs: lateMs(100) };
  const { rss } = process.memoryUsage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const cpuMs = (user + system) / 1_000;
  process.stdout.write(
    `${JSON.stringify({ level: 30, time: Date.now(), msg: PROBE, ...measured, rss, heapUsed, external, cpuMs })}\n`,
  );
  // The pause for the garbage is the probe's.
  setImmediate(() => delay.reset());
});
