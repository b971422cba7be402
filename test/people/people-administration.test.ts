/** Sessions of everyone, and people who are made and deleted by an administrator. */
import { randomUUIDv7 } from 'node:crypto';
import { Readable } from 'node:stream';
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { endedSessionsOf } from '../../src/people/auth.ts';
import { sessionsCommand } from '../../src/people/administration/sessions-command.ts';
import { usersCommand } from '../../src/people/administration/users-command.ts';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';
import type { Command } from '../../src/commands/command.ts';

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

async function manage(command: Command, argv: readonly string[], input = '') {
  const written = { out: '', err: '' };
  const io = {
    stdin: Readable.from([input]),
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => command.run(argv, io, open));
  return { code, ...written };
}

async function entriesOf(userId: string) {
  return context.server.database
    .selectFrom('events')
    .select(['type', 'details'])
    .where('user_id', '=', userId)
    .where('category', '=', 'admin')
    .orderBy('sequence')
    .execute();
}

describe('sessions of everyone', () => {
  it('are listed, of all or of one person, without their tokens', async () => {
    const [admin, user] = [await context.server.addUser('admin'), await context.server.addUser()];

    const all = (await ask('GET', '/admin/sessions?limit=500', admin.headers)).json().items;
    const one = await ask('GET', `/admin/sessions?search=${user.username.toUpperCase()}`, admin.headers);

    expect(all.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([admin.sessionId, user.sessionId]),
    );
    expect(all.find(({ id }: { id: string }) => id === admin.sessionId).isCurrent).toBe(true);
    expect(one.json()).toMatchObject({
      items: [{ id: user.sessionId, userId: user.id, username: user.username, isCurrent: false }],
      nextCursor: null,
    });
    expect(one.body).not.toContain(user.token);
    expect((await ask('GET', '/admin/sessions', user.headers)).statusCode).toBe(403);
  });

  it('end one by one, with their open sockets, and are a journal entry that other copies follow', async () => {
    const { server } = context;
    const [admin, user] = [await server.addUser('admin'), await server.addUser()];
    const other = await server.addUser();
    const socket = new WebSocket(`ws://${await server.listen()}/ws`);
    const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'authenticate', token: user.token })));
    await new Promise((resolve) => void socket.once('message', resolve));

    const ended = await ask('DELETE', `/admin/sessions/${user.sessionId}`, admin.headers);

    expect(ended.statusCode).toBe(204);
    expect(await closed).toBe(4401);
    expect((await ask('GET', '/me', user.headers)).statusCode).toBe(401);
    expect((await ask('GET', '/me', other.headers)).statusCode).toBe(200);
    expect((await ask('DELETE', `/admin/sessions/${user.sessionId}`, admin.headers)).statusCode).toBe(404);
    const entries = await entriesOf(user.id);
    expect(entries).toMatchObject([{ type: 'sessions-ended', details: { administratorId: admin.id } }]);
    const [entry] = entries;
    expect(entry && endedSessionsOf({ ...NO_ENTRY, ...entry })).toEqual([user.sessionId]);
  });

  it('are listed and ended by a command', async () => {
    context.server.clock.now = Date.now();
    const user = await context.server.addUser();

    const list = await manage(sessionsCommand, ['list', '--search', user.email]);
    const end = await manage(sessionsCommand, ['end', user.sessionId]);
    const again = await manage(sessionsCommand, ['end', user.sessionId]);

    expect(list.out).toMatch(
      new RegExp(`^${user.sessionId} ${user.username}, from an unknown address, since `),
    );
    expect(end).toEqual({ code: 0, out: 'The session ended.\n', err: '' });
    expect(again).toEqual({ code: 1, out: '', err: 'There is no such session.\n' });
    expect((await manage(sessionsCommand, ['list', '--search', user.email])).out).toBe(
      'No one is signed in.\n',
    );
    expect((await manage(sessionsCommand, ['end', 'x'])).err).toMatch(/^x is not the id of a session/);
    expect((await manage(sessionsCommand, ['kick'])).code).toBeGreaterThan(0);
  });
});

