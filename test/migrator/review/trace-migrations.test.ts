import { p } from '@mikro-orm/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lintMigrations } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { traceFindings } from '../../../src/migrator/review/lint/trace-rules.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { traceMigrations } from '../../../src/migrator/review/trace/trace-migrations.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { makeMigrationFolder, migrationSource } from '../../support/migration-folder.ts';
import { BackfillJobSchema } from '../../../src/entities/backfill-job.ts';
import { makePlayground } from '../author/playground.ts';
import { orders } from '../author/records.ts';
import type { Records } from '../author/playground.ts';
import type { LintFinding } from '../../../src/migrator/review/lint/lint-finding.ts';
import type { StatementTrace, TraceReport } from '../../../src/migrator/review/trace/migration-trace.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { MigrationFolder, MigrationText } from '../../support/migration-folder.ts';

const IN_USE = 'Migration20260101000001_in_use';
const LINTED = 'Migration20260101000002_linted';
const ROWS = 200;

const inUse = migrationSource({
  up: [
    `create table customers (id uuid primary key, email varchar(64) not null unique)`,
    `create table orders (id int primary key, customer_id uuid not null references customers (id), note varchar(20) not null)`,
  ],
});

let database: TestDatabase;
beforeEach(async () => {
  database = await createEmptyDatabase();
});
afterEach(() => database.drop());

const statics = [`static override readonly irreversible = 'a test';`];

async function folderWith(
  text: Partial<MigrationText> & { readonly up: readonly string[] },
): Promise<MigrationFolder> {
  return makeMigrationFolder({ [IN_USE]: inUse, [LINTED]: migrationSource({ statics, ...text }) });
}

const traceOf = (folder: MigrationFolder): Promise<TraceReport> =>
  traceMigrations({ databaseUrl: database.url, folder: folder.path, names: ['linted'], rowsPerTable: ROWS });

async function trace(...up: readonly string[]): Promise<readonly StatementTrace[]> {
  await using folder = await folderWith({ up });
  const { migrations } = await traceOf(folder);
  const [only] = migrations;
  expect(only).toMatchObject({ name: LINTED });
  expect(only?.failure).toBeUndefined();
  return only?.statements ?? [];
}

async function lintTraced(text: Parameters<typeof folderWith>[0]): Promise<LintFinding[]> {
  await using folder = await folderWith(text);
  return await lintMigrations({ folder: folder.path, names: ['linted'], trace: await traceOf(folder) });
}

