/** What the migrator refuses: wrong names, edited, missing and unknown migrations, and what else does not fit together. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateDatabase } from '../../../src/migrator/run/migrate-database.ts';
import { FIRST_RUN_NOTE, isFresh } from '../../../src/migrator/run/state/migration-state.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { collectLog, openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { MigratorSettings } from '../../../src/migrator/run/migrator-settings.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { QuietMigrator } from '../../support/migrator.ts';

const NAMES = [
  'Migration20260101000001_add_prices',
  'Migration20260101000002_add_notes',
  'Migration20260101000003_add_orders',
] as const;
const [PRICES, NOTES, ORDERS] = NAMES;

const table = (name: string) =>
  migrationSource({ up: [`create table ${name} (id int)`], down: [`drop table ${name}`] });

const { database, connection } = useEmptyDatabase();
let folder: MigrationFolder;
const opened: QuietMigrator[] = [];

beforeEach(async () => {
  folder = await makeMigrationFolder({
    [PRICES]: table('prices'),
    [NOTES]: table('notes'),
    [ORDERS]: table('orders'),
  });
});

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  await folder[Symbol.asyncDispose]();
});

function open(settings: Partial<MigratorSettings> = {}) {
  const migrator = openQuietMigrator(database.url, folder.path, settings);
  opened.push(migrator);
  return migrator.migrator;
}

const recorded = async () =>
  (await connection.query('select name from mikro_orm_migrations order by id')).map(({ name }) => name);
const trackingTable = async () => {
  const [row] = await connection.query(`select to_regclass('mikro_orm_migrations')::text as found`);
  return row?.['found'];
};

describe('a name that does not exist', () => {
  const wrong = [
    { method: 'up', options: { to: 'add_nots' } },
    { method: 'up', options: { from: 'add_nots' } },
    { method: 'up', options: 'add_nots' },
    { method: 'up', options: { to: 'zero' } },
    { method: 'up', options: { migrations: ['add_notes', 'add_nots'] } },
    { method: 'down', options: { to: 'add_nots' } },
    { method: 'down', options: { to: 'Migration20990101000000_nothing' } },
    { method: 'down', options: ['add_nots'] },
  ] as const;

  it('is refused wherever it is given, and changes nothing', async () => {
    await open().up(PRICES);

    for (const { method, options } of wrong) {
      await expect(
        open()[method](options as never),
        `${method} ${JSON.stringify(options)}`,
      ).rejects.toMatchObject({
        type: 'command-invalid',
      });
    }

    expect(await recorded()).toEqual([PRICES]);
  });

  it('is answered with the nearest that do', async () => {
    await expect(open().up({ to: 'add_nots' })).rejects.toThrow(
      `there is no migration "add_nots" to go to. Did you mean ${NOTES} or`,
    );
  });
});

describe('a name that exists', () => {
  it('takes the database there, up and down and to zero', async () => {
    expect((await open().up({ to: 'add_notes' })).map(({ name }) => name)).toEqual([PRICES, NOTES]);
    await open().up();
    expect((await open().down()).map(({ name }) => name)).toEqual([ORDERS]);
    await open().up();
    expect((await open().down({ to: '20260101000001' })).map(({ name }) => name)).toEqual([ORDERS, NOTES]);
    expect((await open().down({ to: 0 })).map(({ name }) => name)).toEqual([PRICES]);
    expect(await recorded()).toEqual([]);
  });
});

describe('an installation that is not whole', () => {
  async function expectRefused(message: RegExp): Promise<void> {
    const migrator = open();
    const asked = [migrator.up(), migrator.down(), migrator.state(), migrator.getPending()];

    for (const answer of await Promise.allSettled(asked)) {
      expect(answer).toMatchObject({
        reason: { type: 'installation-incomplete', message: expect.stringMatching(message) },
      });
    }
    expect(await trackingTable()).toBeNull();
  }

  it('with a missing and an edited file is refused, naming both', async () => {
    await folder.remove(NOTES);
    await folder.write(ORDERS, table('order_book'));

    await expectRefused(/add_notes\.ts is missing.*add_orders\.ts is not the file/);
  });

  it('without a manifest is refused', async () => {
    await rm(join(folder.path, 'manifest.json'));

    await expectRefused(/manifest\.json is missing/);
  });

  it('with an empty folder is refused, because that is not an up-to-date database', async () => {
    for (const name of NAMES) await folder.remove(name);

    await expectRefused(/add_prices\.ts is missing/);
  });

  it('without a folder is refused, and none is made', async () => {
    await folder[Symbol.asyncDispose]();

    await expectRefused(/manifest\.json is missing/);
    expect(existsSync(folder.path)).toBe(false);
  });

  it('with a file that the manifest does not list is refused', async () => {
    await folder.write('Migration20260101000009_smuggled', table('smuggled'));

    await expect(open().up()).rejects.toThrow(/smuggled\.ts is not in the manifest.*npm run db -- check/);
  });
});

describe('a migration that was edited after it was applied', () => {
  beforeEach(async () => {
    await open().up({ to: NOTES });
    await folder.write(PRICES, table('other_prices'));
    await folder.writeManifest();
  });

  it('is refused in production', async () => {
    for (const run of [() => open({ isProduction: true }).up(), () => open({ isProduction: true }).down()]) {
      await expect(run()).rejects.toMatchObject({ type: 'migration-edited', facts: { edited: [PRICES] } });
    }
    expect(await recorded()).toEqual([PRICES, NOTES]);
  });

  it('is logged everywhere else, also when there is nothing to do', async () => {
    const log = collectLog();

    await open({ log }).up();
    await open({ log }).up();

    expect(await recorded()).toEqual([...NAMES]);
    const warning = {
      level: 'warn',
      fields: { edited: [PRICES] },
      message: expect.stringMatching(/were edited after they were applied/),
    };
    expect(log.lines).toEqual([warning, warning]);
  });
});

describe('a migration that was merged late', () => {
  it('is applied, and logged', async () => {
    await folder.remove(NOTES);
    await folder.writeManifest();
    await open().up();
    await folder.write(NOTES, table('notes'));
    await folder.writeManifest();
    const log = collectLog();

    await open({ log }).up();

    expect(await recorded()).toEqual([PRICES, ORDERS, NOTES]);
    expect(log.lines).toContainEqual({
      level: 'warn',
      fields: { late: [NOTES] },
      message: expect.stringMatching(/merged late/),
    });
  });
});

describe('a database that is ahead of this version', () => {
  const AHEAD = 'Migration20260101000009_ahead';

  async function goBackAfter(phase: 'expand' | 'data' | 'contract'): Promise<void> {
    await folder.write(
      AHEAD,
      migrationSource({ up: ['create table ahead (id int)'], down: ['select 1'], phase }),
    );
    await folder.writeManifest();
    await open().up();
    await folder.remove(AHEAD);
    await folder.writeManifest();
  }

  it.each(['expand', 'data'] as const)(
    'by a migration that is only %s is accepted, and logged',
    async (phase) => {
      await goBackAfter(phase);
      await folder.write('Migration20260101000004_add_own', table('own'));
      await folder.writeManifest();
      const log = collectLog();

      expect(await open({ log }).up()).toHaveLength(1);

      expect(log.lines).toContainEqual({
        level: 'warn',
        fields: { ahead: [AHEAD] },
        message: expect.stringMatching(/does not know/),
      });
    },
  );

  it('by a contract, or by one that left no phase, is refused with both ways out, even when there is nothing to do', async () => {
    await goBackAfter('contract');
    await connection.query(`update mikro_orm_migrations set app_version = '9.9.9' where name = '${AHEAD}'`);
    const refusal = {
      type: 'database-ahead',
      message: expect.stringMatching(
        /ahead .* by version 9\.9\.9.*Start 9\.9\.9 or newer\. To come back .* run "manage db migrate Migration20260101000003_add_orders" with/,
      ),
      facts: { ahead: [AHEAD], versions: ['9.9.9'] },
    };

    await expect(open().up()).rejects.toMatchObject(refusal);
    await connection.query(`update mikro_orm_migrations set phase = null where name = '${AHEAD}'`);
    await expect(open().up()).rejects.toMatchObject(refusal);

    expect(await open({ allowAhead: true }).up()).toEqual([]);
  });

  it('is not reverted without the file, and nothing before it either', async () => {
    await goBackAfter('expand');

    await expect(open().down({ to: 0 })).rejects.toThrow(
      /there is no file for Migration20260101000009_ahead/,
    );

    expect(await recorded()).toEqual([...NAMES, AHEAD]);
  });
});

describe('a migration that cannot be reverted', () => {
  it.each([
    {
      how: 'says so',
      source: migrationSource({
        up: ['select 1'],
        down: ['select 1'],
        statics: [`static override readonly irreversible = 'the old prices are gone';`],
      }),
      message: /one_way is irreversible: the old prices are gone/,
    },
    {
      how: 'has no way down',
      source: migrationSource({ up: ['select 1'] }),
      message: /one_way has no "down"/,
    },
  ])('because it $how stops a run before it begins', async ({ source, message }) => {
    await folder.write('Migration20260101000004_one_way', source);
    await folder.write('Migration20260101000005_after', table('after'));
    await folder.writeManifest();
    await open().up();

    await expect(open().down({ to: 0 })).rejects.toThrow(message);

    expect(await recorded()).toHaveLength(5);
  });
});

describe('contracts', () => {
  const DROP = 'Migration20260101000004_drop_notes';

  beforeEach(async () => {
    await open().up();
    await folder.write(DROP, migrationSource({ up: ['drop table notes'], phase: 'contract' }));
    await folder.writeManifest();
  });

  it('wait, and are logged, while everything else is applied', async () => {
    await folder.write('Migration20260101000005_add_more', table('more'));
    await folder.writeManifest();
    const log = collectLog();

    const { applied } = await migrateDatabase({ databaseUrl: database.url, folder: folder.path, log });

    expect(applied).toEqual(['Migration20260101000005_add_more']);

    expect(log.lines).toContainEqual({
      level: 'info',
      fields: { contracts: [DROP] },
      message: expect.stringMatching(/contracts wait/),
    });
    expect(await open().up({ to: 'add_more' }), 'nor are they on the way to another').toEqual([]);
  });

  it('that something else requires are due with it, and nothing runs past one that is not free', async () => {
    const next = 'Migration20260101000005_notes_again';
    await folder.write(
      next,
      migrationSource({
        up: ['create table notes (text text)'],
        statics: [`static override readonly requires = ['${DROP}'];`],
      }),
    );
    await folder.writeManifest();

    await expect(open().up({ migrations: [next] })).rejects.toMatchObject({
      type: 'migrations-pending',
      facts: { migration: next, requires: [DROP] },
    });
    // No table here lists the running copies of the server.
    await expect(open().up()).rejects.toMatchObject({
      type: 'contract-refused',
      message: expect.stringMatching(
        /needs .*_notes_again, which requires the contract .*_drop_notes.*app_instances/,
      ),
      facts: { migration: DROP, requiredBy: next },
    });
    expect(await recorded()).toEqual([...NAMES]);
  });

  it('run with everything else on a fresh database', async () => {
    const fresh = await createEmptyDatabase();
    await using migrator = openQuietMigrator(fresh.url, folder.path);

    expect((await migrator.migrator.up()).map(({ name }) => name)).toEqual([...NAMES, DROP]);

    await migrator.close();
    await fresh.drop();
  });

  it('wait on a database whose first run was killed after the commit of its last migration', async () => {
    const fresh = await createEmptyDatabase();
    const killed = openQuietMigrator(fresh.url, folder.path);
    killed.migrator.on('migrated', ({ name }) => {
      if (name === DROP) throw new Error('killed');
    });
    await expect(killed.migrator.up()).rejects.toThrow('killed');
    await killed.close();
    await using next = openQuietMigrator(fresh.url, folder.path);

    const state = await next.migrator.state();

    expect(state.pending).toEqual([]);
    expect(isFresh(state)).toBe(false);
    expect(state.tracked.map(({ note }) => note)).toEqual([...NAMES.map(() => FIRST_RUN_NOTE), null]);
    await next.close();
    await fresh.drop();
  });

  it('run on a database whose first run was cut off, too', async () => {
    const fresh = await createEmptyDatabase();
    await using migrator = openQuietMigrator(fresh.url, folder.path);
    await migrator.migrator.up(PRICES);
    const inFresh = openPlainConnection(fresh.url);
    await inFresh.query(`update mikro_orm_migrations set note = '${FIRST_RUN_NOTE}'`);
    await inFresh.close();

    expect((await migrator.migrator.up()).map(({ name }) => name)).toEqual([NOTES, ORDERS, DROP]);

    expect((await migrator.migrator.state()).tracked.map(({ note }) => note)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    await migrator.close();
    await fresh.drop();
  });
});

describe('an old table of migrations', () => {
  const OLD = `create table mikro_orm_migrations (id serial primary key, name varchar(255), executed_at timestamptz default now())`;

  it('gets the columns that it lacks, and names are unique from then on', async () => {
    await connection.query(OLD);
    await connection.query(`insert into mikro_orm_migrations (name) values ('${PRICES}')`);

    await open().up();

    const { tracked } = await open().state();
    expect(tracked.map(({ name, checksum }) => [name, checksum !== null])).toEqual([
      [PRICES, false],
      [NOTES, true],
      [ORDERS, true],
    ]);
    await expect(
      connection.query('insert into mikro_orm_migrations (name) select name from mikro_orm_migrations'),
    ).rejects.toThrow(/mikro_orm_migrations_name_unique/);
  });

  it('that a backup reads just then is changed when the backup has ended', async () => {
    await connection.query(OLD);
    const backup = openPlainConnection(database.url);
    await backup.query('begin');
    await backup.query('select from mikro_orm_migrations');
    const log = collectLog();

    const migrating = open({
      log,
      retry: { tries: 10, budgetMs: 60_000, firstDelayMs: 50, longestDelayMs: 100 },
    }).up();
    await until('it logs that it waits', () =>
      log.lines.some(({ message }) => message.includes('is in use')),
    );
    await backup.close();

    expect(await migrating).toHaveLength(3);
  });

  it('with one name twice stops everything, and no row is removed', async () => {
    await connection.query(OLD);
    await connection.query(`insert into mikro_orm_migrations (name) values ('${PRICES}'), ('${PRICES}')`);

    const reason = { reason: 'made by hand' };
    for (const run of [
      () => open().up(),
      () => open().down(),
      () => open().recordFake([NOTES], reason),
      () => open().removeRecord(PRICES, reason),
    ]) {
      await expect(run()).rejects.toMatchObject({
        type: 'migration-failed',
        facts: { duplicates: [PRICES] },
      });
    }

    expect(await recorded()).toEqual([PRICES, PRICES]);
    expect((await open().state()).tracked, 'but can be looked at').toHaveLength(2);
  });

  it('that is as it should be is not locked, so that a backup does not stand in the way', async () => {
    await open({ lockTimeoutMs: 200 }).up(PRICES);
    const backup = openPlainConnection(database.url);
    await backup.query('begin');
    await backup.query('select from mikro_orm_migrations');

    expect(await open({ lockTimeoutMs: 200 }).up()).toHaveLength(2);

    await backup.close();
  });
});

describe('records without a run', () => {
  it('are made of migrations that exist and are pending only, with a reason', async () => {
    await expect(open().recordFake(['add_nots'], { reason: 'typo' })).rejects.toThrow(
      /no migration "add_nots"/,
    );
    await open().up(PRICES);
    await expect(open().recordFake([PRICES, NOTES], { reason: 'again' })).rejects.toThrow(/applied already/);

    const done = await open().recordFake(['add_orders', 'add_notes'], { reason: 'made by hand' });

    expect(done).toEqual([NOTES, ORDERS]);
    expect((await open().state()).tracked.at(-1)).toMatchObject({
      name: ORDERS,
      kind: 'fake',
      note: 'made by hand',
      phase: 'expand',
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      durationMs: null,
      appliedBy: expect.stringMatching(/^\w+ \(.+\)$/),
    });
    expect(await connection.query(`select to_regclass('orders') as orders`)).toEqual([{ orders: null }]);
    expect((await open().state()).pending).toEqual([]);
  });

  it('are removed by name, also when there is no file any more', async () => {
    await open().up();
    await folder.remove(ORDERS);
    await folder.writeManifest();

    await expect(open().removeRecord('add_nots', { reason: 'typo' })).rejects.toThrow(/no migration/);
    expect(await open().removeRecord('add_orders', { reason: 'the file is gone' })).toBe(ORDERS);

    expect(await recorded()).toEqual([PRICES, NOTES]);
    expect(await connection.query(`select to_regclass('orders')::text as orders`)).toEqual([
      { orders: 'orders' },
    ]);
  });

  it('go through the same guards in MikroORM’s own commands', async () => {
    await open().logMigration('add_prices');
    await expect(open().logMigration('add_prices')).rejects.toThrow(/applied already/);
    expect((await open().state()).tracked[0]).toMatchObject({
      kind: 'fake',
      note: 'mikro-orm migration:log',
    });

    await expect(open().unlogMigration('add_notes')).rejects.toThrow(/no migration/);
    await open().unlogMigration('add_prices');
    await expect(open().rollup()).rejects.toThrow(/not rolled up/);

    expect(await recorded()).toEqual([]);
  });
});

describe('asking', () => {
  it('writes nothing', async () => {
    expect(await open().getExecuted()).toEqual([]);
    expect((await open().getPending()).map(({ name }) => name)).toEqual([...NAMES]);
    expect((await open().state()).pending).toHaveLength(3);

    expect(await trackingTable()).toBeNull();
  });
});

describe('what a migration sets for its session', () => {
  it('is not met by the next', async () => {
    await using own = await makeMigrationFolder({
      M1_elsewhere: migrationSource({
        up: ['create schema elsewhere', 'create table made (id int)', 'set search_path to elsewhere'],
      }),
      M2_here: migrationSource({ up: ['alter table made add column note text'] }),
      M3_index: migrationSource({
        up: ['create index concurrently if not exists made_note on made (note)'],
        statics: ['static override readonly transactional = false;'],
      }),
    });
    const empty = await createEmptyDatabase();
    await using there = openQuietMigrator(empty.url, own.path);

    expect(await there.migrator.up()).toHaveLength(3);

    await there.close();
    await empty.drop();
  });
});
