import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDrift } from '../../../src/migrator/inspect/drift/find-drift.ts';
import { createScratchDatabase } from '../../../src/migrator/inspect/drift/scratch-database.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase, createTestDatabase, inDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { replay } from './replayed.ts';
import { project } from '../../../src/server/schema.ts';
import { doctorCommand } from '../../../src/migrator/commands/doctor.ts';
import { manage, runOperatorCommand } from '../commands/run-operator-command.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { TestDatabase } from '../../support/database.ts';

/** What is changed by hand in one database, and what is reported of it. */
const CHANGES = [
  {
    sql: `alter table notifications drop column message, add column note text;
      create table rogue (id int primary key);
      drop table price_chunks;
      alter table users alter column first_name type varchar(20), alter column email drop not null,
        alter column timezone set default 'Asia/Tokyo';
      drop index database_backups_made_at_index;
      create index rogue_index on users (first_name);
      alter table database_backups drop constraint database_backups_size_bytes_check`,
    said: [
      'notifications.message is missing',
      'notifications.note is not ours',
      'table rogue is not ours',
      'table price_chunks is missing',
      'users.first_name is varchar(20) and should be varchar(100)',
      'users.email may be null; it must not be null',
      `users.timezone has the default "'Asia/Tokyo'::character varying"; it should have "'UTC'::character varying"`,
      'index database_backups_made_at_index of database_backups is missing',
      'index rogue_index of users is not ours',
      'constraint database_backups_size_bytes_check of database_backups is missing',
    ],
  },
  {
    sql: `update pg_index set indisvalid = false where indexrelid = 'database_backups_made_at_index'::regclass;
      alter table database_backups drop constraint database_backups_size_bytes_check,
        add constraint database_backups_size_bytes_check check (size_bytes > 0) not valid;
      alter table backfill_jobs drop constraint backfill_jobs_batch_size_check,
        add constraint backfill_jobs_batch_size_check check (batch_size > 1);
      create function rogue() returns trigger language plpgsql as 'begin return new; end';
      create trigger rogue_trigger before insert on users for each row execute function rogue();
      create type mood as enum ('good', 'bad');
      create sequence rogue_sequence`,
    said: [
      'index database_backups_made_at_index of database_backups is invalid and should be valid',
      'constraint database_backups_size_bytes_check of database_backups is not validated and should be valid',
      'constraint backfill_jobs_batch_size_check of backfill_jobs has the definition "CHECK (batch_size > 1)"; ' +
        'it should have "CHECK (batch_size > 0)"',
      'trigger rogue_trigger of users is not ours',
      'function rogue() is not ours',
      'type mood is not ours',
      'sequence rogue_sequence is not ours',
    ],
  },
];

const [FIRST, SECOND] = ['Migration20260101000001_first', 'Migration20260101000002_second'];
const names = (await readManifest(project.folder)).migrations.map(({ name }) => name);

/** Two migrations: building what all of the server's make takes long. */
let few: MigrationFolder;
beforeAll(async () => {
  few = await makeMigrationFolder({
    [FIRST]: migrationSource({ up: ['create table first (id int primary key)'] }),
    [SECOND]: migrationSource({ up: ['create table second (id int primary key)'] }),
  });
});
afterAll(() => few[Symbol.asyncDispose]());

/** Runs what needs a database of its own, because it breaks it. */
async function changed<Result>(sql: string, look: (url: string) => Promise<Result>): Promise<Result> {
  const broken = await createTestDatabase();
  try {
    await run(broken.url, sql);
    return await look(broken.url);
  } finally {
    await broken.drop();
  }
}

async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const connection = openPlainConnection(url);
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}

const scratchDatabases = async (url: string): Promise<unknown[]> => {
  const rows = await run(url, `select datname from pg_database where datname like 'auto_forex_scratch%'`);
  return rows.map(({ datname }) => datname);
};

const sentences = (differences: readonly { readonly sentence: string }[]): string[] =>
  differences.map(({ sentence }) => sentence).sort();

/** What was written into a database, and how many relations it has. */
const WRITTEN = `select sum(n_tup_ins + n_tup_upd + n_tup_del)::int as rows, (select count(*) from pg_class)::int as classes
  from pg_stat_user_tables`;

