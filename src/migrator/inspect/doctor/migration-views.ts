/** One list of every migration that either side knows: the database's rows and this version's manifest. */
import { stopFault } from '../../run/plan/required-stop.ts';
import { fileOf } from '../../run/state/entry-name.ts';
import { waitingContracts } from '../../run/state/migration-state.ts';
import { pendingRequirements } from '../../run/state/required.ts';
import { standsFor } from '../../run/state/squash-rows.ts';
import type { ManifestEntry } from '../../run/state/manifest.ts';
import type { Phase } from '../../run/migration.ts';
import type { TrackedMigration } from '../../run/state/migration-state.ts';
import type { Comparison } from './reader.ts';

/**
 * `waiting`: a contract that nobody has asked for and nothing requires. `squashed`: another migration stands for it, or its originals
 * do for a squash. `adoptable`: a squash whose originals are all applied. `ahead`: applied, and unknown to this version.
 */
export type MigrationStanding =
  | 'applied'
  | 'faked'
  | 'squashed'
  | 'adoptable'
  | 'pending'
  | 'waiting'
  | 'ahead'
  | 'unlisted';

/** What is wrong with one of them. */
export type MigrationFault = 'edited' | 'missing file' | 'late';

export interface MigrationView {
  readonly name: string;
  readonly standing: MigrationStanding;
  readonly phase: Phase | null;
  readonly faults: readonly MigrationFault[];
  /** Null for what is not applied. */
  readonly applied: AppliedView | null;
  /** Why it was faked, or what stands for it. */
  readonly note: string | null;
  /** Why a contract that waits may not run yet; empty when it may. */
  readonly obstacles: readonly string[];
}

export interface AppliedView {
  readonly at: Date;
  readonly durationMs: number | null;
  readonly by: string | null;
  readonly host: string | null;
  readonly version: string | null;
}

/** Returns the views in the order of their names. `obstacles` are those of the contracts, by name. */
export function viewMigrations(
  comparison: Comparison,
  obstacles: ReadonlyMap<string, readonly string[]>,
): MigrationView[] {
  const { manifest, tracked, files } = comparison;
  const rows = new Map(tracked.map((row) => [row.name, row]));
  const listed = new Set(manifest.migrations.map(({ name }) => name));
  const listedFiles = new Set(manifest.migrations.map(({ name }) => fileOf(name)));
  const views = [
    ...manifest.migrations.map((entry) => viewEntry(entry, rows.get(entry.name), comparison, obstacles)),
    ...tracked.filter(({ name }) => !listed.has(name)).map((row) => viewUnknown(row, comparison)),
    ...files
      .filter(({ name }) => !listedFiles.has(name) && !rows.has(name))
      .map(({ name }) => viewUnlisted(name)),
  ];
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function viewEntry(
  entry: ManifestEntry,
  row: TrackedMigration | undefined,
  comparison: Comparison,
  obstacles: ReadonlyMap<string, readonly string[]>,
): MigrationView {
  const { name, phase } = entry;
  const faults: MigrationFault[] = [
    ...(comparison.edited.includes(entry) ? (['edited'] as const) : []),
    ...(comparison.files.some((file) => file.name === fileOf(name)) ? [] : (['missing file'] as const)),
    ...(comparison.late.includes(entry) ? (['late'] as const) : []),
  ];
  const common = { name, phase, faults, obstacles: obstacles.get(name) ?? [] };
  if (row !== undefined) return { ...common, applied: appliedView(row), ...viewApplied(row, comparison) };
  return { ...common, applied: null, ...viewUnapplied(entry, comparison) };
}

/** The row of an original stays beside that of its squash, for versions that do not know the squash. */
function viewApplied(
  { name, kind, note }: TrackedMigration,
  { squashes }: Comparison,
): Pick<MigrationView, 'standing' | 'note'> {
  const squash = standsFor(squashes, name);
  if (squash !== undefined) return { standing: 'squashed', note: `${squash} stands for it` };
  return { standing: kind === 'fake' ? 'faked' : 'applied', note };
}

function viewUnapplied(
  entry: ManifestEntry,
  comparison: Comparison,
): Pick<MigrationView, 'standing' | 'note'> {
  const { manifest, pending, adoptable } = comparison;
  if (adoptable.includes(entry))
    return { standing: 'adoptable', note: 'all that it stands for is applied; the next start records it' };
  if (!pending.includes(entry)) {
    const squash = manifest.migrations.find(({ replaces = [] }) => replaces.includes(entry.name));
    return {
      standing: 'squashed',
      note: squash === undefined ? 'what it stands for runs instead' : `${squash.name} stands for it`,
    };
  }
  if (waitingContracts(comparison).includes(entry)) return { standing: 'waiting', note: null };
  const stop = stopFault(comparison);
  if (stop?.facts['migration'] === entry.name) return { standing: 'pending', note: stop.message };
  const needing = pending.filter((other) => pendingRequirements([entry], other).length > 0);
  const names = needing.map((other) => other.name).join(', ');
  return { standing: 'pending', note: names === '' ? null : `required by ${names}` };
}

/** A row without an entry: an original of a squash whose file is gone, or a migration of another version. */
function viewUnknown(row: TrackedMigration, { ahead, manifest, squashes }: Comparison): MigrationView {
  const squash =
    standsFor(squashes, row.name) ??
    manifest.migrations.find(({ replaces = [] }) => replaces.includes(row.name))?.name;
  return {
    name: row.name,
    standing: ahead.includes(row) ? 'ahead' : 'squashed',
    phase: row.phase,
    faults: [],
    applied: appliedView(row),
    note: squash === undefined ? (row.note ?? 'this version does not know it') : `${squash} stands for it`,
    obstacles: [],
  };
}

/** A file that the manifest does not list is not run by anything but the manifest's check. */
function viewUnlisted(name: string): MigrationView {
  const note = 'the manifest does not list it';
  return { name, standing: 'unlisted', phase: null, faults: [], applied: null, note, obstacles: [] };
}

function appliedView({ executedAt, durationMs, appliedBy, host, appVersion }: TrackedMigration): AppliedView {
  return { at: executedAt, durationMs, by: appliedBy, host, version: appVersion };
}
