/** Runs a backfill to its end, or waits for the worker that runs it. */
import { MigratorFailure } from '../../failure.ts';
import { describeSession } from '../../run/connect/seen-session.ts';
import { pause } from '../../run/connect/pause.ts';
import { BackfillStore } from './backfill-store.ts';
import { backfillHolder } from './claim-backfill.ts';
import { runBackfill } from './run-backfill.ts';
import type { Query } from '../../run/connect/query.ts';
import type { MigratorLog } from '../../run/migrator-settings.ts';
import type { StoredBackfill } from './backfill-store.ts';

/** How often it is looked whether another worker is done. */
const LOOK_EVERY_MS = 500;

export interface FinishParts {
  readonly databaseUrl: string;
  readonly query: Query;
  readonly log: MigratorLog;
  readonly signal: AbortSignal | undefined;
  /** How long another worker may hold it without a sign of life. */
  readonly lockWaitMs: number;
  /** Called with its progress. */
  readonly onProgress: (progress: string) => void;
}

/**
 * Returns it when it is done, or nothing more can be done about it; undefined when it was taken back. MigratorFailure
 * `migration-lock-timeout` when another worker holds it for too long without getting any further.
 */
export async function finishBackfill(name: string, parts: FinishParts): Promise<StoredBackfill | undefined> {
  const { databaseUrl, query, log, signal, lockWaitMs, onProgress } = parts;
  const store = new BackfillStore(query);
  let heldBy: number | undefined;
  /** The last sign of life, and when we saw it: our own clock, for the database may have another. */
  let sign: number | null | undefined;
  let signSeenAt = 0;
  for (;;) {
    const found = await store.find(name);
    if (found === undefined || !['pending', 'running'].includes(found.state)) return found;
    signal?.throwIfAborted();
    const { type } = await runBackfill({
      databaseUrl,
      name,
      signal: signal ?? new AbortController().signal,
      // Anyone who could use the pauses waits for the end.
      restShare: 0,
      onProgress: ({ rowsDone, rowsEstimate }) =>
        onProgress(`backfill ${name}, ${rowsDone} of about ${rowsEstimate ?? 'unknown'} rows`),
    });
    if (type !== 'taken' && type !== 'lost') continue;
    if (found.heartbeatAt !== sign) [sign, signSeenAt] = [found.heartbeatAt, performance.now()];
    const holder = type === 'taken' ? await backfillHolder(query, name) : undefined;
    if (holder !== undefined) {
      const held = `backfill ${name} is held by ${describeSession(holder)}`;
      if (performance.now() - signSeenAt > lockWaitMs)
        throw timeout(held, lockWaitMs, { backfill: name, pid: holder.pid });
      if (holder.pid !== heldBy) {
        log.info({ backfill: name, held }, 'waiting for another worker of a backfill');
        onProgress(held);
      }
      heldBy = holder.pid;
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

function timeout(held: string, waitedMs: number, facts: Readonly<Record<string, unknown>>): MigratorFailure {
  return new MigratorFailure(
    'migration-lock-timeout',
    `The backfill has to be done, and ${held}. It made no progress in the ${Math.round(waitedMs / 1_000)} s that this run waits. What was ` +
      'done so far stays. See whether that process is alive ("manage db doctor --locks"); ending it frees the backfill, and the next ' +
      'start continues. MIGRATION_LOCK_WAIT_SECONDS sets how long to wait.',
    facts,
  );
}
