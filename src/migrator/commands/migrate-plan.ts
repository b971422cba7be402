/** Decides which way a target lies, and which migrations are on it. */
import { planDown, planUp, targetOf } from '../run/plan/migration-plan.ts';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import type { ManifestEntry } from '../run/state/manifest.ts';
import type { MigrationState } from '../run/state/migration-state.ts';

export interface MigratePlan {
  readonly direction: 'up' | 'down';
  /** In the order in which they run. */
  readonly entries: readonly ManifestEntry[];
  /** The whole name; undefined without a target, which means all that is due. */
  readonly target: string | undefined;
}

/** Reverts everything. */
const ZERO = 'zero';

/** Returns the plan for a target as a person wrote it. MigratorFailure `command-invalid` for a name that is none. */
export function choosePlan(state: MigrationState, wanted: string | undefined): MigratePlan {
  if (wanted === undefined) return { direction: 'up', entries: planUp(state, {}), target: undefined };
  if (wanted === ZERO) return { direction: 'down', entries: planDown(state, { to: 0 }), target: ZERO };
  const applied = new Set(state.tracked.map(({ name }) => name));
  const listed = state.manifest.migrations.map(({ name }) => name);
  const meant = resolveNames([...new Set([...listed, ...applied])], wanted);
  const isListed = meant.some((name) => listed.includes(name));
  const target = isListed ? targetOf(state, wanted).name : (meant.at(-1) ?? wanted);
  // By the words of a person: the name of a file means all of it that is applied.
  if (applied.has(target)) return { direction: 'down', entries: planDown(state, { to: wanted }), target };
  if (state.pending.every(({ name }) => name !== target))
    throw misuse(
      `Nothing was done: ${target} does not run on this database, because a squash or its originals stand for it. ` +
        'See manage db:status.',
    );
  return { direction: 'up', entries: planUp(state, { to: target }), target };
}
