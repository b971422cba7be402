/** What a server does about its schema when it starts: migrates and reports its progress, waits, refuses, holds. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { present } from '../../src/core/shared/assert.ts';
import { createReadingRole } from '../migrator/commands/reading-role.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { makeMigrationFolder, migrationSource, ownMigrations } from '../support/migration-folder.ts';
import type { MigrationFolder, MigrationText } from '../support/migration-folder.ts';
import { ServerHere } from '../support/server-here.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let connection: PlainConnection;
/** The migrations of the next version of the server. */
let next: MigrationFolder | undefined;
/** Those of this one. */
let own: Readonly<Record<string, string>>;
/** Migrations after every one of this version. */
const LATER = 'Migration20990101000000_later';
const LAST = 'Migration20990101000001_last';

beforeAll(async () => {
  own = await ownMigrations();
});

beforeEach(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await connection.close();
  await database.drop();
  await next?.[Symbol.asyncDispose]();
  next = undefined;
});

/** Makes the next version of the server this one with these migrations behind its own. */
async function makeNext(migrations: Readonly<Record<string, MigrationText>>): Promise<void> {
  const later = Object.entries(migrations).map(([name, text]) => [name, migrationSource(text)] as const);
  next = await makeMigrationFolder({ ...own, ...Object.fromEntries(later) });
}

/** Starts this version. */
const serve = (settings: Readonly<Record<string, string>> = {}, folder?: string) =>
  new ServerHere({ DATABASE_URL: database.url, BACKUP_BEFORE_MIGRATE: 'off', ...settings }, folder);

/** Starts the next version. */
const serveNext = (settings: Readonly<Record<string, string>> = {}) =>
  serve(settings, present(next, 'the next version').path);

