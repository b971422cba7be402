/** `manage db backfill` as a person uses it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { backfillCommand } from '../../../src/migrator/commands/backfill.ts';
import { startBackfill } from '../../../src/migrator/author/recipes/backfill.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/database.ts';
import { manage, runOperatorCommand } from './run-operator-command.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;

const backfill = (...words: readonly string[]) =>
  runOperatorCommand(backfillCommand, words, { databaseUrl: database.url });

beforeAll(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
});

afterAll(async () => {
  await connection.close();
  await database.drop();
});

beforeEach(async () => {
  for (const sql of [
    'drop table if exists parcels',
    'delete from backfill_jobs',
    'create table parcels (id int primary key, remark text)',
    'insert into parcels (id) select generate_series(1, 1200)',
    'analyze parcels',
    ...startBackfill({ name: 'fill', table: 'parcels', set: `remark = 'x'`, where: 'remark is null' }),
  ])
    await connection.query(sql);
});

describe('db backfill', () => {
  it('shows what waits, runs it to its end, and shows that it is done', async () => {
    const before = await backfill();
    const run = await backfill('run');
    const after = await backfill('status');

    expect(before).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^fill +parcels +pending +0 /m),
    });
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^fill: done, 1,200 of about 1,200 rows\n/),
    });
    expect(after.stdout).toMatch(/^fill +parcels +done +1,200 of about 1,200 /m);
    expect(await connection.query('select count(*) as rows from parcels where remark is null')).toEqual([
      { rows: 0 },
    ]);
  });

  it('holds one up, refuses to run it, and runs it when it is resumed', async () => {
    expect(await backfill('pause', 'fill')).toMatchObject({ code: 0, stdout: 'fill: paused\n' });

    expect(await backfill('run', 'fill')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is paused'),
    });
    expect(await backfill('run')).toMatchObject({ code: 0, stdout: 'No backfill waits.\n' });
    expect(await backfill('resume', 'fill')).toMatchObject({ code: 0 });
    expect(await backfill('run', 'fill')).toMatchObject({ code: 0 });
    expect(await backfill('resume', 'fill')).toMatchObject({
      code: 1,
      stderr: 'fill is not paused: it is done.\n',
    });
  });

  it('says why one failed, and tries it again on request', async () => {
    await connection.query('alter table parcels rename remark to gone');
    const failed = await backfill('run');
    const status = await backfill();
    await connection.query('alter table parcels rename gone to remark');

    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Not done: fill is failed: .*remark/),
    });
    expect(status.stdout).toMatch(/^fill .* failed .*column "remark"/m);
    expect(await backfill('retry', 'fill')).toMatchObject({ code: 0, stdout: 'fill: to be tried again\n' });
    expect(await backfill('run')).toMatchObject({ code: 0 });
  });

  it.each([
    [['run', 'fil'], 'There is no backfill "fil"; manage db backfill lists them.'],
    [['begin'], 'was given "begin"'],
    [['pause'], 'needs the name of a backfill'],
    [['--force'], `Unknown option '--force'`],
  ])('does nothing for %j, and says what is wrong', async (words, sentence) => {
    expect(await backfill(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) });
  });

  it('sends anyone who has not migrated to db migrate', async () => {
    const empty = await createEmptyDatabase();
    try {
      expect(await runOperatorCommand(backfillCommand, [], { databaseUrl: empty.url })).toMatchObject({
        code: 18,
        stderr: expect.stringContaining('manage db migrate'),
      });
    } finally {
      await empty.drop();
    }
  });

  it('explains itself without a database', async () => {
    const { code, stdout } = await manage(['db', 'backfill', '--help']);

    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('Usage: manage db backfill'),
    });
  });
});
