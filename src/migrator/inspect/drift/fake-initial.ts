/** Adopts a database whose tables are there and whose table of migrations is not: finds out what it has and records that. */
import { MigratorFailure } from '../../failure.ts';
import { openReader } from '../doctor/reader.ts';
import { openMigrator } from '../../run/open-migrator.ts';
import { selectUp } from '../../run/state/selection.ts';
import { searchPrefix } from './fitting-prefix.ts';
import { createScratchDatabase } from './scratch-database.ts';
import { openScratchDatabase } from './scratch-server.ts';
import type { Project } from '../../run/project.ts';
import type { Prefix, PrefixSearch } from './fitting-prefix.ts';
import type { ScratchDatabase } from './scratch-database.ts';

/** The reason that is recorded with each. */
const REASON = 'fake-initial';

export interface FakeInitialSettings extends Project {
  readonly databaseUrl: string;
  /** A server to make the scratch database on, in place of the database's own. */
  readonly scratchServerUrl?: string | undefined;
  /** The last migration to record, where the schema alone does not tell. */
  readonly to?: string | undefined;
}

export interface FakeInitialPlan {
  /** What the database has. */
  readonly names: readonly string[];
  /** What it lacks, and a start would apply. */
  readonly rest: readonly string[];
  /** In words: what no migration makes. */
  readonly strangers: readonly string[];
}

/** Returns what would be recorded. MigratorFailure `command-invalid` when nothing fits or several do; its fact `differences` has the sentences. */
export async function planFakeInitial(settings: FakeInitialSettings): Promise<FakeInitialPlan> {
  const { databaseUrl, folder, to } = settings;
  await refuseRecorded(settings);
  const scratch = await needScratch(settings);
  try {
    const search = await searchPrefix({ databaseUrl, scratchUrl: scratch.url, folder });
    const { names } = choosePrefix(search, to);
    const all = search.prefixes.at(-1)?.names ?? [];
    const strangers = search.strangers.map(({ sentence }) => sentence);
    return { names, rest: all.slice(names.length), strangers };
  } finally {
    await scratch.drop();
  }
}

/** Records what was planned, under the lock, as faked. */
export async function recordFakeInitial(
  settings: FakeInitialSettings,
  { names }: FakeInitialPlan,
): Promise<void> {
  const { migrator, close } = openMigrator(settings);
  try {
    await migrator.recordFake(names, { reason: REASON });
  } finally {
    await close();
  }
}

async function refuseRecorded(settings: FakeInitialSettings): Promise<void> {
  const reader = openReader(settings);
  try {
    const { tracked } = await reader.compare();
    const newest = tracked.at(-1);
    if (newest === undefined) return;
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was recorded: this database has ${tracked.length} migrations on record, the last ${newest.name}. ` +
        'db migrate --fake-initial is for one without any; --fake records a single one, db status shows them.',
    );
  } finally {
    await reader.close();
  }
}

async function needScratch(settings: FakeInitialSettings): Promise<ScratchDatabase> {
  const { scratchServerUrl } = settings;
  if (scratchServerUrl !== undefined) return createScratchDatabase(scratchServerUrl);
  const scratch = await openScratchDatabase(settings);
  if (typeof scratch !== 'string') return scratch;
  throw new MigratorFailure(
    'command-invalid',
    `The migrations have to be run in a scratch database, and ${scratch}. ` +
      'Name a server of the same major version where one may be made: --scratch URL.',
  );
}

function choosePrefix({ prefixes, isEmpty }: PrefixSearch, to: string | undefined): Prefix {
  if (isEmpty)
    throw new MigratorFailure(
      'command-invalid',
      'There is nothing to record: the database has none of our tables. db migrate makes them.',
    );
  if (to !== undefined) return fittingPrefix(prefixes, to);
  const fitting = prefixes.filter(({ differences }) => differences.length === 0);
  const [only, ...more] = fitting;
  if (only === undefined) throw noneFits(nearest(prefixes));
  if (more.length === 0) return only;
  // One that changes rows only may or may not have run here, and running it twice may be wrong.
  const choices = fitting.map(({ names }) => names.at(-1)).join(', ');
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was recorded: the last of these change rows and not the schema, which cannot tell whether they have run: ${choices}. ` +
      'Name the last one that has: "manage db migrate --fake-initial NAME".',
  );
}

function fittingPrefix(prefixes: readonly Prefix[], to: string): Prefix {
  const all = prefixes.at(-1)?.names ?? [];
  const { length } = selectUp({ all, applied: [] }, { to });
  const wanted = prefixes.find(({ names }) => names.length === length) ?? { names: [], differences: [] };
  if (wanted.differences.length > 0) throw noneFits(wanted);
  return wanted;
}

function nearest(prefixes: readonly Prefix[]): Prefix {
  const [best] = prefixes.toSorted((a, b) => a.differences.length - b.differences.length);
  return best ?? { names: [], differences: [] };
}

function noneFits({ names, differences }: Prefix): MigratorFailure {
  return new MigratorFailure(
    'command-invalid',
    `Nothing was recorded: the database is not as migrations make it. From what those up to ${names.at(-1)} make it differs ` +
      `in ${differences.length}: mend that, or name another one: "manage db migrate --fake-initial NAME".`,
    { differences: differences.map(({ sentence }) => sentence) },
  );
}
