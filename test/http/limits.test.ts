import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestServer, signUp, useServer } from '../support/test-server.ts';
import type { ServerOptions, TestServer } from '../support/test-server.ts';

const opened: TestServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

/** For tests that need no limits of their own and leave nothing that others meet. */
const usual = useServer();
const behindProxy = useServer({ trustedProxies: ['10.0.0.0/8'] });

/** Opens a server with limits for one test. */
async function open(options: ServerOptions): Promise<TestServer> {
  const server = await openTestServer(options);
  opened.push(server);
  return server;
}

describe('a sender with too many requests', () => {
  it('is refused with the time to try again, counted by user when they are signed in', async () => {
    const { app } = await open({ rateLimits: { requestsOfPerson: 3 } });
    const [user, other] = [await signUp(app), await signUp(app)];
    const me = (headers: Record<string, string>) => app.inject({ url: '/api/v1/me', headers });
    const since = performance.now();

    const answers = [
      await me(user.headers),
      await me(user.headers),
      await me(user.headers),
      await me(user.headers),
    ];

    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200, 429]);
    expect(answers[3]?.json().type).toBe('/problems/too-many-requests');
    const passedS = (performance.now() - since) / 1_000;
    expect(Number(answers[3]?.headers['retry-after']) + passedS).toBeGreaterThan(50);
    expect((await me(other.headers)).statusCode).toBe(200);
  });

  it('pays more for what costs more, and may still do what is cheap', async () => {
    const { app, addUser } = await open({ rateLimits: { requestsOfPerson: 9 } });
    const { headers } = await addUser();
    const ask = async (url: string) => (await app.inject({ url: `/api/v1${url}`, headers })).statusCode;
    const backtest = await app.inject({ method: 'POST', url: '/api/v1/backtests', headers, payload: {} });

    const statuses = [await ask('/orders'), await ask('/orders'), await ask('/orders'), await ask('/me')];

    expect(backtest.statusCode).toBe(429);
    expect(statuses).toEqual([200, 200, 429, 200]);
    expect(await ask('/me')).toBe(429);
  });

  it('may still trade, and end it, as often', async () => {
    const { app, addUser } = await open({ rateLimits: { requestsOfPerson: 3 } });
    const { headers } = await addUser();
    const id = randomUUID();
    const send = async (url: string, payload = {}) =>
      (await app.inject({ method: 'POST', url: `/api/v1${url}`, headers, payload })).statusCode;
    const me = async () => (await app.inject({ url: '/api/v1/me', headers })).statusCode;
    expect([await me(), await me(), await me(), await me()]).toEqual([200, 200, 200, 429]);

    const statuses = [
      await send(`/accounts/${id}/kill`),
      await send('/orders'),
      await send(`/strategies/${id}/stop`, { mode: 'close' }),
      await send(`/accounts/${id}/kill`),
    ];

    expect(statuses).toEqual([404, 400, 404, 429]);
  });

  it('is counted by address when the token is unknown, because each unknown token costs a query', async () => {
    const { app } = await open({ rateLimits: { requestsOfAddress: 3 } });
    const guess = (remoteAddress: string) =>
      app.inject({
        url: '/api/v1/me',
        remoteAddress,
        headers: { authorization: `Bearer ${'A'.repeat(43)}` },
      });

    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await guess('192.0.2.1')).statusCode);

    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await guess('192.0.2.2')).statusCode).toBe(401);
  });

  it('is not counted by address again with a token that opened something there, until it opens nothing', async () => {
    const { app, addUser, apiKeys, clock, database } = await open({ rateLimits: { requestsOfAddress: 3 } });
    const [one, two] = [await addUser(), await addUser()];
    const owner = { userId: one.id, role: 'trader', credentialId: one.sessionId } as const;
    const key = await apiKeys.create(owner, { name: 'bot', scope: 'trade', addressRange: '192.0.2.1' }, {});
    const keyHeaders = { authorization: `Bearer ${key.token}` };
    const ask = async (headers: Record<string, string>, remoteAddress = '192.0.2.1') => {
      clock.now += 1_000;
      return (await app.inject({ url: '/api/v1/me', remoteAddress, headers })).statusCode;
    };
    expect([await ask(one.headers), await ask(two.headers), await ask(keyHeaders)]).toEqual([200, 200, 200]);
    expect((await app.inject({ url: '/problems/not-found', remoteAddress: '192.0.2.1' })).statusCode).toBe(
      429,
    );

    clock.now += 1_000;
    const order = { method: 'POST', url: '/api/v1/orders', remoteAddress: '192.0.2.1', payload: {} } as const;
    expect((await app.inject({ ...order, headers: keyHeaders })).statusCode).toBe(400);
    expect((await app.inject({ ...order, headers: two.headers })).statusCode).toBe(400);

    await database
      .updateTable('user_sessions')
      .set({ revoked_at: new Date(clock.now), revoked_reason: 'test' })
      .where('user_id', '=', two.id)
      .execute();
    expect([await ask(two.headers), await ask(two.headers)]).toEqual([401, 429]);
    const elsewhere = [];
    for (let count = 0; count < 4; count += 1) elsewhere.push(await ask(keyHeaders, '198.51.100.1'));
    expect(elsewhere).toEqual([401, 401, 401, 429]);
  });

  it('cannot have more than one address of a home counts as one', async () => {
    const { app } = await open({ rateLimits: { requestsOfAddress: 1 } });
    const ask = (remoteAddress: string) => app.inject({ url: '/problems/not-found', remoteAddress });

    expect((await ask('2001:db8:1:1::1')).statusCode).toBe(200);
    expect((await ask('2001:db8:1:1:ffff::2')).statusCode).toBe(429);
    expect((await ask('2001:db8:1:2::1')).statusCode).toBe(200);
  });

  it('waits for further refusals after ten of them, and loses its connection; a stop waits for none', async () => {
    const { app } = await open({ rateLimits: { requestsOfPerson: 1, requestsOfAddress: 1 } });
    const ask = () => app.inject({ url: '/problems/not-found', remoteAddress: '192.0.2.1' });
    expect((await ask()).statusCode).toBe(200);
    for (let count = 0; count < 10; count += 1)
      expect((await ask()).headers).not.toMatchObject({ connection: 'close' });

    const held = ask();
    expect((await app.inject({ url: '/problems/not-found', remoteAddress: '192.0.2.2' })).statusCode).toBe(
      200,
    );
    expect(await Promise.race([held, Promise.resolve('held')])).toBe('held');
    await app.close();

    expect(await held).toMatchObject({ statusCode: 429, headers: { connection: 'close' } });
  });

  it.each([
    ['/api/v1/auth/login', { loginsOfAddress: 2 }, { email: 'a@example.org', password: 'x' }, 401],
    [
      '/api/v1/auth/register',
      { registrationsOfAddress: 2 },
      { email: 'a', username: 'b', password: 'c' },
      400,
    ],
  ])('may use %s less often than the rest', async (url, rateLimits, payload, expected) => {
    const { app } = await open({ rateLimits });

    const statuses = [];
    for (let count = 0; count < 3; count += 1)
      statuses.push((await app.inject({ method: 'POST', url, payload })).statusCode);

    expect(statuses).toEqual([expected, expected, 429]);
  });

  it('still sees that the server is alive', async () => {
    const { app } = await open({ rateLimits: { requestsOfAddress: 1 } });

    const statuses = [];
    for (let count = 0; count < 3; count += 1)
      statuses.push((await app.inject({ url: '/readyz' })).statusCode);

    expect(statuses).toEqual([200, 200, 200]);
  });
});

