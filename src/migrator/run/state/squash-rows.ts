/**
 * A squash and what it stands for are recorded together, so that a version of the server from before the squash finds its own
 * migrations still applied. Which rows stand for which, and the order in which they go back.
 */
import { MigratorFailure } from '../../failure.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';

interface Row {
  readonly name: string;
  readonly note: string | null;
}

/** What a squash stands for, by its name. */
export type Squashes = ReadonlyMap<string, readonly string[]>;

/** What is recorded, and what this version has. */
export interface Recorded {
  readonly manifest: Manifest;
  /** In the order in which they were recorded. */
  readonly tracked: readonly Row[];
  /** Those that are recorded. */
  readonly squashes: Squashes;
}

const STANDS_FOR = 'stands for ';

/** The note of a squash's row: it says what the squash replaces when this version has no file of either any more. */
export function squashNote(replaces: readonly string[]): string {
  return `${STANDS_FOR}${replaces.join(', ')}`;
}

/** Returns what each recorded squash stands for. */
export function recordedSquashes({ migrations }: Manifest, tracked: readonly Row[]): Squashes {
  const entries = new Map(migrations.map((entry) => [entry.name, entry]));
  return new Map(
    tracked.flatMap(({ name, note }) => {
      const noted = note?.startsWith(STANDS_FOR) === true ? note.slice(STANDS_FOR.length).split(', ') : [];
      const replaces = entries.get(name)?.replaces ?? noted;
      return replaces.length === 0 ? [] : [[name, replaces] as const];
    }),
  );
}

/** Returns the names that this version knows: its own, what they stand for, and what that stood for before. */
export function knownNames({ migrations }: Manifest, squashes: Squashes): Set<string> {
  const known = new Set(migrations.flatMap(({ name, replaces = [] }) => [name, ...replaces]));
  // A set that grows while it is walked is walked to its end.
  for (const name of known) for (const original of squashes.get(name) ?? []) known.add(original);
  return known;
}

/** Returns the recorded squash that stands for a migration now; undefined when nothing but the migration itself counts. */
export function standsFor(squashes: Squashes, name: string): string | undefined {
  for (const [squash, replaces] of squashes)
    if (replaces.includes(name)) return standsFor(squashes, squash) ?? squash;
  return undefined;
}

/** Returns the names of the rows that go with a migration when it is reverted: all that it replaces, and all that replace it. */
export function rowsRevertedWith(squashes: Squashes, name: string): string[] {
  const below = new Set([name]);
  for (const each of below) for (const original of squashes.get(each) ?? []) below.add(original);
  const above = new Set([name]);
  for (const each of above)
    for (const [squash, replaces] of squashes) if (replaces.includes(each)) above.add(squash);
  return [...new Set([...below, ...above])];
}

/**
 * Returns what counts as applied, in the order in which it was: a squash stands where the first of its originals stood, for what
 * came after them was made on top of them.
 */
export function effectiveNames({ tracked, squashes }: Pick<Recorded, 'tracked' | 'squashes'>): string[] {
  const places = new Map(tracked.map(({ name }, index) => [name, index]));
  const placeOf = (name: string): number =>
    Math.min(...[name, ...(squashes.get(name) ?? [])].map((each) => places.get(each) ?? Infinity));
  return tracked
    .map(({ name }) => name)
    .filter((name) => standsFor(squashes, name) === undefined)
    .sort((a, b) => placeOf(a) - placeOf(b));
}

/**
 * Returns under which name a target of a way back is there: a squash for the last of its originals. MigratorFailure `command-invalid` for
 * one in the middle of a squash.
 */
export function wayBackTo({ squashes }: Pick<Recorded, 'squashes'>, target: string): string {
  const squash = standsFor(squashes, target);
  if (squash === undefined) return target;
  if (squashes.get(squash)?.at(-1) === target) return squash;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was reverted: ${squash} stands for ${target} here, and cannot be reverted in part. Go to ${squash}, or to what comes before it.`,
  );
}

/**
 * Returns the rows of originals whose files are gone: only versions from before the squash could still need them, for the version
 * before this one knows the squash.
 */
export function outlivedOriginals<Tracked extends Row>(
  { migrations }: Manifest,
  tracked: readonly Tracked[],
  squashes: Squashes,
): Tracked[] {
  const listed = new Set(migrations.map(({ name }) => name));
  return tracked.filter(({ name }) => !listed.has(name) && standsFor(squashes, name) !== undefined);
}

/** Returns the originals of recorded squashes that have a file here and no row, as a squash leaves them that ran in their place. */
export function unrecordedOriginals({
  manifest,
  tracked,
  squashes,
}: Recorded): ReadonlyMap<string, readonly ManifestEntry[]> {
  const rows = new Set(tracked.map(({ name }) => name));
  return new Map(
    [...squashes].flatMap(([squash, replaces]) => {
      const missing = manifest.migrations.filter(({ name }) => replaces.includes(name) && !rows.has(name));
      return missing.length === 0 ? [] : [[squash, missing] as const];
    }),
  );
}
