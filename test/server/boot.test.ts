/**
 * The whole server as a supervisor sees it: what its port answers while it starts, how it ends, and what its end says. It is a process
 * where what its end leaves open, a second signal, an exit code, or a kill is tested; else `stop` is its first signal.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { waitingForLocks } from '../support/lock-waits.ts';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { ApiClient } from '../support/api-client.ts';
import { createEmptyDatabase, createTestDatabase, withWrongPassword } from '../support/database.ts';
import { openGate } from '../support/gate.ts';
import { memoryFolder } from '../support/memory-folder.ts';
import { ServerHere } from '../support/server-here.ts';
import { ServerProcess, WARN } from '../support/server-process.ts';
import type { TestDatabase } from '../support/database.ts';

/** A port that is silent for longer than this does not answer. */
const ANSWER_DEADLINE_MS = 60_000;
/** A stop that waits for nothing takes no longer. */
const AT_ONCE_MS = 20_000;

/** What anyone who migrates holds; see migration-lock.ts. */
const MIGRATION_LOCK = '1095134567, 1';

let migrated: TestDatabase;

beforeAll(async () => {
  migrated = await createTestDatabase();
});

afterAll(() => migrated.drop());

async function ask(address: string, path: string) {
  const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(ANSWER_DEADLINE_MS) });
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: JSON.parse(await answer.text()),
  };
}

/** Asks until the phase is this one. */
async function untilPhase(address: string, phase: string): Promise<void> {
  await expect
    .poll(async () => (await ask(address, '/readyz')).body)
    .toMatchObject({ status: 'starting', phase });
}

async function expectStarting(address: string, phase: string): Promise<void> {
  expect(await ask(address, '/livez')).toMatchObject({ status: 200, body: { status: 'live' } });
  expect(await ask(address, '/readyz')).toMatchObject({
    status: 503,
    retryAfter: '2',
    body: { status: 'starting', phase },
  });
  expect(await ask(address, '/api/v1/instruments')).toMatchObject({
    status: 503,
    retryAfter: '2',
    body: { type: '/problems/not-ready', detail: `The server is starting: ${phase}.` },
  });
}

