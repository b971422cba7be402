/** What it means to record a migration that did not run, or to forget one that did. */
import { MigratorFailure } from '../../failure.ts';
import { namesOf } from '../plan/migration-plan.ts';
import { resolveName, resolveNames } from './selection.ts';
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
  const { all, applied } = namesOf(state);
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

/** Returns the whole name of the applied migration that is meant; it may be one without a file, and of a file it is the last step that is recorded. */
export function unfakeNames(state: MigrationState, name: string): string {
  return resolveName(namesOf(state).applied, name);
}
