/** What it means to record a migration that did not run, or to forget one that did. */
import { MigratorFailure } from '../../failure.ts';
import { resolveName, resolveNames } from './selection.ts';
import { rowsRevertedWith, standsFor } from './squash-rows.ts';
import type { MigrationState } from './migration-state.ts';
import type { RecordedFacts } from './tracking-table.ts';

export interface FakeReason {
  readonly reason: string;
  /** Whether what is pending before it is meant too. */
  readonly isThrough?: boolean;
}

/** Returns the rows to add, in order. MigratorFailure `command-invalid` for a name that does not exist, is applied, or is stood for. */
export function fakeRows(
  state: MigrationState,
  names: readonly string[],
  { reason, isThrough = false }: FakeReason,
): RecordedFacts[] {
  const all = state.manifest.migrations.map(({ name }) => name);
  const applied = state.tracked.map(({ name }) => name);
  const pending = state.pending.map(({ name }) => name);
  const meant = names.flatMap((wanted) => {
    const named = resolveNames(all, wanted);
    // Of a file whose first steps are applied, the rest is meant.
    const open = named.filter((name) => !applied.includes(name));
    const [first] = open;
    if (first === undefined)
      throw new MigratorFailure(
        'command-invalid',
        `Nothing was done: ${named.join(', ')} is applied already.`,
      );
    if (!pending.includes(first))
      throw new MigratorFailure(
        'command-invalid',
        `Nothing was done: a squash or its originals stand for ${first} on this database. See manage db status.`,
      );
    return isThrough ? [...pending.filter((name) => name < first), ...open] : open;
  });
  return state.pending
    .filter(({ name }) => meant.includes(name))
    .map((entry) => ({ ...entry, kind: 'fake', note: reason }));
}

/**
 * Returns the names of the rows to remove, that of the applied migration that is meant first; it may be one without a file, and of a
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
