/** What is generated, run by the migrator as servers run it: expand, backfills, contracts, and all the way back with rows. */
import { p } from '@mikro-orm/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { entities } from '../../../src/entities/index.ts';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { runBackfill } from '../../../src/migrator/upkeep/backfills/run-backfill.ts';
import { useEmptyDatabase } from '../../support/emptied-database.ts';
import { quiet } from '../../support/quiet-log.ts';
import { makePlayground } from './playground.ts';
import { orders } from './records.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import type { Playground, Records } from './playground.ts';

/** The tables that the migrator itself works with. */
const operations = [...entities].filter(({ meta }) =>
  ['app_instances', 'backfill_jobs', 'database_backups'].includes(meta.tableName),
) as unknown as Records;

const before = [...operations, ...orders({ phone: p.string(), size: p.integer() })];
const after = [
  ...operations,
  ...orders({ mobile: p.string(), size: p.bigint(), note: p.string(), units: p.integer().unique() }),
];

const { database, connection } = useEmptyDatabase();
let playground: Playground;

beforeEach(async () => {
  playground = await makePlayground();
});

afterEach(async () => {
  await playground[Symbol.asyncDispose]();
});

async function migrate(direction: 'up' | 'down', names?: readonly string[]): Promise<readonly string[]> {
  const opened = openMigrator({ databaseUrl: database.url, folder: playground.folder });
  opened.migrator.configure({ log: quiet });
  try {
    const wanted = names === undefined ? undefined : { migrations: [...names] };
    return (await opened.migrator[direction](wanted)).map(({ name }) => name);
  } finally {
    await opened.close();
  }
}

const entries = async () => (await readManifest(playground.folder)).migrations.map(({ name }) => name);

const makeSecond = () =>
  playground.make(after, 'second', {
    renames: { declared: ['orders.phone:mobile'], deniesOthers: false },
    fills: [`orders.note='none'`],
  });

const NEW_ROW = `insert into orders (id, units, mobile, size, note) values (4, 4, 'new', 3000000000, 'some')`;

it('goes through expand, backfills and contracts on a database in use, and takes only fitting values back', async () => {
  await playground.make(before, 'first');
  await migrate('up');
  await connection.query(
    `insert into orders (id, units, phone, size) select n, n, 'phone ' || n, n from generate_series(1, 3) n`,
  );
  const made = await makeSecond();
  const steps = made.flatMap((file) => file.steps);
  const contracts = steps.filter(({ phase }) => phase === 'contract').map(({ name }) => name);

  expect(await migrate('up')).toEqual(
    steps.filter(({ phase }) => phase !== 'contract').map(({ name }) => name),
  );
  // While a copy lives, the backfills are its work.
  await connection.query(
    `insert into app_instances (id, version, migrations_head, host, pid) values (gen_random_uuid(), '9', 'Migration9', 'here', 1)`,
  );
  await expect(migrate('up', contracts)).rejects.toThrow(/backfill orders\.\w+ is pending/);
  const { signal } = new AbortController();
  for (const name of ['orders.mobile', 'orders.note', 'orders.size_next'])
    await runBackfill({ databaseUrl: database.url, name, signal, restShare: 0 });
  expect(await migrate('up', contracts)).toEqual(contracts);
  await connection.query(NEW_ROW);

  expect(
    await connection.query('select mobile, size::text, note from orders order by id desc limit 2'),
  ).toEqual([
    { mobile: 'new', size: '3000000000', note: 'some' },
    { mobile: 'phone 3', size: '3', note: 'none' },
  ]);
  const all = await entries();
  await expect(migrate('down', all)).rejects.toThrow(
    /1 value of orders\.size does not fit int.*\(id\) = \(4\)/,
  );
  await connection.query('update orders set size = 4 where id = 4');
  await migrate('down', all);
  expect(await connection.query(`select to_regclass('orders') as found`)).toEqual([{ found: null }]);
});

it('runs in one continue a new database, and back', async () => {
  await playground.make(before, 'first');
  await makeSecond();

  const all = await entries();

  expect(await migrate('up')).toEqual(all);
  await connection.query(NEW_ROW);
  await connection.query('update orders set size = 4');

  expect(await migrate('down', all)).toHaveLength(all.length);
});
