import { describe, expect, it } from 'vitest';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';

const context = useServer();

async function login(payload: object) {
  return context.server.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload });
}

async function journalOf(userId: string) {
  const rows = await context.server.database
    .selectFrom('events')
    .select(['type', 'severity', 'details', 'ip_address'])
    .where('user_id', '=', userId)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => row.type);
}

describe('signing up', () => {
  const register = (payload: object) =>
    context.server.app.inject({ method: 'POST', url: '/api/v1/auth/register', payload });

  it.each([
    [
      'a password of eleven characters',
      { password: 'elevenchars' },
      '/password',
      'must have 12 to 128 characters',
    ],
    ['a common password', { password: 'Password1234' }, '/password', 'is one of the most common passwords'],
    [
      'a password of one pattern',
      { password: 'abcabcabcabcab' },
      '/password',
      'must not repeat the same few characters',
    ],
    [
      'the username as password',
      { username: 'a-very-long-name', password: 'A-Very-Long-Name' },
      '/password',
      'must not be the e-mail address or the username',
    ],
    ['an address without domain', { email: 'someone' }, '/email', 'must be an e-mail address'],
    ['an address with a space', { email: 'some one@example.org' }, '/email', 'must be an e-mail address'],
    ['a username with an @', { username: 'a@b' }, '/username', expect.stringContaining('must be 3 to 32')],
  ])('refuses %s', async (_case, wrong, pointer, detail) => {
    const answer = await register({
      email: 'new@example.org',
      username: 'newcomer',
      password: PASSWORD,
      ...wrong,
    });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer, detail }]);
  });

  it('refuses a role in the request', async () => {
    const answer = await register({
      email: 'new@example.org',
      username: 'newcomer',
      password: PASSWORD,
      role: 'admin',
    });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer: '/role', detail: 'is not known here' }]);
  });

  it.each(['email', 'username'] as const)(
    'refuses a taken %s, whatever its case, without saying which was taken',
    async (taken) => {
      const user = await signUp(context.server.app);

      const answer = await register({
        email: 'somebody.else@example.org',
        username: 'somebody-else',
        password: PASSWORD,
        [taken]: user[taken].toUpperCase(),
      });

      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({
        code: 'already-registered',
        detail: 'The e-mail address or the username is taken.',
      });
    },
  );

  it('makes a trader with default settings, and keeps no password', async () => {
    const answer = await register({
      email: 'First.Trader@Example.org',
      username: 'First.Trader',
      password: PASSWORD,
    });

    expect(answer.statusCode).toBe(201);
    expect(answer.headers.location).toBe('/api/v1/me');
    expect(answer.json()).toEqual({
      id: expect.any(String),
      email: 'first.trader@example.org',
      username: 'first.trader',
      role: 'trader',
      firstName: null,
      lastName: null,
      timezone: 'UTC',
      language: 'en',
      emailVerifiedAt: null,
      lastLoginAt: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const row = await context.server.database
      .selectFrom('users')
      .select('password_hash')
      .where('id', '=', answer.json().id)
      .executeTakeFirstOrThrow();
    expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await context.server.settings.get(answer.json().id)).defaultUnits).toBe(1000);
  });
});

