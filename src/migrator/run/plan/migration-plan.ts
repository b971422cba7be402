/** Decides what a run does, from what was asked for and what the database has. Runs nothing. */
import { Migration as StockMigration } from '@mikro-orm/migrations';
import { MigratorFailure } from '../../failure.ts';
import { dueAtStart, isFresh } from '../state/migration-state.ts';
import { resolveName, selectDown, selectUp } from '../state/selection.ts';
import type { LoadedMigration } from '../state/load-migrations.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { MigrationNames, Selection } from '../state/selection.ts';

/** Returns the names of a state, as {@link Selection} is resolved against them. */
export function namesOf({ manifest, tracked }: MigrationState): MigrationNames {
  return { all: manifest.migrations.map(({ name }) => name), applied: tracked.map(({ name }) => name) };
}

/**
 * Returns the migrations to apply, in order. A contract is among them only when it was asked for: by its name, as the target,
 * or as one on the way to a contract that is the target. A database in its first run takes everything.
 */
export function planUp(state: MigrationState, selection: Selection): readonly ManifestEntry[] {
  const { from, to, migrations } = selection;
  if (from === undefined && to === undefined && migrations === undefined) return dueAtStart(state);
  const selected = new Set(selectUp(namesOf(state), selection));
  const isTargetContract = to !== undefined && targetOf(state, to)?.phase === 'contract';
  const areContractsMeant = migrations !== undefined || isTargetContract || isFresh(state);
  return state.pending.filter(
    ({ name, phase }) => selected.has(name) && (areContractsMeant || phase !== 'contract'),
  );
}

function targetOf({ manifest }: MigrationState, to: string | number): ManifestEntry | undefined {
  const target = resolveName(
    manifest.migrations.map(({ name }) => name),
    to,
  );
  return manifest.migrations.find(({ name }) => name === target);
}

/** Returns the migrations to revert, newest first. */
export function planDown(state: MigrationState, selection: Selection): readonly ManifestEntry[] {
  const entries = new Map(state.manifest.migrations.map((entry) => [entry.name, entry]));
  return selectDown(namesOf(state), selection).flatMap((name) => entries.get(name) ?? []);
}

/** Returns what a migration requires that neither is applied nor runs before it, in person or by a squash. */
export function missingRequirements(
  { manifest, tracked }: MigrationState,
  { requires = [] }: ManifestEntry,
  before: readonly string[] = [],
): string[] {
  const done = new Set([...tracked.map(({ name }) => name), ...before]);
  const stoodFor = manifest.migrations.flatMap(({ name, replaces = [] }) => (done.has(name) ? replaces : []));
  return requires.filter((required) => !done.has(required) && !stoodFor.includes(required));
}

/** Throws unless everything that the planned migrations require is applied, or runs before them. */
export function assertRequirements(state: MigrationState, plan: readonly ManifestEntry[]): void {
  const names = plan.map(({ name }) => name);
  for (const [position, entry] of plan.entries()) {
    const missing = missingRequirements(state, entry, names.slice(0, position));
    if (missing.length > 0) {
      throw new MigratorFailure(
        'migrations-pending',
        `${entry.name} requires ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not applied. Nothing was done. ` +
          'A contract runs by "manage db migrate --contract", any other by its name with "manage db migrate"; then run this again.',
        { migration: entry.name, requires: missing },
      );
    }
  }
}

/** Throws when one of them has no way back; none is reverted then. */
export function assertReversible(migrations: readonly LoadedMigration[]): void {
  const reasons = migrations.flatMap(({ name, irreversible, migrationClass }) => {
    if (irreversible !== undefined) return [`${name} is irreversible: ${irreversible}`];
    const down: unknown = Reflect.get(migrationClass.prototype as object, 'down');
    return down === StockMigration.prototype.down ? [`${name} has no "down"`] : [];
  });
  if (reasons.length === 0) return;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was reverted. ${reasons.join('; ')}. Write a new migration that leads on, or restore a backup.`,
  );
}
