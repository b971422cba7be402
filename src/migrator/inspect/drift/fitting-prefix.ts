/** Finds which migrations a database looks as if it had run, by running them one after another elsewhere and comparing. */
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { compareSchema, keyOf } from './compare-schema.ts';
import { readSchema } from './read-schema.ts';
import { replayMigrations } from './replay-migrations.ts';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { Difference } from './compare-schema.ts';
import type { Schema } from './read-schema.ts';

/** The first so many migrations, and how the database differs from what they make. */
export interface Prefix {
  readonly names: readonly string[];
  readonly differences: readonly Difference[];
}

export interface PrefixSearch {
  /** Shortest first. Several fit when the later of them change rows only. */
  readonly prefixes: readonly Prefix[];
  /** Objects that no migration makes: they are in nobody's way. */
  readonly strangers: readonly Difference[];
  /** Whether it has nothing that any migration makes. */
  readonly isEmpty: boolean;
}

export interface SearchedDatabases {
  readonly databaseUrl: string;
  /** Where the migrations are run; empty. */
  readonly scratchUrl: string;
  readonly folder: string;
}

/** Runs the migrations of a folder on the scratch database, and compares after each. The database asked about is only read. */
export async function searchPrefix({
  databaseUrl,
  scratchUrl,
  folder,
}: SearchedDatabases): Promise<PrefixSearch> {
  const migrations = await withoutReplaced(folder);
  const found = await readSchema(databaseUrl);
  const schemas: Schema[] = [];
  await replayMigrations(scratchUrl, migrations, async () => {
    schemas.push(await readSchema(scratchUrl));
  });
  const ours = new Set(schemas.flat().map(keyOf));
  const isStranger = ({ kind, table, name, problem }: Difference): boolean =>
    problem === 'unexpected' && table === null && !ours.has(keyOf({ kind, table, name }));
  const names = migrations.map(({ name }) => name);
  return {
    prefixes: schemas.map((schema, index) => ({
      names: names.slice(0, index + 1),
      differences: compareSchema(schema, found).filter((difference) => !isStranger(difference)),
    })),
    strangers: compareSchema(schemas.at(-1) ?? [], found).filter(isStranger),
    isEmpty: !found.some((object) => ours.has(keyOf(object))),
  };
}

/** A database that ran the originals of a squash has what the squash makes; the squash is what this version knows. */
async function withoutReplaced(folder: string): Promise<LoadedMigration[]> {
  const migrations = await loadMigrations(folder);
  const replaced = new Set(migrations.flatMap(({ replaces }) => replaces));
  return migrations.filter(({ name }) => !replaced.has(name));
}
