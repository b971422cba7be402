/** Backfills under what happens to them: being killed, several workers, other people's locks, wrong statements. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BackfillStore } from '../../../src/migrator/upkeep/backfills/backfill-store.ts';
import { startBackfill } from '../../../src/migrator/author/recipes/backfill.ts';
import { renameColumnOnline } from '../../../src/migrator/author/recipes/replace-column.ts';
import { databaseOf, openOrm } from '../../../src/persistence/orm.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { isDatabaseUnavailable } from '../../../src/migrator/run/connect/database-failure.ts';
import { openBackfillConnection } from '../../../src/migrator/upkeep/backfills/backfill-connection.ts';
import { runBackfill } from '../../../src/migrator/upkeep/backfills/run-backfill.ts';
import { BATCHES_UNTIL_BROKEN_OFF, untilInBatch } from '../../support/endless-batches.ts';
import { createTestDatabase } from '../../support/database.ts';
import { run as runProcess } from '../../support/processes.ts';
import { quiet } from '../../support/quiet-log.ts';
import { until } from '../../support/until.ts';
import type { Orm } from '../../../src/persistence/orm.ts';
import type { PlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import type {
  BackfillProgress,
  BackfillRun,
} from '../../../src/migrator/upkeep/backfills/backfill-worker.ts';
import type { TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
let connection: PlainConnection;
let orm: Orm;
let store: BackfillStore;

const NAME = 'fill parcels';
/** Each change is counted, so that one that happened twice can be seen. */
const COUNTED = {
  name: NAME,
  table: 'parcels',
  set: 'remark = note, changes = changes + 1',
  where: 'remark is null',
};

const run = async (statements: readonly string[]): Promise<void> => {
  for (const sql of statements) await connection.query(sql);
};

function work(parts: Partial<BackfillRun> = {}) {
  const { signal } = new AbortController();
  return runBackfill({ databaseUrl: database.url, name: NAME, signal, restShare: 0, ...parts });
}

async function job() {
  const found = await store.find(NAME);
  if (found === undefined) throw new Error('the job is gone');
  return found;
}

/** Rows by how often they were changed. */
async function changes(): Promise<unknown> {
  return connection.query('select changes, count(*) as rows from parcels group by 1 order by 1');
}

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

beforeEach(() =>
  run([
    'drop table if exists parcels',
    'drop function if exists parcels_remark_sync',
    'delete from backfill_jobs',
    `create table parcels (id uuid primary key default gen_random_uuid(), note text not null, remark text,
       changes int not null default 0)`,
  ]),
);

const addRows = (count: number) =>
  connection.query(`insert into parcels (note) select 'note ' || n from generate_series(1, ${count}) n`);

/** Makes each change of a row take about so many tenths of a millisecond. */
const slowDown = (steps: number) =>
  run([
    `create or replace function take_time() returns trigger language plpgsql as
       $$ begin perform pg_sleep(${steps} / 10000.0); return new; end $$`,
    'create trigger slow before update on parcels for each row execute function take_time()',
  ]);

/** Those of workers on a backfill. */
const CONNECTIONS = `select from pg_stat_activity where application_name like 'backfill %' and datname = current_database()`;

/** Starts a backfill that no machine ends before a test has looked at it: a batch takes a tenth of a second, all of them minutes. */
const haveMinutesLeft = async () => {
  await slowDown(500);
  await run([...startBackfill(COUNTED), 'update backfill_jobs set batch_size = 2']);
};

