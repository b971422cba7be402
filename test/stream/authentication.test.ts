/** Who gets a socket, and for how long. */
import { PASSWORD_HASH } from '../support/test-server.ts';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { RememberedTokens } from '../../src/people/remembered-tokens.ts';
import { SessionStore } from '../../src/people/session-store.ts';
import { Sessions } from '../../src/people/sessions.ts';
import { STREAM_LIMITS } from '../../src/stream/gateway.ts';
import { openStreamServer, TestClient } from '../support/stream-server.ts';
import { until } from '../support/until.ts';
import type { StreamServer } from '../support/stream-server.ts';

let server: StreamServer;

beforeAll(async () => {
  server = await openStreamServer({ limits: { socketsPerUser: 3 } });
});

afterEach(() => {
  Object.assign(server.streamLimits, { ...STREAM_LIMITS, socketsPerUser: 3 });
});

afterAll(() => server.close());

/** Asks for an upgrade and returns the status of a refusal. */
async function refusalOf(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: string }> {
  const { port } = new URL(server.url);
  const asked = request({
    port,
    path,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
  asked.end();
  const [response] = await once(asked, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, code: JSON.parse(Buffer.concat(chunks).toString()).code };
}

describe('a request for a socket', () => {
  it('is refused while the server starts', async () => {
    server.lease.isValid = false;

    expect(await refusalOf('/ws')).toEqual({ status: 503, code: 'not-ready' });
    server.lease.isValid = true;
  });

  it.each(['before it is known who asks', 'after'])(
    'ends its connection when it is refused %s',
    async (when) => {
      server.lease.isValid = when === 'after';
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      socket.write(
        'GET /ws HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nCookie: __Host-session=x\r\n\r\n',
      );

      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk);

      expect(Buffer.concat(chunks).toString()).toMatch(
        when === 'after' ? /^HTTP\/1\.1 403 [^]*"status":403/ : /^HTTP\/1\.1 503 [^]*"status":503/,
      );
      server.lease.isValid = true;
    },
  );

  it('behind a request that is still being answered is refused in its turn', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    const upgrade =
      'GET /ws HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    socket.write(`GET /livez HTTP/1.1\r\nHost: test\r\n\r\n${upgrade}`);

    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);

    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200 [^]*HTTP\/1\.1 426 [^]*"status":426/);
  });

  it('that opens no WebSocket is refused with what is needed', async () => {
    const answer = await fetch(server.url.replace('ws:', 'http:'));

    expect(answer.status).toBe(426);
    expect(answer.headers.get('upgrade')).toBe('websocket');
    expect(await answer.json()).toMatchObject({
      code: 'upgrade-required',
      detail: expect.stringMatching(/WebSockets/),
    });
  });

  it.each([
    ['another version', { 'sec-websocket-version': '7' }, { status: 426, code: 'upgrade-required' }],
    ['a key that is too short', { 'sec-websocket-key': 'short' }, { status: 400, code: 'invalid-request' }],
    [
      'a protocol of two words',
      { 'sec-websocket-protocol': 'a b' },
      { status: 400, code: 'invalid-request' },
    ],
    ['an empty protocol', { 'sec-websocket-protocol': '' }, { status: 400, code: 'invalid-request' }],
    [
      'no name between commas',
      { 'sec-websocket-protocol': 'a,,b' },
      { status: 400, code: 'invalid-request' },
    ],
    ['a protocol twice', { 'sec-websocket-protocol': 'a, a' }, { status: 400, code: 'invalid-request' }],
  ])('with %s is refused with a problem document', async (_case, headers, refusal) => {
    expect(await refusalOf('/ws', headers)).toEqual(refusal);
  });

  it('for another protocol is answered without it', async () => {
    const asked = request({
      port: new URL(server.url).port,
      path: '/livez',
      headers: {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQAAP__',
      },
    });
    asked.end();
    const [response] = await once(asked, 'response');
    response.resume();

    expect(response.statusCode).toBe(200);
  });

  it('is refused at another address', async () => {
    expect(await refusalOf('/socket')).toEqual({ status: 404, code: 'not-found' });
  });

  it.each([
    ['another site', { origin: 'https://evil.example.com' }],
    [
      'another site, as the browser says',
      { origin: 'https://forex.example.org', 'sec-fetch-site': 'cross-site' },
    ],
    ['nowhere', {}],
  ])('with a cookie from %s is refused', async (_case, headers) => {
    const { token } = await server.addUser();

    expect(await refusalOf('/ws', { cookie: `__Host-session=${token}`, ...headers })).toEqual({
      status: 403,
      code: 'forbidden',
    });
  });

  it('from a blocked address is refused, and who is there from it has to go', async () => {
    const blocked = await openStreamServer({ trustedProxies: ['127.0.0.1'] });
    const user = await blocked.addUser();
    const client = new TestClient(blocked.url, { 'x-forwarded-for': '203.0.113.9, 192.0.2.7' });
    await once(client.socket, 'open');
    client.send({ type: 'authenticate', token: user.token });
    await client.next((frame) => frame['type'] === 'authenticated');

    await blocked.blockedIps.block({ ipAddress: '192.0.2.0/24', reason: 'test' });

    expect(await client.closed).toMatchObject({ code: 4403 });
    const again = new TestClient(blocked.url, { 'x-forwarded-for': '192.0.2.8' });
    expect(await again.closed).toMatchObject({ code: 1006 });
    await blocked.close();
  });
});

