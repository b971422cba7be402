/** The thread of one flood: what it sends takes no time from the thread that measures. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../../../src/process/background-thread.ts';
import { FLOODS } from './floods.ts';

/** What the thread is given. */
export interface FloodTask {
  readonly name: string;
  readonly address: string;
  readonly databaseUrl: string;
}

/** What it reports: `prepared`, then, when it has ended, what the server answered and how often. */
export type FromFloodWorker = 'prepared' | ReadonlyMap<string, number>;

async function flood({ name, address, databaseUrl }: FloodTask): Promise<void> {
  const [port, prepare] = [parentPort, FLOODS[name]];
  if (!port || !prepare) throw new Error(`There is no flood ${name}.`);
  const [outcomes, ending] = [new Map<string, number>(), new AbortController()];
  const count = (outcome: number | string): void =>
    void outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
  const { run, tidyUp } = await prepare({ address, databaseUrl, ends: ending.signal, count });
  const report = (message: FromFloodWorker): void => port.postMessage(message);
  report('prepared');
  await once(port, 'message');
  port.once('message', () => ending.abort());
  await run();
  await tidyUp?.();
  report(outcomes);
  port.close();
}

// Floods come from other machines: this one's processors are the server's first.
giveWay();
await flood(workerData);
