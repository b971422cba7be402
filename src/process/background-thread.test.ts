import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { givePoolWay } from './background-thread.ts';

const MODULE = new URL('background-thread.ts', import.meta.url).href;

/** The name of a thread of this process, which may end while this looks: those of earlier tests do. */
function nameOfThread(id: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

it('lowers the priority of the thread that calls, and of no other', async () => {
  const before = getPriority();
  const source = `
    import { getPriority } from 'node:os';
    import { parentPort } from 'node:worker_threads';
    import { giveWay } from '${MODULE}';
    giveWay();
    parentPort.postMessage(getPriority());`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));

  const [priority] = await once(worker, 'message');

  expect(priority).toBe(process.platform === 'linux' ? Math.max(10, before) : before);
  expect(getPriority()).toBe(before);
});

it.runIf(process.platform === 'linux')(
  'lowers the priority of the threads of the pool, and of no other',
  async () => {
    const before = getPriority();
    await givePoolWay();

    const pool = readdirSync('/proc/self/task')
      .filter((id) => nameOfThread(id) === 'libuv-worker')
      .map((id) => ({ priority: getPriority(Number(id)) }));

    expect(pool.length).toBeGreaterThan(0);
    expect(pool.map(({ priority }) => priority)).toEqual(pool.map(() => Math.max(10, before)));
    expect(getPriority()).toBe(before);
  },
);

it.runIf(process.platform === 'linux')(
  'leaves priorities as they are where the system refuses to change them',
  async () => {
    const source = `
    import os from 'node:os';
    import { syncBuiltinESMExports } from 'node:module';
    import { parentPort } from 'node:worker_threads';
    let refusals = 0;
    os.setPriority = () => {
      refusals += 1;
      throw new Error('EPERM');
    };
    syncBuiltinESMExports();
    const { giveWay, givePoolWay } = await import('${MODULE}');
    giveWay();
    await givePoolWay();
    parentPort.postMessage(refusals);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));

    const [refusals] = await once(worker, 'message');

    expect(refusals).toBeGreaterThan(1);
  },
);
