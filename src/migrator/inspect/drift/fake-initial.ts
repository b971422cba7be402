/** Adopts a database whose tables are there and whose table of migrations is not: finds out what it has. */
import { MigratorFailure } from '../../failure.ts';
import { withReader } from '../doctor/reader.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { selectUp } from '../../run/state/selection.ts';
import { compareSchema, keyOf } from './compare-schema.ts';
import { openSchemaReader, readSchema } from './read-schema.ts';
import { replayMigrations } from './replay-migrations.ts';
import { createScratchDatabase } from './scratch-database.ts';
import type { OpenSettings } from '../../run/open-migrator.ts';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { Difference } from './compare-schema.ts';
import type { Schema } from './read-schema.ts';

export interface FakeInitialSettings extends OpenSettings {
  /** The last migration to record, where the schema alone does not show it. */
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

/** The first so many migrations, and how the database differs from what they make. */
interface Prefix {
  readonly names: readonly string[];
  readonly differences: readonly Difference[];
}

/** Returns what to record. MigratorFailure `command-invalid` when nothing fits or several do; its fact `differences` has the sentences. */
export async function planFakeInitial(settings: FakeInitialSettings): Promise<FakeInitialPlan> {
  const { databaseUrl, folder, to } = settings;
  const { tracked } = await withReader(settings, (reader) => reader.compare());
  if (tracked.length > 0)
    throw refusal(
      `this database has ${tracked.length} migrations on record. --fake-initial is for one without any; --fake records a single one`,
    );
  const all = await loadMigrations(folder);
  // A database that ran the originals of a squash has what the squash makes; the squash is what this version knows.
  const replaced = new Set(all.flatMap(({ replaces }) => replaces));
  const migrations = all.filter(({ name }) => !replaced.has(name));
  const names = migrations.map(({ name }) => name);
  const found = await readSchema(databaseUrl);
  const schemas = await schemasAfterEach(migrations, databaseUrl);
  const ours = new Set(schemas.flat().map(keyOf));
  if (!found.some((object) => ours.has(keyOf(object))))
    throw refusal('the database has none of our tables. db migrate makes them');
  // What no migration makes does not matter here.
  const isStranger = ({ kind, table, name, problem }: Difference): boolean =>
    problem === 'unexpected' && table === null && !ours.has(keyOf({ kind, table, name }));
  const prefixes = schemas.map((schema, index) => ({
    names: names.slice(0, index + 1),
    differences: compareSchema(schema, found).filter((difference) => !isStranger(difference)),
  }));
  const fitting = choosePrefix(prefixes, names, to);
  return {
    names: fitting.names,
    rest: names.slice(fitting.names.length),
    strangers: compareSchema(schemas.at(-1) ?? [], found)
      .filter(isStranger)
      .map(({ sentence }) => sentence),
  };
}

/** Returns what the schema is after each of them, on a scratch database. */
async function schemasAfterEach(
  migrations: readonly LoadedMigration[],
  databaseUrl: string,
): Promise<Schema[]> {
  const schemas: Schema[] = [];
  const scratch = await createScratchDatabase(databaseUrl);
  try {
    const reader = openSchemaReader(scratch.url);
    try {
      await replayMigrations(scratch.url, migrations, async () => void schemas.push(await reader.read()));
    } finally {
      await reader.close();
    }
    return schemas;
  } finally {
    await scratch.drop();
  }
}

function choosePrefix(prefixes: readonly Prefix[], all: readonly string[], to: string | undefined): Prefix {
  const length = to === undefined ? undefined : selectUp({ all, applied: [] }, { to }).length;
  const candidates = length === undefined ? prefixes : prefixes.slice(length - 1, length);
  const [fitting, ...more] = candidates.filter(({ differences }) => differences.length === 0);
  if (fitting === undefined) {
    const [nearest] = candidates.toSorted((a, b) => a.differences.length - b.differences.length);
    const { names = [], differences = [] } = nearest ?? {};
    throw refusal(
      `the database is not as migrations make it. From what those up to ${names.at(-1)} make it differs in ${differences.length}: ` +
        'fix that, or name another one: "manage db migrate --fake-initial NAME"',
      differences,
    );
  }
  if (more.length === 0) return fitting;
  // One that changes rows only may or may not have run here, and running it twice may be wrong.
  const choices = [fitting, ...more].map(({ names }) => names.at(-1)).join(', ');
  throw refusal(
    `the last of these change rows and not the schema, which cannot show whether they have run: ${choices}. ` +
      'Name the last one that has: "manage db migrate --fake-initial NAME"',
  );
}

function refusal(why: string, differences: readonly Difference[] = []): MigratorFailure {
  return new MigratorFailure('command-invalid', `Nothing was recorded: ${why}.`, {
    differences: differences.map(({ sentence }) => sentence),
  });
}