describe('a trace', () => {
  const cases = [
    {
      what: 'a table rewritten for a default that differs by row',
      sql: 'alter table orders add column key uuid not null default gen_random_uuid()',
      locks: [{ table: 'orders', mode: 'AccessExclusiveLock' }],
      rewrites: ['orders'],
    },
    {
      what: 'a strong lock and nothing written for a constant default',
      sql: `alter table orders add column kind text not null default 'a'`,
      locks: [{ table: 'orders', mode: 'AccessExclusiveLock' }],
      rewrites: [],
    },
    {
      what: 'nothing written for a longer text',
      sql: 'alter table orders alter column note type varchar(40)',
      locks: [{ table: 'orders', mode: 'AccessExclusiveLock' }],
      rewrites: [],
    },
    {
      what: 'a table rewritten for a wider number',
      sql: 'alter table orders alter column id type bigint',
      locks: [{ table: 'orders', mode: 'AccessExclusiveLock' }],
      rewrites: ['orders'],
    },
    {
      what: 'that writes wait for an index',
      sql: 'create index orders_note on orders (note)',
      locks: [{ table: 'orders', mode: 'ShareLock' }],
      rewrites: [],
    },
    {
      what: 'the locks of a foreign key on both tables',
      sql: 'create table lines (id int primary key, order_id int references orders (id))',
      locks: [{ table: 'orders', mode: 'ShareRowExclusiveLock' }],
      rewrites: [],
    },
    { what: 'nothing of reading', sql: 'select count(*) from orders', locks: [], rewrites: [] },
    { what: 'nothing of a new table', sql: 'create table a (id int)', locks: [], rewrites: [] },
    {
      what: 'a dropped table as locked and not as written',
      sql: 'drop table orders',
      locks: expect.arrayContaining([{ table: 'orders', mode: 'AccessExclusiveLock' }]),
      rewrites: [],
    },
  ];
  it.each(cases)('tells $what', async ({ sql, locks, rewrites }) => {
    const [statement] = await trace(sql);

    expect(statement).toMatchObject({ sql, locks, rewrites });
  });

  it('tells a lock with the statement that took it, and once', async () => {
    const [first, second] = await trace(
      'alter table orders add column a int; alter table orders add column b int',
    );

    expect(first?.locks).toEqual([{ table: 'orders', mode: 'AccessExclusiveLock' }]);
    expect(second).toMatchObject({ sql: 'alter table orders add column b int', locks: [] });
  });

  it('counts the rows that change', async () => {
    const [statement] = await trace(`update orders set note = 'b' where id <= 150`);

    expect(statement?.rows).toBe(150);
  });

  it('sees what a migration asks while it runs', async () => {
    await using folder = await makeMigrationFolder({
      [IN_USE]: inUse,
      [LINTED]: migrationSource({ up: [] }).replace(
        'override up(): void {',
        `override async up(): Promise<void> {\n    await this.execute('alter table orders add a int');`,
      ),
    });

    const { migrations } = await traceOf(folder);

    expect(migrations[0]?.statements).toMatchObject([
      { sql: 'alter table orders add a int', locks: [{ mode: 'AccessExclusiveLock' }] },
    ]);
  });

  it('runs what cannot be in a transaction without one', async () => {
    await using folder = await folderWith({
      up: ['create index concurrently i on orders (note)'],
      statics: ['static override readonly transactional = false;'],
    });

    expect((await traceOf(folder)).migrations).toMatchObject([
      { transactional: false, statements: [{ rows: 0 }] },
    ]);
  });

  it('names the statement that fails, and stops there', async () => {
    await using folder = await folderWith({ up: ['select 1', 'alter table order add a int', 'select 2'] });

    const { migrations } = await traceOf(folder);

    expect(migrations[0]).toMatchObject({
      statements: [{ sql: 'select 1' }],
      failure: { sql: 'alter table order add a int', sqlState: '42601' },
    });
  });

  it('refuses a name that no migration has', async () => {
    await using folder = await folderWith({ up: [] });

    await expect(
      traceMigrations({ databaseUrl: database.url, folder: folder.path, names: ['lintd'] }),
    ).rejects.toThrow(/no migration "lintd".*_linted/);
  });
});