describe('signing in', () => {
  it('answers the same for an unknown person, a wrong password and a disabled person', async () => {
    const { app, database } = context.server;
    const [known, disabled] = [await signUp(app), await signUp(app)];
    await database.updateTable('users').set({ is_active: false }).where('id', '=', disabled.id).execute();

    const answers = await Promise.all([
      login({ email: 'unknown@example.org', password: PASSWORD }),
      login({ email: known.email, password: 'not the password' }),
      login({ email: disabled.email, password: PASSWORD }),
    ]);

    const shown = answers.map((answer) => ({
      status: answer.statusCode,
      headers: Object.keys(answer.headers),
      ...answer.json(),
      requestId: '',
    }));
    expect(shown[0]).toMatchObject({ status: 401, type: '/problems/bad-credentials' });
    for (const other of shown.slice(1)) expect(other).toEqual(shown[0]);
  });

  it.each([
    ['neither address nor name', {}],
    ['both', { email: 'a@example.org', username: 'abc' }],
  ])('wants exactly one of address and name, and refuses %s', async (_case, identity) => {
    const answer = await login({ ...identity, password: PASSWORD });

    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([
      { pointer: '/email', detail: 'is required, or "username", but not both' },
    ]);
  });

  it('keeps a session that was open before the failures: anyone who guesses must not throw the owner out', async () => {
    const { app } = context.server;
    const user = await signUp(app);
    for (let failure = 1; failure <= 10; failure += 1)
      await login({ email: user.email, password: 'not the password' });

    expect((await app.inject({ url: '/api/v1/me', headers: user.headers })).statusCode).toBe(200);
  });

  it('counts failures that come at the same time', async () => {
    const { app, database } = context.server;
    const user = await signUp(app);

    const failures = Array.from({ length: 5 }, () =>
      login({ email: user.email, password: 'not the password' }),
    );
    await Promise.all(failures);

    const row = await database
      .selectFrom('users')
      .select('failed_login_attempts')
      .where('id', '=', user.id)
      .executeTakeFirstOrThrow();
    expect(row.failed_login_attempts).toBe(5);
    expect((await login({ email: user.email, password: PASSWORD })).statusCode).toBe(429);
  });

  it('refuses more than a third of a second of waiting sign-ins with 429 instead of keeping all of them waiting', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        login({ email: `unknown-${index}@example.org`, password: PASSWORD }),
      ),
    );

    const statuses = answers.map((answer) => answer.statusCode);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    // One that is hashed, two on larger machines, and 32 that wait.
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(33);
    expect(answers.find((answer) => answer.statusCode === 429)?.headers['retry-after']).toMatch(/^[123]$/);
  });

  it('takes the address in any case, or the username', async () => {
    const user = await signUp(context.server.app);

    expect((await login({ email: user.email.toUpperCase(), password: PASSWORD })).statusCode).toBe(200);
    expect((await login({ username: user.username.toUpperCase(), password: PASSWORD })).statusCode).toBe(200);
  });

  it('gives a token once, stores only its hash, and sets a cookie that scripts cannot read', async () => {
    const { app, database } = context.server;
    const user = await signUp(app);

    const answer = await login({ email: user.email, password: PASSWORD });

    const { token, expiresAt } = answer.json();
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Date.parse(expiresAt) - context.server.clock.now).toBe(30 * 86_400_000);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^device=[A-Za-z0-9_-]{43}; Path=\/; Expires=.*; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(new RegExp(`^session=${token}; Path=/; Expires=.*; HttpOnly; SameSite=Lax$`)),
    ]);
    const hashes = await database
      .selectFrom('user_sessions')
      .select('token_hash')
      .where('user_id', '=', user.id)
      .execute();
    expect(JSON.stringify(hashes)).not.toContain(token);
    expect(hashes).toHaveLength(2);
  });

  it('ends the session of the browser that signs in again', async () => {
    const { app } = context.server;
    const user = await signUp(app);
    const before = await signIn(app, user);

    await app.inject({
      method: 'POST',
      url: '/api/v1/auth/login',
      headers: { cookie: before.cookie },
      payload: { email: user.email, password: PASSWORD },
    });

    expect(
      (await app.inject({ url: '/api/v1/me', headers: { authorization: `Bearer ${before.token}` } }))
        .statusCode,
    ).toBe(401);
    expect((await app.inject({ url: '/api/v1/me', headers: user.headers })).statusCode).toBe(200);
  });

  it('records sign-ups, sign-ins, failures and sign-outs with where they came from', async () => {
    const { app, database } = context.server;
    const user = await signUp(app);
    await login({ email: user.email, password: 'not the password' });
    await app.inject({ method: 'POST', url: '/api/v1/auth/logout', headers: user.headers });

    expect(await journalOf(user.id)).toEqual(['user-created', 'login', 'login-failed', 'logout']);
    const failed = await database
      .selectFrom('events')
      .selectAll()
      .where('user_id', '=', user.id)
      .where('type', '=', 'login-failed')
      .executeTakeFirstOrThrow();
    expect(failed).toMatchObject({
      category: 'security',
      severity: 'warning',
      ip_address: '127.0.0.1',
      details: { reason: 'wrong-password' },
    });
    expect(JSON.stringify(failed)).not.toContain('not the password');
  });
});

describe('an administrator', () => {
  it('is made by the operator only, under the same rules', async () => {
    const { users } = context.server;

    await expect(
      users.createAdmin({ email: 'root@example.org', username: 'root', password: 'short' }),
    ).rejects.toMatchObject({
      type: 'invalid-request',
    });
    const admin = await users.createAdmin({
      email: 'root@example.org',
      username: 'root',
      password: PASSWORD,
    });

    expect(admin).toMatchObject({ role: 'admin', isActive: true });
  });
});
