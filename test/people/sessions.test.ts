import { describe, expect, it } from 'vitest';
import { endedSessionsOf } from '../../src/people/auth.ts';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';

const context = useServer({ publicUrl: 'https://forex.test' });
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function me(headers: Record<string, string>) {
  return (await context.server.app.inject({ url: '/api/v1/me', headers })).statusCode;
}

describe('a request without a session', () => {
  it.each([
    ['no token', {}],
    ['a token that was never issued', { authorization: `Bearer ${'A'.repeat(43)}` }],
    ['a token that is no token', { authorization: "Bearer ' or 1=1 --" }],
    ['a very long token', { authorization: `Bearer ${'a'.repeat(8_000)}` }],
    ['another scheme', { authorization: 'Basic dTpw' }],
    ['a cookie that was never set', { cookie: '__Host-session=abc' }],
  ])('is refused with 401: %s', async (_what, headers) => {
    const answer = await context.server.app.inject({ url: '/api/v1/me', headers });

    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(answer.json().type).toBe('/problems/unauthenticated');
  });

  it('is refused when the bearer token is wrong, even with a right cookie', async () => {
    const user = await signUp(context.server.app);

    expect(await me({ authorization: 'Bearer wrong', cookie: `__Host-session=${user.token}` })).toBe(401);
  });

  it('is refused with https when another host of the domain could have set the cookie', async () => {
    const user = await signUp(context.server.app);
    const { app } = context.server;

    expect(await me({ cookie: `session=${user.token}` })).toBe(401);
    expect(await me({ cookie: (await signIn(app, user)).cookie })).toBe(200);
  });
});

describe('a session', () => {
  it('ends at once when its person signs out, remembered or not', async () => {
    const { app } = context.server;
    const user = await signUp(app);
    expect(await me(user.headers)).toBe(200);

    const answer = await app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers: user.headers });

    expect(answer.statusCode).toBe(204);
    expect(answer.body).toBe('');
    expect(answer.headers['set-cookie']).toMatch(/^__Host-session=; Max-Age=0; Path=\/;/);
    expect(await me(user.headers)).toBe(401);
  });

  it('ends within a second when another copy of the server ends it, and at once when that copy says so', async () => {
    const { app, clock, database, credentials } = context.server;
    const [forgotten, remembered] = [await signUp(app), await signUp(app)];
    expect([await me(forgotten.headers), await me(remembered.headers)]).toEqual([200, 200]);
    const ended = await database
      .updateTable('user_sessions')
      .set({ revoked_at: new Date(clock.now) })
      .where('user_id', 'in', [forgotten.id, remembered.id])
      .returning(['id', 'user_id'])
      .execute();

    credentials.forget(ended.filter((row) => row.user_id === forgotten.id).map((row) => row.id));
    expect(await me(forgotten.headers)).toBe(401);
    clock.now += 1_000;
    expect(await me(remembered.headers)).toBe(401);
  });

  it('ends after seven days without a request', async () => {
    const { app, clock } = context.server;
    const user = await signUp(app);

    clock.now += 7 * DAY_MS - 1;
    expect(await me(user.headers)).toBe(200);
    clock.now += 7 * DAY_MS;
    expect(await me(user.headers)).toBe(401);
  });

  it('ends thirty days after the sign-in, however busy it was', async () => {
    const { app, clock } = context.server;
    const user = await signUp(app);

    for (let day = 1; day < 30; day += 1) {
      clock.now += DAY_MS;
      expect(await me(user.headers)).toBe(200);
    }
    clock.now += DAY_MS;

    expect(await me(user.headers)).toBe(401);
  });

  it('ends when its person is disabled', async () => {
    const { app, clock, database } = context.server;
    const user = await signUp(app);
    await database.updateTable('users').set({ is_active: false }).where('id', '=', user.id).execute();
    clock.now += 1_000;

    expect(await me(user.headers)).toBe(401);
  });

  it('is marked as seen at most once a minute', async () => {
    const { app, clock, database } = context.server;
    const user = await signUp(app);
    const openedAt = clock.now;
    const seenAt = async () => {
      const row = await database
        .selectFrom('user_sessions')
        .select('last_seen_at')
        .where('user_id', '=', user.id)
        .executeTakeFirstOrThrow();
      return row.last_seen_at.getTime() - openedAt;
    };

    clock.now += 59_000;
    await me(user.headers);
    expect(await seenAt()).toBe(0);
    clock.now += 1_000;
    await me(user.headers);
    expect(await seenAt()).toBe(60_000);
  });

  it('notifies its listeners once when it is ended, until they stop listening', async () => {
    const { app, credentials, sessions } = context.server;
    const [first, second] = [await signUp(app), await signUp(app)];
    const ended: string[] = [];
    const stop = credentials.onEnded((sessionId) => void ended.push(sessionId));
    const { items } = (await app.inject({ url: '/api/v1/sessions', headers: first.headers })).json();

    await sessions.revokeAllOf(first.id, 'kicked');
    stop();
    await sessions.revokeAllOf(second.id, 'kicked');

    expect(ended).toEqual([items[0].id]);
    expect(await sessions.liveAmong([items[0].id])).toEqual([]);
  });

  it('is removed from the database a lifetime after it ran out', async () => {
    const { app, clock, database, sessions } = context.server;
    const user = await signUp(app);

    clock.now += 60 * DAY_MS - 1;
    await sessions.removeExpired();
    expect(
      await database.selectFrom('user_sessions').select('id').where('user_id', '=', user.id).execute(),
    ).toHaveLength(1);
    clock.now += 2;
    await sessions.removeExpired();
    expect(
      await database.selectFrom('user_sessions').select('id').where('user_id', '=', user.id).execute(),
    ).toHaveLength(0);
  });
});

