/**
 * Releases of the server as their folders of migrations: every beginning of the real folder, and behind it made-up ones that have
 * everything that upgrades stumble over: a backfill, rows, a contract, what requires it, a squash.
 */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBackfill, cancelBackfill } from '../../../src/migrator/author/recipes/backfill.ts';
import { fileOf } from '../../../src/migrator/run/state/entry-name.ts';
import { manifestText, readManifest } from '../../../src/migrator/run/state/manifest.ts';
import { makeMigrationFolder, migrationSource, ownMigrations } from '../../support/migration-folder.ts';

export interface Release {
  readonly version: string;
  readonly folder: string;
  /** Its newest migration. */
  readonly head: string;
}

export interface Releases extends AsyncDisposable {
  /** Oldest first. The last of them has neither the originals of the squash nor anything that waits but one contract. */
  readonly all: readonly Release[];
  /** By the name of the newest made-up migration: `remark`, `squash`. */
  readonly get: (words: string) => Release;
}

/** The made-up migrations by the words of their names. The numbers are later than any real one's. */
export const TAIL = Object.fromEntries(
  [
    'parcels',
    'remark',
    'rows',
    'note_goes',
    'note_again',
    'labels',
    'colours',
    'squash',
    'sizes',
    'old_goes',
  ].map((words, index) => [words, `Migration2090010100000${index}_${words}`]),
) as Record<Words, string>;
type Words =
  | 'parcels'
  | 'remark'
  | 'rows'
  | 'note_goes'
  | 'note_again'
  | 'labels'
  | 'colours'
  | 'squash'
  | 'sizes'
  | 'old_goes';

const REMARK = {
  name: 'parcels.remark',
  table: 'parcels',
  set: '"remark" = "note"::text',
  where: '"remark" is distinct from "note"::text',
};
const labels = { up: ['create table labels (id int primary key)'], down: ['drop table labels'] };
const colours = {
  up: ['alter table labels add column colour text'],
  down: ['alter table labels drop column colour'],
};

const SOURCES: Readonly<Record<Words, string>> = {
  parcels: migrationSource({
    up: ['create table parcels (id int primary key, note text, old text)'],
    down: ['drop table parcels'],
  }),
  remark: migrationSource({
    up: ['alter table parcels add column remark text', ...startBackfill(REMARK)],
    down: [...cancelBackfill(REMARK.name), 'alter table parcels drop column remark'],
  }),
  rows: migrationSource({
    phase: 'data',
    up: [`insert into parcels (id, note, remark) values (0, 'made', 'made') on conflict do nothing`],
    down: ['delete from parcels where id = 0'],
  }),
  note_goes: migrationSource({
    phase: 'contract',
    up: ['alter table parcels drop column note'],
    down: ['alter table parcels add column note text'],
    statics: [`static override readonly backfills = ['${REMARK.name}'];`],
  }),
  // The same name again, as another type: without the contract it cannot run.
  note_again: migrationSource({
    up: ['alter table parcels add column note int'],
    down: ['alter table parcels drop column note'],
    statics: [`static override readonly requires = ['${TAIL.note_goes}'];`],
  }),
  labels: migrationSource(labels),
  colours: migrationSource(colours),
  squash: migrationSource({
    up: [...labels.up, ...colours.up],
    down: [...colours.down, ...labels.down],
    statics: [`static override readonly replaces = ['${TAIL.labels}', '${TAIL.colours}'];`],
  }),
  sizes: migrationSource({
    up: ['alter table labels add column size int'],
    down: ['alter table labels drop column size'],
    statics: [`static override readonly requires = ['${TAIL.colours}'];`],
  }),
  old_goes: migrationSource({
    phase: 'contract',
    up: ['alter table parcels drop column old'],
    down: ['alter table parcels add column old text'],
  }),
};

/** Makes them all. */
export async function makeReleases(): Promise<Releases> {
  const own = await ownMigrations();
  const made = Object.entries(TAIL).map(([words, name]) => [name, SOURCES[words as Words]] as const);
  // Releases have links to these: nearly all files are in nearly all releases, and so each is loaded once, and described once.
  const shared = await makeMigrationFolder({ ...own, ...Object.fromEntries(made) });
  const { migrations } = await readManifest(shared.path);
  const folders = [shared.path];
  const releaseOf = async (names: ReadonlySet<string>, index: number): Promise<Release> => {
    const folder = `${shared.path}-${index}`;
    folders.push(folder);
    await mkdir(folder);
    for (const name of names) await symlink(join(shared.path, `${name}.ts`), join(folder, `${name}.ts`));
    const head = [...names].toSorted().at(-1) ?? '';
    const listed = migrations.filter((entry) => names.has(fileOf(entry.name)));
    await writeFile(
      join(folder, 'manifest.json'),
      manifestText({ migrations: listed, head: listed.at(-1)?.name ?? null }),
    );
    return { version: `1.${index}.0`, folder, head };
  };
  const names = new Set<string>();
  const all: Release[] = [];
  for (const name of [...Object.keys(own), ...Object.values(TAIL)]) {
    // A release after the squash, the originals go.
    if (name === TAIL.sizes) for (const original of [TAIL.labels, TAIL.colours]) names.delete(original);
    names.add(name);
    all.push(await releaseOf(names, all.length));
  }
  return {
    all,
    get: (words) => {
      const found = all.find(({ head }) => head.endsWith(`_${words}`));
      if (found === undefined) throw new Error(`There is no release whose newest migration is ${words}.`);
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
}
