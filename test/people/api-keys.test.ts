import { describe, expect, it } from 'vitest';
import { endedSessionsOf } from '../../src/people/auth.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';

const context = useServer();
type Headers = Readonly<Record<string, string>>;

function ask(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  headers: Headers,
  { payload, remoteAddress = '127.0.0.1' }: { payload?: object; remoteAddress?: string } = {},
) {
  const request = { method, url: `/api/v1${path}`, headers, remoteAddress };
  return context.server.app.inject(payload === undefined ? request : { ...request, payload });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function makeKey(headers: Headers, wish: object = {}) {
  const answer = await ask('POST', '/api-keys', headers, {
    payload: { name: 'bot', scope: 'trade', password: PASSWORD, ...wish },
  });
  return answer.json();
}

async function meStatus(headers: Headers, remoteAddress?: string) {
  const options = remoteAddress === undefined ? {} : { remoteAddress };
  return (await ask('GET', '/me', headers, options)).statusCode;
}

describe('an API key', () => {
  it.each([
    ['without a password', {}, 400],
    ['with a wrong password', { password: 'not my password' }, 403],
  ])('is not made %s', async (_what, proof, status) => {
    const { headers } = await context.server.addUser();

    const answer = await ask('POST', '/api-keys', headers, {
      payload: { name: 'bot', scope: 'read', ...proof },
    });

    expect(answer.statusCode).toBe(status);
    expect((await ask('GET', '/api-keys', headers)).json().items).toEqual([]);
  });

  it('is shown once, and only its hash is stored', async () => {
    const user = await context.server.addUser();

    const { token, ...made } = await makeKey(user.headers, { name: ' my bot ' });

    expect(token).toMatch(/^afk_[\w-]{43}$/);
    expect(made).toMatchObject({
      name: 'my bot',
      scope: 'trade',
      expiresAt: null,
      addressRange: null,
      lastUsedAt: null,
    });
    expect(made.tokenEnd).toBe(token.slice(-4));
    const { items } = (await ask('GET', '/api-keys', user.headers)).json();
    expect(items).toEqual([made]);
    const stored = JSON.stringify([
      await context.server.database.selectFrom('api_keys').selectAll().execute(),
      await context.server.database.selectFrom('events').selectAll().where('user_id', '=', user.id).execute(),
    ]);
    expect(stored).not.toContain(token);
  });

  describe('that is asked for again under the same Idempotency-Key', () => {
    const makeUnderKey = (headers: Headers, wish: object = {}) =>
      ask(
        'POST',
        '/api-keys',
        { ...headers, 'idempotency-key': 'one' },
        {
          payload: { name: 'bot', scope: 'trade', password: PASSWORD, ...wish },
        },
      );

    it('is the same key with another token, and no token is stored', async () => {
      const user = await context.server.addUser();
      const first = (await makeUnderKey(user.headers)).json();
      expect(await meStatus(bearer(first.token))).toBe(200);
      context.server.clock.now += 1_000;

      const second = await makeUnderKey(user.headers);

      expect(second.statusCode).toBe(201);
      const { token, ...made } = second.json();
      expect(made.id).toBe(first.id);
      expect((await ask('GET', '/api-keys', user.headers)).json().items).toEqual([made]);
      expect(made.createdAt).toBe(first.createdAt);
      expect(await meStatus(bearer(first.token))).toBe(401);
      expect(await meStatus(bearer(token))).toBe(200);
      const kept = await context.server.database
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('user_id', '=', user.id)
        .execute();
      expect(kept).toMatchObject([{ body: null }]);
    });

    it('keeps its token when the password is wrong', async () => {
      const { headers } = await context.server.addUser();
      const { token } = (await makeUnderKey(headers)).json();

      const refused = await makeUnderKey(headers, { password: 'not my password' });

      expect(refused.statusCode).toBe(403);
      expect(await meStatus(bearer(token))).toBe(200);
    });

    it('stays revoked', async () => {
      const { headers } = await context.server.addUser();
      const { id } = (await makeUnderKey(headers)).json();
      await ask('DELETE', `/api-keys/${id}`, headers);

      const again = await makeUnderKey(headers);

      expect([again.statusCode, again.json().code]).toEqual([409, 'conflict']);
      expect((await ask('GET', '/api-keys', headers)).json().items).toEqual([]);
    });
  });

  it('opens what is its owner’s, and says when it was used last, once a minute', async () => {
    const user = await context.server.addUser();
    const { token } = await makeKey(user.headers);
    const { clock } = context.server;
    const madeAt = clock.now;
    const lastUse = async () => (await ask('GET', '/api-keys', user.headers)).json().items[0].lastUsedAt;

    const me = await ask('GET', '/me', bearer(token));
    expect([me.statusCode, me.json().id]).toEqual([200, user.id]);
    clock.now += 59_000;
    expect(await meStatus(bearer(token))).toBe(200);
    expect(await lastUse()).toBe(new Date(madeAt).toISOString());
    clock.now += 1_000;
    expect(await meStatus(bearer(token))).toBe(200);
    expect(await lastUse()).toBe(new Date(madeAt + 60_000).toISOString());
  });

  it.each([
    ['read', 'GET', '/accounts', 200],
    ['read', 'PATCH', '/settings', 403],
    ['trade', 'PATCH', '/settings', 200],
    ['trade', 'GET', '/admin/users', 403],
    ['admin', 'GET', '/admin/users', 200],
    ['admin', 'PATCH', '/settings', 200],
  ] as const)('with the scope %s: %s %s → %i', async (scope, method, path, status) => {
    const { headers } = await context.server.addUser('admin');
    const { token } = await makeKey(headers, { scope });

    const payload = method === 'PATCH' ? { payload: { defaultUnits: 2_000 } } : {};
    const answer = await ask(method, path, bearer(token), payload);

    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.json().code).toBe('scope-missing');
  });

  it('changes neither how its owner signs in nor who is an administrator', async () => {
    const { id: userId, headers, sessionId } = await context.server.addUser('admin');
    const other = await context.server.addUser();
    const { token, id } = await makeKey(headers, { scope: 'admin' });
    const passwords = { currentPassword: 'x', newPassword: 'another-long-passphrase' };

    const answers = [
      await ask('POST', '/api-keys', bearer(token), {
        payload: { name: 'more', scope: 'admin', password: PASSWORD },
      }),
      await ask('DELETE', `/api-keys/${id}`, bearer(token)),
      await ask('POST', '/me/password', bearer(token), { payload: passwords }),
      await ask('DELETE', `/sessions/${sessionId}`, bearer(token)),
      await ask('POST', '/auth/logout', bearer(token)),
      await ask('POST', `/admin/users/${userId}/password`, bearer(token), {
        payload: { password: 'another-long-passphrase' },
      }),
      await ask('PATCH', `/admin/users/${other.id}`, bearer(token), { payload: { role: 'admin' } }),
    ];

    expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual(
      answers.map(() => [403, 'session-needed']),
    );
    expect([await meStatus(headers), await meStatus(bearer(token))]).toEqual([200, 200]);
  });

  it('opens nothing from outside its range, remembered or not', async () => {
    const user = await context.server.addUser();
    const { token } = await makeKey(user.headers, { addressRange: '192.0.2.0/24' });

    expect(await meStatus(bearer(token), '198.51.100.1')).toBe(401);
    expect(await meStatus(bearer(token), '192.0.2.9')).toBe(200);
    expect(await meStatus(bearer(token), '198.51.100.1')).toBe(401);
    expect(await meStatus(bearer(token), '2001:db8::1')).toBe(401);
  });

  it('ends at its time', async () => {
    const user = await context.server.addUser();
    const { clock } = context.server;
    const { token } = await makeKey(user.headers, { expiresAt: new Date(clock.now + 500).toISOString() });
    expect(await meStatus(bearer(token))).toBe(200);

    clock.now += 500;

    expect(await meStatus(bearer(token))).toBe(401);
    expect((await ask('GET', '/api-keys', user.headers)).json().items).toEqual([]);
  });

  it('ends at once when it is revoked, and other copies of the server read of it in the journal', async () => {
    const user = await context.server.addUser();
    const { token, id } = await makeKey(user.headers);
    expect(await meStatus(bearer(token))).toBe(200);
    const ended: string[] = [];
    const stop = context.server.credentials.onEnded((credentialId) => void ended.push(credentialId));

    const answers = [
      await ask('DELETE', `/api-keys/${id}`, user.headers),
      await ask('DELETE', `/api-keys/${id}`, user.headers),
    ];
    stop();

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([204, 404]);
    expect(await meStatus(bearer(token))).toBe(401);
    expect(ended).toEqual([id]);
    const entries = await context.server.database
      .selectFrom('events')
      .select(['category', 'type', 'severity', 'description', 'details'])
      .where('user_id', '=', user.id)
      .where('type', '=', 'api-key-revoked')
      .execute();
    expect(entries.flatMap(endedSessionsOf)).toEqual([id]);
  });

  it('is revoked by no one but its owner', async () => {
    const [user, other] = [await context.server.addUser(), await context.server.addUser('admin')];
    const { token, id } = await makeKey(user.headers);

    expect((await ask('DELETE', `/api-keys/${id}`, other.headers)).statusCode).toBe(404);
    expect((await ask('GET', '/api-keys', other.headers)).json().items).toEqual([]);
    expect(await meStatus(bearer(token))).toBe(200);
  });

  it('ends when an administrator disables its owner or sets a password, and stays ended', async () => {
    const admin = await context.server.addUser('admin');
    for (const [method, path, payload] of [
      ['PATCH', '', { isActive: false }],
      ['POST', '/password', { password: 'another-long-passphrase' }],
    ] as const) {
      const user = await context.server.addUser();
      const { token } = await makeKey(user.headers);
      expect(await meStatus(bearer(token))).toBe(200);

      await ask(method, `/admin/users/${user.id}${path}`, admin.headers, { payload });
      await ask('PATCH', `/admin/users/${user.id}`, admin.headers, { payload: { isActive: true } });

      expect(await meStatus(bearer(token))).toBe(401);
    }
  });

  it.each([
    ['the scope of administrators for a trader', { scope: 'admin' }, '/scope'],
    ['an unknown scope', { scope: 'all' }, '/scope'],
    ['no name', { name: ' ' }, '/name'],
    ['a range that is none', { addressRange: '192.0.2.0/40' }, '/addressRange'],
    ['an end that is over', { expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
  ])('is refused with %s', async (_what, wrong, pointer) => {
    const { headers } = await context.server.addUser();

    const answer = await ask('POST', '/api-keys', headers, {
      payload: { name: 'bot', scope: 'read', password: PASSWORD, ...wrong },
    });

    expect([
      answer.statusCode,
      answer.json().errors.map((error: { pointer: string }) => error.pointer),
    ]).toEqual([400, [pointer]]);
    expect((await ask('GET', '/api-keys', headers)).json().items).toEqual([]);
  });
});
