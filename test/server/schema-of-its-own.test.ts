/** A server whose connection works in another schema than `public`: it is migrated, served and examined there. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/database.ts';
import { manage } from '../support/manage.ts';
import { quiet } from '../support/quiet-log.ts';
import { ServerHere } from '../support/server-here.ts';
import type { PlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let owner: PlainConnection;
let roles: string[];

beforeEach(async () => {
  await work(await createEmptyDatabase());
});

afterEach(stop);

/** Makes this the database of the test, with a second schema. */
async function work(on: TestDatabase): Promise<void> {
  database = on;
  owner = openPlainConnection(database.url);
  await owner.query('create schema app');
  roles = [];
}

async function stop(): Promise<void> {
  for (const role of roles) await owner.query(`drop owned by ${role} cascade; drop role ${role}`);
  await owner.close();
  await database.drop();
}

/** Returns the address of a role that works in these schemas. */
async function roleWith(path: string, rights: string): Promise<string> {
  const role = `works_${randomBytes(6).toString('hex')}`;
  await owner.query(
    `create role ${role} login password 'word'; alter role ${role} set search_path = ${path}`,
  );
  await owner.query(`grant ${rights} on schema app to ${role}`);
  roles.push(role);
  return Object.assign(new URL(database.url), { username: role, password: 'word' }).href;
}

const withOptions = (options: string): string => {
  const url = new URL(database.url);
  url.searchParams.set('options', options);
  return url.href;
};

async function tablesBySchema(): Promise<Record<string, number>> {
  const rows = await owner.query(
    `select relnamespace::regnamespace::text as schema, count(*) as tables from pg_class
      where relkind = 'r' and relnamespace in ('app'::regnamespace, 'public'::regnamespace) group by 1`,
  );
  return Object.fromEntries(rows.map(({ schema, tables }) => [schema, Number(tables)]));
}

const serve = (environment: Readonly<Record<string, string>>) =>
  new ServerHere({ BACKUP_BEFORE_MIGRATE: 'off', ...environment });

async function expectServed(environment: Readonly<Record<string, string>>): Promise<void> {
  await using server = serve(environment);
  const address = await server.ready;

  expect((await fetch(`${address}/readyz`)).status).toBe(200);
  const orm = openOrm({ databaseUrl: environment['DATABASE_URL'] ?? '', log: quiet });
  const [events] = await orm.em.fork().execute('select count(*)::int as rows from events');
  const [copies] = await orm.em.fork().execute('select count(*)::int as rows from app_instances');
  await orm.close(true);
  expect(events).toEqual({ rows: expect.any(Number) });
  expect(copies).toEqual({ rows: 1 });
}

describe('a role whose search path is another schema', () => {
  it('is migrated, served, and examined there, and finds nothing pending', async () => {
    const DATABASE_URL = await roleWith('app', 'all');
    await expectServed({ DATABASE_URL });

    expect(await tablesBySchema()).toEqual({ app: expect.any(Number) });

    await expect(manage(['db', 'status', '--check'], { DATABASE_URL })).resolves.toMatchObject({ code: 0 });
    expect(await manage(['db', 'doctor'], { DATABASE_URL })).toMatchObject({
      stdout: expect.not.stringMatching(/^\W*fail/m),
    });
  });

  it('has no drift compared with what its migrations make on a scratch database', async () => {
    const DATABASE_URL = withOptions('-c search_path=app');
    await using only = serve({ DATABASE_URL, MIGRATIONS: 'only' });
    expect(await only.ended).toMatchObject({ code: 0 });

    expect(await manage(['db', 'doctor', '--drift'], { DATABASE_URL })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^No drift/),
    });
  });
});

describe('options in the address', () => {
  it.each(['-c search_path=app', '-c search_path=app,\\ public -c work_mem=8MB'])(
    'decide it too: %s',
    async (options) => {
      await expectServed({ DATABASE_URL: withOptions(options) });

      expect(await tablesBySchema()).toEqual({ app: expect.any(Number) });
    },
  );
});

describe('MIGRATION_DATABASE_URL of a role that works elsewhere', () => {
  it('migrates where the server works', async () => {
    const DATABASE_URL = await roleWith('app', 'usage');
    const MIGRATION_DATABASE_URL = await roleWith('public', 'all');
    await using server = serve({ DATABASE_URL, MIGRATION_DATABASE_URL, MIGRATIONS: 'only' });

    expect(await server.ended).toMatchObject({ code: 0 });

    expect(await tablesBySchema()).toEqual({ app: expect.any(Number) });
    expect(await manage(['db', 'status', '--check'], { DATABASE_URL, MIGRATION_DATABASE_URL })).toMatchObject(
      { code: 0 },
    );
  });
});

describe('a schema that was not migrated, while another was', () => {
  beforeEach(async () => {
    await stop();
    await work(await createTestDatabase());
  });

  it.each(['app', 'app, public'])(
    'is refused with 78, and no second copy is made (search_path = %s)',
    async (path) => {
      const before = await tablesBySchema();

      await using server = serve({ DATABASE_URL: await roleWith(path, 'all') });

      expect(await server.ended).toMatchObject({
        code: 78,
        stdout: expect.stringMatching(
          /works in schema \\"app\\".*applied in schema \\"public\\".*Nothing was done.*search_path of the user of DATABASE_URL/,
        ),
      });
      expect(before).toEqual({ public: expect.any(Number) });
      expect(await tablesBySchema()).toEqual(before);
    },
  );

  it('is refused with what helps, where the path comes with the address', async () => {
    const helps = /search_path of the user of DATABASE_URL, or that in the address/;

    await using options = serve({ DATABASE_URL: withOptions('-c search_path=app') });
    expect(await options.ended).toMatchObject({ code: 78, stdout: expect.stringMatching(helps) });

    const served = await roleWith('app', 'all');
    await using two = serve({ DATABASE_URL: served, MIGRATION_DATABASE_URL: database.url });
    expect(await two.ended).toMatchObject({ code: 78, stdout: expect.stringMatching(helps) });

    const role = new URL(served).username;
    await owner.query(`alter role ${role} set search_path = "public"`);
    await using fixed = serve({
      DATABASE_URL: served,
      MIGRATION_DATABASE_URL: database.url,
      MIGRATIONS: 'only',
    });
    expect(await fixed.ended).toMatchObject({ code: 0 });
  });

  it('is refused with 78 when no schema of the path exists', async () => {
    await using server = serve({ DATABASE_URL: withOptions('-c search_path=nowhere') });

    expect(await server.ended).toMatchObject({
      code: 78,
      stdout: expect.stringMatching(/No schema of search_path \(nowhere\) exists/),
    });
  });
});

describe('without any of that', () => {
  it('all is in public, as ever', async () => {
    await expectServed({ DATABASE_URL: database.url });

    expect(await tablesBySchema()).toEqual({ public: expect.any(Number) });
  });
});
