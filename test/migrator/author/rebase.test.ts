/** Two branches that both added migrations, brought together by git. */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { p } from '@mikro-orm/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMigrations } from '../../../src/migrator/author/make/check-migrations.ts';
import { schemaToolsOf } from '../../../src/migrator/author/make/schema-change.ts';
import { loadMigrations } from '../../../src/migrator/run/state/load-migrations.ts';
import { migrationsElsewhere, rebaseMigrations } from '../../../src/migrator/author/make/rebase.ts';
import { makePlayground, openRecords } from './playground.ts';
import { orders } from './records.ts';
import type { Playground, Records } from './playground.ts';

const run = promisify(execFile);

let playground: Playground;

beforeEach(async () => {
  playground = await makePlayground();
});

afterEach(() => playground[Symbol.asyncDispose]());

const base = orders();
const ours = orders({ phone: p.string().nullable(), note: p.string().nullable() });
const theirs = orders({ limit: p.integer().nullable() });
const both = orders({ note: p.string().nullable(), limit: p.integer().nullable() });

async function rebase(own: readonly string[], records: Records = both) {
  await using orm = openRecords(records, playground.folder);
  const target = schemaToolsOf(orm.config).generator.getTargetSchema();
  return rebaseMigrations({ folder: playground.folder, own, target, nowAt: Date.now() });
}

async function check(records: Records): Promise<string[]> {
  await using orm = openRecords(records, playground.folder);
  return checkMigrations(orm, playground.folder);
}

const git = (...words: string[]) => run('git', ['-C', playground.folder, ...words]);

async function commit(message: string): Promise<void> {
  await git('add', '--all');
  await git('-c', 'user.name=test', '-c', 'user.email=test@example.org', 'commit', '--quiet', '-m', message);
}

/** Our branch has four migrations, one of which requires another; the main branch then got one that is newer. */
async function makeBranches(): Promise<void> {
  await git('init', '--quiet', '--initial-branch=main');
  await playground.make(base, 'first');
  await commit('base');
  await git('checkout', '--quiet', '-b', 'topic');
  await playground.make(ours, 'ours');
  await playground.make(orders({ note: p.string().nullable() }), 'ours_less');
  await playground.make(orders({ note: p.string() }), 'ours_required');
  await commit('ours');
  await git('checkout', '--quiet', 'main');
  await playground.make(theirs, 'theirs');
  const [, made] = await loadMigrations(playground.folder);
  const later = made?.name.replace(/\d{14}/, '29990101000000') ?? '';
  await writeFile(
    join(playground.folder, `${later}.ts`),
    (await playground.read('theirs')).replaceAll(made?.name ?? '', later),
  );
  await rm(made?.path ?? '');
  await writeFile(
    join(playground.folder, 'manifest.json'),
    (await readFile(join(playground.folder, 'manifest.json'), 'utf8')).replaceAll(made?.name ?? '', later),
  );
  await commit('theirs');
  await git('checkout', '--quiet', 'topic');
}

describe('a merge that conflicts in manifest and snapshot', () => {
  it('is settled: ours come after theirs, in their order, and everything agrees', async () => {
    await makeBranches();
    const merging = git('-c', 'user.name=t', '-c', 'user.email=t@example.org', 'merge', 'main');
    await expect(merging).rejects.toMatchObject({ stdout: expect.stringContaining('CONFLICT') });
    expect(await readFile(join(playground.folder, 'manifest.json'), 'utf8')).toContain('<<<<<<<');

    const elsewhere = await migrationsElsewhere(playground.folder, undefined);
    const names = (await playground.files()).filter((name) => !elsewhere.names.has(name));
    const records = orders({ note: p.string(), limit: p.integer().nullable() });
    const restamps = await rebase(names, records);

    expect(elsewhere.references).toEqual(['main']);
    expect(restamps).toHaveLength(names.length);
    expect(await playground.names()).toEqual([
      'first',
      'theirs',
      'ours',
      'ours_less',
      'ours_required_not_null_check',
      'ours_required_not_null_validate',
      'ours_required_not_null',
    ]);
    const loaded = await loadMigrations(playground.folder);
    for (const name of await playground.files())
      expect(await readFile(join(playground.folder, `${name}.ts`), 'utf8')).toContain(
        `class ${name} extends`,
      );
    expect(loaded.at(-1)?.requires).toEqual([loaded.at(-2)?.name]);
    expect(await check(records)).toEqual([]);
  });
});

describe('a rebase', () => {
  it('asks git about the branch that is named, and says when there is none', async () => {
    await makeBranches();

    const elsewhere = await migrationsElsewhere(playground.folder, 'topic');

    expect(elsewhere.names.size).toBe(4);
    await expect(migrationsElsewhere(playground.folder, 'nowhere')).rejects.toThrow(/"nowhere".*--onto/);
    await git('checkout', '--quiet', 'main');
    await expect(migrationsElsewhere(playground.folder, undefined)).rejects.toThrow(
      /no branch "main" besides/,
    );
  });

  it('leaves migrations alone that are behind the others already', async () => {
    await playground.make(base, 'first');
    const [made] = await playground.make(theirs, 'second');

    expect(await rebase([made?.name ?? ''], theirs)).toEqual([]);

    expect(await playground.names()).toEqual(['first', 'second']);
  });

  it('gives two of one second a second each', async () => {
    await playground.make(base, 'first');
    const [made] = await playground.make(theirs, 'second');
    const twin = `${made?.name}_twin`;
    await writeFile(join(playground.folder, `${twin}.ts`), made?.source.replaceAll(made.name, twin) ?? '');

    await rebase([twin], theirs);

    expect(await playground.names()).toEqual(['first', 'second', 'second_twin']);
    expect(await check(theirs)).toEqual([]);
  });

  it('loses none where one gets the time that another of the same words had', async () => {
    const head = Date.UTC(2999, 0, 1);
    await playground.make(base, 'first', { nowAt: head });
    const [other] = await playground.make(base, 'other', { nowAt: head + 1_000, blank: 'data' });
    await playground.make(base, 'rows', { nowAt: head + 2_000, blank: 'data' });
    await playground.make(base, 'rows', { nowAt: head + 3_000, blank: 'expand' });
    const own = (await playground.files()).slice(2);
    const between = own[0]?.replace('rows', 'between') ?? '';
    await writeFile(
      join(playground.folder, `${between}.ts`),
      other?.source.replaceAll(other.name, between) ?? '',
    );

    await rebase(own, base);

    expect(await playground.names()).toEqual(['first', 'other', 'between', 'rows', 'rows']);
    const [rows, more] = (await playground.files()).slice(3);
    expect(await readFile(join(playground.folder, `${rows}.ts`), 'utf8')).toContain(`phase = 'data'`);
    expect(await readFile(join(playground.folder, `${more}.ts`), 'utf8')).toContain(`phase = 'expand'`);
  });

  it('refuses while a migration is in conflict', async () => {
    const [made] = await playground.make(base, 'first');
    await writeFile(made?.path ?? '', `<<<<<<< HEAD\n${made?.source}`);

    await expect(rebase([made?.name ?? ''], base)).rejects.toThrow(/first\.ts still has conflict markers/);
  });
});