async function ask(address: string, path: string) {
  const answer = await fetch(`${address}${path}`);
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

const readiness = async (address: string) => (await ask(address, '/readyz')).body;

const applied = async () =>
  (await connection.query('select name from mikro_orm_migrations order by id')).map(({ name }) => name);

const isThere = async (table: string) =>
  (await connection.query(`select to_regclass('${table}') is not null as found`))[0]?.['found'];

const SLOW: MigrationText = {
  up: ['create table slow (id int)', 'select pg_sleep(600)'],
  down: ['drop table slow'],
};

describe('while it migrates', () => {
  it('is alive, reports which migration runs and what blocks it, refuses requests and sockets, and then serves', async () => {
    await makeNext({
      [LATER]: { up: ['create table later (id int)'], down: ['drop table later'] },
      [LAST]: {
        up: ['create table last (id int)', 'select pg_advisory_xact_lock(42)'],
        down: ['drop table last'],
      },
    });
    await connection.query('select pg_advisory_lock(42)');
    await using server = serveNext();
    const address = await server.listening;

    await expect
      .poll(() => readiness(address))
      .toMatchObject({
        status: 'starting',
        phase: 'migrating',
        migration: LAST,
        index: 2,
        total: 2,
        blockedBy: expect.stringContaining('process'),
      });
    expect(await ask(address, '/livez')).toMatchObject({ status: 200 });
    expect(await ask(address, '/api/v1/instruments')).toMatchObject({ status: 503 });
    expect(await socketIsRefused(address)).toBe(true);
    expect([await isThere('later'), await isThere('last')]).toEqual([true, false]);

    await connection.query('select pg_advisory_unlock(42)');
    await server.ready;
    expect((await applied()).slice(-2)).toEqual([LATER, LAST]);
  });

  it('on a signal, rolls back what runs and ends with 143', async () => {
    await makeNext({ [LATER]: SLOW });
    await using server = serveNext();
    await expect
      .poll(async () => readiness(await server.listening))
      .toMatchObject({ phase: 'migrating', migration: LATER });

    // Without a roll-back it would run for ten minutes.
    expect(await server.stop()).toMatchObject({ code: 143 });

    expect(await isThere('slow')).toBe(false);
    expect(
      await connection.query(
        `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`,
      ),
    ).toEqual([]);
  });

  it('gives up with 12 when the lock stays taken, and says who holds it', async () => {
    await makeNext({ [LATER]: { up: ['create table later (id int)'], down: [] } });
    await connection.query(`select pg_advisory_lock(x'41466d67'::int, 1)`);
    await using server = serveNext({ MIGRATION_LOCK_WAIT_SECONDS: '1' });

    expect(await server.ended).toMatchObject({ code: 12, stdout: expect.stringMatching(/process \d+/) });
  });
});

describe('a migration that fails', () => {
  const needsRoom: MigrationText = {
    up: ['create unique index only_one on room (id)'],
    down: ['drop index only_one'],
  };

  it('ends the server with 13 and names file, statement and SQLSTATE', async () => {
    await makeNext({ [LATER]: needsRoom });
    await using server = serveNext();

    const { code, stdout } = await server.ended;

    expect(code).toBe(13);
    expect(stdout).toMatch(new RegExp(`${LATER}.*42P01`));
    expect(stdout).toContain('create unique index only_one');
  });

  it('is held for a person when that is wanted, and the server continues once the database is fixed', async () => {
    await connection.query('create table room (id int)');
    await connection.query('insert into room values (1), (1)');
    await makeNext({ [LATER]: needsRoom });
    await using server = serveNext({ MIGRATIONS_ON_FAILURE: 'hold' });
    const address = await server.listening;

    await expect
      .poll(() => readiness(address))
      .toMatchObject({ status: 'failed', reason: expect.stringContaining('23505') });
    expect(await ask(address, '/livez')).toMatchObject({ status: 200 });
    expect(await ask(address, '/api/v1/instruments')).toMatchObject({ status: 503 });

    await connection.query('truncate room');
    await using fixing = serveNext({ MIGRATIONS: 'only' });
    expect(await fixing.ended).toMatchObject({ code: 0 });
    await server.ready;
    expect(await ask(address, '/readyz')).toMatchObject({ status: 200 });
  });

  it('is held no longer than allowed, and on a signal the server stops', async () => {
    await makeNext({ [LATER]: needsRoom });
    await using short = serveNext({ MIGRATIONS_ON_FAILURE: 'hold', MIGRATIONS_HOLD_SECONDS: '1' });
    await using long = serveNext({ MIGRATIONS_ON_FAILURE: 'hold' });

    expect(await short.ended).toMatchObject({ code: 13 });
    await expect.poll(async () => readiness(await long.listening)).toMatchObject({ status: 'failed' });
    expect(await long.stop()).toMatchObject({ code: 0 });
  });
});

describe('MIGRATIONS', () => {
  const later: MigrationText = { up: ['create table later (id int)'], down: ['drop table later'] };

  it('check refuses to serve a database that lacks migrations, and serves one that does not', async () => {
    await makeNext({ [LATER]: later });
    await using refused = serveNext({ MIGRATIONS: 'check' });
    await using served = serve({ MIGRATIONS: 'check' });

    expect(await refused.ended).toMatchObject({ code: 18, stdout: expect.stringContaining(LATER) });
    expect(await isThere('later')).toBe(false);
    expect((await ask(await served.ready, '/readyz')).status).toBe(200);
  });

  it('wait waits until another copy has migrated', async () => {
    await makeNext({ [LATER]: later });
    await using waiting = serveNext({ MIGRATIONS: 'wait' });
    await expect
      .poll(async () => readiness(await waiting.listening))
      .toMatchObject({ phase: 'waiting for migrations' });
    expect(await isThere('later')).toBe(false);

    await using migrating = serveNext({ MIGRATIONS: 'only' });
    expect(await migrating.ended).toMatchObject({ code: 0 });

    await waiting.ready;
    expect(waiting.said('migration applied')).toEqual([]);
  });
});

describe('a database that is newer than the server', () => {
  const adds: MigrationText = { up: ['create table later (id int)'], down: ['drop table later'] };
  const takesAway: MigrationText = { ...adds, phase: 'contract' };

  async function migrateWith(text: MigrationText): Promise<void> {
    await makeNext({ [LATER]: text });
    await using server = serveNext({ MIGRATIONS: 'only', CONTRACT: 'auto' });
    expect(await server.ended).toMatchObject({ code: 0 });
    expect(await isThere('later')).toBe(true);
  }

  it('is served with a warning when it is ahead by expands only', async () => {
    await migrateWith(adds);
    await using server = serve();

    expect((await ask(await server.ready, '/readyz')).status).toBe(200);
    expect(server.lines.some((line) => line.level === 40 && JSON.stringify(line).includes(LATER))).toBe(true);
  });

  it('is refused with 14 when a contract is ahead, unless that is allowed', async () => {
    await migrateWith(takesAway);
    await using refused = serve();
    await using allowed = serve({ MIGRATIONS_ALLOW_AHEAD: 'true' });

    expect(await refused.ended).toMatchObject({ code: 14, stdout: expect.stringContaining(LATER) });
    expect((await ask(await allowed.ready, '/readyz')).status).toBe(200);
  });
});

describe('a contract that runs while a server starts', () => {
  it('did not see that server, which waits for it, looks again and ends with 14', async () => {
    await connection.query(`select pg_advisory_lock(x'41466d67'::int, 2)`);
    await using server = serve();
    await expect
      .poll(async () => readiness(await server.listening))
      .toMatchObject({ phase: 'starting accounts' });

    await connection.query(`insert into mikro_orm_migrations (name, phase) values ('${LATER}', 'contract')`);
    await connection.query(`select pg_advisory_unlock(x'41466d67'::int, 2)`);

    expect(await server.ended).toMatchObject({ code: 14, stdout: expect.stringContaining(LATER) });
  });
});

describe('migrations that are not those that were applied', () => {
  it('are refused in production with 15, and logged otherwise', async () => {
    await connection.query(
      `update mikro_orm_migrations set checksum = repeat('0', 64) where name like '%_backtests'`,
    );
    await using production = serve({ NODE_ENV: 'production' });
    await using development = serve();

    expect(await production.ended).toMatchObject({ code: 15, stdout: expect.stringContaining('_backtests') });
    expect((await ask(await development.ready, '/readyz')).status).toBe(200);
  });

  it('are refused with 17 when the manifest lists other files', async () => {
    await makeNext({ [LATER]: { up: ['select 1'], down: [] } });
    await present(next, 'the next version').remove(LATER);
    await using server = serveNext();

    expect(await server.ended).toMatchObject({
      code: 17,
      stdout: expect.stringContaining(`${LATER}.ts is missing`),
    });
  });
});

describe('BACKUP_BEFORE_MIGRATE=required', () => {
  it('refuses with 16 to migrate rows without a fresh backup, and continues with one', async () => {
    await makeNext({ [LATER]: { up: ['create table later (id int)'], down: [] } });
    vi.stubEnv('PATH', '/nowhere');
    const settings = { BACKUP_BEFORE_MIGRATE: 'required' };
    await using refused = serveNext(settings);

    expect(await refused.ended).toMatchObject({ code: 16 });
    expect(await isThere('later')).toBe(false);

    await connection.query(
      `insert into database_backups (location, size_bytes, sha256) values ('somewhere', 1, repeat('0', 64))`,
    );
    await using server = serveNext(settings);
    await server.ready;
    expect(await isThere('later')).toBe(true);
  });
});

describe('contracts', () => {
  it('wait at a start, and run with CONTRACT=auto when nothing stands in their way', async () => {
    await makeNext({
      [LATER]: { up: ['drop table account_states'], down: [], phase: 'contract' },
    });
    await using manual = serveNext({ MIGRATIONS: 'only' });
    expect(await manual.ended).toMatchObject({ code: 0 });
    expect(await isThere('account_states')).toBe(true);

    await using older = serve();
    await older.ready;
    await using blocked = serveNext({ MIGRATIONS: 'only', CONTRACT: 'auto' });
    expect(await blocked.ended).toMatchObject({ code: 0 });
    expect(await isThere('account_states')).toBe(true);

    expect(await older.stop()).toMatchObject({ code: 0 });
    await using auto = serveNext({ MIGRATIONS: 'only', CONTRACT: 'auto' });
    expect(await auto.ended).toMatchObject({ code: 0 });
    expect(await isThere('account_states')).toBe(false);
  });
});

describe('a contract that this version needs', () => {
  it('waits for the copy of an older version, and runs by itself in a held server when that has ended', async () => {
    await makeNext({
      [LATER]: { up: ['drop table account_states'], down: [], phase: 'contract' },
      [LAST]: {
        up: ['create table account_states (id int)'],
        down: [],
        statics: [`static override readonly requires = ['${LATER}'];`],
      },
    });
    await using older = serve();
    await older.ready;
    await using refused = serveNext({ MIGRATIONS: 'only' });
    expect(await refused.ended).toMatchObject({
      code: 19,
      stdout: expect.stringContaining('Stop those copies'),
    });
    await using held = serveNext({ MIGRATIONS_ON_FAILURE: 'hold' });
    await expect
      .poll(async () => readiness(await held.listening))
      .toMatchObject({ status: 'failed', reason: expect.stringContaining(`requires the contract ${LATER}`) });

    expect(await older.stop()).toMatchObject({ code: 0 });
    await until('it continues', async () => (await applied()).includes(LAST));
  });

  it('keeps the server held when it fails once the older copy has ended, with the new reason', async () => {
    await connection.query('create view states as select * from account_states');
    await makeNext({
      [LATER]: { up: ['drop table account_states'], down: [], phase: 'contract' },
      [LAST]: {
        up: ['select 1'],
        down: [],
        statics: [`static override readonly requires = ['${LATER}'];`],
      },
    });
    await using older = serve();
    await older.ready;
    await using held = serveNext({ MIGRATIONS_ON_FAILURE: 'hold' });
    const address = await held.listening;
    await expect
      .poll(() => readiness(address))
      .toMatchObject({ status: 'failed', reason: expect.stringContaining('requires the contract') });

    expect(await older.stop()).toMatchObject({ code: 0 });

    await expect
      .poll(() => readiness(address))
      .toMatchObject({ status: 'failed', reason: expect.stringMatching(/2BP01|depend/) });
    expect(await ask(address, '/livez')).toMatchObject({ status: 200 });
  });
});

describe('MIGRATION_DATABASE_URL', () => {
  it('with a wrong password ends the server with 11, and is named without it', async () => {
    const role = await createReadingRole(connection, database.url);
    const wrong = Object.assign(new URL(role.url), { password: 'secret-but-wrong' }).href;
    await using server = serve({ MIGRATION_DATABASE_URL: wrong });

    const { code, stdout } = await server.ended;
    await role.drop();

    expect(code).toBe(11);
    expect(stdout).toMatch(/Correct the user or the password in MIGRATION_DATABASE_URL/);
    expect(stdout).not.toContain('secret-but-wrong');
  });

  it('of a user that may not change the schema ends it with 11 and says which right is missing', async () => {
    await makeNext({ [LATER]: { up: ['create table later (id int)'], down: [] } });
    const role = await createReadingRole(connection, database.url);
    await connection.query(`grant select on mikro_orm_migrations to ${role.name}`);
    await connection.query('drop index mikro_orm_migrations_name_unique');
    await using server = serveNext({ MIGRATION_DATABASE_URL: role.url });

    const { code, stdout } = await server.ended;
    await role.drop();

    expect({ code, stdout }).toEqual({
      code: 11,
      stdout: expect.stringMatching(/lacks a right: must be owner of table mikro_orm_migrations/),
    });
  });

  it('that leads to another database ends it with 78, and nothing is changed there', async () => {
    const empty = await createEmptyDatabase();
    await using server = serve({ MIGRATION_DATABASE_URL: empty.url });

    const { code, stdout } = await server.ended;
    const there = openPlainConnection(empty.url);
    const tables = await there.query(`select from pg_class where relnamespace = 'public'::regnamespace`);
    await there.close();
    await empty.drop();

    expect({ code, stdout }).toEqual({
      code: 78,
      stdout: expect.stringMatching(/MIGRATION_DATABASE_URL leads to database/),
    });
    expect(tables).toEqual([]);
  });
});

function socketIsRefused(address: string): Promise<boolean> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`);
  return new Promise((resolve) => {
    socket.once('error', () => resolve(true));
    socket.once('open', () => resolve(false));
  });
}
