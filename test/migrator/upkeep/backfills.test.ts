/** The backfills of a server that runs: found, carried out, logged, and left to others when it stops. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackfillStore } from '../../../src/migrator/upkeep/backfills/backfill-store.ts';
import { startBackfill } from '../../../src/migrator/author/recipes/backfill.ts';
import { databaseOf, openOrm } from '../../../src/persistence/orm.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { Backfills } from '../../../src/migrator/upkeep/backfills/backfills.ts';
import { BATCHES_UNTIL_BROKEN_OFF, untilInBatch } from '../../support/endless-batches.ts';
import { createTestDatabase } from '../../support/database.ts';
import { quiet } from '../../support/quiet-log.ts';
import { until } from '../../support/until.ts';
import type { Orm } from '../../../src/persistence/orm.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;
let orm: Orm;
let store: BackfillStore;
let said: { readonly level: string; readonly message: string; readonly fields: object }[];

const log = {
  info: (fields: object, message: string) => void said.push({ level: 'info', message, fields }),
  warn: (fields: object, message: string) => void said.push({ level: 'warn', message, fields }),
  error: (fields: object, message: string) => void said.push({ level: 'error', message, fields }),
};

const messages = () => said.map(({ level, message }) => `${level}: ${message}`);
const make = () => new Backfills({ store, databaseUrl: database.url, log, lookEveryMs: 50 });
const ask = async (name: string, wrong = {}): Promise<void> => {
  const backfill = { name, table: 'parcels', set: `remark = 'x'`, where: 'remark is null', ...wrong };
  for (const sql of startBackfill(backfill)) await connection.query(sql);
};
const stateOf = async (name: string) => (await store.find(name))?.state;

beforeAll(async () => {
  database = await createTestDatabase();
  connection = openPlainConnection(database.url);
  orm = openOrm({ databaseUrl: database.url, poolSize: 2, log: quiet });
  store = new BackfillStore(databaseOf(orm).query);
});

afterAll(async () => {
  await orm.close(true);
  await connection.close();
  await database.drop();
});

beforeEach(async () => {
  said = [];
  await connection.query('drop table if exists parcels');
  await connection.query('delete from backfill_jobs');
  await connection.query('create table parcels (id int primary key, remark text)');
  await connection.query('insert into parcels (id) select generate_series(1, 1000)');
});

describe('a server that runs', () => {
  it('carries out the backfills that wait, and those that are asked for later', async () => {
    await ask('first');
    await using backfills = make();
    backfills.start();
    await until('the first is done', async () => (await stateOf('first')) === 'done');

    await connection.query('update parcels set remark = null');
    await ask('second');
    await until('the second is done', async () => (await stateOf('second')) === 'done');

    await until('it has said so', () => messages().length === 4);
    expect(messages()).toEqual([
      'info: backfill started',
      'info: backfill done',
      'info: backfill started',
      'info: backfill done',
    ]);
    expect(said[1]?.fields).toMatchObject({ backfill: 'first', rowsDone: 1_000 });
  });

  it('logs what failed, once, and does the others all the same', async () => {
    await ask('wrong', { set: 'nothing = 1' });
    await ask('right');
    await using backfills = make();
    backfills.start();

    await until('the right one is done', async () => (await stateOf('right')) === 'done');
    // Asked for in the same millisecond, they come in the order of their names.
    await until('the wrong one is logged', () => said.some(({ level }) => level === 'error'));

    expect(await stateOf('wrong')).toBe('failed');
    expect(said.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        message: 'backfill failed; see manage db backfill status',
        fields: expect.objectContaining({ backfill: 'wrong', reason: expect.stringContaining('nothing') }),
      },
    ]);
  });

  it('leaves paused ones alone until they are resumed', async () => {
    await ask('held');
    await store.pause('held');
    await ask('other');
    await using backfills = make();
    backfills.start();
    await until('the other is done', async () => (await stateOf('other')) === 'done');

    expect(await stateOf('held')).toBe('paused');
    await store.resume('held');
    await until('it is done', async () => (await stateOf('held')) === 'done');
  });

  it('shares them out with other copies, each of which would do any', async () => {
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => ask(name)));
    await using one = make();
    await using two = make();
    one.start();
    two.start();

    await until('all are done', async () => (await store.unfinished()).length === 0);

    expect(said.filter(({ level }) => level !== 'info')).toEqual([]);
    expect((await store.list()).reduce((sum, { rowsDone }) => sum + rowsDone, 0)).toBe(1_000);
  });

  it('stops in the middle of one, and another copy continues with it', async () => {
    for (const sql of BATCHES_UNTIL_BROKEN_OFF) await connection.query(sql);
    await ask('slow one');
    const first = make();
    first.start();
    await untilInBatch(connection);
    expect(await stateOf('slow one')).toBe('running');

    await first.stop();

    expect(await stateOf('slow one')).toBe('pending');
    await connection.query('drop trigger slow on parcels');
    await using second = make();
    second.start();
    await until('it is done', async () => (await stateOf('slow one')) === 'done');
  });

  it('says once that the table is not there, and works as soon as it is', async () => {
    await ask('later');
    await connection.query('alter table backfill_jobs rename to elsewhere');
    await using backfills = make();
    backfills.start();
    await until('it has looked', () => said.length > 0);

    await connection.query('alter table elsewhere rename to backfill_jobs');

    await until('it is done', async () => (await stateOf('later')) === 'done');
    expect(messages().filter((message) => message.startsWith('warn'))).toEqual([
      'warn: backfills cannot be worked on; trying again',
    ]);
  });

  it('can be stopped before it was started', async () => {
    await expect(make().stop()).resolves.toBeUndefined();
  });
});
