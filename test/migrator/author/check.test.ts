/** `db check` sees everything that does not agree, without a database. */
import { p } from '@mikro-orm/core';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMigrations } from '../../../src/migrator/author/make/check-migrations.ts';
import { makeManifest, manifestText, writeManifest } from '../../../src/migrator/run/state/manifest.ts';
import { makePlayground, openRecords } from './playground.ts';
import { orders } from './records.ts';
import type { Playground } from './playground.ts';
import type { WrittenMigration } from '../../../src/migrator/author/make/write-migrations.ts';

const records = orders({ units: p.integer().index() });

let playground: Playground;
let made: WrittenMigration[];

beforeEach(async () => {
  playground = await makePlayground();
  made = [...(await playground.make(orders(), 'first')), ...(await playground.make(records, 'second'))];
});

afterEach(() => playground[Symbol.asyncDispose]());

async function check(of = records): Promise<string[]> {
  await using orm = openRecords(of, playground.folder);
  return checkMigrations(orm, playground.folder);
}

const write = (file: string, text: string) => writeFile(join(playground.folder, file), text);

/** Writes another migration with the same content as the second. */
async function copySecond(name: string, change = (source: string) => source): Promise<void> {
  const [, second] = made;
  await write(`${name}.ts`, change(second?.source.replaceAll(second.name, name) ?? ''));
}

describe('a folder', () => {
  it('with records that no migration makes', async () => {
    expect(await check(orders())).toEqual([
      expect.stringMatching(/no migration makes, of (?:public\.)?orders: run "npm run db -- make/),
    ]);
  });

  it('with an edited migration', async () => {
    await write(`${made[1]?.name}.ts`, `${made[1]?.source}\n`);

    expect(await check()).toEqual([
      expect.stringMatching(/second\.ts is not the file.*"npm run db -- check" signs/),
    ]);
  });

  it('with a migration that is missing', async () => {
    await rm(made[1]?.path ?? '');

    expect(await check()).toEqual([expect.stringMatching(/second\.ts is gone.*\.snapshot\.json back, too/)]);
  });

  it('with a manifest in conflict', async () => {
    await write('manifest.json', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> main\n');

    expect(await check()).toEqual([expect.stringMatching(/manifest\.json.*npm run db -- make --merge/)]);
  });

  it('with a snapshot in conflict', async () => {
    await write('.snapshot.json', '<<<<<<< HEAD\n');

    expect(await check()).toEqual([
      expect.stringMatching(/\.snapshot\.json is no snapshot.*npm run db -- make --merge/),
    ]);
  });

  it('with a manifest that states another phase than the file', async () => {
    await write(
      'manifest.json',
      manifestText(await makeManifest(playground.folder)).replace('"phase":"expand"', '"phase":"contract"'),
    );

    expect(await check()).toEqual([
      expect.stringMatching(
        /manifest\.json is not what the files of .*first make\. .*"npm run db -- check" signs/,
      ),
    ]);
  });

  it('with two migrations of one second', async () => {
    await copySecond(`${made[1]?.name}_again`);
    await writeManifest(playground.folder);

    expect(await check()).toEqual([
      expect.stringMatching(/second and .*second_again have one and the same time/),
    ]);
  });

  it('with a name that has no time in it', async () => {
    await copySecond('MigrationLater');
    await writeManifest(playground.folder);

    expect(await check()).toEqual([expect.stringMatching(/MigrationLater is not named as wanted/)]);
  });

  it('with a migration that requires one that is not before it', async () => {
    await copySecond('Migration29990101000000_third', (source) =>
      source.replace(
        '  static',
        `  static override readonly requires = ['Migration29990101000001_fourth'];\n  static`,
      ),
    );
    await writeManifest(playground.folder);

    expect(await check()).toEqual([
      expect.stringMatching(/third requires .*fourth, which is no migration before it/),
    ]);
  });

  it('in which everything agrees has no faults', async () => {
    expect(await check()).toEqual([]);
  });
});
