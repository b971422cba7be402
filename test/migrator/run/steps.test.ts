/** Files that hold several steps: each is applied, recorded, taken back and waited for by itself. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MigratorFailure } from '../../../src/migrator/failure.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { choosePlan } from '../../../src/migrator/commands/migrate-plan.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { waitingContracts } from '../../../src/migrator/run/state/migration-state.ts';
import { readStatus } from '../../../src/migrator/inspect/doctor/status.ts';
import { withReader } from '../../../src/migrator/inspect/doctor/reader.ts';
import { copyDatabase, createDatabaseBesideFolder, createEmptyDatabase } from '../../support/database.ts';
import { startMigrateProcess } from '../../support/migrate-processes.ts';
import { makeMigrationFolder, migrationSource, stepsSource } from '../../support/migration-folder.ts';
import { openQuietMigrator } from '../../support/migrator.ts';
import { until } from '../../support/until.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';
import type { QuietMigrator } from '../../support/migrator.ts';

const FIRST = 'Migration20990101000001_noted';
const NOTE = 'Migration20990101000002_note';
const AFTER = 'Migration20990101000003_after';
const step = (number: number) => `${NOTE}/${number}`;

/** A column with another name, its index, and what only the old version needs. */
const STEPS = stepsSource(
  `expand({ up: ['alter table noted add note text'], down: ['alter table noted drop column note'] })`,
  `data({ up: ['update noted set note = remark', 'select pg_sleep(seconds) from patience'], down: [] })`,
  `expand({
      transactional: false,
      up: ['create index concurrently noted_note on noted (note)'],
      down: ['drop index concurrently noted_note'],
    })`,
  `contract({
      up: ['alter table noted drop column remark'],
      down: ['alter table noted add remark text', 'update noted set remark = note'],
    })`,
  `contract({ up: ['alter table noted alter note set not null'], down: ['alter table noted alter note drop not null'] })`,
);

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
  await connection.query('create table patience as select 0::float as seconds');
  folder = await makeMigrationFolder({
    [FIRST]: migrationSource({
      up: ['create table noted (id int, remark text)', `insert into noted values (1, 'one'), (2, 'two')`],
      down: ['drop table noted'],
    }),
    [NOTE]: STEPS,
    [AFTER]: migrationSource({ up: ['create table after (id int)'], down: ['drop table after'] }),
  });
  opened = openQuietMigrator(database.url, folder.path);
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
const up = async (selection?: Parameters<QuietMigrator['migrator']['up']>[0]) =>
  (await opened.migrator.up(selection)).map(({ name }) => name);
const down = async (selection?: Parameters<QuietMigrator['migrator']['down']>[0]) =>
  (await opened.migrator.down(selection)).map(({ name }) => name);

