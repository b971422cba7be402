/** Releases that may not be skipped: what a later migration stands on, only the running server of an earlier release can do. */
import { MigratorFailure } from '../../failure.ts';
import { isFresh } from '../state/migration-state.ts';
import type { ManifestEntry } from '../state/manifest.ts';
import type { MigrationState } from '../state/migration-state.ts';

/** Returns what this version must not do in one go with what comes before it; undefined when it may continue. */
export function stopFault(
  state: MigrationState,
  plan: readonly ManifestEntry[] = state.pending,
): MigratorFailure | undefined {
  if (isFresh(state)) return undefined;
  const pending = new Set(state.pending.flatMap(({ name, replaces = [] }) => [name, ...replaces]));
  const stopped = plan.find(({ stop }) => stop !== undefined && pending.has(stop.after));
  if (stopped?.stop === undefined) return undefined;
  const { version, reason } = stopped.stop;
  return new MigratorFailure(
    'migrations-pending',
    `From this database, version ${version} may not be skipped: ${reason}. ${stopped.name} of this version relies on that. Nothing was done. ` +
      `Start version ${version}, let it serve, and then start this one.`,
    { migration: stopped.name, version },
  );
}

/** Throws it. */
export function assertNoStop(state: MigrationState, plan: readonly ManifestEntry[]): void {
  const fault = stopFault(state, plan);
  if (fault !== undefined) throw fault;
}
