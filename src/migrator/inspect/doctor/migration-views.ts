/** One list of every migration that either side knows: the database's rows and this version's manifest. */
import { stopFault } from '../../run/state/skew.ts';
import { fileOf } from '../../run/state/entry-name.ts';
import { waitingContracts } from '../../run/state/migration-state.ts';
import { pendingRequirements } from '../../run/state/required.ts';
import { standsFor } from '../../run/state/squash-rows.ts';
import type { ManifestEntry } from '../../run/state/manifest.ts';
import type { Phase } from '../../run/migration.ts';
import type { TrackedMigration } from '../../run/state/migration-state.ts';
import type { Comparison } from './reader.ts';

/**
 * `waiting`: a contract that was not asked for and nothing requires. `squashed`: another migration replaces it, or its originals
 * do for a squash. `adoptable`: a squash whose originals are all applied. `ahead`: applied, and unknown to this version. `unlisted`: a
 * file that the manifest does not list.
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

export interface MigrationView {
  readonly name: string;
  readonly standing: MigrationStanding;
  readonly phase: Phase | null;
  /** What is wrong with it. */
  readonly faults: readonly ('edited' | 'missing file' | 'late')[];
  /** Its row; null for what is not applied. */
  readonly applied: TrackedMigration | null;
  /** Why it was faked, or what replaces it. */
  readonly note: string | null;
  /** Why a contract that waits may not run yet; empty when it may. */
  readonly obstacles: readonly string[];
}

type Standing = Pick<MigrationView, 'standing' | 'note'>;

/** Returns the views in the order of their names. `obstacles` are those of the contracts, by name. */
export function viewMigrations(
  comparison: Comparison,
  obstacles: ReadonlyMap<string, readonly string[]>,
): MigrationView[] {
  const { manifest, tracked, files, edited, late } = comparison;
  const rows = new Map(tracked.map((row) => [row.name, row]));
  const entries = new Map(manifest.migrations.map((entry) => [entry.name, entry]));
  const listed = new Set([...entries.keys()].map(fileOf));
  const found = new Set(files.map(({ name }) => name));
  const unlisted = files.map(({ name }) => name).filter((name) => !listed.has(name));
  return [...new Set([...entries.keys(), ...rows.keys(), ...unlisted])].sort().map((name) => {
    const [entry, row] = [entries.get(name), rows.get(name)];
    const faults =
      entry === undefined
        ? []
        : ([
            ...(edited.includes(entry) ? ['edited'] : []),
            ...(found.has(fileOf(name)) ? [] : ['missing file']),
            ...(late.includes(entry) ? ['late'] : []),
          ] as MigrationView['faults']);
    return {
      name,
      phase: entry?.phase ?? row?.phase ?? null,
      faults,
      applied: row ?? null,
      obstacles: obstacles.get(name) ?? [],
      ...(row === undefined ? standingOf(entry, comparison) : standingOfRow(row, entry, comparison)),
    };
  });
}

/** The row of an original stays beside that of its squash, for versions that do not know the squash. */
function standingOfRow(
  row: TrackedMigration,
  entry: ManifestEntry | undefined,
  { ahead, manifest, squashes }: Comparison,
): Standing {
  const squash =
    standsFor(squashes, row.name) ??
    (entry === undefined
      ? manifest.migrations.find(({ replaces = [] }) => replaces.includes(row.name))?.name
      : undefined);
  if (squash !== undefined) return { standing: 'squashed', note: `${squash} replaces it` };
  if (ahead.includes(row)) return { standing: 'ahead', note: row.note ?? 'this version does not know it' };
  return { standing: row.kind === 'fake' ? 'faked' : 'applied', note: row.note };
}

function standingOf(entry: ManifestEntry | undefined, comparison: Comparison): Standing {
  const { manifest, pending, adoptable } = comparison;
  if (entry === undefined) return { standing: 'unlisted', note: 'the manifest does not list it' };
  if (adoptable.includes(entry))
    return { standing: 'adoptable', note: 'all that it stands for is applied; the next start records it' };
  if (!pending.includes(entry)) {
    const squash = manifest.migrations.find(({ replaces = [] }) => replaces.includes(entry.name));
    const note = squash === undefined ? 'what it replaces runs instead' : `${squash.name} replaces it`;
    return { standing: 'squashed', note };
  }
  if (waitingContracts(comparison).includes(entry)) return { standing: 'waiting', note: null };
  const stop = stopFault(comparison);
  if (stop?.facts['migration'] === entry.name) return { standing: 'pending', note: stop.message };
  const needing = pending.filter((other) => pendingRequirements([entry], other).length > 0);
  const names = needing.map((other) => other.name).join(', ');
  return { standing: 'pending', note: names === '' ? null : `required by ${names}` };
}