describe('the steps of a file', () => {
  it('state from where a database must have come', async () => {
    const stop = { after: FIRST, version: '0.5', reason: 'it fills what this takes' };
    await folder.write(
      AFTER,
      stepsSource(
        `expand({ up: ['create table after (id int)'], down: ['drop table after'], stop: ${JSON.stringify(stop)} })`,
      ),
    );
    await folder.writeManifest();

    expect((await readManifest(folder.path)).migrations.at(-1)).toMatchObject({ name: `${AFTER}/1`, stop });
  });

  it('are applied in order and recorded each for itself, and those that are contracts wait', async () => {
    expect(await up()).toEqual([FIRST, step(1), step(2), step(3), AFTER]);

    const rows = await connection.query(
      `select name, phase, checksum from mikro_orm_migrations where name like '${NOTE}%' order by id`,
    );
    expect(rows.map(({ name, phase }) => [name, phase])).toEqual([
      [step(1), 'expand'],
      [step(2), 'data'],
      [step(3), 'expand'],
    ]);
    expect(new Set(rows.map(({ checksum }) => checksum)).size).toBe(3);
    expect(waitingContracts(await opened.migrator.state()).map(({ name }) => name)).toEqual([
      step(4),
      step(5),
    ]);
    expect((await opened.migrator.getPending()).map(({ path }) => path)).toEqual([
      `${folder.path}/${NOTE}.ts`,
      `${folder.path}/${NOTE}.ts`,
    ]);
    expect(await up()).toEqual([]);
  });

  it('all run on a new database', async () => {
    const empty = await createEmptyDatabase();
    const there = openPlainConnection(empty.url);
    await there.query('create table patience as select 0::float as seconds');
    await using migrator = openQuietMigrator(empty.url, folder.path);

    expect(await migrator.migrator.up()).toHaveLength(7);
    expect(await there.query('select * from noted order by id')).toEqual([
      { id: 1, note: 'one' },
      { id: 2, note: 'two' },
    ]);

    await migrator.close();
    await there.close();
    await empty.drop();
  });

  it('that are contracts run when the file is asked for, one after the other', async () => {
    await up();

    await expect(up({ migrations: [step(5)] })).rejects.toThrow(/note\/5 requires .*note\/4/);
    expect(await up({ migrations: [NOTE] })).toEqual([step(4), step(5)]);
  });

  it('that are contracts wait for a copy that does not know the file, and not for one that does', async () => {
    await up();
    const enter = (head: string) =>
      connection.query(
        `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '0.9.0', '${head}', 'copy', 7)`,
      );
    await enter(FIRST);
    await expect(up({ migrations: [NOTE] })).rejects.toMatchObject({ type: 'contract-refused' });

    await connection.query('delete from app_instances');
    // The newest that a copy of this file alone would know.
    await enter(step(5));

    expect(await up({ migrations: [NOTE] })).toEqual([step(4), step(5)]);
  });

  it('go there, back and there again with the rows that are there', async () => {
    await up();
    await up({ migrations: [NOTE] });
    const rows = async () => connection.query('select to_jsonb(noted) as row from noted order by id');
    const before = await rows();

    expect(await down({ to: FIRST })).toEqual([step(5), step(4), AFTER, step(3), step(2), step(1)]);
    expect(await rows()).toEqual([{ row: { id: 1, remark: 'one' } }, { row: { id: 2, remark: 'two' } }]);
    await up();
    await up({ migrations: [NOTE] });

    expect(await rows()).toEqual(before);
  });

  it('go back one at a time, and to one of them', async () => {
    await up({ to: NOTE });

    expect(await down()).toEqual([step(3)]);
    expect(await down({ to: 'note/1' })).toEqual([step(2)]);

    expect(await recorded()).toEqual([FIRST, step(1)]);
    expect(await up()).toEqual([step(2), step(3), AFTER]);
  });
});

describe('the name of a file with steps', () => {
  it.each([NOTE, 'note', '20990101000002'])('means all but its contracts as a target: %s', async (to) => {
    expect(await up({ to })).toEqual([FIRST, step(1), step(2), step(3)]);
  });

  it('with a number means that step, also where it is a contract', async () => {
    expect(await up({ to: '20990101000002/2' })).toEqual([FIRST, step(1), step(2)]);
    expect(await up({ to: 'note/4' })).toEqual([step(3), step(4)]);
  });

  it('means to keep all of it on the way back', async () => {
    await up();
    await up({ migrations: [NOTE] });

    // In the order in which they were applied, what came after the contracts is nothing.
    expect(await down({ to: 'note' })).toEqual([]);
    await down({ migrations: [step(5), step(4)] });
    expect(await down({ to: 'note' })).toEqual([AFTER]);
  });

  const io = { stdout: { write: () => true }, stderr: { write: () => true } };

  it('leads a command forwards while a step that is no contract is open, else backwards', async () => {
    await up({ to: step(1) });
    const half = choosePlan(await opened.migrator.state(), { words: ['note'], io });
    await up();
    const whole = choosePlan(await opened.migrator.state(), { words: ['note'], io });

    expect([half.direction, half.entries.map(({ name }) => name)]).toEqual(['up', [step(2), step(3)]]);
    expect([whole.direction, whole.entries.map(({ name }) => name)]).toEqual(['down', [AFTER]]);
  });

  it('leads back to the last of its steps that is applied, and that one is named', async () => {
    await up();
    await up({ migrations: [NOTE] });

    const plan = choosePlan(await opened.migrator.state(), { words: ['note'], io });

    expect(plan).toEqual({ direction: 'down', entries: [], target: step(5) });
  });

  it('stands for those that are open when it is recorded without running', async () => {
    await up({ to: step(2) });

    const reason = { reason: 'done by hand' };
    expect(await opened.migrator.recordFake(['note'], reason)).toEqual([step(3), step(4), step(5)]);

    expect(await opened.migrator.removeRecord('note', reason)).toBe(step(5));
  });
});