describe('the journal', () => {
  it('notifies other copies of the server which sessions were ended here, and by which user', async () => {
    const { app, database } = context.server;
    const user = await signUp(app);
    const elsewhere = await signIn(app, user);
    const [newest, oldest] = (await app.inject({ url: '/api/v1/sessions', headers: user.headers })).json()
      .items;
    await app.inject({ method: 'DELETE', url: `/api/v1/sessions/${newest.id}`, headers: user.headers });
    await app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers: user.headers });

    const rows = await database
      .selectFrom('events')
      .selectAll()
      .where('user_id', '=', user.id)
      .orderBy('sequence')
      .execute();
    const entries = rows.map(({ category, type, severity, description, details }) => ({
      category,
      type,
      severity,
      description,
      details,
    }));

    expect(entries.flatMap(endedSessionsOf)).toEqual([newest.id, oldest.id]);
    expect(JSON.stringify(rows)).not.toContain(elsewhere.token);
  });
});

describe('the list of sessions', () => {
  it('shows a person’s own live sessions in pages, newest first', async () => {
    const { app } = context.server;
    const [user, other] = [await signUp(app), await signUp(app)];
    for (let count = 0; count < 4; count += 1) await signIn(app, user);
    const list = async (query: string) =>
      (
        await app.inject({
          url: `/api/v1/sessions?${query}`,
          headers: { ...user.headers, 'user-agent': 'tests' },
        })
      ).json();

    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${first.nextCursor}`);
    const third = await list(`limit=2&cursor=${second.nextCursor}`);

    const all = [...first.items, ...second.items, ...third.items];
    expect([first.items.length, second.items.length, third.items.length, third.nextCursor]).toEqual([
      2,
      2,
      1,
      null,
    ]);
    expect(new Set(all.map((item) => item.id)).size).toBe(5);
    expect(all.map((item) => item.isCurrent)).toEqual([false, false, false, false, true]);
    expect((await list('limit=5')).nextCursor).toBeNull();
    expect(JSON.stringify(all)).not.toContain(other.id);
    expect(all[0]).toEqual({
      id: expect.any(String),
      isCurrent: false,
      ipAddress: '127.0.0.1',
      userAgent: 'lightMyRequest',
      createdAt: new Date(context.server.clock.now).toISOString(),
      lastSeenAt: new Date(context.server.clock.now).toISOString(),
      expiresAt: new Date(context.server.clock.now + 30 * DAY_MS).toISOString(),
    });
  });

  it('hides another person’s session: to end it is 404, and it stays', async () => {
    const { app } = context.server;
    const [user, other] = [await signUp(app), await signUp(app)];
    const [theirs] = (await app.inject({ url: '/api/v1/sessions', headers: other.headers })).json().items;

    const answer = await app.inject({
      method: 'DELETE',
      url: `/api/v1/sessions/${theirs.id}`,
      headers: user.headers,
    });

    expect(answer.statusCode).toBe(404);
    expect(await me(other.headers)).toBe(200);
  });

  it('ends one of them at once, and only once', async () => {
    const { app } = context.server;
    const user = await signUp(app);
    const elsewhere = await signIn(app, user);
    const [newest] = (await app.inject({ url: '/api/v1/sessions', headers: user.headers })).json().items;
    const end = () =>
      app.inject({ method: 'DELETE', url: `/api/v1/sessions/${newest.id}`, headers: user.headers });

    expect((await end()).statusCode).toBe(204);
    expect(await me({ authorization: `Bearer ${elsewhere.token}` })).toBe(401);
    expect(await me(user.headers)).toBe(200);
    expect((await end()).statusCode).toBe(404);
  });
});

describe('the cookie', () => {
  const patch = async (headers: Record<string, string>) => {
    const { app } = context.server;
    const { cookie } = await signIn(app, await signUp(app));
    return (
      await app.inject({
        method: 'PATCH',
        url: '/api/v1/me',
        headers: { host: '10.0.0.5:8000', cookie, ...headers },
        payload: { language: 'ja' },
      })
    ).statusCode;
  };

  it.each([
    ['says nothing about where it comes from', {}],
    ['comes from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://forex.test' }],
    ['comes from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['names another origin', { origin: 'https://evil.test' }],
    ['names no origin that can be read', { origin: 'null' }],
    ['comes over plain HTTP to a server that has https', { origin: 'http://10.0.0.5:8000' }],
  ])('is not enough for a change that %s', async (_what, headers) => {
    expect(await patch(headers)).toBe(403);
  });

  it.each([
    ['the browser says that it is our page', { 'sec-fetch-site': 'same-origin' }],
    ['the origin is our public address', { origin: 'https://forex.test' }],
    ['the origin is the host that was asked', { origin: 'https://10.0.0.5:8000' }],
  ])('is enough when %s', async (_what, headers) => {
    expect(await patch(headers)).toBe(200);
  });

  it('is enough for reading, from wherever', async () => {
    const { app } = context.server;
    const { cookie } = await signIn(app, await signUp(app));

    expect(await me({ cookie, 'sec-fetch-site': 'cross-site' })).toBe(200);
  });

  it('is sent over https only, when the server has it', async () => {
    const { app } = context.server;
    const user = await signUp(app);

    const answer = await app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      payload: { email: user.email, password: PASSWORD },
    });

    const cookies = [answer.headers['set-cookie']].flat();
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies)
      expect(cookie).toMatch(/^__Host-(device|session)=.*; HttpOnly; Secure; SameSite=Lax$/);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
  });
});
