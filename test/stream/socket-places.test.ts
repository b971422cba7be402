/** No one takes the sockets of others: clients that stay silent, guess, or break off. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '../../src/http/client.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { until } from '../support/until.ts';
import type { StreamServer } from '../support/stream-server.ts';

const UPGRADE =
  'Host: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer({
    trustedProxies: ['127.0.0.1'],
    limits: { anonymousSocketsOfAddress: 2 },
    rateLimits: { requestsOfAddress: 20, requestsOfPerson: 20 },
  });
});

afterAll(() => server.close());

/** Connects without a library that would answer to a close, and sends a request for a socket. */
function ask(address: string, { path = '/ws', headers = '' } = {}) {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\n${UPGRADE}X-Forwarded-For: ${address}\r\n${headers}\r\n`);
  return socket;
}

/** The status of the answer; 101 is a socket. */
async function statusOf(socket: ReturnType<typeof ask>): Promise<number> {
  const [first] = await once(socket, 'data');
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(first))?.[1]);
}

describe('a client that is not authenticated', () => {
  it('holds no more places than one address may have, and gives them back by its authentication', async () => {
    const user = await server.addUser();
    const silent = [ask('192.0.2.1'), ask('192.0.2.1')];
    expect(await Promise.all(silent.map(statusOf))).toEqual([101, 101]);

    expect(await statusOf(ask('192.0.2.1'))).toBe(429);

    const known = ask('192.0.2.1', {
      headers: `Cookie: __Host-session=${user.token}\r\nOrigin: https://forex.example.org\r\n`,
    });
    const elsewhere = new TestClient(server.url, { 'x-forwarded-for': '192.0.2.2' });
    await once(elsewhere.socket, 'open');
    elsewhere.send({ type: 'authenticate', token: user.token });
    await elsewhere.next(({ type }) => type === 'authenticated');
    expect(await statusOf(known)).toBe(101);
    expect([await statusOf(ask('192.0.2.2')), await statusOf(ask('192.0.2.2'))]).toEqual([101, 101]);
    for (const socket of silent) socket.destroy();
    await until('their places are free', async () => (await statusOf(ask('192.0.2.1'))) === 101);
    elsewhere.socket.close();
  });

  it('holds no more places when many come at the same time', async () => {
    const asked = Array.from({ length: 9 }, () => ask('198.51.100.7'));

    const statuses = await Promise.all(asked.map(statusOf));

    const open = asked.filter((socket, index) => statuses[index] === 101 && !socket.destroyed);
    expect(statuses.filter((status) => status === 101).length).toBeGreaterThanOrEqual(2);
    await until('those beyond the limit are closed', () => server.gateway.anonymousOf('198.51.100.7') === 2);
    for (const socket of open) socket.destroy();
  });

  it('frees its place when its time is over, even if it does not answer to the close', async () => {
    server.streamLimits.authenticateWithinMs = 100;
    const deaf = [ask('203.0.113.1'), ask('203.0.113.1')];
    expect(await Promise.all(deaf.map(statusOf))).toEqual([101, 101]);
    const ended = deaf.map((socket) => once(socket, 'close'));
    server.streamLimits.authenticateWithinMs = 5_000;

    await until('their places are free', () => server.gateway.anonymousOf('203.0.113.1') === 0);

    expect(deaf.map(({ destroyed }) => destroyed)).toEqual([false, false]);
    const next = ask('203.0.113.1');
    expect(await statusOf(next)).toBe(101);
    next.destroy();
    await Promise.all(ended);
  });

  it('is counted by its address with each request for a socket, whatever it guesses', async () => {
    const guess = () =>
      statusOf(
        ask('2001:db8:1:1::9', {
          headers: `Cookie: __Host-session=${'A'.repeat(43)}\r\nOrigin: https://evil.example.com\r\n`,
        }),
      );

    const statuses = [];
    for (let count = 0; count < 11; count += 1) statuses.push(await guess());

    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 403), 429]);
    expect(await statusOf(ask('2001:db8:1:1:ffff::2'))).toBe(429);
    expect(await statusOf(ask('2001:db8:1:2::1'))).toBe(101);
  });
});

it('a person who connects again and again uses up their own sockets, not those of others behind the address', async () => {
  const [user, neighbour] = [await server.addUser(), await server.addUser()];
  const address = '192.0.2.77';
  const askAs = async ({ token }: { readonly token: string }) => {
    const socket = ask(address, {
      headers: `Cookie: __Host-session=${token}\r\nOrigin: https://forex.example.org\r\n`,
    });
    const status = await statusOf(socket);
    socket.destroy();
    return status;
  };

  const statuses = [];
  for (let count = 0; count < 12; count += 1) statuses.push(await askAs(user));

  // The first one is counted by its address: no one knows yet whose cookie it is.
  expect(statuses).toEqual([...Array.from({ length: 11 }, () => 101), 429]);
  expect(await askAs(neighbour)).toBe(101);
});

describe('a request for a socket', () => {
  it('that breaks off leaves nothing behind', async () => {
    const before = server.gateway.size;
    const broken = Array.from({ length: 20 }, (_, index) => ask(`198.51.100.${index + 20}`));
    await Promise.all(broken.map((socket) => once(socket, 'connect')));

    for (const socket of broken) socket.resetAndDestroy();

    await until('none of them is served', () => server.gateway.size <= before);
    expect((await fetch(server.url.replace('ws:', 'http:').replace('/ws', '/livez'))).status).toBe(200);
  });

  it('that comes twice at once opens one socket, and that is closed by what is no frame', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const one = `GET /ws HTTP/1.1\r\n${UPGRADE}X-Forwarded-For: 198.51.100.50\r\n\r\n`;
    socket.write(one + one);

    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);

    expect(
      Buffer.concat(chunks)
        .toString('latin1')
        .match(/HTTP\/1\.1 \d+/g),
    ).toEqual(['HTTP/1.1 101']);
    await until('its place is free', () => server.gateway.anonymousOf('198.51.100.50') === 0);
  });

  it.each([
    ['/ws#frame', 426],
    ['/ws?a=b#frame', 101],
    ['/%77s', 426],
  ])('at %s is answered with %d, and its connection does not stay', async (path, status) => {
    const socket = ask('198.51.100.60', { path });

    expect(await statusOf(socket)).toBe(status);
    if (status === 101) socket.destroy();
    else await once(socket, 'close');
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['1:2:3:4::', '1:2:3:4::/64'],
])('the address %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
