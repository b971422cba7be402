import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { openMigrator } from '../../../src/migrator/run/open-migrator.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { planStatically } from '../../../src/migrator/review/static-plan.ts';
import { reportText } from '../../../src/migrator/review/migration-report.ts';
import { queryIn, runTraced } from '../../../src/migrator/review/trace/run-traced.ts';
import { TableWatch } from '../../../src/migrator/review/trace/table-watch.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import type { LoadedMigration } from '../../../src/migrator/run/state/load-migrations.ts';
import type { Change, MigrationReport } from '../../../src/migrator/review/migration-report.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const ROWS = 300;

/** Every kind of table and constraint that a case below changes. */
const inUse = [
  'create table customers (id int primary key, email varchar(64) not null, city text null)',
  `create table orders (id int primary key, customer_id int null references customers (id) on delete cascade, note varchar(20) null,
    total numeric(10,2) not null, made timestamptz(0) null, size int null, constraint sized check (size > 0),
    code text not null, constraint coded check (length(code) > 0))`,
  'create table lines (id int not null, order_id int null, text text null)',
  'create index lines_text on lines (text)',
  'create unique index lines_id on lines (id)',
  'alter table lines add constraint lines_order foreign key (order_id) references orders (id) on delete set null not valid',
  'alter table lines add constraint lines_text_given check (text is not null) not valid',
  'alter table customers add constraint city_given check (city is not null)',
  'create table measures (at date not null) partition by range (at)',
  `create table measures_1 partition of measures for values from ('1900-01-01') to ('2000-01-01')`,
  'create function seen() returns trigger language plpgsql as $$ begin return new; end $$',
  'create trigger seen before insert on orders for each row execute function seen()',
  'create materialized view cities as select distinct city from customers',
];

const VALUES = {
  customers: `i, 'a', 'b'`,
  orders: `i, i, 'a', 1, now(), 1, 'a'`,
  lines: `i, i, 'a'`,
};

/** How a query finds its rows is the planner's choice. */
const IS_QUERY = /^(?:select|delete|update .* where|refresh)/;

