/** What a database and a version of the server know of each other: what is applied, pending, missing, edited. Reads only. */
import { neededContracts } from './required.ts';
import { knownNames, recordedSquashes } from './squash-rows.ts';
import { isKnownAs } from './manifest.ts';
import type { Manifest, ManifestEntry } from './manifest.ts';
import type { Phase } from '../migration.ts';

/** How a row came into the table: its migration ran, was faked, or replaces others. */
export type TrackedKind = 'run' | 'fake' | 'squash';

/** A row of the table of applied migrations. What an older version of the server wrote lacks what is null here. */
export interface TrackedMigration {
  readonly name: string;
  readonly executedAt: Date;
  readonly checksum: string | null;
  readonly phase: Phase | null;
  readonly durationMs: number | null;
  readonly appliedBy: string | null;
  readonly appVersion: string | null;
  readonly host: string | null;
  readonly kind: TrackedKind;
  readonly note: string | null;
}

/** The two lists compared. */
export interface MigrationState {
  readonly manifest: Manifest;
  /** The rows, in the order in which they were applied. */
  readonly tracked: readonly TrackedMigration[];
  /** Not applied, in order; without what an applied squash stands for, and with a squash only where it may run. */
  readonly pending: readonly ManifestEntry[];
  /** What each recorded squash stands for; the rows of its originals are there too. */
  readonly squashes: ReadonlyMap<string, readonly string[]>;
  /** Squashes whose originals are all applied: they are recorded without running. */
  readonly adoptable: readonly ManifestEntry[];
  /** Applied, and unknown to this version: the database is ahead. */
  readonly ahead: readonly TrackedMigration[];
  /** Applied with other statements than this version has. */
  readonly edited: readonly ManifestEntry[];
  /** Pending, and older than one that is applied: merged late. */
  readonly late: readonly ManifestEntry[];
}

/** Compares the manifest with the rows. */
export function compareMigrations(manifest: Manifest, tracked: readonly TrackedMigration[]): MigrationState {
  const rows = new Map(tracked.map((row) => [row.name, row]));
  const isApplied = (name: string): boolean => rows.has(name);
  const adoptable = manifest.migrations.filter(
    ({ name, replaces = [] }) => !isApplied(name) && replaces.length > 0 && replaces.every(isApplied),
  );
  const hidden = hiddenBySquashes(manifest, isApplied);
  const pending = manifest.migrations.filter(
    (entry) => !isApplied(entry.name) && !hidden.has(entry.name) && !adoptable.includes(entry),
  );
  const squashes = recordedSquashes(manifest, tracked);
  const known = knownNames(manifest, squashes);
  const newestApplied = manifest.migrations.findLast(({ name }) => isApplied(name))?.name ?? '';
  return {
    manifest,
    tracked,
    pending,
    squashes,
    adoptable,
    ahead: tracked.filter(({ name }) => !known.has(name)),
    edited: manifest.migrations.filter((entry) => {
      const checksum = rows.get(entry.name)?.checksum ?? null;
      return checksum !== null && !isKnownAs(entry, checksum);
    }),
    late: pending.filter(({ name }) => name < newestApplied),
  };
}

/**
 * A squash and its originals never both run: where none of the originals is applied the squash runs in their place, where
 * some are the rest of them run and the squash is recorded at a later start.
 */
function hiddenBySquashes(manifest: Manifest, isApplied: (name: string) => boolean): Set<string> {
  return new Set(
    manifest.migrations.flatMap(({ name, replaces = [] }) => {
      if (replaces.length === 0) return [];
      const isBegun = !isApplied(name) && replaces.some(isApplied);
      return isBegun ? [name] : replaces;
    }),
  );
}

/** The note of the rows of a first run until all of it is done: the next process continues it after a kill. */
export const FIRST_RUN_NOTE = 'first run, not finished';

/**
 * Whether the database has never had a whole schema: everything may run, for there is nothing to lose and no one uses it.
 * A first run that was cut off leaves rows that say so.
 */
export function isFresh({ tracked }: Pick<MigrationState, 'tracked'>): boolean {
  return tracked.every(({ note }) => note === FIRST_RUN_NOTE);
}

/** Whether a first run, or a person after it, has done everything without recording the end. */
export function isFirstRunOver({ tracked, pending }: MigrationState): boolean {
  return pending.length === 0 && tracked.some(({ note }) => note === FIRST_RUN_NOTE);
}

/** A squash that can neither run nor be adopted: some of its originals are applied, and the files of the others are gone. */
export interface UnfinishedSquash {
  readonly squash: string;
  readonly missing: readonly string[];
}

/** The squashes that can be used only after an older version has applied the rest of their originals. */
export function unfinishedSquashes({ manifest, tracked }: MigrationState): UnfinishedSquash[] {
  const applied = new Set(tracked.map(({ name }) => name));
  const coming = new Set(manifest.migrations.map(({ name }) => name));
  return manifest.migrations.flatMap(({ name, replaces = [] }) => {
    if (applied.has(name) || !replaces.some((original) => applied.has(original))) return [];
    const missing = replaces.filter((original) => !applied.has(original) && !coming.has(original));
    return missing.length === 0 ? [] : [{ squash: name, missing }];
  });
}

/**
 * What a start applies: contracts wait until they are asked for, except those that something else requires which is pending.
 * A fresh database takes all.
 */
export function dueAtStart(state: MigrationState): readonly ManifestEntry[] {
  const { pending } = state;
  if (isFresh(state)) return pending;
  const others = pending.filter(({ phase }) => phase !== 'contract');
  const needed = neededContracts(pending, others);
  return pending.filter((entry) => others.includes(entry) || needed.has(entry.name));
}

/** The contracts that have not run, whether something requires them or not. */
export function openContracts(state: MigrationState): readonly ManifestEntry[] {
  return isFresh(state) ? [] : state.pending.filter(({ phase }) => phase === 'contract');
}

/** The contracts that nothing else requires: they wait until they are asked for. */
export function waitingContracts(state: MigrationState): readonly ManifestEntry[] {
  const due = dueAtStart(state);
  return openContracts(state).filter((entry) => !due.includes(entry));
}
