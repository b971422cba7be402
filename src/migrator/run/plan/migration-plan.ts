/** Decides what a run does, from what was asked for and what the database has. Runs nothing. */
import assert from 'node:assert/strict';
import { MigratorFailure } from '../../failure.ts';
import { hasDown } from '../migration.ts';
import { dueAtStart, isFresh } from '../state/migration-state.ts';
import { neededContracts } from '../state/required.ts';
import { resolveName, resolveNames, selectDown, selectUp } from '../state/selection.ts';
import { effectiveNames, wayBackTo } from '../state/squash-rows.ts';
import type { LoadedMigration } from '../state/load-migrations.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { Selection } from '../state/selection.ts';

/** Whether particular migrations were asked for, and not all that is due. */
export function isPlain({ from, to, migrations }: Selection): boolean {
  return from === undefined && to === undefined && migrations === undefined;
}

/**
 * Returns the migrations to apply, in order. A contract is among them only when it was asked for: by its name, as the target,
 * or as one on the way to a contract that is the target; or when something that is among them requires it. A database in its
 * first run takes everything.
 */
export function planUp(state: MigrationState, selection: Selection): readonly ManifestEntry[] {
  if (isPlain(selection)) return dueAtStart(state);
  const { to, migrations } = selection;
  const target = to === undefined ? undefined : targetOf(state, to);
  const known = { all: state.manifest.migrations.map(({ name }) => name), applied: effectiveNames(state) };
  const names = new Set(selectUp(known, { ...selection, to: target?.name }));
  const selected = state.pending.filter(({ name }) => names.has(name));
  if (migrations !== undefined || target?.phase === 'contract' || isFresh(state)) return selected;
  const needed = neededContracts(
    selected,
    selected.filter(({ phase }) => phase !== 'contract'),
  );
  return selected.filter(({ name, phase }) => phase !== 'contract' || needed.has(name));
}

/**
 * Returns the entry to which a target leads going up. A file with steps is meant up to the last that is no contract, unless it holds
 * nothing else. MigratorFailure `command-invalid` for a name that is none.
 */
export function targetOf({ manifest }: MigrationState, to: string | number): ManifestEntry {
  const all = manifest.migrations;
  const names = resolveNames(
    all.map(({ name }) => name),
    to,
  );
  const meant = all.filter(({ name }) => names.includes(name));
  const target = meant.findLast(({ phase }) => phase !== 'contract') ?? meant.at(-1);
  assert(target !== undefined, 'a name that is resolved is listed');
  return target;
}

/** Returns the migrations to revert, newest first. */
export function planDown(state: MigrationState, selection: Selection): readonly ManifestEntry[] {
  const entries = new Map(state.manifest.migrations.map((entry) => [entry.name, entry]));
  const all = [...entries.keys()];
  return downNames(state, selection, all).flatMap((name) => entries.get(name) ?? []);
}

/** The names are those of the rows, so that the last original of a squash may be named too. */
function downNames(state: MigrationState, { to, migrations }: Selection, all: readonly string[]): string[] {
  const rows = state.tracked.map(({ name }) => name);
  const applied = effectiveNames(state);
  if (migrations !== undefined) {
    const wanted = migrations.map((name) => wayBackTo(state, resolveName(rows, name)));
    return selectDown({ all, applied }, { migrations: wanted });
  }
  if (to === undefined || to === 0) return selectDown({ all, applied }, { to });
  return selectDown({ all, applied }, { to: wayBackTo(state, resolveName(rows, to)) });
}

/** Returns what a migration requires that neither is applied nor runs before it, itself or by a squash. */
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
    if (missing.length === 0) continue;
    throw new MigratorFailure(
      'migrations-pending',
      `${entry.name} requires ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not applied. Nothing was done. ` +
        // Anyone who goes to a target takes with it what is required, unless that sorts behind it.
        `Run "manage db migrate ${missing.find((name) => name > entry.name) ?? entry.name}", which applies what comes before it too.`,
      { migration: entry.name, requires: missing },
    );
  }
}

/** Throws when one of them has no way back; none is reverted then. */
export function assertReversible(migrations: readonly LoadedMigration[]): void {
  const reasons = migrations.flatMap(({ name, irreversible, migrationClass }) => {
    if (irreversible !== undefined) return [`${name} is irreversible: ${irreversible}`];
    return hasDown(migrationClass) ? [] : [`${name} has no "down"`];
  });
  if (reasons.length === 0) return;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was reverted. ${reasons.join('; ')}. Write a new migration that leads on, or restore a backup.`,
  );
}