describe('a blocked address', () => {
  it('is refused everywhere at once, with a session or without, until the block ends', async () => {
    const { app, blockedIps, clock } = usual.server;
    const user = await signUp(app);
    let heard = 0;
    blockedIps.onBlocked(() => void (heard += 1));
    const ask = async (url: string) =>
      (await app.inject({ url, headers: user.headers, remoteAddress: '192.0.2.7' })).statusCode;
    expect(await ask('/api/v1/me')).toBe(200);

    await blockedIps.block({ ipAddress: '192.0.2.0/24', reason: 'tests', blockedUntil: clock.now + 60_000 });

    expect([await ask('/api/v1/me'), await ask('/problems/not-found'), await ask('/api/v1/nothing')]).toEqual(
      [403, 403, 403],
    );
    expect(await ask('/livez')).toBe(200);
    expect(heard).toBe(1);
    clock.now += 60_000;
    expect(await ask('/api/v1/me')).toBe(200);
  });

  it('is known within half a second when another copy of the server blocks it', async () => {
    const { app, clock, database } = usual.server;
    const ask = async () =>
      (await app.inject({ url: '/problems/not-found', remoteAddress: '::ffff:192.0.2.7' })).statusCode;
    expect(await ask()).toBe(200);

    await database
      .insertInto('blocked_ips')
      .values({ id: '01a20254-8cd2-709d-970f-91bccfacea44', ip_address: '192.0.2.7', reason: 'tests' })
      .execute();
    clock.now += 500;

    expect(await ask()).toBe(403);
  });

  it('is let in again when the block is lifted', async () => {
    const { app, blockedIps } = usual.server;
    await blockedIps.block({ ipAddress: '2001:db8::/32', reason: 'first' });
    await blockedIps.block({ ipAddress: '2001:db8::/32', reason: 'second' });
    const blocks = await blockedIps.list();
    const [block, ...others] = blocks.filter(({ ipAddress }) => ipAddress === '2001:db8::/32');
    const ask = async () =>
      (await app.inject({ url: '/problems/not-found', remoteAddress: '2001:db8::1' })).statusCode;
    expect(await ask()).toBe(403);

    expect(others).toEqual([]);
    expect(block?.reason).toBe('second');
    expect(await blockedIps.unblock(block?.id ?? '')).toEqual(block);
    expect(await ask()).toBe(200);
  });

  it.each(['localhost', '192.0.2.0/33', '192.0.2.0/24/1', '192.0.2', ''])(
    'cannot be %j',
    async (ipAddress) => {
      const { blockedIps } = usual.server;

      await expect(blockedIps.block({ ipAddress, reason: 'tests' })).rejects.toMatchObject({
        type: 'invalid-request',
      });
    },
  );
});