describe('a file that is applied in part', () => {
  it('because the process was killed in a step continues at that step', async () => {
    await connection.query('update patience set seconds = 600');
    const killed = startMigrateProcess();
    const answer = killed.migrate(database.url, folder.path);
    answer.catch(() => undefined);
    const pid = await until('it is in the second step', async () => {
      const [row] = await connection.query(
        `select pid from pg_stat_activity where datname = current_database() and application_name like 'migrator %' and wait_event = 'PgSleep'`,
      );
      return row === undefined ? undefined : Number(row['pid']);
    });

    killed.child.kill('SIGKILL');
    await until('it is gone', async () => {
      const rows = await connection.query(`select from pg_stat_activity where pid = ${pid}`);
      return rows.length === 0;
    });
    await connection.query('update patience set seconds = 0');

    expect(await recorded()).toEqual([FIRST, step(1)]);
    expect(await up()).toEqual([step(2), step(3), AFTER]);
  });

  it('is logged step by step', async () => {
    await up({ to: step(2) });

    const { migrations, head, installationFaults } = await withReader(
      { databaseUrl: database.url, folder: folder.path },
      readStatus,
    );

    expect(
      migrations.filter(({ name }) => name.startsWith(NOTE)).map(({ name, standing }) => [name, standing]),
    ).toEqual([
      [step(1), 'applied'],
      [step(2), 'applied'],
      [step(3), 'pending'],
      [step(4), 'waiting'],
      [step(5), 'waiting'],
    ]);
    expect(head).toBe(AFTER);
    expect(installationFaults).toEqual([]);
  });

  it('by a step that fails keeps the steps before it', async () => {
    await connection.query('drop table patience');

    await expect(up()).rejects.toMatchObject({ type: 'migration-failed' });

    expect(await recorded()).toEqual([FIRST, step(1)]);
  });
});

describe('recipes as steps', () => {
  it('rename a column in one file: the contract waits for the backfill and keeps the rows', async () => {
    const renaming = stepsSource(
      'expand(rename.expand)',
      `contract({ ...rename.contract, backfills: ['noted.note'] })`,
    )
      .replace('import {', 'import { renameColumnOnline,')
      .replace(
        'export class',
        `const rename = renameColumnOnline({ table: 'noted', column: 'remark', type: 'text', newName: 'note' });\n\nexport class`,
      );
    await folder.write(NOTE, renaming);
    await folder.writeManifest();
    await up();

    // While a copy lives, the backfill is its work.
    await connection.query(
      `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '9', 'Migration9', 'here', 1)`,
    );
    await expect(up({ migrations: ['note'] })).rejects.toThrow(/backfill noted\.note is pending/);
    await connection.query(`update noted set note = remark`);
    await connection.query(`update backfill_jobs set state = 'done', completed_at = now()`);
    expect(await up({ migrations: ['note'] })).toEqual([step(2)]);
    expect(await connection.query('select * from noted order by id')).toEqual([
      { id: 1, note: 'one' },
      { id: 2, note: 'two' },
    ]);

    expect(await down({ to: FIRST })).toEqual([step(2), AFTER, step(1)]);
    expect(await connection.query('select remark from noted order by id')).toEqual([
      { remark: 'one' },
      { remark: 'two' },
    ]);
  });
});

describe('steps that do not follow the rules', () => {
  const cases = [
    {
      what: 'a step after a contract that is none',
      source: stepsSource(`contract({ up: [] })`, `expand({ up: [] })`),
      said: /has step 2, expand, after a contract: contracts come last/,
    },
    { what: 'no step', source: stepsSource(), said: /has 0 steps: one to 9/ },
    {
      what: 'ten steps',
      source: stepsSource(...Array.from({ length: 10 }, () => `expand({ up: [] })`)),
      said: /has 10 steps/,
    },
    {
      what: 'a phase beside the steps',
      source: stepsSource(`expand({ up: [] })`).replace(
        '{\n  static',
        `{\n  static phase = 'data';\n  static`,
      ),
      said: /states phase beside its steps/,
    },
    {
      what: 'up beside the steps',
      source: stepsSource(`expand({ up: [] })`).replace('];\n}', '];\n  up() {}\n}'),
      said: /has steps and also up\(\) or down\(\)/,
    },
  ];
  it.each(cases)('are refused where the manifest is made: $what', async ({ source, said }) => {
    await folder.write(NOTE, source);

    const signing = folder.writeManifest();

    await expect(signing).rejects.toThrow(MigratorFailure);
    await expect(signing).rejects.toThrow(said);
  });
});