/** One statement a case, except where a step must come before. */
const cases: readonly (readonly string[])[] = [
  ['create table a (id int primary key, b int unique)'],
  ['create table a (id int references orders (id))'],
  ['alter table orders add a int null'],
  ['alter table orders add a int not null default 0'],
  ['alter table orders add a timestamptz not null default now()'],
  ['alter table orders add a uuid default gen_random_uuid()'],
  ['alter table orders add a bigserial'],
  ['alter table orders add a int generated always as identity'],
  ['alter table orders add a int generated always as (size + 1) stored'],
  ['alter table orders add a int generated always as (size + 1) virtual'],
  ['alter table orders add a int null references customers (id)'],
  ['alter table orders add a int null default 1 check (a > 0)'],
  ['alter table orders add a int null unique'],
  ['alter table orders drop column note'],
  ['alter table orders drop column customer_id'],
  ['alter table orders alter note type varchar(40)'],
  ['alter table orders alter note type text'],
  ['alter table orders alter note type varchar(10)'],
  ['alter table orders alter note type varchar(40) using (note::varchar(40))'],
  ['alter table orders alter note type varchar(40) using (note || note)'],
  ['alter table orders alter total type numeric(12,2)'],
  ['alter table orders alter total type numeric(12,3)'],
  ['alter table orders alter made type timestamptz(3)'],
  ['alter table orders alter total type numeric(9,2)'],
  ['alter table orders alter total type numeric'],
  ['alter table orders alter note type varchar'],
  ['alter table orders alter note type char(20)'],
  ['alter table orders alter code type varchar(30)'],
  ['alter table orders alter made type timestamptz'],
  ['alter table orders alter made type timestamp'],
  ['alter table orders alter size type smallint'],
  ['alter table orders alter note type text', 'alter table orders alter note type varchar(9)'],
  ['alter table orders alter size type bigint'],
  ['alter table orders alter code type varchar'],
  ['alter table orders alter customer_id type bigint'],
  ['alter table customers alter id type bigint'],
  ['alter table customers alter email type varchar(80)'],
  ['alter table orders alter size set not null'],
  ['alter table customers alter city set not null'],
  ['alter table customers alter city drop not null'],
  ['alter table orders alter size set default 1'],
  ['alter table orders add constraint c check (total >= 0)'],
  ['alter table orders add constraint c check (total >= 0) not valid'],
  ['alter table lines validate constraint lines_text_given'],
  ['alter table lines validate constraint lines_order'],
  ['alter table lines validate constraint lines_text_given', 'alter table lines alter text set not null'],
  ['alter table lines add constraint f foreign key (order_id) references orders (id)'],
  ['alter table lines add constraint f foreign key (order_id) references orders (id) not valid'],
  ['alter table lines drop constraint lines_order'],
  ['alter table orders drop constraint sized'],
  ['alter table orders add constraint u unique (id)'],
  ['alter table lines add constraint u unique using index lines_id'],
  ['alter table lines add primary key using index lines_id'],
  ['alter table lines add primary key (id)'],
  ['create index i on orders (note)'],
  ['drop index lines_text'],
  ['reindex table lines'],
  ['reindex index lines_text'],
  ['alter table orders rename column note to remark'],
  ['alter table orders rename constraint sized to big'],
  ['alter table orders rename to purchases'],
  ['alter table orders disable trigger seen'],
  ['alter table orders alter size set statistics 10'],
  ['alter table orders set (fillfactor = 70)'],
  ['alter table lines set unlogged'],
  ['alter table orders set schema information_schema'],
  ['create trigger again before update on orders for each row execute function seen()'],
  ['drop trigger seen on orders'],
  [`comment on table orders is 'a'`],
  [`comment on column orders.size is 'a'`],
  ['create statistics s on id, size from orders'],
  ['create view v as select * from orders'],
  ['refresh materialized view cities'],
  ['drop table lines'],
  ['drop table orders cascade'],
  ['truncate lines'],
  ['update orders set size = 2'],
  ['update orders set size = 2 where id = 1'],
  ['delete from lines where id = 1'],
  [`insert into lines (id, text) values (100000, 'a')`],
  [
    `alter table orders add a int null`,
    'create index i on orders (a)',
    'alter table orders alter size set not null',
  ],
  [
    'create table a (id int)',
    'insert into a values (1)',
    'create index i on a (id)',
    'alter table a rename to b',
    'alter table b alter id type bigint',
  ],
  [
    'create table a (id int not null, other int)',
    'alter table a add foreign key (id) references orders (id)',
    'alter table a add primary key (id)',
  ],
  ['alter table orders add a int null default 1 references customers (id)'],
  ['alter table orders add constraint n not null size'],
  ['alter table orders alter id add generated always as identity'],
  ['alter table orders enable row level security'],
  ['create policy p on orders'],
  ['analyze orders'],
  ['cluster orders using orders_pkey'],
  ['lock table orders in share mode'],
  ['select count(*) from orders'],
  ['grant select on orders to public'],
];

const IN_USE = 'Migration20260101000000_in_use';
const nameOf = (index: number): string => `Migration20260101001${String(index).padStart(3, '0')}_case`;

let database: TestDatabase;
let folder: MigrationFolder;
let opened: ReturnType<typeof openMigrator>;
let migrations: readonly LoadedMigration[];

beforeAll(async () => {
  database = await createEmptyDatabase();
  const sources = cases.map((up, index) => [nameOf(index), migrationSource({ up })]);
  folder = await makeMigrationFolder({
    [IN_USE]: migrationSource({ up: inUse }),
    ...Object.fromEntries(sources),
  });
  opened = openMigrator({ databaseUrl: database.url, folder: folder.path });
  migrations = await loadMigrations(folder.path);
  const query = queryIn(opened.orm, undefined);
  for (const sql of inUse) await query(sql);
  for (const [table, values] of Object.entries(VALUES))
    await query(`insert into ${table} select ${values} from generate_series(1, ${ROWS}) as s (i)`);
  await query('analyze');
});