describe('a worker that was suspended', () => {
  it('has its session ended, so that others get the lock, and does not call the backfill failed', async () => {
    await using idle = openBackfillConnection(database.url);
    expect(await idle.query('show idle_session_timeout')).toEqual([{ idle_session_timeout: '1min' }]);
    await addRows(10);
    await run(startBackfill(COUNTED));

    let ended: Promise<unknown> | undefined;
    const endBackfills = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'backfill %' and datname = current_database()`;

    const end = await work({
      // Long enough a rest for what PostgreSQL does to a session that says nothing.
      restShare: 1_000,
      onProgress: ({ rowsDone }) => {
        if (rowsDone > 0) ended = connection.query(endBackfills);
      },
    }).catch((error: unknown) => error);

    await ended;
    expect(end instanceof Error ? isDatabaseUnavailable(end) : end).toEqual(
      end instanceof Error ? true : { type: 'lost' },
    );
    expect(await job()).toMatchObject({ state: 'running', error: null });
    expect(await work()).toEqual({ type: 'done' });
    expect(await changes()).toEqual([{ changes: 1, rows: 10 }]);
  });
});

describe('a backfill', () => {
  it('changes each row that needs it once, and no other, and is then done', async () => {
    await addRows(5_000);
    await run([
      `update parcels set remark = 'here already' where note < 'note 3'`,
      ...startBackfill(COUNTED),
    ]);
    const [here] = await connection.query('select count(*) as rows from parcels where remark is not null');

    expect(await work()).toEqual({ type: 'done' });

    const filled = 5_000 - Number(here?.['rows']);
    expect(await changes()).toEqual([
      { changes: 0, rows: here?.['rows'] },
      { changes: 1, rows: filled },
    ]);
    expect(await job()).toMatchObject({ state: 'done', rowsDone: filled, error: null });
    expect(await connection.query('select completed_at is not null as ended from backfill_jobs')).toEqual([
      { ended: true },
    ]);
  });

  it('goes along a key of any type that has an order', async () => {
    await run([
      'drop table parcels',
      `create table parcels ("the Key" varchar(20) collate "und-x-icu" primary key, note text, remark text, changes int default 0)`,
      `insert into parcels select chr(65 + n % 50) || '''' || n, 'x' from generate_series(1, 3000) n`,
      ...startBackfill({ ...COUNTED, key: 'the Key' }),
      'update backfill_jobs set batch_size = 100',
    ]);

    expect(await work()).toEqual({ type: 'done' });

    expect(await changes()).toEqual([{ changes: 1, rows: 3_000 }]);
  });

  it('finds batches that take about 100 ms: more rows where they are quick, fewer where they are slow', async () => {
    await addRows(2_000);
    // So few that they are quick on any machine.
    await run([...startBackfill(COUNTED), 'update backfill_jobs set batch_size = 10']);
    const sizes: number[] = [];
    const note = ({ batchSize }: BackfillProgress) => sizes.push(batchSize);

    await work({ onProgress: note });
    const largest = Math.max(...sizes);
    await run([
      'update parcels set remark = null',
      `update backfill_jobs set state = 'pending', completed_at = null, batch_size = 1000`,
    ]);
    await slowDown(10);
    const stopping = new AbortController();
    sizes.length = 0;
    await work({
      signal: stopping.signal,
      onProgress: (progress) => note(progress) === 6 && stopping.abort(),
    });

    expect(largest).toBeGreaterThan(10);
    expect(sizes.at(-1)).toBeLessThan(300);
  });

  it('finds rows that came in behind it', async () => {
    await addRows(1_000);
    await run([...startBackfill(COUNTED), 'update backfill_jobs set batch_size = 100']);
    const stopping = new AbortController();
    await work({ signal: stopping.signal, onProgress: ({ rowsDone }) => rowsDone > 0 && stopping.abort() });
    const half = await job();

    // What a version of the server without the new column does meanwhile; some of the keys are behind the cursor.
    await addRows(500);

    expect(await work()).toEqual({ type: 'done' });
    expect(half.rowsDone).toBeLessThan(1_000);
    expect(await changes()).toEqual([{ changes: 1, rows: 1_500 }]);
  });

  it('says at once that it is done where the table is empty', async () => {
    await run(startBackfill(COUNTED));

    expect(await job()).toMatchObject({ state: 'done' });
    expect(await work()).toEqual({ type: 'taken' });
  });
});

describe('a worker that is killed in the middle', () => {
  it('loses nothing and repeats nothing: anyone who comes next continues, also several at once', async () => {
    await addRows(6_000);
    await haveMinutesLeft();
    const places: number[] = [];

    for (let kill = 0; kill < 3; kill += 1) {
      const from = (await job()).rowsDone;
      const { child, ended } = runProcess('backfill-process.ts', database.url, NAME);
      await until('it is under way', async () => (await job()).rowsDone > from);
      child.kill('SIGKILL');
      await ended;
      places.push((await job()).rowsDone);
      expect(await job()).toMatchObject({ state: 'running' });
      // The lock goes with its connection, which PostgreSQL notices at the end of the batch.
      await until('its connection has ended', async () => (await connection.query(CONNECTIONS)).length === 0);
    }
    expect(places.at(-1)).toBeLessThan(6_000);
    await run(['drop trigger slow on parcels', 'update backfill_jobs set batch_size = 1000']);
    const workers = Array.from(
      { length: 3 },
      () => runProcess('backfill-process.ts', database.url, NAME).ended,
    );
    const said = (await Promise.all(workers)).map(({ stdout }) => JSON.parse(stdout) as { type: string });

    expect(said.map(({ type }) => type).toSorted()).toEqual(['done', 'taken', 'taken']);
    expect(await changes()).toEqual([{ changes: 1, rows: 6_000 }]);
    expect(await job()).toMatchObject({ state: 'done', rowsDone: 6_000 });
  });
});

describe('a person', () => {
  it('can hold it up and let it continue where it was', async () => {
    await addRows(2_000);
    await haveMinutesLeft();
    let pausing: Promise<boolean> | undefined;

    const end = await work({
      onProgress: ({ rowsDone }) => {
        if (rowsDone > 0) pausing ??= store.pause(NAME);
      },
    });

    expect(end).toEqual({ type: 'paused' });
    expect(await pausing).toBe(true);
    const held = await job();
    expect(held).toMatchObject({ state: 'paused' });
    expect(await work()).toEqual({ type: 'taken' });
    await run(['drop trigger slow on parcels', 'update backfill_jobs set batch_size = 1000']);
    expect(await store.resume(NAME)).toBe(true);
    expect(await work()).toEqual({ type: 'done' });
    expect(await changes()).toEqual([{ changes: 1, rows: 2_000 }]);
    expect(held.rowsDone).toBeLessThan(2_000);
  });

  it('can take it back while it runs', async () => {
    await addRows(2_000);
    await haveMinutesLeft();
    let removing: Promise<unknown> | undefined;

    const end = await work({
      onProgress: ({ rowsDone }) => {
        if (rowsDone > 0) removing ??= connection.query('delete from backfill_jobs');
      },
    });

    expect(end).toEqual({ type: 'removed' });
  });

  it('cannot pause what is done, resume what runs, or retry what has not failed', async () => {
    await addRows(1);
    await run(startBackfill(COUNTED));

    expect(await store.resume(NAME)).toBe(false);
    expect(await store.retry(NAME)).toBe(false);
    await work();
    expect(await store.pause(NAME)).toBe(false);
    expect(await store.pause('no such')).toBe(false);
  });
});

describe('a worker that is stopped', () => {
  it('breaks its batch off, and what was not done is done by the next', async () => {
    await addRows(1_000);
    await run(BATCHES_UNTIL_BROKEN_OFF);
    await run(startBackfill(COUNTED));
    const stopping = new AbortController();
    const ended = work({ signal: stopping.signal });
    await untilInBatch(connection);

    stopping.abort();

    expect(await ended).toEqual({ type: 'stopped' });
    expect(await job()).toMatchObject({ state: 'pending', rowsDone: 0 });
    await connection.query('drop trigger slow on parcels');
    expect(await work()).toEqual({ type: 'done' });
    expect(await changes()).toEqual([{ changes: 1, rows: 1_000 }]);
  });
});

describe('a row that another session holds', () => {
  it('is waited for without blocking others, and with a message', async () => {
    await addRows(500);
    await run(startBackfill(COUNTED));
    const other = openPlainConnection(database.url);
    try {
      await other.query('begin');
      await other.query(
        `update parcels set note = 'held' where id = (select max(id::text)::uuid from parcels)`,
      );
      const seen: string[] = [];

      const ended = work({ onProgress: ({ waitsFor }) => waitsFor !== undefined && seen.push(waitsFor) });
      await until('it has waited', () => seen.length >= 2);
      const waiting = await job();
      await other.query('commit');

      expect(waiting).toMatchObject({
        state: 'running',
        error: 'waits for rows that another transaction holds',
      });
      expect(await ended).toEqual({ type: 'done' });
      expect(await job()).toMatchObject({ state: 'done', error: null });
      expect(await connection.query(`select remark from parcels where note = 'held'`)).toEqual([
        { remark: 'held' },
      ]);
    } finally {
      await other.close();
    }
  });
});

describe('a backfill that cannot succeed', () => {
  const WRONG = [
    ['its table is gone', {}, ['drop table parcels'], 'There is no table "parcels"'],
    ['its key is gone', {}, ['alter table parcels rename id to number'], 'has no column "id" to go along'],
    ['its key is not unique', { key: 'note' }, [], 'is not unique and required'],
    ['a column is gone', {}, ['alter table parcels drop column remark'], 'column "remark" does not exist'],
    ['its SQL is none', { set: 'remark =' }, [], 'syntax error'],
    [
      'a row breaks a rule',
      {},
      [`alter table parcels add check (remark <> 'note 7')`],
      'violates check constraint',
    ],
    ['its rows still meet the condition', { set: 'changes = changes + 1' }, [], 'still meet the condition'],
  ] as const;

  it.each(WRONG)(
    'fails with a sentence when %s, and changes nothing more',
    async (_what, wrong, before, reason) => {
      await addRows(10);
      await run([...startBackfill({ ...COUNTED, ...wrong }), ...before]);

      const end = await work();

      expect(end).toEqual({ type: 'failed', reason: expect.stringContaining(reason) });
      expect(await job()).toMatchObject({
        state: 'failed',
        error: expect.stringContaining(reason),
        rowsDone: 0,
      });
      expect(await work()).toEqual({ type: 'taken' });
    },
  );

  it('is tried again when a person has fixed it', async () => {
    await addRows(10);
    await run([...startBackfill(COUNTED), 'alter table parcels rename remark to gone']);
    await work();

    await connection.query('alter table parcels rename gone to remark');

    expect(await store.retry(NAME)).toBe(true);
    expect(await job()).toMatchObject({ state: 'pending', error: null });
    expect(await work()).toEqual({ type: 'done' });
  });

  it('gives up after ten passes in each of which such rows were written', async () => {
    await addRows(10);
    await run(startBackfill(COUNTED));
    await run([
      // Anyone who writes a row leaves another one that needs it.
      `create function write_more() returns trigger language plpgsql as
         $$ begin insert into parcels (note) values ('more'); return new; end $$`,
      'create trigger more after update on parcels for each statement execute function write_more()',
    ]);

    const end = await work();

    expect(end).toEqual({ type: 'failed', reason: expect.stringContaining('After 10 passes') });
    await run(['drop table parcels', 'drop function write_more']);
  });
});

describe('a renamed column', () => {
  it('has every value in both columns after the backfill, while versions old and new were writing', async () => {
    await run([
      'drop table parcels',
      'create table parcels (id int primary key, note text not null)',
      `insert into parcels select n, 'note ' || n from generate_series(1, 20000) n`,
      ...renameColumnOnline({ table: 'parcels', column: 'note', newName: 'remark', type: 'text' }).expand.up,
      `update backfill_jobs set name = '${NAME}', batch_size = 100`,
    ]);
    const writer = openPlainConnection(database.url);
    const working = new AbortController();
    let writes = 0;
    const write = async (): Promise<void> => {
      while (!working.signal.aborted) {
        const [some, other] = [(writes * 7_919) % 20_000, (writes * 104_729) % 20_000];
        await writer.query(`update parcels set note = 'old ' || ${writes} where id = ${some + 1}`);
        await writer.query(`update parcels set remark = 'new ' || ${writes} where id = ${other + 1}`);
        await writer.query(`insert into parcels (id, note) values (${20_001 + 2 * writes}, 'added by old')`);
        await writer.query(
          `insert into parcels (id, remark) values (${20_002 + 2 * writes}, 'added by new')`,
        );
        writes += 1;
      }
    };
    const writing = write();

    const end = await work({ restShare: 0.5 });
    working.abort();
    await writing;
    await writer.close();

    expect(end).toEqual({ type: 'done' });
    expect(writes).toBeGreaterThan(0);
    expect(await connection.query('select from parcels where note is distinct from remark')).toEqual([]);
    expect(await connection.query('select count(*) as rows from parcels')).toEqual([
      { rows: 20_000 + 2 * writes },
    ]);
  });
});
