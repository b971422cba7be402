/** The process of one flood. */
import { once } from 'node:events';
import { present } from '../../../src/core/shared/assert.ts';
import { FLOODS } from './floods.ts';

/** What the process is given. */
export interface FloodTask {
  readonly name: string;
  readonly address: string;
  readonly databaseUrl: string;
}

/** What it reports: `prepared`, then, when it has ended, what the server answered and how often. */
export type FromFlood = 'prepared' | ReadonlyMap<string, number>;

async function flood({ name, address, databaseUrl }: FloodTask): Promise<void> {
  const prepare = present(FLOODS[name], `the flood ${name}`);
  const [outcomes, ending] = [new Map<string, number>(), new AbortController()];
  const count = (outcome: number | string): void =>
    void outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
  const { run, tidyUp } = await prepare({ address, databaseUrl, ends: ending.signal, count });
  const report = (message: FromFlood): void => void process.send?.(message);
  report('prepared');
  await once(process, 'message');
  process.once('message', () => ending.abort());
  await run();
  await tidyUp?.();
  report(outcomes);
  process.disconnect();
}

await flood(JSON.parse(process.argv[2] ?? ''));
