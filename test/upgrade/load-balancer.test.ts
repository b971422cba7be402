/** The proxy of the drill: it lets copies finish, passes on what a copy may not do, and hides no failure. */
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LoadBalancer } from '../drills/load-balancer.ts';
import { until } from '../support/until.ts';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Backend } from '../drills/load-balancer.ts';

let balancer: LoadBalancer;
let address: string;
let servers: Server[];

beforeEach(async () => {
  servers = [];
  balancer = new LoadBalancer();
  address = await balancer.listen();
});

afterEach(async () => {
  await balancer[Symbol.asyncDispose]();
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A copy that is ready and answers in its own way. */
async function addCopy(version: string, answer: RequestListener): Promise<Backend> {
  const server = createServer((request, response) => {
    if (request.url === '/readyz') response.end();
    else answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const backend = { version, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  balancer.add(backend);
  await until(`${version} is ready`, () => balancer.hasReady(backend));
  return backend;
}

const refuseAsStranger: RequestListener = (_request, response) => {
  response.writeHead(503, { 'retry-after': '2' });
  response.end(JSON.stringify({ type: '/problems/account-not-trading' }));
};

describe('the proxy of the drill', () => {
  it('answers 503 while no copy is ready, and 502 when a connection breaks', async () => {
    expect((await fetch(address)).status).toBe(503);

    await addCopy('N', (request) => void request.socket.destroy());

    expect((await fetch(address)).status).toBe(502);
  });

  it('hands out a refusal of a copy that stops as it is: it should have been drained', async () => {
    await addCopy(
      'N',
      (_request, response) => void response.writeHead(503).end('{"type":"/problems/shutting-down"}'),
    );
    await addCopy('N+1', (_request, response) => void response.end('served'));

    const answers = await Promise.all([fetch(address), fetch(address)]);

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
  });

  it('keeps connections of clients open in its own right, whatever a copy says about its own', async () => {
    await addCopy('N', (_request, response) => void response.setHeader('keep-alive', 'timeout=7').end());

    expect((await fetch(address)).headers.get('keep-alive')).toBe('timeout=600');
  });

  it('asks another copy when the first does not trade the account, with the same body, and counts it', async () => {
    const bodies: string[] = [];
    await addCopy('N', refuseAsStranger);
    await addCopy('N+1', (request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => bodies.push(text));
      request.once('end', () => response.writeHead(201).end('made'));
    });

    for (const body of ['one', 'two']) {
      const answer = await fetch(address, { method: 'POST', body });
      expect([answer.status, answer.headers.get('x-served-by')]).toEqual([201, 'N+1']);
    }

    expect(bodies).toEqual(['one', 'two']);
    expect(balancer.passedOn).toBe(1);
  });

  it('sends a copy that drains nothing more, and waits for what it has', async () => {
    const finish = Promise.withResolvers<void>();
    const seen: (string | undefined)[] = [];
    const old = await addCopy('N', (request, response) => {
      seen.push(request.url);
      void finish.promise.then(() => response.end('finished'));
    });
    const slow = fetch(`${address}/slow`);
    await until('the copy has the request', () => seen.length === 1);
    await addCopy('N+1', (_request, response) => void response.end('served'));

    let isDrained = false;
    const drained = balancer.drain(old).then(() => (isDrained = true));
    const others = await Promise.all(Array.from({ length: 4 }, () => fetch(`${address}/later`)));
    const wasDrainedEarly = isDrained;
    finish.resolve();
    await drained;

    expect(others.map((answer) => answer.headers.get('x-served-by'))).toEqual(Array(4).fill('N+1'));
    expect(wasDrainedEarly).toBe(false);
    expect(await (await slow).text()).toBe('finished');
    expect(seen).toEqual(['/slow']);
  });
});