const NO_ENTRY = { category: 'admin', severity: 'warning', description: '' } as const;

describe('a person whom an administrator makes', () => {
  it('signs in, also when no one may sign up, and is refused under the rules of a sign-up', async () => {
    const admin = await context.server.addUser('admin');
    await ask('PATCH', '/admin/settings', admin.headers, { signUp: 'closed' });
    const body = { email: 'Made@Example.org', username: 'made-here', password: PASSWORD };

    const made = await ask('POST', '/admin/users', admin.headers, body);
    const again = await ask('POST', '/admin/users', admin.headers, body);
    const weak = await ask('POST', '/admin/users', admin.headers, { ...body, password: 'short' });
    const root = await ask('POST', '/admin/users', admin.headers, {
      email: 'root@example.org',
      username: 'root-here',
      password: PASSWORD,
      role: 'admin',
    });
    await ask('PATCH', '/admin/settings', admin.headers, { signUp: 'open' });

    expect([made.statusCode, made.json()]).toMatchObject([
      201,
      { email: 'made@example.org', role: 'trader' },
    ]);
    expect(made.headers.location).toBe(`/api/v1/admin/users/${made.json().id}`);
    expect([again.statusCode, again.json().code]).toEqual([409, 'already-registered']);
    expect([weak.statusCode, weak.json().errors[0].pointer]).toEqual([400, '/password']);
    expect(root.json()).toMatchObject({ role: 'admin', status: 'active' });
    expect((await signIn(context.server.app, { email: 'made@example.org' })).token).toMatch(/./);
    expect(await entriesOf(made.json().id)).toMatchObject([
      { type: 'user-created', details: { administratorId: admin.id } },
    ]);
  });

  it('is made once under an Idempotency-Key, and its password leaves no trace there', async () => {
    const admin = await context.server.addUser('admin');
    const headers = { ...admin.headers, 'idempotency-key': 'one' };
    const body = { email: 'once@example.org', username: 'once', password: PASSWORD };

    const first = await ask('POST', '/admin/users', headers, body);
    const second = await ask('POST', '/admin/users', headers, body);

    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.body).toBe(first.body);
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(await entriesOf(first.json().id)).toHaveLength(1);
  });

  it('is found by a repetition whose first attempt was cut off', async () => {
    const { users } = context.server;
    const id = randomUUIDv7();
    const wanted = { email: 'cut-off@example.org', username: 'cut-off', password: PASSWORD };

    const first = await users.make(wanted, 'trader', id);

    expect(await users.make(wanted, 'trader', id)).toEqual(first);
    await expect(users.make(wanted, 'trader')).rejects.toMatchObject({ type: 'conflict' });
  });

  it('is made by a command, with the password from a pipe', async () => {
    const argv = ['create', 'piped@example.org', '--username', 'piped'];

    const made = await manage(usersCommand, argv, `${PASSWORD}\n`);
    const nameless = await manage(usersCommand, ['create', 'x@example.org']);

    expect(made).toEqual({
      code: 0,
      out: 'piped <piped@example.org>, trader, active, never signed in\n',
      err: '',
    });
    expect(nameless.err).toBe('The user name is required, such as --username you.\n');
    expect((await signIn(context.server.app, { email: 'piped@example.org' })).token).toMatch(/./);
  });
});

