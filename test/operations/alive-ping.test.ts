/** The calls to a watcher outside, on real sockets. */

import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { AlivePing } from '../../src/operations/alive-ping.ts';
import { openReceiver } from '../support/receiver.ts';
import type { AddressInfo } from 'node:net';

const receiver = await openReceiver();

function open(path: string, url = `${receiver.url}${path}`) {
  const lines: string[] = [];
  const state = { isAlive: true };
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const ping = new AlivePing({
    url,
    everyMs: 5,
    isAlive: () => state.isAlive,
    log: { info: note, warn: note },
  });
  return { ping, state, lines, calls: () => receiver.at(path).length };
}

describe('the watcher', () => {
  it('is called again and again while the server is ready, and not while it is not', async () => {
    const { ping, state, lines, calls } = open('/ready');
    ping.start();
    await expect.poll(calls).toBeGreaterThan(2);
    state.isAlive = false;
    await ping.ping();
    const whenItEnded = calls();
    await ping.ping();
    await ping.ping();
    state.isAlive = true;
    await expect.poll(calls).toBeGreaterThan(whenItEnded + 1);
    await ping.stop();

    expect(lines).toEqual([]);
  });

  it('that refuses gives one line at the beginning and one at the end, without the address', async () => {
    const { ping, lines } = open('/refusing-secret');
    receiver.answers.set('/refusing-secret', { status: 503 });
    await ping.ping();
    await ping.ping();
    receiver.answers.set('/refusing-secret', { status: 302, headers: { location: `${receiver.url}/other` } });
    await ping.ping();
    receiver.answers.delete('/refusing-secret');
    await ping.ping();
    await ping.ping();

    expect(lines).toEqual([
      'the watcher of ALIVE_PING_URL was not reached; trying again {"reason":"it answers 503"}',
      expect.stringMatching(/^the watcher of ALIVE_PING_URL takes pings again \{"seconds":[\d.]+\}$/),
    ]);
    expect(receiver.at('/other')).toEqual([]);
  });

  it('that is not there gives one line', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const { ping, lines } = open('/', `http://127.0.0.1:${port}/secret`);
    ping.start();
    await expect.poll(() => lines.length).toBe(1);
    await ping.stop();

    expect(lines).toEqual([
      'the watcher of ALIVE_PING_URL was not reached; trying again {"reason":"ECONNREFUSED"}',
    ]);
  });

  it('that does not answer holds up no stop', async () => {
    const { ping, lines, calls } = open('/never');
    receiver.answers.set('/never', 'never');
    ping.start();
    await expect.poll(calls).toBe(1);
    await ping.stop();

    expect(lines).toEqual([]);
  });
});