afterAll(async () => {
  await opened.close();
  await folder[Symbol.asyncDispose]();
  await database.drop();
});

const caseOf = (index: number): LoadedMigration => {
  const migration = migrations[index + 1];
  if (migration === undefined) throw new Error(`there is no case ${index}`);
  return migration;
};

async function plan(index: number): Promise<MigrationReport> {
  const query = queryIn(opened.orm, undefined);
  const applied = migrations.slice(0, 1);
  const request = {
    applied,
    migrations: [caseOf(index)],
    direction: 'up',
    query,
  } as const;
  const [planned] = await planStatically(request);
  if (planned === undefined) throw new Error('nothing was planned');
  return planned;
}

async function planOf(source: string): Promise<MigrationReport[]> {
  await using other = await makeMigrationFolder({ Migration20260101000099_other: source });
  const loaded = await loadMigrations(other.path);
  return await planStatically({
    applied: migrations.slice(0, 1),
    migrations: loaded,
    direction: 'up',
    query: queryIn(opened.orm, undefined),
  });
}

async function planSource(source: string): Promise<MigrationReport> {
  const [planned] = await planOf(source);
  if (planned === undefined) throw new Error('nothing was planned');
  return planned;
}

const planText = (...up: readonly string[]): Promise<MigrationReport> => planSource(migrationSource({ up }));

/** Runs it in a transaction that is rolled back. */
async function measure(index: number): Promise<MigrationReport> {
  const connection = opened.orm.driver.getConnection();
  const transaction = await connection.begin();
  try {
    const watch = await TableWatch.begin(queryIn(opened.orm, transaction));
    return await runTraced({
      orm: opened.orm,
      migration: caseOf(index),
      direction: 'up',
      watch,
      transaction,
    });
  } finally {
    await connection.rollback(transaction);
  }
}

/** Outside of a transaction a lock is gone with its statement, so it is looked at while the statement waits for a transaction of ours. */
async function measureWaiting(sql: string, table: string): Promise<string[]> {
  const [holder, runner, looker] = [1, 2, 3].map(() => openPlainConnection(database.url));
  if (holder === undefined || runner === undefined || looker === undefined) throw new Error('no connection');
  try {
    await holder.query('begin');
    await holder.query(`lock table ${table} in row exclusive mode`);
    const [runs] = await runner.query<{ pid: number }>('select pg_backend_pid() as pid');
    const isRun = runner.query(sql);
    const seen = await vi.waitUntil(async () => {
      const locks = await looker.query<{ mode: string }>(
        `select mode from pg_locks where pid = ${runs?.pid} and relation = '${table}'::regclass and granted
          and exists (select from pg_locks where pid = ${runs?.pid} and not granted)`,
      );
      return locks.length > 0 && locks.map(({ mode }) => mode);
    }, 10_000);
    await holder.query('rollback');
    await isRun;
    return seen;
  } finally {
    await Promise.all([holder, runner, looker].map((each) => each.close()));
  }
}

/** Virtual columns, and constraints with a name that forbid null. */
const SINCE_18 = /\bvirtual$|add constraint \w+ not null/;

async function serverVersion(): Promise<number> {
  const rows = await queryIn(
    opened.orm,
    undefined,
  )<{ version: number }>(`select current_setting('server_version_num')::int as version`);
  return rows[0]?.version ?? 0;
}

const inOrder = ({ sql, locks, rewrites, scans }: Change & { readonly sql: string }) => ({
  sql,
  locks: locks.map(({ table, mode }) => `${table} ${mode}`).sort(),
  rewrites: [...rewrites].sort(),
  scans: IS_QUERY.test(sql) ? [] : [...scans].sort(),
});