describe('what a proxy says about the sender', () => {
  const seenAddress = async (server: TestServer, remoteAddress: string, forwarded: string) => {
    const username = `u${randomUUID().slice(0, 12)}`;
    await server.app.inject({
      method: 'POST',
      url: '/api/v1/auth/register',
      remoteAddress,
      headers: { 'x-forwarded-for': forwarded },
      payload: { email: `${username}@example.org`, username, password: 'a long enough secret' },
    });
    const row = await server.database
      .selectFrom('events')
      .select('ip_address')
      .where('type', '=', 'user-created')
      .orderBy('sequence', 'desc')
      .executeTakeFirstOrThrow();
    return row.ip_address;
  };

  it('is not believed when the proxy is not configured', async () => {
    expect(await seenAddress(usual.server, '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  it('is not believed from an address other than the proxy', async () => {
    expect(await seenAddress(behindProxy.server, '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  });

  it('is believed from the proxy, but not what was there before it', async () => {
    expect(await seenAddress(behindProxy.server, '10.1.2.3', '198.51.100.1, 203.0.113.9')).toBe(
      '203.0.113.9',
    );
  });

  it.each([
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::9]:4711', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
  ])('may be with a port: %s', async (forwarded, address) => {
    expect(await seenAddress(behindProxy.server, '10.1.2.3', forwarded)).toBe(address);
  });

  it('is one sender with every port, where sign-ins are counted too', async () => {
    const { app } = await open({ trustedProxies: ['10.0.0.0/8'], rateLimits: { loginsOfAddress: 1 } });
    const signInFrom = (forwarded: string) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/auth/login',
        payload: { email: 'a@example.org', password: 'x' },
        remoteAddress: '10.1.2.3',
        headers: { 'x-forwarded-for': forwarded },
      });

    expect((await signInFrom('203.0.113.9:4711')).statusCode).toBe(401);
    expect((await signInFrom('203.0.113.9:4712')).statusCode).toBe(429);
    expect((await signInFrom('203.0.113.10:4711')).statusCode).toBe(401);
  });

  it('counts for nothing when it is no address', async () => {
    expect(await seenAddress(behindProxy.server, '10.1.2.3', 'unknown')).toBe('10.1.2.3');
  });
});