describe('a socket', () => {
  it('is closed when it is not authenticated in time', async () => {
    server.streamLimits.authenticateWithinMs = 150;
    const client = new TestClient(server.url);
    await once(client.socket, 'open');

    expect(await client.closed).toEqual({ code: 4401, reason: 'no authenticate frame came within 0.15 s' });
    expect(client.frames).toEqual([
      { type: 'error', code: 'unauthenticated', detail: 'no authenticate frame came within 0.15 s' },
    ]);
  });

  it.each([
    ['no one has', 'x'.repeat(43)],
    ['is no token', 'nonsense'],
  ])('is closed when the token is one that %s', async (_case, token) => {
    const client = new TestClient(server.url);
    await once(client.socket, 'open');

    client.send({ type: 'authenticate', token });

    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  it('is closed when something is asked for before it is known who asks', async () => {
    const client = new TestClient(server.url);
    await once(client.socket, 'open');

    client.send({ type: 'subscribe', channel: 'events' });

    expect(await client.closed).toEqual({ code: 4401, reason: 'the first frame must be authenticate' });
  });

  it('is closed when the session had expired, and refused at once when a cookie names it', async () => {
    server.streamLimits.authenticateWithinMs = 150;
    const user = await server.addUser();
    server.clock.now += 31 * 86_400_000;

    const byFrame = new TestClient(server.url);
    await once(byFrame.socket, 'open');
    byFrame.send({ type: 'authenticate', token: user.token });
    const byCookie = new TestClient(server.url, {
      cookie: `__Host-session=${user.token}`,
      origin: 'https://forex.example.org',
    });

    expect(await byFrame.closed).toMatchObject({ code: 4401 });
    expect(await byCookie.next(() => true)).toMatchObject({ type: 'error', code: 'unauthenticated' });
    expect(await byCookie.closed).toMatchObject({ code: 4401 });
  });

  it.each(['https://forex.example.org', 'same host'])(
    'knows a person by the cookie, from %s',
    async (origin) => {
      const user = await server.addUser();
      const client = new TestClient(server.url, {
        cookie: `theme=dark; __Host-session=${user.token}`,
        origin: origin === 'same host' ? server.url.replace('ws:', 'https:').replace('/ws', '') : origin,
      });

      expect(await client.next(() => true)).toEqual({ type: 'authenticated', userId: user.id });
      client.socket.close();
    },
  );

  it('knows a person by the first frame, and by no other after it', async () => {
    const user = await server.addUser();
    const client = await TestClient.signedIn(server, user);

    client.send({ type: 'authenticate', token: user.token });

    expect(await client.next((frame) => frame['type'] === 'error')).toMatchObject({ code: 'conflict' });
    client.socket.close();
  });

  it('takes no token from the address', async () => {
    server.streamLimits.authenticateWithinMs = 150;
    const user = await server.addUser();
    const client = new TestClient(`${server.url}?token=${user.token}`);

    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  it('is closed at once when its session is revoked', async () => {
    const user = await server.addUser();
    const other = present(
      await server.sessions.open(user.id, {}, { passwordHash: PASSWORD_HASH }),
      'the session',
    );
    const client = await TestClient.signedIn(server, user);
    const staying = await TestClient.signedIn(server, other);

    await server.sessions.revoke(user.id, user.sessionId, 'signed-out');

    expect(await client.closed).toEqual({ code: 4401, reason: 'the session has ended' });
    expect(staying.socket.readyState).toBe(staying.socket.OPEN);
    staying.socket.close();
  });

  it('opens with an API key, and is closed at once when the key is revoked', async () => {
    const user = await server.addUser();
    const owner = { userId: user.id, role: 'trader', credentialId: user.sessionId } as const;
    const { key, token } = await server.apiKeys.create(owner, { name: 'bot', scope: 'read' }, {});
    const client = await TestClient.signedIn(server, { ...user, token });

    await server.apiKeys.revoke(user.id, key.id, {});

    expect(await client.closed).toEqual({ code: 4401, reason: 'the session has ended' });
  });

  it('is closed when its API key gets another token, which opens one that stays', async () => {
    const user = await server.addUser();
    const owner = { userId: user.id, role: 'trader', credentialId: user.sessionId } as const;
    const wish = { name: 'bot', scope: 'read' } as const;
    const { key, token: former } = await server.apiKeys.create(owner, wish, {});
    const client = await TestClient.signedIn(server, { ...user, token: former });

    const { token } = await server.apiKeys.create(owner, wish, {}, key.id);
    const next = await TestClient.signedIn(server, { ...user, token });

    expect(await client.closed).toEqual({ code: 4401, reason: 'the session has ended' });
    expect(next.socket.readyState).toBe(next.socket.OPEN);
    next.socket.close();
  });

  it('stays closed to an API key from outside its range', async () => {
    const user = await server.addUser();
    const owner = { userId: user.id, role: 'trader', credentialId: user.sessionId } as const;
    const wish = { name: 'bot', scope: 'read', addressRange: '192.0.2.0/24' } as const;
    const { token } = await server.apiKeys.create(owner, wish, {});
    const client = new TestClient(server.url);
    await once(client.socket, 'open');

    client.send({ type: 'authenticate', token });

    expect(await client.closed).toMatchObject({ code: 4401 });
  });

  it('is closed without waiting for a ping when another copy of the server revoked its session', async () => {
    const user = await server.addUser();
    const client = await TestClient.signedIn(server, user);
    const elsewhere = new Sessions({
      store: new SessionStore(server.orm),
      remembered: new RememberedTokens(),
      clock: () => server.clock.now,
      limits: server.serverSettings,
    });

    await elsewhere.revoke(user.id, user.sessionId, 'signed-out');

    expect(await client.closed).toEqual({ code: 4401, reason: 'the session has ended' });
  });

  it('is closed when its session expires', async () => {
    const user = await server.addUser();
    const client = await TestClient.signedIn(server, user);

    server.clock.now += 31 * 86_400_000;

    expect(await client.closed).toEqual({ code: 4401, reason: 'the session has ended' });
  });

  it('is closed when no pong comes', async () => {
    server.streamLimits.pingEveryMs = 100;
    const user = await server.addUser();
    const client = new TestClient(server.url);
    Object.assign(client.socket, { _autoPong: false });
    await once(client.socket, 'open');

    client.send({ type: 'authenticate', token: user.token });

    expect(await client.closed).toEqual({ code: 4408, reason: 'no pong came' });
  });

  it('is one of so many that a person may have', async () => {
    const user = await server.addUser();
    const clients = await Promise.all([1, 2, 3].map(() => TestClient.signedIn(server, user)));
    const oneMore = new TestClient(server.url);
    await once(oneMore.socket, 'open');

    oneMore.send({ type: 'authenticate', token: user.token });

    expect(await oneMore.closed).toEqual({ code: 4429, reason: 'one person may have 3 sockets' });
    clients[0]?.socket.close();
    await clients[0]?.closed;
    await until('the closed one is gone', () => server.gateway.size === 2);
    const another = await TestClient.signedIn(server, user);
    for (const client of [...clients, another]) client.socket.close();
  });
});

describe('the end of the server', () => {
  it('closes every socket with a code that says to connect again, and accepts no new one', async () => {
    const ending = await openStreamServer();
    const user = await ending.addUser();
    const client = await TestClient.signedIn(ending, user);
    const silent = new TestClient(ending.url);
    await once(silent.socket, 'open');

    await ending.gateway.close();

    expect(await client.closed).toEqual({ code: 1012, reason: 'the server is stopping; connect again' });
    expect(await silent.closed).toMatchObject({ code: 1012 });
    expect(ending.gateway.size).toBe(0);
    const late = new TestClient(ending.url);
    expect(await late.closed).toMatchObject({ code: 1006 });
    await ending.close();
  });
});