describe('drift', () => {
  it.each(CHANGES)('reports $sql', async ({ sql, said }) => {
    const report = await changed(sql, (databaseUrl) => findDrift({ ...project, databaseUrl }));

    expect(sentences(report.differences)).toEqual(said.toSorted());
  });

  describe('where the versions differ', () => {
    it('says of an older database what is pending, and compares it with what is applied', async () => {
      const older = await createEmptyDatabase();
      try {
        await replay(older.url, { folder: few.path, count: 1 });

        const report = await findDrift({ folder: few.path, databaseUrl: older.url });

        expect(report).toMatchObject({ differences: [], applied: [FIRST] });
        expect(report.notes.join(' ')).toContain(`Pending: ${SECOND}`);
      } finally {
        await older.drop();
      }
    });

    it('says of a newer database that it is unknown', async () => {
      const ahead = 'Migration20990101000000_later';
      const newer = await createEmptyDatabase();
      try {
        await replay(newer.url, { folder: few.path });
        await run(
          newer.url,
          `insert into mikro_orm_migrations (name) values ('${ahead}'); alter table first add later int`,
        );

        const report = await findDrift({ folder: few.path, databaseUrl: newer.url });

        expect(report.notes.join(' ')).toContain(ahead);
        expect(sentences(report.differences)).toEqual(['first.later is not ours']);
      } finally {
        await newer.drop();
      }
    });
  });

  it('says that nothing was recorded', async () => {
    const report = await changed('drop table mikro_orm_migrations', (databaseUrl) =>
      findDrift({ ...project, databaseUrl }),
    );

    expect(report.applied).toEqual([]);
    expect(report.notes.join(' ')).toContain('db migrate --fake-initial');
  });

  it('finds none in a fresh database, writes nothing there and leaves no database behind', async () => {
    const database = await createTestDatabase();
    try {
      const before = await scratchDatabases(database.url);
      const writtenBefore = await run(database.url, WRITTEN);

      const report = await findDrift({ ...project, databaseUrl: database.url });

      expect(report).toEqual({ differences: [], applied: names, notes: [] });
      expect(await run(database.url, WRITTEN)).toEqual(writtenBefore);
      const made = new Set(await scratchDatabases(database.url)).difference(new Set(before));
      // Those of tests that run at the same time go as well, if later.
      await expect
        .poll(async () => (await scratchDatabases(database.url)).filter((name) => made.has(name)))
        .toEqual([]);
    } finally {
      await database.drop();
    }
  });
});

describe('db doctor --drift', () => {
  /** Runs it on a database that the two migrations made and that was changed since. */
  async function doctorOfFew(sql: string, ...words: readonly string[]) {
    const database = await createEmptyDatabase();
    try {
      await replay(database.url, { folder: few.path });
      await run(database.url, sql);
      const scene = { databaseUrl: database.url, folder: few.path };
      return await runOperatorCommand(doctorCommand, ['--drift', ...words], scene);
    } finally {
      await database.drop();
    }
  }

  it('ends with 2 for a word it does not know', async () => {
    const { code, stderr } = await manage(['db', 'doctor', '--drift', '--jason'], {});

    expect(code).toBe(2);
    expect(stderr).toContain('--jason');
  });

  it('lists the differences and ends with 1', async () => {
    const { code, stdout } = await changed(
      'alter table users drop column timezone; create table rogue (id int)',
      (url) => manage(['db', 'doctor', '--drift'], { DATABASE_URL: url }),
    );

    expect(code).toBe(1);
    expect(stdout).toContain('2 differences: the database is not as its');
    expect(stdout).toContain('  users.timezone is missing\n  table rogue is not ours\n');
  });

  it('prints the same as JSON', async () => {
    const { code, stdout } = await doctorOfFew('drop table second', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      differences: [{ kind: 'table', name: 'second', problem: 'missing' }],
    });
  });

  it('ends with 0 when there is none', async () => {
    const { code, stdout } = await doctorOfFew('select 1');

    expect(code, stdout).toBe(0);
    expect(stdout).toContain('No drift');
  });
});

describe('scratch databases', () => {
  it('that a killed process left are removed after a day, and not before', async () => {
    const today = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
    const [old, recent] = [
      `auto_forex_scratch_20200101000000_${process.pid}`,
      `auto_forex_scratch_${today}_${process.pid}`,
    ];
    const url = inDatabase('postgres');
    for (const name of [old, recent]) await run(url, `create database ${name}`);
    try {
      const scratch = await createScratchDatabase(url);
      await scratch.drop();

      const left = (await run(url, 'select datname from pg_database')).map(({ datname }) => datname);
      expect(left).not.toContain(old);
      expect(left).toContain(recent);
    } finally {
      await run(url, `drop database if exists ${recent}`);
    }
  });
});

describe('with a role that may only read', () => {
  const role = `reader_${randomBytes(4).toString('hex')}`;
  let database: TestDatabase;
  let url: string;
  beforeAll(async () => {
    database = await createTestDatabase();
    await run(
      database.url,
      `create role ${role} login password 'read' connection limit 5;
       grant select on all tables in schema public to ${role}`,
    );
    const address = new URL(database.url);
    [address.username, address.password] = [role, 'read'];
    url = address.href;
  });
  afterAll(async () => {
    await database.drop();
    await run(inDatabase('postgres'), `drop role ${role}`);
  });

  it('says what to do where it may make no database', async () => {
    await expect(findDrift({ ...project, databaseUrl: url })).rejects.toMatchObject({
      type: 'database-refused',
      message: expect.stringContaining('Use a user that may create databases'),
    });
  });
});