async function expectReady(address: string): Promise<void> {
  expect(await ask(address, '/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  expect(await ask(address, '/api/openapi.json')).toMatchObject({ status: 200 });
}

describe('while its database does not answer', () => {
  it('lives, says what it waits for, refuses requests, and answers them once the database is there', async () => {
    await using gate = await openGate(migrated.url);
    await using server = new ServerHere({ DATABASE_URL: gate.url });
    const address = await server.listening;

    await untilPhase(address, 'waiting for the database');
    await expectStarting(address, 'waiting for the database');

    gate.open();
    expect(await server.ready).toBe(address);
    await expectReady(address);
  });

  it('stops at once on a signal', async () => {
    await using gate = await openGate(migrated.url);
    await using server = new ServerProcess({ DATABASE_URL: gate.url });
    await untilPhase(await server.listening, 'waiting for the database');
    const stoppedAt = performance.now();

    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });

    expect(performance.now() - stoppedAt).toBeLessThan(AT_ONCE_MS);
    expect(server.errors).toEqual([]);
  });

  it('keeps trying while nothing listens, and stops on a signal', async () => {
    const nowhere = new URL(migrated.url);
    // Nothing listens there: it is reserved.
    nowhere.port = '1';
    await using server = new ServerHere({ DATABASE_URL: nowhere.href });
    await expect.poll(() => server.said('the database does not answer yet').length).toBe(1);
    await expectStarting(await server.listening, 'waiting for the database');

    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('while another process migrates', () => {
  it('says so, refuses requests, and continues when that one is done', async () => {
    const database = await createEmptyDatabase();
    const other = openPlainConnection(database.url);
    await other.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await using server = new ServerHere({ DATABASE_URL: database.url });
    const address = await server.listening;

    await untilPhase(address, 'waiting for the migration lock');
    await expectStarting(address, 'waiting for the migration lock');
    expect((await ask(address, '/readyz')).body).toMatchObject({
      blockedBy: expect.stringMatching(/process \d+/),
    });

    await other.close();
    await server.ready;
    await expectReady(address);
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    await database.drop();
  });

  it('stops on a signal, and has changed nothing', async () => {
    const database = await createEmptyDatabase();
    const other = openPlainConnection(database.url);
    await other.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await using server = new ServerHere({ DATABASE_URL: database.url });
    await untilPhase(await server.listening, 'waiting for the migration lock');

    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });

    expect(await other.query(`select to_regclass('users') as users`)).toEqual([{ users: null }]);
    await other.close();
    await database.drop();
  });
});

describe('while it migrates', () => {
  it('rolls back on a signal, and ends with 143', async () => {
    const database = await createEmptyDatabase();
    const other = openPlainConnection(database.url);
    // The first migration makes a table of this name, and waits for what becomes of this one.
    await other.query('begin');
    await other.query('create table users (id int)');
    await using server = new ServerProcess({ DATABASE_URL: database.url });
    await untilPhase(await server.listening, 'migrating');
    await whenWaitingForLock(database.url);

    expect(await server.kill('SIGTERM')).toMatchObject({ code: 143, stderr: '' });

    await other.query('rollback');
    expect(await other.query(`select from pg_class where relname in ('users', 'user_sessions')`)).toEqual([]);
    await other.close();
    await database.drop();
  });
});

describe('MIGRATIONS=only', () => {
  it('migrates, binds no port and ends with 0; MIGRATIONS=off then serves what it finds', async () => {
    const database = await createEmptyDatabase();
    await using migrating = new ServerHere({ DATABASE_URL: database.url, MIGRATIONS: 'only' });

    expect(await migrating.ended).toMatchObject({ code: 0, stderr: '' });

    expect(migrating.lines.map(({ msg }) => msg)).toContain('the database has the schema of this version');
    expect(migrating.lines.filter(({ msg }) => msg.includes('listening'))).toEqual([]);
    await using serving = new ServerHere({ DATABASE_URL: database.url, MIGRATIONS: 'off' });
    await expectReady(await serving.ready);
    expect(serving.said('migration applied')).toEqual([]);
    expect(await serving.stop()).toMatchObject({ code: 0 });
    await database.drop();
  });
});

describe('on a signal to stop', () => {
  it('answers what it has begun, and ends with 0 and nothing to complain of', async () => {
    await using server = new ServerHere({ DATABASE_URL: migrated.url });
    const person = await ApiClient.signUp(await server.ready);
    const { id } = await person.get<{ id: string }>('/me');
    const blocker = openPlainConnection(migrated.url);
    await blocker.query('begin');
    await blocker.query(`select from users where id = '${id}' for no key update`);
    const changing = person.patch<{ firstName: string }>('/me', { body: { firstName: 'Ada' } });
    await whenWaitingForLock(migrated.url);

    const ended = server.stop();
    await expect.poll(() => server.said('stopping').length).toBe(1);
    await blocker.query('commit');

    expect(await changing).toMatchObject({ firstName: 'Ada' });
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(server.lines.filter(({ level }) => level >= WARN)).toEqual([]);
    await blocker.close();
  });

  it('ends at once on a second signal', async () => {
    await using server = new ServerProcess({ DATABASE_URL: migrated.url });
    const person = await ApiClient.signUp(await server.ready);
    const { id } = await person.get<{ id: string }>('/me');
    const blocker = openPlainConnection(migrated.url);
    await blocker.query('begin');
    await blocker.query(`select from users where id = '${id}' for no key update`);
    const changing = person.patch('/me', { body: { firstName: 'Ada' } }).catch(() => 'cut off');
    await whenWaitingForLock(migrated.url);

    void server.kill('SIGTERM');
    await expect.poll(() => server.said('stopping').length).toBe(1);

    expect(await server.kill('SIGTERM')).toMatchObject({ code: 1 });
    expect(await changing).toBe('cut off');
    await blocker.close();
  });
});

describe('settings it cannot start with', () => {
  it('are all named in one message, without the values of secrets, and the process ends with 78', async () => {
    await using server = new ServerProcess({
      DATABASE_URL: 'not-a-database:hidden-secret',
      PORT: '99999',
      LOG_LEVEL: 'loud',
      MIGRATIONS: 'sometimes',
      PUBLIC_URL: 'forex.example.org',
      TRUSTED_PROXIES: '10.0.0.0/8,everything',
      PAPER_FEED: 'synthetic?speed=fast',
    });

    const { code, stdout, stderr } = await server.ended;

    expect(code).toBe(78);
    const said = stdout + stderr;
    for (const name of [
      'DATABASE_URL',
      'PORT',
      'LOG_LEVEL',
      'MIGRATIONS',
      'PUBLIC_URL',
      'TRUSTED_PROXIES',
      'PAPER_FEED',
    ])
      expect(said).toContain(name);
    expect(said.trim().split('\n')).toHaveLength(1);
    expect(said).not.toContain('hidden-secret');
  });

  it('include a file of prices that is not there, by its name', async () => {
    await using server = new ServerHere({
      DATABASE_URL: migrated.url,
      PAPER_FEED: 'replay:/nowhere/EUR_USD-quotes.csv',
    });

    const { code, stdout } = await server.ended;

    expect(code).toBe(78);
    expect(stdout).toContain('/nowhere/EUR_USD-quotes.csv');
  });

  it('include a wrong password: it ends with 11 without trying again and does not repeat it', async () => {
    const wrong = withWrongPassword(migrated.url, 'hidden-secret');
    await using server = new ServerHere({ DATABASE_URL: wrong });

    const { code, stdout, stderr } = await server.ended;

    expect(code).toBe(11);
    // Asked again, it would say that it waits.
    expect(server.said('the database does not answer yet')).toEqual([]);
    expect(stdout).toContain('The password is wrong. Correct the user or the password in DATABASE_URL.');
    expect(stdout + stderr).not.toContain('hidden-secret');
  });

  it('include a port that another program has: it says which one and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await using server = new ServerHere({ DATABASE_URL: migrated.url, PORT: String(port) });

    const { code, stdout } = await server.ended;

    expect(code).toBe(78);
    expect(stdout).toContain(`127.0.0.1:${port} cannot be listened on: another program listens there.`);
    other.close();
  });
});

describe('without DATABASE_URL', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(await memoryFolder(), 'auto-forex-boot-'));
    // Run by root, PostgreSQL is another user and must get in.
    await chmod(folder, 0o711);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('runs a PostgreSQL of its own, alone in its folder, and keeps its data over a stop and over a kill', async () => {
    // With the packages as they are installed.
    await using first = new ServerProcess({ DATA_DIRECTORY: folder, NODE_OPTIONS: '' });
    const person = await ApiClient.signUp(await first.ready);
    const me = await person.get('/me');

    await using second = new ServerHere({ DATA_DIRECTORY: folder });
    const refused = await second.ended;
    expect(refused.code).toBe(11);
    expect(refused.stdout).toContain(`A server already runs here: process ${first.pid}`);
    expect(await person.get('/me')).toEqual(me);

    expect(await first.kill('SIGTERM')).toMatchObject({ code: 0, stderr: '' });
    await using third = new ServerProcess({ DATA_DIRECTORY: folder });
    expect(await person.at(await third.ready).get('/me')).toEqual(me);

    await third.kill('SIGKILL');
    await using fourth = new ServerHere({ DATA_DIRECTORY: folder });
    expect(await person.at(await fourth.ready).get('/me')).toEqual(me);
    expect(await fourth.stop()).toMatchObject({ code: 0, stderr: '' });
    for (const server of [first, third, fourth]) expect(server.errors).toEqual([]);
  });
});

/** Waits until a statement in the database waits for a locked row. */
async function whenWaitingForLock(databaseUrl: string): Promise<void> {
  const connection = openPlainConnection(databaseUrl);
  await expect.poll(() => waitingForLocks(connection.query)).toBe(1);
  await connection.close();
}
