import { describe, expect, it } from 'vitest';
import { changesBlocks } from '../../src/people/administration/address-admin.ts';
import { endedSessionsOf } from '../../src/people/auth.ts';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';

const context = useServer();

type Headers = Readonly<Record<string, string>>;

function ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, headers: Headers, payload?: object) {
  return context.server.app.inject({
    method,
    url: `/api/v1${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
}

async function meStatus(headers: Headers) {
  return (await ask('GET', '/me', headers)).statusCode;
}

async function entriesOf(userId: string) {
  return context.server.database
    .selectFrom('events')
    .select(['category', 'type', 'severity', 'description', 'details'])
    .where('user_id', '=', userId)
    .where('category', '=', 'admin')
    .orderBy('sequence')
    .execute();
}

const ROUTES = [
  ['GET', '/admin/users'],
  ['GET', '/admin/users/:id'],
  ['PATCH', '/admin/users/:id', { isActive: false }],
  ['POST', '/admin/users/:id/unlock'],
  ['POST', '/admin/users/:id/password', { password: 'a-new-long-passphrase' }],
  ['DELETE', '/admin/users/:id/sessions'],
  ['GET', '/admin/blocked-ips'],
  ['POST', '/admin/blocked-ips', { ipAddress: '198.51.100.7', reason: 'tests' }],
  ['DELETE', '/admin/blocked-ips/:id'],
] as const;

describe('administration', () => {
  it.each(ROUTES)(
    'is closed to traders and to anyone who is not signed in: %s %s',
    async (method, path, body?) => {
      const [user, victim] = [await context.server.addUser(), await context.server.addUser()];
      const own = path.replace(':id', victim.id);

      expect((await ask(method, own, user.headers, body)).statusCode).toBe(403);
      expect((await ask(method, own, {}, body)).statusCode).toBe(401);
      expect(await meStatus(victim.headers)).toBe(200);
      expect((await context.server.blockedIps.list()).map(({ ipAddress }) => ipAddress)).not.toContain(
        '198.51.100.7',
      );
    },
  );

  it.each(ROUTES.filter(([, path]) => path.includes('/users/:id')))(
    'says that a person is not there: %s %s',
    async (method, path, body?) => {
      const { headers } = await context.server.addUser('admin');

      const answer = await ask(
        method,
        path.replace(':id', '01900000-0000-7000-8000-000000000000'),
        headers,
        body,
      );

      expect([answer.statusCode, answer.json().type]).toEqual([404, '/problems/not-found']);
    },
  );
});

describe('the list of people', () => {
  it('finds them by a part of address or name in any case, by role and by status, in pages', async () => {
    const { headers } = await context.server.addUser('admin');
    const people = [await context.server.addUser(), await context.server.addUser()];
    const [first, second] = people.map(({ username }) => username);
    await ask('PATCH', `/admin/users/${people[0]?.id}`, headers, { isActive: false });
    const names = async (query: string): Promise<string[]> =>
      (await ask('GET', `/admin/users?${query}`, headers))
        .json()
        .items.map((item: { username: string }) => item.username);

    expect(await names(`search=${first?.toUpperCase()}`)).toEqual([first]);
    expect(await names(`search=${second}%40example`)).toEqual([second]);
    expect(await names('search=%25')).toEqual([]);
    expect(await names('role=trader&status=disabled&limit=500')).toContain(first);
    expect(await names('status=active&limit=500')).not.toContain(first);
    expect(await names('status=locked')).toEqual([]);
    const { items, nextCursor } = (await ask('GET', '/admin/users?limit=1', headers)).json();
    const next = (await ask('GET', `/admin/users?limit=1&cursor=${nextCursor}`, headers)).json();
    expect([items[0].username, next.items[0].username]).toEqual([second, first]);
    expect(JSON.stringify(items)).not.toMatch(/password|hash/i);
  });
});

describe('disabling a person', () => {
  it('ends their sessions at once, keeps them out, and lets them in again when they are enabled', async () => {
    const { headers } = await context.server.addUser('admin');
    const user = await signUp(context.server.app);
    expect(await meStatus(user.headers)).toBe(200);

    const disabled = await ask('PATCH', `/admin/users/${user.id}`, headers, { isActive: false });

    expect([disabled.statusCode, disabled.json().status]).toEqual([200, 'disabled']);
    expect(await meStatus(user.headers)).toBe(401);
    await expect(signIn(context.server.app, user)).rejects.toThrow('bad-credentials');
    await ask('PATCH', `/admin/users/${user.id}`, headers, { isActive: true });
    expect(await meStatus(user.headers)).toBe(401);
    expect((await signIn(context.server.app, user)).token).toMatch(/./);
  });

  it('is recorded once, with who did it and the sessions that other copies of the server forget', async () => {
    const admin = await context.server.addUser('admin');
    const user = await context.server.addUser();

    for (let count = 0; count < 2; count += 1)
      await ask('PATCH', `/admin/users/${user.id}`, admin.headers, { isActive: false });

    const entries = await entriesOf(user.id);
    expect(entries).toMatchObject([
      { type: 'user-disabled', severity: 'warning', details: { administratorId: admin.id } },
    ]);
    expect(entries.flatMap(endedSessionsOf)).toEqual([user.sessionId]);
  });
});

describe('the role of a person', () => {
  it('holds from the next sign-in, and the sessions with the former one end', async () => {
    const { headers } = await context.server.addUser('admin');
    const user = await signUp(context.server.app);

    const changed = await ask('PATCH', `/admin/users/${user.id}`, headers, { role: 'admin' });

    expect([changed.statusCode, changed.json().role]).toEqual([200, 'admin']);
    expect(await meStatus(user.headers)).toBe(401);
    const { token } = await signIn(context.server.app, user);
    expect((await ask('GET', '/admin/users', { authorization: `Bearer ${token}` })).statusCode).toBe(200);
    expect(await entriesOf(user.id)).toMatchObject([
      { type: 'user-role-changed', details: { from: 'trader', to: 'admin' } },
    ]);
  });

  it('is not taken from the last active administrator, also when two are asked for at once', async () => {
    const { database } = context.server;
    await database.updateTable('users').set({ role: 'trader' }).where('role', '=', 'admin').execute();
    const [one, other] = [await context.server.addUser('admin'), await context.server.addUser('admin')];

    const answers = await Promise.all([
      ask('PATCH', `/admin/users/${one.id}`, other.headers, { role: 'trader' }),
      ask('PATCH', `/admin/users/${other.id}`, one.headers, { isActive: false }),
    ]);

    const refused = answers.filter(({ statusCode }) => statusCode !== 200);
    expect(refused).toHaveLength(1);
    // The one who lost the race may have lost the session with it.
    if (refused[0]?.statusCode === 409) expect(refused[0].json().code).toBe('last-administrator');
    const left = await database
      .selectFrom('users')
      .select('id')
      .where('role', '=', 'admin')
      .where('is_active', '=', true)
      .execute();
    expect(left).toHaveLength(1);
  });

  it('and the right to use the server stay with an only administrator who asks for less', async () => {
    await context.server.database
      .updateTable('users')
      .set({ role: 'trader' })
      .where('role', '=', 'admin')
      .execute();
    const { id, headers } = await context.server.addUser('admin');

    for (const change of [{ role: 'trader' }, { isActive: false }]) {
      const answer = await ask('PATCH', `/admin/users/${id}`, headers, change);
      expect([answer.statusCode, answer.json().code]).toEqual([409, 'last-administrator']);
    }
    expect(await meStatus(headers)).toBe(200);
  });
});

describe('a person who is locked after failed sign-ins', () => {
  it('is shown as locked, and may sign in when an administrator lifts the lock', async () => {
    const { headers } = await context.server.addUser('admin');
    const user = await signUp(context.server.app);
    const guess = (password: string) =>
      context.server.app.inject({
        method: 'POST',
        url: '/api/v1/auth/login',
        remoteAddress: '198.51.100.77',
        payload: { email: user.email, password },
      });
    for (let count = 0; count < 10; count += 1) {
      await guess('not-the-right-one');
      context.server.clock.now += count < 9 ? 16_000 : 0;
    }
    expect((await guess(PASSWORD)).statusCode).toBe(429);

    const seen = (await ask('GET', `/admin/users/${user.id}`, headers)).json();
    const unlocked = await ask('POST', `/admin/users/${user.id}/unlock`, headers);
    await ask('POST', `/admin/users/${user.id}/unlock`, headers);

    expect([seen.status, seen.failedLoginAttempts, typeof seen.lockedUntil]).toEqual([
      'locked',
      10,
      'string',
    ]);
    expect(unlocked.json()).toMatchObject({ status: 'active', failedLoginAttempts: 0, lockedUntil: null });
    expect((await guess(PASSWORD)).statusCode).toBe(200);
    expect((await entriesOf(user.id)).map(({ type }) => type)).toEqual(['user-unlocked']);
  });
});

describe('a password that an administrator sets', () => {
  it('takes the place of the former one, and ends all sessions', async () => {
    const { headers } = await context.server.addUser('admin');
    const user = await signUp(context.server.app);

    const weak = await ask('POST', `/admin/users/${user.id}/password`, headers, { password: 'Password1234' });
    const set = await ask('POST', `/admin/users/${user.id}/password`, headers, { password: `${PASSWORD}-2` });

    expect([weak.statusCode, weak.json().errors]).toEqual([
      400,
      [{ pointer: '/password', detail: 'is one of the most common passwords' }],
    ]);
    expect(set.statusCode).toBe(204);
    expect(await meStatus(user.headers)).toBe(401);
    await expect(signIn(context.server.app, user)).rejects.toThrow('bad-credentials');
    const login = await ask('POST', '/auth/login', {}, { email: user.email, password: `${PASSWORD}-2` });
    expect(login.statusCode).toBe(200);
    const entries = await entriesOf(user.id);
    expect(entries.map(({ type }) => type)).toEqual(['password-set']);
    expect(JSON.stringify(entries)).not.toContain(PASSWORD);
  });
});

describe('signing a person out everywhere', () => {
  it('ends all their sessions, and no one else’s', async () => {
    const { headers } = await context.server.addUser('admin');
    const [user, other] = [await signUp(context.server.app), await context.server.addUser()];
    await signIn(context.server.app, user);

    const answer = await ask('DELETE', `/admin/users/${user.id}/sessions`, headers);

    expect([answer.statusCode, answer.json()]).toEqual([200, { ended: 2 }]);
    expect([await meStatus(user.headers), await meStatus(other.headers)]).toEqual([401, 200]);
  });
});

describe('blocked addresses', () => {
  const from = (remoteAddress: string) =>
    context.server.app
      .inject({ url: '/api/v1/market/clock', remoteAddress })
      .then(({ statusCode }) => statusCode);

  it('are refused at once, with the ranges they are in, until the block is lifted', async () => {
    const { headers } = await context.server.addUser('admin');
    const before = await from('192.0.2.77');

    const made = await ask('POST', '/admin/blocked-ips', headers, {
      ipAddress: '192.0.2.0/24',
      reason: 'guessing',
    });

    expect([made.statusCode, made.json()]).toMatchObject([
      201,
      { ipAddress: '192.0.2.0/24', reason: 'guessing', blockedUntil: null },
    ]);
    expect([before, await from('192.0.2.77')]).toEqual([401, 403]);
    const { items } = (await ask('GET', '/admin/blocked-ips', headers)).json();
    expect(items).toEqual([made.json()]);
    expect((await ask('DELETE', `/admin/blocked-ips/${items[0].id}`, headers)).statusCode).toBe(204);
    expect(await from('192.0.2.77')).toBe(401);
    expect((await ask('DELETE', `/admin/blocked-ips/${items[0].id}`, headers)).statusCode).toBe(404);
  });

  it('take over a new end and reason, and end by themselves', async () => {
    const { headers } = await context.server.addUser('admin');
    const block = (reason: string, blockedUntil?: string) =>
      ask('POST', '/admin/blocked-ips', headers, { ipAddress: '2001:db8::/64', reason, blockedUntil });
    const first = (await block('first')).json();
    const until = new Date(context.server.clock.now + 60_000).toISOString();

    const second = (await block('second', until)).json();

    expect(second).toEqual({
      ...first,
      blockedAt: expect.any(String),
      reason: 'second',
      blockedUntil: until,
    });
    expect(await from('2001:db8::7')).toBe(403);
    context.server.clock.now += 60_000;
    expect(await from('2001:db8::7')).toBe(401);
  });

  it.each([
    ['no address', { ipAddress: 'example.org' }, '/ipAddress', /IP address or a range/],
    ['a prefix that is too long', { ipAddress: '192.0.2.0/33' }, '/ipAddress', /IP address or a range/],
    ['no reason', { reason: '' }, '/reason', /./],
    ['an end that is over', { blockedUntil: '2020-01-01T00:00:00Z' }, '/blockedUntil', /in the future/],
  ])('are refused with %s', async (_what, wrong, pointer, detail) => {
    const { headers } = await context.server.addUser('admin');

    const answer = await ask('POST', '/admin/blocked-ips', headers, {
      ipAddress: '203.0.113.9',
      reason: 'tests',
      ...wrong,
    });

    expect([answer.statusCode, answer.json().errors]).toEqual([
      400,
      [{ pointer, detail: expect.stringMatching(detail) }],
    ]);
    expect(await from('203.0.113.9')).toBe(401);
  });

  it('do not include the address of who asks', async () => {
    const { headers } = await context.server.addUser('admin');

    const answer = await ask('POST', '/admin/blocked-ips', headers, {
      ipAddress: '127.0.0.0/8',
      reason: 'mistake',
    });

    expect([answer.statusCode, answer.json().code]).toEqual([409, 'own-address']);
    expect(await meStatus(headers)).toBe(200);
  });

  it('are recorded with who changed them, so that other copies of the server read the list again', async () => {
    const admin = await context.server.addUser('admin');
    const made = await ask('POST', '/admin/blocked-ips', admin.headers, {
      ipAddress: '198.51.100.9',
      reason: 'tests',
    });
    await ask('DELETE', `/admin/blocked-ips/${made.json().id}`, admin.headers);

    const entries = (await entriesOf(admin.id)).filter(({ type }) => type !== 'change-made');

    expect(entries).toMatchObject([
      { type: 'address-blocked', details: { address: '198.51.100.9', reason: 'tests' } },
      { type: 'address-unblocked', details: { address: '198.51.100.9' } },
    ]);
    expect(entries.map(changesBlocks)).toEqual([true, true]);
  });
});

describe('a request that is refused for its role, scope or origin', () => {
  const refusalsOf = (userId: string) =>
    context.server.database
      .selectFrom('events')
      .select(['category', 'severity', 'description', 'details', 'ip_address'])
      .where('user_id', '=', userId)
      .where('type', '=', 'access-refused')
      .orderBy('sequence')
      .execute();

  it('is recorded once a minute for each token and reason, with who asked for what and how often', async () => {
    const { clock, apiKeys, app } = context.server;
    const user = await context.server.addUser();
    const owner = { userId: user.id, role: 'trader', credentialId: user.sessionId } as const;
    const { key, token } = await apiKeys.create(owner, { name: 'bot', scope: 'read' }, {});
    const byKey = { authorization: `Bearer ${token}` };

    for (let count = 0; count < 3; count += 1) await ask('GET', `/admin/users/${user.id}`, user.headers);
    await ask('POST', '/accounts', byKey, {});
    await ask('DELETE', `/sessions/${user.sessionId}`, byKey);
    await app.inject({
      method: 'POST',
      url: '/api/v1/auth/logout',
      headers: { cookie: `session=${user.token}` },
    });
    clock.now += 60_000;
    await ask('GET', '/admin/users', user.headers);
    // Neither is refused for who asks.
    await ask('GET', '/accounts/01900000-0000-7000-8000-000000000000', user.headers);
    await ask('GET', '/me', user.headers);

    const session = { with: 'session', credentialId: user.sessionId };
    const ofKey = { with: 'api-key', credentialId: key.id, furtherBefore: 0 };
    expect((await refusalsOf(user.id)).map(({ details }) => details)).toEqual([
      { ...session, reason: 'forbidden', method: 'GET', route: '/api/v1/admin/users/:id', furtherBefore: 0 },
      { ...ofKey, reason: 'scope-missing', method: 'POST', route: '/api/v1/accounts' },
      { ...ofKey, reason: 'session-needed', method: 'DELETE', route: '/api/v1/sessions/:id' },
      {
        ...session,
        reason: 'cross-site-request',
        method: 'POST',
        route: '/api/v1/auth/logout',
        furtherBefore: 0,
      },
      { ...session, reason: 'forbidden', method: 'GET', route: '/api/v1/admin/users', furtherBefore: 2 },
    ]);
    expect((await refusalsOf(user.id))[0]).toMatchObject({
      category: 'security',
      severity: 'warning',
      description: 'GET /api/v1/admin/users/:id was refused: forbidden.',
      ip_address: '127.0.0.1',
    });
  });
});
