/** Does what is left of a contract's backfills before the contract runs, where nobody else can be waited for. */
import { BackfillStore } from '../../upkeep/backfills/backfill-store.ts';
import { runBackfill } from '../../upkeep/backfills/run-backfill.ts';
import { pause } from '../connect/pause.ts';
import { BackfillWait } from './backfill-wait.ts';
import type { BackfillWaitParts } from './backfill-wait.ts';
import type { ManifestEntry } from '../state/manifest.ts';

/** How often it is looked whether the worker of another copy is done. */
const LOOK_EVERY_MS = 500;

export interface FinishParts extends BackfillWaitParts {
  readonly databaseUrl: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Returns when each is done, or nothing more can be done about it: the gate tells then. MigratorFailure `migration-lock-timeout` when
 * another worker holds one for too long without getting any further.
 */
export async function finishBackfills({ backfills = [] }: ManifestEntry, parts: FinishParts): Promise<void> {
  for (const name of backfills) await finish(name, parts);
}

async function finish(name: string, parts: FinishParts): Promise<void> {
  const { databaseUrl, query, signal, onProgress } = parts;
  const store = new BackfillStore(query);
  const wait = new BackfillWait(name, parts);
  await store.retry(name);
  for (;;) {
    const found = await store.find(name);
    if (found === undefined || !['pending', 'running'].includes(found.state)) return;
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
    if (type === 'taken') await wait.look(found);
    if (type === 'taken' || type === 'lost') await pause(LOOK_EVERY_MS, signal);
  }
}
