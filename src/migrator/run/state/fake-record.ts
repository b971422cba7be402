/** What it means to record a migration that did not run, or to forget one that did. */
import { MigratorFailure } from '../../failure.ts';
import { namesOf } from '../plan/migration-plan.ts';
import { resolveName, resolveNames } from './selection.ts';
import { rowsRevertedWith, standsFor } from './squash-rows.ts';
import type { MigrationState } from './migration-state.ts';
import type { RecordedFacts } from './tracking-table.ts';

export interface FakeReason {
  readonly reason: string;
  /** Who says so; the user of the operating system when it is left out. */
  readonly by?: string;
}

/** Returns the rows to add, in order. MigratorFailure `command-invalid` for a name that does not exist or is applied. */
export function fakeRows(
  state: MigrationState,
  names: readonly string[],
  { reason, by }: FakeReason,
): RecordedFacts[] {
  const { all } = namesOf(state);
  const applied = state.tracked.map(({ name }) => name);
  const meant = new Set(names.flatMap((name) => openOf(resolveNames(all, name), applied)));
  const again = [...meant].filter((name) => applied.includes(name));
  if (again.length > 0) {
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was done: ${again.join(', ')} ${again.length === 1 ? 'is' : 'are'} applied already.`,
    );
  }
  return state.manifest.migrations
    .filter(({ name }) => meant.has(name))
    .map((entry) => ({ ...entry, kind: 'fake', note: reason, ...(by !== undefined && { by }) }));
}

/** Of a file whose first steps are applied, the rest is meant. */
function openOf(meant: readonly string[], applied: readonly string[]): readonly string[] {
  const open = meant.filter((name) => !applied.includes(name));
  return open.length > 0 ? open : meant;
}

/**
 * Returns the names of the rows to take away, that of the applied migration that is meant first; it may be one without a file, and of a
 * file it is the last step that is recorded. A squash goes with its originals, which would bring it back. MigratorFailure
 * `command-invalid` for an original, which would come back with it.
 */
export function unfakeNames({ tracked, squashes }: MigrationState, wanted: string): readonly string[] {
  const name = resolveName(
    tracked.map((row) => row.name),
    wanted,
  );
  const squash = standsFor(squashes, name);
  if (squash === undefined) return rowsRevertedWith(squashes, name);
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was done: ${squash} stands for ${name} here, and is what counts. Name ${squash} instead.`,
  );
}
