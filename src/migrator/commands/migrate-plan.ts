/** Decides which way a target lies, and which migrations are on it. */
import { planDown, planUp, targetOf } from '../run/plan/migration-plan.ts';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import { findMigration, withoutApp } from './migration-names.ts';
import type { ManifestEntry } from '../run/state/manifest.ts';
import type { MigrationState } from '../run/state/migration-state.ts';
import type { CommandRun } from './declare-command.ts';

export interface MigratePlan {
  readonly direction: 'up' | 'down';
  /** In the order in which they run. */
  readonly entries: readonly ManifestEntry[];
  /** The whole name; undefined without a target, which means all that is due. */
  readonly target: string | undefined;
}

/** Reverts everything. */
const ZERO = 'zero';

/** Returns the plan for the target among a person's words. MigratorFailure `command-invalid` for a name that is none. */
export function choosePlan(
  state: MigrationState,
  { words, io }: Pick<CommandRun, 'words' | 'io'>,
): MigratePlan {
  const applied = new Set(state.tracked.map(({ name }) => name));
  const known = [...new Set([...state.manifest.migrations.map(({ name }) => name), ...applied])];
  const [wanted, ...more] = withoutApp(words, known, io);
  if (more.length > 0) throw misuse(`db migrate goes to one migration, and was given ${words.join(' ')}.`);
  if (wanted === undefined) return { direction: 'up', entries: planUp(state, {}), target: undefined };
  if (wanted === ZERO) return { direction: 'down', entries: planDown(state, { to: 0 }), target: ZERO };
  const spelled = findMigration(known, wanted);
  const meant = resolveNames(known, spelled);
  const isListed = meant.some((name) => state.manifest.migrations.some((entry) => entry.name === name));
  const target = isListed ? targetOf(state, spelled).name : (meant.at(-1) ?? spelled);
  // By the words of a person: the name of a file means all of it that is applied.
  if (applied.has(target)) {
    const kept = resolveNames([...applied], spelled).at(-1) ?? target;
    return { direction: 'down', entries: planDown(state, { to: spelled }), target: kept };
  }
  if (state.pending.every(({ name }) => name !== target))
    throw misuse(
      `Nothing was done: ${target} does not run on this database, because a squash or its originals replace it. ` +
        'See manage db status.',
    );
  return { direction: 'up', entries: planUp(state, { to: target }), target };
}
