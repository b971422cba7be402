/** What is signed by itself, and what others have and must stay as it is. Needs no database. */
import { rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signManifest } from '../../../src/migrator/author/make/sign-manifest.ts';
import { readInstallation } from '../../../src/migrator/run/state/installation.ts';
import { readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { makeMigrationFolder, migrationSource, stepsSource } from '../../support/migration-folder.ts';
import type { Manifest } from '../../../src/migrator/run/state/manifest.ts';
import type { MigrationFolder } from '../../support/migration-folder.ts';

const MERGED = 'Migration20260101000001_merged';
const OWN = 'Migration20260101000002_own';
const table = (name: string) => migrationSource({ up: [`create table ${name} (id int)`] });
const steps = (statement: string) =>
  stepsSource(`expand({ up: ['select 1'] })`, `contract({ up: ['${statement}'] })`);

let folder: MigrationFolder;
/** The manifest of the main branch. */
let main: Manifest;

beforeEach(async () => {
  folder = await makeMigrationFolder({ [MERGED]: table('merged') });
  main = await readManifest(folder.path);
});

afterEach(() => folder[Symbol.asyncDispose]());

const sign = () => signManifest(folder.path, main);
const whole = () => readInstallation(folder.path);

describe('signing', () => {
  it('lists what is new or edited, and no one else has; and then nothing more', async () => {
    await folder.write(OWN, table('own'));
    expect(await sign()).toEqual({ signed: [OWN], refused: [] });
    await folder.write(OWN, table('other'));
    expect(await sign()).toEqual({ signed: [OWN], refused: [] });
    await folder.write(OWN, steps('select 2'));
    expect(await sign()).toEqual({ signed: [OWN], refused: [] });
    expect((await whole()).manifest.head).toBe(`${OWN}/2`);
    expect(await sign()).toEqual({ signed: [], refused: [] });
  });

  it('does not write a manifest that is there already', async () => {
    const file = join(folder.path, 'manifest.json');
    const longAgo = new Date(0);
    await utimes(file, longAgo, longAgo);

    expect(await sign()).toEqual({ signed: [], refused: [] });

    expect((await stat(file)).mtime).toEqual(longAgo);
  });

  it('signs nothing while a file is gone, which may be a mistake', async () => {
    await folder.write(OWN, table('own'));
    await sign();
    await folder.remove(OWN);

    expect(await sign()).toEqual({ signed: [], refused: [] });
    await expect(whole()).rejects.toThrow(/_own\.ts is missing/);
  });

  it.each(['requires', 'backfills', 'replaces'])('refuses other %s than others have', async (condition) => {
    const withCondition = migrationSource({
      up: ['select 1'],
      statics: [`static override readonly ${condition} = ['${MERGED}'];`],
    });
    await folder.write(OWN, withCondition);
    await sign();
    main = await readManifest(folder.path);

    await folder.write(OWN, migrationSource({ up: ['select 1'] }));

    expect((await sign()).refused).toEqual([
      expect.stringMatching(
        /_own states other requires, backfills, replaces or stop than where it is merged/,
      ),
    ]);
  });

  it('refuses what others have and does something else here, and signs nothing then', async () => {
    await folder.write(MERGED, table('other'));
    await folder.write(OWN, table('own'));

    const { signed, refused } = await sign();

    expect(signed).toEqual([]);
    expect(refused).toEqual([
      expect.stringMatching(/_merged does something else than where it is merged: restore .*_merged\.ts/),
    ]);
    await expect(whole()).rejects.toMatchObject({ type: 'installation-incomplete' });
  });

  it('refuses one step of a file that others have', async () => {
    await folder.write(OWN, steps('select 2'));
    await sign();
    main = await readManifest(folder.path);

    await folder.write(OWN, steps('select 3'));

    expect((await sign()).refused).toEqual([expect.stringMatching(/_own\/2 does something else/)]);
  });

  it('accepts other text for what others have', async () => {
    await folder.write(MERGED, `// What it is for.\n${table('merged')}`);

    expect(await sign()).toEqual({ signed: [MERGED], refused: [] });
    await whole();
  });

  it('refuses that a file of others is gone, unless this branch has never had it', async () => {
    await folder.write(OWN, table('own'));
    const theirs = {
      migrations: [...main.migrations, { name: 'Migration20260101000003_theirs', checksum: 'x' }],
    };
    expect(await signManifest(folder.path, theirs)).toEqual({ signed: [OWN], refused: [] });

    await folder.remove(MERGED);

    expect((await sign()).refused).toEqual([expect.stringMatching(/_merged is gone, and it is merged/)]);
  });

  it('accepts that the originals of a squash are gone', async () => {
    const squash = migrationSource({
      up: ['create table merged (id int)'],
      statics: [`static override readonly replaces = ['${MERGED}'];`],
    });
    await folder.write(OWN, squash);
    await sign();
    await folder.remove(MERGED);

    expect(await sign()).toEqual({ signed: [MERGED], refused: [] });
  });

  it('knows what others have by a former checksum, and keeps those of a manifest in conflict', async () => {
    const [entry] = main.migrations;
    const formerly = ['as-main-has-it'];
    const line = JSON.stringify({ ...entry, formerly });
    await writeFile(
      join(folder.path, 'manifest.json'),
      `{\n  "migrations": [\n    ${line}\n<<<<<<< HEAD\n  ],\n=======\n  ]\n>>>>>>> main\n`,
    );

    const theirs = { migrations: [{ name: MERGED, checksum: 'as-main-has-it' }] };
    expect((await signManifest(folder.path, theirs)).refused).toEqual([]);

    expect((await whole()).manifest.migrations).toEqual([{ ...entry, formerly }]);
  });

  it('makes a manifest where there is none', async () => {
    await rm(join(folder.path, 'manifest.json'));

    expect(await signManifest(folder.path, undefined)).toEqual({ signed: [MERGED], refused: [] });
    await whole();
  });
});
