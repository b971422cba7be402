/** What administrators and people decide at one copy of the server, or with a command, holds at another: for its requests and its open sockets. */
import { once } from 'node:events';
import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { present } from '../../src/core/shared/assert.ts';
import { blockedIpsCommand } from '../../src/people/administration/blocked-ips-command.ts';
import { sessionsCommand } from '../../src/people/administration/sessions-command.ts';
import { usersCommand } from '../../src/people/administration/users-command.ts';
import { ApiKeyStore } from '../../src/people/api-keys/api-key-store.ts';
import { hashOfToken } from '../../src/people/remembered-tokens.ts';
import { SessionStore } from '../../src/people/session-store.ts';
import { UserStore } from '../../src/people/user-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { queryBuilder } from '../../src/persistence/query-builder.ts';
import { createTestDatabase } from '../support/database.ts';
import { openGate } from '../support/gate.ts';
import { manage } from '../support/manage.ts';
import { quiet } from '../support/quiet-log.ts';
import { ServerHere } from '../support/server-here.ts';
import { TestClient } from '../support/stream-server.ts';
import { PASSWORD, PASSWORD_HASH } from '../support/test-server.ts';
import { until } from '../support/until.ts';
import type { Command } from '../../src/commands/command.ts';
import type { Orm } from '../../src/persistence/orm.ts';
import type { TestDatabase } from '../support/database.ts';
import type { Gate } from '../support/gate.ts';

/** Far below the 25 seconds of a ping, and above what a machine that is busy with something else adds to the second. */
const WITHOUT_A_PING_MS = 10_000;
const ORIGIN = 'http://forex.test';
const DAY_MS = 86_400_000;

let database: TestDatabase;
/** Between the other copy and the database. */
let gate: Gate;
let orm: Orm;
let servers: readonly [ServerHere, ServerHere];
/** Where it is decided, and where it must hold too. */
let here: string;
let there: string;
let opened: TestClient[] = [];
let addresses = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  gate = await openGate(database.url);
  gate.open();
  orm = openOrm({ databaseUrl: database.url, log: quiet });
  const settings = { PUBLIC_URL: ORIGIN, TRUSTED_PROXIES: '127.0.0.1' };
  servers = [
    new ServerHere({ ...settings, DATABASE_URL: database.url }),
    new ServerHere({ ...settings, DATABASE_URL: gate.url }),
  ];
  [here, there] = await Promise.all([servers[0].ready, servers[1].ready]);
});

afterEach(() => {
  for (const client of opened) client.socket.terminate();
  opened = [];
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await orm.close(true);
  await gate[Symbol.asyncDispose]();
  await database.drop();
});

/** What someone is known by. */
type Way = 'session' | 'cookie' | 'key';
const WAYS: readonly Way[] = ['session', 'cookie', 'key'];

interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly address: string;
  readonly sessionId: string;
  readonly keyId: string;
  readonly tokens: Readonly<Record<Way, string>>;
}

/** A person with two sessions, one of a program and one of a browser, and an API key. */
async function addPerson(role: 'trader' | 'admin' = 'trader'): Promise<Person> {
  const [id, sessionId, keyId] = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()];
  const username = `u${randomUUID().slice(0, 12)}`;
  const email = `${username}@example.org`;
  const at = Date.now();
  const random = () => (randomUUID() + randomUUID()).replaceAll('-', '').slice(0, 43);
  const tokens = { session: random(), cookie: random(), key: `afk_${random()}` };
  await new UserStore(orm).create({ id, email, username, role, passwordHash: PASSWORD_HASH });
  for (const [stored, token] of [
    [sessionId, tokens.session],
    [randomUUIDv7(), tokens.cookie],
  ] as const)
    await new SessionStore(orm).create(
      {
        id: stored,
        userId: id,
        compared: { passwordHash: PASSWORD_HASH },
        tokenHash: hashOfToken(token),
        ipAddress: undefined,
        userAgent: undefined,
        openedAt: at,
        expiresAt: at + DAY_MS,
      },
      100,
    );
  const key = { name: 'bot', tokenEnd: tokens.key.slice(-4), scope: 'read' } as const;
  await new ApiKeyStore(orm).create(
    {
      ...key,
      id: keyId,
      userId: id,
      sessionId,
      tokenHash: hashOfToken(tokens.key),
      addressRange: undefined,
      expiresAt: undefined,
      createdAt: at,
    },
    100,
  );
  addresses += 1;
  return { id, username, email, address: `192.0.2.${addresses}`, sessionId, keyId, tokens };
}

function headersOf(person: Person, way: Way): Record<string, string> {
  const from = { 'x-forwarded-for': person.address };
  return way === 'cookie'
    ? { ...from, cookie: `session=${person.tokens.cookie}`, origin: ORIGIN }
    : { ...from, authorization: `Bearer ${person.tokens[way]}` };
}

