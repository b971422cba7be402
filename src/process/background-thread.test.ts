import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const MODULE = new URL('background-thread.ts', import.meta.url).href;

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

  expect(priority).toBe(process.platform === 'linux' ? Math.max(5, before) : before);
  expect(getPriority()).toBe(before);
});
