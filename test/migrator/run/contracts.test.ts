/** Contracts that are asked for by name: they run only when nothing needs any more what they remove. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrateDatabase } from '../../../src/migrator/run/migrate-database.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { copyDatabase, createDatabaseBesideFolder, createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { QuietMigrator } from '../../support/migrator.ts';

const ADD = 'Migration20990101000001_add_note';
const DROP_NOTE = 'Migration20990101000002_drop_note';
const DROP_TABLE = 'Migration20990101000003_drop_table';
const AFTER = 'Migration20990101000004_after';

/** With the server's own tables, which show which copies run. */
let original: TestDatabase;
let database: TestDatabase;
let connection: PlainConnection;
let folder: MigrationFolder;
let opened: QuietMigrator;

beforeAll(async () => {
  original = await createDatabaseBesideFolder();
});

afterAll(() => original.drop());

beforeEach(async () => {
  database = await copyDatabase(original);
  connection = openPlainConnection(database.url);
  folder = await makeMigrationFolder({
    [ADD]: migrationSource({ up: ['create table noted (id int, note text)'] }),
    [DROP_NOTE]: migrationSource({ up: ['alter table noted drop column note'], phase: 'contract' }),
    [DROP_TABLE]: migrationSource({
      up: ['drop table noted'],
      phase: 'contract',
      statics: [`static override readonly requires = ['${DROP_NOTE}'];`],
    }),
    [AFTER]: migrationSource({ up: ['create table after (id int)'] }),
  });
  opened = openQuietMigrator(database.url, folder.path);
  await opened.migrator.up();
});

afterEach(async () => {
  await opened.close();
  await folder[Symbol.asyncDispose]();
  await connection.close();
  await database.drop();
});

const recorded = async () => {
  const rows = await connection.query(
    `select name from mikro_orm_migrations where name like 'Migration2099%' order by id`,
  );
  return rows.map(({ name }) => name);
};

describe('a contract', () => {
  it('waits on a database that was migrated to a target from nothing, because it may be in use since', async () => {
    const empty = await createEmptyDatabase();
    await using there = openQuietMigrator(empty.url, folder.path);
    expect((await there.migrator.up({ to: ADD })).map(({ name }) => name)).toEqual([ADD]);

    expect((await there.migrator.up()).map(({ name }) => name)).toEqual([AFTER]);

    await there.close();
    await empty.drop();
  });

  it('is refused while an older copy of the server runs, and runs when it is gone', async () => {
    await connection.query(
      `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '0.9.0', '${ADD}', 'old-copy', 7)`,
    );

    await expect(opened.migrator.up(DROP_NOTE)).rejects.toMatchObject({
      type: 'contract-refused',
      message: expect.stringMatching(/drop_note removes what is still needed: .*old-copy/),
    });
    expect(await recorded()).toEqual([ADD, AFTER]);

    await connection.query('update app_instances set stopped_at = now()');
    expect((await opened.migrator.up(DROP_NOTE)).map(({ name }) => name)).toEqual([DROP_NOTE]);
  });

  it('that is the target brings those on its way with it, which it may require', async () => {
    expect((await opened.migrator.up({ to: 'drop_table' })).map(({ name }) => name)).toEqual([
      DROP_NOTE,
      DROP_TABLE,
    ]);
  });

  it('is refused without what it requires', async () => {
    await expect(opened.migrator.up(DROP_TABLE)).rejects.toMatchObject({
      type: 'migrations-pending',
      facts: { migration: DROP_TABLE, requires: [DROP_NOTE] },
    });
  });

  it('is not on the way to a target that is none', async () => {
    expect(await opened.migrator.up({ to: AFTER })).toEqual([]);
    expect(await recorded()).toEqual([ADD, AFTER]);
  });

  it('waits for another start when an older copy starts just before it would run', async () => {
    const holder = openPlainConnection(database.url);
    await holder.query(`select pg_advisory_lock(x'41466d67'::int, 1)`);
    const log = collectLog();
    let beginning: Promise<unknown> | undefined;
    const begin = async () => {
      await connection.query(
        `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '0.9.0', '${ADD}', 'old-copy', 7)`,
      );
      await holder.close();
    };

    const outcome = await migrateDatabase({
      databaseUrl: database.url,
      folder: folder.path,
      log,
      runsContracts: true,
      onProgress: ({ phase }) => void (phase === 'waiting for the migration lock' && (beginning ??= begin())),
    });
    await beginning;

    expect(outcome.applied).toEqual([]);
    expect(await recorded()).toEqual([ADD, AFTER]);
    expect(log.lines.map(({ message }) => message)).toContain('a contract waits');
  });

  it('that waits for a copy which is just beginning stops waiting on the signal', async () => {
    const beginning = openPlainConnection(database.url);
    await beginning.query(`select pg_advisory_lock_shared(x'41466d67'::int, 2)`);
    const stop = new AbortController();
    const reason = new Error('SIGTERM');
    opened.migrator.configure({ signal: stop.signal });

    const migrating = opened.migrator.up(DROP_NOTE);
    await until('it waits', async () => {
      const asked = await connection.query(
        `select from pg_stat_activity where query like '%pg_try_advisory_lock(1095134567, 2)%' and state = 'idle'
            and application_name like 'migrator %' and datname = current_database()`,
      );
      return asked.length > 0;
    });
    stop.abort(reason);

    await expect(migrating).rejects.toBe(reason);
    await beginning.close();
  });
});

