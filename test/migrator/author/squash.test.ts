/** One migration in the place of several: made, proven equal, found unequal, finished. */
import { p } from '@mikro-orm/core';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { entities } from '../../../src/entities/index.ts';
import { createEmptyDatabase } from '../../support/database.ts';
import { checkMigrations } from '../../../src/migrator/author/make/check-migrations.ts';
import { lintMigrations } from '../../../src/migrator/review/lint/lint-migrations.ts';
import { manifestFaults, readManifest, writeManifest } from '../../../src/migrator/run/state/manifest.ts';
import { fileOf } from '../../../src/migrator/run/state/entry-name.ts';
import { listMigrationFiles, loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { compareMigrations } from '../../../src/migrator/run/state/migration-state.ts';
import { composeSquash } from '../../../src/migrator/author/squash/compose-squash.ts';
import { finishSquash } from '../../../src/migrator/author/squash/finish-squash.ts';
import { proveSquash } from '../../../src/migrator/author/squash/prove-squash.ts';
import { makePlayground, openRecords } from './playground.ts';
import { accounts, orders } from './records.ts';
import type { Playground, Records } from './playground.ts';
import type { SquashRequest } from '../../../src/migrator/author/squash/compose-squash.ts';

let playground: Playground;

const account = () => p.manyToOne(accounts).deleteRule('cascade').nullable().index();
/** Renames ask for backfills. */
const backfillJobs = [...entities].filter(
  ({ meta }) => meta.tableName === 'backfill_jobs',
) as unknown as Records;
const last = [...backfillJobs, ...orders({ account: account(), mobile: p.string() })];

/** Tables, a key and its index, a column with another name, and a statement that no schema shows. */
beforeEach(async () => {
  playground = await makePlayground();
  await playground.make([...backfillJobs, ...orders({ phone: p.string() })], 'first');
  await playground.make([...backfillJobs, ...orders({ account: account(), phone: p.string() })], 'second');
  await playground.make(last, 'third', {
    renames: { declared: ['phone:mobile'], deniesOthers: false },
    nowAt: Date.now() + 1_800_000,
  });
  await handWrite('storage', 'alter table "orders" alter column "mobile" set storage external');
});

afterEach(() => playground[Symbol.asyncDispose]());

/** Made an hour later, so that there is a second between it and what was made before. */
async function handWrite(name: string, sql: string, call = 'this.addSql'): Promise<void> {
  const request = { blank: 'expand', isDryRun: true, nowAt: Date.now() + 3_600_000 } as const;
  const [made] = await playground.make(last, name, request);
  const body = call === 'this.addSql' ? 'up(): void {' : 'async up(): Promise<void> {';
  const source = made?.source.replace('up(): void {', `${body}\n    ${call}(\`${sql}\`);`) ?? '';
  await writeFile(made?.path ?? '', source);
  await writeManifest(playground.folder);
}

/** Composes and writes a squash; `edit` spoils it. */
async function squash(request: Partial<SquashRequest> = {}, edit = (source: string) => source) {
  const wanted = { folder: playground.folder, from: 'first', to: 'storage', ...request };
  const composed = await composeSquash(wanted);
  await writeFile(composed.path, edit(composed.source));
  await writeManifest(playground.folder);
  return composed;
}

const prove = (name: string) => proveSquash(playground.folder, name, createEmptyDatabase);

describe('a squash', () => {
  it('of all makes what its originals make, in one transaction, and takes it back', async () => {
    const originals = (await loadMigrations(playground.folder)).map(({ name }) => name);

    const { name, replaces, source } = await squash();

    expect(replaces).toEqual(originals);
    expect(source).not.toMatch(/concurrently/);
    expect(name).toMatch(/_squash_storage$/);
    expect(await prove(name)).toEqual([]);
  });

  it('is found to be another when it leaves other rows', async () => {
    await handWrite('code', `insert into "accounts" ("code") values ('7')`);

    const { name } = await squash({ to: 'code' }, (source) => source.replace(`values ('7')`, `values ('8')`));

    expect(await prove(name)).toEqual([
      expect.stringMatching(/^with the originals the rows of accounts are/),
      expect.stringMatching(/^with the squash the rows of accounts are/),
    ]);
  });

  it('of a part of the steps of a file leaves that file when it is finished', async () => {
    await playground.make(
      orders({ account: account(), mobile: p.string(), fax: p.string().nullable() }),
      'fax',
    );
    const all = (await loadMigrations(playground.folder)).map(({ name }) => name);
    const { name, replaces } = await squash({ to: 'third/3', name: 'half' });

    expect(replaces).toEqual(all.slice(0, all.findIndex((each) => each.endsWith('third/3')) + 1));
    expect(await prove(name)).toEqual([]);
    const state = compareMigrations(await readManifest(playground.folder), []);
    expect(state.pending.map((entry) => entry.name)).toEqual(
      [name, ...all.slice(replaces.length)].toSorted(),
    );
    const removed = await finishSquash(playground.folder, 'half');

    expect(removed.map((file) => file.replace(/^Migration\d+_/, ''))).toEqual(['first', 'second']);
    expect(await playground.read('third')).toContain('contract({');
    await expect(finishSquash(playground.folder, 'half')).rejects.toThrow(
      /third\.ts also holds steps that .*half does not stand for/,
    );
  });

  it.each([
    { lost: 'set storage external', said: /orders\.mobile is stored as/ },
    {
      lost: 'create index if not exists "orders_account_id_index"',
      said: /index orders_account_id_index of orders is missing/,
    },
    {
      lost: 'validate constraint "orders_account_id_foreign"',
      said: /orders_account_id_foreign of orders is not validated/,
    },
  ])('without "$lost" is found to be another', async ({ lost, said }) => {
    const without = (source: string) => source.replace(new RegExp(`.*${lost}.*\n`), '');

    const { name } = await squash({}, without);

    const [difference] = await prove(name);
    expect(difference).toMatch(said);
  });

  it('that cannot be taken back is found to be another', async () => {
    const { name } = await squash({}, (source) => source.replace(/.*drop table "orders".*\n/, ''));

    const [difference] = await prove(name);
    expect(difference).toMatch(/^taken back, table orders is not ours/);
  });

  it('stands for its originals in databases that have them, also when they are gone', async () => {
    const { name, replaces } = await squash();
    const tracked = replaces.map((original) => rowOf(original));

    const before = compareMigrations(await readManifest(playground.folder), tracked);
    const removed = await finishSquash(playground.folder, 'squash_storage');
    const manifest = await readManifest(playground.folder);
    const after = compareMigrations(manifest, tracked);

    expect(removed).toEqual([...new Set(replaces.map(fileOf))]);
    expect(await playground.files()).toEqual([name]);
    expect(manifestFaults(manifest, await listMigrationFiles(playground.folder))).toEqual([]);
    for (const state of [before, after]) {
      expect(state.pending).toEqual([]);
      expect(state.ahead).toEqual([]);
      expect(state.adoptable).toMatchObject([{ name }]);
    }
  });

  it('leaves the folder in order: nothing in it is out of place, and the linter is content', async () => {
    const { name } = await squash();

    await using orm = openRecords(last, playground.folder);
    expect(await checkMigrations(orm, playground.folder)).toEqual([]);
    expect(await lintMigrations({ folder: playground.folder, names: [name] })).toEqual([]);
  });

  it('is not what a later migration waits for while its originals are there', async () => {
    const { name, replaces } = await squash();
    const again = orders({ account: account(), mobile: p.string(), phone: p.string().nullable() });

    await playground.make([...backfillJobs, ...again], 'phone_again');

    const { requires } = (await loadMigrations(playground.folder)).at(-1) ?? {};
    expect(requires).toEqual([replaces.findLast((original) => original.includes('third'))]);
    expect(requires).not.toContain(name);
  });

  it('is a contract when one of its originals is', async () => {
    const [made] = (await loadMigrations(playground.folder)).filter(({ phase }) => phase === 'contract');
    expect(made).toBeDefined();

    await squash();

    const { migrations } = await readManifest(playground.folder);
    expect(migrations.at(-1)).toMatchObject({ phase: 'contract' });
    expect(migrations.at(-1)?.requires).toBeUndefined();
  });
});

describe('a squash is refused', () => {
  const refusals: { what: string; request: Partial<SquashRequest>; said: RegExp }[] = [
    {
      what: 'of a name that does not exist',
      request: { from: 'frist' },
      said: /no migration "frist".*first/,
    },
    { what: 'of one migration', request: { to: 'first' }, said: /there are not two migrations/ },
    {
      what: 'that does not begin with the first migration',
      request: { from: 'second' },
      said: /begins with the first migration, Migration\d+_first/,
    },
    { what: 'with a name that is none', request: { name: 'No-Name' }, said: /snake case/ },
  ];
  it.each(refusals)('$what', async ({ request, said }) => {
    const before = await playground.files();

    await expect(squash(request)).rejects.toThrow(said);

    expect(await playground.files()).toEqual(before);
  });

  it('of a migration that asks the database', async () => {
    await handWrite('dynamic', 'select 1', 'await this.execute');

    await expect(squash({ to: 'dynamic' })).rejects.toThrow(/_dynamic asks the database while it runs/);
  });

  it('of a squash whose originals are there', async () => {
    await squash();

    await expect(squash({ name: 'again' })).rejects.toThrow(
      /squash_storage stands for migrations of this range.*--finish/,
    );
  });

  it('to be finished where it is none, or is finished', async () => {
    await expect(finishSquash(playground.folder, 'first')).rejects.toThrow(/first is no squash/);
    const { name } = await squash();
    await finishSquash(playground.folder, name);

    await expect(finishSquash(playground.folder, name)).rejects.toThrow(/gone already/);
    expect(await readFile(`${playground.folder}/${name}.ts`, 'utf8')).toContain('replaces');
  });
});

function rowOf(name: string) {
  const nothing = { checksum: null, phase: null, durationMs: null, appliedBy: null, appVersion: null };
  return { ...nothing, name, executedAt: new Date(0), host: null, kind: 'run' as const, note: null };
}