describe('deleting a person', () => {
  const remove = (id: string, headers: Headers) => ask('DELETE', `/admin/users/${id}`, headers);
  const disable = (id: string, headers: Headers) =>
    ask('PATCH', `/admin/users/${id}`, headers, { isActive: false });

  it('is refused while they are not disabled, or have an account, and changes nothing then', async () => {
    const { server } = context;
    const [admin, user, trader] = [
      await server.addUser('admin'),
      await server.addUser(),
      await server.addUser(),
    ];
    await server.addAccount(trader.id);
    await disable(trader.id, admin.headers);

    const answers = [await remove(user.id, admin.headers), await remove(trader.id, admin.headers)];

    expect(answers.map((answer) => [answer.statusCode, answer.json().code])).toEqual([
      [409, 'not-disabled'],
      [409, 'has-accounts'],
    ]);
    expect((await ask('GET', '/me', user.headers)).json().email).toBe(user.email);
    expect((await ask('GET', `/admin/users/${trader.id}`, admin.headers)).json().email).toBe(trader.email);
    expect((await remove(user.id, user.headers)).statusCode).toBe(403);
  });

  it('removes what says who it was, keeps the books, and frees the address', async () => {
    const { server } = context;
    const admin = await server.addUser('admin');
    const user = await signUp(server.app);
    await ask('PATCH', '/me', user.headers, { firstName: 'Ada' });
    await ask('PATCH', '/settings', user.headers, { notifyWebhookUrl: 'https://ada.example.org/hook' });
    await ask('POST', '/api-keys', user.headers, {
      name: 'Ada’s bot',
      scope: 'read',
      password: PASSWORD,
    });
    const account = await server.addAccount(user.id);
    await server.stores.accounts.close(account.id);
    await disable(user.id, admin.headers);

    const removed = await remove(user.id, admin.headers);

    expect([removed.statusCode, (await remove(user.id, admin.headers)).statusCode]).toEqual([204, 404]);
    expect((await ask('GET', `/admin/users/${user.id}`, admin.headers)).statusCode).toBe(404);
    const kept = await allRowsOf(user.id);
    expect(JSON.stringify(kept)).not.toMatch(
      new RegExp(`Ada|ada\\.example|${user.username}|127\\.0\\.0\\.1`),
    );
    expect(kept.accounts).toMatchObject([{ id: account.id }]);
    expect(kept.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['user-created', 'login', 'user-disabled']),
    );
    expect([kept.sessions, kept.keys, kept.devices]).toEqual([[], [], []]);
    await expect(signIn(server.app, user)).rejects.toThrow('bad-credentials');
    const again = { email: user.email, username: user.username, password: PASSWORD };
    expect((await ask('POST', '/auth/register', {}, again)).statusCode).toBe(201);
  });

  it('is done by a command, and takes the address from the list of those that may sign up', async () => {
    const user = await context.server.addUser();
    const listed = ['other@example.org', user.email];
    await context.server.serverSettings.change({ listedSignUps: listed }, {});

    const early = await manage(usersCommand, ['delete', user.email]);
    await manage(usersCommand, ['disable', user.email]);
    const done = await manage(usersCommand, ['delete', user.email]);

    expect(early.err).toBe('Disable the person first, so that nothing is made meanwhile.\n');
    expect(done.out).toBe(`${user.username} was deleted; what their accounts did stays.\n`);
    expect((await context.server.serverSettings.get()).listedSignUps).toEqual(['other@example.org']);
    expect((await manage(usersCommand, ['show', user.email])).err).toMatch(/^There is no person/);
  });
});

async function allRowsOf(userId: string) {
  const { database } = context.server;
  const select = (table: 'user_settings' | 'user_sessions' | 'api_keys' | 'known_devices') =>
    database.selectFrom(table).selectAll().where(`${table}.user_id`, '=', userId).execute();
  return {
    user: await database.selectFrom('users').selectAll().where('id', '=', userId).execute(),
    settings: await select('user_settings'),
    sessions: await select('user_sessions'),
    keys: await select('api_keys'),
    devices: await select('known_devices'),
    accounts: await database.selectFrom('oanda_accounts').selectAll().where('user_id', '=', userId).execute(),
    // The last entry, of the deletion, has the address of the administrator.
    events: await database
      .selectFrom('events')
      .selectAll()
      .where('user_id', '=', userId)
      .where('type', '!=', 'user-deleted')
      .execute(),
  };
}