describe('a contract that nothing needs, and that fails', () => {
  const MORE = 'Migration20990101000005_more';

  it('is left out with a warning, and what comes after it runs', async () => {
    await connection.query('create view notes as select note from noted');
    await folder.write(MORE, migrationSource({ up: ['create table more (id int)'] }));
    await folder.writeManifest();
    const log = collectLog();

    const outcome = await migrateDatabase({
      databaseUrl: database.url,
      folder: folder.path,
      log,
      runsContracts: true,
    });

    expect(outcome.applied).toEqual([MORE]);
    expect(await recorded()).toEqual([ADD, AFTER, MORE]);
    expect(log.lines).toContainEqual({
      level: 'warn',
      message: 'a contract that can wait failed; it is left out',
      fields: { contract: DROP_NOTE, reason: expect.stringContaining('2BP01') },
    });
  });

  it('ends the run that was asked for it', async () => {
    await connection.query('create view notes as select note from noted');

    await expect(opened.migrator.up(DROP_NOTE)).rejects.toMatchObject({ type: 'migration-failed' });
  });
});

describe('the backfill of a contract that something needs', () => {
  const FILL = 'Migration20990101000011_fill';
  const TAKE = 'Migration20990101000012_take_away';
  const NEEDS = 'Migration20990101000013_needs_it';

  it('is waited for while a suspended copy holds it, with one message, and given up by name', async () => {
    await folder.write(
      FILL,
      migrationSource({
        up: [
          `insert into backfill_jobs (name, table_name, assignment, condition) values ('fill', 'noted', 'id = 1', 'id is null')`,
        ],
      }),
    );
    await folder.write(
      TAKE,
      migrationSource({
        up: ['select 1'],
        phase: 'contract',
        statics: [`static override readonly backfills = ['fill'];`],
      }),
    );
    await folder.write(
      NEEDS,
      migrationSource({
        up: ['select 1'],
        statics: [`static override readonly requires = ['${TAKE}'];`],
      }),
    );
    await folder.writeManifest();
    const suspended = openPlainConnection(database.url);
    const [held] = await suspended.query(
      `select pg_backend_pid() as pid, pg_advisory_lock(x'626b666c'::int, hashtext('fill'))::text`,
    );
    const log = collectLog();
    const reported = new Set<string>();
    await using there = openQuietMigrator(database.url, folder.path, {
      log,
      lockWaitMs: 1_500,
      onProgress: ({ blockedBy }) => void (blockedBy !== undefined && reported.add(blockedBy)),
    });

    await expect(there.migrator.up()).rejects.toMatchObject({
      type: 'migration-lock-timeout',
      message: expect.stringMatching(
        new RegExp(`backfill fill is held by .*process ${String(held?.['pid'])} .*manage db doctor --locks`),
      ),
      facts: { backfill: 'fill', pid: held?.['pid'] },
    });
    await suspended.close();

    expect([...reported]).toEqual([expect.stringContaining('backfill fill is held by')]);
    expect(log.lines.filter(({ message }) => message.includes('another worker'))).toHaveLength(1);
  });
});