describe('the rules of the trace', () => {
  const rulesOf = (findings: readonly LintFinding[]) => findings.map(({ rule }) => rule);
  const allow = (rules: Readonly<Record<string, string>>) => [
    ...statics,
    `static override readonly lint = { allow: ${JSON.stringify(rules)} };`,
  ];
  const rewrite = `alter table orders add column key uuid null default gen_random_uuid()`;

  it('speak of a table that is rewritten, and can be waived', async () => {
    const findings = await lintTraced({ up: [rewrite] });

    expect(findings.find(({ rule }) => rule === 'trace-rewrite')).toMatchObject({
      migration: LINTED,
      statement: rewrite,
      severity: 'error',
    });
    const waived = { 'trace-rewrite': 'ten rows', 'adding-field-with-default': 'ten rows' };
    await database.drop();
    database = await createEmptyDatabase();
    expect(rulesOf(await lintTraced({ up: [rewrite], statics: allow(waived) }))).toEqual([]);
  });

  it('speak of a strong lock that is held while something else takes long', async () => {
    const findings = await lintTraced({
      up: ['alter table orders add column a int null', 'select pg_sleep(1.05)'],
    });

    expect(rulesOf(findings)).toEqual(['trace-long-lock']);
    expect(findings[0]).toMatchObject({ statement: 'alter table orders add column a int null' });
  });

  it('are silent of a strong lock at the end', async () => {
    const up = ['select pg_sleep(1.05)', 'alter table orders add column a int null'];

    expect(rulesOf(await lintTraced({ up }))).toEqual([]);
  });

  it('speak of a statement that changes most rows of a table', async () => {
    const up = [`update orders set note = 'b' where id > 1`];

    expect(rulesOf(await lintTraced({ up, phase: 'data' }))).toEqual(['row-estimate-too-big']);
  });

  it('are silent of a statement that changes some', async () => {
    const up = [`update orders set note = 'b' where id < 10`];

    expect(rulesOf(await lintTraced({ up, phase: 'data' }))).toEqual([]);
  });

  const batch = (limit: number) =>
    `update orders set note = 'b' where id > 0 and id in (select id from orders where note <> 'b' limit ${limit})`;

  it('are silent of a batch, and speak of one that is no smaller than a table', async () => {
    expect(rulesOf(await lintTraced({ up: [batch(10_000)], phase: 'data' }))).toEqual([]);

    await database.drop();
    database = await createEmptyDatabase();
    const findings = await lintTraced({ up: [batch(1_000_000)], phase: 'data' });
    expect(rulesOf(findings)).toContain('row-estimate-too-big');
  });

  it('are silent of what is generated for another name, and of the sweep of its backfill', async () => {
    const jobs = BackfillJobSchema as unknown as Records[number];
    await using playground = await makePlayground();
    await playground.make([...orders({ remark: p.string() }), jobs], 'first');
    await playground.make([...orders({ note: p.string() }), jobs], 'second', {
      renames: { declared: ['orders.remark:note'], deniesOthers: false },
    });
    const { folder } = playground;
    const names = (await loadMigrations(folder)).slice(1).map(({ name }) => name);
    const report = await traceMigrations({
      databaseUrl: database.url,
      folder,
      names,
      rowsPerTable: ROWS,
    });

    expect(report.migrations.flatMap(({ failure }) => failure ?? [])).toEqual([]);
    const swept = report.migrations.filter(({ statements }) => statements.some(({ rows }) => rows === ROWS));
    expect(swept.length).toBeGreaterThan(0);
    expect(rulesOf(await lintMigrations({ folder, names, trace: report }))).toEqual([]);
  });

  it('are silent of the sweep that ends a backfill', async () => {
    const sweep = `update orders set note = 'b' where note is distinct from 'b'`;
    const done = `update backfill_jobs set state = 'done' where name = 'orders.note'`;
    const rowCounts = new Map([['orders', ROWS]]);
    const seen = { durationMs: 1, locks: [], rewrites: [], scans: [] };
    const traced = (phase: 'data' | 'contract', statements: StatementTrace[]) =>
      traceFindings([{ name: LINTED, phase, transactional: true, statements }], rowCounts);

    const statements = [
      { ...seen, sql: sweep, rows: ROWS },
      { ...seen, sql: done, rows: 1 },
    ];
    expect(rulesOf(await traced('contract', statements))).toEqual([]);
    expect(rulesOf(await traced('contract', statements.slice(0, 1)))).toEqual(['row-estimate-too-big']);
    expect(rulesOf(await traced('data', statements))).toEqual(['row-estimate-too-big']);
  });

  it('are silent of a column that is required, for anyone who does that fills it before', async () => {
    await database.drop();
    database = await createEmptyDatabase();
    await using folder = await makeMigrationFolder({
      [IN_USE]: migrationSource({ up: ['create table orders (id int primary key, note text null)'] }),
      [LINTED]: migrationSource({
        phase: 'contract',
        up: ['alter table orders add constraint c check (note is not null) not valid'],
        statics,
      }),
      [`${LINTED}_then`]: migrationSource({
        phase: 'contract',
        up: ['alter table orders validate constraint c', 'alter table orders alter note set not null'],
        statics,
      }),
    });

    const report = await traceMigrations({
      databaseUrl: database.url,
      folder: folder.path,
      names: [LINTED, `${LINTED}_then`],
      rowsPerTable: ROWS,
    });

    expect(report.migrations.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(report.rowCounts.get('orders')).toBe(ROWS);
  });

  it('speak of what fails on a database with rows', async () => {
    const findings = await lintTraced({
      up: ['alter table orders add column a int not null'],
      statics: allow({ 'required-column-needs-default': 'a test' }),
    });

    expect(rulesOf(findings)).toEqual(['trace-failed']);
    expect(findings[0]?.message).toContain('23502');
  });
});