function ask(copy: string, method: string, path: string, headers: Record<string, string>, body?: object) {
  return fetch(`${copy}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const statusOf = async (copy: string, person: Person, way: Way) =>
  (await ask(copy, 'GET', '/me', headersOf(person, way))).status;

const statusesOf = (copy: string, person: Person) =>
  Promise.all(WAYS.map((way) => statusOf(copy, person, way)));

async function openSocket(copy: string, person: Person, way: Way): Promise<TestClient> {
  const { authorization, ...headers } = headersOf(person, way);
  const client = new TestClient(`${copy.replace('http:', 'ws:')}/ws`, headers);
  opened.push(client);
  if (authorization !== undefined) {
    await once(client.socket, 'open');
    client.send({ type: 'authenticate', token: person.tokens[way] });
  }
  await client.next((frame) => frame['type'] === 'authenticated');
  return client;
}

/** Opens a socket by each way at both copies. */
async function openSockets(person: Person): Promise<readonly (readonly [Way, TestClient])[]> {
  const all = [here, there].flatMap((copy) =>
    WAYS.map(async (way) => [way, await openSocket(copy, person, way)] as const),
  );
  return Promise.all(all);
}

/** Runs a command as in a process of its own: it shares nothing with the servers but the database. */
async function command(run: Command, argv: readonly string[], input = ''): Promise<void> {
  const written = { err: '' };
  const io = {
    stdin: Readable.from([input]),
    stdout: { write: () => true },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: database.url, close: async () => undefined });
  expect([await runCommand(io, () => run.run(argv, io, open)), written.err]).toEqual([0, '']);
}

/** Waits for sockets to end without asking either copy meanwhile: there, requests are most of what this costs. */
const untilClosed = (clients: readonly TestClient[]) =>
  until(
    'the sockets are closed',
    () => clients.every(({ socket }) => socket.readyState === socket.CLOSED),
    WITHOUT_A_PING_MS,
  );

/** What is decided about a person, by an administrator or the person, here. */
type Decision = (person: Person, admin: Person) => Promise<unknown>;

async function decide(method: string, path: string, by: Person, body?: object): Promise<void> {
  const answer = await ask(here, method, path, headersOf(by, 'session'), body);
  expect([answer.status, answer.ok]).toEqual([answer.status, true]);
}

const rows = () => queryBuilder(orm);

const DECISIONS: readonly (readonly [string, readonly Way[], Decision])[] = [
  ['signing out', ['session'], (person) => decide('POST', '/auth/logout', person)],
  [
    'ending one of one’s sessions',
    ['session'],
    (person) => decide('DELETE', `/sessions/${person.sessionId}`, person),
  ],
  ['revoking a key', ['key'], (person) => decide('DELETE', `/api-keys/${person.keyId}`, person)],
  [
    'a new password of one’s own',
    ['cookie'],
    (person) =>
      decide('POST', '/me/password', person, {
        currentPassword: PASSWORD,
        newPassword: `${PASSWORD}, a new one`,
      }),
  ],
  [
    'an administrator who ends a session',
    ['session'],
    ({ sessionId }, admin) => decide('DELETE', `/admin/sessions/${sessionId}`, admin),
  ],
  [
    'an administrator who ends all sessions',
    ['session', 'cookie'],
    ({ id }, admin) => decide('DELETE', `/admin/users/${id}/sessions`, admin),
  ],
  [
    'an administrator who sets a password',
    WAYS,
    ({ id }, admin) =>
      decide('POST', `/admin/users/${id}/password`, admin, { password: `${PASSWORD}, a new one` }),
  ],
  [
    'an administrator who disables the person',
    WAYS,
    ({ id }, admin) => decide('PATCH', `/admin/users/${id}`, admin, { isActive: false }),
  ],
  [
    'an administrator who deletes the person',
    WAYS,
    async ({ id }, admin) => {
      await decide('PATCH', `/admin/users/${id}`, admin, { isActive: false });
      await decide('DELETE', `/admin/users/${id}`, admin);
    },
  ],
  [
    'an administrator who changes the role',
    WAYS,
    ({ id }, admin) => decide('PATCH', `/admin/users/${id}`, admin, { role: 'admin' }),
  ],
  ['manage sessions end', ['session'], ({ sessionId }) => command(sessionsCommand, ['end', sessionId])],
  [
    'manage users sign-out',
    ['session', 'cookie'],
    ({ username }) => command(usersCommand, ['sign-out', username]),
  ],
  [
    'manage users set-password',
    WAYS,
    ({ username }) => command(usersCommand, ['set-password', username], `${PASSWORD}, a new one\n`),
  ],
  ['manage users make-admin', WAYS, ({ username }) => command(usersCommand, ['make-admin', username])],
  [
    'manage users disable, as a process',
    WAYS,
    async ({ username }) =>
      expect(await manage(['users', 'disable', username], { DATABASE_URL: database.url })).toMatchObject({
        code: 0,
      }),
  ],
  [
    'a person disabled in the database, of which the journal says nothing',
    WAYS,
    ({ id }) => rows().updateTable('users').set({ is_active: false }).where('id', '=', id).execute(),
  ],
];

describe('at another copy of the server, within a second', () => {
  it.each(DECISIONS)('%s ends %j, and nothing else', async (_what, ended, decision) => {
    const [person, admin] = [await addPerson(), await addPerson('admin')];
    const sockets = await openSockets(person);
    // Both copies remember the tokens.
    expect([await statusesOf(here, person), await statusesOf(there, person)]).toEqual([
      [200, 200, 200],
      [200, 200, 200],
    ]);
    const startedAt = performance.now();

    await decision(person, admin);

    const wanted = WAYS.map((way) => (ended.includes(way) ? 401 : 200));
    const answers = JSON.stringify([wanted, wanted]);
    const ending = sockets.filter(([way]) => ended.includes(way)).map(([, client]) => client);
    await untilClosed(ending);
    await until(
      'both copies refuse',
      async () =>
        JSON.stringify([await statusesOf(here, person), await statusesOf(there, person)]) === answers,
      WITHOUT_A_PING_MS,
    );
    for (const { closed } of ending)
      expect(await closed).toEqual({ code: 4401, reason: 'the session has ended' });
    expect(performance.now() - startedAt).toBeLessThan(WITHOUT_A_PING_MS);
    for (const [way, { socket }] of sockets)
      if (!ended.includes(way)) expect(socket.readyState).toBe(socket.OPEN);
  });

  it.each([
    ['an address', (address: string) => address, 'an administrator'],
    ['a range', (address: string) => `${address}/32`, 'an administrator'],
    ['an address', (address: string) => address, 'manage blocked-ips'],
    ['a range', (address: string) => `${address}/32`, 'manage blocked-ips'],
  ])('blocking %s refuses it and lifting the block ends that: %#', async (_what, rangeOf, by) => {
    const [person, other, admin] = [await addPerson(), await addPerson(), await addPerson('admin')];
    const range = rangeOf(person.address);
    const [sockets, staying] = [await openSockets(person), await openSockets(other)];
    const unknown = new TestClient(`${there.replace('http:', 'ws:')}/ws`, {
      'x-forwarded-for': person.address,
    });
    await once(unknown.socket, 'open');
    const startedAt = performance.now();

    if (by === 'an administrator')
      await decide('POST', '/admin/blocked-ips', admin, { ipAddress: range, reason: 'tests' });
    else await command(blockedIpsCommand, ['block', range, '--reason', 'tests']);

    const ending = [...sockets.map(([, client]) => client), unknown];
    await untilClosed(ending);
    await until(
      'it is refused',
      async () => (await statusOf(there, person, 'key')) === 403,
      WITHOUT_A_PING_MS,
    );
    for (const { closed } of ending)
      expect(await closed).toEqual({ code: 4403, reason: 'the address was blocked' });
    expect(performance.now() - startedAt).toBeLessThan(WITHOUT_A_PING_MS);
    expect(await statusesOf(there, other)).toEqual([200, 200, 200]);
    for (const [, { socket }] of staying) expect(socket.readyState).toBe(socket.OPEN);

    const block = await rows()
      .selectFrom('blocked_ips')
      .select(['id', 'ip_address'])
      .where('ip_address', '=', range)
      .executeTakeFirstOrThrow();
    if (by === 'an administrator') await decide('DELETE', `/admin/blocked-ips/${block.id}`, admin);
    else await command(blockedIpsCommand, ['unblock', present(block.ip_address, 'the range')]);
    await until(
      'it is answered',
      async () => (await statusOf(there, person, 'key')) === 200,
      WITHOUT_A_PING_MS,
    );
  });

  it('a lock after failed sign-ins keeps the person out, until it is lifted', async () => {
    const [person, admin] = [await addPerson(), await addPerson('admin')];
    const signIn = async (copy: string, password: string) =>
      (
        await ask(
          copy,
          'POST',
          '/auth/login',
          { 'x-forwarded-for': person.address },
          {
            email: person.email,
            password,
          },
        )
      ).status;
    await until('the sign-in is locked here', async () => (await signIn(here, 'not-the-right-one')) === 429);

    expect(await signIn(there, PASSWORD)).toBe(429);
    await decide('POST', `/admin/users/${person.id}/unlock`, admin);
    expect(await signIn(there, PASSWORD)).toBe(200);
  });
});

describe('a copy of the server that does not reach the database', () => {
  it('learns what it missed within a second after it reaches it again', async () => {
    const [person, blocked] = [await addPerson(), await addPerson()];
    const session = await openSocket(there, person, 'session');
    const atBlocked = await openSocket(there, blocked, 'key');
    gate.cut();
    await command(usersCommand, ['disable', person.username]);
    await command(blockedIpsCommand, ['block', blocked.address, '--reason', 'tests']);
    expect([session, atBlocked].map(({ socket }) => socket.readyState)).toEqual([1, 1]);

    gate.open();

    expect(await session.closed).toEqual({ code: 4401, reason: 'the session has ended' });
    expect(await atBlocked.closed).toEqual({ code: 4403, reason: 'the address was blocked' });
    expect(await statusOf(there, person, 'key')).toBe(401);
    expect(await statusOf(there, blocked, 'key')).toBe(403);
  });
});