describe('a static plan', () => {
  it.for(cases.map((up, index) => ({ up: up.join('; '), index })))(
    'foresees what is measured: $up',
    async ({ up, index }, { skip }) => {
      skip(SINCE_18.test(up) && (await serverVersion()) < 180_000, 'PostgreSQL knows it from 18 on');
      const { statements } = await plan(index);
      const measured = await measure(index);

      expect(measured.failure).toBeUndefined();
      expect(statements.map(inOrder)).toEqual(measured.statements.map(inOrder));
    },
  );

  const concurrent = [
    { up: 'create index concurrently lines_order_id on lines (order_id)', scans: ['lines'] },
    { up: 'reindex index concurrently lines_text', scans: ['lines'] },
    { up: 'reindex table concurrently lines', scans: ['lines'] },
    { up: 'drop index concurrently lines_text', scans: [] },
  ];
  it.each(concurrent)(
    'foresees the lock of what runs outside of a transaction: $up',
    async ({ up, scans }) => {
      const [statement] = (await planText(up)).statements;
      const modes = await measureWaiting(up, 'lines');

      expect(statement).toMatchObject({
        locks: [{ table: 'lines', mode: 'ShareUpdateExclusiveLock' }],
        scans,
      });
      expect(modes).toEqual(['ShareUpdateExclusiveLock']);
    },
  );

  it('says about how many rows are read, written or changed', async () => {
    const [index] = (await planText('create index i on orders (note)')).statements;
    const [update] = (await planText('update orders set size = 2 where id = 1')).statements;
    const [add] = (await planText('alter table orders add a int null')).statements;

    expect([index?.rows, update?.rows, add?.rows]).toEqual([ROWS, ROWS, undefined]);
  });

  const blind = [
    {
      up: 'do $$ begin delete from orders; end $$',
      note: /code, whose statements are known only when it runs/,
    },
    { up: 'select seen_by_nobody()', note: /what seen_by_nobody\(\) does/ },
    {
      up: 'alter table orders add a int default own()',
      note: /whether own\(\) gives each row another value/,
    },
    { up: 'drop index unknown_index', note: /which table index unknown_index belongs to/ },
    { up: 'alter table nowhere alter a type int', note: /type of nowhere.a before is not known/ },
    { up: 'alter table measures add a int null', note: /partitions, which are not listed/ },
    { up: 'alter table order add', note: /PostgreSQL would refuse it/ },
  ];
  it.each(blind)('says what it cannot know: $up', async ({ up, note }) => {
    const [statement] = (await planText(up)).statements;

    expect(statement?.notes?.join()).toMatch(note);
  });

  it('says nothing of what PostgreSQL itself provides', async () => {
    const [statement] = (await planText(`select set_config('a.b', '1', true), now()`)).statements;

    expect(statement?.notes).toEqual([]);
  });

  it('knows no statements of a migration that asks the database, and says so', async () => {
    const source = migrationSource({ up: [] }).replace(
      'override up(): void {',
      `override async up(): Promise<void> {\n    await this.execute('select 1');`,
    );

    expect(await planSource(source)).toMatchObject({
      statements: [],
      notes: [expect.stringMatching(/known only then/)],
    });
  });

  it('reads for a person', async () => {
    const made = migrationSource({
      up: ['alter table orders alter size type bigint', 'create index i on lines (id)', 'do $$ begin end $$'],
      phase: 'contract',
    });
    const text = reportText(await planOf(made));

    expect(text).toBe(`  1  Migration20260101000099_other (contract)
     alter table orders alter size type bigint
          orders: reads and writes wait (AccessExclusiveLock); all rows are rewritten
          About 300 rows.
     create index i on lines (id)
          lines: writes wait (ShareLock); all rows are read
          About 300 rows.
     do $$ begin end $$
          Note: it is code, whose statements are known only when it runs.
     Locks are held until the migration ends.
`);
  });
});
