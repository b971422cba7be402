/** `manage serving-role` on a real PostgreSQL: the role serves, and cannot change the schema. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { servingRoleCommand } from '../../src/server/serving-role-command.ts';
import { createTestDatabase } from '../support/database.ts';
import { ServerHere } from '../support/server-here.ts';
import type { TestDatabase } from '../support/database.ts';

const ROLE = `serving_${randomBytes(4).toString('hex')}`;
const PASSWORD = randomBytes(32).toString('hex');

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  const url = new URL(database.url);
  url.pathname = 'postgres';
  await database.drop();
  const connection = openPlainConnection(url.href);
  await connection.query(`drop role if exists ${ROLE}`);
  await connection.close();
});

async function makeRole(name: string, password: string, url = database.url) {
  const written = { out: '', err: '' };
  const io = {
    stdin: Readable.from([`${password}\n`]),
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url, close: async () => undefined });
  const code = await runCommand(io, () => servingRoleCommand.run([name], io, open));
  return { code, ...written };
}

function asRole(): string {
  const url = new URL(database.url);
  url.username = ROLE;
  url.password = PASSWORD;
  return url.href;
}

describe('manage serving-role', () => {
  it.each([
    ['a name with quotes', 'x"; drop table users; --', PASSWORD, /^The name has 1 to 63 lower-case/],
    ['a name of PostgreSQL', 'pg_read_all_data', PASSWORD, /^The name has/],
    ['a short password', ROLE, 'short', /^The password has 22 to 200/],
    ['no password', ROLE, '', /^The password has 22 to 200/],
  ])('refuses %s', async (_what, name, password, err) => {
    const answer = await makeRole(name, password);

    expect([answer.code > 0, answer.out]).toEqual([true, '']);
    expect(answer.err).toMatch(err);
  });

  it('makes a role that changes rows and nothing else, now and on tables that come later; again is the same', async () => {
    const made = await makeRole(ROLE, randomBytes(32).toString('hex'));
    const again = await makeRole(ROLE, PASSWORD);
    const byItself = await makeRole(`${ROLE}_x`, PASSWORD, asRole());

    expect([made.code, made.err, again.code]).toEqual([0, '', 0]);
    expect(again.out).toContain(`The role ${ROLE} may read and write rows`);
    expect(byItself.err).toMatch(/^The role of DATABASE_URL does not own the tables/);
    const owner = openPlainConnection(database.url);
    const role = openPlainConnection(asRole());
    try {
      await owner.query('create table made_later (id bigint generated always as identity, name text)');
      await role.query(`insert into made_later (name) values ('x')`);
      expect(await role.query('select name from made_later')).toEqual([{ name: 'x' }]);
      for (const refused of [
        'create table of_its_own (id int)',
        'drop table users',
        'alter table users add column x int',
        'truncate events',
        'create index on users (email)',
        'create role another',
        `insert into mikro_orm_migrations (name) values ('x')`,
        'delete from mikro_orm_migrations',
        'create or replace function pg_temp.x() returns trigger language plpgsql as $$ begin return null; end $$; create trigger t before insert on users execute function pg_temp.x()',
      ])
        await expect(role.query(refused), refused).rejects.toThrow(/permission denied|must be owner/);
    } finally {
      await role.close();
      await owner.query('drop table if exists made_later');
      await owner.close();
    }
  });

  it('refuses a role that may change the schema another way, and leaves it as it is', async () => {
    const owner = openPlainConnection(database.url);
    const able = [`${ROLE}_super`, `${ROLE}_member`];
    const passwords = () =>
      owner.query(`select rolpassword from pg_authid where rolname = any('{${able.join(',')}}') order by 1`);
    try {
      await owner.query(`create role ${able[0]} superuser`);
      await owner.query(`create role ${able[1]}`);
      await owner.query(
        `do $$ begin execute format('grant %I to ${able[1]}', (select current_user)); end $$`,
      );
      const answers = [await makeRole(able[0] ?? '', PASSWORD), await makeRole(able[1] ?? '', PASSWORD)];

      expect(answers.map(({ code, out }) => [code > 0, out])).toEqual([
        [true, ''],
        [true, ''],
      ]);
      for (const { err } of answers) expect(err).toMatch(/^That role may change the schema/);
      expect(await passwords()).toEqual([{ rolpassword: null }, { rolpassword: null }]);
    } finally {
      for (const role of able) await owner.query(`drop role ${role}`);
      await owner.close();
    }
  });

  it('lets a server start, and a person sign up and trade', async () => {
    await makeRole(ROLE, PASSWORD);
    await using server = new ServerHere({
      DATABASE_URL: asRole(),
      MIGRATION_DATABASE_URL: database.url,
      PAPER_FEED: 'synthetic?seed=1&start=2026-01-05T00:00:00Z',
    });
    const address = await server.ready;
    const ask = async (path: string, body: object, token?: string) => {
      const answer = await fetch(`${address}/api/v1${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, string> };
    };
    const person = { email: 'a@example.org', username: 'a-trader', password: 'a long enough secret' };
    const signedUp = await ask('/auth/register', person);
    const { token } = (await ask('/auth/login', { email: person.email, password: person.password })).body;
    const account = await ask(
      '/accounts',
      { name: 'Paper', environment: 'paper', currency: 'USD', initialBalance: '10000' },
      token,
    );
    const order = {
      accountId: account.body['id'],
      instrument: 'EUR_USD',
      side: 'buy',
      units: 1_000,
      type: 'market',
    };

    expect([signedUp.status, account.status]).toEqual([201, 201]);
    // Before the first price it is denied.
    await expect.poll(async () => (await ask('/orders', order, token)).status).toBe(201);
  });
});
